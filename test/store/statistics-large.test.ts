/**
 * Statistics of a large history: which way the database goes to its rows, and (with
 * BIFROST_TEST_LONG) how long a million of them take.
 */

import assert from 'node:assert/strict';
import { beforeAll, describe, it, onTestFinished } from 'vitest';

import { epochOf } from '../../src/domain/calendar.ts';
import { realMono } from '../../src/runtime/real-clock.ts';
import { createHistory } from '../../src/store/history.ts';
import { createPool, inTransaction, type Pool } from '../../src/store/pool.ts';
import { createStatistics } from '../../src/store/statistics.ts';
import { BLOCKS, BOUNDS, HEDGE_WINS, HEDGES, STATES } from '../../src/store/statistics-queries.ts';
import { silentLog, startTestPostgres, type TestPostgres } from '../support/postgres.ts';

const LONG = process.env['BIFROST_TEST_LONG'] !== undefined;
/** Evenly over a year, with rows of each kind in proportion. */
const HEDGES_COUNT = LONG ? 77_000 : 2_000;
const START = epochOf('20250901', '00:00') / 1000;
const STEP = (365 * 86_400) / HEDGES_COUNT;

let db: TestPostgres;

beforeAll(async () => {
  db = await startTestPostgres();
  await fill();
  return db.close;
}, 300_000);

describe('statistics of a large history', () => {
  it('reach the newest days through indexes', async () => {
    const until = START + 365 * 86_400;
    const from = until - 2 * 86_400;
    const stretch = [from, until, [from, from + 86_400]];
    await readsNothingWhole(BOUNDS, []);
    await readsNothingWhole(HEDGES, stretch);
    await readsNothingWhole(BLOCKS, stretch);
    await readsNothingWhole(HEDGE_WINS, ['20260830', '20260901']);
    await readsNothingWhole(STATES, [from, until]);
  });

  it('are not needed to find a kind of operation that is seldom: its index leads there', async () => {
    const asked: [text: string, values: unknown[]][] = [];
    const query = async (...one: [string, unknown[]]) => {
      asked.push(one);
      return { rows: [] };
    };
    const history = createHistory({ query, options: {} } as unknown as Pool);
    await history.operations({ type: 'unresolved', limit: 50 });
    await history.operations({ type: 'unresolved', symbol: 'NVDA', limit: 50 });
    assert.equal(asked.length, 2);
    for (const [text, values] of asked) {
      assert.match(await readsNothingWhole(text, values), /operations_type_id/);
    }
  });

  it('count every hedge of a year once', async () => {
    const { totals, hedge_wins, hedge_pnl } = await createStatistics(db.pool).statistics(366);
    assert.equal(totals.hedges, HEDGES_COUNT);
    assert.equal(hedge_wins.wins + hedge_wins.losses + hedge_wins.even, HEDGES_COUNT);
    const bins = hedge_pnl?.histogram.map(({ count }) => count) ?? [];
    assert.equal(
      bins.reduce((sum, count) => sum + count, 0),
      HEDGES_COUNT,
    );
  });

  it('are the same for many who ask at once, and for one with one connection', async () => {
    const one = createPool({
      ...{ url: db.url, role: 'test', connectionsMax: 1, statementTimeoutMs: 20_000 },
      log: silentLog,
    });
    onTestFinished(() => one.end());
    const alone = await createStatistics(one).statistics(30);
    const { statistics } = createStatistics(db.pool);
    const asked = await Promise.all(Array.from({ length: 12 }, () => statistics(30)));
    for (const answer of asked) assert.deepEqual(answer, alone);
  });

  it.runIf(LONG)('take less than 2 s over a million rows', async () => {
    const mono = realMono();
    const took: number[] = [];
    for (const days of [30, 366, 366, 366]) {
      const from = mono.now();
      await createStatistics(db.pool).statistics(days);
      took.push(Math.round(mono.now() - from));
    }
    const { rows } = await db.pool.query<{ rows: number }>(
      `select sum(n_live_tup)::int as rows from pg_stat_user_tables`,
    );
    const count = rows[0]?.rows ?? 0;
    assert.ok(count > 1_000_000, `${count} rows`);
    process.stdout.write(`30 and three times 366 days of ${count} rows: ${took.join(', ')} ms\n`);
    // Of several runs the quickest: what else the machine does is no cost of ours.
    assert.ok(Math.min(...took.slice(1)) < 2000, `it took ${took.join(', ')} ms`);
  });
});

