/**
 * Imports quotes from one CSV file into a data set. Its columns may have any names: a mapping says
 * which is what. The file is read as a stream and must be in the order of time, so that one day is
 * in memory at once.
 */

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { epochOfTime, isTradingDay, newYorkDate, tradingSession } from '../domain/calendar.ts';
import { FIRST_YEAR } from '../domain/holidays.ts';
import { Fault } from '../fault.ts';
import { createDataset } from './dataset.ts';
import type { BarResolution } from './dataset-manifest.ts';
import type { ImportedDay } from './lean-options.ts';
import { createRegistry } from './lean-registry.ts';
import {
  emptyColumns,
  mergeColumns,
  NO_PRICE,
  PRICE_TICK,
  type QuoteRow,
  setRow,
} from './quote-columns.ts';

/** What a column may be. `right`, `strike`, `expiry` are empty for the underlying. */
export const CSV_FIELDS = [
  'time',
  'expiry',
  'strike',
  'right',
  'bid',
  'ask',
  'bid_size',
  'ask_size',
  'last',
] as const;
export type CsvField = (typeof CSV_FIELDS)[number];

export interface CsvImport {
  readonly file: string;
  readonly to: string;
  readonly symbol: string;
  /** By field the column's name; a field that is not named has the column of its own name. */
  readonly columns: Readonly<Partial<Record<CsvField, string>>>;
  readonly resolution: BarResolution;
  readonly hours: 'regular' | 'all';
  readonly replace: boolean;
}

/** Rows of one day: a chain of 500 options by the second is twelve million. */
const ROWS_MAX = 15_000_000;
/** Where the calendar of the exchange begins, and where nothing can be history. */
const TIME_MIN = Date.UTC(FIRST_YEAR, 0, 2);
const TIME_MAX = Date.UTC(2100, 0, 1);
const REQUIRED: readonly CsvField[] = ['time', 'bid', 'ask'];

/** Imports and tells each day. Rejects with a fault that names file and line. */
export async function importCsv(
  options: CsvImport,
  onDay: (day: ImportedDay) => void,
): Promise<void> {
  const { file, to, symbol, resolution, replace, hours } = options;
  const registry = createRegistry(symbol.toUpperCase());
  const source = `csv ${symbol.toUpperCase()} ${hours} hours`;
  let dataset: ReturnType<typeof createDataset> | null = null;
  let day = '';
  let rows: QuoteRow[] = [];
  let done = 0;
  const flush = (): void => {
    if (rows.length === 0) return;
    dataset ??= createDataset(to, { resolution, source }, { replace });
    dataset.writeDay(day, columnsOf(rows));
    done += 1;
    const contracts = new Set(rows.map(({ conId }) => conId)).size - 1;
    onDay({ day, contracts, rows: rows.length, done, days: done });
    rows = [];
  };
  for await (const { line, cell } of readCells(options)) {
    const row = rowOf(cell, registry, (why) => bad(file, line, why));
    const date = newYorkDate(row.ts);
    if (!isTradingDay(date) || (hours === 'regular' && !isRegular(row.ts, date))) continue;
    if (date < day || (date === day && row.ts < (rows.at(-1)?.ts ?? row.ts))) {
      throw bad(file, line, 'it goes back in time');
    }
    if (date !== day) flush();
    day = date;
    if (rows.length >= ROWS_MAX) throw bad(file, line, `more than ${ROWS_MAX} quotes in a day`);
    rows.push(row);
  }
  flush();
  const made = dataset as ReturnType<typeof createDataset> | null;
  if (made === null) throw bad(file, 1, 'no row is of a trading session');
  made.finish(registry.instruments(Number.NaN));
}

type Cell = (field: CsvField) => string;

async function* readCells(
  options: CsvImport,
): AsyncGenerator<{ readonly line: number; readonly cell: Cell }> {
  const { file, columns } = options;
  const input = createReadStream(file);
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  let places: ReadonlyMap<CsvField, number> | null = null;
  let line = 0;
  try {
    for await (const text of lines) {
      line += 1;
      if (text.trim() === '') continue;
      const cells = text.split(',').map((cell) => cell.trim());
      if (places === null) {
        places = placesOf(cells, columns, file);
        continue;
      }
      const known = places;
      yield { line, cell: (field) => cells[known.get(field) ?? -1] ?? '' };
    }
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Fault('data_unreadable', `cannot read ${file}: ${why}`, { cause });
  } finally {
    lines.close();
    input.destroy();
  }
}

