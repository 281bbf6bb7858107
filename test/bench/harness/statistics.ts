/** Order statistics of small samples. */

import assert from 'node:assert/strict';

/** The `fraction` quantile, interpolated between neighbours. */
export function quantile(values: readonly number[], fraction: number): number {
  assert(values.length > 0, 'a quantile of something');
  const sorted = Float64Array.from(values).sort();
  const at = (sorted.length - 1) * fraction;
  const low = Math.floor(at);
  const left = sorted[low] ?? Number.NaN;
  const right = sorted[Math.min(low + 1, sorted.length - 1)] ?? Number.NaN;
  return left + (right - left) * (at - low);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Half the interquartile range by the median. */
export function spread(values: readonly number[]): number {
  return (quantile(values, 0.75) - quantile(values, 0.25)) / 2 / median(values);
}
