/**
 * What an intent came to: booked once, told to the trading machine, and kept open for the next
 * session where the fate of its order is not known.
 */

import type { HedgeOutput } from '../../machines/hedge.ts';
import type { HedgeMemory } from '../../src/domain/assessment-input.ts';
import { midOf } from '../../src/domain/book-quotes.ts';
import type { IntentFact } from '../../src/protocol/facts.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { comparePositions } from './comparison.ts';
import { tellTrading } from './dispatch.ts';
import { resolveNext } from './leftovers.ts';
import { noteOperation, remember } from './operations.ts';
import { noteEnd, restOf } from './overnight.ts';
import type { BookState } from './state.ts';

/** Books the one answer to an intent, and lets the trading machine go on. */
export function takeOutput(state: BookState, turn: Turn, output: HedgeOutput): void {
  if (output.intent === null) {
    noteResolved(state, turn, output);
    resolveNext(state);
    compareIfDue(state, turn);
    return;
  }
  const { outcome, filled, reason } = output;
  const open = state.intent;
  const recovered = state.recovered.find((fact) => fact.orderRef === output.intent?.orderRef);
  const fact = open?.orderRef === output.intent.orderRef ? open.fact : (recovered ?? null);
  state.recovered = state.recovered.filter((one) => one !== recovered);
  if (fact !== null && !isLeftOpen(state, fact, outcome)) noteEnd(state, turn, { fact, outcome });
  state.unresolved = outcome === 'fault' ? fact : null;
  if (outcome === 'reject' || outcome === 'fault') {
    const order = state.hedge.context.order;
    noteOperation(state, turn, 'reject', {
      stateReason: `${outcome}: ${reason}`,
      orderRef: output.intent.orderRef,
      side: order?.side ?? null,
      quantity: order?.quantity ?? null,
    });
  }
  const reached = outcome === 'filled' && !(open?.clipped ?? false);
  const { memory } = state;
  remember(state, turn, {
    lastHedge: reached ? hedgedNow(state, turn, fact) : memory.lastHedge,
    remainder: outcome === 'skipped' ? memory.remainder : !reached && filled > 0,
    rejectStreak: isHalt(state, turn) ? memory.rejectStreak : streakAfter(memory, outcome, filled),
  });
  state.intent = null;
  resolveNext(state);
  compareIfDue(state, turn);
  if (outcome === 'reject' || outcome === 'fault') {
    const { max_reject_streak } = state.settings.gates.guard.risk;
    const retry = outcome === 'reject' && state.memory.rejectStreak < max_reject_streak;
    tellTrading(state, { type: 'FAILED', retry });
  } else {
    tellTrading(state, { type: 'DONE' });
  }
}

/**
 * A stop does not wait for the second of two reads that agree: the next start makes it. Until then
 * the intent is open, for a fill may still come that nobody listens to, and on another day the
 * broker tells of it in the position alone.
 */
function isLeftOpen(
  { engine, hedge, ledger }: BookState,
  fact: IntentFact,
  outcome: HedgeOutput['outcome'],
): boolean {
  const wasSent = hedge.context.orderRef === fact.orderRef;
  return engine.stopping && wasSent && outcome !== 'reject' && restOf(ledger, fact) > 0;
}

/** What became of an order whose intent had ended in a fault, so that nobody asks again. */
function noteResolved(state: BookState, turn: Turn, { outcome }: HedgeOutput): void {
  const { unresolved } = state;
  if (unresolved === null || unresolved.orderRef !== state.hedge.context.orderRef) return;
  if (outcome === 'fault') return;
  state.unresolved = null;
  noteEnd(state, turn, { fact: unresolved, outcome });
  // It reached its target after all, and the next one has to wait for it.
  if (outcome !== 'filled') return;
  remember(state, turn, { lastHedge: hedgedNow(state, turn, unresolved), remainder: false });
}

function hedgedNow(
  state: BookState,
  turn: Turn,
  fact: IntentFact | null,
): NonNullable<HedgeMemory['lastHedge']> {
  return { ts: turn.at.trading, price: spotNow(state, fact?.spot ?? Number.NaN) };
}

/** At once: two complete reads have just agreed, and no hedge may go out on shares in doubt. */
function compareIfDue(state: BookState, turn: Turn): void {
  // An order of yesterday may have traded without a word: until that is judged all is in doubt.
  if (state.overnight.length > 0) state.compared = false;
  if (!state.compared) comparePositions(state, turn);
}

/** An order that a halt refused says nothing against the next one. */
function isHalt({ haltedUntil }: BookState, turn: Turn): boolean {
  return haltedUntil !== null && turn.at.trading < haltedUntil;
}

function streakAfter(
  { rejectStreak }: HedgeMemory,
  outcome: HedgeOutput['outcome'],
  filled: number,
): number {
  if (outcome === 'reject') return rejectStreak + 1;
  return filled > 0 ? 0 : rejectStreak;
}

function spotNow(state: BookState, fallback: number): number {
  const mid = midOf(state.quotes.bid, state.quotes.ask);
  return Number.isFinite(mid) ? mid : fallback;
}
