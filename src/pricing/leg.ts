/**
 * Prices one option leg: chooses its volatility by `vol_source` and what is there, says where it
 * came from, and computes the greeks at it. A function of its arguments and of the volatility held
 * from before, so that a recorded leg can be priced again.
 */

import { LEG_QUALITY, midOf } from '../domain/book-quotes.ts';
import type { Right } from '../domain/contract.ts';
import type { GreeksSettings } from '../domain/settings.ts';
import { type EuropeanOption, emptyGreeks, fillEuropean, type Greeks } from './black-scholes.ts';
import { type PricedOption, solveImpliedVol } from './implied-vol.ts';
import { expiryTime, yearsUntil } from './time-to-expiry.ts';

/** Indices into `LEG_QUALITY`. */
export const QUALITY = {
  quote: LEG_QUALITY.indexOf('quote'),
  held: LEG_QUALITY.indexOf('held'),
  ib: LEG_QUALITY.indexOf('ib'),
  fixed: LEG_QUALITY.indexOf('fixed'),
  invalid: LEG_QUALITY.indexOf('invalid'),
} as const;

export interface LegMarket {
  /** USD per share; NaN where there is none. */
  bid: number;
  ask: number;
  /** The broker's model volatility, annualised; NaN where there is none. */
  ibIv: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** One leg's price, filled again at each `price`; NaN throughout while `quality` is invalid. */
export class LegPricer {
  iv = Number.NaN;
  /** Trading time at which a quote last gave `iv`; NaN when it is not from a quote. */
  ivTs = Number.NaN;
  quality: number = QUALITY.invalid;
  readonly greeks: Greeks = emptyGreeks();
  readonly #settings: GreeksSettings;
  readonly #ivMaxAgeMs: number;
  readonly #expiryTs: number;
  // One object serves both functions: filled anew for each price, so that none is allocated.
  readonly #option: Mutable<EuropeanOption> & Mutable<PricedOption>;
  #heldIv = Number.NaN;
  #heldTs = Number.NaN;

  constructor(
    terms: { readonly right: Right; readonly strike: number; readonly expiry: string },
    settings: GreeksSettings,
    ivMaxAgeS: number,
  ) {
    const none = Number.NaN;
    this.#settings = settings;
    this.#ivMaxAgeMs = ivMaxAgeS * 1000;
    this.#expiryTs = expiryTime(terms.expiry);
    this.#option = {
      right: terms.right,
      strike: terms.strike,
      spot: none,
      years: none,
      rate: settings.risk_free_rate,
      dividendYield: settings.dividend_yield,
      sigma: none,
      price: none,
    };
  }

  /** Takes over a volatility that a quote gave before this pricer was made. */
  hold(iv: number, ivTs: number): void {
    if (!(iv > 0 && Number.isFinite(ivTs))) return;
    this.#heldIv = iv;
    this.#heldTs = ivTs;
  }

  /** The volatility held from the last good quote and its time; NaN where there was none. */
  get held(): { readonly iv: number; readonly ivTs: number } {
    return { iv: this.#heldIv, ivTs: this.#heldTs };
  }

  /** Trading time from which the held volatility it uses is too old; Infinity if it uses none. */
  get staleAt(): number {
    const held = this.quality === QUALITY.held;
    return held ? this.#heldTs + this.#ivMaxAgeMs + 1 : Number.POSITIVE_INFINITY;
  }

  /** Prices at `spot` (USD) and trading time `ts`. */
  price(market: LegMarket, spot: number, ts: number): void {
    const option = this.#option;
    option.spot = spot;
    option.years = yearsUntil(this.#expiryTs, ts);
    option.price = midOf(market.bid, market.ask);
    this.#choose(market, ts);
    option.sigma = this.iv;
    // At expiry gamma has no finite value; refusing it beats a number that is about to be wrong.
    const alive = this.quality !== QUALITY.invalid && option.years > 0;
    if (alive && fillEuropean(option, this.greeks) === null) return;
    this.#use(Number.NaN, Number.NaN, QUALITY.invalid);
    Object.assign(this.greeks, NO_GREEKS);
  }

  #choose({ ibIv }: LegMarket, ts: number): void {
    const { vol_source: source, volatility } = this.#settings;
    if (source === 'fixed') {
      this.#use(volatility, Number.NaN, QUALITY.fixed);
      return;
    }
    const solved = solveImpliedVol(this.#option);
    if (typeof solved === 'number') this.hold(solved, ts);
    if (source === 'ib' && ibIv > 0) this.#use(ibIv, Number.NaN, QUALITY.ib);
    else if (typeof solved === 'number') this.#use(solved, ts, QUALITY.quote);
    else if (ts - this.#heldTs <= this.#ivMaxAgeMs) {
      this.#use(this.#heldIv, this.#heldTs, QUALITY.held);
    } else if (ibIv > 0) this.#use(ibIv, Number.NaN, QUALITY.ib);
    else this.#use(Number.NaN, Number.NaN, QUALITY.invalid);
  }

  #use(iv: number, ivTs: number, quality: number): void {
    this.iv = iv;
    this.ivTs = ivTs;
    this.quality = quality;
  }
}

const NO_GREEKS: Readonly<Greeks> = emptyGreeks();
