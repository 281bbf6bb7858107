/**
 * Exercise, assignment and expiry, as they show: contracts that went without an execution, and
 * shares at the strike. What a member of the book delivered becomes ours by an adjustment; what
 * others delivered is foreign. Until it is told apart, the day's P&L is not known.
 */

import { newYorkDate } from '../../src/domain/calendar.ts';
import type { OptionContract } from '../../src/domain/contract.ts';
import { bookAdjustment } from '../../src/domain/ledger.ts';
import type { OptionHolding } from '../../src/domain/legs.ts';
import {
  explainDeliveries,
  type OptionDelivery,
  type OptionShift,
} from '../../src/domain/option-events.ts';
import { dated } from '../../src/protocol/dated.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { noteOperation, remember } from './operations.ts';
import type { BookShift, BookState, ForeignExecution } from './state.ts';

/**
 * Contracts and shares of one assignment are told one after the other. So long nothing is hedged
 * after contracts went before their expiry: the shares would turn the hedge into a loss.
 */
const DELIVERY_MS = 30_000;
/** Shares that come later still are explained by what went so shortly before. */
const LATE_DELIVERY_MS = 86_400_000;

/** A holding became another one: what no execution explains by and by is an event. */
export function noteShift(
  state: BookState,
  turn: Turn,
  contract: OptionContract,
  change: number,
): void {
  if (change === 0) return;
  const { conId } = contract;
  const known = state.shifts.get(conId) ?? takeBackLate(state, turn, conId);
  const next = (known?.change ?? 0) + change;
  const member = known?.member ?? state.legs.some((leg) => leg.contract.conId === conId);
  const seenAt = state.compared ? turn.at.trading : null;
  if (next === 0) state.shifts.delete(conId);
  else state.shifts.set(conId, { contract, change: next, member, seenAt, counted: false });
}

/** It was no event, or not all of it: an execution is told after all. */
function takeBackLate(state: BookState, turn: Turn, conId: number): BookShift | null {
  const late = state.undelivered.find(({ contract }) => contract.conId === conId) ?? null;
  if (late === null) return null;
  state.undelivered = state.undelivered.filter((one) => one !== late);
  if (late.counted) noteEvents(state, turn, [{ ...late, change: -late.change }]);
  return late;
}

/**
 * An execution of an option by hand; one that is part of what a session before saw is not. `times`
 * −1 takes it back, because a correction follows.
 */
export function noteOptionTrade(
  state: BookState,
  turn: Turn,
  execution: ForeignExecution,
  times: 1 | -1,
): void {
  const { contract, side, quantity, ts } = execution;
  if (contract.secType !== 'OPT') return;
  if (!state.holdingsKnown) {
    const leg = state.legs.find((one) => one.contract.conId === contract.conId);
    if (leg === undefined || ts <= leg.changedAt) return;
  }
  noteShift(state, turn, contract, (side === 'BUY' ? -quantity : quantity) * times);
}

/** Members of which all is gone, while no execution says where to. */
export function goneMembers({ shifts, holdings }: BookState): readonly OptionHolding[] {
  return [...shifts.values()]
    .filter(({ contract, member }) => member && !holdings.has(contract.conId))
    .map(({ contract, change }) => ({ contract, quantity: -change }));
}

/**
 * Signed shares that came to others by option events; those of members are booked as ours. To be
 * asked of an account that was read since the contracts went.
 */
export function resolveShifts(state: BookState, turn: Turn): number {
  const late = state.undelivered.filter(({ seenAt }) => isRecent(seenAt, turn));
  state.undelivered = late;
  if (state.shifts.size === 0 && late.length === 0) return 0;
  const fresh = [...state.shifts.values()];
  const possible = fresh.filter((shift) => mayBeEvent(state, shift));
  const deliveries = deliveriesBy(state, [...possible, ...late]);
  const delivered = new Set(deliveries.map(({ contract }) => contract.conId));
  const over = fresh.filter(
    (shift) =>
      delivered.has(shift.contract.conId) ||
      !(possible.includes(shift) && isAwaited(state, turn, shift)),
  );
  for (const { contract } of over) state.shifts.delete(contract.conId);
  const events = over.filter((shift) => possible.includes(shift));
  const uncounted = late.filter((one) => !one.counted && delivered.has(one.contract.conId));
  const ended = [...events, ...uncounted];
  const ofDay = eventsOfDay(state, turn, ended, delivered);
  noteEvents(state, turn, ofDay);
  state.undelivered = [
    ...late,
    ...events.map((one) => ({ ...one, seenAt: turn.at.trading, counted: ofDay.includes(one) })),
  ].filter(({ contract }) => !delivered.has(contract.conId));
  const ours = new Set(
    [...fresh, ...late].filter(({ member }) => member).map(({ contract }) => contract.conId),
  );
  let others = 0;
  for (const delivery of deliveries) {
    if (ours.has(delivery.contract.conId)) adjust(state, turn, delivery);
    else others += delivery.shares;
  }
  return others;
}

