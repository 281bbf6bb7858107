/**
 * When each gate is closed, by what value against what limit, and when time alone opens it. One
 * table serves the assessment (closed or not) and `explain` (all of it), so that they cannot
 * differ. Which purposes meet a gate stands in `gates.ts`.
 */

import { unpricedLegs } from './book-greeks.ts';
import type { LatchedCause } from './causes.ts';
import { isLost } from './day-limits.ts';
import {
  collarEdge,
  degradedBlocks,
  earningsBlocks,
  finite,
  type GateValue,
  hedgeCountLimit,
  lagMs,
  pnlValue,
  priceText,
  risk,
  rounded,
  settling,
  sinceOpenMs,
  strategy,
  toCloseMs,
  touch,
} from './gate-values.ts';
import { GATES, type GateGroup, type GateId, type GatePurpose } from './gates.ts';
import { orderTestText, takesOrders } from './order-test.ts';
import { countRecent } from './rate.ts';
import type { Situation } from './situation.ts';
import { newYorkDay, newYorkHours } from './time-text.ts';

/** One gate as `explain` shows it. */
export interface GateResult {
  readonly group: GateGroup;
  readonly gate: GateId;
  readonly pass: boolean;
  readonly value: GateValue;
  readonly limit: GateValue;
  readonly unit: string;
  /** Trading time at which time alone opens it; null where only a change can, or it is open. */
  readonly opensAt: number | null;
}

export interface GateCheck {
  readonly blocked: (s: Situation) => boolean;
  readonly value: (s: Situation) => GateValue;
  readonly limit: (s: Situation) => GateValue;
  /** Asked only while it is closed. */
  readonly opensAt?: (s: Situation) => number | null;
}

