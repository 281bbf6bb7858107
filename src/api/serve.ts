/** Binds routes to Koa: finds them, feeds them, bounds them, and writes what they reply. */

import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import helmet from 'koa-helmet';
import { Fault } from '../fault.ts';
import type { Logger } from '../log.ts';
import type { Clock, WallClock } from '../runtime/clock.ts';
import { callerIn } from './access.ts';
import { DOCS_STYLE } from './docs-page.ts';
import { type EventStreams, parseLastEventId } from './event-stream.ts';
import { etagOf, type PageFile } from './page.ts';
import { HttpProblem } from './problem.ts';
import { createTokenBucket, type TokenBucket } from './rate-limit.ts';
import { JSON_TYPE } from './ready.ts';
import type { Reply, Route } from './route.ts';

interface Surroundings {
  readonly mono: Clock;
  readonly wall: WallClock;
  readonly log: Logger;
}

interface Served {
  readonly router: Router;
  /** Answers reads of paths without parameters, of which there is one each; before the router. */
  readonly answerNamed: Middleware;
  /** The last middleware: 405 where another method would do, 404 everywhere else. */
  readonly refuseUnknown: Middleware;
}

/** Far above any read or command that is alive; the engine's own deadlines are shorter. */
const ANSWER_DEADLINE_MS = 10_000;
/** Of one command: no hand is as fast, and a loop that went wild is slowed down. */
const COMMAND_BURST = 10;
const COMMANDS_PER_SECOND = 2;

const NOT_BUILT = 'The page is not built: run `npm run build` and start again.\n';

/** A router that checks each request against its declaration, and limits how often it is asked. */
export function serveRoutes(routes: readonly Route[], surroundings: Surroundings): Served {
  const router = new Router({ strict: true, sensitive: true });
  const buckets = new Map<string, TokenBucket>();
  const named = new Map<string, (ctx: Context) => Promise<void>>();
  for (const route of routes) {
    const name = route.limitedBy;
    let bucket: TokenBucket | undefined;
    if (name !== undefined) {
      bucket =
        buckets.get(name) ??
        createTokenBucket(COMMAND_BURST, COMMANDS_PER_SECOND, surroundings.mono);
      buckets.set(name, bucket);
    }
    const answer = answerWith(route, bucket, surroundings);
    router.register(route.path, [route.method], answer);
    if (route.method === 'GET' && !route.path.includes(':')) named.set(route.path, answer);
  }
  return { router, answerNamed: answerNamed(named), refuseUnknown: refuseUnknown(router) };
}

/** The router tries one route after another, which takes longer than an answer that is ready. */
function answerNamed(named: ReadonlyMap<string, (ctx: Context) => Promise<void>>): Middleware {
  return (ctx, next) => {
    const answer = ctx.method === 'GET' ? named.get(ctx.path) : undefined;
    return answer === undefined ? next() : answer(ctx);
  };
}

/** Adds the stream of server-sent events, which goes on behind a `Last-Event-ID`. */
export function eventsRoute(router: Router, streams: EventStreams): void {
  router.get('/events', (ctx) => {
    if (Object.keys(ctx.query).length > 0) {
      throw new HttpProblem('bad_request', 'query: /events takes no query');
    }
    const after = parseLastEventId(ctx.get('last-event-id'));
    if (after === null) {
      throw new HttpProblem('bad_request', 'Last-Event-ID is not an id of this feed');
    }
    if (ctx.method === 'HEAD') {
      ctx.type = 'text/event-stream';
      ctx.body = '';
      return;
    }
    streams.open(ctx.res, after);
    ctx.respond = false;
  });
}

/** Adds the files of the page, or says at `/` that it is not built. */
export function pageRoutes(router: Router, page: ReadonlyMap<string, PageFile>): void {
  const headers = pageHeaders();
  if (!page.has('/')) {
    router.get('/', headers, (ctx) => {
      ctx.type = 'text/plain; charset=utf-8';
      ctx.body = NOT_BUILT;
    });
  }
  for (const [path, file] of page) {
    router.get(path, headers, (ctx) => {
      ctx.status = 200;
      ctx.type = file.type;
      ctx.set('ETag', file.etag);
      const cache = file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache';
      ctx.set('Cache-Control', cache);
      if (ctx.fresh) ctx.status = 304;
      else ctx.body = file.bytes;
    });
  }
}

/** What a reader of the API opens: its description as a page, made once. */
export function docsRoutes(router: Router, html: string): void {
  const headers = pageHeaders();
  router.get('/docs', headers, (ctx) => {
    ctx.type = 'text/html; charset=utf-8';
    ctx.body = html;
  });
  router.get('/docs.css', headers, (ctx) => {
    ctx.type = 'text/css; charset=utf-8';
    ctx.body = DOCS_STYLE;
  });
}

/** Scripts, styles and calls of our own origin alone, inline none; and no frame around us. */
function pageHeaders(): Middleware {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    xFrameOptions: { action: 'deny' },
    // We speak plain HTTP on loopback; a proxy that adds TLS adds this too.
    strictTransportSecurity: false,
  });
}

function answerWith(
  route: Route,
  bucket: TokenBucket | undefined,
  { mono, wall, log }: Surroundings,
) {
  return async (ctx: Context & { readonly params?: unknown }): Promise<void> => {
    const caller = callerIn(ctx);
    const taken = bucket?.take();
    if (taken?.ok === false) {
      const after = String(taken.retryAfterS);
      throw new HttpProblem('rate_limited', `too many requests; again in ${after} s`, {
        'Retry-After': after,
      });
    }
    const { params = {} } = ctx;
    // Koa parses even what is empty.
    const query = ctx.querystring === '' ? {} : ctx.query;
    const body = route.method === 'POST' ? ctx.request.body : {};
    const answer = route.answer({ params, query, body, caller });
    const reply = answer instanceof Promise ? await withDeadline(answer, mono) : answer;
    if (route.method === 'POST') {
      log.info({ path: ctx.path, caller, at: wall.now(), status: reply.status }, 'api command');
    }
    write(ctx, reply);
  };
}

function write(ctx: Context, reply: Reply): void {
  const { status, body, bytes, type, headers, lasting = false } = reply;
  ctx.status = status;
  // Before the body, from which Koa would guess it; and as a text, since `null` too is JSON.
  ctx.set('Content-Type', type ?? JSON_TYPE);
  ctx.set('Cache-Control', lasting ? 'no-cache' : 'no-store');
  const text = bytes ?? (type === undefined ? JSON.stringify(body) : body);
  if (lasting) ctx.set('ETag', etagOf(String(text)));
  if (headers !== undefined) ctx.set(headers);
  if (lasting && ctx.fresh) ctx.status = 304;
  else ctx.body = text;
}

function withDeadline<T>(work: Promise<T>, mono: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = mono.setTimer(ANSWER_DEADLINE_MS, () =>
      reject(new Fault('deadline', `no answer within ${ANSWER_DEADLINE_MS / 1000} s`)),
    );
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}

function refuseUnknown(router: Router): Middleware {
  return (ctx) => {
    const matching = router.stack.filter((layer) => layer.match(ctx.path));
    const methods = [...new Set(matching.flatMap((layer) => layer.methods))];
    if (methods.length === 0) throw new Fault('not_found', `there is nothing at ${ctx.path}`);
    const allowed = methods.join(', ');
    throw new HttpProblem('method_not_allowed', `this takes ${allowed}`, { Allow: allowed });
  };
}
