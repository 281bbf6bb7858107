/**
 * The hedge before the night: from a set time until the close the band is narrow and a hedge goes
 * to its centre, once. Delta that is carried overnight cannot be traded when the news comes.
 */

import assert from 'node:assert/strict';
import type { HedgeMemory } from './assessment-input.ts';
import { epochOf, type TradingSession } from './calendar.ts';
import type { HedgeBand } from './policy.ts';
import type { HedgingSettings } from './settings.ts';
import type { TradingDay } from './trading-day.ts';

type EodHedge = NonNullable<HedgingSettings['eod_hedge']>;

const MINUTE_MS = 60_000;
const BEFORE_CLOSE = /^close-(\d{1,3})m$/;

/** When it is due this day, epoch ms: so long before the close, early ones too, or at a time. */
export function eodHedgeAt({ at }: EodHedge, day: string, session: TradingSession): number {
  const minutes = BEFORE_CLOSE.exec(at)?.[1];
  return minutes === undefined ? epochOf(day, at) : session.close - Number(minutes) * MINUTE_MS;
}

/** Its time has come, and no hedge since then has reached its target. */
export function isEodHedgeDue(at: number, now: number, day: TradingDay, memory: HedgeMemory) {
  if (day.session === null || now < at || now >= day.session.close) return false;
  const { lastHedge, remainder } = memory;
  return lastHedge === null || lastHedge.ts < at || remainder;
}

/** Flat is ±`from`; beyond it a hedge goes to the centre. */
export function eodBand({ from }: EodHedge, epsilon: number): HedgeBand {
  const edge = from ?? epsilon;
  assert(edge >= 0, 'a band has a width');
  return {
    low: 0 - edge,
    high: edge,
    triggerLow: 0 - edge,
    triggerHigh: edge,
    targetLow: 0,
    targetHigh: 0,
  };
}
