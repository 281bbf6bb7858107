/**
 * `kill -9` while orders are under way. The moment is drawn between the market's move and a while
 * after the fill; the seed of a failure is in its message, and BIFROST_TEST_SEED repeats it.
 */

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, it } from 'vitest';

import { createRandom } from '../../src/runtime/random.ts';
import { type TestDaemon, type TestGateway, testHome } from '../support/daemon.ts';
import type { ExchangeAdmin } from '../support/exchange.ts';
import { bifrost, mono } from '../support/program.ts';
import { DEPLOYMENT, quickSettings } from './support/settings.ts';
import { assertTruth } from './support/truth.ts';

const SEED = Number(process.env['BIFROST_TEST_SEED'] ?? randomInt(1_000_000));
const random = createRandom(SEED);
const KILLS = 3;
/** From the move of the price to a kill: latency and fill take some tens of milliseconds. */
const KILL_MS_MAX = 250;
const home = testHome('crash');

interface World {
  readonly dataDir: string;
  start(): Promise<TestDaemon>;
  exchange(daemon: TestDaemon): ExchangeAdmin;
}

async function truth(world: World, daemon: TestDaemon): Promise<number> {
  const databaseUrl = readFileSync(join(world.dataDir, 'database-url'), 'utf8').trim();
  const exchange = world.exchange(daemon);
  const ledger = await assertTruth({ exchange, databaseUrl, deployment: DEPLOYMENT });
  return ledger.orders.length;
}

const isHedged = (daemon: TestDaemon) =>
  daemon.untilStatus('the book is hedged and calm', ({ status_lamp: lamp, books: [book] }) => {
    if (lamp !== 'green' || book === undefined) return false;
    const isCalm = ['EXEC_IDLE', 'FILLED'].includes(book.hedge_state);
    return isCalm && Math.abs(book.net_delta ?? Number.NaN) < book.band.threshold;
  });

/** Moves the market, up and down in turn, and kills it at a moment that nobody chose. */
async function killWhileHedging(world: World, daemon: TestDaemon, round: number): Promise<void> {
  await world.exchange(daemon).move('NVDA', round % 2 === 0 ? 2 : -2);
  const delay = random.next() * KILL_MS_MAX;
  await new Promise<void>((resolve) => mono.setTimer(delay, resolve));
  await daemon.stop('SIGKILL');
}

async function survives(world: World): Promise<void> {
  let daemon = await world.start();
  await isHedged(daemon);
  for (let round = 0; round < KILLS; round += 1) {
    await killWhileHedging(world, daemon, round);
    daemon = await world.start();
    await isHedged(daemon);
    await truth(world, daemon);
  }
  await hedgesOn(world, daemon);
  assert.equal((await daemon.stop()).code, 0);
  const { code, out, err } = await bifrost(['replay', world.dataDir, '--verify', '--json']);
  assert.equal(code, 0, `seed ${SEED}: ${err}`);
  assert.equal((JSON.parse(out) as { sessions: number }).sessions, KILLS + 1);
}

async function hedgesOn(world: World, daemon: TestDaemon): Promise<void> {
  const orders = await truth(world, daemon);
  await world.exchange(daemon).move('NVDA', 3);
  await daemon.until('the next move is hedged', async () => {
    const ledger = await world.exchange(daemon).ledger();
    return ledger.orders.length > orders ? true : null;
  });
  await isHedged(daemon);
  await truth(world, daemon);
}

describe(`kill -9 at a random moment of a hedge (seed ${SEED})`, () => {
  it('loses and doubles nothing, the exchange dying with it', { timeout: 120_000 }, async () => {
    const config = home.write('simulated.yaml', quickSettings());
    const dataDir = join(home.dir, 'simulated');
    await survives({
      dataDir,
      start: () => home.daemon({ dataDir, config }).ready(),
      exchange: (daemon) => daemon.exchange(),
    });
  });

  describe('while the exchange lives on', () => {
    let gateway: TestGateway;
    beforeAll(async () => {
      gateway = await home.gateway();
    });

    it('loses and doubles nothing', { timeout: 120_000 }, async () => {
      const settings = quickSettings({ mode: 'paper', port: gateway.port });
      const config = home.write('paper.yaml', settings);
      const dataDir = join(home.dir, 'paper');
      await survives({
        dataDir,
        start: () => home.daemon({ dataDir, config }).ready(),
        exchange: () => gateway.exchange,
      });
    });
  });
});
