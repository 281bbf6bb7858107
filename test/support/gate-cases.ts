/** Each gate on both sides of its edge. The type makes the list complete. */

import { epochOf } from '../../src/domain/calendar.ts';
import type { GateId } from '../../src/domain/gates.ts';
import {
  at,
  type BookPatch,
  GOOD_ENGINE,
  heldLeg,
  legQuote,
  NO_MEMORY,
  NOW,
  optionContract,
  SECOND,
} from './book.ts';

export interface GateCase {
  /** On the open side of the edge: a target comes out, unless another gate is named. */
  readonly open: readonly BookPatch[];
  /** On the closed side: this gate, and only those named beside it, are closed. */
  readonly closed: readonly BookPatch[];
  readonly openBlocks?: readonly GateId[];
  readonly closedBlocks?: readonly GateId[];
}

export const engine = (patch: Partial<typeof GOOD_ENGINE>): BookPatch => ({
  engine: { ...GOOD_ENGINE, ...patch },
});
export const memory = (patch: Partial<typeof NO_MEMORY>): BookPatch => ({
  memory: { ...NO_MEMORY, ...patch },
});
export const lastHedge = (agoMs: number, price: number): BookPatch =>
  memory({ lastHedge: { ts: NOW - agoMs, price } });
const flag = (open: BookPatch, closed: BookPatch): GateCase => ({ open: [open], closed: [closed] });
const degraded = (blocksHedge: boolean): BookPatch =>
  engine({ degraded: [{ reason: 'x', blocksHedge, blocksFlatten: false }] });
const times = (count: number, agoMs: number): number[] =>
  Array.from({ length: count }, () => NOW - agoMs);
export const risk = (
  patch: NonNullable<
    NonNullable<NonNullable<NonNullable<BookPatch['settings']>['gates']>['guard']>['risk']
  >,
): BookPatch => ({
  settings: { gates: { guard: { risk: patch } } },
});
const account = (
  settings: { max_daily_loss_usd?: number; max_daily_notional_usd?: number },
  view: { dailyPnl?: number; dailyNotional?: number; orderTimes?: number[] },
): BookPatch => ({
  settings: { gates: { guard: { account: settings } } },
  account: { dailyPnl: 0, dailyNotional: 0, orderTimes: [], ...view },
});
const latched = (cause: 'position_break' | 'exec_fault'): GateCase =>
  flag({}, { latched: [cause] });
const earnings = (date: string): BookPatch => ({
  settings: { gates: { strategy: { earnings: { mode: 'force_only', dates: [date] } } } },
});
const expired = (spot: number): BookPatch => ({
  legs: [heldLeg({ contract: optionContract({ expiry: '20230802' }), quantity: 1 })],
  quotes: { bid: spot - 0.01, ask: spot + 0.01, legs: [] },
});
const minHedge = (shares: number): BookPatch => ({
  optionDelta: 25,
  settings: { gates: { intent: { hedge: { min_hedge_shares: shares } } } },
});
const minMove = (pct: number): BookPatch => ({
  ...lastHedge(60 * SECOND, 400),
  settings: { gates: { intent: { hedge: { min_price_move_pct: pct } } } },
});
export const spread = (half: number): BookPatch => ({
  quotes: { bid: 450 - half, ask: 450 + half },
});

