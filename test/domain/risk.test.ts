import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { GateId, TicketFault } from '../../src/domain/gates.ts';
import { TICKET_FAULTS } from '../../src/domain/gates.ts';
import type { OrderTicket } from '../../src/domain/order.ts';
import { type RiskContext, reviewOrder } from '../../src/domain/risk.ts';
import { at, NOW, type SettingsPatch } from '../support/book.ts';
import {
  accountOf,
  context,
  engine,
  judge,
  quote,
  reason,
  recent,
  risk,
  STOCK,
  ticket,
} from '../support/order.ts';

type Row = readonly [
  GateId | TicketFault | 'approved',
  Partial<OrderTicket>,
  Partial<RiskContext>?,
  SettingsPatch['gates']?,
];

const working = { orderRef: 'bifrost:a:7', quantity: 112, filled: 40 };
const flatten = { purpose: 'flatten', side: 'BUY', limitPrice: 450.02 } as const;

const account = { guard: { account: { max_daily_loss_usd: 8000 } } };
const allowance = (fromPnl: number) => ({
  day: '20230803',
  fromPnl,
  fromAccountPnl: null,
  usd: 200,
});

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
  ['not_synced', {}, engine({ compared: false })],
  ['suspended', {}, engine({ suspended: true })],
  ['lease', {}, engine({ leaseHeld: false })],
  ['order_test', {}, engine({ orderTest: { outcome: 'not_tested', message: '' } })],
  ['order_test', {}, engine({ orderTest: { outcome: 'refused', message: 'no permission' } })],
  ['approved', {}, engine({ orderTest: { outcome: 'unanswered', message: '' } })],
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

  ['approved', {}, { dailyPnl: -4999.99 }],
  ['daily_loss_limit', {}, { dailyPnl: -5000 }],
  ['daily_loss_limit', {}, { lossLatched: true }],
  ['approved', {}, { dailyPnl: -5000, lossLatched: true, forced: true }],
  ['daily_loss_limit', {}, { lossLatched: true, forced: true }, risk({ on_daily_loss: 'halt' })],
  ['approved', {}, { dailyPnl: -6000, lossAllowance: allowance(-5900) }],
  ['daily_loss_limit', {}, { dailyPnl: -6100, lossAllowance: allowance(-5900) }],
  ['approved', {}, { dailyPnl: null, accountDailyPnl: null }, account],
  ['approved', {}, { accountDailyPnl: -1e9 }],
  ['approved', {}, { accountDailyPnl: -7999.99 }, account],
  ['account_daily_loss', {}, { accountDailyPnl: -8000 }, account],
  ['account_daily_loss', {}, { accountDailyPnl: -8000, forced: true }, account],
  ['approved', {}, { dailyHedgeCost: 99.99 }, risk({ max_daily_hedge_cost_usd: 100 })],
  ['max_daily_hedge_cost', {}, { dailyHedgeCost: 100 }, risk({ max_daily_hedge_cost_usd: 100 })],
  // What a modified order has filled is counted in the day's turnover already.
  [
    'approved',
    {},
    { working, accountDailyNotional: 67_000 },
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

  ['approved', flatten, { owned: -112, accountShares: accountOf(-112) }],
  [
    'approved',
    flatten,
    { owned: -112, accountShares: accountOf(-112), ...engine({ suspended: true }) },
  ],
  [
    'approved',
    flatten,
    { owned: -112, accountShares: accountOf(-112), ...engine({ compared: false }) },
  ],
  ['approved', flatten, { owned: -112, accountShares: accountOf(-112), rejectStreak: 9 }],
  // The rate of all books is a limit of hedges: closing must not wait for the others.
  [
    'approved',
    flatten,
    { owned: -112, accountShares: accountOf(-112), accountOrderTimes: recent(30) },
  ],
  [
    'approved',
    flatten,
    { owned: -112, accountShares: accountOf(-112), dailyPnl: -1e6, lossLatched: true },
  ],
  ['not_reducing', flatten, { owned: -111, accountShares: accountOf(-112) }],
  ['not_reducing', flatten, { owned: 112, accountShares: accountOf(112) }],
  ['not_reducing', flatten, { owned: -112, accountShares: accountOf(0) }],
  ['not_reducing', flatten, { owned: -112, accountShares: accountOf(null) }],
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
