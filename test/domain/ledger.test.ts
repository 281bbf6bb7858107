import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import {
  type Adjustment,
  averageFillPrice,
  bookAdjustment,
  bookCommission,
  bookExecution,
  emptyLedger,
  filledQuantity,
  flowsSince,
  type Ledger,
  type LedgerFill,
  ledgerHash,
  ledgerOf,
  splitExecId,
  unrealizedPnl,
} from '../../src/domain/ledger.ts';
import { NO_OPENING } from '../../src/domain/ledger-sums.ts';

const T = Date.UTC(2023, 7, 3, 14, 30);

function fill(patch: Partial<LedgerFill> = {}): LedgerFill {
  const execBase = patch.execBase ?? '0001.01';
  const revision = patch.revision ?? 1;
  return {
    execBase,
    revision,
    execId: `${execBase}.0${revision}`,
    orderRef: 'bifrost:a:1',
    side: 'BUY',
    quantity: 100,
    price: 10,
    ts: T,
    ...patch,
  };
}

const adoption = (patch: Partial<Adjustment> = {}): Adjustment => ({
  id: 'a:1',
  kind: 'adopt',
  shares: 50,
  price: 10,
  ts: T,
  reason: 'mine',
  ...patch,
});

const bookAll = (fills: readonly LedgerFill[], from = emptyLedger()): Ledger =>
  fills.reduce((ledger, one) => bookExecution(ledger, one).ledger, from);

describe('an execution', () => {
  it('is booked once, however often it is told', () => {
    const first = bookExecution(emptyLedger(), fill());
    assert.deepEqual([first.outcome, first.applied, first.delta], ['booked', true, 100]);
    const again = bookExecution(first.ledger, fill());
    assert.deepEqual([again.outcome, again.applied, again.delta], ['duplicate', false, 0]);
    assert.equal(again.ledger, first.ledger);
  });

  it('is replaced by a higher revision, and by no lower one', () => {
    const { ledger } = bookExecution(emptyLedger(), fill());
    const corrected = bookExecution(ledger, fill({ revision: 2, quantity: 60, price: 11 }));
    assert.deepEqual([corrected.outcome, corrected.delta], ['corrected', -40]);
    assert.equal(corrected.ledger.sums.owned, 60);
    assert.equal(corrected.ledger.sums.executionCash, -660);
    const late = bookExecution(corrected.ledger, fill());
    assert.deepEqual([late.outcome, late.applied, late.delta], ['outdated', false, 0]);
  });

  it('can be taken back by a correction to nothing', () => {
    const ledger = bookAll([fill(), fill({ revision: 2, quantity: 0 })]);
    assert.equal(ledger.sums.owned, 0);
    assert.equal(ledger.sums.executionCash, 0);
  });

  it('told with another content under the same revision is not applied, but noticed', () => {
    const ledger = bookAll([fill()]);
    const other = bookExecution(ledger, fill({ quantity: 90 }));
    assert.deepEqual([other.outcome, other.applied], ['contradiction', false]);
    assert.equal(other.ledger, ledger);
  });

  it('booked on an old ledger leaves every other ledger as it was', () => {
    const old = bookAll([fill()]);
    const one = bookExecution(old, fill({ execBase: 'x' })).ledger;
    const other = bookExecution(old, fill({ execBase: 'y', side: 'SELL' })).ledger;
    assert.deepEqual([old.sums.owned, one.sums.owned, other.sums.owned], [100, 200, 0]);
    for (const [ledger, base] of [
      [old, '0001.01'],
      [one, 'x'],
      [other, 'y'],
    ] as const) {
      assert.equal(bookExecution(ledger, fill({ execBase: base })).applied, false);
    }
    assert.equal(bookExecution(one, fill({ execBase: 'y', side: 'SELL' })).applied, true);
  });

  it('without a number is refused as a defect', () => {
    assert.throws(() => bookExecution(emptyLedger(), fill({ quantity: Number.NaN })));
    assert.throws(() => bookExecution(emptyLedger(), fill({ quantity: -1 })));
    assert.throws(() => bookExecution(emptyLedger(), fill({ price: Number.NaN })));
    const history = { fills: [fill({ price: Number.NaN })], adjustments: [], commissions: [] };
    assert.throws(() => ledgerOf(history));
  });
});

