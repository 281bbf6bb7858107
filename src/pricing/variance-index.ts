/**
 * The variance that a strip of options implies without a model: the Cboe's volatility index.
 *
 *   σ² = (2/T) Σ ΔK/K² e^(rT) Q(K) − (1/T) (F/K₀ − 1)²
 *
 * Q(K) is the mid of the option out of the money (of both at K₀, their mean), K₀ the highest strike
 * not above the forward F, which parity gives at the strike where call and put differ least. From
 * K₀ outwards, an option without a bid is left out, and all beyond two of them in a row. Source:
 * Cboe, The CBOE Volatility Index – VIX (white paper, 2009 and later).
 */

import { cell } from './kernel.ts';
import type { StrikeQuotes } from './quote-vol.ts';

export interface ImpliedStrip {
  readonly forward: number;
  /** K₀. */
  readonly middle: number;
  /** Annualised. */
  readonly variance: number;
  /** What each strike adds to the sum, ΔK/K² e^(rT) Q(K). */
  readonly contributions: ReadonlyMap<number, number>;
}

/** Two in a row without a bid end the strip. */
const SILENT_MAX = 2;

/** The strip of one expiry; null where no strike has both mids. `strikes` ascend. */
export function impliedStrip(
  strikes: readonly StrikeQuotes[],
  years: number,
  rate: number,
): ImpliedStrip | null {
  const growth = Math.exp(rate * years);
  const forward = forwardOf(strikes, growth);
  const at = strikes.findLastIndex(({ strike }) => strike <= forward);
  const centre = strikes[at];
  if (centre === undefined) return null;
  const chosen: (readonly [strike: number, mid: number])[] = [
    ...outward(strikes.slice(0, at).reverse(), 'put').reverse(),
    [centre.strike, 0.5 * (mid(centre.call) + mid(centre.put))],
    ...outward(strikes.slice(at + 1), 'call'),
  ];
  const levels = Float64Array.from(chosen, ([strike]) => strike);
  const last = levels.length - 1;
  if (last < 1) return null;
  const contributions = new Map<number, number>();
  let sum = 0;
  for (const [index, [strike, quote]] of chosen.entries()) {
    const low = cell(levels, Math.max(index - 1, 0));
    const high = cell(levels, Math.min(index + 1, last));
    // Half the distance between the neighbours; at an end the distance to the only one.
    const width = (high - low) / (index === 0 || index === last ? 1 : 2);
    const part = (width / (strike * strike)) * growth * quote;
    contributions.set(strike, part);
    sum += part;
  }
  const off = forward / centre.strike - 1;
  const variance = (2 * sum - off * off) / years;
  return { forward, middle: centre.strike, variance, contributions };
}

/**
 * The index: the volatility of `target` years, in percent, interpolated in total variance between
 * a nearer and a later expiry.
 */
export function varianceIndex(
  near: { readonly years: number; readonly variance: number },
  next: { readonly years: number; readonly variance: number },
  target = 30 / 365,
): number {
  const share = (target - near.years) / (next.years - near.years);
  const total = near.years * near.variance * (1 - share) + next.years * next.variance * share;
  return 100 * Math.sqrt(total / target);
}

function forwardOf(strikes: readonly StrikeQuotes[], growth: number): number {
  let least = Number.POSITIVE_INFINITY;
  let forward = Number.NaN;
  for (const { strike, call, put } of strikes) {
    const difference = mid(call) - mid(put);
    if (!(Math.abs(difference) < least)) continue;
    least = Math.abs(difference);
    forward = strike + growth * difference;
  }
  return forward;
}

/** Strikes in their order away from the middle, until the market is silent. */
function outward(
  strikes: readonly StrikeQuotes[],
  side: 'call' | 'put',
): (readonly [number, number])[] {
  const chosen: (readonly [number, number])[] = [];
  let silent = 0;
  for (const { strike, [side]: quote } of strikes) {
    if (quote.bid > 0) {
      chosen.push([strike, mid(quote)]);
      silent = 0;
      continue;
    }
    silent += 1;
    if (silent === SILENT_MAX) break;
  }
  return chosen;
}

function mid({ bid, ask }: { readonly bid: number; readonly ask: number }): number {
  return 0.5 * (bid + ask);
}
