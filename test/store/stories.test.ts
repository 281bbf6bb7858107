import assert from 'node:assert/strict';
import { beforeAll, beforeEach, describe, it } from 'vitest';

import { NO_ATTRIBUTION } from '../../src/domain/attribution.ts';
import type { Fact } from '../../src/protocol/facts.ts';
import { bookCourseView, orderStoryView } from '../../src/protocol/story-view.ts';
import { createHistory } from '../../src/store/history.ts';
import { SAMPLES } from '../support/facts.ts';
import { faultOf } from '../support/fault.ts';
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts';
import {
  emptyTables,
  type JournalWriter,
  openJournalWriter,
  shipAll,
  shipperOf,
} from '../support/shipping.ts';

const REF = 'demo:ab12:7';

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

const at = (ts: number) => ({ ts, tradingTs: ts * 1000 });

const status = (ts: number, more: object = {}): Fact => {
  return { ...SAMPLES.status, ...at(ts), ...more };
};

const move = (ts: number, from: string, to: string, event: string): Fact => {
  return { ...SAMPLES.transition, ...at(ts), machine: 'hedge:NVDA', from, to, event };
};

const report = (ts: number, state: string, filled: number): Fact => {
  return { ...SAMPLES.order, ...at(ts), status: state, filled };
};

const fill = (ts: number, execId: string, quantity: number, price: number, revision = 1): Fact => {
  const { execution } = SAMPLES.execution;
  const [execBase = ''] = execId.split('.0');
  const told = { ...execution, execId, execBase, revision, quantity, price, ts: ts * 1000 };
  return { ...SAMPLES.execution, ...at(ts), execution: told };
};

const fee = (execId: string, amount: number): Fact => {
  const { commission } = SAMPLES.commission;
  return { ...SAMPLES.commission, commission: { ...commission, execId, commission: amount } };
};

const operation = (ts: number, type: 'hedge_intent' | 'order_sent' | 'fill'): Fact => {
  return { ...SAMPLES.operation, ...at(ts), type };
};

/** Sells 112 from a mid of 181.36: 100 at 181.35 and 12 at 181.37. */
function workedOrder(): void {
  writer.turn(status(99, { netDelta: 90 }), move(99, 'EXEC_IDLE', 'FILLED', 'OLD'));
  writer.turn(
    ...[move(100, 'EXEC_IDLE', 'PLAN', 'RECV_TARGET'), move(100, 'PLAN', 'SEND', 'need.computed')],
    { ...SAMPLES.intent, ...at(100) },
    ...[operation(100, 'hedge_intent'), operation(100, 'order_sent')],
    status(100, { netDelta: 112.4, spot: 181.36 }),
  );
  writer.turn(report(100.1, 'Submitted', 0));
  writer.turn(report(100.2, 'Submitted', 0));
  writer.turn(fill(100.3, 'e.1.01', 100, 181.35), operation(100.3, 'fill'));
  writer.turn(report(100.3, 'Submitted', 100), fee('e.1.01', 1));
  writer.turn(
    ...[fill(100.4, 'e.2.01', 12, 181.37), report(100.4, 'Filled', 112)],
    move(100.4, 'WORKING', 'FILLED', 'order.executed'),
    { ...SAMPLES.intent, ...at(100.4), outcome: 'filled', filled: 112 },
  );
  writer.turn(move(101, 'FILLED', 'PLAN', 'NEXT'));
}

const ship = () => shipAll(shipperOf(writer, db.pool));
const story = (ref: string) => createHistory(db.pool).order(ref);

