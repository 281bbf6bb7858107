/**
 * The last leg is gone and hedge shares are left. With `on_empty_book: flatten` they are closed, as
 * a flatten by hand would: once for each time the book became empty, when it had time to settle.
 */

import type { Turn } from '../../src/runtime/turn.ts';
import { startFlatten } from './flatten.ts';
import type { BookState } from './state.ts';

/** Begins to close what is left, if that is wanted and can be done now. */
export function emptyBook(state: BookState, turn: Turn): void {
  const { settings, assessment, engine, legsChangedAt } = state;
  if (settings.hedging.on_empty_book !== 'flatten' || state.flatten !== null) return;
  if (legsChangedAt === null || state.emptiedAt === legsChangedAt) return;
  if (state.legs.length > 0 || state.ledger.sums.owned === 0) return;
  const settledAt = legsChangedAt + settings.gates.state.leg_settle_s * 1000;
  const quiet = state.shifts.size === 0 && turn.at.trading >= settledAt;
  const open = assessment !== null && !assessment.marketClosed;
  const allowed =
    engine.synced && !engine.suspended && !state.suspended && state.latches.size === 0;
  if (!quiet || !open || !allowed) return;
  state.emptiedAt = legsChangedAt;
  startFlatten(state, turn, 'on_empty_book');
}
