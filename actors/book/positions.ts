/** What the account holds, and which of its options are this book's legs: they join and leave. */

import { dte, newYorkDate } from '../../src/domain/calendar.ts';
import type { ContractTerms, OptionContract } from '../../src/domain/contract.ts';
import {
  type LegReview,
  type OptionHolding,
  type OutsiderReason,
  reviewLegs,
} from '../../src/domain/legs.ts';
import { MAX_LEGS } from '../../src/limits.ts';
import type { BrokerRead, PositionReport } from '../../src/protocol/broker.ts';
import { dated } from '../../src/protocol/dated.ts';
import { ACTORS } from '../../src/protocol/decision.ts';
import type { WatchedBook } from '../../src/protocol/market.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { latch, spotOf } from './assess.ts';
import { comparePositions, scheduleComparison } from './comparison.ts';
import { remember } from './operations.ts';
import { goneMembers, noteShift } from './option-events.ts';
import { concerns, countForeign, noteReport } from './reports.ts';
import { type BookState, underlyingOf } from './state.ts';

/** One position as the broker streams it. */
export function takePosition(state: BookState, turn: Turn, position: PositionReport): void {
  if (!concerns(state, position)) return;
  noteReport(state, turn);
  const { contract } = position;
  const before = state.holdings.get(contract.conId)?.quantity ?? 0;
  hold(state, position);
  if (contract.secType === 'OPT') {
    if (state.holdingsKnown) noteShift(state, turn, contract, position.quantity - before);
    reviewBookLegs(state, turn);
  }
  scheduleComparison(state, turn);
}

/** All positions of a complete read: what is not in it, is not there. True where it is news. */
export function takePositions(state: BookState, turn: Turn, read: BrokerRead): boolean {
  const knew = positionsText(state);
  // What a session before left as legs is what this one compares with at first.
  const before = state.holdingsKnown ? [...state.holdings.values()] : state.legs;
  const had = new Map(before.map((one) => [one.contract.conId, one]));
  state.holdings = new Map();
  state.stocks.clear();
  state.accountShares = 0;
  for (const position of read.positions) {
    if (concerns(state, position)) hold(state, position);
  }
  for (const { contract, quantity } of had.values()) {
    const now = state.holdings.get(contract.conId)?.quantity ?? 0;
    noteShift(state, turn, contract, now - quantity);
  }
  if (state.holdingsKnown) {
    for (const { contract, quantity } of state.holdings.values()) {
      if (!had.has(contract.conId)) noteShift(state, turn, contract, quantity);
    }
  }
  state.holdingsKnown = true;
  reviewBookLegs(state, turn);
  return positionsText(state) !== knew;
}

function positionsText({ stocks, holdings, holdingsKnown }: BookState): string {
  const shares = [...stocks].filter(([, quantity]) => quantity !== 0);
  const options = [...holdings.values()].map(({ contract, quantity }) => [
    contract.conId,
    quantity,
  ]);
  return JSON.stringify([holdingsKnown, shares.toSorted(byId), options.toSorted(byId)]);
}

function byId([one = 0]: readonly number[], [other = 0]: readonly number[]): number {
  return one - other;
}

function hold(state: BookState, position: PositionReport): void {
  const { contract, quantity } = position;
  if (contract.secType === 'STK') {
    state.stocks.set(contract.conId, quantity);
    state.accountShares = sharesOf(state);
    return;
  }
  const holding: OptionHolding = { contract, quantity };
  if (quantity === 0) state.holdings.delete(contract.conId);
  else state.holdings.set(contract.conId, holding);
}

/** Of the underlying; null while it is not known which of several contracts that is. */
function sharesOf({ stocks, terms }: BookState): number | null {
  if (terms?.contract.secType === 'STK') return stocks.get(terms.contract.conId) ?? 0;
  return stocks.size > 1 ? null : ([...stocks.values()][0] ?? 0);
}

/** Who belongs to the book now; told to the market-data and greeks actors when it changed. */
export function reviewBookLegs(state: BookState, turn: Turn): void {
  if (!state.engine.synced && state.accountShares === null) return;
  const structure = state.settings.gates.strategy.structure;
  const review = reviewLegs(state.legs, [...state.holdings.values()], {
    now: turn.at.trading,
    structure,
    symbol: state.settings.symbol,
    underlyingConId: underlyingOf(state)?.conId ?? 0,
    spot: spotOf(state),
    confirmed: new Set([...structure.include, ...decided(state, 'confirmed')]),
    excluded: new Set([...structure.exclude, ...decided(state, 'excluded')]),
    gone: goneMembers(state),
  });
  state.legsDay = Number.isFinite(turn.at.trading) ? newYorkDate(turn.at.trading) : '';
  state.legsReviewedAt = turn.at.trading;
  state.outsiders = review.outsiders;
  for (const { contract } of review.altered) noteAltered(state, turn, contract);
  const { joined, left, changed } = review;
  if (joined.length + left.length + changed.length === 0) {
    watch(state, turn);
    return;
  }
  if (left.length + changed.length > 0) noteGone(state, turn, review);
  state.legs = review.legs;
  state.legsChangedAt = turn.at.trading;
  const { symbol } = state.settings;
  const { account } = state;
  const base = { fact: 'leg', ...dated(turn), symbol, account } as const;
  for (const leg of joined) {
    const { contract, quantity } = leg;
    turn.fact({ ...base, contract, change: 'joined', quantity, leg, reason: 'position' });
  }
  for (const { leg, reason } of left) {
    turn.fact({ ...base, contract: leg.contract, change: 'left', quantity: 0, leg, reason });
  }
  for (const { leg, from } of changed) {
    const { contract, quantity } = leg;
    turn.fact({ ...base, contract, change: 'quantity', quantity, leg, reason: `from ${from}` });
  }
  remember(state, turn, { clearedAt: turn.at.trading, legsChangedAt: turn.at.trading });
  watch(state, turn);
}

