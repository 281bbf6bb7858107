import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { World } from '../support/world.ts';
import {
  answering,
  fill,
  healing,
  LOST,
  orderOf,
  restarted,
  sent,
  settled,
  tell,
  verifyReplays,
  watching,
  working,
} from './support/hedged-book.ts';

verifyReplays();

const FORCED = { delta: 700 };
const exposed = (w: World) => w.book.view.alerts.some(({ id }) => id === 'unhedged_exposure');

/** Seconds until the exposure is said; −1 where it is not within so many. */
function saidAfter(w: World, seconds: number, market: { readonly delta: number }): number {
  for (let second = 0; second < seconds; second += 1) {
    if (exposed(w)) return second;
    answering(w, 1);
    w.evaluate(market);
  }
  return -1;
}

/** No ack, no cancel, no read: nobody can say what became of the order. */
function silent(w: World, seconds: number, market: { readonly delta: number }): number {
  for (let second = 0; second < seconds; second += 1) {
    if (exposed(w)) return second;
    w.pump();
    w.advance(1000);
    w.evaluate(market);
  }
  return -1;
}

describe('an exposure behind an order of ours', () => {
  it('that works is excused for the normal life of an order', () => {
    const w = watching();
    w.evaluate(FORCED);
    w.pump();
    tell(w);
    assert.equal(w.book.hedge, 'WORKING');
    assert.equal(saidAfter(w, 15, FORCED), -1);
  });

  it('that is filled in time is never said', () => {
    const w = watching();
    w.evaluate(FORCED);
    w.pump();
    tell(w);
    for (let part = 0; part < 10; part += 1) {
      fill(w, 50);
      assert.equal(saidAfter(w, 2, FORCED), -1);
    }
  });

  it('whose fate is not known is said after ten seconds', () => {
    const w = watching();
    w.evaluate(FORCED);
    w.pump();
    w.venue.orders.clear();
    assert.equal(w.book.hedge, 'WAIT_ACK');
    const after = silent(w, 60, FORCED);
    // Five seconds for the acknowledgement, then it is unknown.
    assert.ok(after >= 14 && after <= 17, `${after} s`);
    assert.ok(['RECOVER', 'FAIL'].includes(w.book.hedge), w.book.hedge);
  });

  it('that an earlier session left is said after ten seconds', () => {
    const before = working();
    const w = restarted(before);
    settled(w, 700);
    const ref = orderOf(w);
    w.venue.get(ref).status = 'Inactive';
    const after = saidAfter(w, 60, FORCED);
    assert.ok(after >= 5 && after <= 25, `${after} s`);
  });

  it('is said while one order after the other comes to nothing', () => {
    const w = watching();
    let after = -1;
    for (let second = 0; second < 120 && after < 0; second += 1) {
      w.evaluate(FORCED);
      for (const command of w.pump()) {
        if (command.type === 'order.submit' || command.type === 'order.modify') tell(w);
        if (command.type === 'order.cancel') tell(w, 'Cancelled');
      }
      answering(w, 1);
      if (exposed(w)) after = second;
    }
    assert.ok(w.venue.orders.size >= 2, `${w.venue.orders.size} orders`);
    assert.ok(after >= 30 && after <= 60, `${after} s`);
  });

  it('is said while the broker is away', () => {
    const w = sent();
    w.report(LOST);
    assert.ok(silent(w, 90, FORCED) >= 0);
  });

  it('is over when the hedge is done', () => {
    const w = watching();
    w.evaluate(FORCED);
    w.pump();
    const held = w.venue.get(orderOf(w));
    w.venue.orders.clear();
    assert.ok(silent(w, 60, FORCED) >= 0);
    w.venue.orders.set(held.order.orderRef, held);
    fill(w, held.order.quantity);
    healing(w, 30, held.order.quantity);
    assert.equal(exposed(w), false);
  });
});
