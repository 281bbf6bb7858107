/**
 * What the market says about one book at one moment: the underlying and each leg, priced. One
 * object per book is filled again and again from the board's record, so the hot path allocates
 * nothing. NaN means "none"; times are trading time, epoch ms.
 */

/** Where a leg's volatility came from, best first; `invalid`: its greeks are NaN. */
export const LEG_QUALITY = ['quote', 'held', 'ib', 'fixed', 'invalid'] as const;
export type LegQuality = (typeof LEG_QUALITY)[number];

/** M0 … M4 as the greeks actor measures them; M5 (stale) is added by age at the evaluation. */
export const REGIMES = ['M0', 'M1', 'M2', 'M3', 'M4'] as const;

export interface LegQuote {
  conId: number;
  bid: number;
  ask: number;
  last: number;
  /** The previous session's close of the option. */
  close: number;
  quoteTs: number;
  iv: number;
  ivTs: number;
  quality: LegQuality;
  /** The model's value, USD per share. */
  value: number;
  /** Per share; `vega` per 1.00 of volatility, `theta` per year. */
  delta: number;
  gamma: number;
  vega: number;
  theta: number;
  ibDelta: number;
}

export interface BookQuotes {
  version: number;
  /** When the record was made. */
  tradingTs: number;
  bid: number;
  ask: number;
  last: number;
  bidSize: number;
  askSize: number;
  close: number;
  /** The underlying's last tick. */
  spotTs: number;
  halted: boolean;
  dataType: 1 | 2 | 3 | 4;
  regime: number;
  realizedVol: number;
  /** How easily the underlying can be borrowed: above 2.5 easily, up to 1.5 not at all. */
  shortable: number;
  /** So many can be borrowed. */
  shortableShares: number;
  /** From the socket read to this evaluation. */
  lagMs: number;
  legs: LegQuote[];
}

/** Mid of the underlying, else its last price; NaN without either. */
export function spotOfQuotes({ bid, ask, last }: Pick<BookQuotes, 'bid' | 'ask' | 'last'>): number {
  const mid = midOf(bid, ask);
  return Number.isFinite(mid) ? mid : last;
}

/** Mid of a two-sided, uncrossed quote; NaN otherwise. */
export function midOf(bid: number, ask: number): number {
  return bid > 0 && ask >= bid ? (bid + ask) / 2 : Number.NaN;
}
