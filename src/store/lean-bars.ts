/**
 * Imports LEAN's daily bars: the closing quotes of options of a year in one zip, and the closing
 * trades of their stock. A stock has no daily quotes, so its close stands in the middle of a cent.
 * Where it is asked for, days without quotes of options have the prices of LEAN's universes.
 * Rows are dated a minute before the close: at the close itself nothing can be traded any more.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tradingSession } from '../domain/calendar.ts';
import { Fault } from '../fault.ts';
import { createDataset } from './dataset.ts';
import { readCorporateActions } from './lean-actions.ts';
import { readDailyClose } from './lean-daily.ts';
import { parseContractName } from './lean-format.ts';
import { type ImportedDay, isDayWanted, isWanted, type LeanImport } from './lean-options.ts';
import { createRegistry, type Registry } from './lean-registry.ts';
import { type AssumedSides, readUniverses } from './lean-universe.ts';
import { emptyColumns, mergeColumns, NO_PRICE, type QuoteRow, setRow } from './quote-columns.ts';
import { unzip } from './zip.ts';

type Row = Omit<QuoteRow, 'ts'>;

const BYTES_MAX = 1 << 28;
/** Before the close. */
const EARLIER_MS = 60_000;
/** Half a cent, in 1/10,000 USD. */
const HALF_SPREAD = 50;
const MINUTES = 390;
const TICKS_PER_USD = 10_000;

/** Imports and tells each day; throws faults that name the file. */
export function importDaily(options: LeanImport, onDay: (day: ImportedDay) => void): void {
  const { from, to, replace, universeSides: sides } = options;
  const symbol = options.symbol.toUpperCase();
  const registry = createRegistry(symbol);
  const closes = closesOf(from, symbol);
  const byDay = readQuotes(options, registry);
  const assumed =
    sides === undefined ? 0 : addUniverses(byDay, options, { sides, registry, closes });
  addStock(byDay, registry.conIdOf(null), closes);
  const days = [...byDay.keys()].sort();
  if (days.length === 0) {
    const on = options.days === null && options.range === undefined ? '' : ' on the days asked for';
    throw new Fault('data_unreadable', `no daily quotes of options of ${symbol}${on} in ${from}`, {
      remedy: 'They are in "option/usa/daily" of the folder, by the year: name one that has them.',
    });
  }
  const source = `lean ${symbol} daily${assumedText(assumed, sides)}`;
  const dataset = createDataset(to, { resolution: 'daily', source }, { replace });
  for (const [index, day] of days.entries()) {
    const rows = byDay.get(day) ?? [];
    dataset.writeDay(day, columnsOf(day, rows));
    const told = { done: index + 1, days: days.length };
    onDay({ day, contracts: rows.length - 1, rows: rows.length, ...told });
  }
  const close = readDailyClose(from, symbol, days[0] ?? '');
  dataset.finish(registry.instruments(close), readCorporateActions(from, symbol, days));
}

type RowsByDay = Map<string, Row[]>;
type Closes = ReadonlyMap<string, { readonly close: number; readonly volume: number }>;

function isAskedFor(options: LeanImport, day: string): boolean {
  return isDayWanted(options, day) && tradingSession(day) !== null;
}

function addRow(byDay: RowsByDay, day: string, row: Row): void {
  const rows = byDay.get(day);
  if (rows === undefined) byDay.set(day, [row]);
  else rows.push(row);
}

function readQuotes(options: LeanImport, registry: Registry): RowsByDay {
  const byDay: RowsByDay = new Map();
  readOptions(options, (day, name, fields) => {
    const contract = parseContractName(name);
    if (contract === null || !isWanted(contract, options.contracts)) return;
    if (!isAskedFor(options, day)) return;
    const [bid, bidSize] = side(fields, 4);
    const [ask, askSize] = side(fields, 9);
    const conId = registry.conIdOf(contract);
    addRow(byDay, day, { conId, bid, ask, bidSize, askSize, last: NO_PRICE });
  });
  return byDay;
}

