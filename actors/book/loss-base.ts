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
/** What was counted is written down by so much of the limit, and no more often than that. */
const COUNTED_STEP = 0.01;
const COUNTED_MS = 5000;

/** Looks whether a base is needed, at the end of a turn. */
export function noteLossBase(state: BookState, turn: Turn): void {
  const now = turn.at.trading;
  const since = state.alerts.pnlUnknownSince;
  if (since === null || pnlOf(state, now) !== null) return;
  const counted = pnlSinceBase(state, now);
  if (counted !== null && !knownSinceBase(state, now)) {
    noteCounted(state, turn, counted);
    return;
  }
  const total = totalOf(state, now);
  if (now - since < UNKNOWN_MS || !Number.isFinite(total)) return;
  const day = newYorkDate(now);
  const pnl = startOf(state, now);
  state.lossSeen = pnl;
  remember(state, turn, { lossBase: { day, ts: now, pnl, total, counted: pnl, countedAt: now } });
  state.redeliver = true;
}

/** A restart at which other legs are held can count from nothing else than what is written. */
function noteCounted(state: BookState, turn: Turn, counted: number): void {
  state.lossSeen = counted;
  const now = turn.at.trading;
  const base = lossBaseOf(state, now);
  if (base === null) return;
  const { counted: written = base.pnl, countedAt = base.ts } = base;
  const step = COUNTED_STEP * state.settings.gates.guard.risk.max_daily_loss_usd;
  if (Math.abs(counted - written) < step || now - countedAt < COUNTED_MS) return;
  remember(state, turn, { lossBase: { ...base, counted, countedAt: now } });
}

/** What the day had made when it was known, or counted, last. */
function startOf(state: BookState, now: number): number {
  const { kept } = state.attribution;
  if (kept !== null && knownSinceBase(state, now)) return kept.anchor.pnl;
  const base = lossBaseOf(state, now);
  return base === null ? 0 : (state.lossSeen ?? base.counted ?? base.pnl);
}

/** The day's own P&L was known, after the base of the day was taken where there is one. */
function knownSinceBase(state: BookState, now: number): boolean {
  const { kept } = state.attribution;
  if (kept === null || kept.day !== newYorkDate(now)) return false;
  const base = lossBaseOf(state, now);
  return base === null || kept.anchor.ts > base.ts;
}
