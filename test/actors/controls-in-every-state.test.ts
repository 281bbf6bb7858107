/**
 * Suspend, stop and flatten in every state of the hedge machine, in virtual time, against a broker
 * that answers and against one that needs a moment. PLAN, SEND and REPRICE exist only inside a
 * turn: no turn ends in them, so a control meets them in the turn before and in the turn after.
 */

import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { createHedgeMachine } from '../../machines/hedge.ts';
import { SECOND } from '../support/book.ts';
import type { World } from '../support/world.ts';
import { fill, sent, verifyReplays, watching, working } from './support/hedged-book.ts';
import { LAZY, MUTE, PROMPT, serve, serving } from './support/serving.ts';

verifyReplays();

/** Brings a book there; `at` is the state the turn ended in. */
const PLACES: Readonly<Record<string, { readonly at: string; readonly bring: () => World }>> = {
  EXEC_IDLE: { at: 'EXEC_IDLE', bring: () => watching() },
  'PLAN, about to be entered': { at: 'EXEC_IDLE', bring: () => watching() },
  'SEND, just left: journalled, not on the wire': {
    at: 'WAIT_ACK',
    bring: () => {
      const w = watching();
      w.evaluate();
      return w;
    },
  },
  WAIT_ACK: { at: 'WAIT_ACK', bring: () => sent() },
  WORKING: { at: 'WORKING', bring: () => working() },
  PARTIAL: {
    at: 'PARTIAL',
    bring: () => {
      const w = working();
      fill(w, 40);
      return w;
    },
  },
  'REPRICE, just left: the modify is on its way': {
    at: 'WAIT_ACK',
    bring: () => {
      const w = working();
      for (let second = 0; second < 60 && w.book.hedge === 'WORKING'; second += 1) {
        w.advance(SECOND);
        w.evaluate();
      }
      assert.ok(w.operations().includes('modify'));
      return w;
    },
  },
  CANCEL: {
    at: 'CANCEL',
    bring: () => {
      const w = working({ settings: { order: { max_reprices: 0 } } });
      for (let second = 0; second < 60 && w.book.hedge === 'WORKING'; second += 1) {
        w.advance(SECOND);
        w.evaluate();
      }
      return w;
    },
  },
  RECOVER: {
    at: 'RECOVER',
    bring: () => {
      const w = sent();
      w.advance(10 * SECOND);
      w.evaluate();
      return w;
    },
  },
  FILLED: {
    at: 'FILLED',
    bring: () => {
      const w = working();
      fill(w, 112);
      return w;
    },
  },
  FAIL: {
    at: 'FAIL',
    bring: () => {
      const w = sent();
      for (let second = 0; second < 120 && w.book.hedge !== 'FAIL'; second += 1) {
        serving(w, 1, MUTE);
      }
      return w;
    },
  },
};

/** Orders sent so far, by what they were for. */
const orders = (w: World, purpose: string) =>
  [...w.venue.orders.values()].filter(({ order }) => order.purpose === purpose).length;

/** What may never be otherwise, looked at after every step. */
function holds(w: World): void {
  assert.ok(w.venue.live.length <= 1, 'one order of ours is live, ever');
  const ours = w.venue.executions.filter(({ orderRef }) => orderRef !== '');
  const known = ours.filter(({ execId }) =>
    w.facts('execution').some(({ execution }) => execution.execId === execId),
  );
  const sum = known.reduce(
    (all, { side, quantity }) => all + (side === 'BUY' ? 1 : -1) * quantity,
    0,
  );
  assert.equal(w.book.view.stock_position, sum, 'every execution is applied exactly once');
  const intents = w.facts('intent');
  const open = new Set(intents.map(({ orderRef }) => orderRef));
  for (const { orderRef, outcome } of intents) if (outcome !== null) open.delete(orderRef);
  assert.ok(open.size <= 1, 'one intent is open');
}

/** Time passes under a broker that is slow at first, and everything is checked as it goes. */
function pass(w: World, seconds: number): void {
  for (let second = 0; second < seconds; second += 1) {
    serving(w, 1, second < 2 ? { ...LAZY, fills: 7 } : PROMPT);
    holds(w);
  }
}

const CASES = Object.entries(PLACES);

describe('the list of places', () => {
  it('has every state of the hedge machine', () => {
    const states = Object.keys(createHedgeMachine().states);
    const named = CASES.map(([name]) => name.split(',')[0]);
    assert.deepEqual([...new Set(named)].sort(), states.sort());
  });

  it.each(CASES)('is reached: %s', (_, { at, bring }) => {
    assert.equal(bring().book.hedge, at);
  });
});

describe.each(CASES)('at %s', (_, { bring }) => {
  it('suspend takes what is alive off the market, and lets nothing else out', () => {
    const w = bring();
    const before = w.facts('operation').filter(({ type }) => type === 'order_sent').length;
    assert.equal(w.control({ command: 'suspend' }).ok, true);
    pass(w, 45);
    assert.deepEqual([w.daemon, w.venue.live.length], ['running_suspended', 0]);
    assert.ok(['EXEC_IDLE', 'FILLED'].includes(w.book.hedge), w.book.hedge);
    const after = w.facts('operation').filter(({ type }) => type === 'order_sent').length;
    assert.equal(after, before, 'no order leaves while suspended');
    assert.equal(w.book.view.stock_position, w.venue.shares);
  });

  it('stop ends with no order of ours alive', () => {
    const w = bring();
    assert.equal(w.control({ command: 'stop' }).status, 202);
    for (let quarter = 0; quarter < 16; quarter += 1) {
      serve(w);
      holds(w);
      w.advance(SECOND / 4);
    }
    assert.deepEqual([w.daemon, w.data.orderLeftLive], ['stopped', false]);
    assert.equal(w.venue.live.length, 0);
    assert.equal(w.book.view.stock_position, w.venue.shares);
  });

  it('stop before a broker that says nothing ends in time, and says what it could not prove', () => {
    const w = bring();
    const alive = w.book.ordersAtRisk.length > 0 || w.book.hedge === 'FAIL';
    w.control({ command: 'stop' });
    for (let quarter = 0; quarter < 12; quarter += 1) {
      serve(w, MUTE);
      w.advance(SECOND / 4);
    }
    assert.deepEqual([w.daemon, w.data.orderLeftLive], ['stopped', alive]);
  });

  it('flatten closes what is ours and ends suspended', () => {
    const w = bring();
    const before = orders(w, 'hedge');
    assert.equal(w.control({ command: 'flatten' }).ok, true);
    pass(w, 70);
    assert.deepEqual(
      [w.book.view.stock_position, w.venue.shares, w.venue.live.length, w.daemon],
      [0, 0, 0, 'running_suspended'],
    );
    const inFlight = w.facts('operation').filter(({ type }) => type === 'order_sent').length;
    assert.equal(inFlight - orders(w, 'flatten'), Math.max(before, orders(w, 'hedge')));
  });
});
