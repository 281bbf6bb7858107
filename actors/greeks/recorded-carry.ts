/** What a recorded leg is priced with beside its volatility and the spot, and by which method. */

import type { CashMethod } from '../../src/pricing/cash-leg.ts';
import type { Carry, DatedDividend } from '../../src/pricing/leg-model.ts';
import { BOOK, dividendOffset, LEG } from '../../src/protocol/book-board.ts';

/** Of the leg at `base`. */
export function carryOf(record: Float64Array, base: number): Carry {
  const dividends: DatedDividend[] = [];
  for (let index = 0; index < at(record, BOOK.dividendCount); index += 1) {
    const place = dividendOffset(record, index);
    dividends.push({ exTs: at(record, place), amount: at(record, place + 1) });
  }
  return {
    exercise: at(record, BOOK.exercise) === 1 ? 'american' : 'european',
    rate: at(record, base + LEG.rate),
    dividendYield: at(record, BOOK.dividendYield),
    dividends,
    cashMethod: cashMethodOf(record),
  };
}

/** Whether it is that of the leg at `base`; of the same method it is taken to be. */
export function isCarryOf(carry: Carry, record: Float64Array, base: number): boolean {
  const { exercise, rate, dividendYield, dividends } = carry;
  const isSame =
    rate === at(record, base + LEG.rate) &&
    dividendYield === at(record, BOOK.dividendYield) &&
    (exercise === 'american') === (at(record, BOOK.exercise) === 1) &&
    dividends.length === at(record, BOOK.dividendCount);
  if (!isSame) return false;
  for (let index = 0; index < dividends.length; index += 1) {
    const place = dividendOffset(record, index);
    const { exTs, amount } = dividends[index] ?? NO_DIVIDEND;
    if (exTs !== at(record, place) || amount !== at(record, place + 1)) return false;
  }
  return true;
}

/** A journal from before methods were counted. */
export function isOldMethod(record: Float64Array): boolean {
  return !(at(record, BOOK.method) > 0);
}

function cashMethodOf(record: Float64Array): CashMethod {
  if (isOldMethod(record)) return 'plain';
  return at(record, BOOK.method) < FIRST_SPLIT_METHOD ? 'dense' : 'split';
}

/** The number of the method that began to split grids. */
const FIRST_SPLIT_METHOD = 3;

const NO_DIVIDEND: DatedDividend = { exTs: Number.NaN, amount: Number.NaN };

function at(record: Float64Array, index: number): number {
  return record[index] ?? Number.NaN;
}
