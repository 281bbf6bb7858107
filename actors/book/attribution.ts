/**
 * Where the day's P&L came from: what happened between two moments of the book is split by the
 * greeks at the first of them. An interval ends every minute and with every fill, and is written
 * down; the open one is split whenever somebody looks. Whatever is counted is what `money.ts`
 * counts, so that the parts add up to the P&L of the day.
 */

import type { Attribution } from '../../src/domain/attribution.ts';
import { spotOfQuotes } from '../../src/domain/book-quotes.ts';
import { dayStart, newYorkDate } from '../../src/domain/calendar.ts';
import type { OptionContract } from '../../src/domain/contract.ts';
import {
  type Anchor,
  attributeSince,
  beginDay,
  closeInterval,
  type DayAttribution,
  endHedge,
  type Moment,
  type MomentLeg,
} from '../../src/domain/day-attribution.ts';
import { flowsSince, type Ledger } from '../../src/domain/ledger.ts';
import { legMark } from '../../src/domain/pnl.ts';
import { dated } from '../../src/protocol/dated.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { executionOf } from './assess.ts';
import { anchorAt, closeAnchor, legState, markSigma, revaluedMove } from './attribution-anchor.ts';
import type { Mark } from './attribution-state.ts';
import { type DayLeg, dayLegs, pnlOf, termsChanged } from './money.ts';
import { hasPendingShifts } from './option-events.ts';
import type { BookState } from './state.ts';

/** Changes of legs that are not explained yet: far more than one sync leaves. */
const SHIFTS_MAX = 100;
/** Short enough for greeks to hold, long enough for a row of history each. */
const INTERVAL_MS = 60_000;

/** Looks at the book at the end of a turn, and ends the open interval where that is due. */
export function trackAttribution(state: BookState, turn: Turn): void {
  const now = turn.at.trading;
  if (!Number.isFinite(now)) return;
  noteFills(state, now);
  noteLegs(state, now);
  const { attribution } = state;
  if (isDue(state, now)) endInterval(state, turn);
  const { hedge, kept } = attribution;
  if (hedge === null || kept === null || attribution.touched) return;
  if (state.intent !== null || executionOf(state).orderInFlight) return;
  attribution.kept = endHedge(kept, hedge, now);
  attribution.hedge = null;
}

/** The split of the day up to now, or why there is none. */
export function attributionOf(
  state: BookState,
  now: number,
): { readonly day: DayAttribution; readonly open: Attribution } | { readonly reason: string } {
  if (!Number.isFinite(now)) return { reason: 'the broker’s time is not known' };
  const end = momentOf(state, now);
  if (end === null) return { reason: reasonOf(state, now) };
  const day = dayOf(state, now);
  return { day, open: splitOf(state, day, end) };
}

function isDue(state: BookState, now: number): boolean {
  const { kept, touched, version } = state.attribution;
  if (!state.engine.synced || !state.hasQuotes) return false;
  if (touched) return true;
  if (isEmpty(state)) return false;
  if (kept === null) return true;
  // Nothing was quoted since: time alone is no interval of its own.
  if (state.quotes.version === version) return false;
  const next = Math.floor(kept.anchor.ts / INTERVAL_MS + 1) * INTERVAL_MS;
  return now >= next || kept.day !== newYorkDate(now);
}

/** Nothing is held, and nothing was: there is nothing to tell. */
function isEmpty({ attribution: { kept }, legs, ledger }: BookState): boolean {
  const { anchor } = kept ?? {};
  const had = anchor?.legs.some(({ quantity }) => quantity !== 0) ?? false;
  return legs.length === 0 && ledger.sums.owned === 0 && !had && (anchor?.shares ?? 0) === 0;
}

