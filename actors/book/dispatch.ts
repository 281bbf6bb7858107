/**
 * Sends events to the two machines of a book, one after the other, and performs the effects they
 * name. Performing may raise further events; they wait their turn, so a machine is never entered
 * while it is being left.
 */

import type { HedgeEvent } from '../../machines/hedge.ts';
import { type Effect, step } from '../../machines/step.ts';
import type { TradingEvent } from '../../machines/trading.ts';
import { dated } from '../../src/protocol/dated.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import type { BookState } from './state.ts';

export type Perform = (state: BookState, turn: Turn, effect: Effect) => void;

/** Binds the performers once; the book dispatches through the result. */
export interface Performers {
  readonly trading: Perform;
  readonly hedge: Perform;
}

/** Puts an event behind those that wait for the hedge machine in this turn. */
export function tell(state: BookState, event: HedgeEvent): void {
  state.events.push({ machine: 'hedge', event });
}

/** The same for the trading machine. */
export function tellTrading(state: BookState, event: TradingEvent): void {
  state.events.push({ machine: 'trading', event });
}

/** Takes all waiting events, and those that their effects raise. */
export function drain(state: BookState, turn: Turn, performers: Performers): void {
  if (state.dispatching) return;
  state.dispatching = true;
  for (;;) {
    const next = state.events.shift();
    if (next === undefined) break;
    if (next.machine === 'hedge') stepHedge(state, turn, next.event, performers.hedge);
    else stepTrading(state, turn, next.event, performers.trading);
  }
  state.dispatching = false;
}

function stepHedge(state: BookState, turn: Turn, event: HedgeEvent, perform: Perform): void {
  const before = String(state.hedge.value);
  const { snapshot, effects } = step(state.hedgeMachine, state.hedge, event);
  state.hedge = snapshot;
  const after = String(snapshot.value);
  if (after !== before) {
    state.redeliver = true;
    state.sinceHedge = turn.at.wall;
    noteTransition(state, turn, 'hedge', before, after, event.type);
  }
  for (const effect of effects) perform(state, turn, effect);
}

function stepTrading(state: BookState, turn: Turn, event: TradingEvent, perform: Perform): void {
  const before = String(state.trading.value);
  const { snapshot, effects } = step(state.tradingMachine, state.trading, event);
  state.trading = snapshot;
  const after = String(snapshot.value);
  if (after !== before) {
    state.redeliver = true;
    state.sinceTrading = turn.at.wall;
    noteTransition(state, turn, 'trading', before, after, event.type);
  }
  for (const effect of effects) perform(state, turn, effect);
}

function noteTransition(
  state: BookState,
  turn: Turn,
  machine: string,
  from: string,
  to: string,
  event: string,
): void {
  const id = `${machine}:${state.settings.symbol}`;
  turn.fact({ fact: 'transition', ...dated(turn), machine: id, from, to, event });
}
