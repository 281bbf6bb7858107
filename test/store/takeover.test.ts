/** Databases that are older than this version: of the earlier engine, and of each one of ours. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, it, onTestFinished } from 'vitest';

import { createHistory } from '../../src/store/history.ts';
import { migrate } from '../../src/store/migrate.ts';
import { maintainPartitions } from '../../src/store/partitions.ts';
import { describeSchema, expectedSchema, findDrift } from '../../src/store/schema.ts';
import { SAMPLES } from '../support/facts.ts';
import { silentLog, startTestPostgres, type TestPostgres } from '../support/postgres.ts';
import { bifrost } from '../support/program.ts';
import { countRows, openJournalWriter, shipAll, shipperOf } from '../support/shipping.ts';

const MIGRATIONS = join(import.meta.dirname, '../../migrations');
const EARLIER = readFileSync(join(import.meta.dirname, 'fixtures/earlier-engine.sql'), 'utf8');
const FILES = readdirSync(MIGRATIONS)
  .filter((name) => name.endsWith('.sql'))
  .sort();

let db: TestPostgres;

beforeAll(async () => {
  db = await startTestPostgres({ migrated: false });
  return db.close;
});

beforeEach(async () => {
  await db.pool.query('drop schema public cascade; create schema public');
});

async function rows(text: string): Promise<unknown[]> {
  return (await db.pool.query(text)).rows;
}

/** What we write, on top of what is there. */
async function shipEverything(): Promise<void> {
  const writer = openJournalWriter();
  onTestFinished(() => writer.remove());
  const second = { ...SAMPLES.status, slot: 1, symbol: 'SPY' };
  writer.turn(...Object.values(SAMPLES), second);
  await shipAll(shipperOf(writer, db.pool));
  assert.equal(await countRows(db.pool, 'facts_rejected'), 0);
}

describe('a database of the earlier engine', () => {
  it('is taken over in place by `db migrate`, its history as it was', async () => {
    await db.pool.query(EARLIER);
    const history = await rows('select * from status_history order by id');
    const operations = await rows('select * from operations order by id');

    const answer = await bifrost(['db', 'migrate'], { DATABASE_URL: db.url });
    assert.equal(answer.code, 0, answer.err);
    assert.match(answer.out, /applied 0001_create_contract_tables/);

    const columns = Object.keys(history[0] as object).join(', ');
    assert.deepEqual(await rows(`select ${columns} from status_history order by id`), history);
    const known = Object.keys(operations[0] as object).join(', ');
    assert.deepEqual(await rows(`select ${known} from operations order by id`), operations);
    const live = await describeSchema(db.pool);
    assert.deepEqual(findDrift(expectedSchema(), live).problems, []);
    assert.deepEqual(await rows('select * from settings'), [
      { id: 1, ib_host: '10.0.0.5', ib_port_type: 'tws_paper' },
    ]);
  });

  it('is read and written by what reads and writes ours', async () => {
    await db.pool.query(EARLIER);
    await migrate(db.url, silentLog);
    await shipEverything();
    const page = await createHistory(db.pool).operations({ limit: 10 });
    assert.deepEqual(
      page.operations.map(({ type, ts, quantity, order_ref }) => [type, ts, quantity, order_ref]),
      [
        ['control', SAMPLES.operation.ts, null, null],
        ['fill', SAMPLES.operation.ts, 112, 'demo:ab12:7'],
        ['reject', 0, 7, null],
        ['fill', 1718000101.5, 20, null],
        ['hedge_intent', 1718000100.5, 20, null],
      ],
    );
    assert.deepEqual(await rows('select id, symbol from status_current order by id'), [
      { id: 1, symbol: 'NVDA' },
      { id: 2, symbol: 'SPY' },
    ]);
    assert.deepEqual(await rows('select heartbeat_interval_sec from daemon_run_status'), [
      { heartbeat_interval_sec: 10 },
    ]);
    await maintainPartitions(db.pool, 1);
    const earlier = 'select count(*)::int as n from status_history where journal_id is null';
    assert.deepEqual(await rows(earlier), [{ n: 501 }]);
  });

  it('may have other types, and lack columns and keys', async () => {
    await db.pool.query(EARLIER);
    await db.pool.query(
      `alter table operations alter column price type numeric(12, 4);
       alter table status_history alter column ts type numeric;
       alter table accounts alter column summary_extra type text;
       alter table instrument_prices drop constraint instrument_prices_pkey;
       alter table status_current drop column config_summary;
       alter table daemon_heartbeat drop constraint daemon_heartbeat_pkey`,
    );
    await migrate(db.url, silentLog);
    await shipEverything();
    assert.deepEqual(
      await rows(`select price from operations where type = 'fill' and journal_id is null`),
      [{ price: 121.43 }],
    );
  });
});

describe('a database of every earlier version of ours', () => {
  it.each(FILES.map((name, index) => [name.slice(0, 4), index + 1] as const))(
    'since %s comes to the same schema, with its rows',
    async (_, count) => {
      await applyFirst(count);
      await db.pool.query(
        `insert into operations (ts, type) values (1700000000, 'fill');
         insert into status_history (ts, symbol) values (1700000000, 'NVDA')`,
      );
      await migrate(db.url, silentLog);
      assert.deepEqual(await describeSchema(db.pool), expectedSchema());
      assert.equal(await countRows(db.pool, 'operations'), 1);
      assert.equal(await countRows(db.pool, 'status_history'), 1);
    },
  );
});

/** The first files alone, noted as the runner notes them. */
async function applyFirst(count: number): Promise<void> {
  await db.pool.query(
    `create table schema_migrations (
       id serial primary key, name varchar(255) not null, run_on timestamp not null
     )`,
  );
  for (const file of FILES.slice(0, count)) {
    await db.pool.query(readFileSync(join(MIGRATIONS, file), 'utf8'));
    await db.pool.query('insert into schema_migrations (name, run_on) values ($1, now())', [
      file.slice(0, -'.sql'.length),
    ]);
  }
}
