/**
 * A second opinion on an option on a stock that pays cash dividends: a trinomial lattice in the
 * logarithm of the spot (P. Boyle, 1986), which shares neither grid nor time steps nor solver with
 * the finite differences that price it. Good for a check of deltas, and for nothing finer. Where
 * the first dividend is so close that the exercise of a call on its eve is narrower than the nodes,
 * a second lattice about that spot takes over, which is as wide as the stock may move until then.
 */

import assert from 'node:assert/strict';
import { type CashDividend, type CashOption, livingDividends } from './cash-dividends.ts';

/** Values now, at spots that are evenly spaced in their logarithm. */
export interface CashLattice {
  readonly first: number;
  readonly step: number;
  readonly spots: Float64Array;
  readonly values: Float64Array;
  /** Finer, where a call is worth exercising within hours. */
  readonly near: CashLattice | null;
}

type Terms = Omit<CashOption, 'spot' | 'model'>;

/** Nodes in one standard deviation of the life: with them deltas are right within a thousandth. */
const NODES_PER_DEVIATION = 16;
/** Deviations beyond the strike, and above it beyond the dividends too. */
const REACH = 5;
/** Where dividends are many deviations wide, so as not to take the day for it. */
const NODES_MAX = 600;
/** Variance of a step by the square of the spacing: a third makes the weights 1/6, 2/3, 1/6. */
const RATIO = 1 / 3;

/** Nodes in the deviation until the first dividend from which on nothing is narrower than they. */
const NODES_ENOUGH = 6;
/** Of the finer lattice, to either side: deviations until the dividend, and nodes of the other. */
const NEAR_REACH = 6;
/** The ends of the finer lattice only carry it. */
const NEAR_PART = 0.75;

/**
 * In the `spot` model; years and sigma are above zero. Journals from before there was a second
 * lattice have none.
 */
export function solveCashLattice(option: Terms, hasNear = true): CashLattice {
  const { strike, years, sigma, rate, dividendYield } = option;
  assert(years > 0 && sigma > 0, 'a lattice has time and volatility');
  const dated = { ...option, spot: strike, model: 'spot' } as const;
  const dates = [...livingDividends(dated)].sort((a, b) => b.years - a.years);
  const paid = dates.reduce((sum, { amount }) => sum + amount, 0);
  const deviation = sigma * Math.sqrt(years);
  const drift = Math.abs(rate - dividendYield) * years;
  const first = Math.log(strike) - REACH * deviation - drift;
  const width = Math.log(strike + paid) + REACH * deviation + drift - first;
  const step = Math.max(deviation / NODES_PER_DEVIATION, width / NODES_MAX);
  const spots = spotsOf(first, step, Math.ceil(width / step) + 1);
  const pays = paysAt(option, spots);
  let values: Float64Array = pays.slice();
  let near: CashLattice | null = null;
  let from = years;
  for (const [index, { years: date, amount }] of [...dates, TODAY].entries()) {
    const lattice = { first, step, spots, values, near: null };
    roll(option, lattice, pays, from - date);
    if (amount !== 0) values = fall(option, lattice, pays, amount);
    const isNext = index === dates.length - 1;
    if (isNext && hasNear) near = nearOf(option, lattice, { years: date, amount });
    from = date;
  }
  return { first, step, spots, values, near };
}

const TODAY: CashDividend = { years: 0, amount: 0 };

/** `lattice` is that of the first ex-date, after the fall; null where it is fine enough. */
function nearOf(option: Terms, lattice: CashLattice, dividend: CashDividend): CashLattice | null {
  const { right, exercise, sigma } = option;
  const { years, amount } = dividend;
  const deviation = sigma * Math.sqrt(years);
  const isFine = deviation >= NODES_ENOUGH * lattice.step;
  if (right !== 'C' || exercise !== 'american' || isFine || !(amount > 0)) return null;
  const kept = (spot: number): number => valueAt(lattice, Math.max(0, spot - amount));
  const last = lattice.spots.findLastIndex((spot) => kept(spot) >= spot - option.strike);
  if (last < 0 || last === lattice.spots.length - 1) return null;
  const reach = NEAR_REACH * Math.max(deviation, lattice.step);
  const step = Math.max(deviation / NODES_PER_DEVIATION, (2 * reach) / NODES_MAX);
  const first = lattice.first + last * lattice.step - reach;
  const spots = spotsOf(first, step, Math.ceil((2 * reach) / step) + 1);
  const pays = paysAt(option, spots);
  const values = spots.map((spot, index) => Math.max(kept(spot), at(pays, index)));
  const near = { first, step, spots, values, near: null };
  roll(option, near, pays, years);
  return near;
}

