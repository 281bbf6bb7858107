/** `npm start` as an operator meets it: it hedges, stops, comes back, and survives being killed. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';

import { logsView } from '../../src/protocol/log-view.ts';
import { openDataDir, readDaemon } from '../../src/store/data-dir.ts';
import { isAlive } from '../../src/store/process-identity.ts';
import { postgresPid, type TestDaemon, testHome } from '../support/daemon.ts';
import { bifrost, mono } from '../support/program.ts';
import { assertTruth } from './support/truth.ts';

const STOP_MS = 5000;
const home = testHome('demo', { firstStart: true });
const dataDir = join(home.dir, 'data');

async function truth(daemon: TestDaemon, deployment = 'demo') {
  const databaseUrl = readFileSync(join(daemon.dataDir, 'database-url'), 'utf8').trim();
  return assertTruth({ exchange: daemon.exchange(), databaseUrl, deployment });
}

/** Exit 0 in time, and no process, lock or file says that a daemon runs. */
async function assertStopped(daemon: TestDaemon, signal: NodeJS.Signals): Promise<void> {
  const postgres = postgresPid(daemon.dataDir);
  const { code, ms } = await daemon.stop(signal);
  assert.equal(code, 0, daemon.err());
  assert.ok(ms < STOP_MS, `the stop took ${ms} ms`);
  await assertNothingLeft(daemon.dataDir, postgres);
}

async function assertNothingLeft(dir: string, postgres: number | null): Promise<void> {
  assert.equal(existsSync(join(dir, 'daemon.json')), false);
  assert.equal(postgresPid(dir), null);
  assert.ok(postgres === null || !isAlive(postgres));
  const lock = await openDataDir(dir);
  await lock.close();
}

function untilHedged(daemon: TestDaemon, count: number): Promise<true> {
  return daemon.until(`${count} hedges are filled`, async () => {
    const fills = await daemon.operations('type=fill&limit=1000');
    return fills.length >= count ? true : null;
  });
}

describe('the demo', () => {
  let daemon: TestDaemon;
  let account: string;

  it('R-M4a: hedges within fifteen seconds of the command, and says what it did', async () => {
    const from = mono.now();
    daemon = home.daemon();
    await daemon.ready();
    await untilHedged(daemon, 1);
    const ms = mono.now() - from;
    assert.ok(ms < 15_000, `the first fill came after ${Math.round(ms)} ms`);
    const types = new Set((await daemon.operations()).map((operation) => operation.type));
    assert.deepEqual([...types].sort(), ['fill', 'hedge_intent', 'order_sent']);
    const status = await daemon.untilStatus('it is green', (now) => now.status_lamp === 'green');
    assert.equal(status.self_check, 'ok');
    account = status.accounts[0]?.account_id ?? '';
    assert.equal(account, 'DU0000001');
  });

  it('keeps the same books as the exchange: orders, executions, position, cash', async () => {
    const { executions } = await truth(daemon);
    assert.ok(executions.length > 0);
  });

  it('tells Prometheus every metric that the dashboard shows, timed and counted', async () => {
    const text = await (await fetch(`${daemon.url()}/metrics`)).text();
    const told = new Set([...text.matchAll(/^(\w+)[{ ]/gm)].map(([, name]) => name));
    const board = readFileSync('config/grafana/bifrost.json', 'utf8');
    const names = new Set([...board.matchAll(/\bbifrost_\w+/g)].map(([name]) => name));
    // The demo records no quotes, and nothing is wrong with it.
    const quiet = /^bifrost_(recorder_|alert$)/;
    assert.deepEqual(
      [...names].filter((name) => !told.has(name) && !quiet.test(name)),
      [],
    );
    for (const stage of ['quote', 'price', 'tick', 'turn', 'journal', 'send', 'order']) {
      const count = new RegExp(`^bifrost_stage_seconds_count\\{stage="${stage}"\\} (\\d+)$`, 'm');
      assert.ok(Number(count.exec(text)?.[1]) > 0, `${stage} in\n${text}`);
    }
    assert.match(text, /^bifrost_operations_total\{book="NVDA",type="fill"\} [1-9]/m);
    assert.match(text, /^bifrost_gate_blocks_total\{book="NVDA",gate="\w+"\} [1-9]/m);
    assert.match(text, /^bifrost_database_lag_bytes \d+$/m);
  });

  it('shows what its threads log', async () => {
    const { lines } = logsView.parse(await (await fetch(`${daemon.url()}/logs`)).json());
    assert.ok(lines.some(({ text }) => text === 'api listens'));
    assert.ok(
      lines.some(({ thread }) => thread !== 'kernel'),
      'a worker has logged',
    );
  });

  it('RE-6: a second daemon on the directory ends with 6 and names the first', async () => {
    const port = readDaemon(dataDir)?.port;
    const { code, err } = await bifrost(['run'], { BIFROST_DATA_DIR: dataDir });
    assert.equal(code, 6);
    assert.match(err, new RegExp(`^bifrost: .*pid ${daemon.pid}, port ${port}\n  → .*\n$`));
    assert.equal((await daemon.status()).status_lamp, 'green');
  });

  it('R-C1a: SIGTERM ends it with 0 within five seconds, and leaves nothing running', async () => {
    await assertStopped(daemon, 'SIGTERM');
  });

  it('goes on with account, position and history at its next start, and hedges', async () => {
    daemon = await home.daemon().ready();
    const { accounts } = await daemon.untilStatus(
      'it runs again',
      (now) => now.status_lamp === 'green',
    );
    assert.equal(accounts[0]?.account_id, account);
    const before = (await daemon.operations('type=fill')).length;
    assert.ok(before > 0, 'the fills of the first session are there');
    await daemon.exchange().move('NVDA', 2);
    await untilHedged(daemon, before + 1);
    await truth(daemon);
  });

  it('R-C1a: Ctrl-C ends it the same way', async () => {
    await assertStopped(daemon, 'SIGINT');
  });

  it('R-C1a: started by npm, it ends when npm is told to', async () => {
    const npm = home.daemon({ through: 'npm' });
    await npm.ready();
    const own = readDaemon(dataDir)?.pid ?? 0;
    const postgres = postgresPid(dataDir);
    assert.notEqual(own, npm.pid);
    await npm.stop('SIGTERM');
    await npm.until('the daemon is gone', () => (isAlive(own) ? null : true), STOP_MS);
    await assertNothingLeft(dataDir, postgres);
  });

  it('TC-4-R-B2-1: the journal of all these sessions replays to the same decisions', async () => {
    const { code, out, err } = await bifrost(['replay', dataDir, '--verify', '--json']);
    assert.equal(code, 0, err);
    const replayed = JSON.parse(out) as { identical: boolean; sessions: number };
    assert.equal(replayed.identical, true);
    assert.equal(replayed.sessions, 3);
  });
});
