import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { BrokerCommand } from '../../src/protocol/broker.ts';
import type { World } from '../support/world.ts';
import {
  commands,
  fill,
  healing,
  orderOf,
  tell,
  verifyReplays,
  watching,
  working,
} from './support/hedged-book.ts';
import { LAZY, serve, serving } from './support/serving.ts';

verifyReplays();

const typed = (order_type: 'limit' | 'market' | 'midprice' | 'adaptive') =>
  watching({ settings: { order: { order_type } } });

/** How the orders that leave now are to be worked. */
function works(w: World): readonly string[] {
  return w.pump().flatMap((command: BrokerCommand) => {
    const sends = command.type === 'order.submit' || command.type === 'order.modify';
    return sends ? [`${command.type} ${command.order.work}`] : [];
  });
}

describe('how an order is worked', () => {
  it.each([
    ['limit', 'limit'],
    ['market', 'limit'],
    ['midprice', 'midprice'],
    ['adaptive', 'adaptive'],
  ] as const)('order_type %s sends it as %s', (type, work) => {
    const w = typed(type);
    w.evaluate();
    assert.deepEqual(works(w), [`order.submit ${work}`]);
  });

  it('is the same after a new price', () => {
    const w = typed('midprice');
    w.evaluate();
    serve(w, LAZY);
    for (let second = 0; second < 30; second += 1) {
      w.advance(1000);
      w.evaluate();
      const seen = works(w);
      if (seen.length === 0) continue;
      assert.deepEqual(seen, ['order.modify midprice']);
      return;
    }
    assert.fail('it got no new price');
  });

  it('does not wait in the middle of the spread where it is forced, nor where it closes', () => {
    const w = typed('midprice');
    w.evaluate({ delta: 900 });
    assert.deepEqual(works(w), ['order.submit limit']);

    const held = typed('midprice');
    held.evaluate();
    serve(held, LAZY);
    fill(held, 112);
    serving(held, 6);
    held.control({ command: 'flatten' });
    assert.deepEqual(works(held), ['order.submit limit']);
  });
});

describe('what is left of an order', () => {
  it('is cancelled when a late fill of the one before has made most of it', () => {
    const w = working();
    const first = orderOf(w);
    tell(w, 'Cancelled');
    for (let second = 0; second < 30 && w.venue.orders.size < 2; second += 1) {
      healing(w, 1);
      w.pump();
    }
    tell(w);
    assert.deepEqual([w.venue.orders.size, commands(w)], [2, []]);
    const late = w.venue.fill(first, 90, w.at.trading);
    w.report({ type: 'execution', execution: late });
    w.evaluate();
    assert.equal(w.book.view.stock_position, -90);
    assert.deepEqual(commands(w), ['order.cancel']);
  });
});
