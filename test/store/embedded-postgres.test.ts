import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it, onTestFinished } from 'vitest';

import { realMono } from '../../src/runtime/real-clock.ts';
import {
  type EmbeddedPostgres,
  runningPostgres,
  startEmbeddedPostgres,
  stopEmbeddedPostgres,
} from '../../src/store/embedded-postgres.ts';
import { withClient } from '../../src/store/pool.ts';
import { isAlive } from '../../src/store/process-identity.ts';
import { waitFor } from '../../src/store/wait.ts';
import { startChild } from '../support/child.ts';
import { faultOf } from '../support/fault.ts';
import { silentLog } from '../support/postgres.ts';
import { tempDir } from '../support/temp-dir.ts';

const mono = realMono();
const isRoot = process.getuid?.() === 0;
const isLinux = process.platform === 'linux';

const STARTER = `
  import { startEmbeddedPostgres, stopEmbeddedPostgres } from '$/src/store/embedded-postgres.ts';
  import { realMono } from '$/src/runtime/real-clock.ts';
  import { createLogger } from '$/src/log.ts';
  const log = createLogger({ level: 'silent', pretty: false });
  const options = { dataDir: process.env.DIR, mono: realMono(), log };
  const server = await startEmbeddedPostgres(options);
  const stops = process.env.STOP !== undefined;
  const stop = () => stopEmbeddedPostgres({ ...options, deadlineMs: 5000 });
  const outcome = stops ? await stop() : {};
  process.stdout.write(JSON.stringify({ ...server, ...outcome }) + '\\n');
  setInterval(() => undefined, 1000);
`;

