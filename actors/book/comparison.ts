/**
 * The comparison of the ledger with the account: shares are explained as ours plus foreign, and
 * what nobody explains stops the hedging of this book. A verdict against the book needs evidence:
 * an account that was read again, after the last fill and after the difference was first seen.
 */

import { dayStart, newYorkDate } from '../../src/domain/calendar.ts';
import { type PositionOutcome, reviewPosition } from '../../src/domain/positions.ts';
import { signedShares } from '../../src/protocol/durable.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { executionOf, latch } from './assess.ts';
import { askAccount, doubtedBefore, isFresh } from './evidence.ts';
import { noteOperation, remember } from './operations.ts';
import { deliveryDue, hasPendingShifts, resolveShifts } from './option-events.ts';
import { closeOvernight, overnightRest } from './overnight.ts';
import { type BookState, SETTLE_MS, underlyingOf } from './state.ts';

/** Where reports come and come, the account is read after so long: a read is one cut through it. */
const PUT_OFF_MS = 2 * SETTLE_MS;

/** Reports overtake each other: the account is compared when they have settled. */
export function scheduleComparison({ evidence }: BookState, turn: Turn): void {
  const now = turn.at.trading;
  if (!Number.isFinite(now)) return;
  evidence.putOffSince ??= now;
  const latest = evidence.putOffSince + PUT_OFF_MS;
  const due = now + SETTLE_MS;
  turn.startTimer('positions', latest > now ? Math.min(due, latest) : due, 'trading');
}

/** Compares ledger and account, if the account was read since the broker was found. */
export function comparePositions(state: BookState, turn: Turn): void {
  if (state.evidence.read === null || state.accountShares === null) return;
  const outcome = positionOutcome(state, turn);
  judge(state, turn, outcome);
  const followed = ['waiting', 'unread', 'reread'].includes(outcome.kind);
  if (!followed) awaitDelivery(state, turn);
}

/** Contracts went and their shares may follow: a read that is late enough ends the wait. */
function awaitDelivery(state: BookState, turn: Turn): void {
  const due = deliveryDue(state);
  if (due === null) return;
  if (turn.at.trading < due) turn.startTimer('positions', due, 'trading');
  else askAccount(state, turn);
}

function judge(state: BookState, turn: Turn, outcome: ReturnType<typeof positionOutcome>): void {
  const { evidence } = state;
  switch (outcome.kind) {
    case 'waiting':
      putOff(state, turn);
      return;
    case 'unread':
      askAccount(state, turn);
      return;
    case 'explained':
      // What is awaited counts as told until the position shows it, or a correction takes it back.
      if (outcome.awaited === true) noteCompared(state);
      else explain(state, turn, outcome.foreign);
      return;
    case 'foreign_change':
      explain(state, turn, outcome.to);
      noteOperation(state, turn, 'foreign_change', {
        stateReason: `foreign shares ${outcome.from} → ${outcome.to}${outcome.because ?? ''}`,
      });
      return;
    case 'reread':
      if (evidence.doubt?.unexplained !== outcome.unexplained) {
        evidence.doubt = { unexplained: outcome.unexplained, asked: evidence.asked };
      }
      if (isQuiet(state, turn)) askAccount(state, turn);
      else putOff(state, turn);
      return;
    case 'position_break':
    case 'ownership_unconfirmed':
      noteCompared(state);
      latch(state, turn, outcome.kind, outcome.reason);
      return;
  }
}

function isQuiet({ reportedAt }: BookState, turn: Turn): boolean {
  return turn.at.trading - reportedAt >= SETTLE_MS;
}

/** It cannot be said yet. An order of ours takes its time; trades of others must not hold it up. */
function putOff(state: BookState, turn: Turn): void {
  const { evidence } = state;
  const now = turn.at.trading;
  if (executionOf(state).orderInFlight) evidence.putOffSince = null;
  if (evidence.putOffSince !== null && now - evidence.putOffSince >= PUT_OFF_MS) {
    evidence.putOffSince = null;
    askAccount(state, turn);
  }
  scheduleComparison(state, turn);
}

