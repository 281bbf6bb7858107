/** The database may go whenever it likes: hedging goes on, and nothing is lost or doubled. */

import assert from 'node:assert/strict';
import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it, onTestFinished } from 'vitest';

import type { StatusView } from '../../src/protocol/views.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';
import { withClient } from '../../src/store/pool.ts';
import { isAlive } from '../../src/store/process-identity.ts';
import { waitFor } from '../../src/store/wait.ts';
import { postgresPid, type TestDaemon, testHome } from '../support/daemon.ts';
import { startPooler } from '../support/pooler.ts';
import { silentLog } from '../support/postgres.ts';
import { mono } from '../support/program.ts';
import { DEPLOYMENT, quickSettings } from './support/settings.ts';
import { assertTruth } from './support/truth.ts';

const home = testHome('outage');
let config: string;
beforeAll(() => {
  config = home.write('config.yaml', quickSettings());
});

const isCalm = ({ books: [book] }: StatusView): boolean =>
  book !== undefined &&
  ['EXEC_IDLE', 'FILLED'].includes(book.hedge_state) &&
  Math.abs(book.net_delta ?? Number.NaN) < book.band.threshold;

const untilGreen = (daemon: TestDaemon) =>
  daemon.untilStatus('it is green and hedged', (now) => now.status_lamp === 'green' && isCalm(now));

/** Waits until the daemon has said so many times in all that its database is in this state. */
const untilSaid = (daemon: TestDaemon, state: 'ok' | 'down', times: number) =>
  daemon.until(`the database is ${state}, ${times} times`, () => {
    const said = daemon.err().split(`the database is ${state}`).length - 1;
    return said >= times ? true : null;
  });

/** Moves the market; the hedge must fill whatever the database does. */
async function hedges(daemon: TestDaemon, percent: number): Promise<void> {
  const { length } = (await daemon.exchange().ledger()).executions;
  await daemon.exchange().move('NVDA', percent);
  await daemon.until('the move is hedged', async () => {
    const { executions } = await daemon.exchange().ledger();
    return executions.length > length && isCalm(await daemon.status()) ? true : null;
  });
}

async function endServer(pid: number, signal: NodeJS.Signals): Promise<void> {
  process.kill(pid, signal);
  const gone = await waitFor(mono, 5000, () => (isAlive(pid) ? null : true));
  assert.equal(gone, true, 'the database server is gone');
}

describe("the operator's own database", () => {
  const serverDir = join(home.dir, 'server');
  const options = { dataDir: serverDir, mono: mono, log: silentLog };
  let daemon: TestDaemon;
  let databaseUrl: string;
  let pid: number;
  beforeAll(async () => {
    ({ url: databaseUrl, pid } = await startEmbeddedPostgres(options));
    const env = { DATABASE_URL: databaseUrl };
    daemon = await home.daemon({ dataDir: join(home.dir, 'own'), config, env }).ready();
  });
  afterAll(async () => {
    const last = postgresPid(serverDir);
    if (last !== null) await endServer(last, 'SIGQUIT');
  });

  it('is stopped and comes back: every operation is in it, exactly once', async () => {
    await untilGreen(daemon);
    await untilSaid(daemon, 'ok', 1);
    await endServer(pid, 'SIGINT');
    await hedges(daemon, 2);
    await untilSaid(daemon, 'down', 1);
    await hedges(daemon, -2);
    // Far less waits than `store.backlog_mb` allows.
    assert.deepEqual((await daemon.status()).daemon_block_reasons, []);

    const again = await startEmbeddedPostgres(options);
    pid = again.pid;
    assert.equal(again.url, databaseUrl);
    await untilSaid(daemon, 'ok', 2);
    await untilGreen(daemon);
    const { executions } = await assertTruth({
      exchange: daemon.exchange(),
      databaseUrl,
      deployment: DEPLOYMENT,
    });
    assert.ok(executions.length >= 3);
  });

  it('R-C1a: is away at the stop: exit 0 in time, and the next start ships the rest', async () => {
    await endServer(pid, 'SIGINT');
    await hedges(daemon, 2);
    const { code, ms } = await daemon.stop('SIGTERM');
    assert.equal(code, 0, daemon.err());
    assert.ok(ms < 5000, `the stop took ${ms} ms`);

    ({ pid } = await startEmbeddedPostgres(options));
    const env = { DATABASE_URL: databaseUrl };
    daemon = await home.daemon({ dataDir: join(home.dir, 'own'), config, env }).ready();
    await untilGreen(daemon);
    await assertTruth({ exchange: daemon.exchange(), databaseUrl, deployment: DEPLOYMENT });
    assert.equal((await daemon.stop()).code, 0);
  });
});

