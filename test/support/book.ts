/**
 * A book that would hedge now: the market is open, quotes are fresh, every gate stands open, and
 * its options are 112 shares long. Tests change what they are about and nothing else.
 */

import type { AssessmentInput } from '../../src/domain/assessment-input.ts';
import type { BookQuotes, LegQuote } from '../../src/domain/book-quotes.ts';
import { epochOf } from '../../src/domain/calendar.ts';
import type { OptionContract } from '../../src/domain/contract.ts';
import type { HeldLeg } from '../../src/domain/legs.ts';
import { fixedBand } from '../../src/domain/policy.ts';
import type { BookSettings } from '../../src/domain/settings.ts';
import { PLAIN_GREEKS } from './greeks-settings.ts';

type Settable<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: Settable<T[K]> }
    : T;

/** A Thursday, half past ten in New York. */
export const NOW = epochOf('20230803', '10:30');
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

/** A moment of that day in New York. */
export const at = (time: string): number => epochOf('20230803', time);

export type SettingsPatch = Settable<BookSettings>;

export function bookSettings(patch: SettingsPatch = {}): BookSettings {
  return merge<BookSettings>(DEFAULTS, patch);
}

export function optionContract(patch: Partial<OptionContract> = {}): OptionContract {
  return {
    secType: 'OPT',
    conId: 2001,
    symbol: 'SPY',
    underlyingConId: 1001,
    expiry: '20230901',
    strike: 450,
    right: 'C',
    multiplier: 100,
    exchange: 'SMART',
    currency: 'USD',
    tradingClass: 'SPY',
    localSymbol: '',
    ...patch,
  };
}

export function heldLeg(patch: Partial<HeldLeg> = {}): HeldLeg {
  const long = epochOf('20230601', '12:00');
  return {
    contract: optionContract(),
    quantity: 100,
    joinedAt: long,
    changedAt: long,
    ...patch,
  };
}

export function legQuote(patch: Partial<LegQuote> = {}): LegQuote {
  return {
    conId: 2001,
    bid: 9.9,
    ask: 10.1,
    last: 10,
    close: 9.5,
    quoteTs: NOW,
    iv: 0.15,
    ivTs: NOW,
    quality: 'quote',
    value: 10,
    delta: 0.0112,
    gamma: 0.0001,
    vega: 0.5,
    theta: -20,
    ibDelta: Number.NaN,
    flags: 0,
    reason: 'none',
    modelDelta: Number.NaN,
    differenceDelta: Number.NaN,
    check: 'alone',
    deltaReason: 'none',
    ...patch,
  };
}

function bookQuotes(patch: Partial<BookQuotes> = {}): BookQuotes {
  return {
    version: 1,
    tradingTs: NOW,
    bid: 449.99,
    ask: 450.01,
    last: 450,
    bidSize: 5,
    askSize: 5,
    close: 448,
    spotTs: NOW,
    halted: false,
    dataType: 1,
    regime: 1,
    realizedVol: 0.12,
    shortable: 3,
    shortableShares: 1_000_000,
    lagMs: 1,
    smile: { strikes: 0, good: 0, dropped: 0 },
    legs: [legQuote()],
    ...patch,
  };
}

export interface BookPatch extends Partial<Omit<AssessmentInput, 'settings' | 'quotes'>> {
  readonly settings?: SettingsPatch;
  readonly quotes?: Partial<BookQuotes> | null;
  /** Delta of the options, shares. */
  readonly optionDelta?: number;
}

/** The input of an assessment; quotes are as fresh as `now` unless they say otherwise. */
export function bookInput(patch: BookPatch = {}): AssessmentInput {
  const { settings, quotes, optionDelta = 112, ...rest } = patch;
  const now = patch.now ?? NOW;
  const legs = [legQuote({ delta: optionDelta / 10_000 })];
  return {
    now,
    settings: bookSettings(settings),
    quotes: quotes === null ? null : bookQuotes({ spotTs: now, legs, ...quotes }),
    watchedSince: NOW - 24 * 60 * MINUTE,
    legs: [heldLeg()],
    legsChangedAt: null,
    legsUnexplained: false,
    optionOrderSince: null,
    owned: 0,
    memory: NO_MEMORY,
    execution: { class: 'E0', orderInFlight: false, intent: null },
    engine: GOOD_ENGINE,
    latched: [],
    probe: { askedAt: null, answeredAt: null, failedAt: null },
    dailyPnl: 0,
    dailyCommissions: 0,
    account: { dailyPnl: 0, dailyNotional: 0, orderTimes: [] },
    haltedUntil: null,
    bandOf: fixedBand,
    priceIncrements: [{ lowEdge: 0, increment: 0.01 }],
    previousO: null,
    ...rest,
  };
}