describe('the story of an order', () => {
  it('tells what was known, what the machine and the broker did, and what it cost', async () => {
    workedOrder();
    writer.turn(fee('e.2.01', 0.5));
    await ship();
    const found = await story(REF);
    assert.deepEqual(orderStoryView.parse(found), found);
    assert.deepEqual(
      [found.intent?.target_shares, found.decision?.net_delta, found.decision?.exact],
      [-312, 112.4, true],
    );
    // Nothing of the order before, nothing of the one after.
    assert.deepEqual(
      found.transitions.map(({ to }) => to),
      ['PLAN', 'SEND', 'FILLED'],
    );
    assert.deepEqual(
      found.reports.map(({ ts, filled }) => [ts, filled]),
      [
        [100.1, 0],
        [100.3, 100],
        [100.4, 112],
      ],
    );
    assert.deepEqual([found.outcome, found.ended_ts, found.filled], ['filled', 100.4, 112]);
    assert.equal(found.costs.commission, 1.5);
    // 100 sold a cent below the mid, 12 a cent above.
    assert.equal(found.costs.slippage?.toFixed(4), '0.8800');
    assert.deepEqual(
      found.operations.map(({ type }) => type),
      ['hedge_intent', 'order_sent', 'fill'],
    );
  });

  it('does not know its commission before all of it was told, nor its P&L', async () => {
    workedOrder();
    await ship();
    const { costs, pnl } = await story(REF);
    assert.deepEqual([costs.commission, pnl], [null, null]);
  });

  it('knows the P&L of the hedge once the next one has begun', async () => {
    workedOrder();
    const { from, tradingTs: until } = SAMPLES.attribution;
    const hedge = { orderRef: REF, from, until, split: { ...NO_ATTRIBUTION, gamma: 12 } };
    const total = { ...hedge, split: { ...hedge.split, total: 12 } };
    writer.turn({ ...SAMPLES.attribution, hedge: total } as Fact);
    await ship();
    assert.equal((await story(REF)).pnl, 12);
  });

  it('counts a corrected execution as corrected', async () => {
    workedOrder();
    writer.turn(fill(102, 'e.2.02', 2, 181.37, 2));
    await ship();
    const { filled, executions } = await story(REF);
    assert.equal(filled, 102);
    assert.deepEqual(
      executions.map(({ exec_id, corrected }) => [exec_id, corrected]),
      [
        ['e.1.01', false],
        ['e.2.01', true],
        ['e.2.02', false],
      ],
    );
  });

  it('of one that is worked still has no end', async () => {
    writer.turn({ ...SAMPLES.intent, ...at(100) }, operation(100, 'order_sent'));
    writer.turn(move(100.1, 'SEND', 'WAIT_ACK', 'order.approved'));
    await ship();
    const found = await story(REF);
    assert.deepEqual([found.outcome, found.ended_ts, found.decision], [null, null, null]);
    assert.equal(found.transitions.length, 1);
    assert.deepEqual(found.costs, { commission: null, slippage: null });
  });

  it('of one that nobody sent is not found', async () => {
    await faultOf('not_found', () => story('demo:none:1'));
  });
});

describe('the course of a book', () => {
  const course = (minutes: number, points: number) =>
    createHistory(db.pool).course('NVDA', { minutes, points });

  it('has a point for each step, with what net delta did within it', async () => {
    const rows = [
      [1000, 100, 5],
      [1055, 101, 30],
      [1058, 102, -20],
      [1060, 103, 8],
    ] as const;
    for (const [ts, spot, netDelta] of rows) writer.turn(status(ts, { spot, netDelta }));
    writer.turn(status(1060, { symbol: 'SPY', netDelta: 999 }));
    await ship();
    const found = await course(1, 12);
    assert.deepEqual(bookCourseView.parse(found), found);
    assert.deepEqual([found.from_ts, found.until_ts, found.step_s], [1000, 1060, 5]);
    // The first row lies at the beginning, and so outside; a step ends with the newest of it.
    assert.deepEqual(
      found.points.map((point) => [point.ts, point.spot, point.net_delta]),
      [
        [1055, 101, 30],
        [1060, 103, 8],
      ],
    );
    const last = found.points.at(-1);
    assert.deepEqual([last?.net_delta_least, last?.net_delta_most], [-20, 8]);
  });

  it('of a young book is as fine as that of an old one', async () => {
    for (let second = 0; second <= 60; second += 1) writer.turn(status(1000 + second));
    await ship();
    const found = await course(600, 60);
    assert.equal(found.step_s, 1);
    assert.equal(found.points.length, 61);
  });

  it('marks its own fills, in their order', async () => {
    writer.turn(status(1000), operation(990, 'fill'), operation(995, 'order_sent'));
    writer.turn(operation(1000, 'fill'), { ...SAMPLES.operation, ...at(999), symbol: 'SPY' });
    await ship();
    const { fills } = await course(60, 100);
    assert.deepEqual(
      fills.map(({ ts, side, quantity, price }) => [ts, side, quantity, price]),
      [
        [990, 'SELL', 112, 181.37],
        [1000, 'SELL', 112, 181.37],
      ],
    );
  });

  it('of no history is empty', async () => {
    const found = await course(60, 60);
    assert.deepEqual([found.from_ts, found.points, found.fills], [null, [], []]);
  });
});
