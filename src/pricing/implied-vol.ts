/**
 * The volatility at which a European option has a given price. No starting value is taken from
 * before: the same inputs give the same bits, so a recorded price can be recomputed.
 *
 * The out-of-the-money price, undiscounted and divided by √(FK), depends on x = −|ln(F/K)| and the
 * total deviation s = σ√T alone (P. Jäckel, "Let's Be Rational", Wilmott 2015). Its logarithm (or
 * that of its distance to the upper bound) is inverted by Halley steps inside a bracket; both
 * behave over the whole domain where the price itself spans hundreds of orders of magnitude.
 */

import type { Right } from '../domain/contract.ts';
import { logRatio } from './black-scholes.ts';
import { erfcx, INVERSE_SQRT_TWO_PI, normalCdf } from './normal.ts';

/** At or below the discounted intrinsic value, at or above the discounted upper bound, … */
export type NoImpliedVol = 'below_intrinsic' | 'above_bound' | 'no_price' | 'expired';

export type ImpliedVol =
  | { readonly kind: 'solved'; readonly sigma: number }
  | { readonly kind: 'none'; readonly reason: NoImpliedVol };

/** An option's terms without its volatility, and its price; units as in `EuropeanOption`. */
export interface PricedOption {
  readonly right: Right;
  readonly price: number;
  readonly spot: number;
  readonly strike: number;
  readonly years: number;
  readonly rate: number;
  readonly dividendYield: number;
}

const SQRT_TWO_PI = 2.5066282746310007;
const SQRT_TWO_OVER_PI = 2 * INVERSE_SQRT_TWO_PI;

/** Halley triples the digits: a few steps do; halving alone, which backs it, needs about 60. */
const STEPS_MAX = 100;
/** From 0.01 upwards; 14 doublings reach beyond every price a double can tell from its bound. */
const DOUBLINGS_MAX = 20;

/** The volatility at which the option is worth its price, or why there is none. */
export function impliedVol(option: PricedOption): ImpliedVol {
  const sigma = solveImpliedVol(option);
  return typeof sigma === 'number' ? { kind: 'solved', sigma } : { kind: 'none', reason: sigma };
}

/** The same without allocation. */
export function solveImpliedVol(option: PricedOption): number | NoImpliedVol {
  const { right, price, spot, strike, years, rate, dividendYield } = option;
  if (!(price > 0 && spot > 0 && strike > 0)) return 'no_price';
  if (!Number.isFinite(price + spot + strike + years + rate + dividendYield)) return 'no_price';
  if (years <= 0) return 'expired';
  const spotPresent = spot * Math.exp(-dividendYield * years);
  const strikePresent = strike * Math.exp(-rate * years);
  const logForward = logRatio(spot, strike) + (rate - dividendYield) * years;
  const inTheMoney = right === 'C' ? logForward > 0 : logForward < 0;
  // In the money, what is paid beyond the intrinsic value is the other option, by parity.
  const outPrice = inTheMoney ? price - Math.abs(spotPresent - strikePresent) : price;
  const beta = outPrice / Math.sqrt(spotPresent * strikePresent);
  if (!(beta > 0)) return 'below_intrinsic';
  const deviation = invert(beta, -Math.abs(logForward));
  return Number.isFinite(deviation) ? deviation / Math.sqrt(years) : 'above_bound';
}

/** The deviation at which the normalised price is `beta`; NaN at or above the bound. */
function invert(beta: number, x: number): number {
  const bound = Math.exp(0.5 * x);
  if (beta >= bound) return Number.NaN;
  const upper = 2 * beta > bound;
  // The curve's turning point; there and to its left the price is below half the bound.
  const turning = Math.sqrt(-2 * x);
  let low = upper ? Math.max(turning, beta * SQRT_TWO_PI) : lowerLimit(beta, x, turning);
  let high = Math.max(turning, low, 0.01);
  const errorAt = (s: number): number =>
    upper ? upperError(s, x, beta, bound) : lowerError(s, x, beta);
  for (let doubling = 0; errorAt(high) < 0; doubling += 1) {
    if (doubling === DOUBLINGS_MAX) return Number.NaN;
    low = high;
    high *= 2;
  }
  let s = low;
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const error = errorAt(s);
    if (error < 0) low = Math.max(low, s);
    else high = Math.min(high, s);
    const next = s - halley(s, x, error, upper);
    const inside = next >= low && next <= high;
    const moved = inside ? next : 0.5 * (low + high);
    if (Math.abs(moved - s) <= 4e-16 * s) return moved;
    s = moved;
  }
  return s;
}

/** A deviation that is never above the solution, so that the first step comes from the left. */
function lowerLimit(beta: number, x: number, turning: number): number {
  // The slope of the price in s is at most 1/√2π; left of the turning point b < exp(−x²/2s²)/2.
  const bySlope = beta * SQRT_TWO_PI;
  const bySize = beta < 0.5 ? -x / Math.sqrt(-2 * Math.log(2 * beta)) : 0;
  return Math.max(bySlope, Math.min(bySize, turning));
}

/** ln b(s); exact where b itself would underflow. */
function logOfPrice(s: number, x: number): number {
  const h = x / s;
  const t = 0.5 * s;
  if (h + t > 8) return 0.5 * x;
  return -0.5 * (h * h + t * t) + Math.log(0.5 * scaledDifference(h, t));
}

/** 2·b·exp((h²+t²)/2). */
function scaledDifference(h: number, t: number): number {
  return erfcx(-(h + t) * Math.SQRT1_2) - erfcx(-(h - t) * Math.SQRT1_2);
}

/** The bound minus b(s), without cancellation. */
function distance(s: number, x: number): number {
  const h = x / s;
  const t = 0.5 * s;
  return Math.exp(0.5 * x) * normalCdf(-h - t) + Math.exp(-0.5 * x) * normalCdf(h - t);
}

function lowerError(s: number, x: number, beta: number): number {
  return logOfPrice(s, x) - Math.log(beta);
}

function upperError(s: number, x: number, beta: number, bound: number): number {
  return Math.log((bound - beta) / distance(s, x));
}

/** Halley's step for the logarithm of the price, or of its distance to the bound. */
function halley(s: number, x: number, error: number, upper: boolean): number {
  const h = x / s;
  const t = 0.5 * s;
  // b''/b' of the price itself; the logarithm adds its own slope.
  const curvature = (h * h) / s - 0.5 * t;
  const slope = upper
    ? (INVERSE_SQRT_TWO_PI * Math.exp(-0.5 * (h * h + t * t))) / distance(s, x)
    : SQRT_TWO_OVER_PI / scaledDifference(h, t);
  const ratio = upper ? curvature + slope : curvature - slope;
  const newton = error / slope;
  const halved = 1 - 0.5 * newton * ratio;
  return halved > 0.2 ? newton / halved : newton;
}
