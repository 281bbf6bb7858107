/**
 * An order whose fate is found out only after a midnight: the broker tells executions and completed
 * orders of the day alone, so what it traded the day before may show in the position and nowhere
 * else. It counts as possibly traded, and stays open in the journal, until the account's shares are
 * explained without it or the operator has said whose they are.
 */

import { newYorkDate } from '../../src/domain/calendar.ts';
import { filledQuantity, type Ledger } from '../../src/domain/ledger.ts';
import { sideSign } from '../../src/domain/order.ts';
import { dated } from '../../src/protocol/dated.ts';
import type { IntentFact } from '../../src/protocol/facts.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import type { BookState, IntentEnd } from './state.ts';

/** Writes down how an intent ended; one with an unfilled rest from another day is kept open. */
export function noteEnd(state: BookState, turn: Turn, end: IntentEnd): void {
  const { fact, outcome } = end;
  const others = state.overnight.filter((one) => one.fact.orderRef !== fact.orderRef);
  const sameDay = newYorkDate(fact.tradingTs) === newYorkDate(turn.at.trading);
  if (outcome === 'fault' || sameDay || restOf(state.ledger, fact) === 0) {
    state.overnight = others;
    closeEnd(state, turn, end);
  } else {
    state.overnight = [...others, end];
  }
}

/** Signed shares that such orders may have traded without a word of it. */
export function overnightRest(state: BookState): number {
  const rests = state.overnight.map(({ fact }) => sideSign(fact.side) * restOf(state.ledger, fact));
  return rests.reduce((sum, rest) => sum + rest, 0);
}

/** The account's shares are explained: these orders have brought nothing more. */
export function closeOvernight(state: BookState, turn: Turn): void {
  const ends = state.overnight;
  state.overnight = [];
  for (const end of ends) closeEnd(state, turn, end);
}

/** Writes down how an intent ended. */
export function closeEnd(state: BookState, turn: Turn, { fact, outcome }: IntentEnd): void {
  turn.fact({
    ...fact,
    ...dated(turn),
    outcome,
    filled: filledQuantity(state.ledger, fact.orderRef),
  });
}

/** Shares of an intent's order that no execution has told. */
export function restOf(ledger: Ledger, { orderRef, quantity }: IntentFact): number {
  return Math.max(0, quantity - filledQuantity(ledger, orderRef));
}
