/**
 * Options on a stock that pays dated cash dividends, by finite differences. Two models:
 *
 * - `spot`, taken as the truth: the stock is lognormal between the dates and falls by the dividend
 *   (never below zero) at each.
 * - `escrowed`: the stock less the present value of its dividends is lognormal. Data vendors use
 *   it; for a year of quarterly dividends the two differ by some tenths of a per cent of strike.
 *
 * Crank–Nicolson steps on a sinh grid, uniform in the root of time between dates, each stretch
 * begun with implicit half steps (R. Rannacher, 1984); early exercise by the direct sweep of M.
 * Brennan & E. Schwartz, J. Finance 32 (1977), which is exact where one exercises on one side only;
 * two grids are extrapolated (L. F. Richardson, 1911).
 */

import type { Right } from '../domain/contract.ts';
import { fillGrid, type GridShape, gridShape, type PriceGrid, spotAt } from './price-grid.ts';
import { brennanSchwartz, type Tridiagonal } from './tridiagonal.ts';

/** An ex-date in years from now, and USD per share. */
export interface CashDividend {
  readonly years: number;
  readonly amount: number;
}

export interface CashOption {
  readonly right: Right;
  readonly exercise: 'european' | 'american';
  /** Only to place the grid: it covers this spot. */
  readonly spot: number;
  readonly strike: number;
  readonly years: number;
  readonly rate: number;
  readonly dividendYield: number;
  readonly sigma: number;
  readonly dividends: readonly CashDividend[];
  readonly model: 'spot' | 'escrowed';
}

/** 1e-5 of the strike and better. */
const INTERVALS = 200;
/** The grid reaches so many standard deviations beyond strike and spot. */
const REACH = 6;
const RANNACHER_STEPS = 2;

/**
 * The grid of an option with years and sigma above zero. In the escrowed model its spots are those
 * of the stock less the dividends' present value: look it up at `escrowedSpot`.
 */
export function solveCashGrid(option: CashOption, intervals: number = INTERVALS): PriceGrid {
  const { strike, spot, sigma, years } = option;
  const deviation = sigma * Math.sqrt(years);
  const paid = option.dividends.reduce((sum, { amount }) => sum + amount, 0);
  const drift = Math.abs(option.rate - option.dividendYield) * years;
  const top = (Math.max(strike, spot) + paid) * Math.exp(REACH * deviation + drift);
  const even = 2 * Math.ceil(intervals / 2);
  const shape = gridShape(strike, strike * Math.min(1, Math.max(0.02, deviation)), top, even);
  const half = { ...shape, step: 2 * shape.step, count: even / 2 + 1 };
  const fine = derive(shape, march(option, shape));
  const coarse = derive(half, march(option, half));
  let index = 0;
  return fillGrid(half, () => {
    const blend = (name: 'price' | 'delta' | 'gamma'): number =>
      (4 * (fine[name][2 * index] ?? 0) - (coarse[name][index] ?? 0)) / 3;
    const value = { price: blend('price'), delta: blend('delta'), gamma: blend('gamma') };
    index += 1;
    return value;
  });
}

/** The dividends that fall within the option's life. */
export function livingDividends({ dividends, years }: CashOption): readonly CashDividend[] {
  return dividends.filter((dividend) => dividend.years > 0 && dividend.years <= years);
}

/** Present value, seen from `now` (years), of the dividends that are still to come by then. */
export function presentValue(option: CashOption, now: number): number {
  return livingDividends(option)
    .filter(({ years }) => years > now)
    .reduce((sum, { years, amount }) => sum + amount * Math.exp(-option.rate * (years - now)), 0);
}

/** The spot less the present value of the dividends in the option's life; may be negative. */
export function escrowedSpot(option: CashOption): number {
  return option.spot - presentValue(option, 0);
}

interface Market {
  readonly option: CashOption;
  readonly spots: Float64Array;
  readonly system: Tridiagonal;
}

/** Values at the nodes now, backwards from expiry. */
function march(option: CashOption, shape: GridShape): Float64Array {
  const { years, model } = option;
  const spots = Float64Array.from({ length: shape.count }, (_, index) => spotAt(shape, index));
  const n = shape.count;
  const system = {
    lower: new Float64Array(n),
    diagonal: new Float64Array(n),
    upper: new Float64Array(n),
    right: new Float64Array(n),
  };
  const market: Market = { option, spots, system };
  let values: Float64Array = Float64Array.from(spots, (spot) => payoff(option, spot));
  const dates = [...livingDividends(option)].sort((a, b) => b.years - a.years);
  let from = years;
  for (const { years: date, amount } of [...dates, { years: 0, amount: 0 }]) {
    const length = from - date;
    const steps = Math.max(4, Math.ceil((shape.count * length) / years));
    let passed = 0;
    for (let step = 1; length > 0 && step <= steps; step += 1) {
      const next = length * (step / steps) ** 2;
      const implicit = step <= RANNACHER_STEPS;
      const parts = implicit ? 2 : 1;
      for (let part = 1; part <= parts; part += 1) {
        const dt = (next - passed) / parts;
        const to = from - passed - dt * part;
        values = advance(market, values, dt, to, implicit ? 1 : 0.5);
      }
      passed = next;
    }
    if (amount !== 0 && model === 'spot') values = fall(market, shape, values, amount);
    if (amount !== 0 && model === 'escrowed') values = exerciseBefore(market, values, date);
    from = date;
  }
  return values;
}

