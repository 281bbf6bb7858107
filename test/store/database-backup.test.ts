import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { backupDatabase, restoreDatabase } from '../../src/store/database-backup.ts';
import { migrate } from '../../src/store/migrate.ts';
import { withClient } from '../../src/store/pool.ts';
import { silentLog, startTestPostgres, type TestPostgres } from '../support/postgres.ts';
import { makeTempDir, tempDir } from '../support/temp-dir.ts';

let postgres: TestPostgres;
/** Of what the first test makes: the others look at it and into it. */
const folder = makeTempDir('database-backup');
beforeAll(async () => {
  postgres = await startTestPostgres();
  await fill(postgres);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await postgres.close();
});

/** Another database on the same server. */
async function fresh<T>(name: string, use: (url: string) => Promise<T>): Promise<T> {
  const { pool, url } = postgres;
  const database = `backup_${name}_${process.pid}`;
  await pool.query(`create database ${database}`);
  const other = new URL(url);
  other.pathname = database;
  try {
    await migrate(other.href, silentLog);
    return await use(other.href);
  } finally {
    await pool.query(`drop database ${database} with (force)`);
  }
}

const query = (url: string, sql: string) =>
  withClient(url, 'test', async (client) => (await client.query(sql)).rows);

describe('a backup of the database', () => {
  const to = join(folder, 'whole');

  it('brings every row back, digit by digit, and the next row has a number of its own', async () => {
    const backup = await backupDatabase(postgres.url, to);
    assert.equal(backup.tables['operations'], 12_000);
    for (const ofTheMoment of ['daemon_lease', 'recovery_base', 'recovery_facts']) {
      assert.equal(backup.tables[ofTheMoment], undefined);
    }
    await fresh('empty', async (url) => {
      assert.deepEqual(await restoreDatabase(url, to), backup);
      for (const table of Object.keys(backup.tables)) {
        const all = `select md5(coalesce(string_agg(line, '' order by line), '')) as sum
                       from (select t::text as line from ${table} t) lines`;
        assert.deepEqual(await query(url, all), await query(postgres.url, all), table);
      }
      const next = `insert into operations (ts, type) values (1, 'alert') returning id::integer`;
      assert.deepEqual(await query(url, next), [{ id: 12_001 }]);
    });
  });

  it('goes into no database that was traded with, and into no other schema', async () => {
    await assert.rejects(restoreDatabase(postgres.url, to), {
      code: 'safety_refused',
      message: /has rows in operations already/,
    });
    const file = join(to, 'backup.json');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace(/"schema": "[^"]+"/, '"schema": "9999_from_the_future"'));
    await fresh('other', (url) =>
      assert.rejects(restoreDatabase(url, to), {
        code: 'safety_refused',
        message: /is of schema 9999_from_the_future/,
        remedy: /newer Bifrost/,
      }),
    );
    writeFileSync(file, text);
  });

  it('of an earlier version may hold what is of the moment, which is left out', async () => {
    const file = join(to, 'backup.json');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('"tables": {', '"tables": { "recovery_base": 1,'));
    await fresh('older', async (url) => {
      await restoreDatabase(url, to);
      assert.deepEqual(await query(url, 'select epoch from recovery_base'), []);
      const rows = 'select count(*)::int as count from operations';
      assert.deepEqual(await query(url, rows), [{ count: 12_000 }]);
    });
    writeFileSync(file, text);
  });

  it('is taken into an empty folder only', async () => {
    await assert.rejects(async () => backupDatabase(postgres.url, to), { code: 'safety_refused' });
  });

  it('that lacks rows changes nothing', async () => {
    const orders = join(to, 'operations.jsonl.gz');
    const whole = readFileSync(orders);
    writeFileSync(orders, whole.subarray(0, whole.length - 1));
    await fresh('cut', (url) =>
      assert.rejects(restoreDatabase(url, to), {
        code: 'data_unreadable',
        message: /operations: /,
      }),
    );
    writeFileSync(orders, whole);
    rmSync(join(to, 'executions.jsonl.gz'));
    await fresh('torn', async (url) => {
      await assert.rejects(restoreDatabase(url, to), {
        code: 'data_unreadable',
        message: /executions has 0 rows and not 1/,
      });
      assert.deepEqual(await query(url, 'select count(*)::integer n from operations'), [{ n: 0 }]);
    });
    const nothing = tempDir('backup-nothing');
    await assert.rejects(
      async () => restoreDatabase(postgres.url, nothing),
      /backup\.json is miss/,
    );
  });
});

/** More rows than are held at once, a number that JavaScript has not, and one that JSON has not. */
async function fill({ pool }: TestPostgres): Promise<void> {
  await pool.query(
    `insert into operations (ts, type, side, quantity, price)
     select 1.7e9 + i * 0.1, 'fill', 'BUY', i, 0.1 * i from generate_series(1, 12000) i`,
  );
  await pool.query(
    `insert into status_history (ts, spot, symbol) values (1.7e9, 'NaN', 'Nü\n"x"')`,
  );
  await pool.query(
    `insert into accounts (account_id, updated_at, summary_extra)
     values ('DU1', now(), '{"big": 12345678901234567890.123}')`,
  );
  await pool.query(
    `insert into executions (ts, exec_id, exec_base, revision, order_ref, account, contract_key,
       symbol, sec_type, side, quantity, price, journal_id, sequence)
     values (1.7e9, 'e1', 'e1', 0, 'r', 'DU1', 'k', 'NVDA', 'STK', 'BUY', 1, 1, 'j',
       9007199254740993)`,
  );
}
