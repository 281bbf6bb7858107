/**
 * The record that the market-data actor publishes for each market-data line (an underlying or an
 * option) and the greeks actor prices from. Validated: NaN means "none", never −1 or 0.
 */

import { defineDoubles } from '../runtime/layout.ts';

/** One line's record. */
export const QUOTE_LAYOUT = defineDoubles(
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
  /** Trading time at which IB's model last told something, epoch ms. */
  'ibTs',
);

/** One line's record by the names of its fields. */
export type QuoteView = ReturnType<typeof QUOTE_LAYOUT.over>;

/** Offset of each field in the record. */
export const QUOTE = QUOTE_LAYOUT.offsets;

/** Doubles in one record. */
export const QUOTE_RECORD_LENGTH = QUOTE_LAYOUT.doubles;
