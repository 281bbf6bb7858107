/**
 * What the account holds, and what of it is this book's: legs join and leave, shares are explained
 * as ours plus foreign, and what nobody explains stops the hedging of this book.
 */

import { dayStart, dte, newYorkDate } from '../../src/domain/calendar.ts';
import type { ContractTerms, OptionContract } from '../../src/domain/contract.ts';
import {
  type LegReview,
  type OptionHolding,
  type OutsiderReason,
  reviewLegs,
} from '../../src/domain/legs.ts';
import { type PositionOutcome, reviewPosition } from '../../src/domain/positions.ts';
import { MAX_LEGS } from '../../src/limits.ts';
import type { BrokerRead, PositionReport } from '../../src/protocol/broker.ts';
import { dated } from '../../src/protocol/dated.ts';
import { ACTORS } from '../../src/protocol/decision.ts';
import { signedShares } from '../../src/protocol/durable.ts';
import type { WatchedBook } from '../../src/protocol/market.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { executionOf, latch, spotOf } from './assess.ts';
import { noteOperation, remember } from './operations.ts';
import { goneMembers, noteShift, resolveShifts } from './option-events.ts';
import { closeOvernight, overnightRest } from './overnight.ts';
import { concerns, countForeign, noteReport } from './reports.ts';
import { type BookState, SETTLE_MS, underlyingOf } from './state.ts';

/** One position as the broker streams it. */
export function takePosition(state: BookState, turn: Turn, position: PositionReport): void {
  if (!concerns(state, position)) return;
  noteReport(state, turn);
  const { contract } = position;
  const before = state.holdings.get(contract.conId)?.quantity ?? 0;
  hold(state, position);
  if (contract.secType === 'OPT') {
    if (state.holdingsKnown) noteShift(state, contract, position.quantity - before);
    reviewBookLegs(state, turn);
  }
  scheduleComparison(turn);
}

/** All positions of a complete read: what is not in it, is not there. */
export function takePositions(state: BookState, turn: Turn, read: BrokerRead): void {
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
    noteShift(state, contract, now - quantity);
  }
  if (state.holdingsKnown) {
    for (const { contract, quantity } of state.holdings.values()) {
      if (!had.has(contract.conId)) noteShift(state, contract, quantity);
    }
  }
  state.holdingsKnown = true;
  reviewBookLegs(state, turn);
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
  remember(state, turn, { clearedAt: turn.at.trading });
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
    comparePositions(state, turn, true);
  }
  watch(state, turn);
}

/** Reports overtake each other: the account is compared when they have settled. */
export function scheduleComparison(turn: Turn): void {
  if (!Number.isFinite(turn.at.trading)) return;
  turn.startTimer('positions', turn.at.trading + SETTLE_MS, 'trading');
}

/** Compares ledger and account. `reread` tells that the account was read again for it. */
export function comparePositions(state: BookState, turn: Turn, reread: boolean): void {
  const outcome = positionOutcome(state, turn, reread);
  // A first look explains by what others traded so far, and only a read tells of that: without it
  // a trade already in the position would be counted again when its execution shows.
  if (outcome.kind !== 'waiting' && state.knownForeign === null && !reread) {
    requestPositions(state, turn);
    return;
  }
  switch (outcome.kind) {
    case 'waiting':
      if (state.accountShares !== null) scheduleComparison(turn);
      return;
    case 'explained':
      explain(state, turn, outcome.foreign);
      return;
    case 'foreign_change':
      explain(state, turn, outcome.to);
      noteOperation(state, turn, 'foreign_change', {
        stateReason: `foreign shares ${outcome.from} → ${outcome.to}${outcome.because ?? ''}`,
      });
      return;
    case 'reread':
      state.doubted = true;
      requestPositions(state, turn);
      return;
    case 'position_break':
    case 'ownership_unconfirmed':
      noteCompared(state);
      latch(state, turn, outcome.kind, outcome.reason);
      return;
  }
}

/** Judged, for good or ill: until then no hedge goes out on shares that may be others'. */
function noteCompared(state: BookState): void {
  if (state.compared) return;
  state.compared = true;
  state.redeliver = true;
}

function explain(state: BookState, turn: Turn, foreign: number): void {
  noteCompared(state);
  state.knownForeign = foreign;
  state.foreignSince = 0;
  state.doubted = false;
  closeOvernight(state, turn);
  const foreignSeen = foreignToday(state, turn);
  const { memory } = state;
  const sameDay = memory.foreignSeen.day === foreignSeen.day;
  const same = sameDay && sameExecutions(memory.foreignSeen.executions, foreignSeen.executions);
  if (memory.knownForeign === foreign && same) return;
  remember(state, turn, { knownForeign: foreign, foreignSeen });
}

type ForeignSeen = BookState['memory']['foreignSeen'];

/** Of one day, at most; far more trades by hand than there are in a day. */
const FOREIGN_SEEN_MAX = 500;

/** The trades of others in the underlying today: they are in the foreign shares of now. */
function foreignToday(state: BookState, turn: Turn): ForeignSeen {
  const day = newYorkDate(turn.at.trading);
  const since = dayStart(turn.at.trading);
  const conId = underlyingOf(state)?.conId;
  const executions = [...state.foreignExecutions.values()].flatMap((one) => {
    if (one.contract.conId !== conId || one.ts < since) return [];
    const { execBase, revision } = one;
    return [{ execBase, revision, shares: signedShares(one) }];
  });
  return { day, executions: executions.slice(-FOREIGN_SEEN_MAX) };
}

function sameExecutions(one: ForeignSeen['executions'], other: ForeignSeen['executions']): boolean {
  if (one.length !== other.length) return false;
  return one.every(({ execBase, revision }, index) => {
    return other[index]?.execBase === execBase && other[index]?.revision === revision;
  });
}

/** What the account says of the ledger now; option events are told apart once it was read again. */
export function positionOutcome(state: BookState, turn: Turn, reread: boolean): PositionOutcome {
  // Before the contract is known nobody can say which shares and executions are of it.
  if (underlyingOf(state) === null) return { kind: 'waiting' };
  // A read may be older than a fill that overtook it, and positions follow fills by seconds.
  const since = reread ? state.filledAt : state.reportedAt;
  const settled = !executionOf(state).orderInFlight && turn.at.trading - since >= SETTLE_MS;
  if (settled && state.shifts.size > 0 && !reread) return { kind: 'reread', from: 0, to: 0 };
  const optionEvents = settled ? resolveShifts(state, turn) : 0;
  const owned = state.ledger.sums.owned;
  return reviewPosition({
    owned,
    accountShares: state.accountShares,
    knownForeign: state.knownForeign,
    lastForeign: state.memory.knownForeign,
    lastForeignToday: state.memory.foreignSeen.day === newYorkDate(turn.at.trading),
    settled,
    hasLegs: state.legs.length > 0 || state.holdings.size > 0,
    ledgerKnown: state.ledger.entries.length > 0,
    foreignExecutions: state.foreignSince,
    optionEvents,
    unknownOwnExecId: [...state.unknownOwn.values()][0] ?? null,
    unresolvedRest: overnightRest(state),
    doubted: state.doubted,
    reread,
  });
}

/** A read for comparison only; its id tells it from a read of the hedge machine. */
export function comparisonReadId(state: BookState): string {
  return `book:${state.settings.symbol}#positions`;
}

/** Asks for one. */
export function requestPositions(state: BookState, turn: Turn): void {
  const readId = comparisonReadId(state);
  state.comparing = true;
  turn.send(ACTORS.broker, { type: 'read', readId, deadlineMs: SETTLE_MS });
}