export const GATE_CASES: Readonly<Record<GateId, GateCase>> = {
  stopping: flag({}, engine({ stopping: true })),
  standby: flag({}, engine({ standby: true })),
  not_synced: {
    open: [{}],
    closed: [engine({ synced: false }), engine({ brokerDown: true }), engine({ compared: false })],
  },
  suspended: flag({}, engine({ suspended: true })),
  degraded: flag(degraded(false), degraded(true)),
  order_test: {
    open: [{}, engine({ orderTest: { outcome: 'unanswered', message: '' } })],
    closed: [
      engine({ orderTest: { outcome: 'not_tested', message: '' } }),
      engine({ orderTest: { outcome: 'refused', message: 'read-only' } }),
    ],
  },
  no_option_position: {
    open: [{}],
    closed: [{ legs: [] }],
    closedBlocks: ['in_band', 'below_threshold', 'min_hedge_shares'],
  },
  strategy_disabled: flag({}, { settings: { strategy_enabled: false } }),
  outside_rth: {
    open: [{ now: at('15:59:44') }, { now: epochOf('20230703', '12:59:44') }],
    closed: [{ now: at('16:00') }, { now: at('09:29:59') }, { now: epochOf('20230703', '13:00') }],
  },
  holiday: flag({ now: epochOf('20230703', '12:00') }, { now: epochOf('20230704', '12:00') }),
  halted: flag({ quotes: { halted: false } }, { quotes: { halted: true } }),
  open_delay: {
    open: [{ now: at('09:31') }],
    closed: [{ now: at('09:30') }, { now: at('09:31') - 1 }],
  },
  close_cut: {
    open: [{ now: at('15:59:45') - 1 }],
    closed: [{ now: at('15:59:45') }, { now: at('16:00') - 1 }],
  },
  calendar_mismatch: flag({}, engine({ calendarMismatch: true })),
  earnings_blackout: {
    open: [earnings('2023-08-09'), earnings('2023-08-01')],
    closed: [earnings('2023-08-08'), earnings('2023-08-03'), earnings('2023-08-02')],
  },
  data_stale: {
    open: [{ quotes: { spotTs: NOW - 6999 } }],
    closed: [
      { quotes: { spotTs: NOW - 7000 } },
      {
        quotes: { spotTs: NOW - 5000 },
        probe: { askedAt: NOW - 1, answeredAt: null, failedAt: NOW - 1 },
      },
    ],
  },
  data_lag: flag({ quotes: { lagMs: 1000 } }, { quotes: { lagMs: 1001 } }),
  greeks_bad: {
    open: [{}],
    closed: [
      { quotes: { legs: [legQuote({ quality: 'invalid' })] } },
      { quotes: { legs: [legQuote({ delta: Number.NaN })] } },
      { quotes: { legs: [] } },
    ],
    closedBlocks: ['min_hedge_shares'],
  },
  no_quote: {
    open: [{ quotes: { bid: 450, ask: 450 } }],
    closed: [
      { quotes: { bid: 450.01, ask: 450 } },
      { quotes: { bid: 0 } },
      { quotes: { ask: Number.NaN } },
    ],
  },
  spread_extreme: { open: [spread(1.12)], closed: [spread(1.13)] },
  leg_settling: {
    open: [{ legsChangedAt: NOW - 30_000 }, { optionOrderSince: NOW - 120_000 }],
    closed: [
      { legsChangedAt: NOW - 29_999 },
      { legsUnexplained: true },
      { legs: [heldLeg({ changedAt: NOW - 29_999 })] },
      { optionOrderSince: NOW - 119_999 },
    ],
  },
  in_band: {
    open: [{ optionDelta: 11 }, { optionDelta: -11 }],
    openBlocks: ['below_threshold'],
    closed: [{ optionDelta: 10 }, { optionDelta: -10 }],
    closedBlocks: ['below_threshold'],
  },
  below_threshold: {
    open: [{ optionDelta: 25 }, { optionDelta: -25 }],
    closed: [{ optionDelta: 24 }, { optionDelta: -24 }],
  },
  min_hedge_shares: flag(minHedge(25), minHedge(26)),
  max_hedge_shares_per_order: { open: [{ optionDelta: 501 }], closed: [] },
  min_price_move: flag(minMove(12.5), minMove(12.500001)),
  cooldown: flag(lastHedge(60_000, 400), lastHedge(59_999, 400)),
  daily_loss_limit: {
    open: [{ dailyPnl: -4999.99 }, { dailyPnl: null }],
    closed: [{ dailyPnl: -5000 }, { latched: ['daily_loss_limit'] }],
  },
  max_daily_hedge_count: {
    open: [memory({ dailyHedgeCount: 49 }), memory({ dailyHedgeCount: 50, day: '20230802' })],
    closed: [memory({ dailyHedgeCount: 50 })],
  },
  max_daily_hedge_cost: flag(
    { ...risk({ max_daily_hedge_cost_usd: 100 }), ...memory({ dailyHedgeCost: 99.99 }) },
    { ...risk({ max_daily_hedge_cost_usd: 100 }), ...memory({ dailyHedgeCost: 100 }) },
  ),
  max_position: {
    open: [{ owned: 1990, optionDelta: -2102 }],
    closed: [{ owned: 1991, optionDelta: -2103 }],
  },
  max_notional: flag(risk({ max_notional_usd: 4500 }), risk({ max_notional_usd: 4499 })),
  spread_too_wide: flag(risk({ max_spread_pct: 0.0045 }), risk({ max_spread_pct: 0.0044 })),
  price_collar: flag(risk({ price_collar_pct: 0.00223 }), risk({ price_collar_pct: 0.00222 })),
  order_rate: {
    open: [memory({ orderTimes: [NOW - 60_000, ...times(9, 59_999)] })],
    closed: [memory({ orderTimes: times(10, 59_999) })],
  },
  reject_streak: flag(memory({ rejectStreak: 2 }), memory({ rejectStreak: 3 })),
  order_in_flight: {
    open: [{}],
    closed: [
      { execution: { class: 'E1', orderInFlight: true, intent: null } },
      { execution: { class: 'E4', orderInFlight: false, intent: null } },
      { execution: { class: 'E0', orderInFlight: true, intent: null } },
    ],
  },
  position_break: latched('position_break'),
  ownership_unconfirmed: flag({}, { latched: ['ownership_unconfirmed'] }),
  corporate_action: flag({}, { latched: ['corporate_action'] }),
  exec_fault: latched('exec_fault'),
  expiry_pending: flag(expired(452.3), expired(452.2)),
  delayed_data: flag({ quotes: { dataType: 1 } }, { quotes: { dataType: 3 } }),
  account_daily_loss: flag(
    account({ max_daily_loss_usd: 1000 }, { dailyPnl: -999.99 }),
    account({ max_daily_loss_usd: 1000 }, { dailyPnl: -1000 }),
  ),
  account_daily_notional: flag(
    account({ max_daily_notional_usd: 100_000 }, { dailyNotional: 49_600 }),
    account({ max_daily_notional_usd: 100_000 }, { dailyNotional: 49_601 }),
  ),
  account_order_rate: flag(
    account({}, { orderTimes: [NOW - 60_000, ...times(29, 59_999)] }),
    account({}, { orderTimes: times(30, 59_999) }),
  ),
  lease: flag({}, engine({ leaseHeld: false })),
};
