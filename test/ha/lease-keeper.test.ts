import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'vitest';
import { LeaseKeeper, type LeaseState } from '../../src/ha/lease-keeper.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import type { Pool } from '../../src/store/pool.ts';
import { silentLog } from '../support/postgres.ts';

const ME = { holder: 'h', host: 'desk', pid: 1, startTime: 1, dataDir: '/d' };
const LEASE_S = 10;
/** The lease less its margin. */
const HELD_MS = 9000;

type Answer = 'ours' | 'theirs' | 'never' | 'refused';

let mono: VirtualClock;
let wall: VirtualClock;
let answer: Answer;
let renewals: number;
let states: LeaseState[];

/** A database that answers as the test says. */
const pool = {
  query: () => {
    renewals += 1;
    if (answer === 'never') return new Promise(() => undefined);
    if (answer === 'refused') return Promise.reject(new Error('no'));
    return Promise.resolve({ rowCount: answer === 'ours' ? 1 : 0 });
  },
} as unknown as Pool;

beforeEach(() => {
  mono = new VirtualClock(1000);
  wall = new VirtualClock(5_000_000);
  answer = 'ours';
  renewals = 0;
  states = [];
});

function keeper(fenced = true): LeaseKeeper {
  const claimedAt = { mono: mono.now(), wall: wall.now() };
  const options = { pool, me: ME, epoch: 1, leaseS: LEASE_S, fenced, claimedAt, mono, wall };
  const made = new LeaseKeeper({ ...options, log: silentLog });
  made.start((state) => states.push(state));
  return made;
}

/** Time passes by both clocks, and answers arrive in between. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    wall.advanceBy(100);
    mono.advanceBy(100);
    // A renewal and what waits for it are a few promises deep.
    for (let depth = 0; depth < 10; depth += 1) await Promise.resolve();
  }
}

describe('the lease of a writer', () => {
  it('is held for as long as it is renewed', async () => {
    const lease = keeper();
    await pass(60_000);
    assert.equal(lease.held(), true);
    assert.deepEqual(states, []);
    assert.ok(renewals >= 29, `${renewals} renewals`);
  });

  it.each(['never', 'refused'] as const)(
    'is over before anybody may take it where the database answers %s',
    async (how) => {
      const lease = keeper();
      await pass(2000);
      answer = how;
      await pass(HELD_MS - 100);
      assert.equal(lease.held(), true);
      await pass(100);
      assert.equal(lease.held(), false, 'a second before the row runs out');
      assert.deepEqual(states, ['over']);
    },
  );

  it('counts from before a renewal was sent, however late its answer comes', async () => {
    const lease = keeper();
    answer = 'never';
    await pass(HELD_MS);
    assert.equal(lease.held(), false);
    answer = 'ours';
    await pass(2100);
    assert.equal(lease.held(), true);
    assert.deepEqual(states, ['over', 'held']);
  });

  it('is not held by a process that was frozen, from its first moment on', () => {
    const lease = keeper();
    // No timer has fired yet when it wakes: the clocks alone say so.
    const [frozenMono, frozenWall] = [mono, wall];
    Object.defineProperty(frozenMono, 'now', { value: () => 1000 + 20_000 });
    assert.equal(lease.held(), false);
    assert.ok(frozenWall.now() < 5_000_000 + HELD_MS);
  });

  it('is not held where the host slept, though its monotonic clock stood still', () => {
    const lease = keeper();
    wall.advanceBy(HELD_MS);
    assert.equal(lease.held(), false);
    assert.deepEqual(states, []);
  });

  it('is lost for good where the row is another writer’s', async () => {
    const lease = keeper();
    answer = 'theirs';
    await pass(2100);
    assert.equal(lease.held(), false);
    assert.deepEqual(states, ['taken']);
    answer = 'ours';
    await pass(20_000);
    assert.equal(lease.held(), false);
    assert.deepEqual(states, ['taken']);
  });

  it('never ends by itself without ha, but another writer ends it', async () => {
    const lease = keeper(false);
    answer = 'never';
    await pass(60_000);
    assert.equal(lease.held(), true);
    answer = 'theirs';
    await pass(2100);
    assert.deepEqual([lease.held(), states], [false, ['taken']]);
  });
});
