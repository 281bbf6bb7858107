/** A token bucket: bursts pass, a steady flood does not. */

import type { Clock } from '../runtime/clock.ts';

export interface TokenBucket {
  /** Takes a token; when there is none, says in how many whole seconds there will be. */
  take(): { readonly ok: true } | { readonly ok: false; readonly retryAfterS: number };
}

export function createTokenBucket(burst: number, perSecond: number, mono: Clock): TokenBucket {
  let tokens = burst;
  let refilledAt = mono.now();
  return {
    take() {
      const now = mono.now();
      tokens = Math.min(burst, tokens + ((now - refilledAt) / 1000) * perSecond);
      refilledAt = now;
      if (tokens < 1) return { ok: false, retryAfterS: Math.ceil((1 - tokens) / perSecond) };
      tokens -= 1;
      return { ok: true };
    },
  };
}