function endInterval(state: BookState, turn: Turn): void {
  const now = turn.at.trading;
  const end = momentOf(state, now);
  const next = end && anchorAt(state, end);
  // It goes on until the marks and the greeks of every leg are known.
  if (end === null || next === null) return;
  const { attribution } = state;
  const { hedge, touched } = attribution;
  const before = dayOf(state, now);
  const split = splitOf(state, before, end);
  const after = closeInterval(before, next, split);
  const largeMove = revaluedMove(state, before.anchor, end) ?? after.largeMove;
  const { ended } = after;
  attribution.kept = { ...after, largeMove, ended: null };
  attribution.touched = false;
  attribution.version = state.quotes.version;
  attribution.gone.clear();
  attribution.shifts = [];
  turn.fact({
    fact: 'attribution',
    ...dated(turn),
    symbol: state.settings.symbol,
    account: state.account,
    from: before.anchor.ts,
    spotStart: before.anchor.spot,
    spotEnd: end.spot,
    shares: before.anchor.shares,
    orderRef: touched ? hedge : null,
    split,
    hedge: ended,
    kept: attribution.kept,
  });
}

/** The day in progress, or a new one that begins at the previous close. */
function dayOf(state: BookState, now: number): DayAttribution {
  const { kept } = state.attribution;
  const day = newYorkDate(now);
  return kept?.day === day ? kept : beginDay(day, closeAnchor(state, now));
}

function splitOf(state: BookState, { anchor }: DayAttribution, end: Moment): Attribution {
  const known = new Set(anchor.legs.map(({ conId }) => conId));
  const joined = end.legs.some(({ conId }) => !known.has(conId));
  const close = joined ? closeAnchor(state, end.ts) : anchor;
  const { shifts } = state.attribution;
  return attributeSince(anchor, end, close, exDividend(state, anchor, end), shifts);
}

/** USD per share that went ex between the days of two moments. */
function exDividend(state: BookState, start: Anchor, end: Moment): number {
  const [from, until] = [newYorkDate(start.ts), newYorkDate(end.ts)];
  if (from === until) return 0;
  let sum = 0;
  for (const { ex_date, amount } of state.settings.greeks.dividends) {
    const day = ex_date.replaceAll('-', '');
    if (day > from && day <= until) sum += amount;
  }
  return sum;
}

/** The book as it stands; null while its P&L is not known. */
function momentOf(state: BookState, now: number): Moment | null {
  const pnl = pnlOf(state, now);
  const spot = spotOfQuotes(state.quotes);
  if (pnl === null || !(spot > 0)) return null;
  const flows = flowsSince(state.ledger, dayStart(now));
  const { decided } = state.attribution;
  const today = decided.day === newYorkDate(now);
  const { risk_free_rate: rate, dividend_yield: dividendYield } = state.settings.greeks;
  return {
    ts: now,
    spot,
    shares: state.ledger.sums.owned,
    rate,
    dividendYield,
    pnl,
    executionCash: flows.executionCash,
    adjustmentCash: flows.adjustmentCash,
    adjustedShares: flows.adjustmentCash === 0 ? 0 : adjustedShares(state.ledger, dayStart(now)),
    commissions: flows.commissions,
    decidedShares: today ? decided.shares : 0,
    decidedWorth: today ? decided.worth : 0,
    legs: dayLegs(state, now).map((leg) => momentLeg(state, leg, spot, now)),
  };
}

function momentLeg(state: BookState, leg: DayLeg, spot: number, now: number): MomentLeg {
  const { conId, contract, quantity, multiplier, traded, events } = leg;
  const { mark, sigma } =
    contract !== null && Number.isFinite(leg.mark)
      ? { mark: leg.mark, sigma: markSigma(state, contract, { ts: now, spot, mark: leg.mark }) }
      : lastMark(state, leg);
  return {
    conId,
    quantity,
    multiplier,
    mark,
    sigma,
    traded: traded.quantity,
    cost: traded.cost,
    events,
  };
}

/** Of a leg that is gone: as it was seen last, or what it was traded at. */
function lastMark(state: BookState, { conId, traded }: DayLeg): Mark {
  const { gone, kept } = state.attribution;
  const seen = gone.get(conId);
  if (seen !== undefined) return seen;
  const known = kept?.anchor.legs.find((leg) => leg.conId === conId);
  if (known !== undefined) return known;
  return { mark: traded.quantity === 0 ? 0 : traded.cost / traded.quantity, sigma: 0 };
}

