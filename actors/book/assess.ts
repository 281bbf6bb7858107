/**
 * The assessment of a book in its turn: gathers what may be looked at, and brings what was found
 * to the machines until nothing moves any more. The last assessment is thus delivered again after
 * every transition, and a state that the inputs should leave is left.
 */

import assert from 'node:assert/strict';
import { type Assessment, assess, type Explanation, explain } from '../../src/domain/assessment.ts';
import type {
  AssessmentInput,
  DegradedReason,
  EngineView,
  ExecutionView,
} from '../../src/domain/assessment-input.ts';
import { spotOfQuotes } from '../../src/domain/book-quotes.ts';
import { dayStart, newYorkDate } from '../../src/domain/calendar.ts';
import type { LatchedCause } from '../../src/domain/causes.ts';
import { flowsSince } from '../../src/domain/ledger.ts';
import { hoursDiffer } from '../../src/domain/liquid-hours.ts';
import type { OrderTestView } from '../../src/domain/order-test.ts';
import { bookBand } from '../../src/pricing/policies/book-band.ts';
import { dated } from '../../src/protocol/dated.ts';
import { ACTORS } from '../../src/protocol/decision.ts';
import { CLOCK_SKEW_MS } from '../../src/runtime/trading-clock.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { noteGates } from './gate-times.ts';
import { accountRiskOf, lossBaseOf, pnlOf, pnlSinceBase } from './money.ts';
import { noteOperation } from './operations.ts';
import { hasPendingShifts } from './option-events.ts';
import type { BookState } from './state.ts';

/** Reasons for which the engine as a whole is degraded: scope and effect, as documented. */
const DEGRADED_EFFECTS: Readonly<Record<string, Omit<DegradedReason, 'reason'>>> = {
  market_data_lost: { blocksHedge: true, blocksFlatten: true },
  market_data_restarting: { blocksHedge: true, blocksFlatten: true },
  greeks_restarting: { blocksHedge: true, blocksFlatten: true },
  persistence_restarting: { blocksHedge: false, blocksFlatten: false },
  sink_unavailable: { blocksHedge: false, blocksFlatten: false },
  journal_unwritable: { blocksHedge: true, blocksFlatten: true },
  disk_low: { blocksHedge: false, blocksFlatten: false },
  // What could not be written down must not be done: it stops before the disk is full.
  disk_full: { blocksHedge: true, blocksFlatten: true },
  // What is recorded is for later: no decision reads it.
  recorder_failed: { blocksHedge: false, blocksFlatten: false },
  // Its quotes go stale by themselves, and then they block; other farms' quotes may be well.
  farm_down: { blocksHedge: false, blocksFlatten: false },
  clock_skew: { blocksHedge: true, blocksFlatten: false },
};

/** Hedge states in which something of ours may be alive, or its fate is not known. */
const IN_FLIGHT = new Set([
  'SEND',
  'WAIT_ACK',
  'WORKING',
  'PARTIAL',
  'REPRICE',
  'CANCEL',
  'RECOVER',
]);

/** The order of the hedge machine may live. */
export function isWorked(state: BookState): boolean {
  const value = hedgeValue(state);
  return IN_FLIGHT.has(value) || (value === 'FAIL' && !state.hedge.context.terminal);
}

/** Shares that the order of the open intent may still trade. */
function restOf({ hedge }: BookState, intended: number): number {
  const { order, filled } = hedge.context;
  return Math.max(0, (order?.quantity ?? Math.abs(intended)) - filled);
}

/** The E dimension without the broker's part, from the hedge machine's state. */
export function executionOf(state: BookState): ExecutionView {
  const value = hedgeValue(state);
  const left = state.recovered.length + state.strays.length > 0;
  const orderInFlight = IN_FLIGHT.has(value) || left;
  const intent = state.intent && {
    side: state.intent.quantity > 0 ? ('BUY' as const) : ('SELL' as const),
    ownedAtStart: state.intent.ownedAtStart,
    rest: restOf(state, state.intent.quantity),
  };
  if (value === 'FAIL') {
    return { class: 'E4', orderInFlight: !state.hedge.context.terminal, intent };
  }
  if (value === 'PARTIAL') return { class: 'E2', orderInFlight, intent };
  const idle = value === 'EXEC_IDLE' || value === 'FILLED';
  return { class: idle ? 'E0' : 'E1', orderInFlight, intent };
}

/** Where the hedge machine of the book is, by the name of its state. */
export function hedgeValue(state: BookState): string {
  return String(state.hedge.value);
}

/** Where its trading machine is. */
export function tradingValue(state: BookState): string {
  return String(state.trading.value);
}

/** Of the engine, and the book's own: its two connections must agree about the time. */
export function degradedOf(state: BookState, now: number): readonly DegradedReason[] {
  const ahead = state.hasQuotes && state.quotes.tradingTs - now > CLOCK_SKEW_MS;
  const reasons = ahead ? [...state.engine.degraded, 'clock_skew'] : state.engine.degraded;
  return reasons.map((reason) => ({
    reason,
    ...(DEGRADED_EFFECTS[reason] ?? { blocksHedge: true, blocksFlatten: true }),
  }));
}

/** The engine as this book sees it. */
function engineViewOf(state: BookState, now: number): EngineView {
  const { engine } = state;
  return {
    stopping: engine.stopping,
    standby: engine.standby,
    synced: engine.synced,
    compared: state.compared,
    brokerDown: !engine.brokerUp,
    suspended: engine.suspended || engine.flattening || state.suspended,
    degraded: degradedOf(state, now),
    leaseHeld: engine.leaseHeld,
    orderTest: orderTestOf(state),
    calendarMismatch: Number.isFinite(now) && hoursDiffer(state.terms, newYorkDate(now)),
  };
}

