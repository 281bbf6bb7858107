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
