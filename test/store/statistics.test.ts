import assert from 'node:assert/strict';
import { beforeAll, beforeEach, describe, it } from 'vitest';

import { NO_ATTRIBUTION } from '../../src/domain/attribution.ts';
import { epochOf } from '../../src/domain/calendar.ts';
import type { Fact } from '../../src/protocol/facts.ts';
import { statisticsView } from '../../src/protocol/statistics-view.ts';
import { createStatistics } from '../../src/store/statistics.ts';
import { SAMPLES } from '../support/facts.ts';
import { faultOf } from '../support/fault.ts';
import { startTestPostgres, type TestPostgres, testPool } from '../support/postgres.ts';
import {
  emptyTables,
  type JournalWriter,
  openJournalWriter,
  shipAll,
  shipperOf,
} from '../support/shipping.ts';

// Friday, Monday and Tuesday over the end of a month.
const FRIDAY = '20260828';
const MONDAY = '20260831';
const TUESDAY = '20260901';

let db: TestPostgres;
let writer: JournalWriter;

beforeAll(async () => {
  db = await startTestPostgres();
  return db.close;
});

beforeEach(async () => {
  await emptyTables(db.pool);
  writer = openJournalWriter();
  return () => writer.remove();
});

describe('a history of nothing', () => {
  it('has no days, and a rate of nothing is not known', async () => {
    const found = await statistics(30);
    assert.deepEqual([found.from_day, found.until_day, found.per_day], [null, null, []]);
    assert.deepEqual([found.hedge_wins.rate, found.day_pnl, found.totals.pnl], [null, null, null]);
    assert.deepEqual(statisticsView.parse(found), found);
  });
});

describe('a small history', () => {
  // By hand: two hedges on Friday, one on Monday, and one of another account; Tuesday at noon.
  const small: readonly Fact[] = [
    ...hedge('a', FRIDAY, '10:00', { quantity: 100, price: 50.02, mid: 50, fee: 1 }),
    ...hedge('b', FRIDAY, '11:00', { quantity: 40, price: 49.99, mid: 50, fee: 0.5 }),
    ...hedge('c', MONDAY, '10:00', { quantity: 10, price: 51, mid: 51, fee: 1 }),
    ...hedge('d', MONDAY, '10:05', { quantity: 7, price: 51, mid: 51, fee: 1 }, 'DU2'),
    made({ ref: 'a', day: FRIDAY, time: '10:01', hedged: 30, sum: 30 }),
    made({ ref: 'b', day: FRIDAY, time: '16:00', hedged: -10, sum: 20 }),
    made({ ref: 'c', day: MONDAY, time: '15:59', hedged: 0, sum: -5 }),
    made({ ref: 'd', day: MONDAY, time: '15:59', hedged: 2, sum: -4, account: 'DU2' }),
    made({ ref: null, day: TUESDAY, time: '12:00', hedged: 0, sum: 1000 }),
  ];

  it('is summed up by day, week and month', async () => {
    await record(...small);
    const { from_day, until_day, per_day, per_week, per_month } = await statistics(30);
    assert.deepEqual([from_day, until_day], ['20260803', TUESDAY]);
    assert.deepEqual(rounded(per_day), [
      [FRIDAY, 2, 140, 1.5, 1.6, 20, false],
      [MONDAY, 2, 17, 2, 0, -9, false],
      [TUESDAY, 0, 0, 0, 0, 1000, true],
    ]);
    assert.deepEqual(rounded(per_week), [
      ['20260824', 2, 140, 1.5, 1.6, 20, false],
      [MONDAY, 2, 17, 2, 0, 991, true],
    ]);
    assert.deepEqual(rounded(per_month), [
      ['202608', 4, 157, 3.5, 1.6, 11, false],
      ['202609', 0, 0, 0, 0, 1000, true],
    ]);
  });

  it('tells wins by hedge, and by day where the day came to its close', async () => {
    await record(...small);
    const { hedge_wins, day_wins } = await statistics(30);
    assert.deepEqual(hedge_wins, { wins: 2, losses: 1, even: 1, unknown: 0, rate: 0.5 });
    assert.deepEqual(day_wins, { wins: 1, losses: 1, even: 0, unknown: 1, rate: 0.5 });
  });

  it('tells how P&L is distributed', async () => {
    await record(...small);
    const { hedge_pnl, day_pnl } = await statistics(30);
    // −10, 0, 2, 30: mean 5.5, deviation √(883/4), quartiles at −2.5, 1 and 9.
    assert(hedge_pnl !== null && day_pnl !== null);
    const { count, mean, least, most, percentiles } = hedge_pnl;
    assert.deepEqual([count, mean, least, most], [4, 5.5, -10, 30]);
    assert.ok(Math.abs(hedge_pnl.deviation - Math.sqrt(883 / 4)) < 1e-9);
    assert.deepEqual([percentiles.p25, percentiles.p50, percentiles.p75], [-2.5, 1, 9]);
    const bins = hedge_pnl.histogram.filter((bin) => bin.count > 0);
    assert.deepEqual(
      bins.map(({ from, until, count: of }) => [from, until, of]),
      [
        [-10, -5, 1],
        [0, 5, 2],
        [30, 35, 1],
      ],
    );
    assert.deepEqual([day_pnl.count, day_pnl.least, day_pnl.most], [2, -9, 20]);
  });

  it('keeps the same symbol in two accounts apart', async () => {
    await record(...small);
    const { books, attribution } = await statistics(30);
    assert.deepEqual(
      books.map(({ symbol, account, hedges, pnl }) => [symbol, account, hedges, pnl]),
      [
        ['NVDA', 'DU1', 3, 1015],
        ['NVDA', 'DU2', 1, -4],
      ],
    );
    assert.deepEqual([attribution.gamma, attribution.total], [1011, 1011]);
  });

  it('is cut to the days asked for, the newest included', async () => {
    await record(...small);
    const { from_day, per_day } = await statistics(2);
    assert.equal(from_day, MONDAY);
    assert.deepEqual(
      per_day.map(({ period }) => period),
      [MONDAY, TUESDAY],
    );
    assert.equal((await statistics(1)).per_day.length, 1);
  });

  it('tells the P&L of one symbol, day by day and hedge by hedge', async () => {
    await record(...small);
    const { days, hedges } = await createStatistics(db.pool).pnl('NVDA', 30);
    assert.deepEqual(
      days.map(({ day, account, total, cumulative }) => [day, account, total, cumulative]),
      [
        [FRIDAY, 'DU1', 20, 20],
        [MONDAY, 'DU1', -5, 15],
        [MONDAY, 'DU2', -4, -4],
        [TUESDAY, 'DU1', 1000, 1015],
      ],
    );
    assert.deepEqual(
      hedges.map(({ order_ref, total }) => [order_ref, total]),
      [
        ['demo:d', 2],
        ['demo:c', 0],
        ['demo:b', -10],
        ['demo:a', 30],
      ],
    );
    assert.deepEqual((await createStatistics(db.pool).pnl('SPY', 30)).days, []);
  });
});

