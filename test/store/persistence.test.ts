import assert from 'node:assert/strict';
import { renameSync, rmSync } from 'node:fs';
import { beforeAll, beforeEach, describe, it, onTestFinished } from 'vitest';

import {
  createActor,
  type PersistenceArgs,
  type PersistenceMessage,
} from '../../actors/persistence.ts';
import type { Actor, ActorContext } from '../../src/runtime/actor.ts';
import { realMono } from '../../src/runtime/real-clock.ts';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
  stopEmbeddedPostgres,
} from '../../src/store/embedded-postgres.ts';
import { migrate } from '../../src/store/migrate.ts';
import { isAlive } from '../../src/store/process-identity.ts';
import { waitFor } from '../../src/store/wait.ts';
import { silentLog, startTestPostgres, type TestPostgres, testPool } from '../support/postgres.ts';
import {
  assertShipped,
  emptyTables,
  type JournalWriter,
  openJournalWriter,
  operation,
  untilShipped,
} from '../support/shipping.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const mono = realMono();
const WAKE = { type: 'journal.advanced' } as const;

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

describe('the actor', () => {
  it('ships what is there at its start, and what it is woken for', async () => {
    writer.turn(operation(0));
    const { actor, told } = await start({ pollMs: 60_000 });
    await untilShipped(db.pool, writer);
    writer.turn(operation(1));
    actor.receive(WAKE);
    await untilShipped(db.pool, writer);
    await assertShipped(db.pool, 2);
    assert.deepEqual(told, [{ type: 'sink', state: 'ok', reason: '' }]);
  });

  it('looks by itself when it is not woken', async () => {
    await start({ pollMs: 20 });
    writer.turn(operation(0));
    await untilShipped(db.pool, writer);
  });

  it('ships the last rows at its stop', async () => {
    const { stop } = await start({ pollMs: 60_000 });
    for (let n = 0; n < 500; n++) writer.turn(operation(n));
    await stop();
    await assertShipped(db.pool, 500);
  });

  it('says that it is behind, and when it no longer is', async () => {
    for (let n = 0; n < 300; n++) writer.turn(operation(n));
    const { told } = await start({ batchRows: 20, behindBytes: 10_000 });
    await untilShipped(db.pool, writer);
    assert.deepEqual(
      told.map(({ state }) => state),
      ['behind', 'ok'],
    );
  });

  it('says that a server or a disk is away, and goes on when it is back', async () => {
    writer.turn(operation(0));
    const { actor, told, stop } = await start({
      ...{ pollMs: 20, flushMs: 300 },
      // A folder without a socket: its server does not run.
      sink: { kind: 'postgres', url: `postgresql:///bifrost?host=${writer.dir}` },
    });
    await waitFor(mono, 10_000, () => (told.length > 0 ? true : null));
    assert.match(told[0]?.reason ?? '', /ENOENT/);
    const away = `${writer.dir}.away`;
    renameSync(writer.dir, away);
    actor.receive(WAKE);
    await stop();
    renameSync(away, writer.dir);
    await start();
    await untilShipped(db.pool, writer);
    assert.deepEqual(
      told.map(({ state }) => state),
      ['down'],
    );
  });

  it('tells what is wrong when the schema is missing, and stops in time', async () => {
    writer.turn(operation(0));
    await db.pool.query('alter table operations rename to elsewhere');
    const { told, stop } = await start({ flushMs: 300 });
    await waitFor(mono, 10_000, () => (told.length > 0 ? true : null));
    assert.equal(told[0]?.state, 'down');
    assert.match(told[0]?.reason ?? '', /relation "operations" does not exist/);
    await db.pool.query('alter table elsewhere rename to operations');
    await untilShipped(db.pool, writer);
    await stop();
    assert.deepEqual(
      told.map(({ state }) => state),
      ['down', 'ok'],
    );
  });
});

