/**
 * The first bytes of a connection: the client offers a range of protocol versions, the gateway
 * announces one. Every layout after that follows the announced version, so it is chosen once.
 */

import { formatUtcTime } from '../sim/zoned-time.ts';
import type { Message } from './framing.ts';

/** What stands before the first frame of every client. */
export const API_PREFIX = Buffer.from('API\0', 'latin1');

/** The oldest layouts this gateway writes; the older clients that are still in use need 157. */
export const VERSION_MIN = 157;

/** The newest: from 194 layouts change, from 201 messages are protobuf. */
export const VERSION_MAX = 193;

/** The layout that every client still in use has read for years. */
export const VERSION_CAP_DEFAULT = 178;

/** `v157..178` and what may follow it, such as ` +PACEAPI`; far more than any client sends. */
export const HELLO_BYTES_MAX = 1024;

export type Negotiation =
  | { readonly kind: 'agreed'; readonly version: number }
  /** `announce` is the version that makes the client itself say why it cannot go on. */
  | { readonly kind: 'refused'; readonly announce: number; readonly reason: string }
  | { readonly kind: 'garbage' };

/** Chooses the version for a client that said `hello`, such as `v100..193 +PACEAPI`. */
export function negotiate(hello: string, cap: number): Negotiation {
  const match = /^v(\d{1,6})(?:\.\.(\d{1,6}))?(?: |\0|$)/.exec(hello);
  if (match === null) return { kind: 'garbage' };
  const clientMin = Number(match[1]);
  const clientMax = match[2] === undefined ? clientMin : Number(match[2]);
  if (clientMax < clientMin) return { kind: 'garbage' };

  const version = Math.min(clientMax, cap);
  if (version < VERSION_MIN) {
    return { kind: 'refused', announce: VERSION_MIN, reason: `client knows up to ${clientMax}` };
  }
  if (version < clientMin) {
    return { kind: 'refused', announce: version, reason: `client needs at least ${clientMin}` };
  }
  return { kind: 'agreed', version };
}

/** Exactly two fields, without a message id. */
export function encodeHello(version: number, now: number): Message {
  return [version, formatUtcTime(now)];
}

/** Whether the bytes so far can still be the beginning of `API\0`. */
export function mayBePrefix(bytes: Buffer): boolean {
  const count = Math.min(bytes.length, API_PREFIX.length);
  return bytes.subarray(0, count).equals(API_PREFIX.subarray(0, count));
}
