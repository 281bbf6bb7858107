/**
 * The band of a whole book by the policy that its settings name. Formulas are for one option
 * position; a book has several, of other strikes and expiries, so its market is theirs, weighted
 * by what each adds to gamma. Where a policy cannot be computed the configuration's own thresholds
 * hold: a book is never left without a band because a number is missing.
 */

import type { BookQuotes, LegQuote } from '../../domain/book-quotes.ts';
import {
  fixedBand,
  type HedgeBand,
  type PolicyInput,
  shiftBand,
  tradesToEdge,
} from '../../domain/policy.ts';
import type { BookSettings } from '../../domain/settings.ts';
import { yearsToExpiry } from '../time-to-expiry.ts';
import type { Aversion, PolicyBand, PolicyMarket } from './band.ts';
import type { StrikeMarket } from './delta-shift.ts';
import { gammaScaled } from './gamma-scaled.ts';
import { leland } from './leland.ts';
import { isMoveDue, isTimeDue } from './move-based.ts';
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
      return modelBand(settings, input) ?? { ...fixedBand(settings), fallback: true };
  }
}

/** The thresholds once the interval is over; before that only the forced limit is a trigger. */
function timeBand(settings: BookSettings, { now, lastHedge }: PolicyInput): HedgeBand {
  const intervalMs = settings.hedging.time_interval_min * MINUTE_MS;
  if (lastHedge === null || isTimeDue(lastHedge.ts, now, intervalMs)) return dueBand(settings);
  return { ...waitingBand(settings), validUntil: lastHedge.ts + intervalMs };
}

/** The thresholds once the spot has moved so far since the last hedge; the same before that. */
function moveBand(
  settings: BookSettings,
  { lastHedge }: PolicyInput,
  { spot, sigma }: PolicyMarket,
): HedgeBand {
  const { move_multiple: multiple, move_interval_min: minutes } = settings.hedging;
  const rule = { multiple, intervalYears: minutes / MINUTES_PER_YEAR };
  const due = lastHedge === null || isMoveDue(lastHedge.price, spot, sigma, rule);
  return due ? dueBand(settings) : waitingBand(settings);
}

/** Whatever is outside ε is hedged now. */
function dueBand(settings: BookSettings): HedgeBand {
  const fixed = fixedBand(settings);
  return { ...fixed, triggerLow: fixed.low, triggerHigh: fixed.high };
}

function waitingBand(settings: BookSettings): HedgeBand {
  const [triggerLow, triggerHigh] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return { ...fixedBand(settings), triggerLow, triggerHigh };
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
    case 'leland':
      return lelandBand(settings, input, market);
    case 'gamma_scaled': {
      const years = hedging.gamma_interval_min / MINUTES_PER_YEAR;
      const band = gammaScaled({ delta, gamma }, market, hedging.gamma_multiple, years);
      return aroundDelta(settings, band, delta, 'center');
    }
    case 'move':
      return moveBand(settings, input, market);
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
  const shift = shiftOfLegs(settings, input, market, (quantity, own) =>
    zakamouline({ delta: 0, gamma, quantity }, own, aversion),
  );
  const whole = zakamouline(
    { delta: 0, gamma, quantity: Math.sign(gamma) },
    { ...market, strike: market.spot, dividendYield: settings.greeks.dividend_yield },
    aversion,
  );
  if (shift === null || whole.kind === 'refused') return null;
  const halfWidth = (whole.high - whole.low) / 2;
  const [low, high] = [delta + shift - halfWidth, delta + shift + halfWidth];
  return aroundDelta(settings, { low, high, targetLow: low, targetHigh: high }, delta, 'edge');
}

/** The thresholds, around the delta at the volatility that includes the cost of hedging. */
function lelandBand(
  settings: BookSettings,
  input: PolicyInput,
  market: PolicyMarket,
): HedgeBand | null {
  const { cost_bps: costBps, leland_interval_min: minutes } = settings.hedging;
  const { gamma } = input.greeks;
  const shift = shiftOfLegs(settings, input, market, (quantity, own) =>
    leland({ delta: 0, gamma, quantity }, own, costBps / BASIS_POINTS, minutes / MINUTES_PER_YEAR),
  );
  // The hedge stands for delta + shift: net of it, the book's own delta is off by −shift.
  return shift === null ? null : shiftBand(fixedBand(settings), 0 - shift);
}

type LegBand = ({ readonly kind: 'band' } & PolicyBand) | { readonly kind: 'refused' };

/** Shares by which a policy's delta differs from the book's, leg by leg; null without one. */
function shiftOfLegs(
  settings: BookSettings,
  input: PolicyInput,
  market: PolicyMarket,
  bandOf: (quantity: number, market: StrikeMarket) => LegBand,
): number | null {
  const { dividend_yield: dividendYield } = settings.greeks;
  let shift = 0;
  for (const { contract, quantity } of input.legs) {
    const quote = quoteOf(input.quotes, contract.conId);
    if (quote === undefined) return null;
    const { strike, expiry, multiplier } = contract;
    const years = yearsToExpiry(expiry, input.now);
    const own = { ...market, years, sigma: quote.iv, strike, dividendYield };
    const band = bandOf(quantity * multiplier, own);
    if (band.kind === 'refused') return null;
    shift += (band.low + band.high) / 2;
  }
  return shift;
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
