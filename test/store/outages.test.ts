/**
 * The database at its worst, under load, in one go: stopped, killed in the middle of a batch, out
 * of disk. Whatever it does, every record of the journal is in it exactly once when it is back.
 * With BIFROST_TEST_LONG the first outage lasts two minutes at 2,000 records a second.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, mkdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';

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
import { type Pool, withClient } from '../../src/store/pool.ts';
import { isAlive } from '../../src/store/process-identity.ts';
import { waitFor } from '../../src/store/wait.ts';
import { SAMPLES } from '../support/facts.ts';
import { silentLog, testPool } from '../support/postgres.ts';
import { type JournalWriter, openJournalWriter, untilShipped } from '../support/shipping.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const mono = realMono();
const IS_LONG = process.env['BIFROST_TEST_LONG'] === '1';
const PER_SECOND = 2_000;
/** What an outage lasts, as records: two minutes, and 20 s. */
const LONG_OUTAGE = IS_LONG ? 120 * PER_SECOND : 1_500;
const OUTAGE = IS_LONG ? 20 * PER_SECOND : 1_500;
const TICK_MS = 25;
/** A file of the server's log of writes is as large: it must not be refused. */
const FILE_BYTES_MAX = 16 * 1024 * 1024;
/** As large as ours: a few of them for an outage. */
const SEGMENT_BYTES = 64 * 1024 * 1024;
/** Rows of this length fill a file of a table soon; longer ones would be compressed. */
const FILLER = randomBytes(800).toString('hex');

const DISK_BYTES = 1024 * 1024 * 1024;
/** What is left of the small disk: the rows of a load or two. */
const ROOM_BYTES = 32 * 1024;

let mounted: string | null = null;
let dataDir: string;
let server: EmbeddedPostgres;
let writer: JournalWriter;
let actor: Actor<PersistenceMessage>;
let pool: Pool;
const told: { readonly state: string; readonly reason: string }[] = [];

const own = () => ({ dataDir, mono, log: silentLog });

beforeAll(async () => {
  dataDir = makeTempDir('outages');
  server = await startEmbeddedPostgres(own());
  await migrate(server.url, silentLog);
  pool = testPool(server.url);
  writer = openJournalWriter(SEGMENT_BYTES);
  actor = await startActor();
});

// A `beforeAll` that failed half-way leaves some of these undefined, and a server that runs.
afterAll(async () => {
  await (actor as Partial<typeof actor> | undefined)?.stop?.();
  await (pool as Pool | undefined)?.end();
  await stopEmbeddedPostgres({ ...own(), deadlineMs: 10_000 });
  if (mounted !== null) spawnSync('umount', [mounted]);
  (writer as JournalWriter | undefined)?.remove();
  rmSync(dataDir, { recursive: true, force: true });
});

async function startActor(): Promise<Actor<PersistenceMessage>> {
  const cast = (message: (typeof told)[number]) => told.push(message);
  const context = {
    ...{ id: 'persistence', mono, wall: { now: () => Date.now() }, log: silentLog },
    random: { next: () => 0.5 },
    ref: () => ({ id: 'daemon', cast, call: () => Promise.reject(new Error('no calls')) }),
  } as unknown as ActorContext;
  const args: PersistenceArgs = {
    ...{ sink: { kind: 'postgres', url: server.url }, journalDays: 30, historyDays: 90 },
    ...{ journalDir: writer.dir, journalId: writer.journalId, reportTo: 'daemon' },
    journalMark: writer.mark.descriptor,
    ...{ batchRows: 500, pollMs: 200, behindBytes: 1e12, flushMs: 5_000 },
  };
  return await createActor(context, args);
}

/** So many records at their pace; in the short form as fast as they can be written. */
async function load(records = OUTAGE): Promise<void> {
  const each = IS_LONG ? (PER_SECOND * TICK_MS) / 1000 : records;
  let left = records;
  await waitFor(
    mono,
    1e9,
    () => {
      for (let n = 0; n < Math.min(each, left); n += 1) {
        const facts = writer.sequence % 10 === 0 ? [SAMPLES.transition] : [];
        writer.turn({ ...SAMPLES.operation, stateReason: FILLER }, SAMPLES.status, ...facts);
      }
      left -= each;
      actor.receive({ type: 'journal.advanced' });
      return left > 0 ? null : true;
    },
    TICK_MS,
  );
}

async function end(signal: NodeJS.Signals): Promise<void> {
  process.kill(server.pid, signal);
  await waitFor(mono, 20_000, () => (isAlive(server.pid) ? null : true));
}

const untilTold = (state: string) =>
  waitFor(mono, 30_000, () => (told.at(-1)?.state === state ? true : null));

/** The actor waits for a lock. */
const untilLocked = () =>
  waitFor(mono, 10_000, async () => {
    const { rowCount } = await pool.query(
      `select from pg_stat_activity
       where application_name = 'bifrost/persistence' and wait_event_type = 'Lock'`,
    );
    return (rowCount ?? 0) > 0 ? true : null;
  });