describe('the sums of a ledger', () => {
  it('keep average cost through adding, reducing and crossing', () => {
    const steps = [
      { side: 'BUY', quantity: 100, price: 10, owned: 100, cost: 10, realized: 0 },
      { side: 'BUY', quantity: 100, price: 12, owned: 200, cost: 11, realized: 0 },
      { side: 'SELL', quantity: 50, price: 13, owned: 150, cost: 11, realized: 100 },
      { side: 'SELL', quantity: 200, price: 12, owned: -50, cost: 12, realized: 250 },
      { side: 'SELL', quantity: 50, price: 14, owned: -100, cost: 13, realized: 250 },
      { side: 'BUY', quantity: 100, price: 12, owned: 0, cost: 0, realized: 350 },
    ] as const;
    let ledger = emptyLedger();
    for (const [n, { side, quantity, price, ...expected }] of steps.entries()) {
      const one = fill({ execBase: `x.${n}`, side, quantity, price, ts: T + n });
      ledger = bookExecution(ledger, one).ledger;
      const { owned, averageCost, realizedPnl } = ledger.sums;
      assert.deepEqual({ owned, cost: averageCost, realized: realizedPnl }, expected);
    }
  });

  it('count adjustments as shares, and their worth apart from executions', () => {
    const booked = bookAdjustment(bookAll([fill()]), adoption({ shares: -30, ts: T + 1 }));
    assert.deepEqual([booked.outcome, booked.delta], ['booked', -30]);
    const { sums } = booked.ledger;
    assert.deepEqual([sums.owned, sums.executionCash, sums.adjustmentCash], [70, -1000, 300]);
    const again = bookAdjustment(booked.ledger, adoption({ shares: -30, ts: T + 1 }));
    assert.deepEqual([again.outcome, again.ledger], ['duplicate', booked.ledger]);
  });

  it('never show a negative zero', () => {
    const ledger = bookAll([fill(), fill({ execBase: '2', side: 'SELL', ts: T + 1 })]);
    assert.ok(Object.is(ledger.sums.owned, 0));
  });

  it('give unrealised P&L at a mark, and none when flat', () => {
    assert.equal(unrealizedPnl(bookAll([fill()]), 11), 100);
    assert.equal(unrealizedPnl(bookAll([fill({ side: 'SELL' })]), 11), -100);
    assert.equal(unrealizedPnl(emptyLedger(), Number.NaN), 0);
  });

  it('tell what moved since a time, that time included', () => {
    let ledger = bookAll([fill(), fill({ execBase: '2', side: 'SELL', quantity: 40, ts: T + 5 })]);
    ledger = bookCommission(ledger, '0001.01.01', 1);
    ledger = bookCommission(ledger, '2.01', 0.5);
    assert.deepEqual(flowsSince(ledger, T + 5), {
      ownedBefore: 100,
      executionCash: 400,
      turnover: 400,
      adjustmentCash: 0,
      commissions: 0.5,
    });
    assert.equal(flowsSince(ledger, T).ownedBefore, 0);
    assert.equal(flowsSince(ledger, T + 6).executionCash, 0);
  });
});

describe('an order', () => {
  it('is filled by the latest revisions of its executions', () => {
    const ledger = bookAll([
      fill({ execBase: 'a', quantity: 60 }),
      fill({ execBase: 'b', quantity: 40, price: 11 }),
      fill({ execBase: 'b', revision: 2, quantity: 20, price: 11 }),
      fill({ execBase: 'c', orderRef: 'bifrost:a:2', quantity: 7 }),
    ]);
    assert.equal(filledQuantity(ledger, 'bifrost:a:1'), 80);
    assert.equal(averageFillPrice(ledger, 'bifrost:a:1'), (60 * 10 + 20 * 11) / 80);
    assert.equal(filledQuantity(ledger, 'other'), 0);
    assert.ok(Number.isNaN(averageFillPrice(ledger, 'other')));
  });
});

