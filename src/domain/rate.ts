/** How many orders a minute has seen. Times are trading times in ascending order. */

const MINUTE_MS = 60_000;
const NEVER = Number.NEGATIVE_INFINITY;

/** Times within the last minute. Asked by every evaluation, so it does not walk over them. */
export function countRecent(times: readonly number[], now: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? NEVER) <= now - MINUTE_MS) low = middle + 1;
    else high = middle;
  }
  return times.length - low;
}

/** When fewer than `max` of the ascending `times` lie in the last minute; −Infinity: now. */
export function rateOpensAt(times: readonly number[], max: number, now: number): number {
  if (max <= 0) return Number.POSITIVE_INFINITY;
  const count = countRecent(times, now);
  if (count < max) return NEVER;
  return (times[times.length - max] ?? now) + MINUTE_MS;
}