async function assertOnce(): Promise<void> {
  const shipped = await waitFor(mono, 200_000, async () => {
    await untilShipped(pool, writer).catch(() => undefined);
    const { rows } = await pool.query<{ sequence: string }>(
      'select sequence from journal_progress',
    );
    return Number(rows[0]?.sequence ?? 0) === writer.sequence ? true : null;
  });
  assert.ok(shipped);
  for (const [table, wanted] of [
    ['operations', writer.sequence],
    ['status_history', writer.sequence],
    ['machine_transitions', Math.ceil(writer.sequence / 10)],
  ] as const) {
    const { rows } = await pool.query(
      `select count(*)::int as rows, count(distinct sequence)::int as records from ${table}`,
    );
    assert.deepEqual(rows, [{ rows: wanted, records: wanted }], table);
  }
  const { rows: refused } = await pool.query('select count(*)::int as n from facts_rejected');
  assert.deepEqual(refused, [{ n: 0 }]);
}

describe('every record is in the database exactly once', { timeout: 900_000 }, () => {
  it('after it was stopped under load', async () => {
    await load();
    await untilTold('ok');
    await end('SIGINT');
    await load(LONG_OUTAGE);
    assert.ok(await untilTold('down'));
    server = await startEmbeddedPostgres(own());
    await load();
    await assertOnce();
  });

  it('after it was killed in the middle of what it wrote', async () => {
    for (let kill = 0; kill < (IS_LONG ? 5 : 2); kill += 1) {
      const loading = load();
      await end('SIGKILL');
      await loading;
      server = await startEmbeddedPostgres(own());
      await withClient(server.url, 'test', (client) => client.query('select'));
    }
    await load();
    await assertOnce();
  });

  it('after somebody had locked its tables', async () => {
    const locker = await pool.connect();
    await locker.query('begin; lock table operations in access exclusive mode');
    await load();
    // It gives up after five seconds each time; the long form waits for that.
    assert.ok(IS_LONG ? await untilTold('down') : await untilLocked());
    await locker.query('rollback');
    locker.release();
    await assertOnce();
  });

  it('after its disk was full', async (context) => {
    const disk = mountSmallDisk();
    if (disk === null) return context.skip('only who may mount has a disk that is small');
    await withClient(server.url, 'test', async (client) => {
      await client.query(`create tablespace small location '${disk.dir}'`);
      await client.query('alter table machine_transitions_default set tablespace small');
    });
    disk.resize(sizeOf(disk.dir) + ROOM_BYTES);
    // The server's own words, and its code for them, reach the actor.
    const isFull = () => /No space left on device/.test(told.at(-1)?.reason ?? '');
    for (let round = 0; !isFull(); round += 1) {
      assert.ok(round < 100, `the disk never became full: ${JSON.stringify(told)}`);
      await load();
      await waitFor(mono, 1_000, () => (isFull() ? true : null));
    }
    await load();
    disk.resize(DISK_BYTES);
    await load();
    await assertOnce();
  });

  it.skipIf(process.platform !== 'linux')('after no file of it could grow', async () => {
    assert.ok(await untilTold('ok'));
    limitFiles(String(FILE_BYTES_MAX));
    const isFull = () => /could not (extend|write)/.test(told.at(-1)?.reason ?? '');
    for (let round = 0; !isFull(); round += 1) {
      assert.ok(round < 30, `the files never became full: ${JSON.stringify(told)}`);
      await load();
      await waitFor(mono, 1_000, () => (isFull() ? true : null));
    }
    await load();
    limitFiles('unlimited');
    await load();
    await assertOnce();
  });
});

interface SmallDisk {
  readonly dir: string;
  resize(bytes: number): void;
}

/** A file system in memory, for the server's user; null for those who may not mount one. */
function mountSmallDisk(): SmallDisk | null {
  const dir = join(dataDir, 'small');
  mkdirSync(dir);
  const mount = (...args: string[]): boolean => spawnSync('mount', args).status === 0;
  if (!mount('-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', dir)) return null;
  mounted = dir;
  const { uid, gid } = statSync(`/proc/${server.pid}`);
  chownSync(dir, uid, gid);
  return {
    dir,
    resize: (bytes) => assert.ok(mount('-o', `remount,size=${bytes}`, dir)),
  };
}

function sizeOf(dir: string): number {
  const { blocks, bsize, bfree } = statfsSync(dir);
  return (blocks - bfree) * bsize;
}

/**
 * A bound on the length of any file that the server's next connections write: to them the disk is
 * full. Those that are open are ended, because they have the bound that they began with.
 */
function limitFiles(bytes: string): void {
  // The server may have a user of its own, who alone may do this.
  const { uid, gid } = statSync(`/proc/${server.pid}`);
  const args = [`--fsize=${bytes}:unlimited`, '--pid', `${server.pid}`];
  const { status, stderr } = spawnSync('prlimit', args, { uid, gid });
  assert.equal(status, 0, String(stderr));
  void pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'bifrost/persistence' and datname = current_database()`,
  );
}
