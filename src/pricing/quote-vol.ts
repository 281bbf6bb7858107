/**
 * Volatilities of quotes rather than of one price: at bid, mid and ask, and of an option in the
 * money from its partner, the other right at the same strike. What is deep in the money is nearly
 * all intrinsic value, and a spread of cents hides its volatility; its partner out of the money
 * tells it, for by parity the two have one volatility. Each is solved by the way its option is
 * priced, so that early exercise is in both.
 */

/** USD per share; NaN where there is none. */
export interface QuotePair {
  readonly bid: number;
  readonly ask: number;
}

export interface StrikeQuotes {
  readonly strike: number;
  readonly call: QuotePair;
  readonly put: QuotePair;
}

export interface QuoteVols<T> {
  readonly bid: T;
  readonly mid: T;
  readonly ask: T;
}

/**
 * What `solve` makes of the three prices of a quote, each by the way its option is priced; a side
 * that is missing is NaN, and so is the mid of one side or of a crossed quote.
 */
export function quoteVols<T>(solve: (price: number) => T, { bid, ask }: QuotePair): QuoteVols<T> {
  const mid = bid > 0 && bid <= ask ? 0.5 * (bid + ask) : Number.NaN;
  return { bid: solve(bid), mid: solve(mid), ask: solve(ask) };
}

/** Standard deviations in the money at which the partner begins to count, and alone counts. */
const PARTNER_FROM = 1;
const PARTNER_ALONE = 2;

/**
 * How much of the volatility of an option in the money is its partner's, from 0 to 1: its own up to
 * one deviation in the money, where its quote tells it within a part of a point still, and its
 * partner's from two on. In between both count, so that no move of the spot makes the delta jump.
 * `inMoney` is the logarithm of spot to strike, positive in the money.
 */
export function partnerShare(inMoney: number, sigma: number, years: number): number {
  const depth = inMoney / (sigma * Math.sqrt(years));
  const share = (depth - PARTNER_FROM) / (PARTNER_ALONE - PARTNER_FROM);
  return share > 0 ? Math.min(1, share) : 0;
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
