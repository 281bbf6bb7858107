import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { ACTORS } from '../../src/protocol/decision.ts';
import type { World } from '../support/world.ts';
import {
  commands,
  healing,
  IN_USE,
  settled,
  tell,
  typesTo,
  verifyReplays,
  world,
} from './support/hedged-book.ts';

verifyReplays();

const HA = { config: { ha: true } };
const EPOCH = 7;
const lease = (w: World, state: 'held' | 'over') =>
  w.input('lease', ACTORS.daemon, { type: 'lease', state, epoch: EPOCH });

const gates = (w: World) =>
  w
    .explain()
    .gates.filter(({ pass }) => !pass)
    .map(({ gate }) => gate);

/** A world with `ha` whose lease was won at its start. */
function leading(): World {
  const w = world(HA);
  lease(w, 'held');
  return w;
}

/** It watches a book that is flat. */
function watching(): World {
  const w = settled(leading(), 0);
  healing(w, 1, 0);
  return w;
}

/** Its order works. */
function working(): World {
  const w = watching();
  w.evaluate();
  w.pump();
  tell(w);
  assert.equal(w.states, 'HEDGING WORKING');
  return w;
}

describe('a daemon with ha', () => {
  it('stands by at its start, and connects to nobody', () => {
    const w = world(HA);
    assert.equal(w.daemon, 'standby');
    assert.deepEqual(typesTo(w, ACTORS.broker), []);
    assert(gates(w).includes('standby'));
    assert(gates(w).includes('lease'));
  });

  it('connects when the lease is won, and hedges as any other', () => {
    const w = working();
    assert(!gates(w).includes('lease'));
  });
});

describe('a client id in use', () => {
  const win = (w: World, predecessor: string) =>
    w.input('lease', ACTORS.daemon, { type: 'lease', state: 'held', epoch: EPOCH, predecessor });

  it('is an alarm that names a writer before who did not end, until the id is free', () => {
    const w = world(HA);
    win(w, 'desk, pid 7');
    w.report(IN_USE);
    w.advance(10_000);
    w.report(IN_USE);
    assert.match(
      w.data.alerts.get('frozen_leader')?.text ?? '',
      /^the writer before \(desk, pid 7\)/,
    );
    const said = w
      .facts('operation')
      .filter(({ stateReason }) => /frozen_leader/.test(stateReason));
    assert.equal(said.length, 1);
    w.advance(10_000);
    w.linkUp();
    assert.equal(w.data.alerts.has('frozen_leader'), false);
  });
});

describe('a lease that is over', () => {
  it('cancels what works, and sends nothing new', () => {
    const w = working();
    lease(w, 'over');
    assert.deepEqual(commands(w), ['order.cancel']);
    assert(gates(w).includes('lease'));
    assert.equal(w.data.alerts.get('lease')?.id, 'lease');
    w.evaluate({ delta: 900 });
    assert.deepEqual(commands(w), []);
  });

  it('keeps the connection while cancels take their time, then gives it up and stands by', () => {
    const w = watching();
    w.take(ACTORS.broker);
    lease(w, 'over');
    w.advance(2499);
    assert.equal(w.daemon, 'running');
    w.advance(1);
    assert.equal(w.daemon, 'standby');
    assert.equal(typesTo(w, ACTORS.broker).at(-1), 'link.close');
    assert.equal(typesTo(w, ACTORS.market).at(-1), 'link.close');
  });

  it('goes on without a pause where it is renewed before that', () => {
    const w = watching();
    lease(w, 'over');
    w.advance(2000);
    lease(w, 'held');
    w.advance(5000);
    assert.equal(w.daemon, 'running');
    assert.equal(w.data.alerts.has('lease'), false);
    assert(!gates(w).includes('lease'));
  });

  it('begins again with a connection and a complete sync where it is renewed later', () => {
    const w = watching();
    lease(w, 'over');
    w.advance(3000);
    w.take(ACTORS.broker);
    lease(w, 'held');
    assert.equal(w.daemon, 'connecting');
    assert(typesTo(w, ACTORS.broker).includes('link.open'));
    w.sync();
    assert(typesTo(w, ACTORS.market).includes('link.open'));
    w.marketUp();
    assert.equal(w.daemon, 'running');
  });
});
