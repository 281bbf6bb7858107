/**
 * What kind of market the underlying is in, from a rolling window of its mids: quiet, normal,
 * trending, choppy or gapping (M0 … M4; M5, stale, is a matter of age and added elsewhere). It
 * informs policies and the page and gates nothing, so it is simple and each bound is stated here.
 *
 * Mids are sampled on a grid of 1/60 of the window; a tick updates the newest sample in place and
 * allocates nothing. Realised variance is the sum of squared log returns between samples, per unit
 * of trading time (252 days of 6.5 hours). The other estimators look at complete samples as bars,
 * each opening where the one before it closed, whenever a sample is complete; and so does the test
 * for a jump that no single tick shows. A window never spans a night: the first mid of a day is
 * compared with the close before it, and volatility begins anew.
 */

import assert from 'node:assert/strict';
import { newYorkDate } from '../domain/calendar.ts';
import type { VolEstimator } from '../domain/settings.ts';
import { bipowerVariation, jumpStatistic, jumpVariance } from './realised-variance.ts';
import {
  type Bar,
  closeReturns,
  ewma,
  garmanKlass,
  parkinson,
  rogersSatchell,
  yangZhang,
} from './volatility.ts';

/** Indices into `REGIMES` of `book-quotes.ts`. */
export const REGIME = { quiet: 0, normal: 1, trend: 2, choppy: 3, gap: 4 } as const;

const SAMPLES = 60;
const TRADING_YEAR_MS = 252 * 6.5 * 3_600_000;

/** Below half the volatility paid for in the options, their decay is not being earned. */
const QUIET_RATIO = 0.5;
/** Half as much again as what is paid for. */
const CHOPPY_RATIO = 1.5;
/** The net move in standard deviations of a walk without direction: 5 % of them go further. */
const TREND_DEVIATIONS = 2;
/** A move between two successive mids is a jump only beyond both of these. */
const JUMP_MIN = 0.005;
const JUMP_DEVIATIONS = 5;
/** The previous close has no volatility clock; 1 % is about one usual day of an index. */
const OPENING_GAP_MIN = 0.01;
/** A walk has a jump statistic beyond this once in a thousand looks. */
const JUMP_QUANTILE = 3.09;
/** Mids move by cents: what the test takes for jumps must be of half the size of one tick's. */
const JUMP_SHARE_MIN = JUMP_MIN / 2;
/** The statistic of fewer returns is of no known distribution. */
const JUMP_RETURNS_MIN = 20;
/** Fewer returns, or less than half the window, say nothing about volatility. */
const RETURNS_MIN = 4;

/** Variance of one bar; the first of them only says where the second opened. */
const VARIANCE_OF_BARS: Readonly<
  Record<Exclude<VolEstimator, 'realised'>, (bars: readonly Bar[]) => number>
> = {
  bipower: (bars) => bipowerVariation(closeReturns(bars)) / (bars.length - 1),
  parkinson: (bars) => parkinson(bars.slice(1)),
  garman_klass: (bars) => garmanKlass(bars.slice(1)),
  rogers_satchell: (bars) => rogersSatchell(bars.slice(1)),
  yang_zhang: yangZhang,
  ewma: (bars) => ewma(bars),
};

/** The rolling window of one underlying. */
export class RegimeWindow {
  readonly #windowMs: number;
  readonly #sampleMs: number;
  // A ring: sample i stands at (first + i) mod length.
  readonly #ts = new Float64Array(SAMPLES + 2);
  readonly #log = new Float64Array(SAMPLES + 2);
  readonly #high = new Float64Array(SAMPLES + 2);
  readonly #low = new Float64Array(SAMPLES + 2);
  readonly #estimator: VolEstimator;
  #first = 0;
  #count = 0;
  /** The sum of squares of all returns but the newest, which still moves. */
  #settled = 0;
  #lastTs = Number.NEGATIVE_INFINITY;
  #lastLog = Number.NaN;
  #jumpTs = Number.NEGATIVE_INFINITY;
  /** By the estimator from complete samples, per ms; and whether they hold a jump. */
  #rate = Number.NaN;
  #jumped = false;

  constructor(windowMin: number, estimator: VolEstimator = 'realised') {
    assert(windowMin > 0 && Number.isFinite(windowMin));
    this.#estimator = estimator;
    this.#windowMs = windowMin * 60_000;
    this.#sampleMs = this.#windowMs / SAMPLES;
  }