describe('the embedded database', () => {
  it('is made and started, on loopback alone, with a password', async () => {
    const dataDir = tempDir('embedded');
    const server = await start(dataDir);
    assert.equal(server.adopted, false);
    const { hostname, password, pathname } = new URL(server.url);
    assert.equal(hostname, '127.0.0.1');
    assert.equal(pathname, '/bifrost');
    assert.equal(readFileSync(join(dataDir, 'database-url'), 'utf8'), `${server.url}\n`);
    for (const name of ['database-url', 'postgres-password', 'postgres.log']) {
      assert.equal(statSync(join(dataDir, name)).mode & 0o777, 0o600, name);
    }
    assert.equal(statSync(join(dataDir, 'postgres')).mode & 0o777, 0o700);
    assert.deepEqual(await ask(server.url, SETTINGS), {
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      encoding: 'UTF8',
    });
    const wrong = server.url.replace(password, 'guessed');
    const fault = await faultOf('database_unusable', () => ask(wrong, 'select 1'));
    assert.match(fault.message, /password authentication failed/);
  });

  it('is started again on the port it had, or on another when that is taken', async () => {
    const dataDir = tempDir('embedded');
    const { url } = await start(dataDir);
    await ask(url, 'create table kept as select 7 as seven');
    await stop(dataDir);
    const again = await start(dataDir);
    assert.equal(again.url, url);
    await stop(dataDir);

    const port = Number(new URL(url).port);
    const squatter = createServer().listen(port, '127.0.0.1');
    onTestFinished(() => void squatter.close());
    const moved = await start(dataDir);
    assert.notEqual(new URL(moved.url).port, String(port));
    assert.deepEqual(await ask(moved.url, 'select seven from kept'), { seven: 7 });
  });

  it('outlives a killed daemon, and is adopted by the next', async () => {
    const dataDir = tempDir('embedded');
    stopWhenFinished(dataDir);
    const daemon = await startChild(STARTER, { env: { DIR: dataDir } });
    const first = JSON.parse(daemon.firstLine) as EmbeddedPostgres;
    await ask(first.url, 'create table kept as select 7 as seven');
    await daemon.kill('SIGKILL');

    const second = await start(dataDir);
    assert.deepEqual(second, { url: first.url, pid: first.pid, adopted: true });
    assert.deepEqual(await ask(second.url, 'select seven from kept'), { seven: 7 });
    assert.deepEqual(await stop(dataDir), { kind: 'stopped' });
    assert.equal(isAlive(second.pid), false);
    assert.deepEqual(await stop(dataDir), { kind: 'not_running' });
  });

  it.runIf(isLinux)('is out of reach of Ctrl-C: in a session of its own', async () => {
    const { pid } = await start(tempDir('embedded'));
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [, , processGroup, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    assert.deepEqual([processGroup, session], [String(pid), String(pid)]);
  });

  it('repairs itself after it was killed hard', async () => {
    const dataDir = tempDir('embedded');
    const first = await start(dataDir);
    await ask(first.url, 'create table kept as select 7 as seven');
    process.kill(first.pid, 'SIGKILL');
    await waitFor(mono, 10_000, () => (isAlive(first.pid) ? null : true));
    const second = await start(dataDir);
    assert.notEqual(second.pid, first.pid);
    assert.deepEqual(await ask(second.url, 'select seven from kept'), { seven: 7 });
  });

  it.runIf(isLinux)('starts when the pid of its last server is another program’s', async () => {
    const dataDir = tempDir('embedded');
    await start(dataDir);
    const pidFile = join(dataDir, 'postgres', 'postmaster.pid');
    const lines = readFileSync(pidFile, 'utf8').split('\n');
    await stop(dataDir);
    writeFileSync(pidFile, [process.pid, ...lines.slice(1)].join('\n'));
    const again = await start(dataDir);
    assert.equal(again.adopted, false);
  });

  it('is one server for two that start it at once', async () => {
    const dataDir = tempDir('embedded');
    stopWhenFinished(dataDir);
    const children = await Promise.all(
      [1, 2].map(() => startChild(STARTER, { env: { DIR: dataDir } })),
    );
    const servers = children.map(({ firstLine }) => JSON.parse(firstLine) as EmbeddedPostgres);
    assert.equal(servers[0]?.url, servers[1]?.url);
    assert.deepEqual(servers.map(({ adopted }) => adopted).sort(), [false, true]);
  });

  it('is not stopped while another program of ours is connected', async () => {
    const dataDir = tempDir('embedded');
    const { url, pid } = await start(dataDir);
    await withClient(url, 'monitor', async (client) => {
      await client.query('select 1');
      assert.deepEqual(await stop(dataDir), { kind: 'in_use', sessions: 1 });
    });
    assert.ok(isAlive(pid));
    assert.deepEqual(await stop(dataDir), { kind: 'stopped' });
    assert.equal(runningPostgres(dataDir), null);
  });

  it('is refused when another major version made it', async () => {
    const dataDir = tempDir('embedded');
    await start(dataDir);
    await stop(dataDir);
    writeFileSync(join(dataDir, 'postgres', 'PG_VERSION'), '16\n');
    const fault = await faultOf('database_unusable', () => start(dataDir));
    assert.match(fault.message, /is of PostgreSQL 16, and this is PostgreSQL 18/);
    assert.match(fault.remedy ?? '', /move it away/);
  });

  it('is not made over files of somebody else', async () => {
    const dataDir = tempDir('embedded');
    mkdirSync(join(dataDir, 'postgres'));
    writeFileSync(join(dataDir, 'postgres', 'thesis.txt'), '');
    await faultOf('database_unusable', () => start(dataDir));
    assert.ok(existsSync(join(dataDir, 'postgres', 'thesis.txt')));
  });

  it('tells what its server says when it does not start', async () => {
    const dataDir = tempDir('embedded');
    await start(dataDir);
    await stop(dataDir);
    writeFileSync(join(dataDir, 'postgres', 'postgresql.conf'), 'no_such_setting = 1\n');
    const fault = await faultOf('database_unusable', () => start(dataDir));
    assert.match(fault.message, /does not start: .*postgresql\.conf.* contains errors/);
  });
});

describe.runIf(isRoot)('the embedded database of root', () => {
  it('runs as another user', async () => {
    const { pid } = await start(tempDir('embedded'));
    if (isLinux) assert.notEqual(statSync(`/proc/${pid}`).uid, 0);
  });

  it('names the directory that its user cannot pass through', async () => {
    const parent = tempDir('embedded');
    chmodSync(parent, 0o700);
    const fault = await faultOf('database_unusable', () => start(join(parent, 'data')));
    assert.ok(fault.message.endsWith(`cannot pass through ${parent}`), fault.message);
    assert.match(fault.remedy ?? '', /chmod o\+x/);
  });

  it('runs as an ordinary user as well, whose it is then', async () => {
    const dataDir = tempDir('embedded');
    const uid = 65_534;
    chownSync(dataDir, uid, uid);
    const child = await startChild(STARTER, { uid, gid: uid, env: { DIR: dataDir, STOP: '1' } });
    assert.equal(JSON.parse(child.firstLine).kind, 'stopped');
    assert.equal(statSync(join(dataDir, 'postgres')).uid, uid);
    assert.equal(statSync(dataDir).mode & 0o777, 0o700);
  });
});

const SETTINGS = `select current_setting('listen_addresses') as listen_addresses,
  current_setting('unix_socket_directories') as unix_socket_directories,
  current_setting('server_encoding') as encoding`;

function start(dataDir: string): Promise<EmbeddedPostgres> {
  stopWhenFinished(dataDir);
  return startEmbeddedPostgres({ dataDir, mono, log: silentLog });
}

function stop(dataDir: string) {
  return stopEmbeddedPostgres({ dataDir, mono, log: silentLog, deadlineMs: 5000 });
}

function stopWhenFinished(dataDir: string): void {
  onTestFinished(async () => {
    await stop(dataDir);
  });
}

async function ask(url: string, text: string): Promise<unknown> {
  return await withClient(url, 'test', async (client) => (await client.query(text)).rows[0]);
}
