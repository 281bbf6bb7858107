/**
 * The page's one source of time. The daemon's clocks live in `src/runtime`; a browser has its own,
 * and every age on the page is counted by it from the moment a value arrived.
 */

import { signal } from '@preact/signals';

const TICK_MS = 500;

/** Epoch ms of this browser, at the last tick; what shows an age depends on it. */
export const now = signal(Date.now());

/** How far the daemon's clock is ahead of this browser's, ms. */
export const serverOffset = signal(0);

/** Epoch ms of this browser. */
export function readNow(): number {
  return Date.now();
}

/** Ages grow from here on, and `onTick` is called with each step. */
export function startClock(onTick: () => void): void {
  setInterval(() => {
    now.value = readNow();
    onTick();
  }, TICK_MS);
}

export function after(ms: number, act: () => void): () => void {
  const timer = setTimeout(act, ms);
  return () => clearTimeout(timer);
}
