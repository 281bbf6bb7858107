/**
 * Prices a recorded evaluation again from the quotes and settings that stand in it. Greeks are a
 * pure function of their record, so every volatility and every greek must come out the same, to
 * within what another processor's last bits may differ by.
 */

import type { GreeksSettings } from '../../src/domain/settings.ts';
import { type LegMarket, LegPricer, QUALITY } from '../../src/pricing/leg.ts';
import { BOOK, LEG, legOffset, VOL_SOURCES } from '../../src/protocol/book-board.ts';

export interface PriceDifference {
  readonly conId: number;
  readonly field: 'iv' | 'quality' | 'value' | 'delta' | 'gamma' | 'vega' | 'theta';
  readonly written: number;
  readonly priced: number;
}

export interface Repriced {
  /** Legs that were priced again; those of old journals lack what that needs. */
  readonly legs: number;
  readonly difference: PriceDifference | null;
}

/** Relative to the written value, or absolute where that is below one. */
const TOLERANCE = 1e-9;

/** Prices every leg of the record again; the first difference ends it. */
export function reprice(record: Float64Array): Repriced {
  const count = at(record, BOOK.legCount);
  const settings = settingsOf(record);
  let legs = 0;
  if (settings === null) return { legs, difference: null };
  for (let index = 0; index < count; index += 1) {
    const base = legOffset(index);
    if (!(at(record, base + LEG.strike) > 0)) continue;
    legs += 1;
    const difference = repriceLeg(record, base, settings);
    if (difference !== null) return { legs, difference };
  }
  return { legs, difference: null };
}

function settingsOf(record: Float64Array): GreeksSettings | null {
  const source = VOL_SOURCES[at(record, BOOK.volSource)];
  if (source === undefined) return null;
  return {
    risk_free_rate: at(record, BOOK.rate),
    dividend_yield: at(record, BOOK.dividendYield),
    dividends: [],
    volatility: at(record, BOOK.volatility),
    vol_source: source,
    exercise: 'european',
  };
}

function repriceLeg(
  record: Float64Array,
  base: number,
  settings: GreeksSettings,
): PriceDifference | null {
  const field = (offset: number): number => at(record, base + offset);
  const terms = {
    right: field(LEG.right) > 0 ? 'C' : 'P',
    strike: field(LEG.strike),
    expiry: String(field(LEG.expiry)),
  } as const;
  const pricer = new LegPricer(terms, settings, Number.POSITIVE_INFINITY);
  // A held volatility is an input: the quote that gave it stands in an earlier record.
  if (field(LEG.quality) === QUALITY.held) pricer.hold(field(LEG.iv), field(LEG.ivTs));
  const market: LegMarket = { bid: field(LEG.bid), ask: field(LEG.ask), ibIv: field(LEG.ibIv) };
  pricer.price(market, field(LEG.spot), at(record, BOOK.tradingTs));
  const { greeks, iv, quality } = pricer;
  const compared = [
    ['quality', LEG.quality, quality],
    ['iv', LEG.iv, iv],
    ['value', LEG.value, greeks.price],
    ['delta', LEG.delta, greeks.delta],
    ['gamma', LEG.gamma, greeks.gamma],
    ['vega', LEG.vega, greeks.vega],
    ['theta', LEG.theta, greeks.theta],
  ] as const;
  for (const [name, offset, priced] of compared) {
    const written = field(offset);
    if (!isSame(written, priced)) return { conId: field(LEG.conId), field: name, written, priced };
  }
  return null;
}

function isSame(written: number, priced: number): boolean {
  if (Number.isNaN(written) || Number.isNaN(priced)) return Object.is(written, priced);
  return Math.abs(written - priced) <= TOLERANCE * Math.max(1, Math.abs(written));
}

function at(record: Float64Array, index: number): number {
  return record[index] ?? Number.NaN;
}
