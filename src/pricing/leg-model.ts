/**
 * Which way one leg is priced, and the price: Black–Scholes where it is European or where early
 * exercise is worth nothing, the cached American curve with a yield, finite differences where a
 * cash dividend falls in its life. A function of its arguments: what it keeps are solved curves,
 * each good for one set of terms, so that a recorded leg can be priced again to the last bit.
 */

import type { Right } from '../domain/contract.ts';
import { type AmericanRefusal, exerciseWorth } from './american.ts';
import { AmericanCurve } from './american-curve.ts';
import { type AmericanGreeks, AmericanLegPricer } from './american-leg.ts';
import { type EuropeanOption, emptyGreeks, fillEuropean } from './black-scholes.ts';
import type { CashDividend } from './cash-dividends.ts';
import { CashLeg, type CashMethod, type CashTerms, impliedCashVol } from './cash-leg.ts';
import type { NoImpliedVol } from './implied-vol.ts';
import { ImpliedVolSolver } from './iv-columns.ts';
import { openKernel } from './kernel.ts';
import { expiryTime, pricingTime, yearsUntil } from './time-to-expiry.ts';

export interface LegTerms {
  readonly right: Right;
  readonly strike: number;
  /** `YYYYMMDD`. */
  readonly expiry: string;
}

/** A cash dividend: the moment at which the stock goes ex (epoch ms), and USD per share. */
export interface DatedDividend {
  readonly exTs: number;
  readonly amount: number;
}

/** What a leg is priced with, besides its volatility and the spot. */
export interface Carry {
  readonly exercise: 'american' | 'european';
  readonly rate: number;
  readonly dividendYield: number;
  readonly dividends: readonly DatedDividend[];
  /** Other than today's in journals. */
  readonly cashMethod?: CashMethod;
}

export type LegEngine = 'european' | 'american' | 'cash';
export type LegRefusal = AmericanRefusal;

/** Value and greeks, and a delta of another way: a difference of prices, or a lattice. */
export interface LegGreeks extends AmericanGreeks {
  differenceDelta: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Of the spot: what the third derivative adds is far below what a check of deltas looks for. */
const SPOT_STEP = 1e-4;

interface Solvers {
  readonly american: AmericanLegPricer;
  readonly european: ImpliedVolSolver;
}

let shared: Solvers | null = null;

/** Those of this thread: their memory is scratch between two calls. */
function solvers(): Solvers {
  if (shared === null) {
    const kernel = openKernel();
    shared = { american: new AmericanLegPricer(kernel), european: new ImpliedVolSolver(kernel) };
  }
  return shared;
}

/** An object for `fill` to fill. */
export function emptyLegGreeks(): LegGreeks {
  const none = Number.NaN;
  return {
    price: none,
    delta: none,
    gamma: none,
    vega: none,
    theta: none,
    differenceDelta: none,
  };
}

/** One leg, with what was solved for it last. */
export class LegModel {
  readonly terms: LegTerms;
  readonly expiryTs: number;
  readonly #option: Mutable<EuropeanOption>;
  readonly #scratch = emptyGreeks();
  #curve: AmericanCurve | null = null;
  #cashLeg: CashLeg | null = null;
  #cashTerms: CashTerms | null = null;
  #cashOf: { carry: Carry; ts: number } | null = null;

  constructor(terms: LegTerms) {
    const none = Number.NaN;
    this.terms = terms;
    this.expiryTs = expiryTime(terms.expiry);
    const { right, strike } = terms;
    this.#option = {
      right,
      strike,
      spot: none,
      years: none,
      rate: none,
      dividendYield: none,
      sigma: none,
    };
  }

  /** Years of 365 days that it has left; not above 0 once it has expired. */
  yearsAt(ts: number): number {
    return yearsUntil(this.expiryTs, ts);
  }

  /** Fills `into` and returns null, or returns why not and fills NaN. */
  fill(carry: Carry, ts: number, spot: number, sigma: number, into: LegGreeks): LegRefusal | null {
    const refusal = this.#fill(carry, ts, spot, sigma, into);
    if (refusal !== null) Object.assign(into, NO_GREEKS);
    return refusal;
  }

