import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { SECOND } from '../support/book.ts';
import type { World } from '../support/world.ts';
import {
  answering,
  cancelled,
  fill,
  healing,
  orderOf,
  outcomes,
  restarted,
  sent,
  settled,
  verifyReplays,
  working,
} from './support/hedged-book.ts';

verifyReplays();

const count = (w: World) => w.book.view.daily_hedge_count;
const cost = (w: World) => {
  const row = w.explain().gates.find(({ gate }) => gate === 'max_daily_hedge_cost');
  return Number(row?.value);
};

/** Nobody answered within the limit; the broker tells nothing of the order for now. */
function faulted(): { w: World; show: () => void } {
  const w = sent();
  const ref = orderOf(w);
  const order = w.venue.get(ref);
  w.venue.orders.delete(ref);
  w.advance(45 * SECOND);
  assert.equal(outcomes(w).at(-1), 'fault');
  w.pump();
  w.reads = [];
  return { w, show: () => w.venue.orders.set(ref, order) };
}

describe('the number of hedges of the day', () => {
  it('rises with the first fill of an order, and not with the next ones', () => {
    const w = working();
    assert.equal(count(w), 0);
    fill(w, 40);
    assert.deepEqual([w.book.hedge, count(w)], ['PARTIAL', 1]);
    fill(w, 72);
    assert.deepEqual([w.book.hedge, count(w)], ['FILLED', 1]);
  });

  it('counts an intent that ended in a fault and was filled after all', () => {
    const { w, show } = faulted();
    assert.equal(count(w), 0);
    show();
    fill(w, 112);
    healing(w, 20);
    assert.deepEqual([w.book.view.stock_position, w.book.hedge], [-112, 'EXEC_IDLE']);
    assert.equal(count(w), 1);
    assert.ok(cost(w) > 1, 'its slippage counts too');
    // It reached its target: the next one waits for its cooldown.
    w.evaluate({ delta: 212 });
    assert.deepEqual(w.book.view.block_reasons, ['min_price_move', 'cooldown']);
  });

  it('counts it once, though the process died between two of its fills', () => {
    const before = working();
    fill(before, 40);
    const w = settled(restarted(before));
    fill(w, 20);
    cancelled(w);
    answering(w, 12);
    assert.equal(count(w), 1);
    assert.ok(outcomes(w).includes('partial'));
  });

  it('does not count one that was cancelled without a fill', () => {
    const w = working();
    w.control({ command: 'suspend' });
    cancelled(w);
    healing(w, 10);
    assert.deepEqual([count(w), outcomes(w).at(-1)], [0, 'cancelled']);
  });
});

describe('the cost of the day', () => {
  it('is the same, told in one execution or in several', () => {
    const whole = working();
    fill(whole, 112);
    const parts = working();
    for (const shares of [12, 50, 50]) fill(parts, shares);
    assert.ok(cost(whole) > 0);
    // Each execution has a commission of its own, and the venue of this test asks 1 USD for it.
    assert.equal(cost(parts).toFixed(2), cost(whole).toFixed(2));
  });
});
