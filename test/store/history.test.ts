import assert from 'node:assert/strict';
import { beforeAll, beforeEach, describe, it } from 'vitest';

import type { OperationFact } from '../../src/protocol/facts.ts';
import type { OperationsQuery } from '../../src/protocol/ports.ts';
import { createHistory } from '../../src/store/history.ts';
import { readMonitorRows } from '../../src/store/monitor-rows.ts';
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

describe('views for monitors', () => {
  it('are read when they are new, and all of them after the clock of the database went back', async () => {
    const write = (text: string, at: string) =>
      db.pool.query(
        `insert into monitor_views (name, body, epoch, updated_at)
         values ('status', $1, 1, ${at}) on conflict (name) do update
         set body = excluded.body, updated_at = excluded.updated_at`,
        [JSON.stringify(text)],
      );
    const newest = async (after: number) => (await readMonitorRows(db.pool, after)).views;
    await write('before', `clock_timestamp() + interval '90 s'`);
    const [first] = await newest(0);
    assert.ok(first !== undefined);
    await write('after', 'clock_timestamp()');
    assert.deepEqual(
      (await newest(first.writtenAt)).map(({ name }) => name),
      ['status'],
    );
    const [{ writtenAt = 0 } = {}] = await newest(0);
    assert.deepEqual(await newest(writtenAt), []);
  });
});

describe('operations', () => {
  it('are as they were done, newest first', async () => {
    await record({ ts: 1 }, { ts: 2 });
    const { operations, next_cursor } = await read({ limit: 10 });
    assert.equal(next_cursor, null);
    assert.deepEqual(
      operations.map(({ ts }) => ts),
      [2, 1],
    );
    const { id, ...newest } = operations[0] ?? { id: Number.NaN };
    assert.ok(Number.isInteger(id));
    assert.deepEqual(newest, {
      ts: 2,
      type: 'fill',
      side: 'SELL',
      quantity: 112,
      price: 181.37,
      state_reason: 'delta_outside_band',
      symbol: 'NVDA',
      account: 'DU1',
      order_ref: 'demo:ab12:7',
      perm_id: 2_000_000_123,
      exec_id: '0000e0d5.1.01',
      commission: 1.12,
    });
  });

  it('are chosen by time (ends included), type and symbol, together', async () => {
    await record(
      { ts: 1, type: 'fill' },
      { ts: 2, type: 'order_sent' },
      { ts: 3, type: 'fill', symbol: 'SPY' },
      { ts: 4, type: 'fill' },
    );
    const found = async (query: Partial<OperationsQuery>) =>
      (await read({ limit: 10, ...query })).operations.map(({ ts }) => ts);
    assert.deepEqual(await found({ since_ts: 2, until_ts: 3 }), [3, 2]);
    assert.deepEqual(await found({ type: 'fill' }), [4, 3, 1]);
    assert.deepEqual(await found({ symbol: 'SPY' }), [3]);
    assert.deepEqual(await found({ type: 'fill', symbol: 'NVDA', since_ts: 2 }), [4]);
    assert.deepEqual(await found({ type: 'cancel' }), []);
  });

  it('come page by page, each once, whatever comes in between', async () => {
    await record(...Array.from({ length: 7 }, (_, n) => ({ ts: n })));
    const seen: number[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < 4; page++) {
      const { operations, next_cursor } = await read({ limit: 2, cursor });
      seen.push(...operations.map(({ ts }) => ts));
      await record({ ts: 100 + page }, { ts: -1 });
      if (next_cursor === null) break;
      cursor = next_cursor;
    }
    assert.deepEqual(seen, [6, 5, 4, 3, 2, 1, 0]);
  });

  it('have no next page when the last one is just full', async () => {
    await record({ ts: 1 }, { ts: 2 });
    assert.equal((await read({ limit: 2 })).next_cursor, null);
    assert.notEqual((await read({ limit: 1 })).next_cursor, null);
  });

  it('refuse a cursor that no page gave', async () => {
    for (const cursor of ['', 'abc', Buffer.from('op:1;drop').toString('base64url')]) {
      await faultOf('invalid', () => read({ limit: 1, cursor }));
    }
  });

  it('of the earlier engine are read, with what they lack left empty', async () => {
    await db.pool.query(
      `insert into operations (ts, type, side, quantity) values (5, 'fill', 'BUY', 3)`,
    );
    const { operations } = await read({ limit: 1 });
    const { symbol, state_reason, order_ref, quantity } = operations[0] ?? {};
    assert.deepEqual([symbol, state_reason, order_ref, quantity], ['', '', null, 3]);
  });
});

