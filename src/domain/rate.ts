/** How many orders a minute has seen. Times are trading times in ascending order. */

const MINUTE_MS = 60_000;
const NEVER = Number.NEGATIVE_INFINITY;

/** Times within the last minute. */
export function countRecent(times: readonly number[], now: number): number {
  let count = 0;
  for (let index = times.length - 1; index >= 0; index -= 1) {
    if ((times[index] ?? NEVER) <= now - MINUTE_MS) break;
    count += 1;
  }
  return count;
}

/** When fewer than `max` of the ascending `times` lie in the last minute; −Infinity: now. */
export function rateOpensAt(times: readonly number[], max: number, now: number): number {
  if (max <= 0) return Number.POSITIVE_INFINITY;
  const count = countRecent(times, now);
  if (count < max) return NEVER;
  return (times[times.length - max] ?? now) + MINUTE_MS;
}