/** When the last of the shares that may still follow have had their time; null for none. */
export function deliveryDue(state: BookState): number | null {
  const due = [...state.shifts.values()].map(({ seenAt }) => (seenAt ?? 0) + DELIVERY_MS);
  return due.length === 0 ? null : Math.max(...due);
}

/** Which of the shifts explain what the account holds beyond what is known. */
function deliveriesBy(state: BookState, shifts: readonly BookShift[]): readonly OptionDelivery[] {
  const { accountShares, memory } = state;
  const foreign = state.knownForeign ?? memory.knownForeign;
  // Terms that changed bring and take contracts and shares, and nobody delivers them.
  if (state.latches.has('corporate_action') || accountShares === null || foreign === null) {
    return [];
  }
  return explainDeliveries(shifts, accountShares - ownedAnd(state, foreign)) ?? [];
}

/** Gone before its expiry while we looked on, and the account was not read late enough since. */
function isAwaited(state: BookState, turn: Turn, shift: BookShift): boolean {
  const { seenAt, contract } = shift;
  if (seenAt === null || state.latches.has('corporate_action')) return false;
  if (contract.expiry <= newYorkDate(turn.at.trading)) return false;
  const askedAt = state.evidence.read?.askedAt ?? Number.NEGATIVE_INFINITY;
  return askedAt - seenAt < DELIVERY_MS;
}

function isRecent(seenAt: number | null, turn: Turn): boolean {
  return seenAt !== null && turn.at.trading - seenAt < LATE_DELIVERY_MS;
}

/** Shares that are explained: ours, foreign ones, and what others traded since. */
function ownedAnd({ ledger, foreignSince }: BookState, foreign: number): number {
  return ledger.sums.owned + foreign + foreignSince;
}

/**
 * What the day's P&L has to know. What went before its expiry, delivered nothing and may have gone
 * on an earlier day was traded then, though no execution of that day is told any more.
 */
function eventsOfDay(
  { memory }: BookState,
  turn: Turn,
  events: readonly BookShift[],
  delivered: ReadonlySet<number>,
): readonly BookShift[] {
  const today = newYorkDate(turn.at.trading);
  return events.filter(
    ({ contract: { conId, expiry } }) =>
      memory.foreignSeen.day === today || expiry <= today || delivered.has(conId),
  );
}

/** Exercise, assignment and expiry make a position smaller; what grew or turned was traded. */
function mayBeEvent({ holdings }: BookState, { contract, change }: OptionShift): boolean {
  const before = (holdings.get(contract.conId)?.quantity ?? 0) - change;
  return Math.sign(before) === -Math.sign(change) && Math.abs(change) <= Math.abs(before);
}

/** What went without a trade was worth nothing or came back as shares: the day's P&L must know. */
function noteEvents(state: BookState, turn: Turn, shifts: readonly OptionShift[]): void {
  const day = newYorkDate(turn.at.trading);
  const goneLegs = state.memory.goneLegs.map((leg) => {
    const shift = shifts.find((one) => one.contract.conId === leg.conId);
    return shift === undefined || leg.day !== day
      ? leg
      : { ...leg, events: leg.events + shift.change };
  });
  remember(state, turn, { goneLegs });
}

function adjust(state: BookState, turn: Turn, delivery: OptionDelivery): void {
  const { contract, kind, shares } = delivery;
  const { symbol } = state.settings;
  const { account } = state;
  const id = `${state.config.journalId}:${turn.uniqueId()}`;
  const price = contract.strike;
  const reason = `${kind} of ${contract.localSymbol || contract.conId} at ${price}`;
  const ts = turn.at.trading;
  state.ledger = bookAdjustment(state.ledger, { id, kind, shares, price, ts, reason }).ledger;
  turn.fact({
    fact: 'adjustment',
    ...dated(turn),
    symbol,
    account,
    id,
    kind,
    shares,
    price,
    reason,
  });
  noteOperation(state, turn, 'foreign_change', {
    stateReason: `${reason}: ${shares} shares are ours`,
    side: shares > 0 ? 'BUY' : 'SELL',
    quantity: Math.abs(shares),
    price,
    conId: contract.conId,
  });
  remember(state, turn, { clearedAt: ts });
  state.redeliver = true;
}
