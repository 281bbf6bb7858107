/** Where a book's P&L of the day came from, as it is shown: part of a book's view. */

import { z } from 'zod';
import { attributionParts } from './attribution-parts.ts';

const usd = z.number();

/** All but `costs`, which is three of them, add up to `total`. */
const splitShape = {
  ...attributionParts,
  financing: usd.describe(
    'Always 0: the broker books interest and borrow fees apart from the P&L.',
  ),
  slippage: usd.describe('Of hedges, against the mid at which they were decided.'),
  costs: usd.describe('Commission, slippage and option_spread together.'),
};
const splitSince = z
  .strictObject({ ...splitShape, from_ts: z.number().describe('Trading time, epoch ms.') })
  .readonly();

export const attributionView = z
  .strictObject({
    ...splitShape,
    day: z.string().describe('YYYYMMDD, of the exchange.'),
    realised_to_implied: z
      .number()
      .nullable()
      .describe('Variance that gamma earned by the variance paid for; null before either.'),
    break_even_move: z
      .number()
      .nullable()
      .describe('USD per share: the move of one day at which gamma earns what theta costs.'),
    scalped: usd.describe(
      'Realised by hedges today, first in first out, before costs: cash, and no part of the total.',
    ),
    unexplained_limit: usd.describe('An unexplained part beyond it deserves a look.'),
    large_move: z
      .strictObject({
        spot: usd,
        vol: usd,
        time: usd,
        rest: usd,
        from_ts: z.number(),
        until_ts: z.number(),
      })
      .readonly()
      .nullable()
      .describe('The latest move of more than a daily deviation: its options revalued in full.'),
    interval: splitSince.describe('Since the last minute or fill.'),
    since_hedge: splitSince,
  })
  .readonly();
export type AttributionView = z.output<typeof attributionView>;
