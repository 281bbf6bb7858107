/** The ledger at its edges: what mutants of it had survived is told here. */

import assert from 'node:assert/strict';
import { describe, it } from 'vitest';

import {
  type Adjustment,
  bookAdjustment,
  bookCommission,
  bookExecution,
  emptyLedger,
  filledQuantity,
  flowsSince,
  type LedgerFill,
  ledgerOf,
  splitExecId,
  tradedQuantity,
} from '../../src/domain/ledger.ts';

const T = Date.UTC(2023, 7, 3, 14, 30);
const FILL: LedgerFill = {
  ...{ execBase: '0001.01', revision: 1, execId: '0001.01.01', orderRef: 'bifrost:a:1' },
  ...{ side: 'BUY', quantity: 100, price: 10, ts: T },
};
const ADOPTED: Adjustment = {
  ...{ id: 'a:1', kind: 'adopt', shares: 50, price: 10, ts: T, reason: 'mine' },
};

describe('an execution that is told again', () => {
  it.each<readonly [string, Partial<LedgerFill>]>([
    ['side', { side: 'SELL' }],
    ['quantity', { quantity: 99 }],
    ['price', { price: 10.01 }],
    ['order', { orderRef: 'bifrost:a:2' }],
  ])('with another %s contradicts itself, and the first stays', (_, change) => {
    const { ledger } = bookExecution(emptyLedger(), FILL);
    const again = bookExecution(ledger, { ...FILL, ...change });
    assert.deepEqual([again.outcome, again.applied, again.delta], ['contradiction', false, 0]);
    assert.equal(again.ledger, ledger);
  });

  it('for fewer shares is ours as corrected, and traded as told, in whatever order', () => {
    const bust = { ...FILL, revision: 2, quantity: 0 };
    for (const told of [
      [FILL, bust],
      [bust, FILL],
    ]) {
      let ledger = emptyLedger();
      for (const fill of told) ({ ledger } = bookExecution(ledger, fill));
      const { orderRef } = FILL;
      const both = ledgerOf({ fills: told, adjustments: [], commissions: [] });
      // A boot record keeps the latest revision alone.
      const fills = ledger.entries.flatMap(({ fill }) => fill ?? []);
      const kept = ledgerOf({ fills, adjustments: [], commissions: [] });
      for (const one of [ledger, both, kept]) {
        assert.deepEqual(
          [filledQuantity(one, orderRef), tradedQuantity(one, orderRef), one.sums.owned],
          [0, 100, 0],
        );
      }
    }
  });

  it('from before what is kept is outdated, and books nothing', () => {
    const opening = { ...emptyLedger().opening, before: T + 1 };
    const { outcome, applied } = bookExecution(emptyLedger(opening), FILL);
    assert.deepEqual([outcome, applied], ['outdated', false]);
  });
});

describe('shares that come without an order', () => {
  const later = { ...ADOPTED, id: 'a:2', shares: -20, price: 12, ts: T + 60_000 };
  const first = bookAdjustment(emptyLedger(), ADOPTED).ledger;
  const { ledger } = bookAdjustment(first, later);

  it('are no turnover, and their cash counts from when it moved', () => {
    assert.equal(ledger.sums.turnover, 0);
    assert.equal(ledger.sums.adjustmentCash, -500 + 240);
    const { adjustmentCash, turnover, ownedBefore } = flowsSince(ledger, T + 1);
    assert.deepEqual([adjustmentCash, turnover, ownedBefore], [240, 0, 50]);
  });
});

describe('a commission', () => {
  it('of the same revision is counted once, early or late', () => {
    const early = bookCommission(emptyLedger(), FILL.execId, 1);
    assert.equal(bookCommission(early, FILL.execId, 2), early);
    const { ledger } = bookExecution(early, FILL);
    assert.equal(ledger.sums.commissions, 1);
    assert.equal(bookCommission(ledger, FILL.execId, 2), ledger);
    assert.equal(bookCommission(ledger, '0001.01.02', 2).sums.commissions, 2);
  });

  it('that is no amount is a defect, and says so', () => {
    assert.throws(() => bookCommission(emptyLedger(), FILL.execId, Number.NaN), {
      message: 'a commission is an amount',
    });
  });
});

describe('an execution id', () => {
  it.each([
    ['a.1x', 'a.1x', 0],
    ['a.x1', 'a.x1', 0],
    ['7', '7', 0],
    ['a.07', 'a', 7],
    ['.01', '', 1],
  ])('%s is %s, revision %i', (execId, execBase, revision) => {
    assert.deepEqual(splitExecId(execId), { execBase, revision });
  });
});
