/**
 * The platform's clocks. The monotonic one counts from the machine's own origin, not the thread's,
 * so that a time stamped in one thread can be subtracted from a time read in another.
 */

import assert from 'node:assert/strict';
import type { Clock, WallClock } from './clock.ts';
import { RealTimers } from './real-timers.ts';

/** Pairs of readings of which the tightest gives the offset; the first ones run cold. */
const OFFSET_READINGS = 16;

/**
 * The monotonic clock of this process. `performance.now()` is cheap but starts with its thread;
 * `process.hrtime` is common to all threads but slow: one offset joins them.
 */
export function realMono(): Clock {
  const offset = monotonicOffset();
  const now = (): number => offset + performance.now();
  const timers = new RealTimers(now);
  return {
    now,
    setTimer(delayMs, fire) {
      assert(!Number.isNaN(delayMs), 'a delay is a number');
      return timers.set(now() + Math.max(0, delayMs), fire);
    },
  };
}

/** The wall clock: dates logs and rows, and measures nothing, because it can jump. */
export function realWall(): WallClock {
  return { now: () => Date.now() };
}

function monotonicOffset(): number {
  let offset = 0;
  let tightest = Number.POSITIVE_INFINITY;
  for (let reading = 0; reading < OFFSET_READINGS; reading += 1) {
    const before = performance.now();
    const absolute = Number(process.hrtime.bigint()) / 1e6;
    const after = performance.now();
    if (after - before >= tightest) continue;
    tightest = after - before;
    offset = absolute - (before + after) / 2;
  }
  return offset;
}
