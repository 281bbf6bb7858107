import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import {
  bookAdjustment,
  bookExecution,
  emptyLedger,
  type Ledger,
} from '../../src/domain/ledger.ts';
import { scalpedSince } from '../../src/domain/scalped.ts';

/** Signed shares at a price, one a minute. */
function ledgerOf(trades: readonly (readonly [shares: number, price: number])[]): Ledger {
  return trades.reduce((ledger, [shares, price], index) => {
    const execBase = `e${String(index).padStart(3, '0')}`;
    const fill = { execBase, revision: 1, execId: `${execBase}.01`, orderRef: 'a', price };
    const side = shares > 0 ? ('BUY' as const) : ('SELL' as const);
    const ts = index * 60_000;
    return bookExecution(ledger, { ...fill, side, quantity: Math.abs(shares), ts }).ledger;
  }, emptyLedger());
}

describe('scalped cash', () => {
  it('closes what came first, long and short, and through zero', () => {
    assert.equal(scalpedSince(ledgerOf([[100, 10]]), 0), 0);
    const both = [
      [100, 10],
      [50, 12],
      [-120, 13],
      [-80, 11],
      [50, 9],
    ] as const;
    // 100 × 3 + 20 × 1, then 30 × (11 − 12), then 50 that were sold at 11 bought at 9.
    assert.equal(scalpedSince(ledgerOf(both), 0), 320 - 30 + 100);
    // Of today alone, against what came in before.
    assert.equal(scalpedSince(ledgerOf(both), 3 * 60_000), -30 + 100);
  });

  it('takes delivered shares in at their price, and gains nothing by a delivery', () => {
    const held = ledgerOf([[-100, 12]]);
    const delivery = { id: '1', kind: 'exercise', shares: 100, price: 10, reason: '' } as const;
    const closed = bookAdjustment(held, { ...delivery, ts: 60_000 }).ledger;
    assert.equal(scalpedSince(closed, 0), 0);
  });

  it('and the open shares at their own prices are all that was gained', () => {
    const trade = fc.tuple(
      fc.integer({ min: -200, max: 200 }).filter((shares) => shares !== 0),
      fc.integer({ min: 50, max: 150 }),
    );
    fc.assert(
      fc.property(fc.array(trade, { maxLength: 40 }), (trades) => {
        const ledger = ledgerOf(trades);
        const cash = trades.reduce((sum, [shares, price]) => sum - shares * price, 0);
        // Whoever closes all at a price has realised all, whatever came first.
        const { owned } = ledger.sums;
        const flat = owned === 0 ? trades : [...trades, [-owned, 100] as const];
        assert.equal(scalpedSince(ledgerOf(flat), 0), cash + owned * 100);
      }),
    );
  });
});
