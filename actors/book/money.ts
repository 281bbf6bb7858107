/**
 * What the day has made, cost and traded: of this book from its ledger and the marks, and of all
 * books of its account from what they tell each other through the daemon.
 */

import type { AccountRiskView } from '../../src/domain/assessment-input.ts';
import { spotOfQuotes } from '../../src/domain/book-quotes.ts';
import { dayStart, newYorkDate } from '../../src/domain/calendar.ts';
import type { OptionContract } from '../../src/domain/contract.ts';
import { flowsSince } from '../../src/domain/ledger.ts';
import { type LossBase, pnlFrom, totalWorth } from '../../src/domain/loss-base.ts';
import { dailyPnl, type LegPnl, legMark } from '../../src/domain/pnl.ts';
import { ACTORS, type AccountRisk, NO_RISK } from '../../src/protocol/decision.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { hasPendingShifts } from './option-events.ts';
import type { BookState, DayTrades, LegTrades } from './state.ts';

const NO_TRADES: LegTrades = { quantity: 0, cost: 0 };

/** A leg of the book, or one that was there today, as the day's P&L counts it. */
export interface DayLeg extends LegPnl {
  readonly conId: number;
  /** Null where it is gone. */
  readonly contract: OptionContract | null;
  /** By hand today, and what came or went by exercise, assignment or expiry. */
  readonly traded: LegTrades;
  readonly events: number;
}

/** P&L of the trading day, USD; null while a mark is missing. */
export function pnlOf(state: BookState, now: number): number | null {
  if (!state.hasQuotes || !Number.isFinite(now)) return null;
  // Contracts went, and it is not known yet whether they were traded or delivered.
  if (hasPendingShifts(state) || termsChanged(state, now)) return null;
  const { quotes } = state;
  const flows = flowsSince(state.ledger, dayStart(now));
  return dailyPnl({
    legs: dayLegs(state, now),
    spot: spotOfQuotes(quotes),
    previousClose: quotes.close,
    owned: state.ledger.sums.owned,
    ownedAtClose: flows.ownedBefore,
    executionCash: flows.executionCash,
    adjustmentCash: flows.adjustmentCash,
    commissions: flows.commissions,
  });
}

/** What loss limits look at: the day's P&L, or what was lost since it could not be known. */
export function limitPnlOf(state: BookState, now: number): number | null {
  return pnlOf(state, now) ?? pnlSinceBase(state, now);
}

/** Counted from the base of today; null without one, and when the legs are not those of then. */
export function pnlSinceBase(state: BookState, now: number): number | null {
  const base = lossBaseOf(state, now);
  if (base === null || (state.legsChangedAt ?? 0) > base.ts) return null;
  return pnlFrom(base, totalOf(state, now));
}

/** The base of today, if there is one. */
export function lossBaseOf({ memory }: BookState, now: number): LossBase | null {
  const { lossBase } = memory;
  return lossBase?.day === newYorkDate(now) ? lossBase : null;
}

/** What is held and the cash of the day, USD; NaN while a mark or the way of a leg is unknown. */
export function totalOf(state: BookState, now: number): number {
  if (!state.hasQuotes || hasPendingShifts(state)) return Number.NaN;
  if (state.latches.has('corporate_action')) return Number.NaN;
  const { executionCash, adjustmentCash, commissions } = flowsSince(state.ledger, dayStart(now));
  return totalWorth({
    legs: dayLegs(state, now),
    spot: spotOfQuotes(state.quotes),
    owned: state.ledger.sums.owned,
    executionCash,
    adjustmentCash,
    commissions,
  });
}

/**
 * Closes of the day before are of other terms, or the broker has adjusted them, or some of them. No
 * sum with them says what the day made: a loss limit must not trip over it.
 */
export function termsChanged({ latches, memory }: BookState, now: number): boolean {
  return latches.has('corporate_action') || memory.termsChangedOn === newYorkDate(now);
}

/** The legs first, in their order; then those that are gone. */
export function dayLegs(state: BookState, now: number): readonly DayLeg[] {
  const trades = tradesOfDay(state, dayStart(now));
  const { quotes } = state;
  const gone = goneToday(state, now);
  const legs = state.legs.map(({ contract, quantity }, index): DayLeg => {
    const { conId, multiplier } = contract;
    const quote = quotes.legs[index]?.conId === conId ? quotes.legs[index] : undefined;
    const traded = trades.get(conId) ?? NO_TRADES;
    const events = gone.get(conId)?.events ?? 0;
    return {
      conId,
      contract,
      quantity,
      quantityAtClose: quantity - traded.quantity - events,
      multiplier,
      mark: quote === undefined ? Number.NaN : legMark(quote),
      previousClose: quote?.close ?? Number.NaN,
      tradeCash: -traded.cost * multiplier,
      traded,
      events,
    };
  });
  for (const { conId, multiplier, previousClose, events } of gone.values()) {
    if (state.legs.some((leg) => leg.contract.conId === conId)) continue;
    const traded = trades.get(conId) ?? NO_TRADES;
    legs.push({
      conId,
      contract: null,
      quantity: 0,
      quantityAtClose: 0 - traded.quantity - events,
      multiplier,
      mark: Number.NaN,
      previousClose: previousClose ?? Number.NaN,
      tradeCash: -traded.cost * multiplier,
      traded,
      events,
    });
  }
  return legs;
}

