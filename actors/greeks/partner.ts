/**
 * The partner of an option in the money: the other right at its strike, of its expiry and series,
 * a leg or a strike of the smile, whose quote may be believed. A journal that does not know the
 * series of its options has none.
 */

import type { LegModel } from '../../src/pricing/leg-model.ts';
import { partnerShare } from '../../src/pricing/quote-vol.ts';
import { yearsUntil } from '../../src/pricing/time-to-expiry.ts';
import { LEG, legOffset, quotedCount } from '../../src/protocol/book-board.ts';
import { hasGoodQuote } from './good-quote.ts';

/** Its volatility; NaN where leg `index`, which is in the money, has no such partner. */
export function partnerVol(record: Float64Array, index: number): number {
  const base = legOffset(index);
  const right = at(record, base + LEG.right);
  const strike = at(record, base + LEG.strike);
  const expiry = at(record, base + LEG.expiry);
  const series = at(record, base + LEG.series);
  const count = quotedCount(record);
  for (let other = 0; other < count; other += 1) {
    const place = legOffset(other);
    if (at(record, place + LEG.strike) !== strike) continue;
    if (at(record, place + LEG.right) !== -right) continue;
    if (at(record, place + LEG.expiry) !== expiry) continue;
    if (at(record, place + LEG.series) !== series) continue;
    if (hasGoodQuote(record, place)) return at(record, place + LEG.quoteIv);
  }
  return Number.NaN;
}

/**
 * How much of the volatility of the leg at `base` is its partner's, from 0 to 1: as at the spot and
 * the moment that its own was solved for, so that between two solutions the volatility stands.
 */
export function shareOf(
  record: Float64Array,
  base: number,
  { expiryTs }: LegModel,
  partnerIv: number,
): number {
  const moneyness = Math.log(at(record, base + LEG.solvedSpot) / at(record, base + LEG.strike));
  const years = yearsUntil(expiryTs, at(record, base + LEG.solvedTs));
  return partnerShare(at(record, base + LEG.right) * moneyness, partnerIv, years);
}

function at(record: Float64Array, index: number): number {
  return record[index] ?? Number.NaN;
}
