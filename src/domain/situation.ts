/**
 * What the gates look at: everything that an assessment derives from its input, computed once.
 * Nothing here decides; each field is a fact about the book at `now`.
 */

import type { AssessmentInput, HedgeMemory } from './assessment-input.ts';
import { type LegsView, sumLegs } from './book-greeks.ts';
import { type BookQuotes, midOf } from './book-quotes.ts';
import type { LatchedCause } from './causes.ts';
import { accountLossFloor, lossFloor } from './day-limits.ts';
import { eodBand, eodHedgeAt, isEodHedgeDue } from './eod-hedge.ts';
import { earlier, type Freshness, judgeFreshness } from './freshness.ts';
import type { GatePurpose } from './gates.ts';
import { type HedgeBand, sharesToTarget } from './policy.ts';
import { rateOpensAt } from './rate.ts';
import { type Clip, clipHedge } from './sizing.ts';
import {
  classifyDelta,
  classifyOptions,
  classifyRegime,
  classifySpread,
  type StateSpace,
  type SystemHealth,
} from './state-space.ts';
import { inTradingHours, type TradingDay, tradingDay } from './trading-day.ts';

export interface Situation {
  readonly input: AssessmentInput;
  readonly now: number;
  readonly day: TradingDay;
  /** Orders may go, as far as the clock is concerned. */
  readonly trading: boolean;
  /** Mid, else the last price, else NaN. */
  readonly spot: number;
  /** Percent of mid; NaN without a two-sided quote. */
  readonly spreadPct: number;
  readonly freshness: Freshness;
  readonly legs: LegsView;
  readonly netDelta: number;
  readonly band: HedgeBand;
  readonly space: StateSpace;
  readonly purpose: GatePurpose;
  /** An operator asks for it now. */
  readonly asked: boolean;
  /** The order goes out at mid: forced, in an extreme spread. */
  readonly atMid: boolean;
  /** Signed shares to the band's target, before and after clips; 0 while delta is unknown. */
  readonly need: number;
  readonly clip: Clip;
  /** Of this trading day. */
  readonly hedgeCount: number;
  readonly hedgeCost: number;
  /** Cooldown and min_price_move hold: a hedge reached its target and nothing cleared it since. */
  readonly paced: boolean;
  readonly cooldownUntil: number;
  /** Since the last hedge, percent; NaN without one. */
  readonly priceMovePct: number;
  /** When the legs count as settled; −Infinity when nothing unsettles them. */
  readonly settledAt: number;
  readonly optionOrderUntil: number;
  readonly orderRateOpensAt: number;
  readonly accountRateOpensAt: number;
  /** Daily P&L at or below these is too much, USD: of the book, and of all of the account. */
  readonly lossFloor: number;
  readonly accountFloor: number;
  readonly halted: boolean;
  /** When the hedge before the night is due; Infinity where there is none. */
  readonly eodAt: number;
  /** Latched causes that keep the book in SAFE. */
  readonly halting: readonly LatchedCause[];
  /** Greeks are invalid, and not only because the first prices are awaited. */
  readonly greeksBad: boolean;
  readonly changesAt: number;
}

/** The first prices of a leg or of a session may take this long before their lack is a cause. */
const PRICING_GRACE_MS = 10_000;

/** An option order that stays open holds the hedge no longer (the specification's 120 s). */
const OPTION_ORDER_HOLD_MS = 120_000;

const NEVER = Number.NEGATIVE_INFINITY;

