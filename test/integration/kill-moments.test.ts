/**
 * `kill -9` at exact moments of the order flow, the exchange living on. After each the daemon
 * starts again, and the truth check says that nothing was lost, nothing doubled, and that the
 * shares are right. BIFROST_TEST_LONG=1 goes through all moments, else a sample of them.
 */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, it } from 'vitest';

import { type TestDaemon, type TestGateway, testHome } from '../support/daemon.ts';
import { KILL_MOMENTS, KILL_SAMPLE, type KillMoment, type Work } from './support/kill-moments.ts';
import type { Moment } from './support/killer.ts';
import { DEPLOYMENT, quickSettings } from './support/settings.ts';
import { assertTruth } from './support/truth.ts';

const LONG = process.env['BIFROST_TEST_LONG'] === '1';
const KILLER = new URL('./support/killer.ts', import.meta.url).href;
/** A start on a busy machine, a move of the market, and the order that follows. */
const REACHED_MS = 40_000;

const home = testHome('kill');
const dataDir = join(home.dir, 'data');
const killFile = join(home.dir, 'kill.json');
let gateway: TestGateway;
let config: string;
let daemon: TestDaemon;
let up = false;

beforeAll(async () => {
  gateway = await home.gateway();
  config = home.write('config.yaml', quickSettings({ mode: 'paper', port: gateway.port }));
});

let last: TestDaemon | null = null;

async function launch(): Promise<TestDaemon> {
  // A moment that failed may have left it running.
  if (last?.running) process.kill(last.pid, 'SIGKILL');
  await last?.ended;
  last = home.daemon({
    dataDir,
    config,
    env: {
      NODE_OPTIONS: `--import ${KILLER}`,
      BIFROST_TEST_KILL: killFile,
      BIFROST_TEST_KILL_PORT: String(gateway.port),
    },
  });
  return last;
}

async function untilHedged(): Promise<void> {
  await daemon.untilStatus('it is hedged and calm', ({ status_lamp: lamp, books: [book] }) => {
    if (lamp !== 'green' || book === undefined) return false;
    const isCalm = ['EXEC_IDLE', 'FILLED'].includes(book.hedge_state);
    return isCalm && Math.abs(book.net_delta ?? Number.NaN) < book.band.threshold;
  });
}

async function restart(): Promise<void> {
  rmSync(killFile, { force: true });
  daemon = await (await launch()).ready();
  await daemon.untilStatus('it operates', (now) => now.daemon_heartbeat.ib_connected);
  await daemon.post('/control/resume');
  await untilHedged();
}

async function truth(): Promise<void> {
  const databaseUrl = readFileSync(join(dataDir, 'database-url'), 'utf8').trim();
  await assertTruth({ exchange: gateway.exchange, databaseUrl, deployment: DEPLOYMENT });
}

/** From now on: the running daemon dies at this moment. */
async function arm(moment: Moment): Promise<void> {
  home.write('kill.json', moment);
  rmSync(`${killFile}.armed`, { force: true });
  process.kill(daemon.pid, 'SIGUSR2');
  await daemon.until('it knows when to die', () => (existsSync(`${killFile}.armed`) ? true : null));
}

async function dies(running: TestDaemon): Promise<void> {
  await running.until(
    'it is killed at its moment',
    () => (running.running ? null : true),
    REACHED_MS,
  );
  assert.deepEqual(await running.ended, { code: null, signal: 'SIGKILL' });
  assert.ok(existsSync(`${killFile}.done`), 'it died of something else');
  rmSync(`${killFile}.done`);
}

let round = 0;
async function move(): Promise<void> {
  round += 1;
  await gateway.exchange.move('NVDA', round % 2 === 0 ? 2.5 : -2.5);
}

/** Begins the work in which it is to die. */
const BEGIN: Readonly<Record<Exclude<Work, 'recover'>, () => Promise<void>>> = {
  hedge: move,
  parts: async () => {
    await gateway.exchange.fault('partial_fills', { max_size: 5 });
    await move();
  },
  cancel: async () => {
    await gateway.exchange.fault('partial_fills', { max_size: 1 });
    const before = (await gateway.exchange.ledger()).executions.length;
    await move();
    await daemon.until('it is being filled', async () => {
      const { executions } = await gateway.exchange.ledger();
      // On a slow machine the order is cancelled for its time, and then it dies in that cancel.
      return executions.length > before || !daemon.running ? true : null;
    });
    // It may die before it can answer.
    await daemon.post('/control/suspend').catch(() => undefined);
  },
  flatten: async () => {
    await daemon.post('/control/flatten').catch(() => undefined);
  },
};

/** An order is on its way, and nothing of it has been heard. */
const UNKNOWN: Moment = { place: 'heard', when: 'before', match: '^5\\|.*:', nth: 1 };

async function kill({ work, ...moment }: KillMoment): Promise<void> {
  if (work !== 'recover') {
    await arm(moment);
    try {
      await BEGIN[work]();
      await dies(daemon);
    } finally {
      await gateway.exchange.fault('partial_fills', { on: false });
    }
    return;
  }
  await arm(UNKNOWN);
  await move();
  await dies(daemon);
  home.write('kill.json', moment);
  await dies(await launch());
}

const chosen = KILL_MOMENTS.filter(({ name }) => LONG || KILL_SAMPLE.includes(name));

describe('kill -9', () => {
  it.each(chosen)(
    '$name: nothing is lost, nothing doubled',
    { timeout: 180_000 },
    async (moment) => {
      if (!up) await restart();
      up = false;
      await kill(moment);
      await restart();
      await truth();
      up = true;
    },
  );

  it('is tried at forty moments and more, each of its own name, the sample among them', () => {
    const names = KILL_MOMENTS.map(({ name }) => name);
    assert.ok(new Set(names).size >= 40, `${names.length} moments`);
    assert.equal(new Set(names).size, names.length);
    for (const name of KILL_SAMPLE) assert.ok(names.includes(name), name);
    assert.equal(chosen.length, LONG ? names.length : KILL_SAMPLE.length);
  });
});
