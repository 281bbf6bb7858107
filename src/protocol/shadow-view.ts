/** How the shadows of the books did: `GET /shadows`. */

import { z } from 'zod';
import { attributionParts } from './attribution-parts.ts';

const usd = z.number();
const count = z.number().int();

const shadowRowView = z
  .strictObject({
    symbol: z.string(),
    account: z.string(),
    shadow: z.string().describe('Its name in the configuration; live is the book itself.'),
    days: count,
    until_ts: z.number().describe('Of its last evaluation, by the broker, unix seconds.'),
    evaluations: count,
    hedge_error: z.number().describe('Root of the mean square of net delta, shares.'),
    error_mean: z.number().describe('Mean net delta, shares.'),
    error_most: z.number().describe('Its largest size, shares.'),
    hedges: count,
    orders: count,
    shares: count.describe('Traded.'),
    owned: count.describe('Signed, at last.'),
    net_delta: z.number().nullable().describe('At last, shares; null where it was not known.'),
    trading_state: z.string(),
    cost: usd.describe('Commission and slippage; positive is a cost.'),
    attribution: z
      .strictObject(attributionParts)
      .readonly()
      .describe('USD of the intervals that have ended; a gain is positive.'),
  })
  .readonly();
export type ShadowRowView = z.output<typeof shadowRowView>;

export const shadowsView = z
  .strictObject({
    from_day: z.string().nullable().describe('YYYYMMDD; null where there is no history.'),
    until_day: z.string().nullable(),
    rows: z.array(shadowRowView).readonly().describe('By book, the smallest hedge error first.'),
  })
  .readonly();
export type ShadowsView = z.output<typeof shadowsView>;