function placesOf(
  header: readonly string[],
  columns: CsvImport['columns'],
  file: string,
): ReadonlyMap<CsvField, number> {
  const places = new Map<CsvField, number>();
  for (const field of CSV_FIELDS) {
    const name = columns[field] ?? field;
    const place = header.indexOf(name);
    if (place >= 0) places.set(field, place);
    else if (columns[field] !== undefined || REQUIRED.includes(field)) {
      throw new Fault('data_unreadable', `${file} has no column "${name}" for ${field}`, {
        remedy: `It has ${header.join(', ')}. Name them with --columns time=…,bid=…,ask=….`,
      });
    }
  }
  return places;
}

function rowOf(
  cell: Cell,
  registry: ReturnType<typeof createRegistry>,
  fail: (why: string) => Fault,
): QuoteRow {
  const ts = timeOf(cell('time'));
  if (!(ts >= TIME_MIN && ts < TIME_MAX)) throw fail(`no time: "${cell('time')}"`);
  const [strike, right] = [cell('strike'), cell('right').toUpperCase().charAt(0)];
  const expiry = cell('expiry').replaceAll('-', '');
  if (right !== '' && right !== 'C' && right !== 'P') throw fail(`no right: "${right}"`);
  const isOption = right !== '';
  if (isOption && !(Number(strike) > 0 && /^\d{8}$/.test(expiry))) {
    throw fail('an option needs strike and expiry (YYYYMMDD)');
  }
  const terms = { strike: Number(strike), expiry, datedExpiry: expiry };
  const contract = isOption ? { ...terms, right: right as 'C' | 'P' } : null;
  const price = (field: CsvField): number => {
    const text = cell(field);
    const value = text === '' ? 0 : Number(text);
    if (Number.isNaN(value)) throw fail(`no number: "${text}"`);
    return value > 0 ? Math.round(value / PRICE_TICK) : NO_PRICE;
  };
  const [bid, ask] = [price('bid'), price('ask')];
  const size = (field: CsvField, of: number): number =>
    of === NO_PRICE ? 0 : Math.max(0, Math.round(Number(cell(field) || 1)));
  return {
    ...{ ts, conId: registry.conIdOf(contract), bid, ask, last: price('last') },
    bidSize: size('bid_size', bid),
    askSize: size('ask_size', ask),
  };
}

/**
 * Epoch seconds or milliseconds, ISO 8601 with a zone, or `YYYY-MM-DD HH:MM[:SS[.mmm]]` of New
 * York's clock; NaN for anything else.
 */
function timeOf(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) < 1e11 ? Number(text) * 1000 : Number(text);
  if (/[Zz]$|[+-]\d\d:?\d\d$/.test(text)) return Date.parse(text);
  const match = /^(\d{4})-?(\d\d)-?(\d\d)[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?$/.exec(text);
  if (match === null) return Number.NaN;
  const [, year, month, date, hour, minute, second = '0', fraction = '0'] = match;
  const ms = Number(fraction.padEnd(3, '0'));
  const civil = new Date(Date.UTC(Number(year), Number(month) - 1, Number(date)));
  if (civil.getUTCMonth() !== Number(month) - 1 || civil.getUTCDate() !== Number(date)) {
    return Number.NaN;
  }
  const time = ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000 + ms;
  return epochOfTime(`${year}${month}${date}`, time);
}

function isRegular(ts: number, day: string): boolean {
  const session = tradingSession(day);
  return session !== null && ts >= session.open && ts <= session.close;
}

function columnsOf(rows: readonly QuoteRow[]) {
  const columns = emptyColumns(rows.length);
  for (const [index, row] of rows.entries()) setRow(columns, index, row);
  return mergeColumns([columns]);
}

function bad(file: string, line: number, why: string): Fault {
  return new Fault('data_unreadable', `${file}, line ${line}: ${why}`);
}
