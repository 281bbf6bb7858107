import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { type DailyPnlInput, dailyPnl, type LegPnl, legMark } from '../../src/domain/pnl.ts';

const straddle: LegPnl = {
  quantity: 10,
  quantityAtClose: 10,
  multiplier: 100,
  mark: 10.5,
  previousClose: 10,
  tradeCash: 0,
};
const day = (patch: Partial<DailyPnlInput> = {}): number | null =>
  dailyPnl({
    legs: [straddle],
    spot: 452,
    previousClose: 450,
    owned: -100,
    ownedAtClose: -100,
    executionCash: 0,
    adjustmentCash: 0,
    commissions: 0,
    ...patch,
  });

describe('the daily P&L', () => {
  it('is the change of marks since the previous close', () => {
    assert.equal(day(), 0.5 * 1000 - 100 * 2);
  });

  it("adds the cash of today's executions, less commissions", () => {
    // 50 more sold at 451: they gained −1 each since.
    const sold = day({ owned: -150, executionCash: 50 * 451, commissions: 0.5 });
    assert.equal(sold, 500 - 200 - 50 - 0.5);
  });

  it('counts legs traded by hand at their trade price', () => {
    const bought = { ...straddle, quantityAtClose: 0, tradeCash: -10.2 * 1000 };
    assert.ok(Math.abs((day({ legs: [bought], owned: 0, ownedAtClose: 0 }) ?? 0) - 300) < 1e-9);
    const closed = { ...straddle, quantity: 0, mark: Number.NaN, tradeCash: 10.4 * 1000 };
    assert.equal(day({ legs: [closed], owned: 0, ownedAtClose: 0 }), 10_400 - 10_000);
  });

  it('is not moved by shares adopted at the mark', () => {
    const adopted = day({ owned: -50, adjustmentCash: -50 * 452 });
    assert.equal(adopted, day());
  });

  it('is unknown where a mark that it needs is unknown', () => {
    assert.equal(day({ spot: Number.NaN }), null);
    assert.equal(day({ legs: [{ ...straddle, mark: Number.NaN }] }), null);
    assert.equal(day({ legs: [{ ...straddle, previousClose: Number.NaN }] }), null);
    assert.equal(
      day({ spot: Number.NaN, previousClose: Number.NaN, owned: 0, ownedAtClose: 0 }),
      500,
    );
  });

  it('marks a leg at mid, or at its model value', () => {
    assert.equal(legMark({ bid: 9, ask: 11, value: 12 }), 10);
    assert.equal(legMark({ bid: 0, ask: 11, value: 12 }), 12);
  });
});
