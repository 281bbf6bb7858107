/** The no-trade band of a book and the volatility it is judged by, as they are shown. */

import { z } from 'zod';
import { HEDGING_POLICIES, VOL_ESTIMATORS } from '../domain/settings.ts';

const shares = z.number();

export const bandView = z
  .strictObject({
    policy: z.enum(HEDGING_POLICIES),
    fallback: z
      .boolean()
      .describe('The policy lacks a number of the market: these are the thresholds.'),
    low: shares.describe('Net delta from low to high is left alone.'),
    high: shares,
    trigger_low: shares.nullable().describe('Hedged at or beyond; null: not for now.'),
    trigger_high: shares.nullable(),
    target_low: shares.describe(
      'A hedge ends at the nearest point from target_low to target_high.',
    ),
    target_high: shares,
    threshold: shares.describe('As configured: threshold_hedge_shares.'),
  })
  .readonly();
export type BandView = z.output<typeof bandView>;

export const volatilityView = z
  .strictObject({
    realised: z.number().nullable().describe('Of the window, annualised.'),
    implied: z.number().nullable().describe('Of the legs, weighted by gamma, annualised.'),
    ratio: z.number().nullable().describe('Realised by implied.'),
    estimator: z.enum(VOL_ESTIMATORS),
    window_min: z.number(),
  })
  .readonly();
export type VolatilityView = z.output<typeof volatilityView>;