/** One step of `dt` back in time, to `now` years from today. */
function advance(
  { option, spots, system }: Market,
  values: Float64Array,
  dt: number,
  now: number,
  theta: number,
): Float64Array {
  const { rate, dividendYield, sigma, years, right, exercise } = option;
  const { lower, diagonal, upper, right: known } = system;
  const last = spots.length - 1;
  for (let j = 1; j < last; j += 1) {
    const spot = spots[j] ?? 0;
    const down = spot - (spots[j - 1] ?? 0);
    const up = (spots[j + 1] ?? 0) - spot;
    const spread = (sigma * spot) ** 2;
    const drift = (rate - dividendYield) * spot;
    const a = (spread - drift * up) / (down * (down + up));
    const c = (spread + drift * down) / (up * (down + up));
    const b = -a - c - rate;
    const [before, here, after] = [values[j - 1] ?? 0, values[j] ?? 0, values[j + 1] ?? 0];
    const moved = a * before + b * here + c * after;
    lower[j] = -theta * dt * a;
    diagonal[j] = 1 - theta * dt * b;
    upper[j] = -theta * dt * c;
    known[j] = here + (1 - theta) * dt * moved;
  }
  // Far out all is known: the worthless side, and the side that is a forward or is exercised.
  const left = years - now;
  const owed = option.strike * Math.exp(-rate * left);
  const american = exercise === 'american';
  const paid = option.model === 'spot' ? presentValue(option, now) : 0;
  const top = (spots[last] ?? 0) * Math.exp(-dividendYield * left) - paid - owed;
  const extra = option.model === 'escrowed' ? presentValue(option, now) : 0;
  const floor = (spot: number): number => (american ? payoff(option, spot + extra) : 0);
  const atZero = right === 'P' ? Math.max(owed, floor(0)) : 0;
  const atTop = right === 'C' ? Math.max(0, top, floor(spots[last] ?? 0)) : 0;
  for (const [j, value] of [
    [0, atZero],
    [last, atTop],
  ] as const) {
    lower[j] = 0;
    diagonal[j] = 1;
    upper[j] = 0;
    known[j] = value;
  }
  const least = american ? Float64Array.from(spots, floor) : null;
  return brennanSchwartz(system, least, right === 'P' ? 'low' : 'high');
}

/** The morning before the stock goes ex: what it will be worth when it has fallen. */
function fall(
  { option, spots }: Market,
  shape: GridShape,
  values: Float64Array,
  amount: number,
): Float64Array {
  return Float64Array.from(spots, (spot) => {
    const after = interpolate(shape, values, Math.max(0, spot - amount));
    return option.exercise === 'american' ? Math.max(after, payoff(option, spot)) : after;
  });
}

/** The same in the escrowed model, where the stock's part that is simulated does not fall. */
function exerciseBefore(
  { option, spots }: Market,
  values: Float64Array,
  date: number,
): Float64Array {
  if (option.exercise === 'european') return values;
  const owed = presentValue(option, date * (1 - 1e-12));
  return values.map((value, j) => Math.max(value, payoff(option, (spots[j] ?? 0) + owed)));
}

/** Cubic in ξ, as the table is looked up. */
function interpolate(shape: GridShape, values: Float64Array, spot: number): number {
  const { strike, alpha, first, step, count } = shape;
  const place = (Math.asinh((spot - strike) / alpha) - first) / step;
  const left = Math.min(Math.max(Math.floor(place) - 1, 0), count - 4);
  const u = place - left;
  const at = (index: number): number => values[left + index] ?? 0;
  return (
    (at(0) * (u - 1) * (u - 2) * (u - 3)) / -6 +
    (at(1) * u * (u - 2) * (u - 3)) / 2 +
    (at(2) * u * (u - 1) * (u - 3)) / -2 +
    (at(3) * u * (u - 1) * (u - 2)) / 6
  );
}

/** Price with its derivatives by the spot, from the uniform grid of ξ. */
function derive(shape: GridShape, price: Float64Array): Omit<PriceGrid, 'shape'> {
  const { alpha, first, step, count } = shape;
  const delta = new Float64Array(count);
  const gamma = new Float64Array(count);
  for (let j = 1; j < count - 1; j += 1) {
    const xi = first + j * step;
    const [before, here, after] = [price[j - 1] ?? 0, price[j] ?? 0, price[j + 1] ?? 0];
    const slope = (after - before) / (2 * step);
    const curve = (after - 2 * here + before) / (step * step);
    const stretch = alpha * Math.cosh(xi);
    delta[j] = slope / stretch;
    gamma[j] = (curve - slope * Math.tanh(xi)) / (stretch * stretch);
  }
  delta[0] = delta[1] ?? 0;
  delta[count - 1] = delta[count - 2] ?? 0;
  return { price, delta, gamma };
}

function payoff({ right, strike }: CashOption, spot: number): number {
  return Math.max(0, right === 'C' ? spot - strike : strike - spot);
}