describe('a commission', () => {
  it('counts once, before or after its execution', () => {
    const after = bookCommission(bookAll([fill()]), '0001.01.01', 1.25);
    const before = bookAll([fill()], bookCommission(emptyLedger(), '0001.01.01', 1.25));
    assert.deepEqual(before, after);
    assert.equal(after.sums.commissions, 1.25);
    assert.equal(bookCommission(after, '0001.01.01', 1.25), after);
    assert.equal(before.early.length, 0);
  });

  it('of the highest revision counts, and stays while a correction has none', () => {
    let ledger = bookCommission(bookAll([fill()]), '0001.01.01', 1);
    ledger = bookExecution(ledger, fill({ revision: 2, quantity: 60 })).ledger;
    assert.equal(ledger.sums.commissions, 1);
    ledger = bookCommission(ledger, '0001.01.02', 0.6);
    assert.equal(ledger.sums.commissions, 0.6);
    assert.equal(bookCommission(ledger, '0001.01.01', 1).sums.commissions, 0.6);
  });

  it('that never finds its execution does not pile up', () => {
    let ledger = emptyLedger();
    for (let n = 0; n < 1100; n += 1) ledger = bookCommission(ledger, `f${n}.01`, 1);
    assert.equal(ledger.early.length, 1000);
    assert.equal(ledger.sums.commissions, 0);
  });
});

it('splits an execution id at its last dot', () => {
  assert.deepEqual(splitExecId('0000e0d5.64d1.01.02'), {
    execBase: '0000e0d5.64d1.01',
    revision: 2,
  });
  assert.deepEqual(splitExecId('plain'), { execBase: 'plain', revision: 0 });
  assert.deepEqual(splitExecId('odd.x'), { execBase: 'odd.x', revision: 0 });
});

/** Everything that can be booked; one content for each identity and revision. */
type Event =
  | { readonly kind: 'fill'; readonly fill: LedgerFill }
  | { readonly kind: 'commission'; readonly execId: string; readonly amount: number }
  | { readonly kind: 'adjustment'; readonly adjustment: Adjustment };

const events: fc.Arbitrary<readonly Event[]> = fc
  .array(
    fc.record({
      base: fc.integer({ min: 0, max: 6 }),
      revision: fc.integer({ min: 1, max: 3 }),
      buy: fc.boolean(),
      quantity: fc.integer({ min: 0, max: 300 }),
      cents: fc.integer({ min: 100, max: 60_000 }),
      second: fc.integer({ min: 0, max: 4 }),
      kind: fc.constantFrom('fill', 'fill', 'commission', 'adjustment'),
    }),
    { maxLength: 20 },
  )
  .map((drawn) => {
    const seen = new Set<string>();
    return drawn.flatMap(({ base, revision, buy, quantity, cents, second, kind }): Event[] => {
      const identity = `${kind}${base}.${kind === 'adjustment' ? '' : revision}`;
      if (seen.has(identity)) return [];
      seen.add(identity);
      const ts = T + second * 1000;
      const price = cents / 100;
      if (kind === 'commission') {
        return [{ kind, execId: `e${base}.0${revision}`, amount: cents / 1000 }];
      }
      if (kind === 'adjustment') {
        const shares = buy ? quantity : -quantity;
        return [{ kind, adjustment: adoption({ id: `j:${base}`, shares, price, ts }) }];
      }
      const side = buy ? 'BUY' : 'SELL';
      const orderRef = `r:${base % 3}`;
      return [
        {
          kind: 'fill',
          fill: fill({ execBase: `e${base}`, revision, side, quantity, price, ts, orderRef }),
        },
      ];
    });
  });

