/**
 * Statistics of the history: what was hedged, what came of it, and what stood in the way.
 *
 * A **day** is the exchange's (New York), by the broker's time; rows of the earlier engine, which
 * kept none, are dated by the wall clock. The days asked for are calendar days and end with the
 * newest one of the history, not with today: a simulated session may be of any year.
 * A **hedge** is an order of ours that was executed at least in part, whatever it was for, as the
 * limit of hedges a day counts them; corrected executions count as corrected. Its **P&L** is all
 * that the book made since the hedge before ended until this one did, its own costs included: what
 * it locked in, and nothing that came later. What wins and partial days are, says the summary.
 */

import { ATTRIBUTION_TERMS } from '../domain/attribution.ts';
import { dayStart, epochOf, newYorkDate } from '../domain/calendar.ts';
import type { StatisticsReads } from '../protocol/ports.ts';
import type { DistributionView, PnlView, StatisticsView } from '../protocol/statistics-view.ts';
import { databaseFault } from './database-error.ts';
import { inTransaction, type Pool, type PoolClient } from './pool.ts';
import {
  BLOCKS,
  BOUNDS,
  DAYS,
  EARLIER_FILLS,
  HEDGE_DISTRIBUTION,
  HEDGE_HISTOGRAM,
  HEDGE_ROWS,
  HEDGE_WINS,
  HEDGES,
  STATES,
} from './statistics-queries.ts';
import {
  addDays,
  type BookWins,
  binStarts,
  booksOf,
  type DayPnl,
  dayWins,
  distributionOf,
  type HedgeTally,
  hedgeWins,
  histogramOf,
  isPartial,
  monthOf,
  PERCENTILES,
  percentilesOf,
  periods,
  tallyOf,
  weekOf,
  wholeDays,
} from './statistics-summary.ts';

type Split = StatisticsView['attribution'];
type DayRow = Omit<PnlView['days'][number], 'cumulative' | 'partial'> & {
  readonly symbol: string;
  readonly trading_ts: number | null;
};
type HedgeRow = Omit<HedgeTally, 'day'> & { readonly bucket: number };

/** The days that are looked at, by name and by moment (unix seconds). */
interface Stretch {
  readonly days: readonly string[];
  readonly first: string;
  readonly last: string;
  readonly from: number;
  readonly until: number;
  readonly starts: readonly number[];
}

const HEDGE_ROWS_MAX = 500;
/** Reasons beyond it are counted together: text of a broker may be of any number of kinds. */
const REASONS_MAX = 40;

/** Ranges of days are guessed too small after a quiet time: no loops over a million rows. */
const WORK_MEMORY = `set local work_mem = '64MB'`;

/** All of one answer is of one moment. Throws `Fault('database_unreachable')`. */
export function createStatistics(pool: Pool): StatisticsReads {
  const read = async <T>(run: (client: PoolClient) => Promise<T>): Promise<T> => {
    try {
      return await inTransaction(pool, async (client) => {
        await client.query('set transaction isolation level repeatable read read only');
        await client.query(WORK_MEMORY);
        return await run(client);
      });
    } catch (error) {
      throw databaseFault(error, pool.options.connectionString ?? '');
    }
  };
  return {
    statistics: (days) => read((client) => statisticsOf(client, beside(pool, client), days)),
    pnl: (symbol, days) => read((client) => pnlOf(client, symbol, days)),
  };
}

/** Runs on another connection where one is free, and else on the one there is. */
type Beside = <T>(run: (client: PoolClient) => Promise<T>) => Promise<T>;

/** What runs beside sees the same moment. Half of the questions take half of the time. */
function beside(pool: Pool, client: PoolClient): Beside {
  return async (run) => {
    const { rows } = await client.query<{ snapshot: string }>(
      'select pg_export_snapshot() as snapshot',
    );
    const snapshot = rows[0]?.snapshot ?? '';
    // Looked at when it is taken: who waits for one, with one in hand, may wait for himself.
    if (pool.idleCount === 0 && pool.totalCount >= pool.options.max) return run(client);
    return inTransaction(pool, async (other) => {
      await other.query('set transaction isolation level repeatable read read only');
      await other.query(`set transaction snapshot '${snapshot}'`);
      await other.query(WORK_MEMORY);
      return run(other);
    });
  };
}

