/**
 * Reads LEAN's option universes: a file a day with one row for each listed contract, and in it the
 * day's prices, of trades or, where there were none, of the middle. A row has no sides, so whoever
 * imports it says how far apart they are assumed to be. What is no price of that day is left out: a
 * contract without trades keeps the prices of the day before, and a strike of before a split is
 * listed on.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastTradingDay, tradingSession } from '../domain/calendar.ts';
import type { Right } from '../domain/contract.ts';
import { Fault } from '../fault.ts';
import type { LeanContract } from './lean-format.ts';
import { NO_PRICE, ticksOf } from './quote-columns.ts';

/** How far the bid and the ask are apart where the data has one price alone. */
export interface AssumedSides {
  /** Of the price; the price stands in the middle. */
  readonly percent: number;
  /** USD. */
  readonly least: number;
}

export interface UniverseRow {
  readonly day: string;
  readonly contract: LeanContract;
  /** In units of the price tick; `NO_PRICE` where half of the distance is more than the price. */
  readonly bid: number;
  readonly ask: number;
  /** What was traded on the day; 1 where nothing was. */
  readonly size: number;
  /** The last trade; `NO_PRICE` on a day without. */
  readonly last: number;
}

export interface UniverseOptions {
  readonly from: string;
  readonly symbol: string;
  readonly sides: AssumedSides;
  /** Only days for which this holds are told. */
  readonly isWanted: (day: string) => boolean;
  /** First days of new shares, `YYYYMMDD`. */
  readonly splits: readonly string[];
  /** Of the stock, USD; undefined for a day that is not known. */
  readonly closeOf: (day: string) => number | undefined;
}

/** Files read before the first day that is wanted: by them a stale row is known. */
const LOOK_BACK = 10;
/** A cent, in units of the price tick. */
const CENT = 100;

/** The rows by day; throws a `Fault` that names file and line. */
export function readUniverses(options: UniverseOptions): readonly UniverseRow[] {
  const { from, symbol, isWanted } = options;
  const dir = join(from, 'option/usa/universes', symbol.toLowerCase());
  const all = existsSync(dir) ? readdirSync(dir) : [];
  const days = all
    .filter((name) => /^\d{8}\.csv$/.test(name))
    .map((name) => name.slice(0, 8))
    .filter((day) => tradingSession(day) !== null)
    .sort();
  const first = days.findIndex(isWanted);
  if (first < 0) return [];
  const freshness = new Freshness(options.splits);
  return days.slice(Math.max(0, first - LOOK_BACK)).flatMap((day) => {
    const rows = readDay(join(dir, `${day}.csv`)).filter((row) => freshness.isNew(day, row));
    return isWanted(day) ? rows.flatMap((row) => sidesOf(day, row, options)) : [];
  });
}

interface PricedRow {
  readonly contract: LeanContract;
  /** Its four prices as they are written. */
  readonly prices: string;
  /** USD. */
  readonly close: number;
  readonly volume: number;
}

function readDay(path: string): readonly PricedRow[] {
  const lines = readFileSync(path, 'latin1').split('\n');
  return lines.flatMap((line, index) => {
    const fields = line.trim().split(',');
    // The header, the end of the file, and the row of the stock, which names no expiry.
    if (line.startsWith('#') || (fields[0] ?? '') === '') return [];
    const [datedExpiry = '', strike = '', right, open, high, low, close, volume] = fields;
    const row = { strike: Number(strike), close: Number(close), volume: Number(volume) };
    const isNumber = row.strike > 0 && row.close >= 0 && row.volume >= 0;
    if (!/^\d{8}$/.test(datedExpiry) || !isRight(right) || !isNumber) {
      throw new Fault('data_unreadable', `${path}, line ${index + 1}: no row of a universe`, {
        remedy: 'Fetch the file again: expiry, strike, right, four prices and the volume.',
      });
    }
    const terms = { right, strike: row.strike, datedExpiry, expiry: lastTradingDay(datedExpiry) };
    return [{ ...row, contract: terms, prices: [open, high, low, close].join() }];
  });
}

function isRight(text: string | undefined): text is Right {
  return text === 'C' || text === 'P';
}

/** Tells a price of the day from one that is only repeated. */
class Freshness {
  readonly #splits: readonly string[];
  /** By contract, as last written. */
  readonly #seen = new Map<string, { readonly day: string; readonly prices: string }>();

  constructor(splits: readonly string[]) {
    this.#splits = splits;
  }

  isNew(day: string, { contract, prices, close, volume }: PricedRow): boolean {
    if (!(close > 0)) return false;
    const key = `${contract.datedExpiry} ${contract.strike} ${contract.right}`;
    const before = this.#seen.get(key);
    this.#seen.set(key, { day, prices });
    if (volume > 0 || before === undefined) return true;
    // Its strike is one of before the split, and nobody trades that any more.
    const isOld = this.#splits.some((date) => before.day < date && date <= day);
    // It stays old on the days that follow.
    if (isOld) this.#seen.set(key, before);
    return !isOld && before.prices !== prices;
  }
}

function sidesOf(
  day: string,
  { contract, close, volume }: PricedRow,
  { sides, closeOf }: UniverseOptions,
): readonly UniverseRow[] {
  const half = Math.max(sides.least, (close * sides.percent) / 100) / 2;
  // Outward to whole cents, the unit that options are quoted in.
  const ask = Math.ceil(ticksOf(close + half) / CENT) * CENT;
  const bid = Math.floor(ticksOf(close - half) / CENT) * CENT;
  const spot = closeOf(day) ?? Number.NaN;
  const { strike, right } = contract;
  const intrinsic = right === 'C' ? spot - strike : strike - spot;
  // Its last trade was hours ago, or the stock moved: nobody sold it so cheap at the close.
  if (!(ask >= ticksOf(intrinsic))) return [];
  const last = volume > 0 ? ticksOf(close) : NO_PRICE;
  const size = Math.max(1, Math.round(volume));
  return [{ day, contract, bid: bid > 0 ? bid : NO_PRICE, ask, size, last }];
}
