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
 * two grids are extrapolated (L. F. Richardson, 1911). What bends where a call is exercised is kept
 * apart, in closed form.
 */

import type { Right } from '../domain/contract.ts';
import {
  addCalls,
  callsOf,
  findKink,
  hasKinks,
  type Kink,
  kinkAt,
  type PlainCalls,
} from './cash-kink.ts';
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
/** Of the strike: half of the nodes lie within two deviations of it, and not closer than this. */
const DENSEST = 0.02;
/** The grid reaches so many standard deviations beyond strike and spot. */
const REACH = 6;
const RANNACHER_STEPS = 2;

/**
 * The grid of an option with years and sigma above zero. In the escrowed model its spots are those
 * of the stock less the dividends' present value: look it up at `escrowedSpot`.
 */
export function solveCashGrid(
  option: CashOption,
  intervals: number = INTERVALS,
  densest: number = DENSEST,
  isSplit = true,
): PriceGrid {
  const { strike, spot, sigma, years } = option;
  const deviation = sigma * Math.sqrt(years);
  const paid = option.dividends.reduce((sum, { amount }) => sum + amount, 0);
  const drift = Math.abs(option.rate - option.dividendYield) * years;
  const top = (Math.max(strike, spot) + paid) * Math.exp(REACH * deviation + drift);
  const even = 2 * Math.ceil(intervals / 2);
  const shape = gridShape(strike, strike * Math.min(1, Math.max(densest, deviation)), top, even);
  const half = { ...shape, step: 2 * shape.step, count: even / 2 + 1 };
  const kinks: Kinks = isSplit && hasKinks(option) ? new Map() : null;
  const solved = march(option, shape, kinks);
  const fine = derive(shape, solved.values);
  const coarse = derive(half, march(option, half, kinks).values);
  let index = 0;
  const grid = fillGrid(half, () => {
    const blend = (name: 'price' | 'delta' | 'gamma'): number =>
      (4 * (fine[name][2 * index] ?? 0) - (coarse[name][index] ?? 0)) / 3;
    const value = { price: blend('price'), delta: blend('delta'), gamma: blend('gamma') };
    index += 1;
    return value;
  });
  return { ...grid, calls: solved.calls };
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

/** What one march over one grid needs: made once, written at every step. */
interface Market {
  readonly option: CashOption;
  readonly spots: Float64Array;
  /** What the option pays at each node, when exercised. */
  readonly pays: Float64Array;
  /** Of the pricing equation at each node: the parts of the value below, here and above. */
  readonly below: Float64Array;
  readonly here: Float64Array;
  readonly above: Float64Array;
  readonly system: Tridiagonal;
  readonly least: Float64Array;
}

function marketOf(option: CashOption, shape: GridShape): Market {
  const n = shape.count;
  const column = (): Float64Array => new Float64Array(n);
  const spots = Float64Array.from({ length: n }, (_, index) => spotAt(shape, index));
  const system = { lower: column(), diagonal: column(), upper: column(), right: column() };
  const pays = spots.map((spot) => payoff(option, spot));
  const [below, here, above] = [column(), column(), column()];
  const { rate, dividendYield, sigma } = option;
  for (let j = 1; j < n - 1; j += 1) {
    const spot = spots[j] ?? 0;
    const down = spot - (spots[j - 1] ?? 0);
    const up = (spots[j + 1] ?? 0) - spot;
    const spread = (sigma * spot) ** 2;
    const drift = (rate - dividendYield) * spot;
    const a = (spread - drift * up) / (down * (down + up));
    const c = (spread + drift * down) / (up * (down + up));
    below[j] = a;
    above[j] = c;
    here[j] = -a - c - rate;
  }
  return { option, spots, pays, below, here, above, system, least: column() };
}

/** By ex-date; found on the finer grid. Null: all that bends is on the grid. */
type Kinks = Map<number, Kink | null> | null;

interface March {
  readonly values: Float64Array;
  /** What is missing in the values. */
  readonly calls: PlainCalls | null;
}

/** From an ex-date, or the expiry, back to the date before it. */
interface Stretch {
  readonly from: number;
  /** What the values are without. */
  readonly kink: Kink | null;
  /** The money that is left of the highest node's value once the shares in it are taken out. */
  readonly cash: number;
}

/** Values at the nodes now, backwards from expiry. */
function march(option: CashOption, shape: GridShape, kinks: Kinks): March {
  const market = marketOf(option, shape);
  const { spots } = market;
  let values: Float64Array = Float64Array.from(market.pays);
  const dates = [...livingDividends(option)].sort((a, b) => b.years - a.years);
  let stretch: Stretch = { from: option.years, kink: null, cash: Number.NaN };
  for (const dividend of dates) {
    const date = dividend.years;
    rewind(market, stretch, values, date);
    if (stretch.kink !== null) values = withCalls(market, stretch, values, date);
    let kink: Kink | null = null;
    if (dividend.amount !== 0) {
      const eve = eveOf(market, shape, values, dividend);
      if (kinks !== null) {
        kink = kinks.get(date) ?? findKink(spots, eve.kept, eve.pays);
        kinks.set(date, kink);
      }
      values = spots.map((spot) => valueOn(option, eve, kink, spot));
    }
    const [last = 0, highest = 0] = [values.at(-1), spots.at(-1)];
    stretch = { from: date, kink, cash: last - (1 - (kink?.calls ?? 0)) * highest };
  }
  rewind(market, stretch, values, 0);
  const { kink, from } = stretch;
  return { values, calls: kink === null ? null : callsOf(kink, option, from) };
}

/** Back to `date`; the values are overwritten. */
function rewind(market: Market, stretch: Stretch, values: Float64Array, date: number): void {
  const { years } = market.option;
  const { from } = stretch;
  const length = from - date;
  const steps = Math.max(4, Math.ceil((values.length * length) / years));
  let passed = 0;
  for (let step = 1; length > 0 && step <= steps; step += 1) {
    const next = length * (step / steps) ** 2;
    const implicit = step <= RANNACHER_STEPS;
    const parts = implicit ? 2 : 1;
    for (let part = 1; part <= parts; part += 1) {
      const dt = (next - passed) / parts;
      const to = from - passed - dt * part;
      advance(market, stretch, values, dt, to, implicit ? 1 : 0.5);
    }
    passed = next;
  }
}

/** One step of `dt` back in time, to `now` years from today; `values` are overwritten. */
function advance(
  market: Market,
  stretch: Stretch,
  values: Float64Array,
  dt: number,
  now: number,
  theta: number,
): void {
  const { option, spots, system } = market;
  const { lower, diagonal, upper, right: known } = system;
  const last = spots.length - 1;
  const [implicit, explicit] = [theta * dt, (1 - theta) * dt];
  for (let j = 1; j < last; j += 1) {
    const a = market.below[j] ?? 0;
    const b = market.here[j] ?? 0;
    const c = market.above[j] ?? 0;
    const value = values[j] ?? 0;
    const moved = a * (values[j - 1] ?? 0) + b * value + c * (values[j + 1] ?? 0);
    lower[j] = -implicit * a;
    diagonal[j] = 1 - implicit * b;
    upper[j] = -implicit * c;
    known[j] = value + explicit * moved;
  }
  lower[0] = 0;
  upper[0] = 0;
  diagonal[0] = 1;
  lower[last] = 0;
  upper[last] = 0;
  diagonal[last] = 1;
  if (stretch.kink === null) edges(market, known, now);
  else freeEdges(market, stretch, known, now);
  const owed = option.model === 'escrowed' ? presentValue(option, now) : 0;
  const least = stretch.kink === null ? floorOf(market, owed) : null;
  brennanSchwartz(system, least, option.right === 'P' ? 'low' : 'high', values);
}

/** Far out all is known: the worthless side, and the side that is a forward or is exercised. */
function edges({ option, spots }: Market, known: Float64Array, now: number): void {
  const { rate, dividendYield, right, exercise, years, strike, model } = option;
  const last = spots.length - 1;
  const left = years - now;
  const owed = strike * Math.exp(-rate * left);
  const american = exercise === 'american';
  const pending = presentValue(option, now);
  const paid = model === 'spot' ? pending : 0;
  const extra = model === 'escrowed' ? pending : 0;
  const highest = spots[last] ?? 0;
  const top = highest * Math.exp(-dividendYield * left) - paid - owed;
  const floorAt = (spot: number): number => (american ? payoff(option, spot + extra) : 0);
  known[0] = right === 'P' ? Math.max(owed, floorAt(0)) : 0;
  known[last] = right === 'C' ? Math.max(0, top, floorAt(highest)) : 0;
}

/** Of a call that will be exercised at the end of the stretch: shares, and money that is owed. */
function freeEdges(
  { option, spots }: Market,
  { from, kink, cash }: Stretch,
  known: Float64Array,
  now: number,
): void {
  const last = spots.length - 1;
  const { rate, dividendYield } = option;
  const shares = (1 - (kink?.calls ?? 0)) * (spots[last] ?? 0);
  const left = from - now;
  known[0] = 0;
  known[last] = shares * Math.exp(-dividendYield * left) + cash * Math.exp(-rate * left);
}

/** What exercise pays at each node; null for what cannot be exercised. */
function floorOf({ option, pays, spots, least }: Market, extra: number): Float64Array | null {
  if (option.exercise !== 'american') return null;
  if (extra === 0) return pays;
  for (let j = 0; j < spots.length; j += 1) least[j] = payoff(option, (spots[j] ?? 0) + extra);
  return least;
}

/** The morning before the stock goes ex, at any spot. */
interface Eve {
  /** What the option is worth when it is kept and the stock has fallen. */
  readonly kept: (spot: number) => number;
  readonly pays: (spot: number) => number;
}

/** In the escrowed model the part of the stock that is simulated does not fall. */
function eveOf(
  { option }: Market,
  shape: GridShape,
  values: Float64Array,
  { years, amount }: CashDividend,
): Eve {
  const isSpot = option.model === 'spot';
  const falls = isSpot ? amount : 0;
  const owed = isSpot ? 0 : presentValue(option, years * (1 - 1e-12));
  return {
    kept: (spot) => interpolate(shape, values, Math.max(0, spot - falls)),
    pays: (spot) => payoff(option, spot + owed),
  };
}

function valueOn({ exercise }: CashOption, eve: Eve, kink: Kink | null, spot: number): number {
  const kept = eve.kept(spot);
  if (exercise === 'european') return kept;
  const best = Math.max(kept, eve.pays(spot));
  return kink === null ? best : best - kinkAt(kink, spot);
}

/** With what was kept apart since the end of the stretch. */
function withCalls(
  { option, spots }: Market,
  { kink, from }: Stretch,
  values: Float64Array,
  date: number,
): Float64Array {
  if (kink === null) return values;
  const calls = callsOf(kink, option, from - date);
  return values.map((value, index) => {
    const spot = spots[index] ?? 0;
    // Two dividends of one day.
    if (!(calls.years > 0)) return value + kinkAt(kink, spot);
    const here = { price: value, delta: 0, gamma: 0 };
    addCalls(calls, spot, here);
    return here.price;
  });
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
function derive(shape: GridShape, price: Float64Array): Omit<PriceGrid, 'shape' | 'calls'> {
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
