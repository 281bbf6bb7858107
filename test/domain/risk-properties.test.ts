import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { sessionState } from '../../src/domain/calendar.ts';
import type { OrderTicket } from '../../src/domain/order.ts';
import { isOnTick } from '../../src/domain/price.ts';
import { type RiskContext, reviewOrder } from '../../src/domain/risk.ts';
import { at, GOOD_ENGINE, NOW, SECOND, type SettingsPatch } from '../support/book.ts';
import { context, reason, recent, STOCK, ticket } from '../support/order.ts';

/** Numbers that no one means. */
const wild = fc.oneof(
  fc.constantFrom(0, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e308),
  fc.double({ min: -3000, max: 3000 }),
);

/** Mostly plausible, so that many inputs come as far as the last checks; now and then not. */
function mostly<T, U>(good: fc.Arbitrary<T>, bad: fc.Arbitrary<U>): fc.Arbitrary<T | U> {
  return fc.oneof({ weight: 15, arbitrary: good }, { weight: 1, arbitrary: bad });
}
const shares = mostly(fc.integer({ min: -2600, max: 2600 }), wild);
const cents = (value: number, reach: number): fc.Arbitrary<number> =>
  mostly(
    fc.integer({ min: -reach, max: reach }).map((n) => Math.round(value * 100 + n) / 100),
    wild,
  );
const rarely = mostly(fc.constant(false), fc.constant(true));

const tickets = fc.record({
  orderRef: mostly(fc.constant('bifrost:a:7'), fc.constant('')),
  account: mostly(fc.constant('DU1'), fc.constantFrom('U1', '')),
  contract: fc.constant(STOCK),
  purpose: fc.constantFrom('hedge', 'flatten', 'hedge_now'),
  side: fc.constantFrom('BUY', 'SELL'),
  quantity: mostly(fc.integer({ min: 1, max: 520 }), wild),
  limitPrice: cents(450, 460),
  tif: mostly(fc.constant('DAY'), fc.constantFrom('GTD', 'GTC')),
  goodTill: mostly(fc.constant(null), fc.constantFrom(NOW, NOW + SECOND, Number.NaN)),
  outsideRth: rarely,
}) as unknown as fc.Arbitrary<OrderTicket>;

const contexts = fc
  .record({
    now: mostly(fc.constant(NOW), fc.constantFrom(at('16:00'), at('09:29'))),
    mode: fc.constantFrom('simulated', 'paper', 'live'),
    liveAccount: mostly(fc.constant('DU1'), fc.constantFrom(null, 'U1')),
    quote: mostly(
      fc.record({
        bid: cents(449.9, 9),
        ask: cents(450.1, 9),
        freshTs: mostly(fc.constantFrom(NOW, NOW - 6000), fc.constantFrom(NOW - 8000, Number.NaN)),
        dataType: mostly(fc.constant(1), fc.constant(3)),
        halted: rarely,
      }),
      fc.constant(null),
    ),
    owned: shares,
    accountShares: fc.record({
      told: mostly(shares, fc.constant(null)),
      booked: fc.oneof(fc.constant(null), shares),
      inDoubt: fc.boolean(),
    }),
    netDelta: shares,
    working: mostly(
      fc.constant(null),
      fc.record({
        orderRef: fc.constantFrom('bifrost:a:7', 'bifrost:a:6'),
        quantity: fc.integer({ min: 1, max: 500 }),
        filled: fc.integer({ min: 0, max: 400 }),
      }),
    ),
    unresolved: rarely,
    rejectStreak: mostly(fc.constant(0), fc.constant(3)),
    orderTimes: mostly(fc.constant(recent(9)), fc.constant(recent(10))),
    accountOrderTimes: mostly(fc.constant([]), fc.constant(recent(30))),
    accountDailyNotional: mostly(fc.constantFrom(0, 100_000), fc.constantFrom(199_000, Number.NaN)),
    stopping: rarely,
    unsynced: rarely,
    suspended: rarely,
    unleased: rarely,
    limited: fc.boolean(),
  })
  .map(({ stopping, unsynced, suspended, unleased, limited, ...rest }) => ({
    ...context(
      { engine: { ...GOOD_ENGINE, stopping, synced: !unsynced, suspended, leaseHeld: !unleased } },
      limited ? LIMITED : {},
    ),
    ...rest,
  })) as fc.Arbitrary<RiskContext>;

