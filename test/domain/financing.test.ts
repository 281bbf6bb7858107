import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { financingOf, NO_FINANCING } from '../../src/domain/financing.ts';

const RATES = { credit: 0.04, debit: 0.06, borrow: 0.01 };

describe('what financing earns over a year', () => {
  for (const [what, balance, shares, usd] of [
    ['cash earns', 1000, 0, 40],
    ['debt pays', -1000, 0, -60],
    ['owned shares pay nothing beside', -1000, 10, -60],
    ['shares sold short pay for being lent, of what they are worth', 0, -10, -5],
    ['both together', 500, -10, 15],
    ['nothing at all', 0, 0, 0],
  ] as const) {
    it(what, () => assert.equal(financingOf(RATES, { balance, shares, spot: 50 }, 1), usd));
  }

  it('is in proportion to time, and nothing without rates', () => {
    const held = { balance: 1000, shares: -10, spot: 50 };
    assert.equal(financingOf(RATES, held, 0.5), 17.5);
    assert.equal(Math.abs(financingOf(NO_FINANCING, held, 1)), 0);
  });
});