function apply(ledger: Ledger, event: Event): Ledger {
  switch (event.kind) {
    case 'fill':
      return bookExecution(ledger, event.fill).ledger;
    case 'commission':
      return bookCommission(ledger, event.execId, event.amount);
    case 'adjustment':
      return bookAdjustment(ledger, event.adjustment).ledger;
  }
}

describe('any ledger', () => {
  it('is the same for any order, duplication and revision mix of the same entries', () => {
    const told = events.chain((all) =>
      fc.tuple(
        fc.constant(all),
        fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 }),
      ),
    );
    fc.assert(
      fc.property(told, ([once, mixed]) => {
        const one = once.reduce(apply, emptyLedger());
        const other = mixed.reduce(apply, emptyLedger());
        assert.deepEqual(other, one);
        assert.equal(ledgerHash(other), ledgerHash(one));
      }),
      { numRuns: 400 },
    );
  });

  it('is the same whether its history is booked at once or one by one', () => {
    const openings = fc
      .integer({ min: -1, max: 4 })
      .map((second) => ({ ...NO_OPENING, before: T + second * 1000, executions: 3 }));
    fc.assert(
      fc.property(events, openings, (all, opening) => {
        const told = [...all, ...all];
        const history = {
          fills: told.flatMap((event) => (event.kind === 'fill' ? [event.fill] : [])),
          adjustments: told.flatMap((event) =>
            event.kind === 'adjustment' ? [event.adjustment] : [],
          ),
          commissions: told.flatMap((event) =>
            event.kind === 'commission' ? [[event.execId, event.amount] as const] : [],
          ),
        };
        assert.deepEqual(
          ledgerOf({ opening, ...history }),
          told.reduce(apply, emptyLedger(opening)),
        );
      }),
      { numRuns: 400 },
    );
  });

  it('owns the sum of its latest executions and adjustments', () => {
    fc.assert(
      fc.property(events, (all) => {
        const { sums } = all.reduce(apply, emptyLedger());
        const latest = new Map<string, LedgerFill>();
        let owned = 0;
        let cash = 0;
        for (const event of all) {
          if (event.kind === 'adjustment') owned += event.adjustment.shares;
          if (event.kind !== 'fill') continue;
          const { execBase, revision } = event.fill;
          if (revision > (latest.get(execBase)?.revision ?? 0)) latest.set(execBase, event.fill);
        }
        for (const { side, quantity, price } of latest.values()) {
          owned += side === 'BUY' ? quantity : -quantity;
          cash += side === 'BUY' ? -quantity * price : quantity * price;
        }
        assert.equal(sums.owned, owned);
        assert.ok(Math.abs(sums.executionCash - cash) < 1e-6);
      }),
      { numRuns: 400 },
    );
  });

  it('splits what it gained into realised and unrealised without a rest', () => {
    fc.assert(
      fc.property(events, fc.integer({ min: 1, max: 500 }), (all, mark) => {
        const ledger = all.reduce(apply, emptyLedger());
        const { owned, executionCash, adjustmentCash, realizedPnl } = ledger.sums;
        const total = executionCash + adjustmentCash + owned * mark;
        assert.ok(Math.abs(total - realizedPnl - unrealizedPnl(ledger, mark)) < 1e-5);
      }),
      { numRuns: 400 },
    );
  });

  it('changes its hash with any entry', () => {
    const base = bookAll([fill()]);
    const others = [
      emptyLedger(),
      bookAll([fill({ quantity: 99 })]),
      bookAll([fill({ price: 10.01 })]),
      bookAll([fill({ side: 'SELL' })]),
      bookAll([fill({ ts: T + 1 })]),
      bookAll([fill({ revision: 2 })]),
      bookAll([fill({ orderRef: 'x' })]),
      bookCommission(base, '0001.01.01', 1),
      bookAdjustment(base, adoption()).ledger,
    ];
    const hashes = [base, ...others].map(ledgerHash);
    assert.equal(new Set(hashes).size, hashes.length);
    for (const hash of hashes) assert.match(hash, /^[0-9a-f]{16}$/);
  });
});
