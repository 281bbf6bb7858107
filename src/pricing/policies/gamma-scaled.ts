/**
 * A band as wide as the delta moves in so many standard deviations of the spot:
 *
 *     D ± m · |Γ| S σ √δt, trade to the centre
 *
 * With constant gamma this is the move-based rule of `move-based.ts` seen from the delta. σ is
 * annualised and δt in years of the same clock.
 *
 * Source: the delta tolerance of L. Martellini & P. Priaulet, "Competing methods for option hedging
 * in the presence of transaction costs", J. Derivatives 9 (2002), with a width that follows gamma.
 */

import { bandToCenter, type OptionPosition, type PolicyBand, type PolicyMarket } from './band.ts';

export function gammaScaled(
  position: OptionPosition,
  { spot, sigma }: Pick<PolicyMarket, 'spot' | 'sigma'>,
  multiple: number,
  intervalYears: number,
): PolicyBand {
  const move = spot * sigma * Math.sqrt(intervalYears);
  return bandToCenter(position.delta, multiple * Math.abs(position.gamma) * move);
}

/**
 * The half width at which what waiting risks, ½ Γ δS², is what a trade costs in dollars (a fee and
 * half the spread on the shares): √(2 |Γ| cost).
 */
export function breakEvenHalfWidth(gamma: number, tradeCost: number): number {
  return Math.sqrt(2 * Math.abs(gamma) * tradeCost);
}
