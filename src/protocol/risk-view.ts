/** What a book would gain or lose if spot, volatility and date were others, as it is shown. */

import { z } from 'zod';

const cube = z.array(z.array(z.array(z.number()).readonly()).readonly()).readonly();

const quoteVolView = z
  .strictObject({
    con_id: z.number(),
    label: z.string(),
    bid_iv: z.number().nullable().describe('That the bid implies; null where it implies none.'),
    mid_iv: z.number().nullable(),
    ask_iv: z.number().nullable(),
    forward: z
      .number()
      .nullable()
      .describe('USD at expiry, of the spot, the rate and the dividends that it is priced with.'),
    parity_low: z
      .number()
      .nullable()
      .describe(
        'Between this and `parity_high` the quotes of a put and a call of one strike put the ' +
          'forward, less what early exercise is worth; null where the book holds one of them only.',
      ),
    parity_high: z.number().nullable(),
  })
  .readonly();
export type QuoteVolView = z.output<typeof quoteVolView>;

export const riskView = z
  .strictObject({
    symbol: z.string(),
    trading_ts: z.number().describe('Of the prices that it starts from, epoch ms.'),
    spot: z.number(),
    shares: z.number().describe('Held against the legs.'),
    legs: z.number().describe('How many are priced.'),
    left_out: z
      .array(z.string())
      .readonly()
      .describe('Legs without a volatility now: they are in none of the numbers.'),
    spots: z.array(z.number()).readonly().describe('USD; the innermost axis.'),
    vol_points: z
      .array(z.number())
      .readonly()
      .describe('Added to every volatility, points of a percent; the middle axis.'),
    days: z.array(z.number()).readonly().describe('From now, calendar days; the outer axis.'),
    pnl: cube.describe('USD against now: pnl[day][vol][spot].'),
    net_delta: cube.describe('Shares.'),
    net_gamma: cube.describe('Shares per USD.'),
    quotes: z.array(quoteVolView).readonly().describe('What the quote of each leg implies.'),
  })
  .readonly();
export type RiskView = z.output<typeof riskView>;

/** How far the grid reaches, and how finely. */
export interface RiskQuery {
  readonly spot_pct: number;
  readonly spot_points: number;
  readonly vol_points: number;
  readonly vol_steps: number;
  readonly days: number;
  readonly day_steps: number;
}
