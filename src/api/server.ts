/**
 * The HTTP server of the daemon: routes, the live feed and the page, behind the checks of
 * `access.ts`. It reads and commands the engine through ports only, so that the same server can
 * run in a monitor process that has nothing but the database.
 */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Koa, { type Context, type Middleware } from 'koa';
import compress from 'koa-compress';
import { Fault } from '../fault.ts';
import type { Logger } from '../log.ts';
import type { EventFeed } from '../protocol/ports.ts';
import type { Clock } from '../runtime/clock.ts';
import { type AccessRules, checkAccess, checkHost, checkOrigin, isLoopback } from './access.ts';
import { renderDocs } from './docs-page.ts';
import { createEventStreams, type EventStreams } from './event-stream.ts';
import { serveInspectors } from './inspect.ts';
import type { Readers } from './metrics-route.ts';
import { describeApi, descriptionRoute } from './openapi.ts';
import { loadPage } from './page.ts';
import { HttpProblem, PROBLEM_TYPE, problemOf } from './problem.ts';
import { readBody } from './read-body.ts';
import { DATA_HEADERS, type ReadyAnswers, readyAnswers } from './ready.ts';
import { answerMalformed } from './refuse-socket.ts';
import { engineRoutes, type RoutePorts } from './routes.ts';
import { docsRoutes, eventsRoute, pageRoutes, serveRoutes } from './serve.ts';
import { sessionRoutes } from './session-routes.ts';
import { createSessions } from './sessions.ts';

export interface ApiOptions extends Omit<RoutePorts, 'reportReadError' | 'readers' | 'startedAt'> {
  readonly feed: EventFeed;
  /** The secret of every control call. */
  readonly token: string;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Host names that are answered besides loopback and `host`. */
  readonly allowedHosts?: readonly string[];
  /** Where Vite built the page to. */
  readonly pageDir: string;
  readonly mono: Clock;
  readonly log: Logger;
}

export interface Api {
  readonly port: number;
  /** Without a final slash. */
  readonly url: string;
  /** For the link `<url>/#code=<code>`, which signs one browser in, once, within the hour. */
  onePageLoginCode(): string;
  /** Ends event streams and connections; what is being answered gets a moment to finish. */
  close(): Promise<void>;
}

/** How long `close` waits for answers under way; the stop budget has 500 ms for the last parts. */
const CLOSE_GRACE_MS = 250;
/** A client that takes longer to send a request of at most 64 kB is not a client of ours. */
const REQUEST_TIMEOUT_MS = 10_000;
/**
 * A socket that moves nothing for so long is dropped; event streams say something every 15 s.
 * Clients and proxies let go of an idle connection after a minute at most, and are to be first:
 * a request on one that the server has just closed fails, and nobody knows whether it was heard.
 */
const SOCKET_IDLE_MS = 75_000;
const CONNECTIONS_MAX = 512;

/** Rejects with `Fault('port_in_use')` when another program listens there. */
export async function startApi(options: ApiOptions): Promise<Api> {
  const { feed, host, mono, log } = options;
  const streams = createEventStreams(feed, options.logs, mono);
  const sessions = createSessions(mono);
  let port = options.port;
  const rules: AccessRules = {
    token: options.token,
    sessions,
    hosts: [host, ...(options.allowedHosts ?? [])],
    loopback: isLoopback(host),
    // Cookies do not tell ports apart, and two daemons may run on one host.
    cookieName: () => `bifrost_session_${port}`,
  };
  // Inspectors are served beside the application, and counted by it.
  const following = { events: () => streams.size(), inspectors: () => 0 };
  const { app, ready } = createApp(options, rules, streams, () => ({
    events: following.events(),
    inspectors: following.inspectors(),
  }));
  const answer = app.callback();
  const server = createServer(
    {
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: SOCKET_IDLE_MS,
    },
    (request, response) => {
      if (!ready(request, response)) void answer(request, response);
    },
  );
  answerMalformed(server);
  const inspectors = serveInspectors(server, app, rules, options);
  following.inspectors = inspectors.size;
  server.maxConnections = CONNECTIONS_MAX;
  server.setTimeout(SOCKET_IDLE_MS);

  port = await listen(server, host, options.port);
  const url = `http://${urlHost(host)}:${port}`;
  log.info({ url }, 'api listens');
  return {
    port,
    url,
    onePageLoginCode: () => sessions.issueCode(),
    close: () => {
      inspectors.close();
      return close(server, streams, mono);
    },
  };
}

