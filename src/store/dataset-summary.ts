/** What a data set covers and how good its quotes are, from one pass over it. */

import type { Contract } from '../domain/contract.ts';
import type { Dataset } from './dataset.ts';
import { NO_PRICE } from './quote-columns.ts';

/** The underlying, or all options of one expiry. */
export interface SeriesSummary {
  readonly symbol: string;
  /** `YYYYMMDD`; null for the underlying. */
  readonly expiry: string | null;
  readonly instruments: number;
  readonly rows: number;
  /** Rows that lack one side or both. */
  readonly one_sided: number;
  /** Rows whose bid is above the ask. */
  readonly crossed: number;
  /** The longest time within a day between two rows of one instrument, ms. */
  readonly longest_gap_ms: number;
  /** Epoch ms of the first and last row; null without rows. */
  readonly first_ts: number | null;
  readonly last_ts: number | null;
}

export interface DatasetSummary {
  readonly dir: string;
  readonly source: string;
  readonly resolution: string;
  readonly hash: string;
  readonly days: readonly string[];
  readonly instruments: number;
  readonly rows: number;
  readonly series: readonly SeriesSummary[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads every row. Rejects with `Fault('data_unreadable')` where a file is damaged. */
export async function summarize(dataset: Dataset): Promise<DatasetSummary> {
  const series = new Map<string, Mutable<SeriesSummary>>();
  const seriesOf = new Map<number, Mutable<SeriesSummary>>();
  for (const { contract } of dataset.instruments) {
    const expiry = contract.secType === 'OPT' ? contract.expiry : null;
    const key = `${contract.symbol} ${expiry ?? ''}`;
    const summary = series.get(key) ?? emptySummary(contract, expiry);
    summary.instruments += 1;
    series.set(key, summary);
    seriesOf.set(contract.conId, summary);
  }
  for (const { day } of dataset.days) await addDay(dataset, day, seriesOf);
  return {
    dir: dataset.dir,
    source: dataset.source,
    resolution: dataset.resolution,
    hash: dataset.hash,
    days: dataset.days.map(({ day }) => day),
    instruments: dataset.instruments.length,
    rows: dataset.days.reduce((sum, { rows }) => sum + rows, 0),
    series: [...series.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value),
  };
}

async function addDay(
  dataset: Dataset,
  day: string,
  seriesOf: ReadonlyMap<number, Mutable<SeriesSummary>>,
): Promise<void> {
  const lastTs = new Map<number, number>();
  for await (const { ts, conId, bid, ask } of dataset.columns(day)) {
    for (let row = 0; row < ts.length; row += 1) {
      const id = conId[row] ?? 0;
      const time = ts[row] ?? 0;
      const summary = seriesOf.get(id);
      if (summary === undefined) continue;
      const low = bid[row] ?? NO_PRICE;
      const high = ask[row] ?? NO_PRICE;
      summary.rows += 1;
      if (low === NO_PRICE || high === NO_PRICE) summary.one_sided += 1;
      else if (low > high) summary.crossed += 1;
      summary.longest_gap_ms = Math.max(summary.longest_gap_ms, time - (lastTs.get(id) ?? time));
      summary.first_ts ??= time;
      summary.last_ts = time;
      lastTs.set(id, time);
    }
  }
}

function emptySummary(contract: Contract, expiry: string | null): Mutable<SeriesSummary> {
  return {
    symbol: contract.symbol,
    expiry,
    instruments: 0,
    rows: 0,
    one_sided: 0,
    crossed: 0,
    longest_gap_ms: 0,
    first_ts: null,
    last_ts: null,
  };
}