  /**
   * Takes a mid (USD) at `ts`, the previous session's `close` and the `referenceVol` that jumps are
   * measured by (NaN where there is none). A mid that is NaN, or older than the last, is ignored.
   */
  update(ts: number, mid: number, close: number, referenceVol: number): void {
    if (!(mid > 0) || !(ts >= this.#lastTs)) return;
    const log = Math.log(mid);
    const sameDay = this.#lastTs > 0 && newYorkDate(ts) === newYorkDate(this.#lastTs);
    const isJump = sameDay
      ? this.#isJump(ts, log, referenceVol)
      : close > 0 && Math.abs(log - Math.log(close)) >= OPENING_GAP_MIN;
    if (isJump) this.#jumpTs = ts;
    if (!sameDay || ts - this.#lastTs > this.#windowMs) this.#begin();
    this.#store(ts, log);
    this.#lastTs = ts;
    this.#lastLog = log;
  }

  /** Annualised volatility of the window; NaN while it holds too little. */
  realizedVol(): number {
    const elapsed = this.#lastTs - this.#tsAt(0);
    const known = this.#count > RETURNS_MIN && elapsed >= this.#windowMs / 2;
    if (!known) return Number.NaN;
    const rate = this.#estimator === 'realised' ? this.#squares() / elapsed : this.#rate;
    return Math.sqrt(rate * TRADING_YEAR_MS);
  }

  /** The net move over the window in standard deviations of a walk of the same variance. */
  trend(): number {
    const squares = this.#squares();
    if (squares === 0) return 0;
    return (this.#logAt(this.#count - 1) - this.#logAt(0)) / Math.sqrt(squares);
  }

  /** An index of `REGIME`, given the volatility implied by the options (NaN: not known). */
  classify(referenceVol: number): number {
    if (this.#jumped || this.#lastTs - this.#jumpTs <= this.#windowMs) return REGIME.gap;
    const vol = this.realizedVol();
    if (Number.isNaN(vol)) return REGIME.normal;
    if (vol < QUIET_RATIO * referenceVol) return REGIME.quiet;
    if (Math.abs(this.trend()) >= TREND_DEVIATIONS) return REGIME.trend;
    return vol > CHOPPY_RATIO * referenceVol ? REGIME.choppy : REGIME.normal;
  }

  #isJump(ts: number, log: number, referenceVol: number): boolean {
    const elapsed = Math.max(ts - this.#lastTs, this.#sampleMs);
    const deviation = referenceVol * Math.sqrt(elapsed / TRADING_YEAR_MS);
    const bound = Math.max(JUMP_MIN, Number.isNaN(deviation) ? 0 : JUMP_DEVIATIONS * deviation);
    return Math.abs(log - this.#lastLog) >= bound;
  }

  #store(ts: number, log: number): void {
    const newest = this.#count - 1;
    const slot = Math.floor(ts / this.#sampleMs);
    if (newest >= 0 && Math.floor(this.#tsAt(newest) / this.#sampleMs) === slot) {
      this.#put(newest, ts, log);
      return;
    }
    this.#complete();
    while (this.#count > 0 && this.#tsAt(0) < ts - this.#windowMs) {
      this.#first = (this.#first + 1) % this.#ts.length;
      this.#count -= 1;
    }
    assert(this.#count < this.#ts.length, 'a window holds one sample more than its grid');
    this.#settled = 0;
    for (let index = 1; index < this.#count; index += 1) {
      this.#settled += (this.#logAt(index) - this.#logAt(index - 1)) ** 2;
    }
    this.#count += 1;
    const at = (this.#first + this.#count - 1) % this.#ts.length;
    const open = this.#count > 1 ? this.#logAt(this.#count - 2) : log;
    this.#high[at] = open;
    this.#low[at] = open;
    this.#put(this.#count - 1, ts, log);
  }

  /** What is known is of another day, or too old. */
  #begin(): void {
    this.#count = 0;
    this.#rate = Number.NaN;
    this.#jumped = false;
  }

  /** The newest sample will not move any more: what needs all of them is computed once. */
  #complete(): void {
    if (this.#count <= RETURNS_MIN) return;
    const bars = Array.from({ length: this.#count }, (_, index) => this.#bar(index));
    const returns = closeReturns(bars);
    this.#jumped =
      returns.length >= JUMP_RETURNS_MIN &&
      Math.sqrt(jumpVariance(returns)) >= JUMP_SHARE_MIN &&
      jumpStatistic(returns) > JUMP_QUANTILE;
    if (this.#estimator === 'realised') return;
    const elapsed = this.#tsAt(this.#count - 1) - this.#tsAt(0);
    const variance = VARIANCE_OF_BARS[this.#estimator](bars);
    // A range of no width is no volatility, and rounding may make it less.
    this.#rate = Math.max(0, variance * returns.length) / elapsed;
  }

  #bar(index: number): Bar {
    const at = (this.#first + index) % this.#log.length;
    return {
      open: Math.exp(this.#logAt(Math.max(0, index - 1))),
      high: Math.exp(this.#high[at] ?? Number.NaN),
      low: Math.exp(this.#low[at] ?? Number.NaN),
      close: Math.exp(this.#logAt(index)),
    };
  }

  #squares(): number {
    if (this.#count < 2) return 0;
    const newest = this.#logAt(this.#count - 1) - this.#logAt(this.#count - 2);
    return this.#settled + newest * newest;
  }

  #put(index: number, ts: number, log: number): void {
    const at = (this.#first + index) % this.#ts.length;
    this.#ts[at] = ts;
    this.#log[at] = log;
    this.#high[at] = Math.max(this.#high[at] ?? log, log);
    this.#low[at] = Math.min(this.#low[at] ?? log, log);
  }

  #tsAt(index: number): number {
    return this.#ts[(this.#first + index) % this.#ts.length] ?? Number.NaN;
  }

  #logAt(index: number): number {
    return this.#log[(this.#first + index) % this.#log.length] ?? Number.NaN;
  }
}