/** Whether the broker takes orders of this book, as far as it has said. */
export function orderTestOf(state: BookState): OrderTestView {
  return state.orderTest ?? { outcome: 'not_tested', message: '' };
}

/** Mid of the underlying, else its last price. */
export function spotOf(state: BookState): number {
  return spotOfQuotes(state.quotes);
}

function assessmentInput(state: BookState, turn: Pick<Turn, 'at'>): AssessmentInput {
  const now = turn.at.trading;
  const pnl = pnlOf(state, now);
  const limited = pnl ?? pnlSinceBase(state, now);
  return {
    now,
    settings: state.settings,
    quotes: state.hasQuotes ? state.quotes : null,
    watchedSince: state.watchedSince,
    legs: state.legs,
    legsChangedAt: state.legsChangedAt,
    legsUnexplained: hasPendingShifts(state),
    optionOrderSince: state.optionOrders.size > 0 ? Math.max(...state.optionOrders.values()) : null,
    owned: state.ledger.sums.owned,
    memory: state.memory,
    execution: executionOf(state),
    engine: engineViewOf(state, now),
    latched: [...state.latches.keys()],
    probe: state.probe,
    dailyPnl: limited,
    pnlSince: pnl === null ? (lossBaseOf(state, now)?.ts ?? null) : null,
    dailyCommissions: commissionsOf(state, now),
    account: accountRiskOf(state, now, limited),
    haltedUntil: state.haltedUntil,
    bandOf: bookBand,
    priceIncrements: state.terms?.priceIncrements ?? [],
    previousO: state.assessment?.space.O ?? null,
  };
}

function commissionsOf(state: BookState, now: number): number {
  return flowsSince(state.ledger, dayStart(now)).commissions;
}

/** Every gate with its numbers and the reason in words, for people. */
export function explainBook(state: BookState, at: Turn['at'], asked?: 'hedge_now'): Explanation {
  const explanation = explain(assessmentInput(state, { at }), asked);
  const isHeld = tradingValue(state) === 'SAFE' && explanation.assessment.causes.length === 0;
  if (!isHeld) return explanation;
  // The cause is gone, and every gate may be open: nothing goes out before the hold is over.
  const { safe_hold_seconds: hold_s } = state.settings.gates.state;
  return { ...explanation, why: { code: 'safe_hold', hold_s } };
}

/** Deliveries in one turn before it counts as a loop; three machines need a handful. */
const ROUNDS_MAX = 50;

/**
 * Assesses and delivers until neither machine moves. An assessment equal to the one before is
 * delivered again only when a machine or the engine moved in between.
 */
export function settle(
  state: BookState,
  turn: Turn,
  deliver: (assessment: Assessment) => void,
): void {
  if (!Number.isFinite(turn.at.trading)) return;
  for (let round = 0; ; round += 1) {
    assert(round < ROUNDS_MAX, `book ${state.settings.symbol} does not settle`);
    const assessment = assess(assessmentInput(state, turn));
    const same = state.assessment?.signature === assessment.signature;
    if (!same && state.assessment !== null) {
      noteGates(state.gateTimes, state.assessment.blocked, assessment.blocked, turn.at.trading);
    }
    state.assessment = assessment;
    if (assessment.needProbe) askProbe(state, turn);
    if (same && !state.redeliver) break;
    state.redeliver = false;
    deliver(assessment);
  }
  scheduleNext(state, turn);
}

function askProbe(state: BookState, turn: Turn): void {
  state.probe = { ...state.probe, askedAt: turn.at.trading };
  turn.send(ACTORS.market, { type: 'probe', symbol: state.settings.symbol });
  turn.startTimer('probe', turn.at.mono + PROBE_DEADLINE_MS, 'mono');
}

/** IB answers a snapshot within two seconds, or the line is dead. */
const PROBE_DEADLINE_MS = 2500;

/**
 * One timer stands no later than the earliest time at which unchanged inputs would give another
 * verdict. When that time moves away, as it does with every tick, the timer is left: it elapses
 * early, the book is assessed again, and only then it is set anew.
 */
function scheduleNext(state: BookState, turn: Turn): void {
  const due = state.assessment?.validUntil ?? Number.POSITIVE_INFINITY;
  if (due >= state.assessTimer) return;
  state.assessTimer = due;
  turn.startTimer('assess', due, 'trading');
}

/** With `force_only` the loss limit closes a gate, which D3 passes, and does not halt the book. */
export function haltingLatches(state: BookState): readonly LatchedCause[] {
  const forceOnly = state.settings.gates.guard.risk.on_daily_loss === 'force_only';
  return [...state.latches.keys()].filter((cause) => cause !== 'daily_loss_limit' || !forceOnly);
}

/** A latch is set once, with its reason; only an operator takes it away. */
export function latch(state: BookState, turn: Turn, cause: LatchedCause, reason: string): void {
  if (state.latches.has(cause)) return;
  state.latches.set(cause, reason);
  const { symbol } = state.settings;
  turn.fact({
    fact: 'latch',
    ...dated(turn),
    symbol,
    account: state.account,
    cause,
    set: true,
    reason,
  });
  noteOperation(state, turn, 'alert', { stateReason: `${cause}: ${reason}` });
}
