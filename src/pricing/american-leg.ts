/**
 * American options on the hot path, by the vector kernel: greeks at a volatility, the volatility of
 * a price, and the two ends of a piece of a price curve. Its lanes are the option at a volatility
 * and a hair above it, so that vega comes with the value. What is kept from one call to the next
 * does not depend on the calls: the same inputs give the same bits.
 */

import type { Right } from '../domain/contract.ts';
import type { AmericanOption, AmericanRefusal } from './american.ts';
import {
  AMERICAN_REFUSALS,
  type AmericanKernel,
  openAmerican,
  priceAmericanColumns,
  priceBetweenKnots,
} from './american-columns.ts';
import { AmericanKnots } from './american-knots.ts';
import type { Greeks } from './black-scholes.ts';
import type { NoImpliedVol, PricedOption } from './implied-vol.ts';
import { ImpliedVolSolver } from './iv-columns.ts';
import { allocateColumns, cell, type Kernel, type OptionColumns } from './kernel.ts';

export type AmericanGreeks = Omit<Greeks, 'rho'>;
type AmericanTerms = Omit<AmericanOption, 'sigma'>;

/** Value, delta and gamma at one spot, and the value a hair of volatility above. */
export interface CurveEnd {
  price: number;
  delta: number;
  gamma: number;
  priceUp: number;
  deltaUp: number;
  gammaUp: number;
  /** Exercise is worth as much as anything else. */
  isExercised: boolean;
}

/** Of the volatility: the difference's own error is as small as the kernel's. */
export const VOL_STEP = 1e-3;
/** Of the strike: a hundredth of what the kernel's own error is. */
const PRICE_TOLERANCE = 1e-9;
/** Of the volatility. */
const LAST_STEP = 1e-4;
/** Newton doubles the digits from a start that is a part of a percent off. */
const STEPS_MAX = 30;
/** Below it an option that is worth no more than exercise tells nothing of its volatility. */
const SIGMA_MIN = 1e-3;
/** Two spots, each at both volatilities. */
const ROWS = 4;

/** For one thread. */
export class AmericanLegPricer {
  readonly #european: ImpliedVolSolver;
  readonly #american: AmericanKernel;
  readonly #knots: AmericanKnots;
  readonly #columns: OptionColumns;

  constructor(kernel: Kernel) {
    this.#european = new ImpliedVolSolver(kernel);
    this.#american = openAmerican(kernel);
    this.#knots = new AmericanKnots(this.#american);
    this.#columns = allocateColumns(kernel, ROWS);
  }

