import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import {
  bookCommission,
  bookExecution,
  flowsSince,
  type LedgerFill,
  ledgerHash,
} from '../../src/domain/ledger.ts';
import {
  type DurableBook,
  type DurableState,
  durableKey,
  emptyDurableBook,
} from '../../src/protocol/durable.ts';
import { durableLedger, settleDurable } from '../../src/protocol/durable-ledger.ts';
import type { IntentFact } from '../../src/protocol/facts.ts';
import { PAYLOAD_BYTES_MAX } from '../../src/store/journal-frame.ts';

const DAY = 86_400_000;
const T = Date.UTC(2026, 0, 5, 15);
const KEY = durableKey('SPY', 'DU1');

function fill(number: number, ts: number, more: Partial<LedgerFill> = {}): LedgerFill {
  const execBase = `0001f4e5.${String(number).padStart(8, '0')}.01`;
  const side = number % 2 === 0 ? 'BUY' : 'SELL';
  const id = { execBase, revision: 1, execId: `${execBase}.01`, orderRef: `demo:j:${number}` };
  return { ...id, side, quantity: 1 + (number % 90), price: 450 + number / 7, ts, ...more };
}

function stateOf(book: Partial<DurableBook>): DurableState {
  return { suspended: false, books: { [KEY]: { ...emptyDurableBook('SPY', 'DU1'), ...book } } };
}

/** Settled, and through the journal. */
function settled(state: DurableState): DurableBook {
  const book = (JSON.parse(JSON.stringify(settleDurable(state))) as DurableState).books[KEY];
  assert.ok(book !== undefined);
  return book;
}

function bookOf(state: DurableState): DurableBook {
  const book = state.books[KEY];
  assert.ok(book !== undefined);
  return book;
}

const history = fc
  .array(fc.record({ days: fc.double({ min: 0, max: 40, noNaN: true }), paid: fc.boolean() }), {
    minLength: 1,
    maxLength: 40,
  })
  .map((list) => ({
    fills: list.map(({ days }, number) => fill(number, T + Math.floor(days * DAY))),
    commissions: list.flatMap(({ paid }, number) =>
      paid ? [[`${fill(number, 0).execId}`, 1 + number / 3] as const] : [],
    ),
    adjustments: [
      {
        id: 'j:1',
        kind: 'adopt' as const,
        shares: 40,
        price: 449,
        ts: T + 3 * DAY,
        reason: 'mine',
      },
    ],
  }));

describe('a ledger whose old entries are summed', () => {
  it('has the same shares, cash, costs and digest, and goes on the same way', () => {
    fc.assert(
      fc.property(history, (given) => {
        const state = stateOf(given);
        const before = durableLedger(bookOf(state));
        const after = durableLedger(settled(state));
        assert.deepEqual(after.sums, before.sums);
        const next = fill(999, T + 41 * DAY);
        const [one, other] = [before, after].map((ledger) =>
          bookCommission(bookExecution(ledger, next).ledger, next.execId, 1.5),
        );
        assert.ok(one !== undefined && other !== undefined);
        assert.equal(ledgerHash(other), ledgerHash(one));
        assert.deepEqual(flowsSince(other, T + 40.5 * DAY), flowsSince(one, T + 40.5 * DAY));
      }),
    );
  });

  it('books nothing twice, whichever of its executions is told again, and corrects the newer', () => {
    fc.assert(
      fc.property(history, (given) => {
        const ledger = durableLedger(settled(stateOf(given)));
        const newest = Math.max(...given.fills.map(({ ts }) => ts), T + 3 * DAY);
        for (const one of given.fills) {
          const again = bookExecution(ledger, one);
          assert.ok(!again.applied);
          const recent = one.ts >= newest - 10 * DAY;
          assert.equal(again.outcome, recent ? 'duplicate' : 'outdated');
          const correction = { ...one, revision: 2, quantity: 0 };
          assert.equal(bookExecution(ledger, correction).applied, recent);
        }
      }),
    );
  });

  it('changes nothing when it is settled again', () => {
    fc.assert(
      fc.property(history, (given) => {
        const once = settleDurable(stateOf(given));
        assert.deepEqual(settleDurable(once), once);
      }),
    );
  });

  it('keeps an order one by one whose intent is open, however old it is', () => {
    const old = [fill(1, T), fill(2, T + DAY), fill(3, T + DAY), fill(4, T + 30 * DAY)];
    const open = { fact: 'intent', orderRef: 'demo:j:2', outcome: null } as unknown as IntentFact;
    const book = settled(stateOf({ fills: old, openIntents: [open] }));
    assert.deepEqual(
      book.fills.map(({ orderRef }) => orderRef),
      ['demo:j:2', 'demo:j:3', 'demo:j:4'],
    );
    assert.equal(book.opening?.executions, 1);
  });

  it('fits into a boot record whatever was traded in ten days, and keeps its sums', () => {
    const fills = (book: number) =>
      Array.from({ length: 500 }, (_, number) => fill(number, T + book + number * 1_500_000));
    const orderRefs = Array.from({ length: 20_000 }, (_, n) => `a-long-deployment:0123456789:${n}`);
    const books = Array.from({ length: 64 }, (_, book) => {
      const mine = fills(book);
      const commissions = mine.map(({ execId }) => [execId, 1.234567] as const);
      const account = `DU${book}`;
      const known = { ...emptyDurableBook('SPY', account), fills: mine, commissions, orderRefs };
      return [durableKey('SPY', account), known] as const;
    });
    const state = { suspended: false, books: Object.fromEntries(books) };
    const done = settleDurable(state);
    const bytes = JSON.stringify(done).length;
    assert.ok(bytes < 0.9 * PAYLOAD_BYTES_MAX, `${bytes} bytes`);
    const [, first] = books[0] ?? [];
    const settledFirst = Object.values(done.books)[0];
    assert.ok(first !== undefined && settledFirst !== undefined);
    assert.ok(settledFirst.fills.length < first.fills.length);
    assert.equal(ledgerHash(durableLedger(settledFirst)), ledgerHash(durableLedger(first)));
    assert.equal(settledFirst.orderRefs.at(-1), first.orderRefs.at(-1));
  });

  it('does not grow with the years, and a busy fortnight fits into a boot record', () => {
    const years = Array.from({ length: 3 * 252 * 20 }, (_, number) =>
      fill(number, T + Math.floor(number / 20) * 1.45 * DAY + (number % 20) * 1000),
    );
    let state = stateOf({});
    const sizes: number[] = [];
    // Week by week, as starts would.
    for (let from = 0; from < years.length; from += 100) {
      const week = years.slice(from, from + 100);
      const book = bookOf(state);
      const commissions = week.map(({ execId }) => [execId, 1] as const);
      state = settleDurable(
        stateOf({
          ...book,
          fills: [...book.fills, ...week],
          commissions: [...book.commissions, ...commissions],
        }),
      );
      sizes.push(JSON.stringify(state).length);
    }
    assert.ok(Math.max(...sizes) < 100_000, `${Math.max(...sizes)} bytes`);
    const book = bookOf(state);
    assert.equal((book.opening?.executions ?? 0) + book.fills.length, years.length);
    assert.equal(book.commissions.length, book.fills.length);
    const [one] = years;
    assert.ok(one !== undefined);
    const bytes = JSON.stringify([one, [one.execId, 1.234567]]).length;
    assert.ok(bytes < 350, `${bytes} bytes an execution`);
  });
});
