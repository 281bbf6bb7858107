/** When a book writes down how it stands: rows of its status, and prices of what it holds. */

import { dated } from '../../src/protocol/dated.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { hedgeValue, tradingValue } from './assess.ts';
import type { BookState } from './state.ts';
import { pricesOf, statusFact } from './view.ts';

/** Status rows of one book are at most this close together (4 a second), beside heartbeats. */
const STATUS_GAP_MS = 250;

/** A row with every heartbeat, and whenever a verdict or a state changed (within the gap). */
export function writeStatus(state: BookState, turn: Turn, always: boolean): void {
  const machines = `${tradingValue(state)}|${hedgeValue(state)}`;
  const signature = `${machines}|${state.assessment?.verdict}|${state.ledger.sums.owned}`;
  const changed = signature !== state.statusSignature;
  const soon = turn.at.mono - state.lastStatusMono < STATUS_GAP_MS;
  if (!always && (!changed || soon)) return;
  state.statusSignature = signature;
  state.lastStatusMono = turn.at.mono;
  turn.fact(statusFact(state, turn));
}

/** Once a heartbeat: spot, and every option held; now and then for the history as well. */
export function writePrices(state: BookState, turn: Turn, isKept: boolean): void {
  const prices = pricesOf(state);
  if (prices.length === 0) return;
  const kept = isKept ? ({ kept: true } as const) : {};
  turn.fact({ fact: 'prices', ...dated(turn), ...kept, prices });
}
