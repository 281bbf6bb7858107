/**
 * Where a run's quotes come from: a data set as it is, or a data folder in LEAN's layout, which is
 * imported for the run and thrown away, so that both are read by the same code and have a hash.
 */

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { epochOf, tradingSession } from '../domain/calendar.ts';
import type { RecordedTape, TapeQuote } from '../domain/tape.ts';
import { Fault } from '../fault.ts';
import type { Clock } from '../runtime/clock.ts';
import { type Dataset, openDataset } from '../store/dataset.ts';
import {
  type CorporateActions,
  type ImportResolution,
  MANIFEST_FILE,
} from '../store/dataset-manifest.ts';
import { importLean } from '../store/lean.ts';
import type { AssumedSides } from '../store/lean-universe.ts';
import { filtered, until } from './tape-map.ts';

export interface SourceOptions {
  readonly dir: string;
  readonly symbol: string;
  /** `YYYYMMDD`, both included; null: from the first, to the last. */
  readonly from: string | null;
  readonly to: string | null;
  /** Of a LEAN folder. */
  readonly resolution: ImportResolution;
  /** Of a LEAN folder, by the day: takes its universes, with sides so far apart. */
  readonly universeSides?: AssumedSides;
  readonly dates: readonly string[] | null;
  readonly mono: Clock;
}

export interface Source {
  readonly tape: RecordedTape;
  readonly days: readonly string[];
  readonly barMs: number;
  readonly hash: string;
  /** What it was made from, in words. */
  readonly origin: string;
  /** The data set it is read from. */
  readonly dir: string;
  /** When the run begins, epoch ms. */
  readonly start: number;
  readonly actions: CorporateActions;
  close(): void;
}

const BAR_MS: Readonly<Record<Dataset['resolution'], number>> = {
  second: 1000,
  minute: 60_000,
  // Within the last minute of a day, so that what waits for seconds need not wait for a day.
  daily: 5000,
  recorded: 1000,
};

/** Opens it; rejects with a `Fault` that names what is missing. */
export async function openSource(options: SourceOptions): Promise<Source> {
  const { dir } = options;
  if (existsSync(join(dir, MANIFEST_FILE)))
    return sourceOf(openDataset(dir), options, () => undefined);
  if (!existsSync(join(dir, 'equity'))) {
    throw new Fault('data_unreadable', `${dir} is neither a data set nor a LEAN data folder`, {
      remedy: 'Make a data set with bifrost data import, or name the folder that holds "equity".',
    });
  }
  const copy = mkdtempSync(join(tmpdir(), 'bifrost-lean-'));
  const close = (): void => rmSync(copy, { recursive: true, force: true });
  try {
    const { symbol, resolution, dates, from, to, mono, universeSides } = options;
    const range = [from, to] as const;
    const wanted = { days: dates, range, contracts: [], hours: 'regular', replace: true } as const;
    const sides = universeSides === undefined ? {} : { universeSides };
    const task = { from: dir, to: copy, symbol, resolution, mono, ...wanted, ...sides };
    await importLean(task, () => undefined);
    return sourceOf(openDataset(copy), options, close);
  } catch (error) {
    close();
    throw error;
  }
}

function sourceOf(dataset: Dataset, options: SourceOptions, close: () => void): Source {
  const { from, to, dates } = options;
  const days = dataset.days
    .map(({ day }) => day)
    .filter((day) => (from === null || day >= from) && (to === null || day <= to))
    .filter((day) => dates === null || dates.includes(day));
  if (days.length === 0) {
    throw new Fault('data_unreadable', `${options.dir} has none of the days asked for`, {
      remedy: `It has ${dataset.days[0]?.day ?? 'none'} to ${dataset.days.at(-1)?.day ?? 'none'}.`,
    });
  }
  const tape = tapeOf(dataset, options.symbol.toUpperCase());
  const { actions, resolution, hash, dir, source: origin } = dataset;
  const first = tradingSession(days[0] ?? '');
  const last = tradingSession(days.at(-1) ?? '');
  const begin = first?.open ?? Number.NEGATIVE_INFINITY;
  // What was quoted before the open, and stands, is shown at the open: the run begins there.
  const night = epochOf(days[0] ?? '', '00:00');
  const end = last?.close ?? Number.POSITIVE_INFINITY;
  const cut: RecordedTape = {
    instruments: tape.instruments,
    events: (since) => until(tape.events(Math.max(night, since ?? night)), end),
  };
  const daily = resolution === 'daily' ? (first?.close ?? 0) - BEFORE_DAILY_MS : begin;
  const barMs = Math.max(BAR_MS[resolution], dataset.intervalMs);
  return { tape: cut, days, barMs, hash, origin, dir, start: daily, actions, close };
}

/** The quotes of one underlying: what a daemon records holds those of all its books. */
function tapeOf(dataset: Dataset, symbol: string): RecordedTape {
  const tape = dataset.tape();
  const instruments = tape.instruments.filter(({ contract }) => contract.symbol === symbol);
  if (instruments.length === tape.instruments.length) return tape;
  if (instruments.length === 0) {
    const others = [...new Set(tape.instruments.map(({ contract }) => contract.symbol))];
    throw new Fault('data_unreadable', `${dataset.dir} has no quotes of ${symbol}`, {
      remedy: `It has those of ${others.join(', ')}: --symbol.`,
    });
  }
  const own = new Set(instruments.map(({ contract }) => contract.conId));
  const isOwn = ({ conId }: TapeQuote): boolean => own.has(conId);
  return { instruments, events: (from) => filtered(tape.events(from), isOwn) };
}

/** A daily row is dated a minute before the close; the engine starts a minute before that. */
const BEFORE_DAILY_MS = 120_000;

/** Those of the data and those that were given; of one day the given ones hold. */
export function actionsWithin(
  told: CorporateActions,
  given: CorporateActions,
  days: readonly string[],
): CorporateActions {
  const [first = '', last = ''] = [days[0], days.at(-1)];
  const dated = new Set(given.dividends.map(({ ex_date: date }) => date));
  const divided = new Set(given.splits.map(({ date }) => date));
  const dividends = told.dividends.filter(({ ex_date: date }) => !dated.has(date));
  const splits = [...told.splits.filter(({ date }) => !divided.has(date)), ...given.splits];
  return {
    // Of what is to come after the run options are priced with the next, as live.
    dividends: [...dividends, ...given.dividends].filter(({ ex_date: date }) => date > first),
    // Only what changes what is held overnight.
    splits: splits.filter(({ date }) => date > first && date <= last),
  };
}
