/** Statistics of the history, as they are shown: `GET /stats` and `GET /pnl/:symbol`. */

import { z } from 'zod';
import { attributionParts } from './attribution-parts.ts';

const usd = z.number();
const count = z.number().int();
const day = z.string().describe('YYYYMMDD, of the exchange.');

const wins = z
  .strictObject({
    wins: count,
    losses: count,
    even: count,
    unknown: count.describe('Without a P&L of their own, or days that did not end.'),
    rate: z.number().nullable().describe('Wins by wins, losses and even; null before the first.'),
  })
  .readonly();
export type WinsView = z.output<typeof wins>;

const distribution = z
  .strictObject({
    count,
    mean: usd,
    deviation: usd,
    least: usd,
    most: usd,
    percentiles: z.strictObject({
      p1: usd,
      p5: usd,
      p25: usd,
      p50: usd,
      p75: usd,
      p95: usd,
      p99: usd,
    }),
    histogram: z
      .array(z.strictObject({ from: usd, until: usd, count }).readonly())
      .readonly()
      .describe('A bin takes what is at its beginning, and not what is at its end.'),
  })
  .readonly();
export type DistributionView = z.output<typeof distribution>;

const tally = {
  hedges: count.describe('Orders of ours that were executed at least in part.'),
  shares: z.number().describe('Shares executed, bought or sold.'),
  commission: usd.describe('Positive is a cost.'),
  slippage: usd.describe('Against the mid at the decision; positive is a cost.'),
  pnl: usd.nullable().describe('Null where it is not known.'),
};

const period = z
  .strictObject({
    period: z.string().describe('YYYYMMDD; of a week its Monday; of a month YYYYMM.'),
    ...tally,
    partial: z.boolean().describe('A day of it did not come to its close.'),
  })
  .readonly();
export type PeriodView = z.output<typeof period>;

const book = z
  .strictObject({ symbol: z.string(), account: z.string(), ...tally, hedge_wins: wins })
  .readonly();
export type BookStatisticsView = z.output<typeof book>;

export const statisticsView = z
  .strictObject({
    from_day: day.nullable().describe('Null: there is no history.'),
    until_day: day.nullable(),
    time_zone: z.literal('America/New_York'),
    totals: z.strictObject(tally).readonly(),
    per_day: z.array(period).readonly(),
    per_week: z.array(period).readonly(),
    per_month: z.array(period).readonly(),
    books: z.array(book).readonly(),
    hedge_wins: wins,
    day_wins: wins,
    hedge_pnl: distribution.nullable(),
    day_pnl: distribution.nullable(),
    attribution: z.strictObject(attributionParts).readonly(),
    blocks: z
      .array(z.strictObject({ day, kind: z.string(), reason: z.string(), count }).readonly())
      .readonly()
      .describe('Orders denied and rejected, and alerts, by day.'),
    states: z
      .array(
        z
          .strictObject({
            machine: z.string(),
            state: z.string(),
            seconds: z.number(),
            share: z.number().describe('Of all the time of its machine, 0 to 1.'),
            visits: count,
          })
          .readonly(),
      )
      .readonly(),
  })
  .readonly();
export type StatisticsView = z.output<typeof statisticsView>;

export const pnlView = z
  .strictObject({
    symbol: z.string(),
    from_day: day.nullable(),
    until_day: day.nullable(),
    days: z
      .array(
        z
          .strictObject({
            day,
            account: z.string(),
            ...attributionParts,
            cumulative: usd.describe('Of this account since from_day.'),
            partial: z.boolean(),
          })
          .readonly(),
      )
      .readonly(),
    hedges: z
      .array(
        z
          .strictObject({
            day,
            account: z.string(),
            order_ref: z.string(),
            from_ts: z.number().describe('The end of the hedge before, unix seconds.'),
            until_ts: z.number(),
            ...attributionParts,
          })
          .readonly(),
      )
      .readonly()
      .describe('Newest first, at most 500.'),
  })
  .readonly();
export type PnlView = z.output<typeof pnlView>;
