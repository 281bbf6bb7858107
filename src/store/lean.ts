/**
 * Imports quotes from a data folder in LEAN's layout (`equity/usa/minute/spy/20230803_quote.zip`,
 * `option/usa/minute/spy/20230803_quote_american.zip`) into a data set. Files are unpacked and
 * parsed in a pool of threads, a bounded number at a time, and written in the order of the days.
 */

import { existsSync, readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { isTradingDay } from '../domain/calendar.ts';
import { Fault } from '../fault.ts';
import { moduleUrl } from '../package.ts';
import type { Clock } from '../runtime/clock.ts';
import { createPool } from '../runtime/pool.ts';
import { createDataset } from './dataset.ts';
import type { BarResolution } from './dataset-manifest.ts';
import { readCorporateActions } from './lean-actions.ts';
import { importDaily } from './lean-bars.ts';
import { readDailyClose } from './lean-daily.ts';
import { leanQuotePath } from './lean-format.ts';
import { type ImportedDay, isDayWanted, isWanted, type LeanImport } from './lean-options.ts';
import { createRegistry, type Registry } from './lean-registry.ts';
import { type LeanSeries, type LeanTask, readLeanFile } from './lean-worker.ts';
import { mergeColumns, NO_PRICE, type QuoteColumns } from './quote-columns.ts';

interface BarImport extends LeanImport {
  readonly resolution: BarResolution;
}

/** Of zips: 4 MB take about as long as a pool takes to start. */
const BYTES_IN_THIS_THREAD = 4_000_000;
/** For one zip: the largest there are, a chain by the second, take some ten seconds. */
const READ_MS = 120_000;

/** Imports and tells each day as it is written. Throws faults that name the file. */
export async function importLean(
  options: LeanImport,
  onDay: (day: ImportedDay) => void,
): Promise<void> {
  if (options.resolution === 'daily') return importDaily(options, onDay);
  return importBars({ ...options, resolution: options.resolution }, onDay);
}

async function importBars(options: BarImport, onDay: (day: ImportedDay) => void): Promise<void> {
  const { from, to, resolution, replace } = options;
  const symbol = options.symbol.toUpperCase();
  const found = options.days ?? findDays(from, resolution, symbol);
  const days = found.filter((day) => isDayWanted(options, day));
  if (days.length === 0) {
    throw new Fault('data_unreadable', `${from} has none of the days asked for of ${symbol}`, {
      remedy: `It has ${found[0] ?? 'none'} to ${found.at(-1) ?? 'none'}.`,
    });
  }
  for (const day of days) checkDay(day);
  const source = `lean ${symbol} ${resolution} ${options.hours} hours`;
  const registry = createRegistry(symbol);
  const reader = openReader(options.threads ?? threadsFor(options, days), options.mono);
  try {
    // Read the first day before the target is touched: most mistakes show there.
    const reading = readDays(reader, options, days);
    const first = await reading.next();
    const dataset = createDataset(to, { resolution, source }, { replace });
    let done = 0;
    for (let result = first; result.done !== true; result = await reading.next()) {
      const { day, series } = result.value;
      const columns = mergeColumns(series.map((one) => columnsOf(one, registry)));
      dataset.writeDay(day, columns);
      done += 1;
      const contracts = series.length - 1;
      onDay({ day, contracts, rows: columns.ts.length, done, days: days.length });
    }
    const [firstDay] = days;
    const close = firstDay === undefined ? Number.NaN : readDailyClose(from, symbol, firstDay);
    dataset.finish(registry.instruments(close), readCorporateActions(from, symbol, days));
  } finally {
    await reader.close();
  }
}

interface DayOfSeries {
  readonly day: string;
  readonly series: readonly LeanSeries[];
}

/** The days in order; while one is written, the files of the next are being read. */
async function* readDays(
  reader: Reader,
  options: BarImport,
  days: readonly string[],
): AsyncGenerator<DayOfSeries, undefined> {
  const begun: Promise<DayOfSeries>[] = [];
  let next = 0;
  while (next < days.length || begun.length > 0) {
    while (next < days.length && begun.length < reader.daysMax) {
      const reading = readDay(reader, options, days[next] ?? '');
      // If an earlier day fails this one is never awaited; its failure is of no interest then.
      reading.catch(() => undefined);
      begun.push(reading);
      next += 1;
    }
    const day = begun.shift();
    if (day !== undefined) yield await day;
  }
  return undefined;
}

async function readDay(reader: Reader, options: BarImport, day: string): Promise<DayOfSeries> {
  const { from, symbol, resolution, hours } = options;
  const pathOf = (kind: LeanTask['kind']): string =>
    join(from, leanQuotePath(kind, resolution, symbol, day));
  const read = (kind: LeanTask['kind']): Promise<readonly LeanSeries[]> =>
    reader.read({ path: pathOf(kind), kind, day, resolution, hours });
  const [equity, chain] = await Promise.all([
    read('equity'),
    existsSync(pathOf('option')) ? read('option') : [],
  ]);
  const wanted = chain.filter(({ contract, bars }) => {
    return contract !== null && bars.ts.length > 0 && isWanted(contract, options.contracts);
  });
  if (options.contracts.length > 0 && wanted.length === 0) {
    throw new Fault('data_unreadable', `${pathOf('option')} has none of the contracts asked for`, {
      remedy: 'Leave out --contracts to import every contract the day has.',
    });
  }
  return { day, series: [...equity, ...wanted] };
}

/** Days with option quotes; where there are none at all, days with quotes of the underlying. */
function findDays(from: string, resolution: BarResolution, symbol: string): readonly string[] {
  for (const kind of ['option', 'equity'] as const) {
    const pattern = leanQuotePath(kind, resolution, symbol, '');
    const folder = join(from, pattern, '..');
    const suffix = basename(pattern);
    const names = existsSync(folder) ? readdirSync(folder) : [];
    const days = names
      .filter((name) => name.endsWith(suffix) && /^\d{8}_/.test(name))
      .map((name) => name.slice(0, 8));
    if (days.length > 0) return days.sort();
  }
  const looked = join(from, leanQuotePath('equity', resolution, symbol, 'YYYYMMDD'));
  throw new Fault('data_unreadable', `no ${resolution} quotes of ${symbol}: no file ${looked}`, {
    remedy: 'Point --from at the folder that holds "equity" and "option".',
  });
}

function checkDay(day: string): void {
  let trading: boolean;
  try {
    trading = isTradingDay(day);
  } catch (cause) {
    throw new Fault('invalid', `${day} is no date`, { remedy: 'Write days as YYYYMMDD.', cause });
  }
  if (!trading) {
    throw new Fault('invalid', `the exchange was closed on ${day}`, {
      remedy: 'Leave this day out of --dates.',
    });
  }
}

interface Reader {
  /** Days that may be under way at once. */
  readonly daysMax: number;
  read(task: LeanTask): Promise<readonly LeanSeries[]>;
  close(): Promise<void>;
}

function openReader(threads: number, mono: Clock): Reader {
  if (threads === 0) return { daysMax: 1, read: readLeanFile, close: () => Promise.resolve() };
  const module = moduleUrl(new URL('./lean-worker.ts', import.meta.url)).href;
  // Each day under way has two files; more than that is never queued.
  const pool = createPool({ module, mono, threadsMax: threads, queueMax: 2 * threads });
  return {
    daysMax: threads,
    read: (task) => pool.run('readLeanFile', task, READ_MS),
    close: () => pool.close(),
  };
}

/** A thread takes longer to start than a few megabytes to read. */
function threadsFor(options: BarImport, days: readonly string[]): number {
  let bytes = 0;
  for (const day of days) {
    for (const kind of ['equity', 'option'] as const) {
      const path = join(options.from, leanQuotePath(kind, options.resolution, options.symbol, day));
      bytes += statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    }
    if (bytes > BYTES_IN_THIS_THREAD) return availableParallelism();
  }
  return 0;
}

function columnsOf({ contract, bars }: LeanSeries, registry: Registry): QuoteColumns {
  const rows = bars.ts.length;
  return {
    ...bars,
    conId: new Int32Array(rows).fill(registry.conIdOf(contract)),
    last: new Int32Array(rows).fill(NO_PRICE),
  };
}
