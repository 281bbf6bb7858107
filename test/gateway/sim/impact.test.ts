import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { impactOf, priceWithImpact } from '../../../src/gateway/sim/impact.ts';

const TERMS = { coefficient: 1, daily_volatility: 0.02, daily_volume: 4_000_000 };
const NONE = { ...TERMS, coefficient: 0 };

describe('the impact of an order', () => {
  it('grows with the square root of its shares', () => {
    // 100 USD × 2 % × √(400 / 4,000,000) is two cents.
    assert.equal(impactOf(TERMS, 100, 400), 0.02);
    assert.equal(impactOf(TERMS, 100, 1600), 0.04);
    assert.equal(impactOf({ ...TERMS, coefficient: 0.5 }, 100, 400), 0.01);
  });

  it('makes buying dearer and selling cheaper, never beyond the limit', () => {
    const order = { quantity: 400, limitPrice: null } as const;
    assert.equal(priceWithImpact(TERMS, 100, { ...order, side: 'BUY' }), 100.02);
    assert.equal(priceWithImpact(TERMS, 100, { ...order, side: 'SELL' }), 99.98);
    const limited = { quantity: 400, limitPrice: 100.01 } as const;
    assert.equal(priceWithImpact(TERMS, 100, { ...limited, side: 'BUY' }), 100.01);
    assert.equal(priceWithImpact(TERMS, 100.02, { ...limited, side: 'SELL' }), 100.01);
  });

  it('is nothing unless it is asked for', () => {
    const order = { side: 'BUY', quantity: 1e6, limitPrice: null } as const;
    assert.equal(priceWithImpact(NONE, 100.123456, order), 100.123456);
  });
});
