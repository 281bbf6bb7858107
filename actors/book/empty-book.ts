/**
 * The last leg is gone and hedge shares are left. With `on_empty_book: flatten` they are closed, as
 * a flatten by hand would, when the change had time to settle: but the book is not suspended, for
 * the next legs are to be hedged, and what an attempt leaves is tried again. A restart changes
 * nothing: when the legs changed is remembered, and what is left is seen.
 */

import type { Turn } from '../../src/runtime/turn.ts';
import { executionOf } from './assess.ts';
import { DEADLINE_MS, endFlatten, ON_EMPTY_BOOK, startFlatten } from './flatten.ts';
import { hasPendingShifts } from './option-events.ts';
import { type BookState, NO_TRIES } from './state.ts';

/** What kept an attempt from its end may pass by itself, or need a person: ever less often. */
const RETRY_MS = 60_000;
const RETRY_MS_MAX = 15 * 60_000;

/** Begins to close what is left, if that is wanted and can be done now. */
export function emptyBook(state: BookState, turn: Turn): void {
  if (state.flatten !== null) {
    if (state.flatten.origin !== ON_EMPTY_BOOK) return;
    if (state.legs.length > 0) endFlatten(state, turn, 'there are legs again');
    else if (isHeld(state)) endFlatten(state, turn, 'suspended');
    return;
  }
  if (!isOrphaned(state)) {
    state.emptyTries = NO_TRIES;
    return;
  }
  const now = turn.at.trading;
  const { count } = state.emptyTries;
  const settledAt = (state.legsChangedAt ?? 0) + state.settings.gates.state.leg_settle_s * 1000;
  const dueAt = Math.max(settledAt, state.emptyTries.dueAt);
  if (now < dueAt) {
    wake(state, turn, dueAt);
    return;
  }
  if (!mayFlatten(state)) return;
  const pause = Math.min(RETRY_MS * 2 ** count, RETRY_MS_MAX);
  state.emptyTries = { count: count + 1, dueAt: now + DEADLINE_MS + pause, timerAt: null };
  startFlatten(state, turn, ON_EMPTY_BOOK);
}

/** The legs went, shares of ours are left, and nobody has said that they are to stay. */
function isOrphaned({ settings, legs, ledger, legsChangedAt, memory }: BookState): boolean {
  if (settings.hedging.on_empty_book !== 'flatten' || legsChangedAt === null) return false;
  return legs.length === 0 && ledger.sums.owned !== 0 && memory.sharesKeptAt !== legsChangedAt;
}

/** Whose shares they are is known, where the contracts went, and what became of each order. */
function mayFlatten(state: BookState): boolean {
  const { assessment, engine, compared, latches } = state;
  const open = assessment !== null && !assessment.marketClosed;
  // A loss is no reason to keep them; each of the other causes leaves something in doubt.
  const doubts = [...latches.keys()].filter((cause) => cause !== 'daily_loss_limit');
  const pending = hasPendingShifts(state) || executionOf(state).orderInFlight;
  const known = compared && !pending && doubts.length === 0;
  return open && known && engine.synced && !isHeld(state);
}

function isHeld({ engine, suspended }: BookState): boolean {
  return engine.suspended || suspended || engine.stopping || engine.flattening;
}

function wake(state: BookState, turn: Turn, at: number): void {
  if (state.emptyTries.timerAt === at || !Number.isFinite(turn.at.trading)) return;
  state.emptyTries = { ...state.emptyTries, timerAt: at };
  turn.startTimer('empty', at, 'trading');
}