describe('a database that goes away', () => {
  it('gets all that happened meanwhile when it is back', async () => {
    const dataDir = makeTempDir('outage');
    const own = { dataDir, mono, log: silentLog };
    let server = await startEmbeddedPostgres(own);
    onTestFinished(async () => {
      await stopEmbeddedPostgres({ ...own, deadlineMs: 5000 });
      rmSync(dataDir, { recursive: true, force: true });
    });
    await migrate(server.url, silentLog);
    const { actor, told, stop } = await start({
      ...{ sink: { kind: 'postgres', url: server.url }, flushMs: 500 },
    });
    const append = (turns: number) => {
      for (let n = 0; n < turns; n++) writer.turn(operation(n));
      actor.receive(WAKE);
    };
    await waitFor(mono, 10_000, () => (told.length > 0 ? true : null));
    for (const signal of ['SIGINT', 'SIGKILL'] as const) {
      append(200);
      await end(server, signal);
      append(300);
      await waitFor(mono, 10_000, () => (told.at(-1)?.state === 'down' ? true : null));
      server = await startEmbeddedPostgres(own);
      append(100);
      const pool = testPool(server.url);
      await untilShipped(pool, writer);
      await assertShipped(pool, writer.sequence);
      await pool.end();
    }
    assert.deepEqual(
      told.map(({ state }) => state),
      ['ok', 'down', 'ok', 'down', 'ok'],
    );
    await end(server, 'SIGINT');
    append(1);
    const before = mono.now();
    await stop();
    assert.ok(mono.now() - before < 5000, 'the stop does not wait for a database that is away');
  });
});

describe('a connection that is cut again and again', () => {
  it('may say so at any moment: also between its start and its first use', async () => {
    await new Promise<void>((resolve, reject) => {
      db.pool.connect((error, client, release) => {
        try {
          assert.equal(error, undefined);
          client?.emit('error', new Error('terminating connection'));
          release(true);
          resolve();
        } catch (thrown) {
          reject(thrown);
        }
      });
    });
  });

  it('doubles and loses nothing', async () => {
    const { actor } = await start({ batchRows: 10 });
    for (let round = 0; round < 25; round++) {
      for (let n = 0; n < 40; n++) writer.turn(operation(round));
      actor.receive(WAKE);
      await db.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where application_name = 'bifrost/persistence' and datname = current_database()`,
      );
    }
    await untilShipped(db.pool, writer);
    await assertShipped(db.pool, 1000);
  });
});

interface Told {
  readonly type: string;
  readonly state: string;
  readonly reason: string;
}

async function start(
  changes: Partial<PersistenceArgs> = {},
): Promise<{ actor: Actor<PersistenceMessage>; told: Told[]; stop: () => Promise<void> }> {
  const told: Told[] = [];
  const cast = (message: unknown) => told.push(message as Told);
  const context = {
    ...{ id: 'persistence', mono, wall: { now: () => 0 }, log: silentLog },
    random: { next: () => 0.5 },
    ref: () => ({ id: 'daemon', cast, call: () => Promise.reject(new Error('no calls')) }),
  } as unknown as ActorContext;
  const actor = await createActor(context, {
    sink: { kind: 'postgres', url: db.url },
    journalDays: 30,
    historyDays: 90,
    journalDir: writer.dir,
    journalId: writer.journalId,
    journalMark: writer.mark.descriptor,
    reportTo: 'daemon',
    batchRows: 200,
    pollMs: 200,
    behindBytes: 10_000_000,
    flushMs: 5_000,
    ...changes,
  });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= Promise.resolve(actor.stop?.());
    return stopped;
  };
  onTestFinished(stop);
  return { actor, told, stop };
}

async function end(server: EmbeddedPostgres, signal: NodeJS.Signals): Promise<void> {
  process.kill(server.pid, signal);
  await waitFor(mono, 10_000, () => (isAlive(server.pid) ? null : true));
}
