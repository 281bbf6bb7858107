/**
 * A curve of continuously compounded rates by time: flat, or from a table of points. Between points
 * the discount factor's logarithm r·t is linear, so that the forward rate is constant there
 * (P. Hagan & G. West, Interpolation methods for curve construction, Appl. Math. Finance 13, 2006,
 * "raw" interpolation); before the first point and after the last the rate is that point's.
 */

import assert from 'node:assert/strict';

export interface RatePoint {
  /** Calendar days from today, positive, ascending in a table. */
  readonly days: number;
  /** Continuously compounded, per year of 365 days. */
  readonly rate: number;
}

export type RateCurve = number | readonly RatePoint[];

const YEAR_DAYS = 365;

/** The rate for money lent over `years`; `years` at or below 0 has the shortest. */
export function rateAt(curve: RateCurve, years: number): number {
  if (typeof curve === 'number') return curve;
  const days = years * YEAR_DAYS;
  let left: RatePoint | undefined;
  for (const right of curve) {
    if (days <= right.days) return left === undefined ? right.rate : between(left, right, days);
    assert(left === undefined || left.days < right.days, 'a curve is in ascending order');
    left = right;
  }
  assert(left !== undefined, 'a curve has a point');
  return left.rate;
}

/** A yearly compounded rate, as it is quoted, to the continuous one. */
export function continuousRate(yearly: number): number {
  assert(yearly > -1, 'a rate of −100 % has no continuous form');
  return Math.log1p(yearly);
}

function between(left: RatePoint, right: RatePoint, days: number): number {
  const share = (days - left.days) / (right.days - left.days);
  const grown = left.rate * left.days * (1 - share) + right.rate * right.days * share;
  return grown / days;
}