const LIMITED: SettingsPatch['gates'] = {
  guard: {
    risk: { max_notional_usd: 90_000 },
    account: { max_daily_notional_usd: 200_000 },
  },
};

describe('whatever the input', () => {
  it('nothing that breaks a limit passes, and no check throws', () => {
    let approved = 0;
    fc.assert(
      fc.property(tickets, contexts, (order, where) => {
        if (reviewOrder(order, where).kind === 'denied') return;
        approved += 1;
        assertWithinLimits(order, where);
      }),
      { numRuns: 20_000 },
    );
    assert.ok(approved > 500, `only ${approved} were approved: the draw proves little`);
  });

  it('what reduces our shares and net delta is not refused for its size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 1, max: 5000 }),
        fc.integer({ min: 1, max: 500 }),
        fc.boolean(),
        (owned, netDelta, quantity, long) => {
          const less = quantity < 2 * owned && quantity < 2 * netDelta;
          if (!less) return;
          const sign = long ? 1 : -1;
          const verdict = reviewOrder(
            ticket({ side: long ? 'SELL' : 'BUY', quantity, limitPrice: 450 }),
            context(
              { owned: sign * owned, netDelta: sign * netDelta, accountDailyNotional: 1e9 },
              {
                guard: {
                  risk: { max_position_shares: 10, max_notional_usd: 1, max_net_delta_shares: 1 },
                  account: { max_daily_notional_usd: 1 },
                },
              },
            ),
          );
          assert.equal(reason(verdict), 'approved');
        },
      ),
      { numRuns: 500 },
    );
  });
});

/** The limits in other words than the code's. */
function assertWithinLimits(order: OrderTicket, where: RiskContext): void {
  const { engine: e, quote: q, gates } = where;
  const { risk: limits, account } = gates.guard;
  assert.ok(Number.isInteger(order.quantity) && order.quantity >= 1 && order.quantity <= 500);
  assert.ok(order.orderRef !== '' && order.account === 'DU1');
  assert.ok(order.tif === 'DAY' || order.tif === 'IOC' || order.goodTill === NOW + SECOND);
  assert.ok(where.mode !== 'live' || where.liveAccount === order.account);
  assert.ok(!e.stopping && e.synced && e.leaseHeld);
  assert.ok(!e.suspended || order.purpose === 'flatten');
  assert.equal(sessionState(where.now).state, 'open');
  assert.ok(q !== null && !q.halted && q.dataType === 1);
  assert.ok(q.bid > 0 && q.ask >= q.bid && where.now - q.freshTs < 7000);
  const mid = (q.bid + q.ask) / 2;
  assert.ok(Math.abs(order.limitPrice / mid - 1) <= 0.01 + 1e-9);
  assert.ok(isOnTick(order.limitPrice, where.priceIncrements));
  assert.ok(!where.unresolved && where.orderTimes.length < 10);
  assert.ok(order.purpose === 'flatten' || where.accountOrderTimes.length < 30);
  assert.ok(where.working === null || where.working.orderRef === order.orderRef);

  const open = order.quantity - (where.working?.filled ?? 0);
  assert.ok(open > 0 && order.quantity <= (where.working?.quantity ?? 500));
  const signed = order.side === 'BUY' ? open : -open;
  const after = where.owned + signed;
  if (order.purpose === 'flatten') {
    assert.ok(Math.abs(after) < Math.abs(where.owned) && after * where.owned >= 0);
    const { told, booked, inDoubt } = where.accountShares;
    for (const shares of [told ?? Number.NaN, booked ?? told ?? Number.NaN]) {
      assert.ok(Math.abs(shares + signed) <= Math.abs(shares));
      assert.ok(!inDoubt || (shares + signed) * shares >= 0);
    }
    return;
  }
  assert.ok(where.rejectStreak < limits.max_reject_streak);
  const smaller =
    Math.abs(after) < Math.abs(where.owned) &&
    Math.abs(where.netDelta + signed) < Math.abs(where.netDelta);
  if (smaller) return;
  assert.ok(Math.abs(after) <= limits.max_position_shares);
  const notional = order.quantity * order.limitPrice;
  if (limits.max_notional_usd !== null) assert.ok(notional <= limits.max_notional_usd);
  const turnover = account.max_daily_notional_usd;
  if (turnover !== null) assert.ok(where.accountDailyNotional + notional <= turnover);
}