/** `asked`: a hedge by hand, to net delta 0, whatever policy and threshold say. */
export function readSituation(input: AssessmentInput, asked?: 'hedge_now'): Situation {
  const { now, settings, quotes, memory, owned } = input;
  const { strategy, state, intent, guard } = settings.gates;
  const day = tradingDay(now, strategy);
  const trading = inTradingHours(day, now);
  const freshness = readFreshness(input, day, trading);
  const mid = quotes === null ? Number.NaN : midOf(quotes.bid, quotes.ask);
  const spot = spotOf(quotes, mid);
  const spreadPct = quotes === null ? Number.NaN : ((quotes.ask - quotes.bid) / mid) * 100;
  const legs = sumLegs(input.legs, quotes, spot, now, day.day);
  const netDelta = legs.greeks.delta + owned;
  const eod = readEod(input, day);
  const band = readBand(input, spot, legs, eod.due);
  const halting = haltingCauses(input);
  const space = readSpace(input, spreadPct, freshness, legs, band, halting);
  const need = needOf(space, netDelta, asked === undefined ? band : toCenter(band));
  const sizes = {
    minShares: intent.hedge.min_hedge_shares,
    maxSharesPerOrder: intent.hedge.max_hedge_shares_per_order,
    maxPosition: guard.risk.max_position_shares,
    maxNotional: guard.risk.max_notional_usd,
  };
  const paced = isPaced(memory, day, now);
  const sameDay = memory.day === day.day;
  const graceUntil = legs.valid ? NEVER : pricingGraceUntil(input, day);
  const purpose = purposeOf(space, asked !== undefined || eod.due);
  const situation = {
    input,
    now,
    day,
    trading,
    spot,
    spreadPct,
    freshness,
    legs,
    netDelta,
    band,
    space,
    purpose,
    asked: asked !== undefined,
    atMid: space.D === 'D3' && space.L === 'L2',
    need,
    clip: clipHedge(need, owned, netDelta, spot, sizes),
    hedgeCount: sameDay ? memory.dailyHedgeCount : 0,
    hedgeCost: (sameDay ? memory.dailyHedgeCost : 0) + input.dailyCommissions,
    paced,
    cooldownUntil:
      paced && memory.lastHedge !== null
        ? memory.lastHedge.ts + intent.hedge.cooldown_seconds * 1000
        : NEVER,
    priceMovePct: priceMovePct(spot, memory.lastHedge?.price ?? Number.NaN),
    settledAt: lastLegChange(input) + state.leg_settle_s * 1000,
    optionOrderUntil: (input.optionOrderSince ?? NEVER) + OPTION_ORDER_HOLD_MS,
    orderRateOpensAt: rateOpensAt(memory.orderTimes, guard.risk.max_orders_per_minute, now),
    accountRateOpensAt: rateOpensAt(
      input.account.orderTimes,
      guard.account.max_orders_per_minute,
      now,
    ),
    lossFloor: lossFloor(settings.gates, memory.lossAllowance, day.day),
    accountFloor: accountLossFloor(settings.gates, memory.lossAllowance, day.day),
    halted: (quotes?.halted ?? false) || now < (input.haltedUntil ?? NEVER),
    eodAt: eod.at,
    halting,
    greeksBad: trading && input.watchedSince !== null && !legs.valid && now >= graceUntil,
    changesAt: Number.POSITIVE_INFINITY,
  };
  situation.changesAt = nextChange(situation, graceUntil);
  return situation;
}

function needOf(space: StateSpace, netDelta: number, band: HedgeBand): number {
  return space.D === 'D4' || space.O === 'O0' ? 0 : sharesToTarget(netDelta, band);
}

function purposeOf({ D }: StateSpace, now: boolean): GatePurpose {
  if (D === 'D3') return 'forced';
  return now ? 'hedge_now' : 'hedge';
}

function toCenter(band: HedgeBand): HedgeBand {
  return { ...band, targetLow: 0, targetHigh: 0 };
}

/** Earliest time after now at which one of these facts changes by itself. */
function nextChange(situation: Omit<Situation, 'changesAt'>, graceUntil: number): number {
  const { now, day, input } = situation;
  const { open_delay_s, close_cut_s } = input.settings.gates.strategy;
  let at = earlier(situation.freshness.changesAt, day.midnight, now);
  if (day.session !== null) {
    at = earlier(at, day.session.open, now);
    at = earlier(at, day.session.open + open_delay_s * 1000, now);
    at = earlier(at, day.session.close - close_cut_s * 1000, now);
    at = earlier(at, day.session.close, now);
  }
  if (day.window !== null) {
    at = earlier(at, day.window.open, now);
    at = earlier(at, day.window.close, now);
  }
  at = earlier(at, graceUntil, now);
  at = earlier(at, situation.settledAt, now);
  at = earlier(at, situation.optionOrderUntil, now);
  at = earlier(at, situation.cooldownUntil, now);
  at = earlier(at, situation.orderRateOpensAt, now);
  at = earlier(at, situation.eodAt, now);
  at = earlier(at, input.haltedUntil ?? NEVER, now);
  at = earlier(at, situation.band.validUntil ?? NEVER, now);
  return earlier(at, situation.accountRateOpensAt, now);
}