describe('a hedge', () => {
  it('counts as corrected, on the day of its first execution', async () => {
    const fill = { quantity: 100, price: 50, mid: 50, fee: 1 };
    const better = { ...fill, quantity: 60, price: 50.1, fee: 0.6 };
    await record(
      ...hedge('a', FRIDAY, '15:59', fill),
      ...correction('a', MONDAY, '09:00', better),
      ...hedge('b', MONDAY, '10:00', fill),
      ...correction('b', MONDAY, '10:01', { ...fill, quantity: 0, fee: 0 }),
    );
    const { per_day } = await statistics(30);
    assert.deepEqual(rounded(per_day), [[FRIDAY, 1, 60, 0.6, 6, null, false]]);
    assert.deepEqual((await statistics(1)).per_day, []);
  });

  it('is of the exchange’s day, whatever the day of the host', async () => {
    // 23:59:59 and 00:00:00 in New York are 03:59:59 and 04:00:00 of one day in UTC.
    const fill = { quantity: 1, price: 50, mid: 50, fee: 0 };
    await record(...hedge('a', FRIDAY, '23:59:59', fill), ...hedge('b', '20260829', '00:00', fill));
    const { per_day } = await statistics(30);
    assert.deepEqual(
      per_day.map(({ period, hedges }) => [period, hedges]),
      [
        [FRIDAY, 1],
        ['20260829', 1],
      ],
    );
  });

  it('of the earlier engine is each of its fills', async () => {
    const ts = epochOf(FRIDAY, '10:00') / 1000;
    await db.pool.query(
      `insert into operations (ts, type, side, quantity) values
        ($1, 'fill', 'BUY', 3), ($1, 'fill', 'SELL', 4), ($1, 'order_sent', 'SELL', 4)`,
      [ts],
    );
    const { per_day, hedge_wins } = await statistics(30);
    assert.deepEqual(rounded(per_day), [[FRIDAY, 2, 7, 0, 0, null, false]]);
    assert.deepEqual([hedge_wins.unknown, hedge_wins.rate], [2, null]);
  });
});

describe('blocks', () => {
  it('are counted by day and by the id that their text begins with', async () => {
    const said = (day: string, type: 'denied' | 'alert' | 'fill', stateReason: string): Fact => ({
      ...SAMPLES.operation,
      ...times(day, '10:00'),
      ...{ type, stateReason },
    });
    await record(
      said(FRIDAY, 'denied', 'price_collar: 1 % from the mid'),
      said(FRIDAY, 'denied', 'price_collar: 2 % from the mid'),
      said(FRIDAY, 'fill', 'execution'),
      said(MONDAY, 'alert', 'net_delta: net delta is beyond the limit'),
      said(MONDAY, 'alert', 'net_delta cleared'),
      said(MONDAY, 'alert', 'Something else'),
    );
    assert.deepEqual((await statistics(30)).blocks, [
      { day: FRIDAY, kind: 'denied', reason: 'price_collar', count: 2 },
      { day: MONDAY, kind: 'alert', reason: 'net_delta', count: 1 },
      { day: MONDAY, kind: 'alert', reason: 'other', count: 1 },
    ]);
  });
});