interface Assumption {
  readonly sides: AssumedSides;
  readonly registry: Registry;
  readonly closes: Closes;
}

/** The days that have them and no quotes; how many. */
function addUniverses(
  byDay: RowsByDay,
  options: LeanImport,
  { sides, registry, closes }: Assumption,
): number {
  const { from, symbol } = options;
  const quoted = new Set(byDay.keys());
  const known = [...closes.keys()].sort();
  const rows = readUniverses({
    ...{ from, symbol, sides },
    isWanted: (day) => isAskedFor(options, day) && !quoted.has(day) && closes.has(day),
    splits: readCorporateActions(from, symbol, known).splits.map(({ date }) => date),
    closeOf: (day) => (closes.get(day)?.close ?? Number.NaN) / TICKS_PER_USD,
  });
  for (const { day, contract, bid, ask, size, last } of rows) {
    if (!isWanted(contract, options.contracts)) continue;
    const sizes = { bidSize: bid === NO_PRICE ? 0 : size, askSize: size };
    addRow(byDay, day, { conId: registry.conIdOf(contract), bid, ask, ...sizes, last });
  }
  return byDay.size - quoted.size;
}

function assumedText(days: number, sides: AssumedSides | undefined): string {
  if (days === 0 || sides === undefined) return '';
  const { percent, least } = sides;
  const apart = `${percent} % apart, at least ${least} USD`;
  return `; ${days} days of universes, their sides assumed ${apart}`;
}

function addStock(byDay: RowsByDay, conId: number, closes: Closes): void {
  for (const [day, { close, volume }] of closes) {
    if (!byDay.has(day)) continue;
    const size = Math.max(1, Math.round(volume / MINUTES));
    const sides = { bid: close - HALF_SPREAD, ask: close + HALF_SPREAD };
    addRow(byDay, day, { conId, ...sides, bidSize: size, askSize: size, last: close });
  }
}

type TakeRow = (day: string, name: string, fields: readonly string[]) => void;

/** Every row of every year's zip. */
function readOptions({ from, symbol, days }: LeanImport, take: TakeRow): void {
  const name = symbol.toLowerCase();
  const years = days === null ? null : new Set(days.map((day) => day.slice(0, 4)));
  for (let year = 2000; year < 2100; year += 1) {
    if (years !== null && !years.has(String(year))) continue;
    const path = join(from, 'option/usa/daily', `${name}_${year}_quote_american.zip`);
    if (existsSync(path)) readRows(path, take);
  }
}

/** In units of the price tick. */
function closesOf(from: string, symbol: string): Closes {
  const path = join(from, 'equity/usa/daily', `${symbol.toLowerCase()}.zip`);
  const closes = new Map<string, { close: number; volume: number }>();
  readRows(path, (day, _name, fields) => {
    const close = Number(fields[4]);
    if (close > 0) closes.set(day, { close, volume: Number(fields[5]) || 0 });
  });
  return closes;
}

function readRows(path: string, take: TakeRow): void {
  try {
    for (const { name, content } of unzip(readFileSync(path), BYTES_MAX)) {
      for (const line of Buffer.from(content).toString('latin1').split('\n')) {
        const fields = line.trim().split(',');
        const day = (fields[0] ?? '').slice(0, 8);
        if (/^\d{8}$/.test(day)) take(day, name, fields);
      }
    }
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('data_unreadable', `cannot read ${path}: ${why}`, { cause });
  }
}

/** Price and size of a side; a side without a quote is empty. */
function side(fields: readonly string[], at: number): readonly [price: number, size: number] {
  const price = Number(fields[at] || 0);
  return price > 0 ? [price, Math.max(0, Number(fields[at + 1] || 0))] : [NO_PRICE, 0];
}

function columnsOf(day: string, rows: readonly Row[]) {
  const columns = emptyColumns(rows.length);
  const ts = (tradingSession(day)?.close ?? 0) - EARLIER_MS;
  for (const [index, row] of rows.entries()) setRow(columns, index, { ...row, ts });
  return mergeColumns([columns]);
}
