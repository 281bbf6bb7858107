/** Textbook maths in plain scalar JavaScript: what a competent programmer writes first. */

import type { EuropeanOption, Greeks } from '../../../src/pricing/black-scholes.ts';
import { normalCdf, normalPdf } from '../../../src/pricing/normal.ts';

export function plainGreeks(option: EuropeanOption, into: Greeks): void {
  const { right, spot, strike, years, rate, dividendYield, sigma } = option;
  const root = Math.sqrt(years);
  const d1 =
    (Math.log(spot / strike) + (rate - dividendYield + 0.5 * sigma * sigma) * years) /
    (sigma * root);
  const d2 = d1 - sigma * root;
  const sign = right === 'C' ? 1 : -1;
  const carried = Math.exp(-dividendYield * years);
  const discounted = strike * Math.exp(-rate * years);
  const n1 = normalCdf(sign * d1);
  const n2 = normalCdf(sign * d2);
  const density = normalPdf(d1);
  into.price = sign * (spot * carried * n1 - discounted * n2);
  into.delta = sign * carried * n1;
  into.gamma = (carried * density) / (spot * sigma * root);
  into.vega = spot * carried * density * root;
  into.theta =
    (-spot * carried * density * sigma) / (2 * root) +
    sign * (dividendYield * spot * carried * n1 - rate * discounted * n2);
  into.rho = sign * years * discounted * n2;
}

const STEPS_MAX = 50;
const PRECISION = 1e-12;

/** Newton's method from a fixed start, halving where it leaves the bracket. */
export function plainImpliedVol(option: Omit<EuropeanOption, 'sigma'> & { price: number }): number {
  let low = 1e-4;
  let high = 5;
  let sigma = 0.3;
  for (let step = 0; step < STEPS_MAX; step += 1) {
    plainGreeks({ ...option, sigma }, SCRATCH);
    const error = SCRATCH.price - option.price;
    if (error > 0) high = sigma;
    else low = sigma;
    const next = sigma - error / SCRATCH.vega;
    const moved = next > low && next < high ? next : 0.5 * (low + high);
    if (Math.abs(moved - sigma) < PRECISION) return moved;
    sigma = moved;
  }
  return sigma;
}

const SCRATCH: Greeks = { price: 0, delta: 0, gamma: 0, vega: 0, theta: 0, rho: 0 };
