/**
 * The record that the market-data actor publishes for each market-data line (an underlying or an
 * option) and the greeks actor prices from. Validated: NaN means "none", never −1 or 0.
 */

const QUOTE_FIELDS = [
  'conId',
  'bid',
  'ask',
  'last',
  'bidSize',
  'askSize',
  'close',
  /** Trading time of the last tick of this line, epoch ms. */
  'ts',
  /** Monotonic time of the socket read that brought it, ms. */
  'recvMono',
  'halted',
  'dataType',
  'ibIv',
  'ibDelta',
  'ibGamma',
  'ibVega',
  'ibTheta',
  /** Of an underlying: IB's tick 46, above 2.5 easily borrowed, up to 1.5 not at all. */
  'shortable',
  'shortableShares',
  /** Of an underlying: its next cash dividend as IB tells it; the ex-moment, epoch ms, and USD. */
  'dividendTs',
  'dividendAmount',
] as const;

/** Offset of each field in the record. */
export const QUOTE = Object.fromEntries(QUOTE_FIELDS.map((name, index) => [name, index])) as {
  readonly [K in (typeof QUOTE_FIELDS)[number]]: number;
};

/** Doubles in one record. */
export const QUOTE_RECORD_LENGTH = QUOTE_FIELDS.length;
