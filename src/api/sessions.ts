/**
 * How the page signs in. The daemon prints a link with a one-time code in its fragment, which a
 * browser sends to no server; the page exchanges it for a session in a cookie that scripts cannot
 * read. Codes and sessions live in memory only: a restart signs everybody out.
 */

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../runtime/clock.ts';

/** One for each link that was printed and not yet followed; a further one drops the oldest. */
const CODES_MAX = 16;
/** One operator or a small desk; a further one drops the oldest. */
const SESSIONS_MAX = 64;
/** Long enough to come back to the terminal, short enough for a scrollback to be worthless. */
const CODE_LIFE_MS = 60 * 60 * 1000;
/** A trading week: a page that is left open keeps its stop button. */
export const SESSION_LIFE_MS = 7 * 24 * 60 * 60 * 1000;

export interface Sessions {
  /** A code that opens one session, once. */
  issueCode(): string;
  /** The id of a new session, or undefined when the code is unknown, used or expired. */
  redeem(code: string): string | undefined;
  open(): string;
  isOpen(id: string): boolean;
}

export function createSessions(mono: Clock): Sessions {
  const codes = createExpiringSet(CODES_MAX, CODE_LIFE_MS, mono);
  const sessions = createExpiringSet(SESSIONS_MAX, SESSION_LIFE_MS, mono);
  const open = () => {
    const id = randomBytes(32).toString('base64url');
    sessions.add(id);
    return id;
  };
  return {
    issueCode() {
      const code = randomBytes(16).toString('base64url');
      codes.add(code);
      return code;
    },
    redeem: (code) => (codes.take(code) ? open() : undefined),
    open,
    isOpen: (id) => sessions.has(id),
  };
}

/** Compares secrets in a time that does not depend on where they differ, nor on their length. */
export function sameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

interface ExpiringSet {
  add(secret: string): void;
  has(secret: string): boolean;
  take(secret: string): boolean;
}

/** Holds digests, so that looking a secret up leaks nothing about those that exist. */
function createExpiringSet(capacity: number, lifeMs: number, mono: Clock): ExpiringSet {
  const expiries = new Map<string, number>();
  const has = (secret: string) =>
    mono.now() < (expiries.get(key(secret)) ?? Number.NEGATIVE_INFINITY);
  return {
    has,
    add(secret) {
      const oldest = expiries.keys().next();
      if (expiries.size >= capacity && oldest.done !== true) expiries.delete(oldest.value);
      expiries.set(key(secret), mono.now() + lifeMs);
    },
    take(secret) {
      const alive = has(secret);
      expiries.delete(key(secret));
      return alive;
    },
  };
}

function key(secret: string): string {
  return digest(secret).toString('base64');
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