type GoneLeg = BookState['memory']['goneLegs'][number];
const NONE_GONE: ReadonlyMap<number, GoneLeg> = new Map();

/** By contract. On most days there is none, and then nothing is made with every price. */
function goneToday({ memory }: BookState, now: number): ReadonlyMap<number, GoneLeg> {
  if (memory.goneLegs.length === 0) return NONE_GONE;
  const day = newYorkDate(now);
  const today = memory.goneLegs.filter((one) => one.day === day);
  return new Map(today.map((one) => [one.conId, one]));
}

/** Asked by every evaluation: summed once, until another execution or another day comes. */
function tradesOfDay(state: BookState, since: number): DayTrades['byConId'] {
  if (state.dayTrades?.since === since) return state.dayTrades.byConId;
  const byConId = new Map<number, LegTrades>();
  for (const { contract, side, quantity, price, ts } of state.foreignExecutions.values()) {
    if (contract.secType !== 'OPT' || ts < since) continue;
    const before = byConId.get(contract.conId) ?? NO_TRADES;
    const signed = side === 'BUY' ? quantity : -quantity;
    const traded = { quantity: before.quantity + signed, cost: before.cost + signed * price };
    byConId.set(contract.conId, traded);
  }
  state.dayTrades = { since, byConId };
  return byConId;
}

/** What hedging cost today, USD: worse than mid at the decision, and commissions. */
export function hedgeCostOf(state: BookState, now: number): number {
  const { memory } = state;
  const slippage = memory.day === newYorkDate(now) ? memory.dailyHedgeCost : 0;
  return slippage + flowsSince(state.ledger, dayStart(now)).commissions;
}

/**
 * All books of the account; of the others what they told last. `own` is the book's P&L as loss
 * limits see it, for a caller that has it already.
 */
export function accountRiskOf(
  state: BookState,
  now: number,
  own: number | null = limitPnlOf(state, now),
): AccountRiskView {
  const { others, memory } = state;
  const turnover = flowsSince(state.ledger, dayStart(now)).turnover;
  // What a book that has been silent since yesterday told then is not of today.
  const day = newYorkDate(now);
  const today = others.day === day ? others : NO_RISK;
  const known = own ?? lastToldPnl(state, day);
  return {
    // What a book has never known today the account does not know: it may be any number.
    dailyPnl: known === null || today.dailyPnl === null ? null : known + today.dailyPnl,
    dailyNotional: turnover + today.turnover,
    orderTimes: merged(memory.orderTimes, others.orderTimes),
  };
}

/**
 * What this book told last of its day: a leg without a mark is no reason to let the books beside it
 * pass the limit of the account.
 */
function lastToldPnl({ toldRisk }: BookState, day: string): number | null {
  return toldRisk?.day === day ? toldRisk.dailyPnl : null;
}

/** Tells the books beside this one what moved; P&L by whole dollars, and only where it limits. */
export function tellRisk(state: BookState, turn: Turn): void {
  const now = turn.at.trading;
  if (state.config.books.length < 2 || !Number.isFinite(now)) return;
  const limited = state.settings.gates.guard.account.max_daily_loss_usd !== null;
  const day = newYorkDate(now);
  const pnl = limited ? limitPnlOf(state, now) : null;
  const dailyPnl = pnl === null && limited ? lastToldPnl(state, day) : pnl && Math.floor(pnl);
  const turnover = flowsSince(state.ledger, dayStart(now)).turnover + workingNotional(state);
  const { orderTimes } = state.memory;
  const told = state.toldRisk;
  const same =
    told !== null &&
    told.day === day &&
    told.dailyPnl === dailyPnl &&
    told.turnover === turnover &&
    told.orderTimes === orderTimes;
  if (same) return;
  const risk: AccountRisk = { day, dailyPnl, turnover, orderTimes };
  state.toldRisk = risk;
  const { account } = state;
  turn.send(ACTORS.daemon, { type: 'book.risk', symbol: state.settings.symbol, account, risk });
}

/** What an order that is out may still trade, USD. */
function workingNotional(state: BookState): number {
  const { order, filled, intent } = state.hedge.context;
  if (order === null || intent === null) return 0;
  return Math.max(0, order.quantity - filled) * order.limitPrice;
}

interface Merged {
  readonly other: readonly number[];
  readonly both: readonly number[];
}

/** Of a book's times the last merge: they change with orders, and are asked with every price. */
const merges = new WeakMap<readonly number[], Merged>();

/** Two ascending lists as one. */
function merged(one: readonly number[], other: readonly number[]): readonly number[] {
  if (other.length === 0) return one;
  if (one.length === 0) return other;
  const known = merges.get(one);
  if (known?.other === other) return known.both;
  const both = [...one, ...other].sort((a, b) => a - b);
  merges.set(one, { other, both });
  return both;
}
