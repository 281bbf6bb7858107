/**
 * What the account holds, and what of it is this book's: legs join and leave, shares are explained
 * as ours plus foreign, and what nobody explains stops the hedging of this book.
 */

import type { ContractTerms } from '../../src/domain/contract.ts';
import { type OptionHolding, reviewLegs } from '../../src/domain/legs.ts';
import { reviewPosition } from '../../src/domain/positions.ts';
import type { BrokerRead, PositionReport } from '../../src/protocol/broker.ts';
import { ACTORS } from '../../src/protocol/decision.ts';
import type { WatchedBook } from '../../src/protocol/market.ts';
import type { Turn } from '../../src/runtime/kernel.ts';
import { executionOf, latch, spotOf } from './assess.ts';
import { noteOperation, remember } from './operations.ts';
import { concerns } from './reports.ts';
import { type BookState, dated, SETTLE_MS, underlyingOf } from './state.ts';

/** One position as the broker streams it. */
export function takePosition(state: BookState, turn: Turn, position: PositionReport): void {
  if (!concerns(state, position)) return;
  state.lastReportMono = turn.at.mono;
  hold(state, position);
  if (position.contract.secType === 'OPT') reviewBookLegs(state, turn);
  scheduleComparison(state, turn);
}

/** All positions of a complete read: what is not in it, is not there. */
export function takePositions(state: BookState, turn: Turn, read: BrokerRead): void {
  state.holdings = new Map();
  state.stocks.clear();
  state.accountShares = 0;
  for (const position of read.positions) {
    if (concerns(state, position)) hold(state, position);
  }
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
  });
  state.outsiders = review.outsiders;
  for (const leg of review.altered) {
    latch(state, turn, 'corporate_action', `the terms of ${leg.contract.localSymbol} changed`);
  }
  const { joined, left, changed } = review;
  if (joined.length + left.length + changed.length === 0) return;
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

function decided(state: BookState, decision: 'confirmed' | 'excluded'): readonly number[] {
  return [...state.membership].filter(([, word]) => word === decision).map(([conId]) => conId);
}

/** Says what this book needs watched and priced; the daemon passes the whole list on. */
export function watch(state: BookState, turn: Turn): void {
  const underlying = underlyingOf(state);
  if (underlying === null) return;
  if (state.watchedSince === null) state.watchedSince = turn.at.trading;
  const book: WatchedBook = {
    symbol: state.settings.symbol,
    slot: state.book.slot,
    underlying,
    legs: state.legs.map((leg) => leg.contract),
    greeks: state.settings.greeks,
    volWindowMin: state.settings.gates.state.market.vol_window_min,
    ivMaxAgeS: state.settings.gates.state.iv_max_age_s,
  };
  turn.send(ACTORS.daemon, { type: 'book.watch', watch: book });
}

/** Who the underlying is. Nothing can be watched before that is known. */
export function takeTerms(state: BookState, turn: Turn, terms: ContractTerms): void {
  const { contract } = terms;
  if (contract.secType !== 'STK' || contract.symbol !== state.settings.symbol) return;
  const first = state.terms === null;
  state.terms = terms;
  if (!first) return;
  // Positions that came before are looked at again: now it is known which of them are this book's.
  if (state.accountShares !== null || state.stocks.size > 0) {
    state.accountShares = sharesOf(state);
    reviewBookLegs(state, turn);
    scheduleComparison(state, turn);
  }
  watch(state, turn);
}

/** Reports overtake each other: the account is compared when they have settled. */
export function scheduleComparison(_state: BookState, turn: Turn): void {
  turn.startTimer('positions', turn.at.mono + SETTLE_MS, 'mono');
}

/** Compares ledger and account. `reread` tells that the account was read again for it. */
export function comparePositions(state: BookState, turn: Turn, reread: boolean): void {
  const owned = state.ledger.sums.owned;
  const outcome = reviewPosition({
    owned,
    accountShares: state.accountShares,
    knownForeign: state.knownForeign,
    settled:
      !executionOf(state).orderInFlight &&
      (reread || turn.at.mono - state.lastReportMono >= SETTLE_MS),
    hasLegs: state.legs.length > 0 || state.holdings.size > 0,
    ledgerKnown: state.ledger.entries.length > 0,
    foreignExecutions: state.foreignSince,
    optionEvents: 0,
    unknownOwnExecId: state.unknownOwnExecId,
    unresolvedRest: 0,
    reread,
  });
  switch (outcome.kind) {
    case 'waiting':
      if (state.accountShares !== null) scheduleComparison(state, turn);
      return;
    case 'explained':
      // A first look explains by what others traded so far, and only a read tells of that: without
      // it a trade already in the position would be counted again when its execution shows.
      if (state.knownForeign === null && !reread) {
        requestPositions(state, turn);
        return;
      }
      state.knownForeign = outcome.foreign;
      state.foreignSince = 0;
      return;
    case 'foreign_change':
      state.knownForeign = outcome.to;
      state.foreignSince = 0;
      noteOperation(state, turn, 'foreign_change', {
        stateReason: `foreign shares ${outcome.from} → ${outcome.to}`,
      });
      return;
    case 'reread':
      requestPositions(state, turn);
      return;
    case 'position_break':
    case 'ownership_unconfirmed':
      latch(state, turn, outcome.kind, outcome.reason);
      return;
  }
}

/** A read for comparison only; its id tells it from a read of the hedge machine. */
export function comparisonReadId(state: BookState): string {
  return `book:${state.settings.symbol}#positions`;
}

/** Asks for one. */
export function requestPositions(state: BookState, turn: Turn): void {
  const readId = comparisonReadId(state);
  turn.send(ACTORS.broker, { type: 'read', readId, deadlineMs: SETTLE_MS });
}
