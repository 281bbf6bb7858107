import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { sessionState } from '../../src/domain/calendar.ts';
import type { GateId, TicketFault } from '../../src/domain/gates.ts';
import { TICKET_FAULTS } from '../../src/domain/gates.ts';
import type { OrderTicket } from '../../src/domain/order.ts';
import { isOnTick } from '../../src/domain/price.ts';
import { type RiskContext, type RiskVerdict, reviewOrder } from '../../src/domain/risk.ts';
import { at, bookSettings, GOOD_ENGINE, NOW, SECOND, type SettingsPatch } from '../support/book.ts';

const STOCK = {
  secType: 'STK',
  conId: 1001,
  symbol: 'SPY',
  exchange: 'SMART',
  primaryExchange: 'ARCA',
  currency: 'USD',
} as const;

const ticket = (patch: Partial<OrderTicket> = {}): OrderTicket => ({
  orderRef: 'bifrost:a:7',
  account: 'DU1',
  contract: STOCK,
  purpose: 'hedge',
  side: 'SELL',
  quantity: 112,
  limitPrice: 449.98,
  tif: 'GTD',
  goodTill: NOW + 30 * SECOND,
  outsideRth: false,
  ...patch,
});

const QUOTE = { bid: 449.99, ask: 450.01, freshTs: NOW, dataType: 1, halted: false } as const;

function context(
  patch: Partial<RiskContext> = {},
  gates: SettingsPatch['gates'] = {},
): RiskContext {
  return {
    now: NOW,
    mode: 'simulated',
    liveAccount: null,
    account: 'DU1',
    conId: 1001,
    gates: bookSettings({ gates }).gates,
    priceIncrements: [{ lowEdge: 0, increment: 0.01 }],
    engine: GOOD_ENGINE,
    quote: QUOTE,
    owned: 0,
    accountShares: 0,
    netDelta: 112,
    working: null,
    unresolved: false,
    rejectStreak: 0,
    orderTimes: [],
    accountOrderTimes: [],
    accountDailyNotional: 0,
    ...patch,
  };
}

const reason = (verdict: RiskVerdict): GateId | TicketFault | 'approved' =>
  verdict.kind === 'approved' ? 'approved' : verdict.gate;
const judge = (
  order: Partial<OrderTicket>,
  where: Partial<RiskContext> = {},
  gates: SettingsPatch['gates'] = {},
): GateId | TicketFault | 'approved' => reason(reviewOrder(ticket(order), context(where, gates)));
const engine = (patch: Partial<RiskContext['engine']>): Partial<RiskContext> => ({
  engine: { ...GOOD_ENGINE, ...patch },
});
const quote = (patch: Partial<NonNullable<RiskContext['quote']>>): Partial<RiskContext> => ({
  quote: { ...QUOTE, ...patch },
});
const risk = (
  patch: NonNullable<NonNullable<NonNullable<SettingsPatch['gates']>['guard']>['risk']>,
) => ({
  guard: { risk: patch },
});
const recent = (count: number): number[] => Array.from({ length: count }, () => NOW - 59_999);

type Row = readonly [
  GateId | TicketFault | 'approved',
  Partial<OrderTicket>,
  Partial<RiskContext>?,
  SettingsPatch['gates']?,
];

const working = { orderRef: 'bifrost:a:7', quantity: 112, filled: 40 };
const flatten = { purpose: 'flatten', side: 'BUY', limitPrice: 450.02 } as const;

