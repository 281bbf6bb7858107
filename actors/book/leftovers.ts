/**
 * What is left of earlier: intents that a session before this one left open, and orders that live
 * at the broker under our name while no machine works them. All that live are cancelled at once;
 * one after the other is then met again by the hedge machine, which finds out what became of it,
 * before anything new is sent.
 */

import type { HedgeEvent } from '../../machines/hedge.ts';
import type { BrokerRead, OrderReport } from '../../src/protocol/broker.ts';
import { ACTORS } from '../../src/protocol/decision.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { hedgeValue } from './assess.ts';
import { tell } from './dispatch.ts';
import { noteOperation } from './operations.ts';
import { concerns, isAlive, isOurs } from './reports.ts';
import type { BookState } from './state.ts';
import { filledOf } from './untold.ts';

/** Remembers the orders of ours in a complete read that nobody works. */
function noteStrays(state: BookState, read: BrokerRead): void {
  const known = new Set(state.recovered.map((fact) => fact.orderRef));
  state.strays = read.openOrders.filter((order) => isStray(state, order, known));
}

function isStray(state: BookState, order: OrderReport, known: ReadonlySet<string>): boolean {
  return (
    concerns(state, order) &&
    order.contract.secType === 'STK' &&
    isOurs(state, order.orderRef) &&
    isAlive(order) &&
    !isAsked(state, order) &&
    !known.has(order.orderRef)
  );
}

/**
 * The machine works this order, asks for its fate, or has had all of it. One that was resolved and
 * shows alive after all is nobody's: its name in the context of an idle machine is only the last.
 */
function isAsked(state: BookState, order: OrderReport): boolean {
  const { orderRef, terminal } = state.hedge.context;
  if (order.orderRef !== orderRef) return false;
  const value = hedgeValue(state);
  if (value === 'EXEC_IDLE' || (value === 'FAIL' && terminal)) {
    return filledOf(state, orderRef) >= order.quantity;
  }
  return true;
}

/** Whether a report tells of an order of ours that nobody works: a read begins its end. */
export function tellsOfStray(state: BookState, order: OrderReport): boolean {
  const known = new Set(state.recovered.map((fact) => fact.orderRef));
  // A status that comes late may call an order alive whose executions have told all of it.
  return isStray(state, order, known) && filledOf(state, order.orderRef) < order.quantity;
}

/** Meets the next one, if the machine is free: one whose order is still unknown is not. */
export function resolveNext(state: BookState): void {
  const next = nextOf(state);
  if (next !== null) tell(state, { type: 'RESYNC', ...next });
}

type Met = Omit<Extract<HedgeEvent, { readonly type: 'RESYNC' }>, 'type'>;

/** What the machine is to meet; a stray order is taken off the list by it. */
function nextOf(state: BookState): Met | null {
  const value = hedgeValue(state);
  if (value === 'FAIL' && !state.hedge.context.terminal) return null;
  const left = state.recovered[0];
  if (left !== undefined) {
    const { orderRef, purpose, targetShares, side, quantity, limitPrice } = left;
    const intent = { orderRef, purpose, targetShares };
    const order = { side, quantity, limitPrice };
    return { intent, orderRef, order, filled: filledOf(state, orderRef) };
  }
  const [stray, ...others] = state.strays;
  if (stray === undefined) return null;
  state.strays = others;
  const { orderRef, side, quantity, limitPrice, filled } = stray;
  return { intent: null, orderRef, order: { side, quantity, limitPrice: limitPrice ?? 0 }, filled };
}

/** At a sync, and whenever the orders were read: what is left is begun with where nothing works. */
export function resolveLeftovers(state: BookState, turn: Turn, read: BrokerRead): void {
  noteStrays(state, read);
  const isFree = ['EXEC_IDLE', 'FILLED', 'FAIL'].includes(hedgeValue(state));
  const next = isFree ? nextOf(state) : null;
  if (next !== null) tell(state, { type: 'RESYNC', ...next });
  cancelWaiting(state, turn, read, next?.orderRef ?? state.hedge.context.orderRef);
}

/** Whose fate is found out first is no reason to let the others trade meanwhile. */
function cancelWaiting(state: BookState, turn: Turn, read: BrokerRead, asked: string | null): void {
  const waiting = new Set([...state.strays, ...state.recovered].map(({ orderRef }) => orderRef));
  if (asked !== null) waiting.delete(asked);
  for (const order of read.openOrders) {
    const { orderRef, side, quantity, status } = order;
    if (!waiting.has(orderRef) || !isAlive(order) || status === 'PendingCancel') continue;
    turn.send(ACTORS.broker, { type: 'order.cancel', orderRef });
    const stateReason = 'cancel asked: it is alive, and nobody works it';
    noteOperation(state, turn, 'cancel', { stateReason, orderRef, side, quantity });
  }
}
