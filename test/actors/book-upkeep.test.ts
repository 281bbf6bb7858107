import assert from 'node:assert/strict';
import { describe, it, vi } from 'vitest';
import type { OrderReport } from '../../src/protocol/broker.ts';
import { ACTORS } from '../../src/protocol/decision.ts';
import { MINUTE, optionContract, SECOND } from '../support/book.ts';
import { SHARES } from '../support/venue.ts';
import { SYMBOL, type World } from '../support/world.ts';
import {
  cancelled,
  fill,
  healing,
  sent,
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
    assert.equal(watching().book.orderAtRisk, null);
    for (const w of [sent(), working()]) assert.equal(w.book.orderAtRisk, w.book.context.orderRef);
    const w = working();
    cancelled(w);
    assert.notEqual(w.book.orderAtRisk, null);
    healing(w, 10, 0);
    assert.equal(w.book.orderAtRisk, null);
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
