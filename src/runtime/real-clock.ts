/**
 * The platform's clocks. The monotonic one counts from the machine's own origin, not the thread's,
 * so that a time stamped in one thread can be subtracted from a time read in another.
 */

import assert from 'node:assert/strict';
import type { Clock, Timer, WallClock } from './clock.ts';

/** The longest delay of the platform's timer; a longer one would fire at once. */
const PLATFORM_DELAY_MS_MAX = 2 ** 31 - 1;
/** Pairs of readings of which the tightest gives the offset; the first ones run cold. */
const OFFSET_READINGS = 16;

/**
 * The monotonic clock of this process. `performance.now()` is cheap but starts with its thread;
 * `process.hrtime` is common to all threads but slow: one offset joins them.
 */
export function realMono(): Clock {
  const offset = monotonicOffset();
  const now = (): number => offset + performance.now();
  return { now, setTimer: (delayMs, fire) => setRealTimer(now, delayMs, fire) };
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

function setRealTimer(now: () => number, delayMs: number, fire: () => void): Timer {
  assert(!Number.isNaN(delayMs), 'a delay is a number');
  const due = now() + Math.max(0, delayMs);
  // The platform truncates to whole milliseconds and counts from the start of its loop, so it can
  // be early by a fraction: what is early is armed again, and no timer fires before it is due.
  const arm = (): NodeJS.Timeout => {
    const rest = Math.ceil(due - now());
    return setTimeout(elapse, Math.min(Math.max(rest, 0), PLATFORM_DELAY_MS_MAX));
  };
  const elapse = (): void => {
    if (now() < due) timeout = arm();
    else fire();
  };
  let timeout = arm();
  return { cancel: () => clearTimeout(timeout) };
}
