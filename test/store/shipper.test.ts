import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { beforeAll, beforeEach, describe, it } from 'vitest';

import type { Pool } from '../../src/store/pool.ts';
import { TABLES } from '../../src/store/tables.ts';
import { CALL, SAMPLES, STOCK } from '../support/facts.ts';
import { startTestPostgres, type TestPostgres } from '../support/postgres.ts';
import {
  assertShipped,
  countRows,
  emptyTables,
  type JournalWriter,
  openJournalWriter,
  operation,
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

describe('the tables', () => {
  it('have the columns and types that rows are made for', async () => {
    const { rows } = await db.pool.query<{ table: string; column: string; type: string }>(
      `select table_name as table, column_name as column, data_type as type
       from information_schema.columns where table_schema = 'public'`,
    );
    const found = new Map(rows.map(({ table, column, type }) => [`${table}.${column}`, type]));
    for (const [table, { columns }] of Object.entries(TABLES)) {
      for (const [column, type] of Object.entries(columns)) {
        const wanted = type === 'timestamptz' ? 'timestamp with time zone' : type;
        assert.equal(found.get(`${table}.${column}`), wanted, `${table}.${column}`);
      }
    }
  });
});

describe('what is shipped', () => {
  it('is a fact of every kind, with its values', async () => {
    for (const fact of Object.values(SAMPLES)) writer.turn(fact);
    await shipAll(shipperOf(writer, db.pool));
    for (const table of Object.keys(TABLES)) {
      assert.ok((await countRows(db.pool, table)) > 0, table);
    }
    const { rows } = await db.pool.query('select * from operations');
    const { id: _, ...operation } = rows[0];
    assert.deepEqual(operation, {
      ts: 1_789_000_000.25,
      type: 'fill',
      side: 'SELL',
      quantity: 112,
      price: 181.37,
      state_reason: 'delta_outside_band',
      symbol: 'NVDA',
      account: 'DU1',
      con_id: '4815747',
      order_ref: 'demo:ab12:7',
      perm_id: '2000000123',
      exec_id: '0000e0d5.1.01',
      commission: 1.12,
      trading_ts: 1_789_000_001,
      journal_id: writer.journalId,
      sequence: '1',
    });
    const heartbeat = await db.pool.query('select last_ts from daemon_heartbeat');
    assert.equal(heartbeat.rows[0].last_ts.getTime(), 1_789_000_000_250);
  });

  it('is one row for an execution or commission that is told twice', async () => {
    writer.turn(SAMPLES.execution, SAMPLES.execution, SAMPLES.commission);
    writer.turn(SAMPLES.execution, SAMPLES.commission);
    await shipAll(shipperOf(writer, db.pool, 1));
    assert.equal(await countRows(db.pool, 'executions'), 1);
    assert.equal(await countRows(db.pool, 'commissions'), 1);
  });

  it('is a row for each correction of an execution', async () => {
    const { execution } = SAMPLES.execution;
    const correction = { ...execution, execId: '0000e0d5.1.02', revision: 2, quantity: 110 };
    writer.turn(SAMPLES.execution, { ...SAMPLES.execution, execution: correction });
    await shipAll(shipperOf(writer, db.pool));
    const { rows } = await db.pool.query('select revision, quantity from executions order by id');
    assert.deepEqual(rows, [
      { revision: 1, quantity: 112 },
      { revision: 2, quantity: 110 },
    ]);
  });

  it('leaves of a book its newest status, and all of them in the history', async () => {
    const status = SAMPLES.status;
    writer.turn(status, { ...status, slot: 1, symbol: 'SPY' });
    writer.turn({ ...status, netDelta: 31, stockPosition: -400 });
    await shipAll(shipperOf(writer, db.pool));
    const { rows } = await db.pool.query(
      'select id, symbol, net_delta, stock_position from status_current order by id',
    );
    assert.deepEqual(rows, [
      { id: 1, symbol: 'NVDA', net_delta: 31, stock_position: -400 },
      { id: 2, symbol: 'SPY', net_delta: -12.5, stock_position: -312 },
    ]);
    assert.equal(await countRows(db.pool, 'status_history'), 3);
  });

  it.each([1, 100])(
    'is the account’s positions as they are now, %i rows a batch',
    async (batchRows) => {
      const { positions: all, ...one } = { ...SAMPLES.positions, whole: false };
      const moved = { contract: STOCK, quantity: -400, avgCost: 181 };
      writer.turn({ ...one, positions: all });
      writer.turn({ ...one, positions: [{ contract: CALL, quantity: 0, avgCost: 0 }] });
      writer.turn({ ...one, positions: [moved] });
      await shipAll(shipperOf(writer, db.pool, batchRows));
      assert.deepEqual(await positions(), [['NVDA|STK|||', -400]]);

      writer.turn({ ...one, positions: [moved] });
      writer.turn({
        ...one,
        whole: true,
        positions: [{ contract: CALL, quantity: 3, avgCost: 5 }],
      });
      await shipAll(shipperOf(writer, db.pool, batchRows));
      assert.deepEqual(await positions(), [['NVDA|OPT|20260918|182.5|C', 3]]);
    },
  );

  it('keeps the heartbeat interval when only the suspension changes', async () => {
    writer.turn(SAMPLES.heartbeat);
    await shipAll(shipperOf(writer, db.pool));
    writer.turn(SAMPLES.suspended);
    await shipAll(shipperOf(writer, db.pool));
    const { rows } = await db.pool.query(
      'select suspended, heartbeat_interval_sec from daemon_run_status',
    );
    assert.deepEqual(rows, [{ suspended: true, heartbeat_interval_sec: 10 }]);
  });

  it('holds text and numbers that a column cannot', async () => {
    const odd = { ...SAMPLES.control, message: 'a\0b \ud800 ‘é’ {"x",\\' };
    writer.turn(odd, { ...SAMPLES.operation, price: Number.NaN, quantity: 3.6 });
    await shipAll(shipperOf(writer, db.pool));
    const { rows } = await db.pool.query('select message from control_audit');
    assert.equal(rows[0].message, 'ab \ufffd ‘é’ {"x",\\');
    assert.equal(await countRows(db.pool, 'facts_rejected'), 0);
  });
});

describe('a fact that the database refuses', () => {
  it('is kept whole beside the tables, and holds up none behind it', async () => {
    for (let n = 0; n < 5; n++) writer.turn(operation(n));
    writer.turn({ ...SAMPLES.operation, quantity: 3e9 });
    for (let n = 5; n < 9; n++) writer.turn(operation(n));
    await shipAll(shipperOf(writer, db.pool));
    assert.equal(await countRows(db.pool, 'operations'), 9);
    const { rows } = await db.pool.query('select sequence, fact, error from facts_rejected');
    assert.equal(rows.length, 1);
    assert.equal(rows[0].sequence, '6');
    assert.equal(JSON.parse(rows[0].fact).quantity, 3e9);
    assert.match(rows[0].error, /out of range/);
  });

  it('holds up none behind it, whichever of its values no row can have', async () => {
    const { order, execution, attribution } = SAMPLES;
    // In an index there is room for a third of a page.
    const long = randomBytes(9000).toString('base64');
    const one = execution.execution;
    writer.turn(operation(0), { ...order, permId: 2 ** 63 });
    writer.turn(operation(1), { ...execution, execution: { ...one, execId: long } });
    assert.ok(attribution.hedge !== null);
    writer.turn({ ...attribution, hedge: { ...attribution.hedge, until: 1e300 } });
    writer.turn(operation(2));
    await shipAll(shipperOf(writer, db.pool));
    assert.equal(await countRows(db.pool, 'operations'), 1);
    const { rows } = await db.pool.query(
      'select distinct sequence, error from facts_rejected order by sequence',
    );
    assert.match(rows[0].error, /perm_id: .* is out of range/);
    assert.match(rows[1].error, /index row/);
    assert.match(rows[2].error, /Invalid time value/);
    assert.equal(await countRows(db.pool, 'facts_rejected'), 5);
  });
});

describe('exactly once', () => {
  it('holds for a new shipper, which goes on where the last one was', async () => {
    for (let n = 0; n < 30; n++) writer.turn(operation(n));
    await shipperOf(writer, db.pool, 7).ship();
    assert.equal(await countRows(db.pool, 'operations'), 7);
    await shipAll(shipperOf(writer, db.pool, 7));
    await assertShipped(db.pool, 30);
  });

  it('holds when the answer to a commit is lost', async () => {
    for (let n = 0; n < 20; n++) writer.turn(operation(n));
    const subject = shipperOf(writer, losingCommits(db.pool, 2), 5);
    let lost = 0;
    for (let caughtUp = false; !caughtUp; ) {
      try {
        ({ caughtUp } = await subject.ship());
      } catch (error) {
        assert.match(String(error), /ECONNRESET/);
        lost += 1;
      }
    }
    assert.equal(lost, 2);
    await assertShipped(db.pool, 20);
  });

  it('holds for two that ship the same journal', async () => {
    for (let n = 0; n < 60; n++) writer.turn(operation(n));
    const both = [shipperOf(writer, db.pool, 3), shipperOf(writer, db.pool, 4)];
    await Promise.all(both.map((each) => shipAll(each)));
    await assertShipped(db.pool, 60);
  });
});

/** A pool of which the first `times` commits come through, and their answers do not. */
function losingCommits(pool: Pool, times: number): Pool {
  let left = times;
  const connect = async () => {
    const client = await pool.connect();
    return new Proxy(client, {
      get(target, name) {
        if (name !== 'query') {
          const value: unknown = Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        }
        return async (...args: [string]) => {
          const answer: unknown = await target.query(...args);
          if (args[0] !== 'commit' || left-- <= 0) return answer;
          throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
        };
      },
    });
  };
  return { query: pool.query.bind(pool), connect } as unknown as Pool;
}

async function positions(): Promise<unknown[][]> {
  const { rows } = await db.pool.query<{ contract_key: string; position: number }>(
    'select contract_key, position from account_positions order by contract_key',
  );
  return rows.map(({ contract_key, position }) => [contract_key, position]);
}
