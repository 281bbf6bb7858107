/** Backtests that were kept in the data directory: `GET /backtests`. */

import { z } from 'zod';

const usd = z.number();

/** What a list shows of a run. */
const summary = {
  id: z.string(),
  kept_at: z.number().describe('Unix seconds.'),
  symbol: z.string(),
  days: z.array(z.string()).readonly().describe('YYYYMMDD, first to last.'),
  interrupted: z.boolean(),
  config_hash: z.string(),
  data_hash: z.string(),
  seed: z.number(),
  version: z.string(),
  totals: z
    .strictObject({
      pnl: usd,
      hedges: z.number(),
      orders: z.number(),
      rejects: z.number(),
      quotes: z.number(),
      commissions: usd.describe('Positive is a cost.'),
      slippage: usd.describe('Positive is a cost.'),
      option_spread: usd.describe('Positive is a cost.'),
      turnover: usd,
      max_drawdown: usd,
      sharpe: z.number().nullable(),
    })
    .readonly(),
};

export const backtestSummary = z.strictObject(summary).readonly();
export type BacktestSummary = z.output<typeof backtestSummary>;

export const backtestsView = z
  .strictObject({
    runs: z.array(backtestSummary).readonly().describe('Newest first.'),
    unreadable: z.array(z.string()).readonly().describe('Files there that are no kept run.'),
  })
  .readonly();
export type BacktestsView = z.output<typeof backtestsView>;

const point = z.tuple([z.number(), z.number()]).readonly();

export const backtestView = z
  .strictObject({
    ...summary,
    attribution: z.record(z.string(), usd).readonly(),
    block_reasons: z.record(z.string(), z.number()).readonly(),
    time_in_state: z.record(z.string(), z.number()).readonly().describe('Milliseconds.'),
    gates: z.unknown().describe('As in the configuration.'),
    hedging: z.unknown(),
    equity: z.array(point).readonly().describe('Trading time, epoch ms, and P&L, USD.'),
  })
  .readonly();
export type BacktestView = z.output<typeof backtestView>;

/** Runs that were kept. Each throws `Fault('not_found')` for one that is not there. */
export interface BacktestReads {
  list(): BacktestsView;
  run(id: string): BacktestView;
  /** The page of the run, which needs nothing else. */
  report(id: string): string;
}
