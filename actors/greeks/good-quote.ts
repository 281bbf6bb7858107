/** Whether a leg's quote may be believed by itself: it has no flag, and nothing contradicts it. */

import { isOutlier } from '../../src/domain/book-quotes.ts';
import { BOOK, LEG } from '../../src/protocol/book-board.ts';

/** Of the leg at `base` of a record; its volatility and flags have been written. */
export function hasGoodQuote(record: Float64Array, base: number): boolean {
  const quoteIv = at(record, base + LEG.quoteIv);
  if (!(quoteIv > 0) || at(record, base + LEG.flags) !== 0) return false;
  const ibIv = modelVol(record, base);
  // Without the second witness nothing is contradicted; it is missing more often than not.
  if (!(ibIv > 0)) return true;
  const heldAge = at(record, BOOK.tradingTs) - at(record, base + LEG.heldTs);
  const heldIv = at(record, base + LEG.heldIv);
  // A quote that was believed is the held one: it agrees with itself, here as when it came.
  return !isOutlier(quoteIv, heldIv, heldAge, ibIv, at(record, BOOK.ivMaxAgeMs));
}

/** Of IB's model; NaN where it has told none, or none for too long. */
export function modelVol(record: Float64Array, base: number): number {
  const ibIv = at(record, base + LEG.ibIv);
  return ibIv > 0 && isModelOld(record, base) ? Number.NaN : ibIv;
}

/** A journal that does not know the age of a model has none that is too old. */
export function isModelOld(record: Float64Array, base: number): boolean {
  const oldest = at(record, BOOK.ibMaxAgeMs);
  if (Number.isNaN(oldest)) return false;
  return !(at(record, BOOK.tradingTs) - at(record, base + LEG.ibTs) <= oldest);
}

function at(record: Float64Array, index: number): number {
  return record[index] ?? Number.NaN;
}
