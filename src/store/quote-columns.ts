/**
 * Quotes of many instruments as columns: what a data set's file holds and what its readers and
 * writers pass around. Prices are whole numbers of the price tick, so that they are exact, small
 * and quick to read.
 */

import assert from 'node:assert/strict';

/** USD; US options and stocks are quoted in no finer unit. */
export const PRICE_TICK = 0.0001;
const TICKS_PER_USD = 10_000;
/** The columns are of 32 bits with a sign: 214,748 USD. */
const TICKS_MAX = 2 ** 31 - 1;

/** A price that is not there. */
export const NO_PRICE = -1;

/** One row for each bar of each instrument, all of one length. */
export interface QuoteColumns {
  /** The END of the bar, epoch ms. */
  readonly ts: Float64Array<ArrayBuffer>;
  readonly conId: Int32Array<ArrayBuffer>;
  /** In units of `PRICE_TICK`; `NO_PRICE` for a side without a quote. */
  readonly bid: Int32Array<ArrayBuffer>;
  readonly ask: Int32Array<ArrayBuffer>;
  /** Shares or contracts; 0 for a side without a quote. */
  readonly bidSize: Int32Array<ArrayBuffer>;
  readonly askSize: Int32Array<ArrayBuffer>;
  /** The last trade, in units of `PRICE_TICK`; `NO_PRICE` where the data has none. */
  readonly last: Int32Array<ArrayBuffer>;
}

export const QUOTE_COLUMNS = [
  'ts',
  'conId',
  'bid',
  'ask',
  'bidSize',
  'askSize',
  'last',
] as const satisfies readonly (keyof QuoteColumns)[];

/** Columns of `rows` rows without content. */
export function emptyColumns(rows: number): QuoteColumns {
  return {
    ts: new Float64Array(rows),
    conId: new Int32Array(rows),
    bid: new Int32Array(rows).fill(NO_PRICE),
    ask: new Int32Array(rows).fill(NO_PRICE),
    bidSize: new Int32Array(rows),
    askSize: new Int32Array(rows),
    last: new Int32Array(rows).fill(NO_PRICE),
  };
}

/** One row of the columns. */
export type QuoteRow = { readonly [Name in keyof QuoteColumns]: number };

/** Puts a row into its place; columns of a length that has it. */
export function setRow(columns: QuoteColumns, index: number, row: QuoteRow): void {
  for (const name of QUOTE_COLUMNS) columns[name][index] = row[name];
}

/** A copy of the first rows. */
export function takeRows(columns: QuoteColumns, rows: number): QuoteColumns {
  const taken = emptyColumns(rows);
  for (const name of QUOTE_COLUMNS) taken[name].set(columns[name].subarray(0, rows));
  return taken;
}

/** In units of the tick; `NO_PRICE` where there is none, or one that the format has no room for. */
export function ticksOf(price: number): number {
  if (!(price > 0)) return NO_PRICE;
  const ticks = Math.round(price * TICKS_PER_USD);
  return ticks > 0 && ticks <= TICKS_MAX ? ticks : NO_PRICE;
}

/** Shares or contracts, as many as the format has room for. */
export function sizeOf(size: number): number {
  return size > 0 ? Math.min(Math.round(size), TICKS_MAX) : 0;
}

/** USD, or NaN where there is no price. */
export function priceOf(ticks: number): number {
  return ticks === NO_PRICE ? Number.NaN : ticks / TICKS_PER_USD;
}

/** The rows of all parts in the order of time, then of contract id. */
export function mergeColumns(parts: readonly QuoteColumns[]): QuoteColumns {
  const rows = parts.reduce((sum, part) => sum + part.ts.length, 0);
  const joined = emptyColumns(rows);
  let offset = 0;
  for (const part of parts) {
    for (const name of QUOTE_COLUMNS) {
      assert(part[name].length === part.ts.length, 'columns are of one length');
      joined[name].set(part[name], offset);
    }
    offset += part.ts.length;
  }
  const { ts, conId } = joined;
  const order = new Uint32Array(rows);
  for (let row = 0; row < rows; row += 1) order[row] = row;
  const at = (column: Float64Array | Int32Array, row: number): number => column[row] ?? 0;
  order.sort((a, b) => at(ts, a) - at(ts, b) || at(conId, a) - at(conId, b));

  const sorted = emptyColumns(rows);
  for (const name of QUOTE_COLUMNS) {
    const from = joined[name];
    const to = sorted[name];
    for (let row = 0; row < rows; row += 1) to[row] = at(from, order[row] ?? 0);
  }
  return sorted;
}