const CHECKS: Readonly<Record<GateId, GateCheck>> = {
  stopping: flag((s) => s.input.engine.stopping),
  standby: flag((s) => s.input.engine.standby),
  not_synced: flag(
    ({ input: { engine }, purpose }) =>
      !engine.synced || engine.brokerDown || (purpose !== 'flatten' && !engine.compared),
  ),
  suspended: flag((s) => s.input.engine.suspended),
  degraded: {
    blocked: (s) => s.input.engine.degraded.some((reason) => degradedBlocks(reason, s.purpose)),
    value: (s) => s.input.engine.degraded.map(({ reason }) => reason).join(', ') || 'no',
    limit: () => 'no',
  },
  order_test: {
    blocked: ({ input }) => !takesOrders(input.engine.orderTest),
    value: ({ input: { engine } }) => orderTestText(engine.orderTest),
    limit: () => 'taken',
  },

  no_option_position: {
    blocked: (s) => s.input.legs.length === 0,
    value: (s) => s.input.legs.length,
    limit: () => 1,
  },
  strategy_disabled: flag((s) => !s.input.settings.strategy_enabled),
  outside_rth: {
    blocked: (s) => s.day.window !== null && !s.trading,
    value: (s) => newYorkHours(s.now),
    limit: ({ day }) =>
      day.window && `${newYorkHours(day.window.open)}–${newYorkHours(day.window.close)}`,
    opensAt: ({ day, now }) =>
      day.window !== null && now < day.window.open ? day.window.open : day.nextWindowOpen,
  },
  holiday: {
    blocked: (s) => s.day.window === null,
    value: (s) => newYorkDay(s.now),
    limit: () => 'a trading day',
    opensAt: (s) => s.day.nextWindowOpen,
  },
  halted: {
    ...flag((s) => s.halted),
    opensAt: (s) => (s.input.quotes?.halted === true ? null : s.input.haltedUntil),
  },
  open_delay: {
    blocked: (s) => sinceOpenMs(s) >= 0 && sinceOpenMs(s) < strategy(s).open_delay_s * 1000,
    value: (s) => (sinceOpenMs(s) >= 0 ? Math.floor(sinceOpenMs(s) / 1000) : null),
    limit: (s) => strategy(s).open_delay_s,
    opensAt: (s) => s.now - sinceOpenMs(s) + strategy(s).open_delay_s * 1000,
  },
  close_cut: {
    blocked: inCloseCut,
    value: (s) => (toCloseMs(s) > 0 ? Math.ceil(toCloseMs(s) / 1000) : null),
    limit: (s) => strategy(s).close_cut_s,
    opensAt: (s) => s.day.nextWindowOpen,
  },
  calendar_mismatch: flag((s) => s.input.engine.calendarMismatch),
  earnings_blackout: {
    blocked: (s) => s.day.earningsNear && earningsBlocks(s),
    value: (s) => s.day.earningsNear,
    limit: (s) => strategy(s).earnings.mode,
  },

  data_stale: {
    blocked: (s) => s.freshness.tooOld || s.freshness.stale,
    value: (s) => (Number.isFinite(s.freshness.ageMs) ? Math.round(s.freshness.ageMs) : null),
    limit: (s) => s.input.settings.gates.state.market.stale_ts_threshold_ms,
  },
  data_lag: {
    blocked: (s) => lagMs(s) > s.input.settings.gates.state.system.data_lag_threshold_ms,
    value: (s) => Math.round(lagMs(s)),
    limit: (s) => s.input.settings.gates.state.system.data_lag_threshold_ms,
  },
  greeks_bad: {
    blocked: (s) => !s.legs.valid,
    value: (s) =>
      s.legs.valid ? 'known' : `no greeks of ${unpricedLegs(s.input.legs, s.input.quotes)}`,
    limit: () => 'known',
  },
  no_quote: {
    blocked: (s) => s.space.L === 'L3',
    value: (s) =>
      s.input.quotes === null
        ? 'none'
        : [s.input.quotes.bid, s.input.quotes.ask].map(priceText).join(' × '),
    limit: () => 'bid and ask',
  },
  spread_extreme: {
    blocked: (s) => s.space.L === 'L2',
    value: (s) => rounded(s.spreadPct, 4),
    limit: (s) => s.input.settings.gates.state.liquidity.extreme_spread_pct,
  },
  leg_settling: {
    blocked: (s) => s.now < s.settledAt || s.now < s.optionOrderUntil || s.input.legsUnexplained,
    value: settling,
    limit: (s) => s.input.settings.gates.state.leg_settle_s,
    opensAt: (s) => (s.input.legsUnexplained ? null : Math.max(s.settledAt, s.optionOrderUntil)),
  },
  in_band: {
    blocked: (s) => s.space.D === 'D0',
    value: (s) => rounded(s.netDelta, 2),
    limit: ({ band }) => (band.low === -band.high ? band.high : `${band.low} … ${band.high}`),
  },
  below_threshold: {
    blocked: (s) => s.space.D === 'D0' || s.space.D === 'D1',
    value: (s) => rounded(s.netDelta, 2),
    limit: ({ band }) =>
      band.triggerLow === -band.triggerHigh
        ? band.triggerHigh
        : `${band.triggerLow} … ${band.triggerHigh}`,
  },

  min_hedge_shares: {
    blocked: (s) => Math.abs(s.need) < s.input.settings.gates.intent.hedge.min_hedge_shares,
    value: (s) => Math.abs(s.need),
    limit: (s) => s.input.settings.gates.intent.hedge.min_hedge_shares,
  },
  max_hedge_shares_per_order: {
    blocked: () => false,
    value: (s) => Math.abs(s.need),
    limit: (s) => s.input.settings.gates.intent.hedge.max_hedge_shares_per_order,
  },
  min_price_move: {
    blocked: (s) =>
      s.paced && !(s.priceMovePct >= s.input.settings.gates.intent.hedge.min_price_move_pct),
    value: (s) => rounded(s.priceMovePct, 4),
    limit: (s) => s.input.settings.gates.intent.hedge.min_price_move_pct,
  },
  cooldown: {
    blocked: (s) => s.now < s.cooldownUntil,
    value: ({ input, now }) =>
      input.memory.lastHedge && rounded((now - input.memory.lastHedge.ts) / 1000, 1),
    limit: (s) => s.input.settings.gates.intent.hedge.cooldown_seconds,
    opensAt: (s) => s.cooldownUntil,
  },

  daily_loss_limit: {
    blocked: (s) =>
      (s.purpose !== 'forced' || risk(s).on_daily_loss === 'halt') &&
      (isLost(s.input.dailyPnl, s.lossFloor) || s.input.latched.includes('daily_loss_limit')),
    value: ({ input: { dailyPnl, pnlSince = null } }) => pnlValue(dailyPnl, pnlSince),
    limit: (s) => rounded(s.lossFloor, 2),
  },
  max_daily_hedge_count: {
    blocked: (s) => s.hedgeCount >= hedgeCountLimit(s),
    value: (s) => s.hedgeCount,
    limit: hedgeCountLimit,
    opensAt: (s) => s.day.nextWindowOpen,
  },
  max_daily_hedge_cost: {
    blocked: (s) => s.hedgeCost >= (risk(s).max_daily_hedge_cost_usd ?? Number.POSITIVE_INFINITY),
    value: (s) => rounded(s.hedgeCost, 2),
    limit: (s) => risk(s).max_daily_hedge_cost_usd,
    opensAt: (s) => s.day.nextWindowOpen,
  },
  max_position: {
    blocked: (s) => s.clip.positionBlocks,
    value: (s) => Math.abs(s.input.owned + s.clip.quantity),
    limit: (s) => risk(s).max_position_shares,
  },
  max_notional: {
    blocked: (s) => s.clip.notionalBlocks,
    value: (s) => rounded(Math.abs(s.clip.quantity) * s.spot, 2),
    limit: (s) => risk(s).max_notional_usd,
  },
  spread_too_wide: {
    blocked: (s) => s.spreadPct > (risk(s).max_spread_pct ?? Number.POSITIVE_INFINITY),
    value: (s) => rounded(s.spreadPct, 4),
    limit: (s) => risk(s).max_spread_pct,
  },
  price_collar: {
    // The side that is paid lies half a spread from mid; at mid there is nothing to cross.
    blocked: (s) => !s.atMid && s.spreadPct / 2 > risk(s).price_collar_pct,
    value: (s) => touch(s),
    limit: (s) => collarEdge(s),
  },
  order_rate: {
    blocked: (s) => s.now < s.orderRateOpensAt,
    value: (s) => countRecent(s.input.memory.orderTimes, s.now),
    limit: (s) => risk(s).max_orders_per_minute,
    opensAt: (s) => finite(s.orderRateOpensAt),
  },
  reject_streak: {
    blocked: (s) => rejectStreakReached(s),
    value: (s) => s.input.memory.rejectStreak,
    limit: (s) => risk(s).max_reject_streak,
  },
  order_in_flight: {
    blocked: ({ input }) => input.execution.orderInFlight || input.execution.class !== 'E0',
    value: (s) => s.space.E,
    limit: () => 'E0',
  },
  position_break: latch('position_break'),
  ownership_unconfirmed: latch('ownership_unconfirmed'),
  corporate_action: latch('corporate_action'),
  exec_fault: latch('exec_fault'),
  expiry_pending: flag((s) => s.legs.expiryPending),
  delayed_data: {
    blocked: (s) => s.input.quotes !== null && s.input.quotes.dataType !== 1,
    value: (s) => DATA_TYPES[s.input.quotes?.dataType ?? 1],
    limit: () => 'live',
  },
  account_daily_loss: {
    blocked: (s) => isLost(s.input.account.dailyPnl, s.accountFloor),
    // Without a limit the books do not tell each other.
    value: (s) => (Number.isFinite(s.accountFloor) ? pnlValue(s.input.account.dailyPnl) : null),
    limit: (s) => rounded(s.accountFloor, 2),
  },
  account_daily_notional: {
    blocked: ({ input, clip, spot }) => {
      const limit = input.settings.gates.guard.account.max_daily_notional_usd;
      const after = input.account.dailyNotional + Math.abs(clip.quantity) * spot;
      return limit !== null && after > limit;
    },
    value: (s) => rounded(s.input.account.dailyNotional, 2),
    limit: (s) => s.input.settings.gates.guard.account.max_daily_notional_usd,
  },
  account_order_rate: {
    blocked: (s) => s.now < s.accountRateOpensAt,
    value: (s) => countRecent(s.input.account.orderTimes, s.now),
    limit: (s) => s.input.settings.gates.guard.account.max_orders_per_minute,
    opensAt: (s) => finite(s.accountRateOpensAt),
  },
  lease: flag((s) => !s.input.engine.leaseHeld),
};

