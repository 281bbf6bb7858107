/**
 * Prices a recorded evaluation again from the quotes and settings that stand in it. Greeks are a
 * pure function of their record, so every volatility and every greek must come out the same: to the
 * last bit on the processor that wrote it, and to within what another's last bits may differ by.
 */

import { BOOK, LEG, legOffset, quotedCount } from '../../src/protocol/book-board.ts';
import { LEG_OUTPUTS, REASON, RecordPricer } from './record-pricer.ts';

export interface PriceDifference {
  readonly conId: number;
  readonly field: (typeof LEG_OUTPUTS)[number] | 'quoteIv';
  readonly written: number;
  readonly priced: number;
}

export interface Repriced {
  /** Legs that were priced again; those of old journals lack what that needs. */
  readonly legs: number;
  readonly difference: PriceDifference | null;
}

/** Relative to the written value, or absolute where that is below one. */
const TOLERANCE = 1e-9;

/** Prices records of one book after another; curves that are solved serve the next ones too. */
export class Repricer {
  readonly #pricer = new RecordPricer();
  readonly #tolerance: number;

  constructor(tolerance: number = TOLERANCE) {
    this.#tolerance = tolerance;
  }

  /** Prices every leg and strike of the record again; the first difference ends it. */
  reprice(record: Float64Array): Repriced {
    // Journals of older versions have no such setting, and were priced otherwise.
    if (Number.isNaN(at(record, BOOK.exercise))) return { legs: 0, difference: null };
    const count = at(record, BOOK.legCount);
    const again = record.slice();
    for (let index = 0; index < count; index += 1) {
      const base = legOffset(index);
      for (const name of LEG_OUTPUTS) again[base + LEG[name]] = Number.NaN;
    }
    const quoted = quotedCount(record);
    for (let index = count; index < quoted; index += 1) {
      again[legOffset(index) + LEG.flags] = Number.NaN;
    }
    this.#pricer.price(again);
    for (let index = 0; index < quoted; index += 1) {
      const difference = this.#compare(record, again, index);
      if (difference !== null) return { legs: Math.min(index + 1, count), difference };
    }
    return { legs: count, difference: null };
  }

  #compare(record: Float64Array, again: Float64Array, index: number): PriceDifference | null {
    const base = legOffset(index);
    const conId = at(record, base + LEG.conId);
    for (const field of LEG_OUTPUTS) {
      const written = at(record, base + LEG[field]);
      const priced = at(again, base + LEG[field]);
      if (!this.#isSame(written, priced)) return { conId, field, written, priced };
    }
    // A volatility that was solved before stands in the record of that time.
    if (at(record, base + LEG.solvedTs) !== at(record, BOOK.tradingTs)) return null;
    if (at(record, base + LEG.fault) !== REASON.none) return null;
    const { model, carry } = this.#pricer.leg(record, index);
    const spot = at(record, base + LEG.solvedSpot);
    const price = at(record, base + LEG.solvedPrice);
    const solved = model.implied(carry, at(record, BOOK.tradingTs), spot, price);
    const priced = typeof solved === 'number' ? solved : Number.NaN;
    const written = at(record, base + LEG.quoteIv);
    return this.#isSame(written, priced) ? null : { conId, field: 'quoteIv', written, priced };
  }

  #isSame(written: number, priced: number): boolean {
    if (Number.isNaN(written) || Number.isNaN(priced)) return Object.is(written, priced);
    return Math.abs(written - priced) <= this.#tolerance * Math.max(1, Math.abs(written));
  }
}

function at(record: Float64Array, index: number): number {
  return record[index] ?? Number.NaN;
}
