/** Waiting on a clock that is passed in. */

import type { Clock } from '../runtime/clock.ts';

export function wait(mono: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    mono.setTimer(ms, resolve);
  });
}

/** Asks `check` until it gives something or the time is over; null if it never did. */
export async function waitFor<T>(
  mono: Clock,
  deadlineMs: number,
  check: () => T | null | Promise<T | null>,
  intervalMs = 20,
): Promise<T | null> {
  const end = mono.now() + deadlineMs;
  for (;;) {
    const found = await check();
    if (found !== null) return found;
    if (mono.now() >= end) return null;
    await wait(mono, intervalMs);
  }
}