/** Each reason on the denied side of its edge, and the approved side beside it. */
const ROWS: readonly Row[] = [
  ['approved', {}],
  ['quantity', { quantity: 0 }],
  ['quantity', { quantity: -5 }],
  ['quantity', { quantity: 1.5 }],
  ['quantity', { quantity: Number.NaN }],
  ['order_ref', { orderRef: ' ' }],
  ['account', { account: '' }],
  ['account', { account: 'DU2' }],
  ['contract', { contract: { ...STOCK, conId: 1002 } }],
  ['price', { limitPrice: 0 }],
  ['price', { limitPrice: Number.POSITIVE_INFINITY }],
  ['tick_size', { limitPrice: 449.985 }],
  ['approved', { tif: 'DAY', goodTill: null }],
  ['approved', { tif: 'IOC', goodTill: null }],
  ['tif', { tif: 'DAY' }],
  ['tif', { goodTill: null }],
  ['tif', { goodTill: NOW }],
  ['tif', { goodTill: NOW + 86_400_001 }],
  ['live_interlock', {}, { mode: 'live' }],
  ['live_interlock', {}, { mode: 'live', liveAccount: 'U1' }],
  ['approved', {}, { mode: 'live', liveAccount: 'DU1' }],
  ['approved', {}, { mode: 'paper' }],
  ['live_interlock', { account: 'U1' }, { mode: 'paper', account: 'U1' }],

  ['stopping', {}, engine({ stopping: true })],
  ['standby', {}, engine({ standby: true })],
  ['not_synced', {}, engine({ synced: false })],
  ['not_synced', {}, engine({ brokerDown: true })],
  ['suspended', {}, engine({ suspended: true })],
  ['lease', {}, engine({ leaseHeld: false })],
  [
    'degraded',
    {},
    engine({ degraded: [{ reason: 'x', blocksHedge: true, blocksFlatten: false }] }),
  ],
  [
    'approved',
    {},
    engine({ degraded: [{ reason: 'x', blocksHedge: false, blocksFlatten: true }] }),
  ],

  ['outside_rth', { goodTill: at('16:01') }, { now: at('16:00') }],
  ['outside_rth', { outsideRth: true }],
  ['approved', { outsideRth: true }, {}, { strategy: { trading_hours_only: false } }],
  ['holiday', { goodTill: Date.UTC(2023, 6, 4, 17) }, { now: Date.UTC(2023, 6, 4, 16) }],
  ['no_quote', {}, { quote: null }],
  ['no_quote', {}, quote({ bid: 0 })],
  ['no_quote', {}, quote({ ask: 449 })],
  ['halted', {}, quote({ halted: true })],
  ['delayed_data', {}, quote({ dataType: 3 })],
  ['approved', {}, quote({ freshTs: NOW - 6999 })],
  ['data_stale', {}, quote({ freshTs: NOW - 7000 })],
  ['data_stale', {}, quote({ freshTs: Number.NaN })],
  ['data_stale', {}, quote({ freshTs: NOW + 2001 })],
  ['approved', { limitPrice: 445.5 }],
  ['price_collar', { limitPrice: 445.49 }],
  ['approved', { side: 'BUY', limitPrice: 454.5 }, { netDelta: -112 }],
  ['price_collar', { side: 'BUY', limitPrice: 454.51 }, { netDelta: -112 }],

  ['approved', { quantity: 500 }],
  ['max_hedge_shares_per_order', { quantity: 501 }],
  ['max_hedge_shares_per_order', { quantity: 501 }, { owned: 2000, netDelta: 2000 }],
  ['approved', {}, { owned: -1888 }],
  ['max_position', {}, { owned: -1889 }],
  ['position_break', {}, { owned: Number.NaN }],
  // Beyond every limit already, but it makes shares and net delta smaller.
  ['approved', {}, { owned: 3000 }, risk({ max_notional_usd: 1 })],
  ['max_position', {}, { owned: 3000, netDelta: -20 }],
  ['approved', {}, {}, risk({ max_notional_usd: 112 * 449.98 })],
  ['max_notional', {}, {}, risk({ max_notional_usd: 112 * 449.98 - 0.01 })],
  ['max_net_delta', {}, { netDelta: -1 }, risk({ max_net_delta_shares: 100 })],
  ['approved', {}, { netDelta: 300 }, risk({ max_net_delta_shares: 100 })],
  [
    'account_daily_notional',
    {},
    { accountDailyNotional: 50_000 },
    { guard: { account: { max_daily_notional_usd: 100_000 } } },
  ],

  ['approved', {}, { working }],
  ['modify_raises', { quantity: 113 }, { working }],
  ['quantity', { quantity: 40 }, { working }],
  ['order_in_flight', {}, { working: { ...working, orderRef: 'bifrost:a:6' } }],
  ['order_in_flight', {}, { unresolved: true }],
  ['approved', {}, { rejectStreak: 2 }],
  ['reject_streak', {}, { rejectStreak: 3 }],
  ['approved', {}, { orderTimes: recent(9) }],
  ['order_rate', {}, { orderTimes: recent(10) }],
  ['account_order_rate', {}, { accountOrderTimes: recent(30) }],

  ['approved', flatten, { owned: -112, accountShares: -112 }],
  ['approved', flatten, { owned: -112, accountShares: -112, ...engine({ suspended: true }) }],
  ['approved', flatten, { owned: -112, accountShares: -112, rejectStreak: 9 }],
  ['not_reducing', flatten, { owned: -111, accountShares: -112 }],
  ['not_reducing', flatten, { owned: 112, accountShares: 112 }],
  ['not_reducing', flatten, { owned: -112, accountShares: 0 }],
  ['not_reducing', flatten, { owned: -112, accountShares: null }],
];

describe('the last check', () => {
  it('approves the very ticket, and nothing else of it', () => {
    const order = ticket();
    const verdict = reviewOrder(order, context());
    assert.equal(verdict.kind === 'approved' && verdict.order, order);
  });

  for (const [expected, order, where, gates] of ROWS) {
    const changed = JSON.stringify({ ...order, ...where, ...gates });
    it(`${expected === 'approved' ? 'approves' : `denies for ${expected}`}: ${changed}`, () => {
      assert.equal(judge(order, where, gates), expected);
    });
  }

  it('denies a side that does not exist', () => {
    const odd = { ...ticket(), side: 'HOLD' } as unknown as OrderTicket;
    assert.equal(reason(reviewOrder(odd, context())), 'side');
  });

  it('denies an order that would outlive the day', () => {
    const gtc = { ...ticket(), tif: 'GTC', goodTill: null } as unknown as OrderTicket;
    assert.equal(reason(reviewOrder(gtc, context())), 'tif');
  });

  it('has been seen to deny for every fault of a ticket', () => {
    const seen = new Set<string>(ROWS.map(([id]) => id)).add('side');
    assert.deepEqual(
      Object.keys(TICKET_FAULTS).filter((fault) => !seen.has(fault)),
      [],
    );
  });

  it('says what it denies for, with the number', () => {
    const verdict = reviewOrder(ticket(), context({ owned: -1889 }));
    assert.deepEqual(verdict, {
      kind: 'denied',
      gate: 'max_position',
      reason: 'our share position may not grow beyond this: 2001 shares',
    });
  });
});

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
    accountShares: mostly(shares, fc.constant(null)),
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
  assert.ok(
    !where.unresolved && where.orderTimes.length < 10 && where.accountOrderTimes.length < 30,
  );
  assert.ok(where.working === null || where.working.orderRef === order.orderRef);

  const open = order.quantity - (where.working?.filled ?? 0);
  assert.ok(open > 0 && order.quantity <= (where.working?.quantity ?? 500));
  const signed = order.side === 'BUY' ? open : -open;
  const after = where.owned + signed;
  if (order.purpose === 'flatten') {
    assert.ok(Math.abs(after) < Math.abs(where.owned) && after * where.owned >= 0);
    const shares = where.accountShares ?? Number.NaN;
    assert.ok(Math.abs(shares + signed) <= Math.abs(shares));
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
