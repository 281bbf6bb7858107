/** When an order can trade, and until when it lives. Times are exchange time, epoch ms. */

import assert from 'node:assert/strict';
import { epochOf, newYorkDate, nextTradingDay, tradingSession } from '../../domain/calendar.ts';
import type { Contract } from '../../domain/contract.ts';

/** What of an order decides its hours. */
export interface Hours {
  readonly contract: Contract;
  readonly orderType: string;
  readonly outsideRth: boolean;
}

interface Session {
  readonly open: number;
  readonly close: number;
}

/**
 * Whether the order can trade at `now`. The closing instant counts: a recorded bar that ends there
 * is the last minute of the session.
 */
export function isOpenFor(hours: Hours, now: number): boolean {
  const session = sessionFor(hours, newYorkDate(now));
  return session !== null && now >= session.open && now <= session.close;
}

/** The opening of the session on the day of `now`; null on a day without one. */
export function openingAt(hours: Hours, now: number): number | null {
  return sessionFor(hours, newYorkDate(now))?.open ?? null;
}

/** When it can trade next, if not now. */
export function nextOpening(hours: Hours, now: number): number {
  const today = newYorkDate(now);
  const session = sessionFor(hours, today);
  if (session !== null && now < session.open) return session.open;
  const next = sessionFor(hours, nextTradingDay(today));
  assert(next !== null);
  return next.open;
}

/** The end of the session a DAY order lives for: this one, or the next when this one is over. */
export function dayEnd(hours: Hours, now: number): number {
  const today = newYorkDate(now);
  const session = sessionFor(hours, today);
  if (session !== null && now < session.close) return session.close;
  const next = sessionFor(hours, nextTradingDay(today));
  assert(next !== null);
  return next.close;
}

function sessionFor(hours: Hours, day: string): Session | null {
  const session = tradingSession(day);
  if (session === null) return null;
  // Outside regular hours only limit orders in shares trade; options and market orders wait.
  const extended =
    hours.outsideRth && hours.contract.secType === 'STK' && hours.orderType === 'LMT';
  return extended ? { open: epochOf(day, '04:00'), close: epochOf(day, '20:00') } : session;
}
