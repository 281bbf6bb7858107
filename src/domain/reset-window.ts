/**
 * The times at which IB restarts its servers, every night: connections end then, and come back by
 * themselves. A loss inside such a window is expected, and whoever looks should be told so.
 */

import { newYorkHours } from './time-text.ts';

/** When the window that `now` (epoch ms) lies in ends, `HH:MM` in New York; null outside of all. */
export function resetUntil(windows: readonly string[], now: number): string | null {
  const time = newYorkHours(now).slice(0, 5);
  for (const window of windows) {
    const [from = '', to = ''] = window.split('-');
    const inside = from <= to ? time >= from && time < to : time >= from || time < to;
    if (inside) return to;
  }
  return null;
}
