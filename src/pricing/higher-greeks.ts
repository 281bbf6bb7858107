/**
 * The second- and third-order greeks of a European option that attribution and scenarios use; the
 * scalar reference beside `black-scholes.ts`.
 *
 * Source: E. G. Haug, The Complete Guide to Option Pricing Formulas, 2nd ed. (2007), §2.2–2.4
 * (DvegaDspot, DvommaDvol, DdeltaDtime, DgammaDspot), for the asset with a continuous yield.
 */

import { type EuropeanOption, logRatio, type PricingRefusal, refuse } from './black-scholes.ts';
import { normalCdf, normalPdf } from './normal.ts';

/** Per share. */
export interface HigherGreeks {
  /** ∂²V/∂S∂σ: what delta gains per 1.00 of volatility. */
  vanna: number;
  /** ∂²V/∂σ², per 1.00 squared. */
  volga: number;
  /** What delta gains per year of calendar time that passes. */
  charm: number;
  /** ∂³V/∂S³: what gamma gains per dollar. */
  speed: number;
}

export type HigherPriced =
  | ({ readonly kind: 'priced' } & Readonly<HigherGreeks>)
  | { readonly kind: 'refused'; readonly reason: PricingRefusal };

/** The second-order greeks of one European option, or why there are none. */
export function higherGreeks(option: EuropeanOption): HigherPriced {
  const into = { vanna: Number.NaN, volga: Number.NaN, charm: Number.NaN, speed: Number.NaN };
  const reason = fillHigherGreeks(option, into);
  return reason === null ? { kind: 'priced', ...into } : { kind: 'refused', reason };
}

/** Fills `into` and returns null, or returns why not and fills NaN. Limits are exact. */
export function fillHigherGreeks(
  option: EuropeanOption,
  into: HigherGreeks,
): PricingRefusal | null {
  const refusal = refuse(option) ?? fill(option, into);
  if (refusal === null && Number.isFinite(into.vanna + into.volga + into.charm + into.speed)) {
    return null;
  }
  into.vanna = Number.NaN;
  into.volga = Number.NaN;
  into.charm = Number.NaN;
  into.speed = Number.NaN;
  return refusal ?? 'out_of_range';
}

function fill(option: EuropeanOption, into: HigherGreeks): PricingRefusal | null {
  const { right, spot, strike, years, rate, dividendYield, sigma } = option;
  const sign = right === 'C' ? 1 : -1;
  const root = Math.sqrt(years);
  const deviation = sigma * root;
  const discount = Math.exp(-dividendYield * years);
  const logForward = logRatio(spot, strike) + (rate - dividendYield) * years;
  if (deviation === 0 && logForward === 0) return 'at_strike';
  const d1 = logForward / deviation + 0.5 * deviation;
  const d2 = d1 - deviation;
  const density = deviation === 0 ? 0 : discount * normalPdf(d1);
  into.charm = sign * dividendYield * discount * normalCdf(sign * d1);
  into.vanna = 0;
  into.volga = 0;
  into.speed = 0;
  // Where the density is gone, what it is multiplied by may be infinite.
  if (density === 0) return null;
  const gamma = density / (spot * deviation);
  into.vanna = -(density * d2) / sigma;
  into.volga = ((spot * density * root) / sigma) * d1 * d2;
  into.charm -= density * ((rate - dividendYield) / deviation - d2 / (2 * years));
  into.speed = -(gamma / spot) * (1 + d1 / deviation);
  return null;
}
