/**
 * Answers that are at hand: bytes made before, which depend on nothing that is asked. They go out
 * before Koa makes a context and walks its middleware, which would take most of their time on the
 * thread that decides. Whatever is not plainly allowed goes the whole way, and is refused there.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AccessRules, hostCheck } from './access.ts';
import type { Reply, Route } from './route.ts';

/** What an answer of the API needs: it is data, which nothing renders, frames or sniffs. */
export const DATA_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

export const JSON_TYPE = 'application/json; charset=utf-8';

/** Whether it has answered; if not, nothing was written. */
export type ReadyAnswers = (request: IncomingMessage, response: ServerResponse) => boolean;

/** One list of headers stands for as long as its bytes do. */
interface Head {
  readonly reply: Reply;
  readonly headers: readonly string[];
}

/** Answers what of `routes` is ready, to whom a read is open; everything else is Koa's. */
export function readyAnswers(routes: readonly Route[], rules: AccessRules): ReadyAnswers {
  const ready = new Map(routes.flatMap(({ path, ready }) => (ready ? [[path, ready]] : [])));
  const heads = new Map<string, Head>();
  const allows = hostCheck(rules);
  return (request, response) => {
    const { method, url = '', headers } = request;
    if (method !== 'GET' || !rules.loopback) return false;
    const reply = ready.get(url);
    // Who takes an encoding may get one, and Koa's middleware knows which.
    if (reply === undefined || headers['accept-encoding'] !== undefined) return false;
    if (!allows(request)) return false;
    const given = replyOf(reply);
    if (given?.bytes === undefined) return false;
    let head = heads.get(url);
    if (head?.reply !== given) {
      head = { reply: given, headers: headersOf(given.bytes) };
      heads.set(url, head);
    }
    response.writeHead(given.status, [...head.headers]);
    response.end(given.bytes);
    return true;
  };
}

/** Undefined where it fails, whatever the reason: Koa's way asks again, and says why. */
function replyOf(reply: () => Reply): Reply | undefined {
  try {
    return reply();
  } catch {
    return undefined;
  }
}

function headersOf(bytes: Buffer): readonly string[] {
  const rest = { Vary: 'Accept-Encoding', 'Content-Type': JSON_TYPE, 'Cache-Control': 'no-store' };
  const length = { 'Content-Length': String(bytes.length) };
  return Object.entries({ ...DATA_HEADERS, ...rest, ...length }).flat();
}
