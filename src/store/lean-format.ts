/**
 * LEAN's quote files as they lie in a data folder: how they are named, and what a row means. Pure:
 * bytes in, columns out. Rows are bars `time, bid open high low close, bid size, ask open high low
 * close, ask size`; `time` is the START of the bar in milliseconds since midnight on New York's
 * clock, prices are 1/10,000 USD, a side without a quote is empty, a bar without change is missing.
 */

import { epochOfTime, lastTradingDay, tradingSession } from '../domain/calendar.ts';
import type { Right } from '../domain/contract.ts';
import type { BarResolution } from './dataset-manifest.ts';
import { NO_PRICE } from './quote-columns.ts';

export interface LeanContract {
  readonly right: Right;
  /** USD. */
  readonly strike: number;
  /** As the file dates it: until January 2015 the Saturday after the last trading day. */
  readonly datedExpiry: string;
  /** The last trading day. */
  readonly expiry: string;
}

/** The closing quote of each bar, prices in 1/10,000 USD. */
export interface LeanBars {
  /** The END of the bar, epoch ms, ascending. */
  readonly ts: Float64Array<ArrayBuffer>;
  readonly bid: Int32Array<ArrayBuffer>;
  readonly ask: Int32Array<ArrayBuffer>;
  readonly bidSize: Int32Array<ArrayBuffer>;
  readonly askSize: Int32Array<ArrayBuffer>;
}

export interface BarOptions {
  /** `YYYYMMDD`. */
  readonly day: string;
  readonly resolution: BarResolution;
  /** `regular`: only bars that end within the session, its opening instant included. */
  readonly hours: 'regular' | 'all';
}

/** A row that is not what the format says; `line` counts from 1. */
export class LeanSyntaxError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.line = line;
  }
}

const BAR_MS: Readonly<Record<BarResolution, number>> = { second: 1000, minute: 60_000 };

const FIELDS = 11;
const DAY_MS = 86_400_000;
const INT32_MAX = 0x7f_ff_ff_ff;
const COMMA = 44;
const RETURN = 13;
const NEWLINE = 10;
const ZERO = 48;
const NINE = 57;
const NO_VALUE = -1;

/** The zip that holds a day's quotes, relative to the data folder. */
export function leanQuotePath(
  kind: 'equity' | 'option',
  resolution: BarResolution,
  symbol: string,
  day: string,
): string {
  const style = kind === 'option' ? '_american' : '';
  return `${kind}/usa/${resolution}/${symbol.toLowerCase()}/${day}_quote${style}.zip`;
}

/** The contract that a file in an option zip is about; null for another kind of file. */
export function parseContractName(name: string): LeanContract | null {
  const match = /(?:^|_)quote_(?:american|european)_(call|put)_(\d+)_(\d{8})\.csv$/.exec(name);
  if (match === null) return null;
  const [, right, strike = '', datedExpiry = ''] = match;
  return {
    right: right === 'call' ? 'C' : 'P',
    strike: Number(strike) / 10_000,
    datedExpiry,
    expiry: lastTradingDay(datedExpiry),
  };
}

/** Reads the rows of one CSV. Throws `LeanSyntaxError`. */
export function parseQuoteBars(bytes: Uint8Array, options: BarOptions): LeanBars {
  const { day, resolution, hours } = options;
  const rowsMax = countLines(bytes);
  const bars = {
    ts: new Float64Array(rowsMax),
    bid: new Int32Array(rowsMax),
    ask: new Int32Array(rowsMax),
    bidSize: new Int32Array(rowsMax),
    askSize: new Int32Array(rowsMax),
  };
  const session = tradingSession(day);
  const from = hours === 'all' ? Number.NEGATIVE_INFINITY : (session?.open ?? Infinity);
  const until = hours === 'all' ? Number.POSITIVE_INFINITY : (session?.close ?? -Infinity);
  const barMs = BAR_MS[resolution];
  const midnight = epochOfTime(day, 0);
  const clockChanges = epochOfTime(day, DAY_MS) - midnight !== DAY_MS;
  const scanner = new Scanner(bytes);
  let rows = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (let fields = scanner.next(); fields !== null; fields = scanner.next()) {
    const start = fields[0] ?? NO_VALUE;
    if (start < 0 || start >= DAY_MS) throw new LeanSyntaxError(scanner.line, 'no time of day');
    const ts = (clockChanges ? epochOfTime(day, start) : midnight + start) + barMs;
    if (ts <= last) throw new LeanSyntaxError(scanner.line, 'it goes back in time');
    last = ts;
    if (ts < from || ts > until) continue;
    bars.ts[rows] = ts;
    fillSide(bars.bid, bars.bidSize, rows, fields[4], fields[5]);
    fillSide(bars.ask, bars.askSize, rows, fields[9], fields[10]);
    rows += 1;
  }
  return {
    ts: bars.ts.slice(0, rows),
    bid: bars.bid.slice(0, rows),
    ask: bars.ask.slice(0, rows),
    bidSize: bars.bidSize.slice(0, rows),
    askSize: bars.askSize.slice(0, rows),
  };
}

/** A price of zero is no quote either: nobody can trade at it. */
function fillSide(
  prices: Int32Array,
  sizes: Int32Array,
  row: number,
  price = NO_VALUE,
  size = NO_VALUE,
): void {
  const quoted = price > 0;
  prices[row] = quoted ? price : NO_PRICE;
  sizes[row] = quoted ? Math.max(size, 0) : 0;
}

function countLines(bytes: Uint8Array): number {
  let lines = 1;
  for (const byte of bytes) if (byte === NEWLINE) lines += 1;
  return lines;
}

/** Whole numbers between commas, read from the bytes without making text of them. */
class Scanner {
  line = 0;
  readonly #bytes: Uint8Array;
  readonly #fields = new Float64Array(FIELDS);
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The next row's numbers (`NO_VALUE` where empty), always the same array; null at the end. */
  next(): Float64Array | null {
    const { length } = this.#bytes;
    while (this.#at < length && this.#isBreak()) this.#at += 1;
    if (this.#at >= length) return null;
    this.line += 1;
    let field = 0;
    for (; field < FIELDS; field += 1) {
      this.#fields[field] = this.#number();
      if (this.#at >= length || this.#bytes[this.#at] !== COMMA) break;
      this.#at += 1;
    }
    const whole = field === FIELDS - 1 && (this.#at >= length || this.#isBreak());
    if (!whole) throw new LeanSyntaxError(this.line, `not ${FIELDS} whole numbers`);
    return this.#fields;
  }

  #isBreak(): boolean {
    const byte = this.#bytes[this.#at];
    return byte === NEWLINE || byte === RETURN;
  }

  #number(): number {
    let value = NO_VALUE;
    for (; this.#at < this.#bytes.length; this.#at += 1) {
      const byte = this.#bytes[this.#at] ?? 0;
      if (byte < ZERO || byte > NINE) break;
      value = (value === NO_VALUE ? 0 : value * 10) + (byte - ZERO);
      if (value > INT32_MAX) throw new LeanSyntaxError(this.line, 'a number is too large');
    }
    return value;
  }
}