const DATA_TYPES = { 1: 'live', 2: 'frozen', 3: 'delayed', 4: 'delayed-frozen' } as const;

/** The checks in the order of `GATES`. */
export const GATE_CHECKS: readonly GateCheck[] = GATES.map(({ id }) => CHECKS[id]);

/** For each purpose, whether it meets the gate at each index of `GATES`. */
export const MEETS: Readonly<Record<GatePurpose, readonly boolean[]>> = {
  hedge: GATES.map(({ appliesTo }) => appliesTo.includes('hedge')),
  forced: GATES.map(({ appliesTo }) => appliesTo.includes('forced')),
  hedge_now: GATES.map(({ appliesTo }) => appliesTo.includes('hedge_now')),
  flatten: GATES.map(({ appliesTo }) => appliesTo.includes('flatten')),
};

/** Every gate in order, for the purpose of the situation. */
export function gateResults(s: Situation): readonly GateResult[] {
  return GATES.map(({ id, group, unit }, index) => {
    const check = CHECKS[id];
    const pass = MEETS[s.purpose][index] !== true || !check.blocked(s);
    const opensAt = pass ? null : (check.opensAt?.(s) ?? null);
    return { group, gate: id, pass, value: check.value(s), limit: check.limit(s), unit, opensAt };
  });
}

/** The cost gate: what separates two hedges in time and price. */
export function costGateClosed(s: Situation): boolean {
  if (s.purpose !== 'hedge') return false;
  return CHECKS.cooldown.blocked(s) || CHECKS.min_price_move.blocked(s);
}

/** The liquidity gate: no quote, or an extreme spread that nothing forces. */
export function liquidityGateClosed(s: Situation): boolean {
  return s.space.L === 'L3' || (s.space.L === 'L2' && s.space.D !== 'D3');
}

/** Whether the session ends too soon for another hedge. */
export function inCloseCut(s: Situation): boolean {
  return toCloseMs(s) > 0 && toCloseMs(s) <= strategy(s).close_cut_s * 1000;
}

/** Of the book, or of all books of its account. */
export function lossLimitReached({ input, lossFloor, accountFloor }: Situation): boolean {
  return isLost(input.dailyPnl, lossFloor) || isLost(input.account.dailyPnl, accountFloor);
}

/** Whether as many orders in a row were rejected as may be. */
export function rejectStreakReached(s: Situation): boolean {
  return s.input.memory.rejectStreak >= risk(s).max_reject_streak;
}

function flag(closed: (s: Situation) => boolean): GateCheck {
  return { blocked: closed, value: closed, limit: () => false };
}

function latch(cause: LatchedCause): GateCheck {
  return flag((s) => s.input.latched.includes(cause));
}
