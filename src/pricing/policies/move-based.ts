/**
 * Rules that look at a clock or at the spot and not at the delta. Both trade to the centre.
 *
 *     time:  every δt
 *     move:  when |S − S₀| > m · S₀ σ √δt, S₀ being the spot of the last hedge
 *
 * Source: P. Henrotte, "Transaction costs and duplication strategies" (1993); both are compared by
 * L. Martellini & P. Priaulet, J. Derivatives 9 (2002).
 */

/** Epoch or trading milliseconds, the same for both; due at the interval itself. */
export function isTimeDue(lastHedgeTs: number, ts: number, intervalMs: number): boolean {
  return ts - lastHedgeTs >= intervalMs;
}

export interface MoveRule {
  /** Standard deviations of a move over `intervalYears`. */
  readonly multiple: number;
  readonly intervalYears: number;
}

/** The move in USD beyond which one trades. */
export function moveLimit(hedgeSpot: number, sigma: number, rule: MoveRule): number {
  return rule.multiple * hedgeSpot * sigma * Math.sqrt(rule.intervalYears);
}

export function isMoveDue(hedgeSpot: number, spot: number, sigma: number, rule: MoveRule): boolean {
  return Math.abs(spot - hedgeSpot) > moveLimit(hedgeSpot, sigma, rule);
}