/** Contracts, strikes and prices of before are no measure of those of now. */
function noteAltered(state: BookState, turn: Turn, contract: OptionContract): void {
  const reason = `the terms of ${contract.localSymbol || contract.conId} changed`;
  latch(state, turn, 'corporate_action', reason);
  const termsChangedOn = newYorkDate(turn.at.trading);
  if (state.memory.termsChangedOn !== termsChangedOn) {
    // What was counted so far was of the old terms too.
    remember(state, turn, { termsChangedOn, lossBase: null });
  }
}

/** The close they had is gone with their quotes, and the day's P&L still needs it. */
function noteGone(state: BookState, turn: Turn, { left, changed }: LegReview): void {
  const day = newYorkDate(turn.at.trading);
  const today = state.memory.goneLegs.filter((one) => one.day === day);
  const gone = [...left.filter(({ reason }) => reason === 'position_gone'), ...changed];
  for (const { leg } of gone) {
    const { conId, multiplier } = leg.contract;
    if (today.some((one) => one.conId === conId)) continue;
    const close = state.quotes.legs.find((quote) => quote.conId === conId)?.close ?? Number.NaN;
    const previousClose = Number.isFinite(close) ? close : null;
    today.push({ day, conId, multiplier, previousClose, events: 0 });
  }
  remember(state, turn, { goneLegs: today });
}

function decided(state: BookState, decision: 'confirmed' | 'excluded'): readonly number[] {
  return [...state.membership].filter(([, word]) => word === decision).map(([conId]) => conId);
}

/** Says what this book needs watched and priced; the daemon passes the whole list on. */
export function watch(state: BookState, turn: Turn): void {
  const underlying = underlyingOf(state);
  if (underlying === null) return;
  const legs = watchedContracts(state, turn.at.trading);
  const { greeks, gates } = state.settings;
  const { iv_max_age_s: ivMaxAgeS } = gates.state;
  const { vol_window_min: volWindowMin, vol_estimator: volEstimator } = gates.state.market;
  const ids = legs.map(({ conId }) => conId);
  const key = JSON.stringify([ids, greeks, volWindowMin, volEstimator, ivMaxAgeS]);
  if (key === state.watchedIds) return;
  state.watchedIds = key;
  if (state.watchedSince === null) state.watchedSince = turn.at.trading;
  const book: WatchedBook = {
    symbol: state.settings.symbol,
    slot: state.book.slot,
    underlying,
    legs,
    greeks,
    volWindowMin,
    volEstimator,
    ivMaxAgeS,
  };
  turn.send(ACTORS.daemon, { type: 'book.watch', watch: book });
}

/** Members first, in their order; then whatever else of the underlying's options is held. */
function watchedContracts(state: BookState, now: number): readonly OptionContract[] {
  const others = state.outsiders
    .map(({ holding }) => holding.contract)
    .filter((contract) => !Number.isFinite(now) || dte(contract.expiry, now) >= 0);
  return [...state.legs.map((leg) => leg.contract), ...others].slice(0, MAX_LEGS);
}

/**
 * Spot and time let options in: those outside are looked at again when the day changes, and once a
 * second while only a price keeps them out (or, with strict selection, a member in).
 */
export function reviewDrift(state: BookState, turn: Turn): void {
  const now = turn.at.trading;
  if (!Number.isFinite(now) || state.legsDay === '') return;
  const strict = state.settings.gates.strategy.structure.selection === 'strict';
  const priced = strict || state.outsiders.some(({ reason }) => BY_PRICE.has(reason));
  const due = state.legsReviewedAt + DRIFT_MS;
  if ((priced && now >= due) || newYorkDate(now) !== state.legsDay) {
    reviewBookLegs(state, turn);
  } else if (priced && !state.legsTimer) {
    // A price that came too soon after the last look may be the last one for a while.
    state.legsTimer = true;
    turn.startTimer('legs', due, 'trading');
  }
}

const DRIFT_MS = 1000;
const BY_PRICE: ReadonlySet<OutsiderReason> = new Set(['outside_atm_band', 'spot_unknown']);

/** Who the underlying is. Nothing can be watched before that is known. */
export function takeTerms(state: BookState, turn: Turn, terms: ContractTerms): void {
  const { contract } = terms;
  if (contract.secType !== 'STK' || contract.symbol !== state.settings.symbol) return;
  const first = state.terms === null;
  state.terms = terms;
  if (!first) return;
  // What came before is looked at again: now it is known which of it is this book's.
  for (const execution of state.foreignExecutions.values()) countForeign(state, turn, execution);
  if (state.accountShares !== null || state.stocks.size > 0) {
    state.accountShares = sharesOf(state);
    reviewBookLegs(state, turn);
    comparePositions(state, turn);
  }
  watch(state, turn);
}