  /** The volatility at which it is worth `price`, or why there is none. */
  implied(carry: Carry, ts: number, spot: number, price: number): number | NoImpliedVol {
    const engine = this.engineAt(carry, ts);
    const { right, strike } = this.terms;
    const { rate } = carry;
    if (engine === 'cash') return impliedCashVol(this.#termsOfCash(carry, ts), spot, price);
    const { dividendYield } = carry;
    const years = engine === 'european' ? this.yearsAt(ts) : this.#solvedYears(ts);
    const option = { right, strike, years, rate, dividendYield, spot, price };
    if (engine === 'american' && years > 0) return solvers().american.implied(option);
    return solvers().european.solve(option);
  }

  #fill(carry: Carry, ts: number, spot: number, sigma: number, into: LegGreeks): LegRefusal | null {
    const years = this.yearsAt(ts);
    // At expiry gamma has no finite value; refusing it beats a number that is about to be wrong.
    if (!(years > 0)) return 'expired';
    if (!(spot > 0)) return 'spot_not_positive';
    if (!(sigma > 0)) return 'not_finite';
    const engine = this.engineAt(carry, ts);
    if (engine === 'cash') {
      this.#cashLeg ??= new CashLeg();
      this.#cashLeg.fill(this.#termsOfCash(carry, ts), spot, sigma, into);
      return Number.isFinite(into.price + into.delta + into.gamma) ? null : 'out_of_range';
    }
    const option = this.#option;
    option.spot = spot;
    option.rate = carry.rate;
    option.dividendYield = carry.dividendYield;
    option.sigma = sigma;
    if (engine === 'american') {
      option.years = this.#solvedYears(ts);
      this.#curve ??= new AmericanCurve(solvers().american, option.right, option.strike);
      const refusal = this.#curve.fill(option, into);
      into.differenceDelta = into.delta + this.#curve.slopeError;
      return refusal;
    }
    option.years = years;
    return this.#fillEuropean(into);
  }

  #fillEuropean(into: LegGreeks): LegRefusal | null {
    const option = this.#option;
    const greeks = this.#scratch;
    const { spot } = option;
    const step = SPOT_STEP * spot;
    option.spot = spot + step;
    const above = fillEuropean(option, greeks) === null ? greeks.price : Number.NaN;
    option.spot = spot;
    const refusal = fillEuropean(option, greeks);
    into.price = greeks.price;
    into.delta = greeks.delta;
    into.gamma = greeks.gamma;
    into.vega = greeks.vega;
    into.theta = greeks.theta;
    into.differenceDelta = (above - greeks.price) / step - 0.5 * step * greeks.gamma;
    return refusal;
  }

  /** How it is priced with that carry at that time. */
  engineAt(carry: Carry, ts: number): LegEngine {
    const { dividends } = carry;
    for (let index = 0; index < dividends.length; index += 1) {
      const exTs = dividends[index]?.exTs ?? Number.NaN;
      if (exTs > ts && exTs <= this.expiryTs) return 'cash';
    }
    if (carry.exercise === 'european') return 'european';
    const option = this.#option;
    option.rate = carry.rate;
    option.dividendYield = carry.dividendYield;
    option.years = this.yearsAt(ts);
    const worth = exerciseWorth(option);
    // Between two boundaries the American pricer says so.
    return worth === 'none' ? 'european' : 'american';
  }

  #solvedYears(ts: number): number {
    return yearsUntil(this.expiryTs, pricingTime(this.expiryTs, ts));
  }

  /** The same object while carry and the time solved for are the same. */
  #termsOfCash(carry: Carry, ts: number): CashTerms {
    const at = pricingTime(this.expiryTs, ts);
    const known = this.#cashOf;
    if (this.#cashTerms !== null && known !== null && known.ts === at && known.carry === carry) {
      return this.#cashTerms;
    }
    const { right, strike } = this.terms;
    const inLife = carry.dividends.filter(({ exTs }) => exTs > ts && exTs <= this.expiryTs);
    const dividends: CashDividend[] = inLife.map(({ exTs, amount }) => ({
      years: Math.max(yearsUntil(exTs, at), 0),
      amount,
    }));
    this.#cashOf = { carry, ts: at };
    this.#cashTerms = {
      right,
      exercise: carry.exercise,
      strike,
      years: yearsUntil(this.expiryTs, at),
      rate: carry.rate,
      // What is paid in cash is not paid again as a yield.
      dividendYield: 0,
      dividends,
      method: carry.cashMethod ?? 'split',
    };
    return this.#cashTerms;
  }
}

const NO_GREEKS: Readonly<LegGreeks> = emptyLegGreeks();
