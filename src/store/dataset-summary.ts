/** What a data set covers and how good its quotes are, from one pass over it. */

import { nextTradingDay, tradingSession } from '../domain/calendar.ts';
import type { Contract } from '../domain/contract.ts';
import type { Dataset } from './dataset.ts';
import type { CorporateActions, RecordingGap } from './dataset-manifest.ts';
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
  /** Bars that hold a row, over all bars of the sessions of all instruments, 0 to 1. */
  readonly coverage: number;
  /**
   * The same without instruments of which there is no row at all on a day; of daily rows without
   * the days before its first and after its last, since a strike is listed late and ends early.
   */
  readonly quoted_coverage: number;
  /** Rows before the one in front of them, or at the same time as one of the same instrument. */
  readonly clock_anomalies: number;
  /** Rows outside the session of their day. */
  readonly outside_session: number;
  /** Epoch ms of the first and last row; null without rows. */
  readonly first_ts: number | null;
  readonly last_ts: number | null;
}

export interface DatasetSummary {
  readonly dir: string;
  readonly source: string;
  readonly resolution: string;
  /** Of a recording: between two rows of one instrument, ms; 0 where every quote is kept. */
  readonly interval_ms: number;
  readonly hash: string;
  readonly days: readonly string[];
  readonly instruments: number;
  readonly rows: number;
  readonly series: readonly SeriesSummary[];
  readonly actions: CorporateActions;
  /** Of a recording: when it did not record. */
  readonly gaps: readonly RecordingGap[];
  /** Trading days between the first and the last that it does not have. */
  readonly missing_days: readonly string[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A recorder leaves out what did not change: of its rows the minutes are looked at. */
const BAR_MS = {
  second: 1000,
  minute: 60_000,
  daily: Number.POSITIVE_INFINITY,
  recorded: 60_000,
} as const;

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
  const bars = new Map<SeriesSummary, Bars>();
  for (const summary of series.values()) bars.set(summary, { possible: 0, quoted: 0, present: 0 });
  const quotedOn = new Map<number, Span>();
  for (const [index, { day }] of dataset.days.entries()) {
    const seen = await addDay(dataset, day, seriesOf, bars);
    for (const conId of seen)
      quotedOn.set(conId, { first: index, ...quotedOn.get(conId), last: index });
  }
  for (const [conId, { first, last }] of dataset.resolution === 'daily' ? quotedOn : []) {
    const summary = seriesOf.get(conId);
    const own = summary === undefined ? undefined : bars.get(summary);
    if (own !== undefined) own.quoted += last - first + 1;
  }
  for (const [summary, { possible, quoted, present }] of bars) {
    const own = summary as Mutable<SeriesSummary>;
    own.coverage = possible === 0 ? 0 : present / possible;
    own.quoted_coverage = quoted === 0 ? 0 : present / quoted;
  }
  return {
    dir: dataset.dir,
    source: dataset.source,
    resolution: dataset.resolution,
    interval_ms: dataset.intervalMs,
    gaps: dataset.gaps,
    hash: dataset.hash,
    days: dataset.days.map(({ day }) => day),
    actions: dataset.actions,
    missing_days: missingDays(dataset.days.map(({ day }) => day)),
    instruments: dataset.instruments.length,
    rows: dataset.days.reduce((sum, { rows }) => sum + rows, 0),
    series: [...series.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value),
  };
}

/** The first so many; a set of single days of many years has no use for them all. */
const MISSING_MAX = 1000;

function missingDays(days: readonly string[]): readonly string[] {
  const have = new Set(days);
  const missing: string[] = [];
  const last = days.at(-1) ?? '';
  for (let day = days[0] ?? ''; day < last && missing.length < MISSING_MAX; ) {
    day = nextTradingDay(day);
    if (!have.has(day)) missing.push(day);
  }
  return missing;
}

/** Places among the days of the first and the last with a row. */
interface Span {
  readonly first: number;
  readonly last: number;
}

/** Bars of a session that could have been, and those that are, of one series. */
interface Bars {
  possible: number;
  quoted: number;
  present: number;
}

/** Tells which instruments have a row. */
async function addDay(
  dataset: Dataset,
  day: string,
  seriesOf: ReadonlyMap<number, Mutable<SeriesSummary>>,
  barsOf: Map<SeriesSummary, Bars>,
): Promise<Iterable<number>> {
  const lastTs = new Map<number, number>();
  const lastBar = new Map<number, number>();
  const session = tradingSession(day);
  const [open, close] = [session?.open ?? Number.NaN, session?.close ?? Number.NaN];
  const barMs = BAR_MS[dataset.resolution];
  // Where every quote is kept, two may come within a millisecond.
  const twiceAtOnce = dataset.resolution === 'recorded' && dataset.intervalMs === 0;
  let latest = Number.NEGATIVE_INFINITY;
  for await (const { ts, conId, bid, ask } of dataset.columns(day)) {
    for (let row = 0; row < ts.length; row += 1) {
      const id = conId[row] ?? 0;
      const time = ts[row] ?? 0;
      const summary = seriesOf.get(id);
      if (summary === undefined) continue;
      const low = bid[row] ?? NO_PRICE;
      const high = ask[row] ?? NO_PRICE;
      summary.rows += 1;
      const again = time === lastTs.get(id) && !twiceAtOnce;
      if (time < latest || again) summary.clock_anomalies += 1;
      latest = Math.max(latest, time);
      // The bar that ends at the open is the first that is known in the session.
      const inside = time >= open && time <= close;
      if (!inside) summary.outside_session += 1;
      const bars = barsOf.get(summary);
      const bar = Number.isFinite(barMs) ? Math.ceil((time - open) / barMs) : 1;
      if (bars !== undefined && inside && time > open && lastBar.get(id) !== bar) {
        bars.present += 1;
        lastBar.set(id, bar);
      }
      if (low === NO_PRICE || high === NO_PRICE) summary.one_sided += 1;
      else if (low > high) summary.crossed += 1;
      summary.longest_gap_ms = Math.max(summary.longest_gap_ms, time - (lastTs.get(id) ?? time));
      summary.first_ts ??= time;
      summary.last_ts = time;
      lastTs.set(id, time);
    }
  }
  const each = Math.max(1, Math.round((close - open) / barMs));
  for (const [conId, summary] of seriesOf) {
    const bars = barsOf.get(summary);
    if (bars === undefined || !(close > open)) continue;
    // What has expired cannot be quoted.
    if (summary.expiry === null || summary.expiry >= day) bars.possible += each;
    if (lastTs.has(conId) && Number.isFinite(barMs)) bars.quoted += each;
  }
  return lastTs.keys();
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
    coverage: 0,
    quoted_coverage: 0,
    clock_anomalies: 0,
    outside_session: 0,
    first_ts: null,
    last_ts: null,
  };
}
