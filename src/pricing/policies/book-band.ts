/**
 * The band of a whole book by the policy that its settings name. Formulas are for one option
 * position; a book has several, of other strikes and expiries, so its market is theirs, weighted
 * by what each adds to gamma. Where a policy cannot be computed the configuration's own thresholds
 * hold: a book is never left without a band because a number is missing.
 */

import type { BookQuotes, LegQuote } from '../../domain/book-quotes.ts';
import { fixedBand, type HedgeBand, type PolicyInput, tradesToEdge } from '../../domain/policy.ts';
import type { BookSettings } from '../../domain/settings.ts';
import { yearsToExpiry } from '../time-to-expiry.ts';
import type { Aversion, PolicyBand, PolicyMarket } from './band.ts';
import { gammaScaled } from './gamma-scaled.ts';
import { isTimeDue } from './move-based.ts';
import { whalleyWilmott } from './whalley-wilmott.ts';
import { zakamouline } from './zakamouline.ts';

const MINUTE_MS = 60_000;
const MINUTES_PER_YEAR = 365 * 24 * 60;
const BASIS_POINTS = 10_000;

export function bookBand(settings: BookSettings, input: PolicyInput): HedgeBand {
  switch (settings.hedging.policy) {
    case 'fixed_band':
      return fixedBand(settings);
    case 'time':
      return timeBand(settings, input);
    default:
      return modelBand(settings, input) ?? fixedBand(settings);
  }
}

/** The thresholds once the interval is over; before that only the forced limit is a trigger. */
function timeBand(settings: BookSettings, { now, lastHedgeTs }: PolicyInput): HedgeBand {
  const fixed = fixedBand(settings);
  const intervalMs = settings.hedging.time_interval_min * MINUTE_MS;
  const due = lastHedgeTs === null || isTimeDue(lastHedgeTs, now, intervalMs);
  if (due) return { ...fixed, triggerLow: fixed.low, triggerHigh: fixed.high };
  return {
    ...fixed,
    triggerLow: Number.NEGATIVE_INFINITY,
    triggerHigh: Number.POSITIVE_INFINITY,
    validUntil: lastHedgeTs + intervalMs,
  };
}

function modelBand(settings: BookSettings, input: PolicyInput): HedgeBand | null {
  const { hedging, greeks } = settings;
  const market = marketOf(greeks.risk_free_rate, input);
  if (market === null) return null;
  const aversion = { cost: hedging.cost_bps / BASIS_POINTS, riskAversion: hedging.risk_aversion };
  const { delta, gamma } = input.greeks;
  switch (hedging.policy) {
    case 'whalley_wilmott': {
      const band = whalleyWilmott({ delta, gamma }, market, aversion);
      return aroundDelta(settings, band, delta, 'edge');
    }
    case 'zakamouline':
      return zakamoulineBand(settings, input, market, aversion);
    case 'gamma_scaled': {
      const years = hedging.gamma_interval_min / MINUTES_PER_YEAR;
      const band = gammaScaled({ delta, gamma }, market, hedging.gamma_multiple, years);
      return aroundDelta(settings, band, delta, 'center');
    }
    default:
      return null;
  }
}

/**
 * Width from the whole book's gamma; the shift of its delta is summed over the legs, since each
 * has a strike of its own.
 */
function zakamoulineBand(
  settings: BookSettings,
  input: PolicyInput,
  market: PolicyMarket,
  aversion: Aversion,
): HedgeBand | null {
  const { delta, gamma } = input.greeks;
  const dividendYield = settings.greeks.dividend_yield;
  let center = delta;
  let halfWidth = Number.NaN;
  for (const leg of input.legs) {
    const quote = quoteOf(input.quotes, leg.contract.conId);
    if (quote === undefined) return null;
    const { strike, expiry, multiplier } = leg.contract;
    const years = yearsToExpiry(expiry, input.now);
    const band = zakamouline(
      { delta: 0, gamma, quantity: leg.quantity * multiplier },
      { ...market, years, sigma: quote.iv, strike, dividendYield },
      aversion,
    );
    if (band.kind === 'refused') return null;
    center += (band.low + band.high) / 2;
  }
  const whole = zakamouline(
    { delta: 0, gamma, quantity: Math.sign(gamma) },
    { ...market, strike: market.spot, dividendYield },
    aversion,
  );
  if (whole.kind === 'refused') return null;
  halfWidth = (whole.high - whole.low) / 2;
  const low = center - halfWidth;
  const high = center + halfWidth;
  return aroundDelta(settings, { low, high, targetLow: low, targetHigh: high }, delta, 'edge');
}

/**
 * A policy names where −h may lie for a hedge of h shares; net delta is D + h. Null where the band
 * is no band.
 */
function aroundDelta(
  settings: BookSettings,
  band: PolicyBand,
  delta: number,
  own: 'center' | 'edge',
): HedgeBand | null {
  const low = delta - band.high;
  const high = delta - band.low;
  if (!(Number.isFinite(low) && Number.isFinite(high) && low <= high)) return null;
  const middle = (low + high) / 2;
  const toEdge = tradesToEdge(settings.hedging, own);
  return {
    low,
    high,
    triggerLow: low,
    triggerHigh: high,
    targetLow: toEdge ? low : middle,
    targetHigh: toEdge ? high : middle,
  };
}

/** Volatility and time of the legs, each weighted by its part of gamma. */
function marketOf(rate: number, input: PolicyInput): PolicyMarket | null {
  const { spot, legs, quotes, now } = input;
  let weight = 0;
  let sigma = 0;
  let years = 0;
  for (const leg of legs) {
    const quote = quoteOf(quotes, leg.contract.conId);
    if (quote === undefined) return null;
    const part = Math.abs(leg.quantity * leg.contract.multiplier * quote.gamma);
    weight += part;
    sigma += part * quote.iv;
    years += part * yearsToExpiry(leg.contract.expiry, now);
  }
  const market = { spot, rate, sigma: sigma / weight, years: years / weight };
  const known = market.spot > 0 && market.sigma > 0 && market.years > 0;
  return known ? market : null;
}

function quoteOf(quotes: BookQuotes | null, conId: number): LegQuote | undefined {
  return quotes?.legs.find((leg) => leg.conId === conId);
}
