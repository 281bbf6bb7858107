import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, it } from 'vitest';

import type { FaultCode } from '../../src/fault.ts';
import { migrate, schemaState } from '../../src/store/migrate.ts';
import { withClient } from '../../src/store/pool.ts';
import { faultOf } from '../support/fault.ts';
import { silentLog, startTestPostgres, type TestPostgres } from '../support/postgres.ts';

let db: TestPostgres;

beforeAll(async () => {
  db = await startTestPostgres({ migrated: false });
  return db.close;
});

const ALL = readdirSync(join(import.meta.dirname, '../../migrations'))
  .filter((name) => name.endsWith('.sql'))
  .map((name) => name.slice(0, -'.sql'.length))
  .sort();

/** The contract of docs and earlier readers: name, then columns with their types. */
const CONTRACT: Readonly<Record<string, string>> = {
  status_current:
    'id integer, daemon_state text, trading_state text, symbol text, spot double precision, ' +
    'bid double precision, ask double precision, net_delta double precision, ' +
    'stock_position integer, option_legs_count integer, daily_hedge_count integer, ' +
    'daily_pnl double precision, data_lag_ms double precision, config_summary text, ' +
    'ts double precision',
  operations:
    'id bigint, ts double precision, type text, side text, quantity integer, ' +
    'price double precision, state_reason text',
  daemon_control:
    'id bigint, command text, created_at timestamp with time zone, ' +
    'consumed_at timestamp with time zone',
  daemon_run_status:
    'id integer, suspended boolean, heartbeat_interval_sec integer, ' +
    'updated_at timestamp with time zone',
  daemon_heartbeat:
    'id integer, last_ts timestamp with time zone, hedge_running boolean, ib_connected boolean, ' +
    'ib_client_id integer, next_retry_ts timestamp with time zone, ' +
    'seconds_until_retry smallint, graceful_shutdown_at timestamp with time zone, ' +
    'heartbeat_interval_sec integer',
  accounts:
    'account_id text, updated_at timestamp with time zone, net_liquidation double precision, ' +
    'total_cash double precision, buying_power double precision, summary_extra jsonb',
  account_positions:
    'account_id text, con_id bigint, contract_key text, symbol text, sec_type text, ' +
    'exchange text, currency text, position double precision, avg_cost double precision, ' +
    'expiry text, strike double precision, option_right text, ' +
    'updated_at timestamp with time zone',
  instrument_prices:
    'contract_key text, symbol text, sec_type text, expiry text, strike double precision, ' +
    'option_right text, last double precision, bid double precision, ask double precision, ' +
    'mid double precision, updated_at timestamp with time zone',
  settings: 'id integer, ib_host text, ib_port_type text',
};

async function freshDatabase(name: string): Promise<string> {
  await db.pool.query(
    `drop schema public cascade; create schema public; comment on schema public is '${name}'`,
  );
  return db.url;
}

describe('migrate', () => {
  it('builds the schema from nothing, each file once', async () => {
    const url = await freshDatabase('empty');
    assert.deepEqual(await migrate(url, silentLog), ALL);
    assert.deepEqual(await migrate(url, silentLog), []);
    const state = await withClient(url, 'test', schemaState);
    assert.deepEqual(state, { applied: ALL, pending: [], unknown: [] });
  });

  it('lets the second of two that start at once find nothing to do', async () => {
    const url = await freshDatabase('twice');
    const done = await Promise.all([migrate(url, silentLog), migrate(url, silentLog)]);
    assert.deepEqual(done.flat().sort(), ALL);
  });

  it('gives up, and changes nothing, where another migrates without an end', async () => {
    const url = await freshDatabase('held');
    await withClient(url, 'test', async (other) => {
      await other.query('begin; select pg_advisory_xact_lock(7236001925)');
      const fault = await faultOf('database_unreachable', () => migrate(url, silentLog, 100));
      assert.match(fault.message, /lock timeout/);
      await other.query('rollback');
    });
    assert.deepEqual(await migrate(url, silentLog), ALL);
  });

  it('keeps the columns and types that readers of the earlier schema know', async () => {
    await migrate(await freshDatabase('contract'), silentLog);
    for (const [table, columns] of Object.entries(CONTRACT)) {
      const { rows } = await db.pool.query<{ columns: string }>(
        `select string_agg(column_name || ' ' || data_type, ', ' order by ordinal_position) columns
         from information_schema.columns where table_schema = 'public' and table_name = $1`,
        [table],
      );
      assert.ok(rows[0]?.columns.startsWith(columns), `${table}: ${rows[0]?.columns}`);
    }
    const history = await db.pool.query(
      `select column_name from information_schema.columns where table_name = 'status_current'
       except select column_name from information_schema.columns
       where table_name = 'status_history'`,
    );
    assert.equal(history.rowCount, 0);
  });

  it('takes over a table that the earlier engine made, rows and all', async () => {
    const url = await freshDatabase('legacy');
    await db.pool.query(
      `create table operations (id bigserial primary key, ts double precision, type text,
         side text, quantity integer, price double precision, state_reason text);
       insert into operations (ts, type, side, quantity) values (1700000000.5, 'fill', 'BUY', 7)`,
    );
    await migrate(url, silentLog);
    const { rows } = await db.pool.query('select ts, quantity, order_ref from operations');
    assert.deepEqual(rows, [{ ts: 1700000000.5, quantity: 7, order_ref: null }]);
  });

  it('lets nobody change or remove a row that tells of money', async () => {
    await migrate(await freshDatabase('append-only'), silentLog);
    await db.pool.query(`insert into operations (ts, type) values (1, 'fill')`);
    for (const change of ['update operations set ts = 2', 'delete from operations']) {
      await assert.rejects(db.pool.query(change), /operations is append-only/);
    }
  });

  it('refuses a database that a newer version migrated', async () => {
    const url = await freshDatabase('newer');
    await migrate(url, silentLog);
    await db.pool.query(
      `insert into schema_migrations (name, run_on) values ('9999_from_the_future', now())`,
    );
    await rejectsWith(
      'database_unusable',
      /newer schema \(9999_from_the_future\)/,
      migrate(url, silentLog),
    );
  });

  it('says what stands in its way, and changes nothing', async () => {
    const url = await freshDatabase('blocked');
    await db.pool.query('create table intents (id integer)');
    await rejectsWith('database_unusable', /"intents" already exists/, migrate(url, silentLog));
    const { rows } = await db.pool.query(`select to_regclass('operations') as found`);
    assert.deepEqual(rows, [{ found: null }]);
  });

  it('tells a server that is not there from one that does not agree', async () => {
    const gone = db.url.replace(/:\d+\//, ':1/');
    await rejectsWith('database_unreachable', /127\.0\.0\.1:1/, migrate(gone, silentLog));
  });
});

async function rejectsWith(code: FaultCode, message: RegExp, promise: Promise<unknown>) {
  const fault = await faultOf(code, () => promise);
  assert.match(fault.message, message);
}
