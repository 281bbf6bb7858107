/**
 * The delta at a volatility that includes the cost of hedging at regular intervals δt:
 *
 *     σ̂² = σ² (1 ± Le), Le = √(8/π) · λ / (σ √δt)
 *
 * with + for written options (negative gamma) and − for held ones. With λ one way, √(8/π) counts
 * buying and selling; Leland's own √(2/π) goes with the round trip.
 *
 * Sources: H. E. Leland, "Option pricing and replication with transactions costs", J. Finance 40
 * (1985); T. Hoggard, A. E. Whalley & P. Wilmott, Adv. Futures Options Res. 7 (1994) for the sign.
 */

import { bandToCenter, type OptionPosition, type PolicyBand } from './band.ts';
import { deltaShift, type StrikeMarket } from './delta-shift.ts';

export type LelandVol =
  | { readonly kind: 'adjusted'; readonly sigma: number }
  /** Held options whose gamma earns less than hedging it at this interval costs. */
  | { readonly kind: 'refused'; readonly reason: 'cost_exceeds_gamma' };

export function lelandNumber(sigma: number, cost: number, intervalYears: number): number {
  return (Math.sqrt(8 / Math.PI) * cost) / (sigma * Math.sqrt(intervalYears));
}

export function lelandVol(
  sigma: number,
  cost: number,
  intervalYears: number,
  gamma: number,
): LelandVol {
  const number = lelandNumber(sigma, cost, intervalYears);
  const factor = gamma > 0 ? 1 - number : 1 + number;
  if (!(factor > 0)) return { kind: 'refused', reason: 'cost_exceeds_gamma' };
  return { kind: 'adjusted', sigma: sigma * Math.sqrt(factor) };
}

export type LelandBand =
  | ({ readonly kind: 'band' } & PolicyBand)
  | { readonly kind: 'refused'; readonly reason: 'cost_exceeds_gamma' | 'no_adjusted_delta' };

/**
 * The hedge that stands for the adjusted delta; its band has no width. `quantity`: options of the
 * position times shares each, signed; one strike and expiry. The sign of `position.gamma` says
 * whether gamma is held or written, which for a leg is that of the whole book.
 */
export function leland(
  position: OptionPosition & { readonly quantity: number },
  market: StrikeMarket,
  cost: number,
  intervalYears: number,
): LelandBand {
  const adjusted = lelandVol(market.sigma, cost, intervalYears, position.gamma);
  if (adjusted.kind === 'refused') return adjusted;
  const shift = deltaShift(market, adjusted.sigma);
  if (!Number.isFinite(shift)) return { kind: 'refused', reason: 'no_adjusted_delta' };
  return { kind: 'band', ...bandToCenter(position.delta + position.quantity * shift, 0) };
}