async function statisticsOf(
  client: PoolClient,
  besides: Beside,
  count: number,
): Promise<StatisticsView> {
  const stretch = await findStretch(client, count);
  const rows = stretch === null ? NO_ROWS : await readRows(client, besides, stretch);
  const { tallies, days, wins } = rows;
  const pnls = days.map(dayPnl);
  const totals = tallyOf(tallies, pnls);
  return {
    from_day: stretch?.first ?? null,
    until_day: stretch?.last ?? null,
    time_zone: 'America/New_York',
    totals,
    per_day: periods(tallies, pnls, (day) => day),
    per_week: periods(tallies, pnls, weekOf),
    per_month: periods(tallies, pnls, monthOf),
    books: booksOf(tallies, pnls, wins),
    hedge_wins: hedgeWins(wins, totals.hedges),
    day_wins: dayWins(pnls),
    hedge_pnl: rows.hedgePnl,
    day_pnl: distributionOf(wholeDays(pnls)),
    attribution: days.reduce<Split>((all, day) => addSplit(all, day), NO_SPLIT),
    blocks: rows.blocks,
    states: rows.states,
  };
}

interface Rows {
  readonly tallies: readonly HedgeTally[];
  readonly days: readonly DayRow[];
  readonly wins: readonly BookWins[];
  readonly hedgePnl: DistributionView | null;
  readonly blocks: StatisticsView['blocks'];
  readonly states: StatisticsView['states'];
}

const NO_ROWS: Rows = { tallies: [], days: [], wins: [], hedgePnl: null, blocks: [], states: [] };

async function readRows(client: PoolClient, besides: Beside, stretch: Stretch): Promise<Rows> {
  const [tallies, rest] = await Promise.all([
    besides((other) => readTallies(other, stretch)),
    readRest(client, stretch),
  ]);
  return { ...rest, tallies };
}

async function readTallies(
  client: PoolClient,
  { from, until, starts, days }: Stretch,
): Promise<readonly HedgeTally[]> {
  const values = [from, until, starts];
  const { rows: ours } = await client.query<HedgeRow>(HEDGES, values);
  const { rows: earlier } = await client.query<HedgeRow>(EARLIER_FILLS, values);
  return [...ours, ...earlier].map(({ bucket, ...tally }) => {
    return { ...tally, day: days[bucket - 1] ?? '' };
  });
}

async function readRest(client: PoolClient, stretch: Stretch): Promise<Omit<Rows, 'tallies'>> {
  const { days, first, last, from, until, starts } = stretch;
  const { rows: blocks } = await client.query<BlockRow>(BLOCKS, [from, until, starts]);
  const { rows: states } = await client.query<StateRow>(STATES, [from, until]);
  return {
    days: (await client.query<DayRow>(DAYS, [first, last, null])).rows,
    wins: (await client.query<BookWins>(HEDGE_WINS, [first, last])).rows,
    hedgePnl: await hedgeDistribution(client, stretch),
    blocks: blocksView(blocks, days),
    states: statesView(states),
  };
}

async function hedgeDistribution(
  client: PoolClient,
  { first, last }: Stretch,
): Promise<DistributionView | null> {
  const shares = Object.values(PERCENTILES);
  const { rows } = await client.query<MomentsRow>(HEDGE_DISTRIBUTION, [first, last, shares]);
  const [moments] = rows;
  if (moments === undefined || moments.count === 0) return null;
  const { percentiles, ...rest } = moments;
  const starts = binStarts(rest.least, rest.most);
  const found = await client.query<BinRow>(HEDGE_HISTOGRAM, [first, last, starts]);
  const counts = new Map(found.rows.map(({ bin, count }) => [bin, count] as const));
  const bins = starts.map((_, index) => counts.get(index + 1) ?? 0);
  return {
    ...rest,
    percentiles: percentilesOf(percentiles),
    histogram: histogramOf(starts, bins),
  };
}

interface MomentsRow {
  readonly count: number;
  readonly mean: number;
  readonly deviation: number;
  readonly least: number;
  readonly most: number;
  readonly percentiles: readonly number[];
}