describe('time in states', () => {
  it('lasts until the next transition, and not beyond the daemon’s life', async () => {
    const t = epochOf(FRIDAY, '10:00') / 1000;
    const move = (at: number, machine: string, from: string, to: string): Fact => ({
      ...SAMPLES.transition,
      ...{ ts: t + at, tradingTs: (t + at) * 1000, machine, from, to },
    });
    await record(
      move(0, 'daemon', 'idle', 'running'),
      move(1, 'trading:NVDA', 'BOOT', 'MONITOR'),
      move(11, 'trading:NVDA', 'MONITOR', 'HEDGE'),
      move(15, 'trading:NVDA', 'HEDGE', 'MONITOR'),
      { ...SAMPLES.status, ts: t + 40, tradingTs: (t + 40) * 1000 },
      // Killed; an hour later another one begins.
      move(3600, 'daemon', 'idle', 'running'),
      move(3601, 'trading:NVDA', 'BOOT', 'SAFE'),
      move(3605, 'daemon', 'running', 'stopped'),
    );
    const { states } = await statistics(30);
    assert.deepEqual(
      states.map(({ machine, state, seconds, visits }) => [machine, state, seconds, visits]),
      [
        ['daemon', 'running', 45, 2],
        ['daemon', 'stopped', 0, 1],
        ['trading:NVDA', 'MONITOR', 35, 2],
        ['trading:NVDA', 'HEDGE', 4, 1],
        ['trading:NVDA', 'SAFE', 4, 1],
      ],
    );
    assert.equal(states[0]?.share, 1);
  });
});

describe('a database that is away', () => {
  it('is a fault that names it', async () => {
    const pool = testPool('postgresql://me:secret@127.0.0.1:1/trades');
    await faultOf('database_unreachable', () => createStatistics(pool).statistics(1));
    await pool.end();
  });
});

function statistics(days: number) {
  return createStatistics(db.pool).statistics(days);
}

interface Fill {
  readonly quantity: number;
  readonly price: number;
  readonly mid: number;
  readonly fee: number;
}

/** A buy with its intent, its execution and its commission. */
function hedge(ref: string, day: string, time: string, fill: Fill, account = 'DU1'): Fact[] {
  const orderRef = `demo:${ref}`;
  const { quantity, mid } = fill;
  const intent = { ...SAMPLES.intent, ...times(day, time), account, orderRef, quantity };
  return [
    { ...intent, side: 'BUY', spot: mid },
    { ...intent, side: 'BUY', spot: mid, outcome: 'filled', filled: quantity },
    ...executed(ref, 1, day, time, fill, account),
  ];
}

function correction(ref: string, day: string, time: string, fill: Fill): Fact[] {
  return executed(ref, 2, day, time, fill, 'DU1');
}

function executed(
  ref: string,
  revision: number,
  day: string,
  time: string,
  { quantity, price, fee }: Fill,
  account: string,
): Fact[] {
  const { execution } = SAMPLES.execution;
  const dated = times(day, time);
  const execId = `${ref}.0${revision}`;
  const ids = { orderRef: `demo:${ref}`, execBase: ref, execId, revision, account };
  const report = { ...execution, ...ids, side: 'BUY' as const, quantity, price };
  const commission = { ...SAMPLES.commission.commission, execId, commission: fee };
  return [
    { ...SAMPLES.execution, ...dated, execution: { ...report, ts: dated.tradingTs } },
    { ...SAMPLES.commission, ...dated, account, commission },
  ];
}

/** The book's day so far, and (with `ref`) the hedge that ended. */
function made(what: {
  readonly ref: string | null;
  readonly day: string;
  readonly time: string;
  readonly hedged: number;
  readonly sum: number;
  readonly account?: string;
}): Fact {
  const { ref, day, time, hedged, sum, account = 'DU1' } = what;
  const dated = times(day, time);
  const until = dated.tradingTs;
  const { kept } = SAMPLES.attribution;
  const split = (gamma: number) => ({ ...NO_ATTRIBUTION, gamma, total: gamma });
  return {
    ...{ ...SAMPLES.attribution, ...dated, account },
    kept: { ...kept, day, anchor: { ...kept.anchor, ts: until }, sum: split(sum) },
    hedge:
      ref === null
        ? null
        : { orderRef: `demo:${ref}`, from: until - 1000, until, split: split(hedged) },
  };
}

function times(day: string, time: string) {
  const at = epochOf(day, time);
  return { ts: at / 1000, tradingTs: at };
}

function rounded(periods: Awaited<ReturnType<typeof statistics>>['per_day']) {
  return periods.map(({ period, hedges, shares, commission, slippage, pnl, partial }) => [
    ...[period, hedges, shares, commission],
    ...[Math.abs(Number(slippage.toFixed(6))), pnl, partial],
  ]);
}

async function record(...facts: readonly Fact[]): Promise<void> {
  for (const fact of facts) writer.turn(fact);
  await shipAll(shipperOf(writer, db.pool));
}
