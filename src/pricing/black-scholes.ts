/**
 * Value and greeks of a European option on an asset with a continuous yield. The scalar reference:
 * whatever is faster is tested against it.
 *
 * Source: E. G. Haug, The Complete Guide to Option Pricing Formulas, 2nd ed. (2007), §1.1 and ch. 2
 * (generalised Black–Scholes–Merton, cost of carry b = r − q).
 */

import type { Right } from '../domain/contract.ts';
import { normalCdf, normalPdf } from './normal.ts';

export interface EuropeanOption {
  readonly right: Right;
  /** USD per share. */
  readonly spot: number;
  readonly strike: number;
  /** To expiry, in years of 365 days. */
  readonly years: number;
  /** Continuously compounded, per year; may be negative. */
  readonly rate: number;
  /** Continuous, per year; `rate` itself prices an option on a future. */
  readonly dividendYield: number;
  /** Annualised. */
  readonly sigma: number;
}

/** Per share: `vega` and `rho` per 1.00, `theta` per year of calendar time that passes. */
export interface Greeks {
  price: number;
  delta: number;
  gamma: number;
  vega: number;
  theta: number;
  rho: number;
}

/**
 * Why there is no answer. `expired`: the time to expiry is negative. `at_strike`: without time or
 * volatility left and the forward on the strike, gamma has no finite value. `out_of_range`: a
 * result exceeds what a double can hold.
 */
export type PricingRefusal =
  | 'not_finite'
  | 'spot_not_positive'
  | 'strike_not_positive'
  | 'sigma_negative'
  | 'expired'
  | 'at_strike'
  | 'out_of_range';

export type PricedEuropean =
  | ({ readonly kind: 'priced' } & Readonly<Greeks>)
  | { readonly kind: 'refused'; readonly reason: PricingRefusal };

/** Value and greeks, or why there are none. */
export function priceEuropean(option: EuropeanOption): PricedEuropean {
  const greeks = emptyGreeks();
  const reason = fillEuropean(option, greeks);
  return reason === null ? { kind: 'priced', ...greeks } : { kind: 'refused', reason };
}

/** An object for `fillEuropean` to fill. */
export function emptyGreeks(): Greeks {
  const none = Number.NaN;
  return { price: none, delta: none, gamma: none, vega: none, theta: none, rho: none };
}

/**
 * The same without allocation: fills `into` and returns null, or returns why not and fills NaN.
 * Where time or volatility is zero the values are the exact limits.
 */
export function fillEuropean(option: EuropeanOption, into: Greeks): PricingRefusal | null {
  const refusal = refuse(option) ?? fill(option, into);
  if (refusal === null && isFinite6(into)) return null;
  into.price = Number.NaN;
  into.delta = Number.NaN;
  into.gamma = Number.NaN;
  into.vega = Number.NaN;
  into.theta = Number.NaN;
  into.rho = Number.NaN;
  return refusal ?? 'out_of_range';
}

/** Why an option has no value whatever the formula, or null. */
export function refuse(option: EuropeanOption): PricingRefusal | null {
  const { spot, strike, years, rate, dividendYield, sigma } = option;
  // One sum is finite only when each term is; overflow of finite terms is not an option's price.
  if (!Number.isFinite(spot + strike + years + rate + dividendYield + sigma)) return 'not_finite';
  if (spot <= 0) return 'spot_not_positive';
  if (strike <= 0) return 'strike_not_positive';
  if (sigma < 0) return 'sigma_negative';
  return years < 0 ? 'expired' : null;
}

function fill(option: EuropeanOption, into: Greeks): PricingRefusal | null {
  const { right, spot, strike, years, rate, dividendYield, sigma } = option;
  const sign = right === 'C' ? 1 : -1;
  const root = Math.sqrt(years);
  const deviation = sigma * root;
  const spotPresent = spot * Math.exp(-dividendYield * years);
  const strikePresent = strike * Math.exp(-rate * years);
  const logForward = logRatio(spot, strike) + (rate - dividendYield) * years;
  // Without time or volatility the forward decides alone: d1 and d2 go to plus or minus infinity.
  if (deviation === 0 && logForward === 0) return 'at_strike';
  const d1 = logForward / deviation + 0.5 * deviation;
  const d2 = d1 - deviation;
  const density = deviation === 0 ? 0 : normalPdf(d1);
  const inside1 = normalCdf(sign * d1);
  const inside2 = normalCdf(sign * d2);
  const decay = root === 0 ? 0 : (spotPresent * density * sigma) / (2 * root);

  into.price = Math.max(0, sign * (spotPresent * inside1 - strikePresent * inside2));
  into.delta = sign * Math.exp(-dividendYield * years) * inside1;
  into.gamma = density === 0 ? 0 : (spotPresent * density) / (spot * spot * deviation);
  into.vega = spotPresent * density * root;
  into.theta =
    sign * (dividendYield * spotPresent * inside1 - rate * strikePresent * inside2) - decay;
  into.rho = sign * years * strikePresent * inside2;
  return null;
}

/** ln(a/b), exact in the last digits when a is near b. */
export function logRatio(a: number, b: number): number {
  const ratio = a / b;
  return ratio > 0.5 && ratio < 2 ? Math.log1p((a - b) / b) : Math.log(ratio);
}

function isFinite6({ price, delta, gamma, vega, theta, rho }: Greeks): boolean {
  return Number.isFinite(price + delta + gamma + vega + theta + rho);
}