export const NO_MEMORY: AssessmentInput['memory'] = {
  day: '20230803',
  dailyHedgeCount: 0,
  dailyHedgeCost: 0,
  lastHedge: null,
  remainder: false,
  clearedAt: null,
  rejectStreak: 0,
  lossAllowance: null,
  knownForeign: null,
  foreignSeen: { day: '', executions: [] },
  settledByHand: [],
  acceptedExecutions: [],
  goneLegs: [],
  optionShifts: [],
  termsChangedOn: '',
  lossBase: null,
  orderTimes: [],
  legsChangedAt: null,
  sharesKeptAt: null,
};

export const GOOD_ENGINE: AssessmentInput['engine'] = {
  stopping: false,
  standby: false,
  synced: true,
  compared: true,
  brokerDown: false,
  suspended: false,
  degraded: [],
  leaseHeld: true,
  orderTest: { outcome: 'taken', message: '' },
  calendarMismatch: false,
};

const DEFAULTS: BookSettings = {
  symbol: 'SPY',
  con_id: null,
  account: 'DU1',
  strategy_enabled: true,
  gates: {
    strategy: {
      structure: {
        min_dte: 21,
        max_dte: 35,
        atm_band_pct: 3,
        selection: 'sticky',
        membership: 'auto',
        include: [],
        exclude: [],
      },
      earnings: { mode: 'alert', blackout_days_before: 3, blackout_days_after: 1, dates: [] },
      trading_hours_only: true,
      open_delay_s: 60,
      close_cut_s: 15,
    },
    state: {
      delta: { epsilon_band: 10, threshold_hedge_shares: 25, max_delta_limit: 500 },
      market: { vol_window_min: 5, vol_estimator: 'realised', stale_ts_threshold_ms: 5000 },
      liquidity: { wide_spread_pct: 0.1, extreme_spread_pct: 0.5 },
      system: { data_lag_threshold_ms: 1000 },
      safe_hold_seconds: 5,
      leg_settle_s: 30,
      iv_max_age_s: 900,
    },
    intent: {
      hedge: {
        min_hedge_shares: 10,
        cooldown_seconds: 60,
        max_hedge_shares_per_order: 500,
        min_price_move_pct: 0.2,
      },
    },
    guard: {
      risk: {
        max_daily_hedge_count: 50,
        max_position_shares: 2000,
        max_daily_loss_usd: 5000,
        on_daily_loss: 'force_only',
        max_daily_hedge_cost_usd: null,
        max_net_delta_shares: null,
        max_spread_pct: null,
        max_notional_usd: null,
        price_collar_pct: 1,
        max_orders_per_minute: 10,
        max_reject_streak: 3,
      },
      account: {
        max_daily_loss_usd: null,
        max_orders_per_minute: 30,
        max_daily_notional_usd: null,
      },
    },
  },
  hedging: {
    policy: 'fixed_band',
    trade_to: 'policy',
    cost_bps: 1,
    risk_aversion: 1,
    gamma_multiple: 1,
    gamma_interval_min: 60,
    time_interval_min: 30,
    move_multiple: 1,
    move_interval_min: 60,
    leland_interval_min: 1440,
    eod_hedge: null,
    on_empty_book: 'alert',
  },
  order: {
    order_type: 'limit',
    limit_offset_ticks: 1,
    reprice_after_s: 5,
    max_reprices: 3,
    ack_timeout_s: 5,
    held_timeout_s: 60,
    tif: 'GTD',
    outside_rth: false,
    on_stop: 'cancel',
  },
  greeks: PLAIN_GREEKS,
};

/** Objects merge key by key; everything else replaces. */
function merge<T>(base: T, patch: Settable<T>): T {
  const merged: Record<string, unknown> = { ...(base as Record<string, unknown>) };
  for (const [key, value] of Object.entries(patch as Record<string, unknown>)) {
    const old = merged[key];
    merged[key] = isRecord(old) && isRecord(value) ? merge(old, value) : value;
  }
  return merged as T;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
