import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { pnlFrom, totalWorth } from '../../src/domain/loss-base.ts';

const atClose = { quantityAtClose: 0, previousClose: 5 };
const leg = { ...atClose, quantity: 2, mark: 5, multiplier: 100, tradeCash: -900 };
const input = {
  ...{ owned: 10, spot: 50, executionCash: 300, adjustmentCash: 20, commissions: 7 },
  legs: [leg],
};

describe('what is held and the cash of the day', () => {
  it('are worth shares, options and cash, less commissions', () => {
    assert.equal(totalWorth(input), 300 + 20 - 7 + 500 + 1000 - 900);
  });

  it('need no price for what is not held', () => {
    const gone = { ...leg, quantity: 0, mark: Number.NaN };
    const none = { ...input, owned: 0, spot: Number.NaN, legs: [gone] };
    assert.equal(totalWorth(none), 300 + 20 - 7 - 900);
    assert.equal(totalWorth({ ...input, spot: Number.NaN }), Number.NaN);
  });

  it('make a loss since the base, on top of what the day had made by then', () => {
    const base = { day: '20260914', ts: 0, pnl: -200, total: 1000 };
    assert.equal(pnlFrom(base, 900), -300);
    assert.equal(pnlFrom(base, Number.NaN), null);
  });
});
