/**
 * What bends in the value of an American call on the eve of an ex-date: below some spot the call is
 * kept, above it is exercised, and there its delta jumps. Hours before the date that jump is far
 * narrower than the nodes of a grid for the whole life. It is therefore not put on the grid: a
 * number of European calls struck at that spot has the same jump and a value in closed form; the
 * grid holds the rest, which is smooth. Where a call is worth more alive than exercised until the
 * date, which rate and yield decide, the sum is exact.
 */

import type { Right } from '../domain/contract.ts';
import { type EuropeanOption, emptyGreeks, fillEuropean, type Greeks } from './black-scholes.ts';

/** What the option is, as far as kinks are concerned. */
export interface KinkTerms {
  readonly right: Right;
  readonly exercise: 'european' | 'american';
  readonly rate: number;
  readonly dividendYield: number;
  readonly sigma: number;
}

/** So many European calls, struck at the spot from which on one exercises. */
export interface Kink {
  readonly calls: number;
  readonly strike: number;
}

/** Calls that have some time left. */
export type PlainCalls = Kink & Omit<EuropeanOption, 'right' | 'spot'>;

/** Halvings of one interval: to the last bits of the spot. */
const HALVINGS = 48;
/** Of a delta: less of a jump is none. */
const JUMP_MIN = 1e-4;

/** Whether nobody exercises such a call but on the eve of an ex-date. */
export function hasKinks({ right, exercise, rate, dividendYield }: KinkTerms): boolean {
  return right === 'C' && exercise === 'american' && rate >= 0 && dividendYield <= 0;
}

/**
 * On the eve of an ex-date: `kept` is what the call is worth at a spot if it is kept, and `pays`
 * what exercise pays there; null where the one does not pass the other between the spots, or
 * without a jump.
 */
export function findKink(
  spots: Float64Array,
  kept: (spot: number) => number,
  pays: (spot: number) => number,
): Kink | null {
  const gains = (spot: number): boolean => pays(spot) > kept(spot);
  let index = spots.length - 1;
  if (!gains(spots[index] ?? Number.NaN)) return null;
  while (index > 0 && gains(spots[index - 1] ?? Number.NaN)) index -= 1;
  let low = spots[index - 1] ?? Number.NaN;
  let high = spots[index] ?? Number.NaN;
  if (!(low > 0)) return null;
  const width = high - low;
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = 0.5 * (low + high);
    if (gains(middle)) high = middle;
    else low = middle;
  }
  const side = 0.1 * width;
  const calls = slope(pays, high, high + side) - slope(kept, high - side, high + side);
  return calls > JUMP_MIN ? { calls: Math.min(calls, 1), strike: high } : null;
}

/** What the calls are worth at their own expiry. */
export function kinkAt({ calls, strike }: Kink, spot: number): number {
  return calls * Math.max(0, spot - strike);
}

/** They `years` before that. */
export function callsOf(kink: Kink, terms: KinkTerms, years: number): PlainCalls {
  const { rate, dividendYield, sigma } = terms;
  return { ...kink, years, rate, dividendYield, sigma };
}

/** Adds what the calls are worth at `spot`. */
export function addCalls(
  plain: PlainCalls,
  spot: number,
  into: Pick<Greeks, 'price' | 'delta' | 'gamma'>,
): void {
  if (!(spot > 0)) return;
  const { calls } = plain;
  // A tick makes no object.
  option.spot = spot;
  option.strike = plain.strike;
  option.years = plain.years;
  option.rate = plain.rate;
  option.dividendYield = plain.dividendYield;
  option.sigma = plain.sigma;
  fillEuropean(option, greeks);
  into.price += calls * greeks.price;
  into.delta += calls * greeks.delta;
  into.gamma += calls * greeks.gamma;
}

const greeks: Greeks = emptyGreeks();
const option: { -readonly [K in keyof EuropeanOption]: EuropeanOption[K] } = {
  ...{ right: 'C', spot: Number.NaN, strike: Number.NaN, years: Number.NaN },
  ...{ rate: Number.NaN, dividendYield: Number.NaN, sigma: Number.NaN },
};

function slope(value: (spot: number) => number, from: number, to: number): number {
  return (value(to) - value(from)) / (to - from);
}
