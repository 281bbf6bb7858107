/** The database behind a transaction pooler: everything works, and no session keeps anything. */

import assert from 'node:assert/strict';
import { beforeAll, describe, it, onTestFinished } from 'vitest';

import { createLogger } from '../../src/log.ts';
import { realMono } from '../../src/runtime/real-clock.ts';
import { claimLease, readLease, releaseLease, renewLease } from '../../src/store/lease.ts';
import { listen } from '../../src/store/listen.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createPool, inTransaction, isPooled, type Pool } from '../../src/store/pool.ts';
import { hasPgBouncer, startPgBouncer } from '../support/pgbouncer.ts';
import { type Pooler, startPooler } from '../support/pooler.ts';
import { silentLog, startTestPostgres, type TestPostgres } from '../support/postgres.ts';
import {
  assertShipped,
  openJournalWriter,
  operation,
  shipAll,
  shipperOf,
} from '../support/shipping.ts';

const mono = realMono();

const KINDS = [
  { kind: 'a transaction pooler', start: startPooler },
  // The real one, where the host has it.
  ...(hasPgBouncer ? [{ kind: 'PgBouncer', start: startPgBouncer }] : []),
];

const poolOf = (url: string, statementTimeoutMs = 20_000): Pool =>
  createPool({ url, role: 'test', connectionsMax: 8, statementTimeoutMs, log: silentLog });

describe.each(KINDS)('through $kind', ({ start }) => {
  let db: TestPostgres;
  let pooler: Pooler;
  let pool: Pool;
  beforeAll(async () => {
    db = await startTestPostgres({ migrated: false });
    pooler = await start(db.url);
    pool = poolOf(pooler.url);
    return async () => {
      await pool.end();
      await pooler.close();
      await db.close();
    };
  });

  it('an empty database is migrated, by one of two at once, and no lock stays', async () => {
    const done = await Promise.all([
      migrate(pooler.url, silentLog),
      migrate(pooler.url, silentLog),
    ]);
    assert.ok(done.some((names) => names.length > 0));
    assert.deepEqual(await migrate(pooler.url, silentLog), []);
    // Other tests have databases of their own on this server, and locks in them.
    const { rows } = await db.pool.query(
      `select from pg_locks join pg_database d on d.oid = pg_locks.database
       where locktype = 'advisory' and datname = current_database()`,
    );
    assert.equal(rows.length, 0);
  });

  it('is found out, and each statement has the session that is free', async () => {
    await Promise.all(Array.from({ length: 50 }, () => pool.query('select $1::int', [1])));
    assert.equal(isPooled(pool), true);
    assert.equal(isPooled(db.pool), false);
    const before = [...pooler.turns];
    for (let n = 0; n < 30; n += 1) await pool.query('select $1::int', [n]);
    if (start !== startPooler) return;
    assert.deepEqual(
      pooler.turns.map((turns, index) => turns - (before[index] ?? 0)),
      [10, 10, 10],
    );
  });

  it('a statement that hangs is ended by the server, alone and in a transaction', async () => {
    const hasty = poolOf(pooler.url, 200);
    onTestFinished(() => hasty.end());
    const late = /canceling statement due to statement timeout/;
    for (let round = 0; round < 3; round += 1) {
      await assert.rejects(hasty.query('select pg_sleep(30)'), late);
      const inside = inTransaction(hasty, (client) => client.query('select pg_sleep(30)'));
      await assert.rejects(inside, late);
    }
    // What bounded one is not left behind for others.
    const { rows } = await pool.query<{ bound: string }>(
      `select current_setting('statement_timeout') as bound`,
    );
    assert.deepEqual(rows, [{ bound: '20s' }]);
  });

  it('the journal is shipped, every record once', async () => {
    const writer = openJournalWriter();
    onTestFinished(() => writer.remove());
    for (let n = 0; n < 300; n += 1) writer.turn(operation(n));
    await shipAll(shipperOf(writer, pool, 20));
    await assertShipped(db.pool, 300);
  });

  it('a lease is won by one, renewed and given back', async () => {
    const me = (holder: string) => ({ holder, host: holder, pid: 1, startTime: 1, dataDir: '/x' });
    const claims = ['a', 'b', 'c', 'd', 'e'].map((name) =>
      claimLease(pool, { me: me(name), fenced: true, leaseS: 10, waits: true }),
    );
    const outcomes = await Promise.all(claims);
    assert.equal(outcomes.filter(({ kind }) => kind === 'won').length, 1);
    const row = await readLease(pool);
    assert(row !== null);
    const term = { epoch: row.epoch, url: 'http://desk:1', journalId: 'j' };
    assert.equal(await renewLease(pool, me(row.holder), term), true);
    await releaseLease(pool, me(row.holder), row.epoch, 'handover');
    assert.equal((await readLease(pool))?.released, 'handover');
  });

  it('nothing listens in a session that others have', async () => {
    const said: string[] = [];
    const log = createLogger({ level: 'silent', pretty: false });
    const told = new Promise<void>((resolve) => {
      log.info = (text: unknown) => {
        said.push(String(text));
        resolve();
      };
    });
    const channel = 'bifrost_control';
    const end = listen({
      url: pooler.url,
      role: 'test',
      channel,
      onNotify: () => undefined,
      mono,
      log,
    });
    await told;
    await end();
    assert.match(said.join(), /polled for/);
    const channels = await Promise.all(
      Array.from({ length: 20 }, () => pool.query('select pg_listening_channels()')),
    );
    assert.ok(channels.every(({ rows }) => rows.length === 0));
  });
});
