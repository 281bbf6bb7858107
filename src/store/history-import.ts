/**
 * Makes a data set of what the history in PostgreSQL holds: the table `quotes`, which has the
 * underlyings and the options that were held; and before its first row `status_history`, which
 * knows the underlying alone, and which the earlier engine wrote as well. One day is in memory at
 * once.
 */

import { epochOf, epochOfTime, isTradingDay, tradingSession } from '../domain/calendar.ts';
import { Fault } from '../fault.ts';
import { createDataset } from './dataset.ts';
import type { ImportedDay, LeanImport } from './lean-options.ts';
import { createRegistry, type Registry } from './lean-registry.ts';
import type { Pool } from './pool.ts';
import {
  emptyColumns,
  mergeColumns,
  NO_PRICE,
  type QuoteColumns,
  setRow,
  ticksOf,
} from './quote-columns.ts';

export type HistoryImport = Pick<LeanImport, 'to' | 'symbol' | 'days' | 'hours' | 'replace'>;

interface HistoryRow {
  /** Of the broker's clock where it is known, unix seconds. */
  readonly at: number;
  readonly sec_type: string;
  readonly expiry: string | null;
  readonly strike: number | null;
  readonly option_right: string | null;
  readonly bid: number | null;
  readonly ask: number | null;
  readonly last: number | null;
}

const DAY_MS = 86_400_000;
/** Rows of one day: a book of fifty legs by the second is a million. */
const ROWS_MAX = 5_000_000;
/** The history keeps no sizes; a quote that is shown stands for a round lot, or a contract. */
const LOT = { STK: 100, OPT: 1 } as const;

/** The underlying's rows of `status_history` count only before `quotes` begins. */
const ROWS = `
  with kept as (
    select coalesce(trading_ts, ts) as at, sec_type, expiry, strike, option_right, bid, ask, last
    from quotes where symbol = $1
  ), earlier as (
    select coalesce(trading_ts, ts) as at, 'STK' as sec_type, null::text as expiry,
      null::float8 as strike, null::text as option_right, bid, ask, null::float8 as last
    from status_history
    where symbol = $1 and (bid > 0 or ask > 0)
      and coalesce(trading_ts, ts) < coalesce((select min(at) from kept), 'infinity')
  ), found as (select * from kept union all select * from earlier)`;

/** Imports and tells each day. Rejects with `not_found` where the history has no such quotes. */
export async function importHistory(
  pool: Pool,
  options: HistoryImport,
  onDay: (day: ImportedDay) => void,
): Promise<void> {
  const symbol = options.symbol.toUpperCase();
  const days = (await daysOf(pool, symbol))
    .filter((day) => options.days === null || options.days.includes(day))
    .filter((day) => isTradingDay(day));
  const registry = createRegistry(symbol);
  const source = `history ${symbol} ${options.hours} hours`;
  const header = { resolution: 'recorded', source } as const;
  let dataset: ReturnType<typeof createDataset> | null = null;
  for (const [index, day] of days.entries()) {
    const columns = columnsOf(await rowsOf(pool, symbol, day, options.hours), registry);
    if (columns.ts.length === 0) continue;
    dataset ??= createDataset(options.to, header, { replace: options.replace });
    dataset.writeDay(day, columns);
    const held = new Set(columns.conId);
    held.delete(registry.conIdOf(null));
    const contracts = held.size;
    onDay({ day, contracts, rows: columns.ts.length, done: index + 1, days: days.length });
  }
  if (dataset === null) {
    throw new Fault('not_found', `the history has no quotes of ${symbol} on the days asked for`, {
      remedy: 'A daemon writes them while it runs: store.history_interval_s.',
    });
  }
  dataset.finish(registry.instruments(Number.NaN));
}

async function daysOf(pool: Pool, symbol: string): Promise<readonly string[]> {
  const { rows } = await pool.query<{ day: string }>(
    `${ROWS} select distinct
       to_char(to_timestamp(at) at time zone 'America/New_York', 'YYYYMMDD') as day
     from found order by day`,
    [symbol],
  );
  return rows.map(({ day }) => day);
}

async function rowsOf(
  pool: Pool,
  symbol: string,
  day: string,
  hours: HistoryImport['hours'],
): Promise<readonly HistoryRow[]> {
  const session = hours === 'regular' ? tradingSession(day) : null;
  const from = session?.open ?? epochOf(day, '00:00');
  // A millisecond more: the close itself belongs to the session.
  const until = session === null ? epochOfTime(day, DAY_MS) : session.close + 1;
  const { rows } = await pool.query<HistoryRow>(
    `${ROWS} select * from found where at >= $2 and at < $3 order by at limit $4`,
    [symbol, from / 1000, until / 1000, ROWS_MAX + 1],
  );
  if (rows.length <= ROWS_MAX) return rows;
  throw new Fault('data_unreadable', `more than ${ROWS_MAX} quotes of ${symbol} on ${day}`);
}

function columnsOf(rows: readonly HistoryRow[], registry: Registry): QuoteColumns {
  const columns = emptyColumns(rows.length);
  for (const [index, row] of rows.entries()) {
    const [bid, ask, last] = [row.bid, row.ask, row.last].map((price) => ticksOf(price ?? 0));
    const size = row.sec_type === 'OPT' ? LOT.OPT : LOT.STK;
    setRow(columns, index, {
      ts: Math.round(row.at * 1000),
      conId: conIdOf(row, registry),
      bid: bid ?? NO_PRICE,
      ask: ask ?? NO_PRICE,
      bidSize: bid === NO_PRICE ? 0 : size,
      askSize: ask === NO_PRICE ? 0 : size,
      last: last ?? NO_PRICE,
    });
  }
  return mergeColumns([columns]);
}

function conIdOf({ sec_type, expiry, strike, option_right }: HistoryRow, registry: Registry) {
  if (sec_type !== 'OPT') return registry.conIdOf(null);
  const right = option_right === 'C' ? 'C' : 'P';
  const date = expiry ?? '';
  return registry.conIdOf({ right, strike: strike ?? 0, datedExpiry: date, expiry: date });
}