describe('transitions', () => {
  it('are those of one machine, newest first, as many as wanted', async () => {
    const step = (machine: string, from: string, to: string) =>
      ({ ...SAMPLES.transition, machine, from, to }) as const;
    writer.turn(step('trading:NVDA', 'INIT', 'READY'), step('hedge:NVDA', 'IDLE', 'WAIT_ACK'));
    writer.turn(step('trading:NVDA', 'READY', 'HEDGING'), step('trading:NVDA', 'HEDGING', 'READY'));
    await shipAll(shipperOf(writer, db.pool));
    const transitions = await createHistory(db.pool).transitions('trading:NVDA', 2);
    const ts = SAMPLES.transition.ts;
    const machine = 'trading:NVDA';
    assert.deepEqual(transitions, [
      { ts, machine, from: 'HEDGING', to: 'READY', event: 'assessment' },
      { ts, machine, from: 'READY', to: 'HEDGING', event: 'assessment' },
    ]);
  });

  it('are counted by their ways, of one machine', async () => {
    const step = (machine: string, from: string, to: string) =>
      ({ ...SAMPLES.transition, machine, from, to }) as const;
    for (let n = 0; n < 3; n += 1) writer.turn(step('trading:SPY', 'SYNC', 'IDLE'));
    writer.turn(step('trading:SPY', 'IDLE', 'SAFE'), step('hedge:SPY', 'SYNC', 'IDLE'));
    await shipAll(shipperOf(writer, db.pool));
    assert.deepEqual(await createHistory(db.pool).moves('trading:SPY'), [
      { from: 'SYNC', to: 'IDLE', event: 'assessment', count: 3 },
      { from: 'IDLE', to: 'SAFE', event: 'assessment', count: 1 },
    ]);
  });
});

describe('the board of the shadows', () => {
  it('sums days and sessions, and weighs errors by evaluations', async () => {
    const { row } = SAMPLES.shadow;
    const split = { ...row.split, gamma: 10, commission: -2, slippage: -1, total: 7 };
    const of = (changes: Partial<typeof row>) =>
      writer.turn({ ...SAMPLES.shadow, row: { ...row, split, ...changes } });
    of({ evaluations: 100, errorSquare: 4, errorMean: 1 });
    // The same session again, further on: it takes the place of the row before.
    of({ evaluations: 300, errorSquare: 4, errorMean: 1 });
    of({
      evaluations: 100,
      errorSquare: 100,
      errorMean: -3,
      session: 9,
      until: row.until + 1000,
      owned: 7,
    });
    of({ name: 'live', evaluations: 10, errorSquare: 1, errorMean: 0, day: '20260910' });
    of({ name: 'old', day: '20260801' });
    await shipAll(shipperOf(writer, db.pool));
    const { from_day, until_day, rows } = await createHistory(db.pool).shadows(7);
    assert.deepEqual([from_day, until_day], ['20260904', '20260910']);
    assert.deepEqual(
      rows.map(({ shadow, evaluations, hedge_error, error_mean }) => {
        return [shadow, evaluations, hedge_error, error_mean];
      }),
      [
        ['live', 10, 1, 0],
        ['wide', 400, Math.sqrt((300 * 4 + 100 * 100) / 400), 0],
      ],
    );
    const [, wide] = rows;
    assert.deepEqual(
      [wide?.hedges, wide?.cost, wide?.attribution.gamma, wide?.owned],
      [4, 6, 20, 7],
    );
  });

  it('is empty where no book has any', async () => {
    const nothing = { from_day: null, until_day: null, rows: [] };
    assert.deepEqual(await createHistory(db.pool).shadows(30), nothing);
  });
});

describe('a database that is away', () => {
  it('is a fault that names it', async () => {
    const pool = testPool('postgresql://me:secret@127.0.0.1:1/trades');
    const history = createHistory(pool);
    const fault = await faultOf('database_unreachable', () => history.transitions('daemon', 1));
    assert.match(fault.message, /127\.0\.0\.1:1\/trades/);
    await pool.end();
  });
});

function read(query: OperationsQuery) {
  return createHistory(db.pool).operations(query);
}

async function record(...changes: readonly Partial<OperationFact>[]): Promise<void> {
  for (const change of changes) writer.turn({ ...SAMPLES.operation, ...change });
  await shipAll(shipperOf(writer, db.pool));
}
