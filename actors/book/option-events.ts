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
  type BookShift,
  explainDeliveries,
  type OptionDelivery,
  type OptionShift,
} from '../../src/domain/option-events.ts';
import { dated } from '../../src/protocol/dated.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { noteOperation, remember } from './operations.ts';
import type { BookState, ForeignExecution } from './state.ts';

/**
 * Contracts and shares of one assignment are told one after the other. So long nothing is hedged
 * after contracts went before their expiry: the shares would turn the hedge into a loss.
 */
const DELIVERY_MS = 30_000;
/** Shares that come later still are explained by what went so shortly before. */
const LATE_DELIVERY_MS = 86_400_000;

/** Contracts of which it is not known yet how they came or went: nothing is hedged meanwhile. */
export function hasPendingShifts({ memory }: BookState): boolean {
  return memory.optionShifts.some(isPending);
}

function isPending({ endedAt }: BookShift): boolean {
  return endedAt === null;
}

/** A holding became another one, or an execution (`by`) says why it did. */
export function noteShift(
  state: BookState,
  turn: Turn,
  contract: OptionContract,
  change: number,
  by: readonly string[] = [],
): void {
  if (change === 0) return;
  const { conId } = contract;
  const known = state.memory.optionShifts.find((shift) => shift.contract.conId === conId);
  // It was no event, or not all of it.
  if (known?.counted) noteEvents(state, turn, [{ ...known, change: -known.change }]);
  const others = state.memory.optionShifts.filter((shift) => shift !== known);
  const next = (known?.change ?? 0) + change;
  if (next === 0) {
    remember(state, turn, { optionShifts: others });
    return;
  }
  const executions = [...state.foreignExecutions.values()];
  const before = executions.filter((one) => one.contract.conId === conId);
  const shift = {
    contract,
    change: next,
    member: known?.member ?? state.legs.some((leg) => leg.contract.conId === conId),
    seenAt: state.compared ? turn.at.trading : null,
    told: [...new Set([...(known?.told ?? []), ...before.map(({ execBase }) => execBase), ...by])],
    endedAt: null,
    counted: false,
  };
  remember(state, turn, { optionShifts: [...others, shift] });
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
  const { contract, execBase, side, quantity } = execution;
  if (contract.secType !== 'OPT') return;
  if (!state.holdingsKnown && isOfBefore(state, execution)) return;
  const change = (side === 'BUY' ? -quantity : quantity) * times;
  noteShift(state, turn, contract, change, [execBase]);
}

/** The session before has seen what it did to the position, and whether it explains a shift. */
function isOfBefore({ legs, memory }: BookState, execution: ForeignExecution): boolean {
  const { contract, execBase, ts } = execution;
  const leg = legs.find((one) => one.contract.conId === contract.conId);
  if (leg !== undefined && ts > leg.changedAt) return false;
  const shift = memory.optionShifts.find((one) => one.contract.conId === contract.conId);
  return shift === undefined || shift.told.includes(execBase);
}

/** Members of which all is gone, while no execution says where to. */
export function goneMembers({ memory, holdings }: BookState): readonly OptionHolding[] {
  return memory.optionShifts
    .filter((shift) => isPending(shift) && shift.member && !holdings.has(shift.contract.conId))
    .map(({ contract, change }) => ({ contract, quantity: -change }));
}

/**
 * Signed shares that came to others by option events; those of members are booked as ours. To be
 * asked of an account that was read since the contracts went.
 */
export function resolveShifts(state: BookState, turn: Turn): number {
  const { optionShifts } = state.memory;
  if (optionShifts.length === 0) return 0;
  const late = optionShifts.filter((shift) => !isPending(shift) && isRecent(shift, turn));
  const possible = optionShifts.filter((shift) => isPending(shift) && mayBeEvent(state, shift));
  const awaited = possible.filter((shift) => isAwaited(state, turn, shift));
  const deliveries = deliveriesBy(state, [...possible, ...late]);
  const delivered = new Set(deliveries.map(({ contract }) => contract.conId));
  const brought = ({ contract }: BookShift): boolean => delivered.has(contract.conId);

  const ended = possible.filter((shift) => brought(shift) || !awaited.includes(shift));
  const counted = eventsOfDay(
    state,
    turn,
    [...ended, ...late.filter((shift) => !shift.counted && brought(shift))],
    delivered,
  );
  noteEvents(state, turn, counted);
  const given = ended.map((shift) => ({
    ...shift,
    endedAt: turn.at.trading,
    counted: counted.includes(shift),
  }));
  const left = [...awaited, ...late].filter((shift) => !ended.includes(shift));
  const next = [...left, ...given].filter((shift) => !brought(shift));
  const isSame =
    next.length === optionShifts.length && next.every((one) => optionShifts.includes(one));
  if (!isSame) remember(state, turn, { optionShifts: next });

  const members = new Set(
    optionShifts.filter(({ member }) => member).map((one) => one.contract.conId),
  );
  let others = 0;
  for (const delivery of deliveries) {
    if (members.has(delivery.contract.conId)) adjust(state, turn, delivery);
    else others += delivery.shares;
  }
  return others;
}

/** When the last of the shares that may still follow have had their time; null for none. */
export function deliveryDue({ memory }: BookState): number | null {
  const due = memory.optionShifts
    .filter(isPending)
    .map(({ seenAt }) => (seenAt ?? 0) + DELIVERY_MS);
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

function isRecent({ endedAt }: BookShift, turn: Turn): boolean {
  return endedAt !== null && turn.at.trading - endedAt < LATE_DELIVERY_MS;
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
