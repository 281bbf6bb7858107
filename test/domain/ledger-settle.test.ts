import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import {
  bookAdjustment,
  bookExecution,
  emptyLedger,
  type Ledger,
} from '../../src/domain/ledger.ts';
import { settleLedger } from '../../src/domain/ledger-settle.ts';

/** An execution at each time, of 10 shares; the orders are `o1`, `o2`, … */
function bought(...times: readonly number[]): Ledger {
  return times.reduce((ledger, ts, index) => {
    const n = index + 1;
    const [execBase, orderRef] = [`e${n}`, `o${n}`];
    const fill = { execBase, revision: 1, execId: `${execBase}.1`, orderRef };
    const trade = { side: 'BUY', quantity: 10, price: 5, ts } as const;
    return bookExecution(ledger, { ...fill, ...trade }).ledger;
  }, emptyLedger());
}

const seen = (ledger: Ledger, before: number, ...openRefs: readonly string[]) => {
  const { opening, entries, closed } = settleLedger(ledger, before, new Set(openRefs));
  return {
    ...{ shares: opening.sums.owned, before: opening.before, executions: opening.executions },
    ...{ left: entries.map(({ ts }) => ts), closed: [...closed] },
  };
};

describe('books that are closed', () => {
  it('keep what is not older, and sum the rest', () => {
    const expected = { shares: 20, before: 3, executions: 2, left: [3, 4], closed: ['e1', 'e2'] };
    assert.deepEqual(seen(bought(1, 2, 3, 4), 3), expected);
  });

  it('sum all of it when all is old', () => {
    const expected = { shares: 20, before: 9, executions: 2, left: [], closed: ['e1', 'e2'] };
    assert.deepEqual(seen(bought(1, 2), 9), expected);
  });

  it('stay as they are when nothing is old', () => {
    const ledger = bought(5, 6);
    const { opening, entries, closed } = settleLedger(ledger, 5, new Set());
    assert.equal(opening, ledger.opening);
    assert.equal(entries, ledger.entries);
    assert.equal(closed.size, 0);
  });

  it('keep an order that may still be spoken of, and all behind it', () => {
    const expected = { shares: 10, before: 2, executions: 1, left: [2, 3], closed: ['e1'] };
    assert.deepEqual(seen(bought(1, 2, 3), 9, 'o2'), expected);
  });

  it('keep entries of one time together', () => {
    const expected = { shares: 10, before: 2, executions: 1, left: [2, 2, 3], closed: ['e1'] };
    assert.deepEqual(seen(bought(1, 2, 2, 3), 9, 'o3'), expected);
  });

  it('count no adjustment as an execution', () => {
    const adopted = { id: 'a', kind: 'adopt', shares: 7, price: 5, ts: 2, reason: 'mine' } as const;
    const { ledger } = bookAdjustment(bought(1), adopted);
    const expected = { shares: 17, before: 9, executions: 1, left: [], closed: ['e1'] };
    assert.deepEqual(seen(ledger, 9), expected);
  });

  it('go on from where they were closed last', () => {
    const once = bought(1, 2, 3);
    const { opening, entries } = settleLedger(once, 2, new Set());
    const expected = { shares: 20, before: 3, executions: 2, left: [3], closed: ['e2'] };
    assert.deepEqual(seen({ ...once, opening, entries }, 3), expected);
  });
});
