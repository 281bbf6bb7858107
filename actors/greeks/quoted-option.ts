/** An option with its line of the quote board: a leg of a book, or a strike of a smile. */

import type { OptionContract } from '../../src/domain/contract.ts';
import { expiryTime } from '../../src/pricing/time-to-expiry.ts';
import { LEG } from '../../src/protocol/book-board.ts';
import { QUOTE } from '../../src/protocol/quote-board.ts';
import type { BoardReader, BoardSet } from '../../src/runtime/board.ts';
import { LegVol } from './leg-vol.ts';

export interface Line {
  readonly conId: number;
  /** Null while no market-data line carries the contract. */
  readonly reader: BoardReader | null;
}

export interface QuotedOption extends Line {
  readonly vol: LegVol;
  readonly strike: number;
  /** As the record has them: 1 a call, −1 a put; `YYYYMMDD`. */
  readonly right: number;
  readonly expiry: number;
  readonly expiryTs: number;
  /** As the record has it: of one trading class and multiplier. */
  readonly series: number;
}

/** `line` is undefined where the board has no line of the contract. */
export function lineOf(quotes: BoardSet, conId: number, line: number | undefined): Line {
  return { conId, reader: line === undefined ? null : quotes.reader(line) };
}

/** An option nothing of whose quotes has been solved yet. */
export function quotedOption(
  quotes: BoardSet,
  { conId, strike, right, expiry }: OptionContract,
  line: number | undefined,
  series: number,
): QuotedOption {
  return {
    ...lineOf(quotes, conId, line),
    strike,
    right: right === 'C' ? 1 : -1,
    expiry: Number(expiry),
    expiryTs: expiryTime(expiry),
    series,
    vol: new LegVol(),
  };
}

/** The line's record, if it is there and (lines are reused) carries this contract. */
export function readLine({ conId, reader }: Line): Float64Array | null {
  if (reader === null) return null;
  reader.read();
  const { record, version } = reader;
  return version !== 0 && record[QUOTE.conId] === conId ? record : null;
}

/**
 * Brings terms and quote of `option` to the leg at `base` of a record; returns when the quote was
 * read (monotonic ms), NaN where there is none.
 */
export function writeOption(record: Float64Array, base: number, option: QuotedOption): number {
  record[base + LEG.conId] = option.conId;
  record[base + LEG.strike] = option.strike;
  record[base + LEG.right] = option.right;
  record[base + LEG.expiry] = option.expiry;
  record[base + LEG.series] = option.series;
  const quote = readLine(option);
  if (quote === null) return Number.NaN;
  record[base + LEG.bid] = at(quote, QUOTE.bid);
  record[base + LEG.ask] = at(quote, QUOTE.ask);
  record[base + LEG.last] = at(quote, QUOTE.last);
  record[base + LEG.close] = at(quote, QUOTE.close);
  record[base + LEG.quoteTs] = at(quote, QUOTE.ts);
  record[base + LEG.ibIv] = at(quote, QUOTE.ibIv);
  record[base + LEG.ibDelta] = at(quote, QUOTE.ibDelta);
  record[base + LEG.ibTs] = at(quote, QUOTE.ibTs);
  return at(quote, QUOTE.recvMono);
}

function at(record: Float64Array, index: number): number {
  return record[index] ?? Number.NaN;
}
