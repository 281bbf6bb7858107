/**
 * Bars of volatility instead of price, as IB charts them for stocks: what was realised over the
 * last thirty sessions, and what options of thirty days imply.
 */

import { newYorkDate } from '../../domain/calendar.ts';
import { priceOnSurface } from './option-model.ts';
import type { SurfaceParameters } from './scenario.ts';
import type { VenueBar } from './venue.ts';

const SESSIONS = 30;
const SESSIONS_YEAR = 252;
const IMPLIED_YEARS = 30 / 365;

/** Each bar with the volatility realised by its day; none where thirty sessions are not known. */
export function realisedBars(
  bars: readonly VenueBar[],
  daily: readonly VenueBar[],
): readonly VenueBar[] {
  const byDay = new Map<string, number>();
  const returns: number[] = [];
  for (const [index, { close, ts }] of daily.entries()) {
    const before = daily[index - 1];
    if (before !== undefined) returns.push(Math.log(close / before.close));
    if (returns.length > SESSIONS) returns.shift();
    if (returns.length === SESSIONS) byDay.set(newYorkDate(ts), deviationOf(returns));
  }
  return bars.flatMap(({ ts }) => {
    const value = byDay.get(newYorkDate(ts));
    return value === undefined ? [] : [flat(ts, value)];
  });
}

/** Each bar with the volatility at the money, thirty days out. */
export function impliedBars(
  bars: readonly VenueBar[],
  surface: SurfaceParameters,
): readonly VenueBar[] {
  return bars.flatMap(({ ts, close }) => {
    const terms = { strike: close, right: 'C', years: IMPLIED_YEARS } as const;
    const model = priceOnSurface(surface, close, terms);
    return model === null ? [] : [flat(ts, model.iv)];
  });
}

/** Annualised, of daily logarithmic returns. */
function deviationOf(returns: readonly number[]): number {
  const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
  const squares = returns.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt((squares / (returns.length - 1)) * SESSIONS_YEAR);
}

function flat(ts: number, value: number): VenueBar {
  return { ts, open: value, high: value, low: value, close: value, volume: -1, count: -1 };
}
