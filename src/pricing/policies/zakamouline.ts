/**
 * A band fitted to the exact solution for exponential utility, better than the asymptotic one:
 *
 *     D(σ_m) ± (H₁ + H₀), trade to the nearest edge
 *     H₁ = 1.12 λ^0.31 τ^0.05 (e^(−rτ)/σ)^0.25 (|Γ|/a)^0.5
 *     H₀ = λ / (a S σ² τ)
 *     K  = −k λ^0.78 τ^−0.02 (e^(−rτ)/σ)^0.25 (a S² |Γ|)^0.15
 *     σ_m² = σ² (1 − K) for written options, σ² (1 + K) for held ones
 *
 * Units as in `whalley-wilmott.ts`. The literature prints k as 4.76 and as 5.76, so it is a
 * parameter.
 *
 * Source: V. I. Zakamouline, "Efficient analytic approximation of the optimal hedging strategy for
 * a European call option with transaction costs", Quantitative Finance 6 (2006); EFMA 2005.
 */

import { type Aversion, bandToEdge, type OptionPosition, type PolicyBand } from './band.ts';
import { deltaShift, type StrikeMarket } from './delta-shift.ts';

export const ZAKAMOULINE_K = 4.76;

export type ZakamoulineBand =
  | ({ readonly kind: 'band' } & PolicyBand)
  /** So costly that held options' adjusted variance would not be positive, or at the strike. */
  | { readonly kind: 'refused'; readonly reason: 'no_adjusted_delta' };

/** `quantity`: options of the position times shares each, signed; one strike and expiry. */
export function zakamouline(
  position: OptionPosition & { readonly quantity: number },
  market: StrikeMarket,
  { cost, riskAversion }: Aversion,
  k: number = ZAKAMOULINE_K,
): ZakamoulineBand {
  const { spot, years, rate, sigma } = market;
  const gamma = Math.abs(position.gamma);
  const root = (Math.exp(-rate * years) / sigma) ** 0.25;
  const h1 = 1.12 * cost ** 0.31 * years ** 0.05 * root * Math.sqrt(gamma / riskAversion);
  const h0 = cost / (riskAversion * spot * sigma * sigma * years);
  const scale = (riskAversion * spot * spot * gamma) ** 0.15;
  const adjustment = k * cost ** 0.78 * years ** -0.02 * root * scale;
  const factor = position.quantity < 0 ? 1 + adjustment : 1 - adjustment;
  if (!(factor > 0)) return { kind: 'refused', reason: 'no_adjusted_delta' };
  const shift = deltaShift(market, sigma * Math.sqrt(factor));
  if (!Number.isFinite(shift)) return { kind: 'refused', reason: 'no_adjusted_delta' };
  return { kind: 'band', ...bandToEdge(position.delta + position.quantity * shift, h1 + h0) };
}