function readFreshness(input: AssessmentInput, day: TradingDay, trading: boolean): Freshness {
  return judgeFreshness({
    now: input.now,
    spotTs: input.quotes?.spotTs ?? Number.NaN,
    probe: input.probe,
    watchedSince: input.watchedSince,
    openedAt: trading && day.window !== null ? day.window.open : null,
    staleMs: input.settings.gates.state.market.stale_ts_threshold_ms,
  });
}

function readSpace(
  input: AssessmentInput,
  spreadPct: number,
  freshness: Freshness,
  legs: LegsView,
  band: HedgeBand,
  halting: readonly LatchedCause[],
): StateSpace {
  const { quotes, engine, execution } = input;
  const { delta, liquidity } = input.settings.gates.state;
  const { wide_spread_pct, extreme_spread_pct } = liquidity;
  return {
    O: classifyOptions(input.legs, legs.greeks.gamma, input.previousO),
    D: legs.valid
      ? classifyDelta(legs.greeks.delta + input.owned, band, delta.max_delta_limit)
      : 'D4',
    M: classifyRegime(quotes?.regime ?? 1, freshness.tooOld || freshness.stale),
    L: classifySpread(spreadPct, wide_spread_pct, extreme_spread_pct),
    E: engine.brokerDown ? 'E3' : execution.class,
    S: readHealth(input, legs.valid, halting.length > 0),
  };
}

function readHealth(input: AssessmentInput, greeksValid: boolean, halted: boolean): SystemHealth {
  if (halted) return 'S3';
  if (!greeksValid) return 'S1';
  const { data_lag_threshold_ms } = input.settings.gates.state.system;
  return (input.quotes?.lagMs ?? 0) > data_lag_threshold_ms ? 'S2' : 'S0';
}

/** With `force_only` the loss limit closes a gate, which D3 passes, and keeps the book running. */
function haltingCauses(input: AssessmentInput): readonly LatchedCause[] {
  const { latched } = input;
  const forceOnly = input.settings.gates.guard.risk.on_daily_loss === 'force_only';
  if (!forceOnly || !latched.includes('daily_loss_limit')) return latched;
  return latched.filter((cause) => cause !== 'daily_loss_limit');
}

/** When the hedge before the night is due; Infinity where there is none. */
function readEod(input: AssessmentInput, day: TradingDay): { at: number; due: boolean } {
  const { eod_hedge: eod } = input.settings.hedging;
  if (eod === null || day.session === null) return { at: Number.POSITIVE_INFINITY, due: false };
  const at = eodHedgeAt(eod, day.day, day.session);
  return { at, due: isEodHedgeDue(at, input.now, day, input.memory) };
}

function readBand(input: AssessmentInput, spot: number, legs: LegsView, eodDue: boolean) {
  const { settings, now, quotes, memory } = input;
  const { eod_hedge: eod } = settings.hedging;
  if (eodDue && eod !== null) return eodBand(eod, settings.gates.state.delta.epsilon_band);
  return input.bandOf(settings, {
    now,
    spot,
    greeks: legs.greeks,
    legs: input.legs,
    quotes,
    lastHedge: memory.lastHedge,
  });
}

/** A remainder is never paced; a leg change, an adjustment, a resume and the open clear it. */
function isPaced(memory: HedgeMemory, day: TradingDay, now: number): boolean {
  const { lastHedge, clearedAt } = memory;
  if (lastHedge === null || memory.remainder) return false;
  if (clearedAt !== null && clearedAt >= lastHedge.ts) return false;
  const open = day.session?.open ?? Number.POSITIVE_INFINITY;
  return !(now >= open && lastHedge.ts < open);
}

function priceMovePct(spot: number, lastPrice: number): number {
  return Math.abs(spot / lastPrice - 1) * 100;
}

function lastLegChange({ legs, legsChangedAt }: AssessmentInput): number {
  let last = legsChangedAt ?? NEVER;
  for (const leg of legs) if (leg.changedAt > last) last = leg.changedAt;
  return last;
}

function pricingGraceUntil(input: AssessmentInput, day: TradingDay): number {
  let since = Math.max(input.watchedSince ?? NEVER, day.window?.open ?? NEVER);
  for (const leg of input.legs) if (leg.joinedAt > since) since = leg.joinedAt;
  return since + PRICING_GRACE_MS;
}

function spotOf(quotes: BookQuotes | null, mid: number): number {
  if (quotes === null || !Number.isNaN(mid)) return mid;
  return quotes.last > 0 ? quotes.last : Number.NaN;
}
