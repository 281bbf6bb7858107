/** What each input of a book changes, before its machines and its assessment hear of it. */

import type { HedgeTimer } from '../../machines/hedge.ts';
import { BOOK, readBookRecord } from '../../src/protocol/book-board.ts';
import type { BrokerRead, BrokerReport } from '../../src/protocol/broker.ts';
import { dated } from '../../src/protocol/dated.ts';
import type { EngineState } from '../../src/protocol/decision.ts';
import type { MarketReport } from '../../src/protocol/market.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { takeAccount } from './account-read.ts';
import { comparePositions, scheduleComparison } from './comparison.ts';
import { tell, tellTrading } from './dispatch.ts';
import { askAccount, askDue, comparisonReadId, endAsked, forgetEvidence } from './evidence.ts';
import { endFlatten, noteReread } from './flatten.ts';
import { resolveLeftovers, retryLeftovers, tellsOfStray } from './leftovers.ts';
import { noteOperation, remember } from './operations.ts';
import { reviewBookLegs, reviewDrift, takePosition, takeTerms } from './positions.ts';
import {
  concerns,
  takeCommission,
  takeExecution,
  takeOrder,
  takeOrderError,
  takeRead,
} from './reports.ts';
import type { BookState } from './state.ts';

/** A record of the board. */
export function takeEvaluation(state: BookState, record: Float64Array, turn: Turn): void {
  const mono = state.config.lockStep ? (record[BOOK.recvMono] ?? 0) : turn.at.mono;
  const first = !state.hasQuotes;
  readBookRecord(record, mono, state.quotes);
  state.hasQuotes = true;
  // Options join by their distance from spot, so the first price may let them in.
  if (first) reviewBookLegs(state, turn);
  else reviewDrift(state, turn);
}

/** How the engine around the book is now. */
export function takeEngine(state: BookState, engine: EngineState, turn: Turn): void {
  const before = state.engine;
  state.engine = engine;
  state.redeliver = true;
  // A sync that begins anew is an outage too: what happened before it has to be read first.
  const unsynced = before.synced && !engine.synced && !engine.stopping;
  if (unsynced || (before.brokerUp && !engine.brokerUp)) {
    tell(state, { type: 'broker.lost' });
    state.readId = null;
    forgetEvidence(state, turn);
    state.orderTest = null;
  }
  if (!before.stopping && engine.stopping) tell(state, { type: 'STOPPING' });
  if (before.flattening && !engine.flattening) {
    const lost = engine.stopping ? 'the daemon stops' : 'the broker is lost';
    endFlatten(state, turn, engine.synced ? 'it was called off' : lost);
  }
  const resumed = before.suspended && !engine.suspended;
  if (resumed && engine.synced) remember(state, turn, { clearedAt: turn.at.trading });
  if (!before.marketUp && engine.marketUp && state.watchedSince !== null) {
    state.watchedSince = turn.at.trading;
  }
}

/** What the broker says. */
export function takeReport(state: BookState, report: BrokerReport, turn: Turn): void {
  switch (report.type) {
    case 'order.report':
      takeOrder(state, turn, report.order);
      if (tellsOfStray(state, report.order)) askAccount(state, turn);
      break;
    case 'order.error':
      takeOrderError(state, turn, report);
      break;
    case 'execution':
      takeExecution(state, turn, report.execution);
      if (concerns(state, report.execution)) scheduleComparison(state, turn);
      break;
    case 'commission':
      takeCommission(state, turn, report.commission);
      break;
    case 'position':
      takePosition(state, turn, report.position);
      break;
    case 'contract.terms':
      takeTerms(state, turn, report.terms);
      break;
    case 'read.done':
      takeReadDone(state, report.readId, report.read, turn);
      break;
    case 'read.failed':
      if (report.readId === state.readId) tell(state, { type: 'read.failed' });
      else if (isOut(state, report.readId)) {
        endAsked(state, turn);
        noteReread(state, false);
        retryLeftovers(state, turn);
        scheduleComparison(state, turn);
      }
      break;
    default:
      break;
  }
}

function takeReadDone(state: BookState, readId: string, read: BrokerRead, turn: Turn): void {
  const { out, hedgeRead } = state.evidence;
  if (isOut(state, readId)) {
    takeAccount(state, turn, read, out);
    resolveLeftovers(state, turn, read);
    endAsked(state, turn);
    noteReread(state, true);
    comparePositions(state, turn);
  } else if (readId === state.readId) {
    takeAccount(state, turn, read, hedgeRead);
    takeRead(state, turn, read);
  } else {
    takeAccount(state, turn, read, null);
  }
}

function isOut(state: BookState, readId: string): boolean {
  return state.evidence.out !== null && readId === comparisonReadId(state);
}

/** What the market-data side says of this book. */
export function takeMarket(state: BookState, report: MarketReport, turn: Turn): void {
  if (report.type !== 'market.probed') return;
  const now = turn.at.trading;
  turn.cancelTimer('probe');
  state.probe = report.answered
    ? { ...state.probe, answeredAt: now, failedAt: null }
    : { ...state.probe, failedAt: now };
  state.redeliver = true;
}

/** A timer of the book or of its machines elapsed. */
export function takeTimer(state: BookState, name: string, turn: Turn): void {
  if (name === 'assess') {
    state.assessTimer = Number.POSITIVE_INFINITY;
    reviewDrift(state, turn);
  } else if (name === 'alerts') {
    state.alerts.dueAt = Number.POSITIVE_INFINITY;
    state.alerts.key = '';
  } else if (name === 'legs') {
    state.legsTimer = false;
    reviewDrift(state, turn);
  } else if (name === 'denied') {
    state.denied = false;
    state.redeliver = true;
  } else if (name === 'flatten') {
    endFlatten(state, turn, 'its time is over');
  } else if (name === 'positions') {
    comparePositions(state, turn);
  } else if (name === 'account') {
    askDue(state, turn);
  } else if (name === 'leftovers') {
    if (state.leftovers.size > 0) askAccount(state, turn);
  } else if (name === 'probe') {
    state.probe = { ...state.probe, failedAt: turn.at.trading };
  } else if (name === 'safe_hold') {
    tellTrading(state, { type: 'timer.elapsed', name: 'safe_hold' });
  } else if (name.startsWith('hedge.')) {
    tell(state, {
      type: 'timer.elapsed',
      name: name.slice('hedge.'.length) as HedgeTimer,
      mayReprice: mayReprice(state),
    });
  }
}

function mayReprice(state: BookState): boolean {
  const { max_reprices } = state.settings.order;
  const fresh = state.assessment !== null && !state.assessment.causes.includes('data_stale');
  return state.hedge.context.reprices < max_reprices && fresh && state.engine.brokerUp;
}

/** The book alone is suspended, or resumed. */
export function takeSuspend(
  state: BookState,
  suspended: boolean,
  origin: string,
  turn: Turn,
): void {
  if (suspended) endFlatten(state, turn, `suspended by ${origin}`);
  if (state.suspended === suspended) return;
  state.suspended = suspended;
  state.redeliver = true;
  const { symbol } = state.settings;
  turn.fact({ fact: 'suspended', ...dated(turn), symbol, suspended, origin });
  noteOperation(state, turn, 'control', {
    stateReason: `${suspended ? 'suspended' : 'resumed'} by ${origin}`,
  });
  if (!suspended) remember(state, turn, { clearedAt: turn.at.trading });
}
