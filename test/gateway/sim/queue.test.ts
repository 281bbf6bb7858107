import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { VenueQuote } from '../../../src/gateway/sim/venue.ts';
import { limit, openWorld, order, SECOND, STILL, type World } from './support/world.ts';

const QUEUED = { fills: { partial: true, queue: true, latency_ms: [0, 0] } };

/** What others traded at a price since the world was opened, and what was displayed there first. */
function tradesAt({ exchange }: World, price: number): { sum: number } {
  const found = { sum: 0 };
  let volume = Number.NaN;
  exchange.watch(77, (quote: VenueQuote) => {
    if (quote.volume > volume && quote.last === price) found.sum += quote.volume - volume;
    volume = quote.volume;
  });
  return found;
}

function filled({ exchange }: World, orderId: number): number {
  return exchange.ledger().orders.find(({ order_id: id }) => id === orderId)?.filled ?? 0;
}

describe('a resting order in the queue', () => {
  it('trades at its price when those before it have, and not before', async () => {
    const world = await openWorld({ scenario: QUEUED });
    const displayed = world.exchange.quote(77)?.bidSize ?? 0;
    const trades = tradesAt(world, 100);
    world.exchange.place(limit(100, { quantity: 400 }));
    let before = 0;
    for (let second = 0; second < 900 && filled(world, 1) === 0; second += 1) {
      before = trades.sum;
      world.clock.advanceBy(SECOND);
    }
    assert.ok(filled(world, 1) > 0, 'its turn comes');
    assert.ok(trades.sum > 0 && before <= displayed * 2, `${before} traded before it`);
    for (const { price } of world.exchange.ledger().executions) assert.equal(price, 100);
    world.clock.advanceBy(900 * SECOND);
    assert.equal(filled(world, 1), 400);
    assert.ok(trades.sum >= 400, 'no more than was traded');
  });

  it('shares one trade with its neighbours, never twice', async () => {
    const world = await openWorld({ scenario: QUEUED });
    const trades = tradesAt(world, 100.01);
    for (let orderId = 1; orderId <= 4; orderId += 1) {
      world.exchange.place(limit(100.01, { orderId, side: 'SELL', quantity: 5000 }));
    }
    world.clock.advanceBy(600 * SECOND);
    const sum = [1, 2, 3, 4].reduce((total, id) => total + filled(world, id), 0);
    assert.ok(sum > 0 && sum <= trades.sum, `${sum} of ${trades.sum}`);
    assert.ok(filled(world, 1) >= filled(world, 4), 'who came first is served first');
  });

  it('waits for ever without the queue, and behind a better price with it', async () => {
    const plain = await openWorld();
    plain.exchange.place(limit(100));
    plain.clock.advanceBy(900 * SECOND);
    assert.equal(filled(plain, 1), 0);
    const world = await openWorld({ scenario: QUEUED });
    world.exchange.place(limit(99.99));
    world.clock.advanceBy(900 * SECOND);
    assert.equal(filled(world, 1), 0);
  });

  it('inside the market is served by the next trade on its side', async () => {
    const stock = { ...STILL.underlyings[0], model: { volatility: 0, size: 100, spread_ticks: 6 } };
    const world = await openWorld({ scenario: { ...QUEUED, underlyings: [stock] } });
    const bid = world.exchange.quote(77)?.bid ?? 0;
    const trades = tradesAt(world, bid);
    world.exchange.place(limit(Math.round(bid * 100 + 2) / 100, { quantity: 50 }));
    for (let second = 0; second < 600 && trades.sum === 0; second += 1) {
      assert.equal(filled(world, 1), 0);
      world.clock.advanceBy(SECOND);
    }
    assert.equal(filled(world, 1), 50);
  });

  it('loses its place when its price changes, and keeps it when it shrinks', async () => {
    const world = await openWorld({ scenario: QUEUED });
    const trades = tradesAt(world, 100);
    const wanted = { quantity: 5000, tif: 'GTC' };
    world.exchange.place(limit(100, wanted));
    world.exchange.place(limit(100, { ...wanted, orderId: 2 }));
    while (trades.sum === 0) world.clock.advanceBy(SECOND);
    world.exchange.place(limit(99.9, { ...wanted, orderId: 1 }));
    world.exchange.place(limit(100, { ...wanted, orderId: 1 }));
    world.exchange.place(limit(100, { ...wanted, orderId: 2, quantity: 4000 }));
    const [first, second] = [filled(world, 1), filled(world, 2)];
    while (filled(world, 2) === second) world.clock.advanceBy(SECOND);
    assert.ok(filled(world, 2) - second >= filled(world, 1) - first);
  });

  it('goes on after it was moved, and market orders trade as before', async () => {
    const world = await openWorld({ scenario: QUEUED });
    world.exchange.place(order({ quantity: 10 }));
    assert.equal(filled(world, 1), 10);
    assert.equal(world.exchange.ledger().executions[0]?.price, 100.01);
  });
});