function spotsOf(first: number, step: number, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, index) => Math.exp(first + index * step));
}

function paysAt({ right, strike }: Terms, spots: Float64Array): Float64Array {
  const sign = right === 'C' ? 1 : -1;
  return spots.map((spot) => Math.max(0, sign * (spot - strike)));
}

/** On the parabola through the three nodes about `spot`; on the first or last one beyond them. */
function valueAt({ first, step, spots, values }: CashLattice, spot: number): number {
  const place = Math.round((Math.log(spot) - first) / step);
  const middle = Math.min(Math.max(place, 1), spots.length - 2);
  const [a, b, c] = [at(spots, middle - 1), at(spots, middle), at(spots, middle + 1)];
  const below = (at(values, middle) - at(values, middle - 1)) / (b - a);
  const above = (at(values, middle + 1) - at(values, middle)) / (c - b);
  const bend = (above - below) / (c - a);
  return Math.max(0, at(values, middle) + (spot - b) * (below + bend * (spot - a)));
}

/** Slope of the parabola through the three nodes about `spot`; NaN beyond them. */
export function latticeDelta(lattice: CashLattice, spot: number): number {
  const { near } = lattice;
  return slopeAt(near !== null && isInside(near, spot) ? near : lattice, spot);
}

function isInside({ first, step, spots }: CashLattice, spot: number): boolean {
  const half = 0.5 * (spots.length - 1);
  return Math.abs((Math.log(spot) - first) / step - half) <= NEAR_PART * half;
}

function slopeAt({ first, step, spots, values }: CashLattice, spot: number): number {
  const middle = Math.round((Math.log(spot) - first) / step);
  if (!(middle >= 1 && middle <= spots.length - 2)) return Number.NaN;
  const [a, b, c] = [at(spots, middle - 1), at(spots, middle), at(spots, middle + 1)];
  const below = (at(values, middle) - at(values, middle - 1)) / (b - a);
  const above = (at(values, middle + 1) - at(values, middle)) / (c - b);
  return below + ((above - below) / (c - a)) * (2 * spot - a - b);
}

/** Back in time by `length` years; the values are overwritten. */
function roll(
  { rate, dividendYield, sigma, exercise }: Terms,
  { step, spots, values }: CashLattice,
  pays: Float64Array,
  length: number,
): void {
  if (!(length > 0)) return;
  const steps = Math.ceil((length * sigma ** 2) / (RATIO * step * step));
  const dt = length / steps;
  const spread = (sigma ** 2 * dt) / (step * step);
  const drift = ((rate - dividendYield - 0.5 * sigma ** 2) * dt) / step;
  const discount = Math.exp(-rate * dt);
  const [up, down] = [0.5 * discount * (spread + drift), 0.5 * discount * (spread - drift)];
  const stay = discount * (1 - spread);
  const last = values.length - 1;
  const isAmerican = exercise === 'american';
  for (let passed = 0; passed < steps; passed += 1) {
    let below = at(values, 0);
    for (let index = 1; index < last; index += 1) {
      const here = at(values, index);
      const value = down * below + stay * here + up * at(values, index + 1);
      below = here;
      const least = isAmerican ? at(pays, index) : value;
      values[index] = value > least ? value : least;
    }
    values[0] = beyond(spots, values, 1, 2, at(spots, 0));
    values[last] = beyond(spots, values, last - 1, last - 2, at(spots, last));
  }
}

/** The morning before the stock goes ex. */
function fall(
  { exercise }: Terms,
  { first, step, spots, values }: CashLattice,
  pays: Float64Array,
  amount: number,
): Float64Array {
  return spots.map((spot, index) => {
    const after = Math.max(0, spot - amount);
    const place = Math.floor((Math.log(after) - first) / step);
    const left = Math.min(Math.max(place, 0), spots.length - 2);
    const value = beyond(spots, values, left, left + 1, after);
    return exercise === 'american' ? Math.max(value, at(pays, index)) : value;
  });
}

/** On the straight line through two nodes, never below nothing. */
function beyond(
  spots: Float64Array,
  values: Float64Array,
  one: number,
  other: number,
  spot: number,
): number {
  const slope = (at(values, other) - at(values, one)) / (at(spots, other) - at(spots, one));
  return Math.max(0, at(values, one) + slope * (spot - at(spots, one)));
}

function at(values: Float64Array, index: number): number {
  return values[index] ?? Number.NaN;
}
