/** What an operator gets wrong: told in a line with the way out, and nothing is half-started. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, it, onTestFinished } from 'vitest';

import { openDataDir } from '../../src/store/data-dir.ts';
import { postgresPid, testHome } from '../support/daemon.ts';
import { freePort } from '../support/free-port.ts';
import { startTestPostgres } from '../support/postgres.ts';
import { type Answer, bifrost, type Env, startBifrost } from '../support/program.ts';
import { quickSettings } from './support/settings.ts';

const home = testHome('bad-input', { firstStart: true });
const dataDir = join(home.dir, 'data');
/** With the default of 30 s: begun first, looked at last. */
let unreachable: Promise<Answer>;
let postgresUrl: string;

beforeAll(async () => {
  const dir = join(home.dir, 'unreachable');
  const port = await freePort();
  unreachable = run({
    BIFROST_DATA_DIR: dir,
    DATABASE_URL: `postgresql://me:secret@127.0.0.1:${port}/x`,
  });
  ({ url: postgresUrl } = await startTestPostgres({ migrated: false }));
});

function run(env: Env): Promise<Answer> {
  return bifrost(['run'], { BIFROST_DATA_DIR: dataDir, BIFROST_API_PORT: '0', ...env });
}

async function listen(): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return { port: address.port, close };
}

/** What is wrong in one line, then the way out; never a stack, never a secret. */
function assertTold({ code, out, err }: Answer, status: number, what: RegExp): void {
  const said = err
    .split('\n')
    .filter((line) => !line.startsWith('{"level"'))
    .join('\n');
  assert.equal(code, status, err);
  assert.match(said, /^bifrost: [^\n]+\n( {2}→ [^\n]+\n)+$/);
  assert.match(said, what);
  assert.equal(out, '');
  assert.ok(!err.includes('secret'), err);
  assert.ok(!/^\s+at /m.test(err), err);
}

async function assertNothingStarted(dir = dataDir): Promise<void> {
  assert.equal(existsSync(join(dir, 'daemon.json')), false);
  assert.equal(postgresPid(dir), null);
  // No session of the engine began, so no order can have left.
  assert.equal(existsSync(join(dir, 'journal', 'journal-000001.bin')), false);
  const lock = await openDataDir(dir);
  await lock.close();
}

function settings(change: object): string {
  return home.write('config.yaml', { ...quickSettings(), ...change });
}

describe('a configuration', () => {
  it.each([
    ['an unknown key', { brokr: {} }, /config\.yaml:\d+: brokr: .*did you mean broker\?/],
    ['a wrong type', { books: 'NVDA' }, /books: "NVDA" is not allowed; allowed: a list/],
    [
      'a value out of range',
      { daemon: { heartbeat_interval_s: 1 } },
      /daemon\.heartbeat_interval_s: 1 is not allowed; allowed: a whole number from 5 to 120/,
    ],
  ])('with %s ends the start with 3', async (_, change, told) => {
    assertTold(await run({ BIFROST_CONFIG: settings(change) }), 3, told);
    assert.equal(existsSync(dataDir), false);
  });

  it('that is not there ends the start with 3', async () => {
    const file = join(home.dir, 'nowhere.yaml');
    assertTold(await run({ BIFROST_CONFIG: file }), 3, /nowhere\.yaml/);
    assert.equal(existsSync(dataDir), false);
  });
});

describe('a scenario', () => {
  it.each([
    ['that is not there', 'nowhere.yaml', null, 3, /nowhere\.yaml/],
    ['with a misspelt key', 'bad.yaml', { acounts: [] }, 3, /bad\.yaml: .*/],
    [
      'whose data set is not there',
      'recorded.yaml',
      {
        start: '2023-08-03 09:30',
        accounts: [{ id: 'DU1234567', cash: 1 }],
        recorded: { dir: 'x' },
      },
      1,
      /holds no data set: there is no .*\n {2}→ .*bifrost data import/,
    ],
  ])('%s ends the start', async (_, name, content, status, told) => {
    const scenario =
      content === null ? join(home.dir, name) : home.write(name, { seed: 1, ...content });
    const config = settings({ gateway: { scenario } });
    assertTold(await run({ BIFROST_CONFIG: config }), status, told);
    await assertNothingStarted();
  });

  it('whose data set is damaged ends the start with 1', async () => {
    mkdirSync(join(home.dir, 'damaged'));
    const manifest = home.write('damaged/manifest.json', '{"format": ');
    const scenario = home.write('damaged.yaml', {
      start: '2023-08-03 09:30',
      accounts: [{ id: 'DU1234567', cash: 1 }],
      recorded: { dir: 'damaged' },
    });
    const config = settings({ gateway: { scenario } });
    assertTold(await run({ BIFROST_CONFIG: config }), 1, new RegExp(manifest));
    await assertNothingStarted();
  });
});