function createApp(
  options: ApiOptions,
  rules: AccessRules,
  streams: EventStreams,
  readers: Readers,
): { readonly app: Koa; readonly ready: ReadyAnswers } {
  const { mono, wall, log } = options;
  const app = new Koa();
  // Everything thrown is answered below; what Koa itself reports is a broken client connection.
  app.on('error', (error: unknown) => log.debug({ err: error }, 'api connection'));
  app.use(answerFailures(log));
  app.use(dataHeaders);
  app.use(checkHost(rules));
  app.use(checkOrigin());
  app.use(compressAnswers());
  app.use(checkAccess(rules));

  const reportReadError = (thrown: unknown) => log.error({ err: thrown }, 'status unreadable');
  const startedAt = wall.now() / 1000;
  const ports = { ...options, reportReadError, readers, startedAt };
  const own = [...engineRoutes(ports), ...sessionRoutes(rules)];
  const openapi = describeApi(own, options.version);
  const routes = [...own, descriptionRoute(openapi)];
  const { router, answerNamed, refuseUnknown } = serveRoutes(routes, { mono, wall, log });
  docsRoutes(router, renderDocs(openapi));
  eventsRoute(router, streams);
  pageRoutes(router, loadPage(options.pageDir));
  app.use(readBody());
  app.use(answerNamed);
  app.use(router.routes());
  app.use(refuseUnknown);
  return { app, ready: readyAnswers(routes, rules) };
}

function answerFailures(log: Logger): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (thrown) {
      answerProblem(ctx, thrown, log);
    }
  };
}

function answerProblem(ctx: Context, thrown: unknown, log: Logger): void {
  const problem = problemOf(thrown, ctx.path);
  const { status, code } = problem;
  if (status >= 500) log.error({ err: thrown, code, path: ctx.path }, 'api request failed');
  else log.debug({ code, path: ctx.path }, 'api request refused');
  if (ctx.headerSent) {
    ctx.res.destroy();
    return;
  }
  ctx.status = status;
  ctx.body = JSON.stringify(problem);
  ctx.type = PROBLEM_TYPE;
  ctx.set('Cache-Control', 'no-store');
  if (thrown instanceof HttpProblem) ctx.set(thrown.headers);
}

/** Who takes no encoding is not asked which. */
function compressAnswers(): Middleware {
  const compressed = compress({
    filter: (type) => !type.includes('event-stream'),
    threshold: 1024,
  });
  return (ctx, next) => {
    if (ctx.req.headers['accept-encoding'] !== undefined) return compressed(ctx, next);
    ctx.res.setHeader('Vary', 'Accept-Encoding');
    return next();
  };
}

const dataHeaders: Middleware = (ctx, next) => {
  for (const [name, value] of Object.entries(DATA_HEADERS)) ctx.res.setHeader(name, value);
  return next();
};

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenFault(error, host, port)));
    server.listen({ host, port }, () => {
      // A TCP server that listens has an address of this shape; only pipes have a string.
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function listenFault(error: NodeJS.ErrnoException, host: string, port: number): Fault {
  const at = `${urlHost(host)}:${port}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return new Fault('port_in_use', `another program listens on ${at}`, {
        remedy: 'stop it, or set api.port (BIFROST_API_PORT) to another port; 0 takes any',
        cause: error,
      });
    case 'EACCES':
      return new Fault('port_in_use', `this user may not listen on ${at}`, {
        remedy: 'set api.port (BIFROST_API_PORT) to a port above 1023',
        cause: error,
      });
    default:
      return new Fault('config_invalid', `cannot listen on ${at}: ${error.code ?? error.message}`, {
        remedy: 'set api.host (BIFROST_API_HOST) to an address of this machine',
        cause: error,
      });
  }
}

function close(server: Server, streams: EventStreams, mono: Clock): Promise<void> {
  return new Promise((resolve) => {
    const force = mono.setTimer(CLOSE_GRACE_MS, () => server.closeAllConnections());
    server.close(() => {
      force.cancel();
      resolve();
    });
    streams.close();
    server.closeIdleConnections();
  });
}

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
