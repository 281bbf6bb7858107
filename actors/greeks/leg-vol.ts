/**
 * What the standing quote of one leg implies, solved when the quote or the time it is solved for
 * has moved. Between two solutions the volatility stands and the spot moves under it: an option's
 * quote follows its underlying's a moment later, and in that moment implies nothing new.
 */

import { isOutlier, midOf } from '../../src/domain/book-quotes.ts';
import type { Carry, LegModel } from '../../src/pricing/leg-model.ts';
import { pricingTime } from '../../src/pricing/time-to-expiry.ts';
import { BOOK, LEG } from '../../src/protocol/book-board.ts';
import { modelVol } from './good-quote.ts';
import { REASON } from './record-pricer.ts';

/** Finite differences take milliseconds: they are solved this often at most. */
const CASH_REFRESH_MS = 1000;

/** One leg's volatility and how old it is. */
export class LegVol {
  #iv = Number.NaN;
  #fault: number = REASON.no_quote;
  #solvedTs = Number.NaN;
  #solvedSpot = Number.NaN;
  #solvedPrice = Number.NaN;
  #solvedCarry: Carry | null = null;
  #heldIv = Number.NaN;
  #heldTs = Number.NaN;

  /** Takes over a volatility that a quote gave before this was made. */
  hold(iv: number, ts: number): void {
    if (!(iv > 0 && Number.isFinite(ts))) return;
    this.#heldIv = iv;
    this.#heldTs = ts;
  }

  /** Trading time; NaN before the first solution. */
  get solvedTs(): number {
    return this.#solvedTs;
  }

  get held(): { readonly iv: number; readonly ts: number } {
    return { iv: this.#heldIv, ts: this.#heldTs };
  }

  /**
   * Brings the leg at `base` of the record up to its quote; `flags` are those of the quote. Without
   * `isItsTurn` a solution that takes milliseconds is left for later: true where one was.
   */
  write(
    record: Float64Array,
    base: number,
    leg: { readonly model: LegModel; readonly carry: Carry },
    flags: number,
    refreshMs: number,
    isItsTurn = true,
  ): boolean {
    const ts = at(record, BOOK.tradingTs);
    const spot = at(record, base + LEG.spot);
    const price = midOf(at(record, base + LEG.bid), at(record, base + LEG.ask));
    let waits = false;
    if (!(price > 0)) this.#forget(REASON.none);
    else if (!(spot > 0)) this.#forget(REASON.no_spot);
    else if (this.#isDue(leg, ts, price, refreshMs)) {
      waits = !isItsTurn && this.#maySolveLater(leg, ts);
      if (!waits) this.#solve(leg, ts, spot, price);
    }
    if (this.#iv > 0 && flags === 0 && !this.#isOutlier(record, base, ts)) {
      this.#heldIv = this.#iv;
      this.#heldTs = ts;
    }
    record[base + LEG.quoteIv] = this.#iv;
    record[base + LEG.solvedTs] = this.#solvedTs;
    record[base + LEG.solvedSpot] = this.#solvedSpot;
    record[base + LEG.solvedPrice] = this.#solvedPrice;
    record[base + LEG.fault] = this.#fault;
    record[base + LEG.heldIv] = this.#heldIv;
    record[base + LEG.heldTs] = this.#heldTs;
    return waits;
  }

  #isOutlier(record: Float64Array, base: number, ts: number): boolean {
    const ibIv = modelVol(record, base);
    return isOutlier(this.#iv, this.#heldIv, ts - this.#heldTs, ibIv, at(record, BOOK.ivMaxAgeMs));
  }

  #isDue(
    { model, carry }: { readonly model: LegModel; readonly carry: Carry },
    ts: number,
    price: number,
    refreshMs: number,
  ): boolean {
    if (!this.#isSolvedFor(carry, ts)) return true;
    const engine = model.engineAt(carry, ts);
    const { expiryTs } = model;
    if (pricingTime(expiryTs, ts) !== pricingTime(expiryTs, this.#solvedTs)) return true;
    if (price === this.#solvedPrice) return false;
    if (engine === 'european') return true;
    const pause = engine === 'cash' ? Math.max(refreshMs, CASH_REFRESH_MS) : refreshMs;
    return ts - this.#solvedTs >= pause;
  }

  /** The solution takes milliseconds, and there is one that stands meanwhile. */
  #maySolveLater(
    { model, carry }: { readonly model: LegModel; readonly carry: Carry },
    ts: number,
  ): boolean {
    return this.#isSolvedFor(carry, ts) && model.engineAt(carry, ts) === 'cash';
  }

  #isSolvedFor(carry: Carry, ts: number): boolean {
    return this.#solvedCarry === carry && ts >= this.#solvedTs;
  }

  #solve(
    { model, carry }: { readonly model: LegModel; readonly carry: Carry },
    ts: number,
    spot: number,
    price: number,
  ): void {
    const solved = model.implied(carry, ts, spot, price);
    this.#iv = typeof solved === 'number' ? solved : Number.NaN;
    this.#fault = typeof solved === 'number' ? REASON.none : REASON[solved];
    this.#solvedTs = ts;
    this.#solvedSpot = spot;
    this.#solvedPrice = price;
    this.#solvedCarry = carry;
  }

  /** A quote with no mid implies nothing, and the next one is solved at once. */
  #forget(fault: number): void {
    this.#iv = Number.NaN;
    this.#fault = fault;
    this.#solvedTs = Number.NaN;
    this.#solvedSpot = Number.NaN;
    this.#solvedPrice = Number.NaN;
    this.#solvedCarry = null;
  }
}

function at(record: Float64Array, index: number): number {
  return record[index] ?? Number.NaN;
}