/**
 * Where most of a table is asked for, to read it whole is right; here the database is told that
 * this costs too much, and does it only where no index leads to the rows.
 */
async function readsNothingWhole(text: string, values: unknown[]): Promise<string> {
  const plan = await inTransaction(db.pool, async (client) => {
    await client.query('set local enable_seqscan = off');
    return await client.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
  });
  const lines = plan.rows.map((row) => row['QUERY PLAN']).join('\n');
  assert.match(lines, /Index/);
  assert.doesNotMatch(lines, /Seq Scan on (?!daemon_heartbeat)/, lines);
  return lines;
}

/** Thirteen rows for each hedge, as of a book that hedges and does little else. */
async function fill(): Promise<void> {
  const run = (text: string) => db.pool.query({ text, values: [HEDGES_COUNT, START, STEP] });
  const series =
    'generate_series(1, $1::int) n, lateral (select $2::float8 + $3::float8 * n as t) at';
  const zero = (count: number) => Array.from({ length: count }, () => '0').join(', ');
  await run(`insert into executions (ts, trading_ts, broker_ts, exec_id, exec_base, revision,
      order_ref, account, contract_key, symbol, sec_type, side, quantity, price, journal_id,
      sequence)
    select t, t, t, n || '.01', n::text, 1, 'demo:' || n, 'DU1', 'NVDA|STK', 'NVDA', 'STK', 'BUY',
      10, 100, 'j', n from ${series}`);
  await run(`insert into commissions (ts, exec_id, commission, currency, journal_id, sequence)
    select t, n || '.01', 1, 'USD', 'j', n from ${series}`);
  await run(`insert into intents (ts, trading_ts, symbol, account, order_ref, purpose, side,
      quantity, spot, outcome, filled, journal_id, sequence)
    select t, t, 'NVDA', 'DU1', 'demo:' || n, 'hedge', 'BUY', 10, 100, outcome, 0, 'j', n
    from ${series}, unnest(array[null, 'filled']) outcome`);
  await run(`insert into operations (ts, trading_ts, type, symbol, account, state_reason,
      order_ref, journal_id, sequence)
    select t, t, type, 'NVDA', 'DU1', 'price_collar: ' || n, 'demo:' || n, 'j', n
    from ${series}, unnest(array['hedge_intent', 'order_sent', 'fill',
      case when n % 5 = 0 then 'denied' else 'modify' end]) type`);
  await run(`insert into attributions (ts, trading_ts, symbol, account, day, scope, from_ts,
      until_ts, order_ref, delta, gamma, theta, vega, vanna_volga, rho, dividend, financing,
      commission, slippage, option_spread, exercise, unexplained, total, implied_gamma,
      journal_id, sequence)
    select t, t, 'NVDA', 'DU1', to_char(to_timestamp(t) at time zone 'UTC', 'YYYYMMDD'), scope,
      t - 60, t, 'demo:' || n, ${zero(13)}, n % 101 - 40, 0, 'j', n
    from ${series}, unnest(array['interval', 'interval', 'hedge']) scope`);
  await run(`insert into machine_transitions (ts, trading_ts, machine, from_state, to_state, event,
      journal_id, sequence)
    select t, t, (array['hedge:NVDA', 'trading:NVDA'])[1 + n % 2], 'A', 'A', 'tick', 'j', n
    from ${series}, generate_series(1, 2)`);
  await db.pool.query('vacuum analyze');
}