/** Entries of a day are few, and most days have no adjustment. */
function adjustedShares({ entries }: Ledger, since: number): number {
  let shares = 0;
  for (let index = entries.length - 1; index >= 0; index -= 1) {
    const entry = entries[index];
    if (entry === undefined || entry.ts < since) break;
    if (entry.adjustment !== null) shares += entry.shares;
  }
  return shares;
}

/** What was filled in this turn, and at which mid that was decided. */
function noteFills(state: BookState, now: number): void {
  const { attribution, intent, ledger } = state;
  const before = attribution.ledger;
  attribution.ledger = ledger;
  if (before !== null && ledger !== before) {
    const orderRef = ledger.entries.at(-1)?.fill?.orderRef;
    const filled = ledger.sums.executionCash !== before.sums.executionCash;
    if (filled) noteFill(state, orderRef, ledger.sums.owned - before.sums.owned, now);
    if (filled || ledger.sums.adjustmentCash !== before.sums.adjustmentCash) {
      attribution.touched = true;
    }
  }
  if (intent === null) {
    const { decisions } = attribution;
    // To clear an empty map makes a new one of it, with every tick.
    if (decisions.size > 0 && !executionOf(state).orderInFlight) decisions.clear();
  } else {
    attribution.decisions.set(intent.orderRef, intent.spot);
  }
}

function noteFill(state: BookState, orderRef: string | undefined, shares: number, now: number) {
  const { attribution } = state;
  if (orderRef === undefined) return;
  attribution.hedge = orderRef;
  const mid = attribution.decisions.get(orderRef);
  if (mid === undefined) return;
  const day = newYorkDate(now);
  const { decided } = attribution;
  const today = decided.day === day ? decided : { shares: 0, worth: 0 };
  attribution.decided = {
    day,
    shares: today.shares + shares,
    worth: today.worth + shares * mid,
  };
}

/** A leg that leaves or changes is still quoted in the turn in which it does. */
function noteLegs(state: BookState, now: number): void {
  const { attribution, legs } = state;
  const before = attribution.legs;
  attribution.legs = legs;
  // What a session before had left at its end is not compared with what this one finds.
  if (before === legs || !state.engine.synced) return;
  const held = new Map(legs.map(({ contract, quantity }) => [contract.conId, quantity]));
  for (const { contract, quantity } of before) {
    noteShift(state, contract, (held.get(contract.conId) ?? 0) - quantity, now);
    held.delete(contract.conId);
  }
  for (const { contract, quantity } of legs) {
    if (held.has(contract.conId)) noteShift(state, contract, quantity, now);
  }
}

function noteShift(state: BookState, contract: OptionContract, change: number, now: number): void {
  const { conId, multiplier } = contract;
  const quote = state.quotes.legs.find((one) => one.conId === conId);
  const spot = spotOfQuotes(state.quotes);
  const mark = quote === undefined ? Number.NaN : legMark(quote);
  if (change === 0 || quote === undefined || !Number.isFinite(mark) || !(spot > 0)) return;
  const { attribution } = state;
  const sigma = markSigma(state, contract, { ts: now, spot, mark });
  if (!state.legs.some((leg) => leg.contract.conId === conId)) {
    attribution.gone.set(conId, { mark, sigma });
  }
  const at = { ts: now, spot, mark, sigma };
  const shift = { conId, quantity: change, multiplier, ts: now, spot };
  const own = { ...shift, state: legState(state, contract, quote, at) };
  attribution.shifts = [...attribution.shifts, own].slice(-SHIFTS_MAX);
}

function reasonOf(state: BookState, now: number): string {
  if (!state.hasQuotes) return 'no quotes yet';
  if (hasPendingShifts(state)) return 'contracts came or went, and it is not known yet how';
  if (termsChanged(state, now)) return 'the terms of a leg changed today';
  if (!(spotOfQuotes(state.quotes) > 0)) return 'the underlying has no price';
  return 'a leg or the underlying has no mark, or no close of the day before';
}
