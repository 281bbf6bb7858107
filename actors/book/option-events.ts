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
import type { BookState, ForeignExecution } from './state.ts';

/** A holding became another one: what no execution explains by and by is an event. */
export function noteShift(state: BookState, contract: OptionContract, change: number): void {
  if (change === 0) return;
  const { conId } = contract;
  const known = state.shifts.get(conId);
  const next = (known?.change ?? 0) + change;
  const member = known?.member ?? state.legs.some((leg) => leg.contract.conId === conId);
  if (next === 0) state.shifts.delete(conId);
  else state.shifts.set(conId, { contract, change: next, member });
}

/**
 * An execution of an option by hand; one that is part of what a session before saw is not. `times`
 * −1 takes it back, because a correction follows.
 */
export function noteOptionTrade(
  state: BookState,
  execution: ForeignExecution,
  times: 1 | -1,
): void {
  const { contract, side, quantity, ts } = execution;
  if (contract.secType !== 'OPT') return;
  if (!state.holdingsKnown) {
    const leg = state.legs.find((one) => one.contract.conId === contract.conId);
    if (leg === undefined || ts <= leg.changedAt) return;
  }
  noteShift(state, contract, (side === 'BUY' ? -quantity : quantity) * times);
}

/** Members of which all is gone, while no execution says where to. */
export function goneMembers({ shifts, holdings }: BookState): readonly OptionHolding[] {
  return [...shifts.values()]
    .filter(({ contract, member }) => member && !holdings.has(contract.conId))
    .map(({ contract, change }) => ({ contract, quantity: -change }));
}

/** Signed shares that came to others by option events; those of members are booked as ours. */
export function resolveShifts(state: BookState, turn: Turn): number {
  if (state.shifts.size === 0) return 0;
  const { accountShares, memory } = state;
  const foreign = state.knownForeign ?? memory.knownForeign;
  const shifts = [...state.shifts.values()];
  state.shifts.clear();
  const events = shifts.filter((shift) => mayBeEvent(state, shift));
  // Terms that changed bring and take contracts and shares, and nobody delivers them.
  const isKnown = !state.latches.has('corporate_action') && accountShares !== null;
  const deliveries =
    isKnown && foreign !== null
      ? (explainDeliveries(events, accountShares - ownedAnd(state, foreign)) ?? [])
      : [];
  noteEvents(state, turn, eventsOfDay(state, turn, events, deliveries));
  const members = new Set(shifts.filter((one) => one.member).map((one) => one.contract.conId));
  let others = 0;
  for (const delivery of deliveries) {
    if (members.has(delivery.contract.conId)) adjust(state, turn, delivery);
    else others += delivery.shares;
  }
  return others;
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
  events: readonly OptionShift[],
  deliveries: readonly OptionDelivery[],
): readonly OptionShift[] {
  const today = newYorkDate(turn.at.trading);
  const delivered = new Set(deliveries.map(({ contract }) => contract.conId));
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