interface BinRow {
  readonly bin: number;
  readonly count: number;
}

interface BlockRow {
  readonly bucket: number;
  readonly kind: string;
  readonly reason: string;
  readonly count: number;
}

interface StateRow {
  readonly machine: string;
  readonly state: string;
  readonly seconds: number;
  readonly visits: number;
}

async function pnlOf(client: PoolClient, symbol: string, count: number): Promise<PnlView> {
  const stretch = await findStretch(client, count);
  if (stretch === null) return { symbol, from_day: null, until_day: null, days: [], hedges: [] };
  const { first, last } = stretch;
  const days = (await client.query<DayRow>(DAYS, [first, last, symbol])).rows;
  const hedges = await client.query<PnlView['hedges'][number]>(HEDGE_ROWS, [
    ...[first, last, symbol],
    HEDGE_ROWS_MAX,
  ]);
  const sums = new Map<string, number>();
  return {
    ...{ symbol, from_day: first, until_day: last },
    days: days.map(({ symbol: _, trading_ts: toldAt, ...day }) => {
      const cumulative = (sums.get(day.account) ?? 0) + day.total;
      sums.set(day.account, cumulative);
      return { ...day, cumulative, partial: isPartial(day.day, inMs(toldAt)) };
    }),
    hedges: hedges.rows,
  };
}

/** Null where there is no history. */
async function findStretch(client: PoolClient, count: number): Promise<Stretch | null> {
  const { rows } = await client.query<{ newest_ts: number | null; newest_day: string | null }>(
    BOUNDS,
  );
  const { newest_ts: ts = null, newest_day: day = null } = rows[0] ?? {};
  const known = [ts === null ? '' : newYorkDate(ts * 1000), day ?? ''].sort();
  const last = known.at(-1) ?? '';
  if (last === '') return null;
  const days = Array.from({ length: count }, (_, index) => addDays(last, index + 1 - count));
  const starts = days.map((name) => epochOf(name, '00:00') / 1000);
  const until = dayStart(epochOf(addDays(last, 1), '12:00')) / 1000;
  return { days, first: days[0] ?? last, last, from: starts[0] ?? until, until, starts };
}

function dayPnl({ day, symbol, account, total, trading_ts: toldAt }: DayRow): DayPnl {
  return { day, symbol, account, total, partial: isPartial(day, inMs(toldAt)) };
}

function blocksView(rows: readonly BlockRow[], days: readonly string[]): StatisticsView['blocks'] {
  const sums = new Map<string, number>();
  for (const { kind, reason, count } of rows) {
    const key = `${kind} ${reason}`;
    sums.set(key, (sums.get(key) ?? 0) + count);
  }
  const frequent = [...sums].sort(([, a], [, b]) => b - a).slice(0, REASONS_MAX);
  const named = new Set(frequent.map(([key]) => key));
  const counts = new Map<string, StatisticsView['blocks'][number]>();
  for (const { bucket, kind, reason: told, count } of rows) {
    const reason = named.has(`${kind} ${told}`) ? told : 'other';
    const day = days[bucket - 1] ?? '';
    const key = `${day} ${kind} ${reason}`;
    counts.set(key, { day, kind, reason, count: count + (counts.get(key)?.count ?? 0) });
  }
  return [...counts.values()];
}

function statesView(rows: readonly StateRow[]): StatisticsView['states'] {
  const all = new Map<string, number>();
  for (const { machine, seconds } of rows) all.set(machine, (all.get(machine) ?? 0) + seconds);
  return rows.map((row) => {
    const whole = all.get(row.machine) ?? 0;
    return { ...row, share: whole === 0 ? 0 : row.seconds / whole };
  });
}

const SPLIT_KEYS = [
  ...ATTRIBUTION_TERMS.map((term) =>
    term.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  ),
  'total',
] as (keyof Split)[];

const NO_SPLIT = Object.fromEntries(SPLIT_KEYS.map((key) => [key, 0])) as Split;

function addSplit(one: Split, other: Split): Split {
  return Object.fromEntries(SPLIT_KEYS.map((key) => [key, one[key] + other[key]])) as Split;
}

function inMs(seconds: number | null): number | null {
  return seconds === null ? null : seconds * 1000;
}
