/**
 * What became of one order, and the course of a book. Both are put together from the rows that the
 * journal was shipped to: the turn that decided wrote down what it knew, the broker's reports and
 * executions carry the order's name, and the machine's transitions lie between its two ends.
 */

import { Fault } from '../fault.ts';
import type { StoryReads } from '../protocol/ports.ts';
import type { BookCourseView, OrderStoryView } from '../protocol/story-view.ts';
import type { OperationView } from '../protocol/views.ts';
import { databaseFault } from './database-error.ts';
import { inTransaction, type Pool, type PoolClient } from './pool.ts';

const FILLS_MAX = 1000;
/** An order that is worked longer, or modified more often, than that shows its beginning. */
const ROWS_MAX = 500;

/** All of one answer is of one moment. Throws `Fault('not_found')` for an order nobody sent. */
export function createStories(
  pool: Pool,
  toOperation: (row: OperationRow) => OperationView,
): StoryReads {
  const read = async <T>(run: (client: PoolClient) => Promise<T>): Promise<T> => {
    try {
      return await inTransaction(pool, async (client) => {
        await client.query('set transaction isolation level repeatable read read only');
        return await run(client);
      });
    } catch (error) {
      if (error instanceof Fault) throw error;
      throw databaseFault(error, pool.options.connectionString ?? '');
    }
  };
  return {
    order: (orderRef) => read((client) => orderStory(client, orderRef, toOperation)),
    course: (symbol, { minutes, points }) =>
      read((client) => bookCourse(client, symbol, minutes, points)),
  };
}

/** A row of `operations`, as the database has it. */
export interface OperationRow {
  readonly id: string;
  readonly ts: number | null;
  readonly type: string | null;
  readonly side: string | null;
  readonly quantity: number | null;
  readonly price: number | null;
  readonly state_reason: string | null;
  readonly symbol: string | null;
  readonly account: string | null;
  readonly order_ref: string | null;
  readonly perm_id: string | null;
  readonly exec_id: string | null;
  readonly commission: number | null;
}

interface IntentRow {
  readonly ts: number;
  readonly symbol: string;
  readonly account: string;
  readonly purpose: string;
  readonly side: 'BUY' | 'SELL';
  readonly quantity: number;
  readonly limit_price: number | null;
  readonly target_shares: number | null;
  readonly spot: number | null;
  readonly outcome: string | null;
  readonly filled: number;
  readonly journal_id: string;
  readonly sequence: string;
}

type Decision = NonNullable<OrderStoryView['decision']>;
type Execution = OrderStoryView['executions'][number];
interface ReportRow extends Omit<OrderStoryView['reports'][number], 'perm_id'> {
  readonly perm_id: string | null;
}

async function orderStory(
  client: PoolClient,
  orderRef: string,
  toOperation: (row: OperationRow) => OperationView,
): Promise<OrderStoryView> {
  const of = async <R extends object>(text: string): Promise<R[]> =>
    (await client.query<R>(text, [orderRef])).rows;
  const operations = (await of<OperationRow>(OPERATIONS)).map(toOperation);
  const intents = await of<IntentRow>('select * from intents where order_ref = $1 order by id');
  const [first] = operations;
  const opened = intents[0];
  if (first === undefined && opened === undefined) {
    throw new Fault('not_found', `no order ${orderRef} is in the history`);
  }
  const last = intents.at(-1);
  const ended = last?.outcome == null ? undefined : last;
  const reports = (await of<ReportRow>(REPORTS)).map(({ perm_id: permId, ...row }) => {
    // The broker counts from 1: 0 is none.
    return { ...row, perm_id: permId === null || permId === '0' ? null : Number(permId) };
  });
  const executions = await of<Execution>(EXECUTIONS);
  const counted = executions.filter(({ corrected }) => !corrected);
  const [pnl] = await of<{ total: number }>(HEDGE_PNL);
  return {
    order_ref: orderRef,
    symbol: opened?.symbol ?? first?.symbol ?? '',
    account: opened?.account ?? first?.account ?? null,
    intent: opened === undefined ? null : intentView(opened),
    decision: opened === undefined ? null : await decisionOf(client, opened),
    transitions: opened === undefined ? [] : await transitionsOf(client, opened, ended),
    reports: reports.filter((report, index) => tellsNew(report, reports[index - 1])),
    executions,
    operations,
    outcome: ended?.outcome ?? null,
    ended_ts: ended?.ts ?? null,
    filled: counted.reduce((sum, { quantity }) => sum + quantity, 0),
    costs: costsOf(counted, opened?.spot ?? null),
    pnl: pnl?.total ?? null,
  };
}

const OPERATIONS = `
  select id, ts, type, side, quantity, price, state_reason, symbol, account, order_ref, perm_id,
    exec_id, commission
  from operations where order_ref = $1 order by id limit ${ROWS_MAX}`;

const REPORTS = `
  select ts, status, filled, quantity, limit_price, perm_id
  from orders where order_ref = $1 order by id limit ${ROWS_MAX}`;

const EXECUTIONS = `
  select e.ts, e.exec_id, e.side, e.quantity, e.price, c.commission,
    e.revision < max(e.revision) over (partition by e.exec_base) as corrected
  from executions e left join commissions c using (exec_id)
  where e.order_ref = $1 order by e.id limit ${ROWS_MAX}`;