describe('a port', () => {
  it('that is taken ends the start with 1, and the database with it', async () => {
    const { port, close } = await listen();
    onTestFinished(close);
    const config = settings({});
    const answer = await run({ BIFROST_CONFIG: config, BIFROST_API_PORT: String(port) });
    assertTold(
      answer,
      1,
      new RegExp(`another program listens on .*:${port}\\n {2}→ .*BIFROST_API_PORT`),
    );
    assert.equal(existsSync(join(dataDir, 'daemon.json')), false);
    assert.equal(postgresPid(dataDir), null);
  });
});

describe('a data directory', () => {
  it('that cannot be one ends the start with 1', async () => {
    const file = home.write('a-file', '');
    const answer = await run({ BIFROST_DATA_DIR: join(file, 'data') });
    assertTold(answer, 1, /cannot use the data directory .*\n {2}→ .*BIFROST_DATA_DIR/);
  });

  it('whose journal is damaged is not run on: the file and the place are named', async () => {
    const dir = join(home.dir, 'journaled');
    const config = settings({ store: { sink: 'none' } });
    const daemon = await home.daemon({ dataDir: dir, config }).ready();
    await daemon.untilStatus('it has decided something', (now) => now.status_lamp === 'green');
    await daemon.stop('SIGKILL');

    const file = join(dir, 'journal', 'journal-000001.bin');
    const bytes = readFileSync(file);
    const middle = Math.floor(bytes.length / 2);
    bytes.writeUInt8(bytes.readUInt8(middle) ^ 0xff, middle);
    writeFileSync(file, bytes);

    const told = /journal-000001\.bin: no valid record at byte \d+/;
    assertTold(await run({ BIFROST_DATA_DIR: dir, BIFROST_CONFIG: config }), 1, told);
    assert.equal(existsSync(join(dir, 'daemon.json')), false);
    assertTold(await bifrost(['replay', dir, '--verify']), 1, told);
  });
});

describe('a database', () => {
  it.each([
    ['password', (url: URL) => Object.assign(url, { password: 'secret' })],
    ['name', (url: URL) => Object.assign(url, { pathname: '/nowhere' })],
  ])('with a wrong %s ends the start with 5', async (_, change) => {
    const DATABASE_URL = change(new URL(postgresUrl)).href;
    const dir = join(home.dir, 'refused');
    assertTold(await run({ BIFROST_DATA_DIR: dir, DATABASE_URL }), 5, /127\.0\.0\.1:\d+/);
    await assertNothingStarted(dir);
  });

  it('R-C1a: that does not answer lets SIGTERM end the start with 0', async () => {
    const DATABASE_URL = `postgresql://me:secret@127.0.0.1:${await freePort()}/x`;
    const dir = join(home.dir, 'waiting');
    const waiting = startBifrost(['run'], { BIFROST_DATA_DIR: dir, DATABASE_URL });
    await waiting.until('it has begun', () => (existsSync(join(dir, 'daemon.json')) ? true : null));
    const { code, ms } = await waiting.stop('SIGTERM');
    assert.equal(code, 0, waiting.err());
    assert.ok(ms < 5000, `the stop took ${ms} ms`);
    await assertNothingStarted(dir);
  });

  it('that does not answer for 30 s ends the start with 5', { timeout: 60_000 }, async () => {
    const answer = await unreachable;
    assertTold(answer, 5, /no database answers at 127\.0\.0\.1:\d+\/x within 30 s.*\n {2}→ /);
    assert.ok(answer.ms >= 30_000, `it gave up after ${answer.ms} ms`);
    await assertNothingStarted(join(home.dir, 'unreachable'));
  });
});
