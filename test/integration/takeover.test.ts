/**
 * The writer dies, freezes or is cut off from the database while it hedges; the standby takes over.
 * Each ends with one writer, the right position and no order twice. BIFROST_TEST_LONG repeats each.
 */

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, it } from 'vitest';

import { testHome } from '../support/daemon.ts';
import { bifrost } from '../support/program.ts';
import {
  hedges,
  type Member,
  type Pair,
  startPair,
  untilOneWrites,
  untilShows,
  untilWaits,
  untilWrites,
} from './support/pair.ts';

const LONG = process.env['BIFROST_TEST_LONG'] !== undefined;
const ROUNDS = LONG ? 20 : 1;
const TIMEOUT_MS = ROUNDS * 60_000;
const home = testHome('takeover');

let pair: Pair;
/** The one that writes, and the one that waits. */
let leader: Member;
let standby: Member;

const swap = (): void => {
  [leader, standby] = [standby, leader];
};

/** Up and down in turn, each far enough for a hedge. */
let moves = 0;
const move = async (): Promise<void> => {
  moves += 1;
  await pair.gateway.exchange.move('NVDA', moves % 2 === 0 ? 2 : -2);
};

beforeAll(async () => {
  pair = await startPair(home);
  leader = await pair.start('one');
  await untilWrites(leader);
  standby = await pair.start('two');
  await untilWaits(standby);
});

/** Who took over hedges on, by what the one before knew; and the row names it alone. */
async function goesOn(): Promise<void> {
  await untilWrites(standby);
  moves += 1;
  await hedges(pair, standby, moves % 2 === 0 ? 2 : -2);
  const rows = await pair.query<{ pid: number }>('select pid from daemon_lease');
  assert.deepEqual(rows, [{ pid: standby.daemon.pid }]);
}

/**
 * The one that was the writer starts again, and waits. What it had not shipped of its time is in
 * the history then, beside what the other has done, and all of it once.
 */
async function comesBack(): Promise<void> {
  await pair.again(leader);
  await untilWaits(leader);
  await pair.truth();
  swap();
}

async function rounds(one: (round: number) => Promise<void>): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) await one(round);
}

describe('a standby', () => {
  it('is seen, names the writer, and passes commands on to it', async () => {
    const { block_reasons: reasons } = await standby.daemon.status();
    assert(reasons.includes('standby'));
    assert(reasons.some((reason) => reason.includes(`pid ${leader.daemon.pid}`)));
    const suspended = await standby.daemon.post('/control/suspend');
    assert.equal(suspended.status, 200, JSON.stringify(suspended.body));
    assert.equal((await leader.daemon.status()).trading_suspended, true);
    assert.equal((await standby.daemon.post('/control/resume')).status, 200);
    assert.equal((await leader.daemon.status()).trading_suspended, false);
    const rows = await pair.query<{ pid: number }>('select pid from daemon_standby');
    assert.deepEqual(rows, [{ pid: standby.daemon.pid }]);
  });
});

describe('the writer', () => {
  it('is killed in the middle of a hedge: the standby goes on', { timeout: TIMEOUT_MS }, () =>
    rounds(async () => {
      await move();
      await leader.daemon.stop('SIGKILL');
      await goesOn();
      await comesBack();
    }),
  );

  it('freezes on this host: it is killed, and the standby goes on', { timeout: TIMEOUT_MS }, () =>
    rounds(async () => {
      await move();
      process.kill(leader.daemon.pid, 'SIGSTOP');
      await goesOn();
      const { signal } = await leader.daemon.ended;
      assert.equal(signal, 'SIGKILL');
      await comesBack();
    }),
  );

  it(
    'freezes where nobody can prove it: an alarm, and it leaves when it wakes',
    {
      timeout: TIMEOUT_MS,
    },
    () =>
      rounds(async () => {
        await move();
        const { pid } = leader.daemon;
        process.kill(pid, 'SIGSTOP');
        rmSync(join(leader.daemon.dataDir, 'daemon.json'));
        await untilShows(standby, 'alarms', ({ alerts }) =>
          alerts.some(({ id, text }) => id === 'frozen_leader' && text.includes(`pid ${pid}`)),
        );
        const { orders } = await pair.gateway.exchange.ledger();
        process.kill(pid, 'SIGCONT');
        const { code } = await leader.daemon.ended;
        assert.equal(code, 6, leader.daemon.err().slice(-3000));
        const known = new Set(orders.map((order) => order.order_ref));
        await goesOn();
        const since = (await pair.gateway.exchange.ledger()).orders.filter(
          ({ order_ref: ref }) => !known.has(ref),
        );
        const writers = new Set(since.map(({ order_ref: ref }) => ref.split(':')[1]));
        assert.equal(writers.size, 1, 'the one that woke sent nothing');
        await comesBack();
      }),
  );

  it(
    'is cut off from the database: it gives the connection up, and the standby goes on',
    {
      timeout: TIMEOUT_MS,
    },
    () =>
      rounds(async () => {
        leader.way.cut();
        await move();
        await goesOn();
        const { status } = await leader.daemon.status();
        assert.equal(status?.daemon_state, 'standby');
        leader.way.mend();
        const { code } = await leader.daemon.ended;
        assert.equal(code, 6, leader.daemon.err().slice(-3000));
        await comesBack();
      }),
  );

  it.runIf(LONG)(
    'is cut off while nobody waits: it goes on when the database is back',
    async () => {
      assert.equal((await standby.daemon.stop()).code, 0);
      leader.way.cut();
      await untilShows(leader, 'stands by', ({ status }) => {
        return status?.daemon_state === 'standby';
      });
      leader.way.mend();
      await untilWrites(leader);
      await pair.truth();
      await pair.again(standby);
      await untilWaits(standby);
    },
  );

  it.runIf(LONG)('ends by a signal: the standby takes over at once', async () => {
    assert.equal((await leader.daemon.stop('SIGTERM')).code, 0);
    await goesOn();
    await comesBack();
  });

  it('loses the primary to a failover: one goes on', { timeout: TIMEOUT_MS }, () =>
    rounds(async () => {
      await move();
      await pair.failover();
      const writer = await untilOneWrites(pair, [leader, standby]);
      if (writer === standby) swap();
      moves += 1;
      await hedges(pair, leader, moves % 2 === 0 ? 2 : -2);
      if (!standby.daemon.running) await pair.again(standby);
      await untilWaits(standby);
      await pair.truth();
    }),
  );

  it('is stopped by command: trading ends, and both journals replay', async () => {
    assert.equal((await leader.daemon.post('/control/stop')).status, 202);
    assert.equal((await leader.daemon.ended).code, 0);
    const { block_reasons: reasons } = await untilShows(standby, 'says why', (now) =>
      now.block_reasons.some((reason) => reason.includes('stopped by hand')),
    );
    assert(reasons.includes('standby'));
    assert.equal((await standby.daemon.stop()).code, 0);
    for (const { daemon } of [leader, standby]) {
      const { code, out, err } = await bifrost(['replay', daemon.dataDir, '--verify', '--json']);
      assert.equal(code, 0, err);
      assert.equal((JSON.parse(out) as { identical: boolean }).identical, true);
    }
  });
});
