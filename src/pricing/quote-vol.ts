/**
 * Volatilities from quotes rather than from one price: of bid, mid and ask, and of a strike from
 * the side that is out of the money. A deep option in the money is nearly all intrinsic value and
 * its quote says next to nothing about volatility; its partner at the same strike does, once the
 * forward is known, and the forward follows from the two by parity.
 */

import type { Right } from '../domain/contract.ts';
import { type ImpliedVol, impliedVol, type PricedOption } from './implied-vol.ts';

/** USD per share; NaN where there is none. */
export interface QuotePair {
  readonly bid: number;
  readonly ask: number;
}

export interface QuoteVols {
  readonly bid: ImpliedVol;
  readonly mid: ImpliedVol;
  readonly ask: ImpliedVol;
}

/** The three volatilities of one option's quote; a missing side has none, and then nor has mid. */
export function quoteVols(terms: Omit<PricedOption, 'price'>, quote: QuotePair): QuoteVols {
  const at = (price: number): ImpliedVol => impliedVol({ ...terms, price });
  const { bid, ask } = quote;
  return { bid: at(bid), mid: at(bid <= ask ? 0.5 * (bid + ask) : Number.NaN), ask: at(ask) };
}

export interface StrikeQuotes {
  readonly strike: number;
  readonly call: QuotePair;
  readonly put: QuotePair;
}

/** USD per share, at expiry: what the forward can be without arbitrage, and its middle. */
export interface ImpliedForward {
  readonly low: number;
  readonly mid: number;
  readonly high: number;
}

export type ParityForward =
  | ({ readonly kind: 'implied' } & ImpliedForward)
  | { readonly kind: 'none'; readonly reason: 'one_sided' | 'crossed' };

/**
 * The forward of European options by parity, F = K + e^(rT)(C − P): from each strike an interval
 * (call bid less put ask to call ask less put bid); of several, their intersection.
 */
export function parityForward(
  strikes: readonly StrikeQuotes[],
  years: number,
  rate: number,
): ParityForward {
  const growth = Math.exp(rate * years);
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  for (const { strike, call, put } of strikes) {
    const from = strike + growth * (call.bid - put.ask);
    const to = strike + growth * (call.ask - put.bid);
    if (!Number.isFinite(from + to)) continue;
    low = Math.max(low, from);
    high = Math.min(high, to);
  }
  if (!Number.isFinite(low + high)) return { kind: 'none', reason: 'one_sided' };
  if (low > high) return { kind: 'none', reason: 'crossed' };
  return { kind: 'implied', low, mid: 0.5 * (low + high), high };
}

/** The volatilities of a strike, from its option out of the money at `forward`, and which it is. */
export function strikeVols(
  quotes: StrikeQuotes,
  forward: number,
  years: number,
  rate: number,
): QuoteVols & { readonly right: Right } {
  const right = quotes.strike >= forward ? 'C' : 'P';
  // A yield equal to the rate makes the forward itself the spot (Black 1976).
  const terms = {
    right,
    spot: forward,
    strike: quotes.strike,
    years,
    rate,
    dividendYield: rate,
  } as const;
  return { right, ...quoteVols(terms, right === 'C' ? quotes.call : quotes.put) };
}