const HEDGE_PNL = `
  select total from attributions where order_ref = $1 and scope = 'hedge' order by id desc limit 1`;

function intentView(row: IntentRow): NonNullable<OrderStoryView['intent']> {
  const { ts, purpose, side, quantity, limit_price, target_shares, spot } = row;
  return { ts, purpose, side, quantity, limit_price, target_shares, spot };
}

/** The status is written with every decision: of that turn, else the newest before it. */
async function decisionOf(client: PoolClient, opened: IntentRow): Promise<Decision | null> {
  const { rows } = await client.query<Decision>(
    `select ts, sequence = $4 as exact, trading_state, spot, bid, ask, net_delta, stock_position,
       foreign_shares, daily_hedge_count, daily_pnl, data_lag_ms, config_summary
     from status_history
     where symbol = $1 and ts <= $2 and journal_id = $3 and sequence <= $4
     order by ts desc, id desc limit 1`,
    [opened.symbol, opened.ts, opened.journal_id, opened.sequence],
  );
  return rows[0] ?? null;
}

/** The turns of a journal are numbered: what the machine did meanwhile was for this order. */
async function transitionsOf(client: PoolClient, opened: IntentRow, ended: IntentRow | undefined) {
  if (ended !== undefined && ended.journal_id !== opened.journal_id) return [];
  const { rows } = await client.query<OrderStoryView['transitions'][number]>(
    `select ts, from_state as "from", to_state as "to", event
     from machine_transitions
     where machine = $1 and ts >= $2 and journal_id = $3 and sequence >= $4 and sequence <= $5
       and ts <= $6
     order by id limit ${ROWS_MAX}`,
    [
      `hedge:${opened.symbol}`,
      opened.ts,
      opened.journal_id,
      opened.sequence,
      // The largest that the column holds: it is still worked.
      ended?.sequence ?? '9223372036854775807',
      ended?.ts ?? Number.POSITIVE_INFINITY,
    ],
  );
  return rows;
}

type Report = OrderStoryView['reports'][number];

/** The broker repeats itself: what says the same as the report before is left out. */
function tellsNew(report: Report, before: Report | undefined): boolean {
  return (
    before === undefined ||
    report.status !== before.status ||
    report.filled !== before.filled ||
    report.quantity !== before.quantity ||
    report.limit_price !== before.limit_price
  );
}

function costsOf(counted: readonly Execution[], spot: number | null): OrderStoryView['costs'] {
  if (counted.length === 0) return { commission: null, slippage: null };
  const told = counted.every(({ commission }) => commission !== null);
  const commission = counted.reduce((sum, one) => sum + (one.commission ?? 0), 0);
  const slippage = counted.reduce((sum, { side, quantity, price }) => {
    const paid = side === 'BUY' ? price - (spot ?? price) : (spot ?? price) - price;
    return sum + paid * quantity;
  }, 0);
  return { commission: told ? commission : null, slippage: spot === null ? null : slippage };
}

async function bookCourse(
  client: PoolClient,
  symbol: string,
  minutes: number,
  points: number,
): Promise<BookCourseView> {
  const { rows: newest } = await client.query<{ ts: number | null }>(
    'select max(ts) as ts from status_history where symbol = $1',
    [symbol],
  );
  const until = newest[0]?.ts ?? null;
  if (until === null) {
    return { symbol, from_ts: null, until_ts: null, step_s: 1, points: [], fills: [] };
  }
  // It ends with the newest row, not now: a simulated session may be over for long.
  const from = until - minutes * 60;
  const { rows: oldest } = await client.query<{ ts: number | null }>(
    'select min(ts) as ts from status_history where symbol = $1 and ts >= $2',
    [symbol, from],
  );
  // Of a book that is younger than the window there are the same number of points, finer ones.
  const step = Math.max(1, (until - (oldest[0]?.ts ?? from)) / points);
  const { rows } = await client.query<BookCourseView['points'][number]>(COURSE, [
    symbol,
    from,
    until,
    step,
  ]);
  const { rows: fills } = await client.query<BookCourseView['fills'][number]>(FILLS, [
    symbol,
    from,
    until,
  ]);
  return { symbol, from_ts: from, until_ts: until, step_s: step, points: rows, fills };
}

const COURSE = `
  select max(ts) as ts,
    (array_agg(spot order by id desc))[1] as spot,
    (array_agg(net_delta order by id desc))[1] as net_delta,
    min(net_delta) as net_delta_least,
    max(net_delta) as net_delta_most,
    (array_agg(stock_position order by id desc))[1] as stock_position,
    (array_agg(daily_pnl order by id desc))[1] as daily_pnl
  from status_history where symbol = $1 and ts > $2 and ts <= $3
  group by floor(($3 - ts) / $4) order by 1`;

const FILLS = `
  select ts, side, quantity, price, order_ref from (
    select ts, side, quantity, price, order_ref, id from operations
    where symbol = $1 and ts > $2 and ts <= $3 and type = 'fill' and side in ('BUY', 'SELL')
      and quantity is not null and price is not null
    order by id desc limit ${FILLS_MAX}
  ) newest order by id`;
