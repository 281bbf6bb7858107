/**
 * One American option on the hot path: its greeks at a volatility, and the volatility of a price,
 * by the vector kernel. Its two lanes are the option at a volatility and a hair above it, so that
 * vega comes with the value and Newton's method has its slope. Nothing is kept from one call to the
 * next: the same inputs give the same bits.
 */

import type { AmericanOption, AmericanRefusal } from './american.ts';
import {
  AMERICAN_REFUSALS,
  type AmericanKernel,
  openAmerican,
  priceAmericanColumns,
} from './american-columns.ts';
import type { Greeks } from './black-scholes.ts';
import { writeOption } from './european-columns.ts';
import { type NoImpliedVol, type PricedOption, solveImpliedVol } from './implied-vol.ts';
import { allocateColumns, cell, type Kernel, type OptionColumns } from './kernel.ts';

export type AmericanGreeks = Omit<Greeks, 'rho'>;

/** Of the volatility: the difference's own error is as small as the kernel's. */
const VOL_STEP = 1e-3;
/** Of the strike: what the kernel's own error does not reach. */
const PRICE_TOLERANCE = 1e-10;
/** Newton doubles the digits from a start that is a part of a percent off. */
const STEPS_MAX = 30;
/** Below it an option that is worth no more than exercise tells nothing of its volatility. */
const SIGMA_MIN = 1e-3;

/** For one thread. */
export class AmericanLegPricer {
  readonly #american: AmericanKernel;
  readonly #columns: OptionColumns;

  constructor(kernel: Kernel) {
    this.#american = openAmerican(kernel);
    this.#columns = allocateColumns(kernel, 2);
  }

  /**
   * Fills `into` and returns null, or returns why not and fills NaN. Theta is that of the pricing
   * equation, ∂V/∂t = rV − (r − q)SΔ − ½σ²S²Γ, which holds wherever the option is not exercised.
   */
  fill(option: AmericanOption, into: AmericanGreeks): AmericanRefusal | null {
    const { spot, strike, rate, dividendYield, sigma, right } = option;
    const refusal = this.#solve(option, sigma);
    const columns = this.#columns;
    const price = cell(columns.price, 0);
    const delta = cell(columns.delta, 0);
    const gamma = cell(columns.gamma, 0);
    const pays = right === 'C' ? spot - strike : strike - spot;
    const isExercised = gamma === 0 && price === pays && Math.abs(delta) === 1;
    const carried = rate * price - (rate - dividendYield) * spot * delta;
    into.price = price;
    into.delta = delta;
    into.gamma = gamma;
    into.vega = this.#vega(sigma);
    into.theta = isExercised ? 0 : carried - 0.5 * sigma * sigma * spot * spot * gamma;
    return refusal;
  }

  /** The volatility at which the option is worth `price`, or why there is none. */
  implied(option: PricedOption): number | NoImpliedVol {
    const { right, price, spot, strike } = option;
    const pays = right === 'C' ? spot - strike : strike - spot;
    // At its intrinsic value an American option is worth exercising, whatever the volatility.
    if (price <= pays) return 'below_intrinsic';
    // Early exercise adds to the value, so the European's volatility is above, or below by no more
    // than the kernel's error.
    const start = solveImpliedVol(option);
    if (typeof start !== 'number') return start;
    const terms = { ...option, sigma: start };
    let low = 0;
    let high = 1.01 * start;
    let sigma = start;
    for (let step = 0; step < STEPS_MAX; step += 1) {
      if (this.#solve(terms, sigma) !== null) return 'no_price';
      const error = cell(this.#columns.price, 0) - price;
      if (Math.abs(error) <= PRICE_TOLERANCE * strike) return sigma;
      if (error > 0) high = sigma;
      else low = sigma;
      const next = sigma - error / this.#vega(sigma);
      sigma = next > low && next < high ? next : 0.5 * (low + high);
      if (high - low <= 1e-14 * high) return sigma;
      if (sigma < SIGMA_MIN) return 'below_intrinsic';
    }
    return sigma;
  }

  /** Both lanes: at `sigma`, and a step above it. */
  #solve(option: Omit<AmericanOption, 'sigma'>, sigma: number): AmericanRefusal | null {
    const columns = this.#columns;
    writeOption(columns, 0, { ...option, sigma });
    writeOption(columns, 1, { ...option, sigma: sigma * (1 + VOL_STEP) });
    priceAmericanColumns(this.#american, columns, 2);
    const refusal = cell(columns.refusal, 0);
    return refusal === 0 ? null : (AMERICAN_REFUSALS[refusal - 1] ?? 'not_finite');
  }

  #vega(sigma: number): number {
    const { price } = this.#columns;
    return (cell(price, 1) - cell(price, 0)) / (sigma * VOL_STEP);
  }
}
