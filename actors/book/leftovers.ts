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
import { filledOf, tradedOf } from './untold.ts';

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
  const isKnown = state.leftovers.has(order.orderRef);
  return (
    !isKnown && isStray(state, order, known) && filledOf(state, order.orderRef) < order.quantity
  );
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
    const traded = tradedOf(state, orderRef);
    return { intent, orderRef, order, filled: filledOf(state, orderRef), traded };
  }
  const [stray, ...others] = state.strays;
  if (stray === undefined) return null;
  state.strays = others;
  const { orderRef, side, quantity, limitPrice, filled } = stray;
  const order = { side, quantity, limitPrice: limitPrice ?? 0 };
  return { intent: null, orderRef, order, filled, traded: filled };
}

/** The first cancel of an order that waits goes out at once; the next ones ever less often. */
const CANCEL_GAP_MS = 2000;
const CANCEL_GAP_MS_MAX = 60_000;
/** So many cancels in vain, and again after as many more, and somebody is told. */
const CANCELS_PER_ALERT = 5;

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
  const alive = read.openOrders.filter((order) => waiting.has(order.orderRef) && isAlive(order));
  const refs = new Set(alive.map(({ orderRef }) => orderRef));
  for (const ref of state.leftovers.keys()) if (!refs.has(ref)) state.leftovers.delete(ref);
  for (const order of alive) cancelAgain(state, turn, order);
  const [first] = [...state.leftovers.values()].map(({ dueMono }) => dueMono).sort(ascending);
  // A cancel may get lost: what lives on is read again, and found, when the next one is due.
  if (first !== undefined) turn.startTimer('leftovers', first, 'mono');
}

/** A person wants it: those that are known are cancelled at once, whenever that was asked last. */
export function cancelKnown(state: BookState, turn: Turn): void {
  const { orderRef } = state.hedge.context;
  state.leftovers.clear();
  for (const order of state.strays) {
    if (order.orderRef !== orderRef) cancelAgain(state, turn, order);
  }
}

/** Its answer may be a report of the order as it was, and that is no reason for another one. */
function cancelAgain(state: BookState, turn: Turn, order: OrderReport): void {
  const { orderRef, side, quantity, status } = order;
  const { mono } = turn.at;
  const { cancels, dueMono, pending } = state.leftovers.get(orderRef) ?? NOT_YET;
  if (mono < dueMono) return;
  // That it is being cancelled is an answer, which is waited for; not for ever.
  if (status === 'PendingCancel' && !pending) {
    const later = mono + CANCEL_GAP_MS_MAX;
    state.leftovers.set(orderRef, { cancels, dueMono: later, pending: true });
    return;
  }
  const gap = Math.min(CANCEL_GAP_MS * 2 ** cancels, CANCEL_GAP_MS_MAX);
  state.leftovers.set(orderRef, { cancels: cancels + 1, dueMono: mono + gap, pending: false });
  turn.send(ACTORS.broker, { type: 'order.cancel', orderRef });
  const stateReason = 'cancel asked: it is alive, and nobody works it';
  noteOperation(state, turn, 'cancel', { stateReason, orderRef, side, quantity });
  if ((cancels + 1) % CANCELS_PER_ALERT !== 0) return;
  const tried = `${orderRef} lives on though its cancel was asked ${cancels + 1} times`;
  noteOperation(state, turn, 'alert', { stateReason: tried, orderRef });
}

const NOT_YET = { cancels: 0, dueMono: Number.NEGATIVE_INFINITY, pending: false };

/** A read that would have shown them failed: they are looked for again. */
export function retryLeftovers({ leftovers }: BookState, turn: Turn): void {
  if (leftovers.size > 0) turn.startTimer('leftovers', turn.at.mono + CANCEL_GAP_MS, 'mono');
}

function ascending(one: number, other: number): number {
  return one - other;
}
