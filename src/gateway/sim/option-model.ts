/**
 * The exchange's own opinion of an option: a volatility surface and what follows from it, a value,
 * greeks and the spread a market maker would show. Units are those TWS sends: vega per 1 % of
 * volatility, theta per day.
 */

import { priceEuropean } from '../../pricing/black-scholes.ts';
import { impliedVol } from '../../pricing/implied-vol.ts';
import type { SurfaceParameters } from './scenario.ts';
import type { VenueQuote } from './venue.ts';

export interface OptionTerms {
  readonly strike: number;
  readonly right: 'C' | 'P';
  /** Years of 365 days; not negative. */
  readonly years: number;
  /** Present value of the cash dividends until expiry, USD per share; default: none. */
  readonly pvDividend?: number;
  /** Shares for one unit of the multiplier, where a corporate action has changed it; default 1. */
  readonly shares?: number;
  /** USD beside them, per unit of the multiplier; default 0. */
  readonly cash?: number;
}

/** The option as the closed form knows it: on so much stock, at a strike less the cash beside. */
function plainTerms(spot: number, terms: OptionTerms) {
  const { strike, shares = 1, cash = 0, pvDividend = 0 } = terms;
  // Escrowed: what is paid before expiry belongs to holders of the shares, not of the option.
  return { underlying: Math.max(0, spot - pvDividend) * shares, strike: strike - cash };
}

export interface Carry {
  readonly rate: number;
  readonly dividend_yield: number;
}

export type OptionModel = NonNullable<VenueQuote['model']>;

const VOL_MIN = 0.01;
/** In its last minute an option is quoted as if a minute were left: gamma has no end there. */
const YEARS_MIN = 1 / (365 * 24 * 60);

/** The surface's volatility for one strike and term. */
function surfaceVol(surface: SurfaceParameters, spot: number, terms: OptionTerms): number {
  const years = Math.max(terms.years, YEARS_MIN);
  const { underlying, strike } = plainTerms(spot, terms);
  const forward = underlying * Math.exp((surface.rate - surface.dividend_yield) * years);
  // Beyond four deviations wings are flat: a quadratic smile would explode there.
  const x = Math.min(Math.max(Math.log(strike / forward) / Math.sqrt(years), -4), 4);
  const term = surface.term_slope * (1 - Math.sqrt(years));
  return Math.max(VOL_MIN, surface.atm_vol + term + surface.skew * x + surface.curvature * x * x);
}

/** What the surface makes of an option; null where the closed form has no answer. */
export function priceOnSurface(
  surface: SurfaceParameters,
  spot: number,
  terms: OptionTerms,
  /** Today's volatility over the surface's own, at the money. */
  level = 1,
): OptionModel | null {
  return modelAt(surface, spot, terms, Math.max(VOL_MIN, level * surfaceVol(surface, spot, terms)));
}

/** The model computation for an option that trades at `price`; null where no volatility fits. */
export function impliedModel(
  carry: Carry,
  spot: number,
  terms: OptionTerms,
  price: number,
): OptionModel | null {
  const { rate, dividend_yield: dividendYield } = carry;
  const { underlying, strike } = plainTerms(spot, terms);
  const { right, years } = terms;
  const asked = { right, years, strike, price, spot: underlying, rate, dividendYield };
  if (!(underlying > 0 && strike > 0)) return null;
  const implied = impliedVol(asked);
  return implied.kind === 'none' ? null : modelAt(carry, spot, terms, implied.sigma);
}

/** The width of the market in USD: vega at the money, relatively wider into both wings. */
export function optionSpread(spreadVol: number, model: OptionModel, terms: OptionTerms): number {
  const deviation = model.iv * Math.sqrt(Math.max(terms.years, YEARS_MIN));
  const { underlying, strike } = plainTerms(model.underlyingPrice, terms);
  const distance = Math.log(strike / underlying) / deviation;
  const wing = 1 + Math.min(distance * distance, 9) / 2;
  // A tenth of a percent of the value stands for the hedge's own cost, deep in the money.
  return model.vega * 100 * spreadVol * wing + 0.001 * model.price;
}

/** The model computation of an option at a volatility. */
export function modelAt(
  carry: Carry,
  spot: number,
  terms: OptionTerms,
  iv: number,
): OptionModel | null {
  const { underlying, strike } = plainTerms(spot, terms);
  if (!(underlying > 0 && strike > 0)) return null;
  const { shares = 1, pvDividend = 0 } = terms;
  const priced = priceEuropean({
    right: terms.right,
    spot: underlying,
    strike,
    years: Math.max(terms.years, YEARS_MIN),
    rate: carry.rate,
    dividendYield: carry.dividend_yield,
    sigma: iv,
  });
  if (priced.kind === 'refused') return null;
  const { price, delta, gamma, vega, theta } = priced;
  return {
    iv,
    delta: delta * shares,
    gamma: gamma * shares * shares,
    vega: vega / 100,
    theta: theta / 365,
    price,
    underlyingPrice: spot,
    ...(pvDividend === 0 ? {} : { pvDividend }),
  };
}