/** The server answers each row as it does where its disk has no room for it. */
const FILL_DISK = `
  create function fill_disk() returns trigger language plpgsql as $$
    begin
      raise exception 'could not extend file "base/16384/1259": No space left on device'
        using errcode = 'disk_full';
    end
  $$;
  create trigger fill_disk before insert on operations execute function fill_disk();
  create trigger fill_disk before insert on executions execute function fill_disk()`;

describe('a database whose disk is full', () => {
  it('delays nothing, and has every row once there is room', async () => {
    const dataDir = join(home.dir, 'full');
    const daemon = await home.daemon({ dataDir, config }).ready();
    await untilGreen(daemon);
    await untilSaid(daemon, 'ok', 1);
    const databaseUrl = readFileSync(join(dataDir, 'database-url'), 'utf8').trim();
    const query = (text: string) =>
      withClient(databaseUrl, 'test', async (client) => (await client.query(text)).rows);
    await query(FILL_DISK);
    await hedges(daemon, 2);
    await untilSaid(daemon, 'down', 1);
    await hedges(daemon, -2);
    await query('drop function fill_disk cascade');
    await untilSaid(daemon, 'ok', 2);
    await untilGreen(daemon);
    await assertTruth({ exchange: daemon.exchange(), databaseUrl, deployment: DEPLOYMENT });
    assert.deepEqual(await query('select * from facts_rejected'), []);
    assert.equal((await daemon.stop()).code, 0);
  });
});

describe('a database behind a transaction pooler', () => {
  it('has every operation, takes commands, and is left in order', async () => {
    const server = await startEmbeddedPostgres({
      ...{ dataDir: join(home.dir, 'pooled-server'), mono, log: silentLog },
    });
    const pooler = await startPooler(server.url);
    onTestFinished(async () => {
      await pooler.close();
      await endServer(server.pid, 'SIGQUIT');
    });
    const env = { DATABASE_URL: pooler.url };
    const daemon = await home.daemon({ dataDir: join(home.dir, 'pooled'), config, env }).ready();
    await untilGreen(daemon);
    await hedges(daemon, 2);
    await assertTruth({
      exchange: daemon.exchange(),
      databaseUrl: server.url,
      deployment: DEPLOYMENT,
    });
    const query = (text: string) =>
      withClient(pooler.url, 'test', async (client) => (await client.query(text)).rows);
    await query(`insert into daemon_control (command) values ('suspend')`);
    await daemon.untilStatus('it is suspended', (now) => now.trading_suspended);
    await daemon.until('it has answered', async () => {
      const [row] = await query('select outcome from daemon_control');
      return row?.outcome === 'done' ? true : null;
    });
    assert.equal((await daemon.stop()).code, 0);
    const [lease] = await query('select release_reason from daemon_lease');
    assert.notEqual(lease?.release_reason, null);
    assert.deepEqual(await query(`select from pg_locks where locktype = 'advisory'`), []);
  });
});

describe('the embedded database', () => {
  it('is killed: it is started again, and nothing is lost', async () => {
    const dataDir = join(home.dir, 'embedded');
    const daemon = await home.daemon({ dataDir, config }).ready();
    await untilGreen(daemon);
    await untilSaid(daemon, 'ok', 1);
    const before = postgresPid(dataDir) ?? 0;
    await endServer(before, 'SIGKILL');
    await hedges(daemon, 2);
    const after = await daemon.until('a new server runs', () => postgresPid(dataDir));
    assert.notEqual(after, before);
    await untilSaid(daemon, 'ok', 2);
    await untilGreen(daemon);
    const databaseUrl = readFileSync(join(dataDir, 'database-url'), 'utf8').trim();
    await assertTruth({ exchange: daemon.exchange(), databaseUrl, deployment: DEPLOYMENT });
    assert.equal((await daemon.stop()).code, 0);
    assert.equal(postgresPid(dataDir), null);
  });

  it('is killed and cannot start for a while: it is tried until it can', async () => {
    const dataDir = join(home.dir, 'unstartable');
    const daemon = await home.daemon({ dataDir, config }).ready();
    await untilGreen(daemon);
    await untilSaid(daemon, 'ok', 1);
    const version = join(dataDir, 'postgres', 'PG_VERSION');
    renameSync(version, `${version}.away`);
    await endServer(postgresPid(dataDir) ?? 0, 'SIGKILL');
    await hedges(daemon, 2);
    await daemon.until('a start failed', () =>
      daemon.err().includes('the embedded database does not come back') ? true : null,
    );
    await hedges(daemon, -2);
    renameSync(`${version}.away`, version);
    await untilSaid(daemon, 'ok', 2);
    await untilGreen(daemon);
    const databaseUrl = readFileSync(join(dataDir, 'database-url'), 'utf8').trim();
    await assertTruth({ exchange: daemon.exchange(), databaseUrl, deployment: DEPLOYMENT });
    assert.equal((await daemon.stop()).code, 0);
    assert.equal(postgresPid(dataDir), null);
  });
});
