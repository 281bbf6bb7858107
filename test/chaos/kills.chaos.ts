/** Whatever can be killed is killed, at moments that nobody chose, while orders are under way. */

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { beforeAll } from 'vitest';

import { createRandom } from '../../src/runtime/random.ts';
import { type Desk, startDesk } from '../acceptance/support/desk.ts';
import { testHome } from '../support/daemon.ts';
import { bifrost, mono } from '../support/program.ts';
import { ordeal } from './support/ordeal.ts';

const SEED = Number(process.env['BIFROST_TEST_SEED'] ?? randomInt(1_000_000));
const random = createRandom(SEED);
/** From the move of the price: latency and fill take some tens of milliseconds. */
const KILL_MS_MAX = 250;
const TRUTH_EVERY = 10;
const home = testHome('chaos-kills');
let desk: Desk;

beforeAll(async () => {
  desk = await startDesk(home);
  await desk.calm();
});

function sometime(ms = KILL_MS_MAX): Promise<void> {
  return new Promise((resolve) => mono.setTimer(random.next() * ms, resolve));
}

ordeal({
  name: 'kill -9 of the daemon in the order flow',
  rounds: [5, 200],
  async play(rounds, see) {
    const before = await desk.fills();
    for (let round = 1; round <= rounds; round += 1) {
      await desk.calm();
      await desk.move();
      await sometime();
      await desk.daemon().stop('SIGKILL');
      await desk.start();
      // Every fifth is killed again as soon as it runs, before it has asked for anything.
      if (round % 5 === 0) {
        await sometime();
        await desk.daemon().stop('SIGKILL');
        await desk.start();
      }
      if (round % TRUTH_EVERY !== 0) continue;
      await desk.calm();
      await desk.truth();
    }
    await desk.calm();
    see(`seed ${SEED}: ${(await desk.fills()) - before} executions meanwhile`);
    see(await desk.truth());
  },
});

ordeal({
  name: 'kill -9 of the gateway in the order flow',
  rounds: [2, 20],
  async play(rounds, see) {
    const before = await desk.fills();
    for (let round = 0; round < rounds; round += 1) {
      await desk.calm();
      // Filled share by share, it is still at work when the gateway dies.
      await desk.gateway.exchange.fault('partial_fills', { max_size: 1 });
      await desk.move();
      await desk.daemon().untilStatus('a hedge is half-way', ({ books: [book] }) => {
        return book?.hedge_state === 'PARTIAL';
      });
      await sometime();
      await desk.restartGateway();
      const from = Date.now() / 1000;
      await desk.daemon().post('/control/retry_ib');
      await desk.daemon().untilStatus('it has read everything again', (now) => {
        return (now.accounts_fetched_at ?? 0) > from;
      });
    }
    await desk.calm();
    see(`${(await desk.fills()) - before} executions meanwhile; ${await desk.truth()}`);
  },
});

ordeal({
  name: 'the database server is killed, and comes back',
  rounds: [1, 10],
  async play(rounds, see) {
    for (let round = 0; round < rounds; round += 1) {
      await desk.calm();
      await desk.move();
      await desk.cutDatabase();
      const before = await desk.fills();
      await desk.move();
      await desk
        .daemon()
        .until('it hedges without a database', async () =>
          (await desk.fills()) > before ? true : null,
        );
      await desk.mendDatabase();
      await desk.calm();
      see(await desk.truth());
    }
  },
});

ordeal({
  name: 'daemon and database are killed at once',
  rounds: [1, 10],
  async play(rounds, see) {
    for (let round = 0; round < rounds; round += 1) {
      await desk.calm();
      await desk.move();
      await sometime();
      const dead = desk.daemon().stop('SIGKILL');
      await desk.cutDatabase();
      await dead;
      await desk.mendDatabase();
      await desk.start();
    }
    await desk.calm();
    see(await desk.truth());
  },
});

ordeal({
  name: 'the whole journal replays to the same decisions',
  rounds: [1, 1],
  async play(_, see) {
    await desk.calm();
    assert.equal((await desk.daemon().stop()).code, 0);
    const dir = join(home.dir, 'desk');
    const { code, out, err } = await bifrost(['replay', dir, '--verify', '--json']);
    assert.equal(code, 0, err);
    const replayed = JSON.parse(out) as { readonly identical: boolean };
    assert.equal(replayed.identical, true);
    see(JSON.stringify(replayed));
  },
});
