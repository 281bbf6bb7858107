/**
 * The asymptotic no-trade band for small proportional costs:
 *
 *     D ± (3/2 · e^(−rτ) λ S Γ² / a)^(1/3), trade to the nearest edge.
 *
 * λ: cost, one way, as a part of value; a: absolute risk aversion per dollar; Γ: shares per dollar
 * of the whole position; τ: years. The result is in shares.
 *
 * Source: A. E. Whalley & P. Wilmott, "An asymptotic analysis of an optimal hedging model for
 * option pricing with transaction costs", Mathematical Finance 7 (1997).
 */

import {
  type Aversion,
  bandToEdge,
  type OptionPosition,
  type PolicyBand,
  type PolicyMarket,
} from './band.ts';

export function whalleyWilmott(
  position: OptionPosition,
  market: PolicyMarket,
  { cost, riskAversion }: Aversion,
): PolicyBand {
  const { spot, years, rate } = market;
  const discount = Math.exp(-rate * years);
  const cube = (1.5 * discount * cost * spot * position.gamma ** 2) / riskAversion;
  return bandToEdge(position.delta, Math.cbrt(cube));
}
