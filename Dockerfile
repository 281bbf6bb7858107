# Bifrost in an image: built in one stage, and without the workshop in the next.
#
#   docker build --build-arg BIFROST_REVISION="$(git rev-parse --short=12 HEAD)" -t bifrost .
#   docker compose up
FROM node:24-bookworm-slim AS build
WORKDIR /opt/bifrost
# Dependencies change seldom, sources often: each has a layer of its own.
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
ARG BIFROST_REVISION=""
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:24-bookworm-slim
WORKDIR /opt/bifrost
COPY --from=build /opt/bifrost/node_modules ./node_modules
COPY --from=build /opt/bifrost/dist ./dist
COPY package.json README.md LICENSE CHANGELOG.md ./
COPY bin ./bin
COPY config ./config
COPY migrations ./migrations
RUN ln -s /opt/bifrost/bin/bifrost /usr/local/bin/bifrost \
  && install -d -o node -g node -m 0700 /data
# In a container its own loopback is nobody's: the port is published, and reads need the token.
ENV BIFROST_DATA_DIR=/data \
  BIFROST_API_HOST=0.0.0.0
USER node
WORKDIR /data
VOLUME /data
EXPOSE 8765
STOPSIGNAL SIGTERM
# Liveness; /readyz says whether it may hedge, which is not the container's to mend.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8765/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["bifrost"]
CMD ["run"]
