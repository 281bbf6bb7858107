import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { isOnTick, limitPrice, priceCollar, roundToTick, tickAt } from '../../src/domain/price.ts';

/** A market rule with a finer grid below one dollar, in no particular order. */
const RULE = [
  { lowEdge: 1, increment: 0.01 },
  { lowEdge: 0, increment: 0.0001 },
  { lowEdge: 1000, increment: 0.05 },
];

describe('the price grid', () => {
  it('has the step of the highest edge at or below the price', () => {
    assert.equal(tickAt(0.99, RULE), 0.0001);
    assert.equal(tickAt(1, RULE), 0.01);
    assert.equal(tickAt(999.99, RULE), 0.01);
    assert.equal(tickAt(1000, RULE), 0.05);
    assert.equal(tickAt(450, []), 0.01);
  });

  it('rounds to the side asked for, and leaves prices on it alone', () => {
    assert.equal(roundToTick(450.017, RULE, 'down'), 450.01);
    assert.equal(roundToTick(450.011, RULE, 'up'), 450.02);
    assert.equal(roundToTick(450.016, RULE, 'nearest'), 450.02);
    assert.equal(roundToTick(0.12345, RULE, 'down'), 0.1234);
    assert.equal(roundToTick(1000.04, RULE, 'up'), 1000.05);
    for (const price of [0.29, 1.1, 4.35, 450.03, 0.0003, 1000.15]) {
      for (const direction of ['down', 'up', 'nearest'] as const) {
        assert.equal(roundToTick(price, RULE, direction), price);
      }
      assert.ok(isOnTick(price, RULE));
    }
    assert.ok(!isOnTick(450.005, RULE));
    assert.ok(!isOnTick(Number.NaN, RULE));
  });

  it('never rounds across the price, for any price', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 5000, noNaN: true }), (price) => {
        const down = roundToTick(price, RULE, 'down');
        const up = roundToTick(price, RULE, 'up');
        assert.ok(down <= price + 1e-6 && up >= price - 1e-6);
        assert.ok(up - down <= tickAt(price, RULE) + 1e-9);
        assert.ok(isOnTick(down, RULE) && isOnTick(up, RULE));
      }),
    );
  });
});

describe('a limit price', () => {
  const base = {
    bid: 449.98,
    ask: 450.02,
    increments: RULE,
    collarPct: 1,
    order: { order_type: 'limit', limit_offset_ticks: 2 },
    atMid: false,
  } as const;

  it('crosses the spread by the offset', () => {
    assert.equal(limitPrice({ ...base, side: 'BUY' }), 450.04);
    assert.equal(limitPrice({ ...base, side: 'SELL' }), 449.96);
  });

  it('stays inside the collar, rounded away from its edge', () => {
    const tight = { ...base, collarPct: 0.007 };
    assert.deepEqual(priceCollar(449.98, 450.02, 0.007), { low: 449.9685, high: 450.0315 });
    assert.equal(limitPrice({ ...tight, side: 'BUY' }), 450.03);
    assert.equal(limitPrice({ ...tight, side: 'SELL' }), 449.97);
  });

  it("of a market order is the collar's edge", () => {
    const market = { ...base, order: { order_type: 'market', limit_offset_ticks: 0 } } as const;
    assert.equal(limitPrice({ ...market, side: 'BUY' }), 454.5);
    assert.equal(limitPrice({ ...market, side: 'SELL' }), 445.5);
  });

  it('at mid does not cross', () => {
    const mid = { ...base, bid: 448.01, ask: 452, atMid: true };
    assert.equal(limitPrice({ ...mid, side: 'BUY' }), 450);
    assert.equal(limitPrice({ ...mid, side: 'SELL' }), 450.01);
  });

  it('does not exist without a two-sided quote, or where no tick lies in the collar', () => {
    assert.equal(limitPrice({ ...base, side: 'BUY', bid: 0 }), null);
    assert.equal(limitPrice({ ...base, side: 'BUY', ask: Number.NaN }), null);
    assert.equal(limitPrice({ ...base, side: 'BUY', bid: 451 }), null);
    const coarse = { ...base, increments: [{ lowEdge: 0, increment: 7 }], collarPct: 0.1 };
    assert.equal(limitPrice({ ...coarse, side: 'BUY' }), null);
  });

  it('lies on the grid and inside the collar for any quote', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 200_000 }),
        fc.integer({ min: 0, max: 500 }),
        fc.integer({ min: 0, max: 100 }),
        fc.double({ min: 0.01, max: 5, noNaN: true }),
        fc.boolean(),
        fc.boolean(),
        (bidCents, spreadCents, offset, collarPct, buys, atMid) => {
          const bid = bidCents / 100;
          const ask = (bidCents + spreadCents) / 100;
          const side = buys ? 'BUY' : 'SELL';
          const order = { order_type: 'limit', limit_offset_ticks: offset } as const;
          const price = limitPrice({ side, bid, ask, increments: RULE, collarPct, order, atMid });
          if (price === null) return;
          const { low, high } = priceCollar(bid, ask, collarPct);
          assert.ok(isOnTick(price, RULE), `${price}`);
          assert.ok(price >= low - 1e-9 && price <= high + 1e-9 && price > 0);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
