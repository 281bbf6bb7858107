/**
 * Keeps the moment from which loss limits count while the day's P&L is not known. It is taken when
 * that has lasted a minute, and again when legs change: what joins or leaves is neither gain nor
 * loss. A day whose P&L was known in between goes on from there.
 */

import { newYorkDate } from '../../src/domain/calendar.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { lossBaseOf, pnlOf, pnlSinceBase, totalOf } from './money.ts';
import { remember } from './operations.ts';
import type { BookState } from './state.ts';

/** As long as it takes until somebody is told: closes come within seconds of a subscription. */
const UNKNOWN_MS = 60_000;

/** Looks whether a base is needed, at the end of a turn. */
export function noteLossBase(state: BookState, turn: Turn): void {
  const now = turn.at.trading;
  const since = state.alerts.pnlUnknownSince;
  if (since === null || pnlOf(state, now) !== null) return;
  const counted = pnlSinceBase(state, now);
  if (counted !== null && !knownSinceBase(state)) {
    state.lossSeen = counted;
    return;
  }
  const total = totalOf(state, now);
  if (now - since < UNKNOWN_MS || !Number.isFinite(total)) return;
  const day = newYorkDate(now);
  const pnl = startOf(state, now);
  state.lossSeen = pnl;
  remember(state, turn, { lossBase: { day, ts: now, pnl, total } });
  state.redeliver = true;
}

/** What the day had made when it was known, or counted, last. */
function startOf(state: BookState, now: number): number {
  const { kept } = state.attribution;
  const isToday = kept?.day === newYorkDate(now);
  if (isToday && knownSinceBase(state)) return kept.anchor.pnl;
  return lossBaseOf(state, now) === null ? 0 : (state.lossSeen ?? lossBaseOf(state, now)?.pnl ?? 0);
}

/** The day's own P&L was known after the base was taken. */
function knownSinceBase({ attribution: { kept }, memory: { lossBase } }: BookState): boolean {
  if (kept === null) return false;
  return lossBase === null || (kept.day === lossBase.day && kept.anchor.ts > lossBase.ts);
}
