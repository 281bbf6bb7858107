/**
 * How long an option has to live, in the clock that options are quoted in: calendar time, in years
 * of 365 days, to the minute at which the exchange closes on its last trading day.
 */

import assert from 'node:assert/strict';
import { lastTradingDay, tradingSession } from '../domain/calendar.ts';

const YEAR_MS = 365 * 86_400_000;
const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

/**
 * The moment (epoch ms) at which an option dated `expiry` stops trading: 16:00 New York, 13:00 on
 * a half day. Dates on which the exchange is closed, such as the Saturdays until January 2015,
 * mean the trading day before.
 */
export function expiryTime(expiry: string): number {
  const session = tradingSession(lastTradingDay(expiry));
  assert(session !== null);
  return session.close;
}

/** Years from `ts` until `expiryTs` (of `expiryTime`); negative after it. */
export function yearsUntil(expiryTs: number, ts: number): number {
  return (expiryTs - ts) / YEAR_MS;
}

/** Years from `ts` to the expiry; callers on a hot path keep `expiryTime` instead. */
export function yearsToExpiry(expiry: string, ts: number): number {
  return yearsUntil(expiryTime(expiry), ts);
}

/**
 * The trading time that a solved price is made for: `ts` back to the full minute, in the last
 * seventeen hours to the full second, and in the last seventeen minutes `ts` itself. Solved prices
 * then last for a while, without the time left being wrong by more than a thousandth.
 */
export function pricingTime(expiryTs: number, ts: number): number {
  const left = expiryTs - ts;
  if (left >= 1000 * MINUTE_MS) return ts - (ts % MINUTE_MS);
  return left >= 1000 * SECOND_MS ? ts - (ts % SECOND_MS) : ts;
}
