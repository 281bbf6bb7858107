/** What a book would gain or lose if spot, volatility and date were others, as it is shown. */

import { z } from 'zod';

const cube = z.array(z.array(z.array(z.number()).readonly()).readonly()).readonly();

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