/** Judged, for good or ill: until then no hedge goes out on shares that may be others'. */
function noteCompared(state: BookState): void {
  state.evidence.putOffSince = null;
  if (state.compared) return;
  state.compared = true;
  state.redeliver = true;
}

function explain(state: BookState, turn: Turn, foreign: number): void {
  noteCompared(state);
  state.knownForeign = foreign;
  state.foreignSince = 0;
  state.evidence.doubt = null;
  closeOvernight(state, turn);
  const foreignSeen = foreignToday(state, turn);
  const { memory } = state;
  const sameDay = memory.foreignSeen.day === foreignSeen.day;
  const same = sameDay && sameExecutions(memory.foreignSeen.executions, foreignSeen.executions);
  if (memory.knownForeign === foreign && same) return;
  remember(state, turn, { knownForeign: foreign, foreignSeen });
}

type ForeignSeen = BookState['memory']['foreignSeen'];

/** Of one day, one by one, so that their corrections are understood; older ones by their time. */
const FOREIGN_SEEN_MAX = 500;

/** The trades of others in the underlying today: they are in the foreign shares of now. */
function foreignToday(state: BookState, turn: Turn): ForeignSeen {
  const day = newYorkDate(turn.at.trading);
  const since = dayStart(turn.at.trading);
  const conId = underlyingOf(state)?.conId;
  const all = [...state.foreignExecutions.values()].filter(
    (one) => one.contract.conId === conId && one.ts >= since,
  );
  const { foreignSeen } = state.memory;
  const before = foreignSeen.day === day ? (foreignSeen.until ?? since - 1) : since - 1;
  const until = Math.max(before, crowdedUntil(all.map(({ ts }) => ts)));
  const executions = all.flatMap((one) => {
    const { execBase, revision, ts } = one;
    return ts <= until ? [] : [{ execBase, revision, shares: signedShares(one) }];
  });
  return until < since ? { day, executions } : { day, until, executions };
}

/** The time up to which trades are too many to be kept one by one; −Infinity where none are. */
function crowdedUntil(times: readonly number[]): number {
  const oldestKept = times.toSorted((one, other) => other - one)[FOREIGN_SEEN_MAX - 1];
  // Those of the same second stay together: a later one of that second would be taken for known.
  return times.length <= FOREIGN_SEEN_MAX || oldestKept === undefined
    ? Number.NEGATIVE_INFINITY
    : oldestKept - 1;
}

function sameExecutions(one: ForeignSeen['executions'], other: ForeignSeen['executions']): boolean {
  if (one.length !== other.length) return false;
  return one.every(({ execBase, revision }, index) => {
    return other[index]?.execBase === execBase && other[index]?.revision === revision;
  });
}

/** What the account says of the ledger now; `unread`: only a complete read can say it. */
export function positionOutcome(
  state: BookState,
  turn: Turn,
): PositionOutcome | { readonly kind: 'unread' } {
  // Before the contract is known nobody can say which shares and executions are of it.
  if (underlyingOf(state) === null) return { kind: 'waiting' };
  const fresh = isFresh(state);
  const settled = !executionOf(state).orderInFlight && (fresh || isQuiet(state, turn));
  if (settled && !fresh && needsRead(state)) return { kind: 'unread' };
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
    doubted: fresh ? doubtedBefore(state) : null,
  });
}

/**
 * A first look explains by what others traded so far, and only a read tells of that: without it a
 * trade already in the position would be counted again when its execution shows. Option events are
 * told apart by the shares that came with them, and an order of yesterday is over only if the
 * account of now does without it.
 */
function needsRead(state: BookState): boolean {
  const { accountShares, foreignSince, knownForeign, ledger, memory, overnight } = state;
  if (knownForeign === null || hasPendingShifts(state) || overnight.length > 0) return true;
  const explained = ledger.sums.owned + knownForeign + foreignSince;
  return memory.optionShifts.length > 0 && accountShares !== explained;
}
