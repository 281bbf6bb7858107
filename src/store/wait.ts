/** Waiting on a clock that is passed in. */

import type { Clock, Timer } from '../runtime/clock.ts';

function wait(mono: Clock, ms: number): Promise<void> {
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

/** Waits for the promise, but not longer than this; whether it came in time. */
export async function within(mono: Clock, ms: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: Timer | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = mono.setTimer(ms, () => resolve(false));
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    timer?.cancel();
  }
}
