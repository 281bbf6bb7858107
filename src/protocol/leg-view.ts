/** An option leg of a book, as it is shown. */

import { z } from 'zod';
import { LEG_CHECKS } from '../domain/book-quotes.ts';

export const legView = z
  .strictObject({
    con_id: z.number(),
    label: z.string(),
    expiry: z.string(),
    strike: z.number(),
    right: z.enum(['C', 'P']),
    quantity: z.number(),
    multiplier: z.number(),
    bid: z.number().nullable(),
    ask: z.number().nullable(),
    iv: z.number().nullable(),
    quality: z.string().describe('Where the volatility came from.'),
    vol_reason: z
      .string()
      .nullable()
      .describe('Why it is not from where it was wanted; null: it is.'),
    quote_flags: z.array(z.string()).readonly().describe('What is wrong with the quote.'),
    delta: z.number().nullable(),
    delta_reason: z
      .string()
      .nullable()
      .describe('Why `delta` is not what the delta mode would make of it; null: it is.'),
    gamma: z.number().nullable(),
    theta: z.number().nullable(),
    vega: z.number().nullable(),
    model_delta: z.number().nullable().describe('At the volatility of the leg, held fixed.'),
    difference_delta: z.number().nullable().describe('By a difference of prices.'),
    ib_delta: z.number().nullable().describe('Of IB’s model.'),
    delta_check: z
      .enum(LEG_CHECKS)
      .describe('Whether these agree; alone where IB tells none, outdated where it tells no more.'),
  })
  .readonly();
export type LegView = z.output<typeof legView>;