  /** Fills `into` and returns null, or returns why not and fills NaN. */
  fill(option: AmericanOption, into: AmericanGreeks): AmericanRefusal | null {
    const { sigma } = option;
    const refusal = this.#solve(option, sigma);
    const columns = this.#columns;
    into.price = cell(columns.price, 0);
    into.delta = cell(columns.delta, 0);
    into.gamma = cell(columns.gamma, 0);
    into.vega = (cell(columns.price, 1) - into.price) / (sigma * VOL_STEP);
    const { right, spot, strike } = option;
    fillTheta(option, this.#isExercised(right, spot, strike, 0), into);
    return refusal;
  }

  /** Fills both ends, at `low` and `high` USD of spot: one boundary serves them. */
  ends(
    option: AmericanOption,
    low: number,
    high: number,
    atLow: CurveEnd,
    atHigh: CurveEnd,
  ): AmericanRefusal | null {
    this.#write(0, option, low, option.sigma);
    this.#write(2, option, high, option.sigma);
    this.#price(option, option.sigma, ROWS);
    this.#readEnd(0, option, low, atLow);
    this.#readEnd(2, option, high, atHigh);
    for (let row = 0; row < ROWS; row += 1) {
      const refusal = this.#refusal(row);
      if (refusal !== null) return refusal;
    }
    return null;
  }

  /** The volatility at which the option is worth `price`, or why there is none. */
  implied(option: PricedOption): number | NoImpliedVol {
    const { right, price, spot, strike } = option;
    const pays = right === 'C' ? spot - strike : strike - spot;
    // At its intrinsic value an American option is worth exercising, whatever the volatility.
    if (price <= pays) return 'below_intrinsic';
    // Early exercise adds to the value, so the European's volatility is above, or below by no more
    // than the kernel's error.
    const start = this.#european.solve(option);
    if (typeof start !== 'number') return start;
    let low = 0;
    let high = 1.01 * start;
    let sigma = start;
    for (let step = 0; step < STEPS_MAX; step += 1) {
      if (this.#solve(option, sigma) !== null) return 'no_price';
      const worth = cell(this.#columns.price, 0);
      const error = worth - price;
      if (Math.abs(error) <= PRICE_TOLERANCE * strike) return sigma;
      if (error > 0) high = sigma;
      else low = sigma;
      const slope = (cell(this.#columns.price, 1) - worth) / (sigma * VOL_STEP);
      const next = sigma - error / slope;
      const isInside = next > low && next < high;
      // Newton squares the error: after so small a step the next one would change nothing.
      if (isInside && Math.abs(next - sigma) < LAST_STEP * sigma) return next;
      sigma = isInside ? next : 0.5 * (low + high);
      if (high - low <= 1e-14 * high) return sigma;
      if (sigma < SIGMA_MIN) return 'below_intrinsic';
    }
    return sigma;
  }

  /** Both lanes: at `sigma`, and a step above it. */
  #solve(option: AmericanTerms, sigma: number): AmericanRefusal | null {
    this.#write(0, option, option.spot, sigma);
    this.#price(option, sigma, 2);
    return this.#refusal(0);
  }

  #write(row: number, option: AmericanTerms, spot: number, sigma: number): void {
    const columns = this.#columns;
    for (let lane = row; lane < row + 2; lane += 1) {
      columns.sign[lane] = option.right === 'C' ? 1 : -1;
      columns.spot[lane] = spot;
      columns.strike[lane] = option.strike;
      columns.years[lane] = option.years;
      columns.rate[lane] = option.rate;
      columns.dividendYield[lane] = option.dividendYield;
      columns.sigma[lane] = lane === row ? sigma : sigma * (1 + VOL_STEP);
    }
  }

  /** Prices the first rows, which have one boundary at `sigma` and one a step above it. */
  #price(option: AmericanTerms, sigma: number, rows: number): void {
    const knots = this.#knots.at(option, sigma);
    if (knots === null) priceAmericanColumns(this.#american, this.#columns, rows);
    else priceBetweenKnots(this.#american, this.#columns, rows, knots);
  }

  #readEnd(row: number, { right, strike }: AmericanTerms, spot: number, end: CurveEnd): void {
    const columns = this.#columns;
    end.price = cell(columns.price, row);
    end.delta = cell(columns.delta, row);
    end.gamma = cell(columns.gamma, row);
    end.priceUp = cell(columns.price, row + 1);
    end.deltaUp = cell(columns.delta, row + 1);
    end.gammaUp = cell(columns.gamma, row + 1);
    end.isExercised = this.#isExercised(right, spot, strike, row);
  }

  #refusal(row: number): AmericanRefusal | null {
    const refusal = cell(this.#columns.refusal, row);
    return refusal === 0 ? null : (AMERICAN_REFUSALS[refusal - 1] ?? 'not_finite');
  }

  #isExercised(right: Right, spot: number, strike: number, row: number): boolean {
    const { price, delta, gamma } = this.#columns;
    const pays = right === 'C' ? spot - strike : strike - spot;
    return cell(gamma, row) === 0 && cell(price, row) === pays && Math.abs(cell(delta, row)) === 1;
  }
}

/**
 * Theta by the pricing equation, ∂V/∂t = rV − (r − q)SΔ − ½σ²S²Γ, which holds wherever the option
 * is not exercised; there it is 0.
 */
export function fillTheta(
  option: Pick<AmericanOption, 'spot' | 'rate' | 'dividendYield' | 'sigma'>,
  isExercised: boolean,
  into: AmericanGreeks,
): void {
  const { spot, rate, dividendYield, sigma } = option;
  const { price, delta, gamma } = into;
  const carried = rate * price - (rate - dividendYield) * spot * delta;
  into.theta = isExercised ? 0 : carried - 0.5 * sigma * sigma * spot * spot * gamma;
}
