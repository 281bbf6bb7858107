/**
 * Who may ask. The Host is checked on every request, or a page of anyone's could reach us under a
 * name of its own (DNS rebinding); the Origin on every POST, or a page could command us from the
 * operator's browser; the token or a session on every POST, and on reads beyond loopback.
 */

import type { IncomingMessage } from 'node:http';
import type { Context, Middleware } from 'koa';
import { HttpProblem } from './problem.ts';
import { type Sessions, sameSecret } from './sessions.ts';

export interface AccessRules {
  readonly token: string;
  readonly sessions: Sessions;
  /** Host names under which we answer besides those of loopback. */
  readonly hosts: readonly string[];
  /** Bound to loopback alone: reads are open then. */
  readonly loopback: boolean;
  readonly cookieName: () => string;
}

/** Who asked, for the audit trail: the command line, the page, or any other program. */
export type Caller = 'cli' | 'page' | 'api';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/** Needs no token anywhere: the page that asks for it, and whether the process lives. */
const OPEN_PATHS = /^\/($|assets\/|favicon\.|healthz$|readyz$|session$)/;

/** Whether a name or address is of this host alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Refuses requests under a host name that is not ours, as those of rebound DNS are. */
export function checkHost(rules: AccessRules): Middleware {
  const allows = hostCheck(rules);
  return (ctx, next) => {
    if (allows(ctx.req)) return next();
    throw new HttpProblem('host_not_allowed', 'this host name is not in api.allowed_hosts');
  };
}

/** Whether a request names a host under which we answer. */
export function hostCheck({ hosts }: AccessRules): (request: IncomingMessage) => boolean {
  const allowed = new Set([...LOOPBACK_NAMES, ...hosts.map(bracketed)].map(lower));
  return (request) => {
    const name = hostName(request.headers.host ?? '');
    // The address itself cannot be rebound; who listens on all addresses is reached by any of them.
    return name !== undefined && (allowed.has(name) || name === ownAddress(request));
  };
}

/** Refuses what another site has a browser send. */
export function checkOrigin(): Middleware {
  return (ctx, next) => {
    if (ctx.method === 'GET' || ctx.method === 'HEAD') return next();
    const origin = ctx.get('origin');
    // Programs send none, and then need the token: see `checkAccess`.
    if (origin !== '' && !isSameOrigin(origin, ctx.get('host'))) {
      throw new HttpProblem('origin_not_allowed', 'this request comes from another site');
    }
    return next();
  };
}

/** A WebSocket is opened by a GET, and browsers let any page open it: its Origin is checked too. */
export function checkWebSocketOrigin(): Middleware {
  return (ctx, next) => {
    const origin = ctx.get('origin');
    if (origin === '' || isSameOrigin(origin, ctx.get('host'))) return next();
    throw new HttpProblem('origin_not_allowed', 'this WebSocket is opened by another site');
  };
}

/** Lets in who has the token or a session; reads on loopback need neither. */
export function checkAccess(rules: AccessRules): Middleware {
  return (ctx, next) => {
    const caller = callerOf(ctx, rules);
    ctx.state['caller'] = caller;
    const read = ctx.method === 'GET' || ctx.method === 'HEAD';
    const open = OPEN_PATHS.test(ctx.path) || (read && rules.loopback);
    if (caller !== undefined || open) return next();
    const detail = 'send the token of the data directory: Authorization: Bearer <token>';
    throw new HttpProblem('unauthorized', detail, { 'WWW-Authenticate': 'Bearer' });
  };
}

/** The caller that `checkAccess` found; undefined where the request carried no proof. */
export function callerIn(ctx: Context): Caller | undefined {
  const caller: unknown = ctx.state['caller'];
  return caller === 'cli' || caller === 'page' || caller === 'api' ? caller : undefined;
}

function callerOf(ctx: Context, { token, sessions, cookieName }: AccessRules): Caller | undefined {
  const bearer = /^Bearer +([^ ]{1,1024})$/i.exec(ctx.get('authorization'))?.[1];
  if (bearer !== undefined) {
    if (!sameSecret(bearer, token)) return undefined;
    return ctx.get('user-agent').startsWith('bifrost-cli/') ? 'cli' : 'api';
  }
  if (ctx.req.headers.cookie === undefined) return undefined;
  const session = ctx.cookies.get(cookieName());
  if (session === undefined || !sessions.isOpen(session)) return undefined;
  // A browser names the origin of every POST; a cookie without one did not come from the page.
  const read = ctx.method === 'GET' || ctx.method === 'HEAD';
  return read || ctx.get('origin') !== '' ? 'page' : undefined;
}

function isSameOrigin(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, host: originHost } = new URL(origin);
  if (protocol !== 'http:' && protocol !== 'https:') return false;
  // `URL` drops the port that is the scheme's own, and so must the other side.
  const here = `${protocol}//${host}`;
  return URL.canParse(here) && originHost === new URL(here).host;
}

/** The name in a Host header without its port, or undefined when it is no such header. */
function hostName(header: string): string | undefined {
  return /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/.exec(lower(header))?.[1];
}

function ownAddress({ socket }: IncomingMessage): string | undefined {
  const address = socket.localAddress?.replace(/^::ffff:/, '');
  return address === undefined ? undefined : bracketed(address);
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

function lower(text: string): string {
  return text.toLowerCase();
}
