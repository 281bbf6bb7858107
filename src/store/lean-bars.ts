/**
 * Imports LEAN's daily bars: the closing quotes of options of a year in one zip, and the closing
 * trades of their stock. A stock has no daily quotes, so its close stands in the middle of a cent.
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
import { type ImportedDay, isWanted, type LeanImport } from './lean-options.ts';
import { createRegistry } from './lean-registry.ts';
import { emptyColumns, mergeColumns, NO_PRICE } from './quote-columns.ts';
import { unzip } from './zip.ts';

interface Row {
  readonly conId: number;
  readonly bid: number;
  readonly ask: number;
  readonly bidSize: number;
  readonly askSize: number;
  readonly last: number;
}

const BYTES_MAX = 1 << 28;
/** Before the close. */
const EARLIER_MS = 60_000;
/** Half a cent, in 1/10,000 USD. */
const HALF_SPREAD = 50;
const MINUTES = 390;

/** Imports and tells each day; throws faults that name the file. */
export function importDaily(options: LeanImport, onDay: (day: ImportedDay) => void): void {
  const { from, to, replace } = options;
  const symbol = options.symbol.toUpperCase();
  const registry = createRegistry(symbol);
  const byDay = new Map<string, Row[]>();
  const wanted = options.days === null ? null : new Set(options.days);
  const add = (day: string, row: Row): void => {
    if (tradingSession(day) === null || (wanted !== null && !wanted.has(day))) return;
    const rows = byDay.get(day);
    if (rows === undefined) byDay.set(day, [row]);
    else rows.push(row);
  };
  readOptions(options, (day, name, fields) => {
    const contract = parseContractName(name);
    if (contract === null || !isWanted(contract, options.contracts)) return;
    const [bid, bidSize] = side(fields, 4);
    const [ask, askSize] = side(fields, 9);
    add(day, { conId: registry.conIdOf(contract), bid, ask, bidSize, askSize, last: NO_PRICE });
  });
  const stock = registry.conIdOf(null);
  const quoted = new Set(byDay.keys());
  for (const [day, close, volume] of closesOf(from, symbol)) {
    if (!quoted.has(day)) continue;
    const size = Math.max(1, Math.round(volume / MINUTES));
    const sides = { bid: close - HALF_SPREAD, ask: close + HALF_SPREAD };
    add(day, { conId: stock, ...sides, bidSize: size, askSize: size, last: close });
  }
  const days = [...byDay.keys()].sort();
  if (days.length === 0) {
    throw new Fault('data_unreadable', `no daily quotes of options of ${symbol} in ${from}`, {
      remedy: 'Point --from at the folder that holds "option/usa/daily".',
    });
  }
  const dataset = createDataset(
    to,
    { resolution: 'daily', source: `lean ${symbol} daily` },
    { replace },
  );
  for (const [index, day] of days.entries()) {
    const rows = byDay.get(day) ?? [];
    dataset.writeDay(day, columnsOf(day, rows));
    const told = { done: index + 1, days: days.length };
    onDay({ day, contracts: rows.length - 1, rows: rows.length, ...told });
  }
  const close = readDailyClose(from, symbol, days[0] ?? '');
  dataset.finish(registry.instruments(close), readCorporateActions(from, symbol, days));
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

function closesOf(
  from: string,
  symbol: string,
): readonly (readonly [day: string, close: number, volume: number])[] {
  const path = join(from, 'equity/usa/daily', `${symbol.toLowerCase()}.zip`);
  const closes: [string, number, number][] = [];
  readRows(path, (day, _name, fields) => {
    const close = Number(fields[4]);
    if (close > 0) closes.push([day, close, Number(fields[5]) || 0]);
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
  for (const [index, row] of rows.entries()) {
    columns.ts[index] = ts;
    columns.conId[index] = row.conId;
    columns.bid[index] = row.bid;
    columns.ask[index] = row.ask;
    columns.bidSize[index] = row.bidSize;
    columns.askSize[index] = row.askSize;
    columns.last[index] = row.last;
  }
  return mergeColumns([columns]);
}
