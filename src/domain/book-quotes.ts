/**
 * What the market says about one book at one moment: the underlying and each leg, priced. One
 * object per book is filled again and again from the board's record, so the hot path allocates
 * nothing. NaN means "none"; times are trading time, epoch ms.
 */

/** Where a leg's volatility came from; `invalid`: its greeks are NaN. Journals hold the index. */
export const LEG_QUALITY = ['quote', 'held', 'ib', 'fixed', 'invalid', 'smile', 'partner'] as const;
export type LegQuality = (typeof LEG_QUALITY)[number];

/** Why a leg's volatility is not from where it was wanted, or why it has no greeks. */
export const LEG_REASONS = [
  'none',
  'no_quote',
  'one_sided',
  'crossed',
  'wide',
  'stale',
  'below_intrinsic',
  'above_bound',
  'no_price',
  'expired',
  'no_smile',
  'no_ib_vol',
  'no_spot',
  'double_boundary',
  'not_priced',
  'outlier',
  'old_ib_vol',
  'deep_in_money',
] as const;
export type LegReason = (typeof LEG_REASONS)[number];

/** What is wrong with a leg's quote; bit i of its flags stands for entry i. */
export const QUOTE_FLAGS = ['no_quote', 'one_sided', 'crossed', 'wide', 'stale'] as const;
export type QuoteFlag = (typeof QUOTE_FLAGS)[number];

/**
 * Whether a leg's delta agrees with the difference of its own prices and with IB's model, within
 * the tolerance: `alone` where IB has told none, `outdated` where it has told none for too long.
 */
export const LEG_CHECKS = ['alone', 'agreed', 'disputed', 'outdated'] as const;
export type LegCheck = (typeof LEG_CHECKS)[number];

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
  /** Bits of `QUOTE_FLAGS`. */
  flags: number;
  reason: LegReason;
  /** ∂V/∂S at the leg's own volatility; `delta` is what the delta mode makes of it. */
  modelDelta: number;
  /** Of a difference of the model's prices. */
  differenceDelta: number;
  check: LegCheck;
  /** Why `delta` is not what the delta mode would make of it; `none`: it is. */
  deltaReason: LegReason;
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
  /** Options beside the legs that the smiles are fitted to. */
  smile: {
    strikes: number;
    /** With a quote that may be believed by itself. */
    good: number;
    /** Wanted, and without a market-data line. */
    dropped: number;
  };
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

/** An option's spread of so many USD is never wide: the cheapest are quoted in such steps. */
const SPREAD_NEVER_WIDE = 0.1;

/** The flags of an option's quote: `widePct` percent of mid; ages in ms of trading time. */
export function quoteFlags(
  bid: number,
  ask: number,
  ageMs: number,
  widePct: number,
  maxAgeMs: number,
): number {
  const hasBid = bid > 0;
  const hasAsk = ask > 0;
  if (!hasBid && !hasAsk) return FLAG.no_quote;
  // A quote without a time is of no known age: nobody can say that it is fresh.
  let flags = Number.isNaN(ageMs) || ageMs > maxAgeMs ? FLAG.stale : 0;
  if (!(hasBid && hasAsk)) flags |= FLAG.one_sided;
  else if (ask < bid) flags |= FLAG.crossed;
  else if (ask - bid > Math.max(SPREAD_NEVER_WIDE, (widePct / 100) * 0.5 * (bid + ask))) {
    flags |= FLAG.wide;
  }
  return flags;
}

/**
 * IB's model follows every move of the underlying. One that is silent for longer has stopped, and
 * what it said is of another market; a recording of minutes has it once a minute.
 */
export const IB_MODEL_MAX_AGE_MS = 90_000;

/** Of a volatility: the last good quote's and the broker's agree when they are no further apart. */
const WITNESSES_APART = 0.1;
/** Of the witnesses' mean: as far as that a quote may leave it. */
const OUTLIER_APART = 0.1;

/**
 * Whether a quote's volatility is contradicted: by that of the last good quote, not older than
 * `maxAgeMs`, and by the broker's model, where these two agree with each other. When the market
 * itself moves, the broker's model moves with it, and no quote is contradicted for long.
 */
export function isOutlier(
  quoteIv: number,
  heldIv: number,
  heldAgeMs: number,
  ibIv: number,
  maxAgeMs: number,
): boolean {
  if (!(quoteIv > 0 && heldIv > 0 && ibIv > 0 && heldAgeMs <= maxAgeMs)) return false;
  const mean = 0.5 * (heldIv + ibIv);
  if (Math.abs(heldIv - ibIv) > WITNESSES_APART * mean) return false;
  return Math.abs(quoteIv - mean) > OUTLIER_APART * mean;
}

/** The names of the flags that are set. */
export function flagNames(flags: number): readonly QuoteFlag[] {
  return QUOTE_FLAGS.filter((_, bit) => (flags & (1 << bit)) !== 0);
}

const FLAG = Object.fromEntries(QUOTE_FLAGS.map((name, bit) => [name, 1 << bit])) as {
  readonly [K in QuoteFlag]: number;
};
