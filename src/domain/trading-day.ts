/**
 * What one New York day means for a book: its session, the hours in which orders may go, when the
 * day ends, and whether earnings are near. Computed once for each day and set of settings, because
 * every evaluation asks.
 */

import assert from 'node:assert/strict';
import {
  epochOfTime,
  nextTradingDay,
  previousTradingDay,
  type SessionState,
  sessionState,
  type TradingSession,
  tradingSession,
} from './calendar.ts';
import type { GateSettings } from './settings.ts';

export interface TradingDay {
  /** `YYYYMMDD`. */
  readonly day: string;
  readonly state: SessionState['state'];
  /** Regular hours; null on a day without trading. */
  readonly session: TradingSession | null;
  /** Hours in which the book may trade: regular, or extended where the settings allow it. */
  readonly window: TradingSession | null;
  /** The next session's opening of those hours. */
  readonly nextWindowOpen: number;
  /** The day's end. */
  readonly midnight: number;
  /** Within the configured days of an earnings date, whatever the mode. */
  readonly earningsNear: boolean;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Pre-market begins at 04:00, late trading ends at 20:00 (17:00 on half days). */
const EXTENDED_BEFORE_MS = 5.5 * HOUR_MS;
const EXTENDED_AFTER_MS = 4 * HOUR_MS;

type StrategySettings = GateSettings['strategy'];

/** The last answer for each settings: time moves forward, so the next question is of that day. */
const known = new WeakMap<StrategySettings, { from: number; until: number; day: TradingDay }>();

/** The day at `now`. The same object while nothing of it changes. */
export function tradingDay(now: number, strategy: StrategySettings): TradingDay {
  const last = known.get(strategy);
  if (last !== undefined && now >= last.from && now < last.until) return last.day;
  const state = sessionState(now);
  const day = makeDay(state, strategy);
  known.set(strategy, { from: now, until: Math.min(state.next, day.midnight), day });
  return day;
}

/** Whether orders may go at `now`, as far as the clock is concerned. */
export function inTradingHours(day: TradingDay, now: number): boolean {
  return day.window !== null && now >= day.window.open && now < day.window.close;
}

function makeDay(state: SessionState, strategy: StrategySettings): TradingDay {
  const { day, session } = state;
  const before = strategy.trading_hours_only ? 0 : EXTENDED_BEFORE_MS;
  const after = strategy.trading_hours_only ? 0 : EXTENDED_AFTER_MS;
  const window =
    session === null ? null : { open: session.open - before, close: session.close + after };
  const nextOpen = state.state === 'open' ? openingAfter(day) : state.next;
  return {
    day,
    state: state.state,
    session,
    window,
    nextWindowOpen: nextOpen - before,
    midnight: epochOfTime(day, DAY_MS),
    earningsNear: strategy.earnings.dates.some((date) => isNear(day, date, strategy.earnings)),
  };
}

function openingAfter(day: string): number {
  const session = tradingSession(nextTradingDay(day));
  assert(session !== null, 'a trading day has a session');
  return session.open;
}

function isNear(day: string, date: string, settings: StrategySettings['earnings']): boolean {
  let from = date.replaceAll('-', '');
  let to = from;
  for (let n = 0; n < settings.blackout_days_before; n += 1) from = previousTradingDay(from);
  for (let n = 0; n < settings.blackout_days_after; n += 1) to = nextTradingDay(to);
  return day >= from && day <= to;
}
