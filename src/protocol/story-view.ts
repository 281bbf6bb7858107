/** What became of one order, and the course of a book, as they are shown from the history. */

import { z } from 'zod';
import { operationView } from './views.ts';

const usd = z.number();
const ts = z.number().describe('Wall time, unix seconds.');
const side = z.enum(['BUY', 'SELL']);

function view<S extends z.core.$ZodShape>(shape: S) {
  return z.strictObject(shape).readonly();
}

/** What the book knew in the turn that decided, or the last that it wrote down before. */
const decision = view({
  ts,
  exact: z.boolean().describe('Written in the very turn of the decision.'),
  trading_state: z.string(),
  spot: usd.nullable(),
  bid: usd.nullable(),
  ask: usd.nullable(),
  net_delta: z.number().nullable().describe('Shares.'),
  stock_position: z.number().nullable().describe('Shares that are ours.'),
  foreign_shares: z.number().nullable(),
  daily_hedge_count: z.number().nullable(),
  daily_pnl: usd.nullable(),
  data_lag_ms: z.number().nullable(),
  config_summary: z.string().nullable(),
});

const intent = view({
  ts,
  purpose: z.string(),
  side,
  quantity: z.number(),
  limit_price: usd.nullable(),
  target_shares: z.number().nullable().describe('Owned shares when it is done.'),
  spot: usd.nullable().describe('Mid at the decision.'),
});

const transition = view({ ts, from: z.string(), to: z.string(), event: z.string() });

const report = view({
  ts,
  status: z.string().describe('In the words of the broker.'),
  filled: z.number(),
  quantity: z.number(),
  limit_price: usd.nullable(),
  perm_id: z.number().nullable(),
});

const execution = view({
  ts,
  exec_id: z.string(),
  side,
  quantity: z.number(),
  price: usd,
  commission: usd.nullable().describe('Positive is a cost; null until the broker tells it.'),
  corrected: z.boolean().describe('A later report of the same execution counts in its place.'),
});

export const orderStoryView = view({
  order_ref: z.string(),
  symbol: z.string(),
  account: z.string().nullable(),
  intent: intent.nullable(),
  decision: decision.nullable(),
  transitions: z.array(transition).readonly().describe('Of the machine that worked it; in order.'),
  reports: z.array(report).readonly().describe('Of the broker, each that told something new.'),
  executions: z.array(execution).readonly(),
  operations: z.array(operationView).readonly().describe('In their order.'),
  outcome: z.string().nullable().describe('How it ended; null: it has not.'),
  ended_ts: ts.nullable(),
  filled: z.number().describe('Shares.'),
  costs: view({
    commission: usd.nullable().describe('Positive is a cost; null until all of it was told.'),
    slippage: usd
      .nullable()
      .describe('Against the mid at the decision; positive is a cost; null without one.'),
  }),
  pnl: usd
    .nullable()
    .describe('Of the book since the hedge before, its costs included; null until it is known.'),
});
export type OrderStoryView = z.output<typeof orderStoryView>;

/** How far back the course of a book reaches, and in how many points. */
export interface CourseQuery {
  readonly minutes: number;
  readonly points: number;
}

export const bookCourseView = view({
  symbol: z.string(),
  from_ts: ts.nullable().describe('Null: there is no history of it.'),
  until_ts: ts.nullable().describe('Of the newest row.'),
  step_s: z.number().describe('Seconds that one point stands for.'),
  points: z
    .array(
      view({
        ts,
        spot: usd.nullable(),
        net_delta: z.number().nullable().describe('Shares, at the end of the step.'),
        net_delta_least: z.number().nullable(),
        net_delta_most: z.number().nullable(),
        stock_position: z.number().nullable(),
        daily_pnl: usd.nullable(),
      }),
    )
    .readonly(),
  fills: z
    .array(
      view({
        ts,
        side,
        quantity: z.number(),
        price: usd,
        order_ref: z.string().nullable(),
      }),
    )
    .readonly()
    .describe('Of the book, in their order, at most 1000: the newest.'),
});
export type BookCourseView = z.output<typeof bookCourseView>;
