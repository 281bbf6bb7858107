import assert from 'node:assert/strict';
import { describe, it, vi } from 'vitest';
import type { OrderReport } from '../../src/protocol/broker.ts';
import { ACTORS } from '../../src/protocol/decision.ts';
import { MINUTE, optionContract, SECOND } from '../support/book.ts';
import { ACCOUNT, SHARES } from '../support/venue.ts';
import { SYMBOL, type World } from '../support/world.ts';
import {
  cancelled,
  fill,
  healing,
  orderOf,
  restarted,
  sent,
  settled,
  verifyReplays,
  watching,
  working,
  world,
} from './support/hedged-book.ts';

verifyReplays();

// Fourteen hours of heartbeats take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

describe('the number of hedges of the day', () => {
  it('begins anew at midnight in New York', () => {
    const w = sent();
    fill(w, 112);
    healing(w, 8);
    assert.equal(w.book.view.daily_hedge_count, 1);
    w.advance(14 * 60 * MINUTE);
    assert.equal(w.book.view.daily_hedge_count, 0);
    assert.equal(w.facts('status').at(-1)?.dailyHedgeCount, 0);
  });
});

describe('an order at risk', () => {
  it('is one that is sent, works, or whose fate is not known', () => {
    assert.deepEqual(watching().book.ordersAtRisk, []);
    for (const w of [sent(), working()]) {
      assert.deepEqual(w.book.ordersAtRisk, [w.book.context.orderRef]);
    }
    const w = working();
    cancelled(w);
    assert.notDeepEqual(w.book.ordersAtRisk, []);
    healing(w, 10, 0);
    assert.deepEqual(w.book.ordersAtRisk, []);
  });

  it('is one that a session before left open, before anybody has asked for it', () => {
    const before = working();
    const w = restarted(before);
    assert.deepEqual(w.book.ordersAtRisk, [orderOf(before)]);
    w.linkUp();
    w.terms();
    assert.deepEqual(w.book.ordersAtRisk, [orderOf(before)]);
  });
});

describe('an open option order', () => {
  it('holds the hedge, though another has been resting for long', () => {
    const w = watching();
    tellOption(w, 1);
    w.advance(5 * MINUTE);
    tellOption(w, 2);
    w.evaluate();
    assert.deepEqual(blockedBy(w), ['leg_settling']);
    w.advance(2 * MINUTE);
    w.evaluate();
    assert.deepEqual(blockedBy(w), []);
  });

  it('that ended while nobody listened holds nothing', () => {
    const w = watching();
    tellOption(w, 1);
    w.report({ type: 'link.lost', reason: 'socket closed' });
    w.advance(10 * SECOND);
    w.sync();
    healing(w, 8);
    assert.deepEqual(blockedBy(w).includes('leg_settling'), false);
  });
});

describe('legging in', () => {
  /** Ten more contracts were bought by hand, ten seconds before the end. */
  const legging = (): World => {
    const w = watching({ settings: { gates: { state: { leg_settle_s: 30 } } } });
    w.advance(5 * MINUTE);
    healing(w, 8, 0);
    w.venue.contracts += 10;
    w.venue.tradeOption(10, 10, w.at.trading);
    const contract = optionContract();
    const quantity = w.venue.contracts;
    w.report({
      type: 'position',
      position: { account: ACCOUNT, contract, quantity, avgCost: 1 },
    });
    healing(w, 10);
    assert.deepEqual([blockedBy(w), w.venue.orders.size], [['leg_settling'], 0]);
    return w;
  };
  const again = (w: World, laterMs: number): World => {
    const settings = { gates: { state: { leg_settle_s: 30 } } };
    return settled(restarted(w, { settings, mono: w.at.mono + laterMs }));
  };

  it('settles after a restart as it would have without one', () => {
    const w = again(legging(), SECOND);
    healing(w, 18);
    assert.deepEqual([blockedBy(w), w.venue.orders.size], [['leg_settling'], 0]);
    healing(w, 4);
    w.pump();
    assert.deepEqual([blockedBy(w), w.venue.orders.size], [[], 1]);
  });

  it('that was interrupted over midnight has settled, and is neither delivery nor break', () => {
    const before = legging();
    const executions = before.venue.executions;
    before.venue.executions = [];
    const w = again(before, 24 * 60 * MINUTE);
    healing(w, 8);
    w.pump();
    assert.equal(executions.length, 1);
    assert.deepEqual([w.facts('adjustment').length, w.facts('latch').length], [0, 0]);
    assert.deepEqual([blockedBy(w), w.venue.orders.size], [[], 1]);
    assert.equal(w.book.view.legs[0]?.quantity, 110);
  });
});

describe('a contract that was not found', () => {
  it('is said once, and asked for until it is', () => {
    const w = world();
    w.linkUp();
    const failed = { type: 'contract.failed', symbol: SYMBOL, reason: 'no answer' } as const;
    w.report(failed);
    w.answerReads();
    w.marketUp();
    w.pump();
    for (let beat = 0; beat < 3; beat += 1) {
      w.advance(10 * SECOND);
      assert.ok(w.pump().some(({ type }) => type === 'contract.find'));
      w.report(failed);
    }
    assert.equal(w.operations().filter((type) => type === 'alert').length, 1);

    w.take(ACTORS.market);
    w.terms();
    assert.deepEqual(
      w.take(ACTORS.market).map((message) => (message as { type: string }).type),
      ['watch'],
    );
    w.advance(10 * SECOND);
    assert.equal(
      w.pump().some(({ type }) => type === 'contract.find'),
      false,
    );
  });
});

function tellOption(w: World, permId: number): void {
  const order: OrderReport = {
    orderRef: '',
    orderId: 0,
    permId,
    clientId: 0,
    account: 'DU1',
    contract: optionContract({ underlyingConId: SHARES.conId }),
    side: 'BUY',
    quantity: 1,
    limitPrice: 9,
    status: 'Submitted',
    filled: 0,
    remaining: 1,
    whyHeld: '',
  };
  w.report({ type: 'order.report', order });
}

const blockedBy = (w: World) =>
  w.book.view.block_reasons.filter((reason) => reason === 'leg_settling');
