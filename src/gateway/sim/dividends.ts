/**
 * The cash dividends a scenario announces: what is still to come of them before an expiry belongs
 * into the price of an option, and what tick 59 tells of them is a sum of them.
 */

import { epochOf } from '../../domain/calendar.ts';
import type { Scenario } from './scenario.ts';
import type { VenueDividends } from './venue.ts';

export interface Dividend {
  readonly symbol: string;
  /** When the shares begin to trade without it, epoch ms. */
  readonly exAt: number;
  readonly exDate: string;
  /** When holders have the cash. */
  readonly payAt: number;
  /** USD per share. */
  readonly amount: number;
}

/** Corporate actions take effect before the first trade of their day. */
const BEFORE_TRADING = '03:30';
const YEAR_MS = 365 * 86_400_000;

/** The moment at which a corporate action of a day takes effect. */
export function effectiveAt(day: string): number {
  return epochOf(day, BEFORE_TRADING);
}

/** In the order of their ex-dates. */
export function announcedDividends(scenario: Scenario): readonly Dividend[] {
  const own = scenario.underlyings.flatMap(({ symbol, dividends }) =>
    dividends.map((dividend) => ({ symbol, ...dividend })),
  );
  const all = [...own, ...(scenario.recorded?.dividends ?? [])];
  return all
    .map(({ symbol, ex_date: exDate, pay_date: payDate, amount }) => {
      const exAt = effectiveAt(exDate);
      const payAt = payDate === undefined ? exAt : effectiveAt(payDate);
      return { symbol, exAt, exDate, payAt, amount };
    })
    .sort((a, b) => a.exAt - b.exAt);
}

/** USD per share that is paid away in `(ts, expiry]`, at its value on `ts`. */
export function presentValue(
  dividends: readonly Dividend[],
  ts: number,
  expiry: number,
  rate: number,
): number {
  let sum = 0;
  for (const { exAt, amount } of dividends) {
    if (exAt > ts && exAt <= expiry) sum += amount * Math.exp((-rate * (exAt - ts)) / YEAR_MS);
  }
  return sum;
}

/** Null for a stock that has announced none. */
export function dividendsOf(
  dividends: readonly Dividend[],
  symbol: string,
  now: number,
): VenueDividends | null {
  const own = dividends.filter((dividend) => dividend.symbol === symbol);
  if (own.length === 0) return null;
  const sum = (from: number, to: number): number =>
    own.reduce(
      (total, { exAt, amount }) => (exAt > from && exAt <= to ? total + amount : total),
      0,
    );
  const next = own.find(({ exAt }) => exAt > now);
  return {
    past12Months: sum(now - YEAR_MS, now),
    next12Months: sum(now, now + YEAR_MS),
    nextDate: next?.exDate ?? '',
    nextAmount: next?.amount ?? 0,
  };
}
