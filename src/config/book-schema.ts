/**
 * The part of the configuration that a book can override: gates, hedging, order and greeks. Their
 * types are the settings of `domain/`, which the compiler compares with this schema below. Ranges
 * are wide enough for any sane book and narrow enough to catch a slipped digit or a wrong unit.
 */

import { z } from 'zod';
import {
  type GateSettings,
  type GreeksSettings,
  HEDGING_POLICIES,
  type HedgingSettings,
  type OrderSettings,
  VOL_ESTIMATORS,
} from '../domain/settings.ts';
import { MAX_DIVIDENDS } from '../limits.ts';

const conIds = z.array(z.int().min(1)).max(1000).default([]);
const flag = (on: boolean) => z.boolean().default(on);
const count = (min: number, max: number, preset: number) =>
  z.int().min(min).max(max).default(preset);
const amount = (min: number, max: number, preset: number) =>
  z.number().min(min).max(max).default(preset);
const limitOrOff = (min: number, max: number) =>
  z.number().min(min).max(max).nullable().default(null);

/** `HH:MM`, or so many minutes before the close. */
const EOD_TIME = /^(?:([01]\d|2[0-3]):[0-5]\d|close-\d{1,3}m)$/;

const isoDate = z.iso.date('a date YYYY-MM-DD');

const structure = z.strictObject({
  min_dte: count(0, 1000, 21).describe('Fewest days to expiry of a leg that joins the book, days'),
  max_dte: count(0, 1000, 35).describe('Most days to expiry of a leg that joins the book, days'),
  atm_band_pct: amount(0.1, 100, 3).describe(
    'How far from spot the strike of a joining leg may lie, percent of spot',
  ),
  selection: z
    .enum(['sticky', 'strict'])
    .default('sticky')
    .describe('sticky: a leg once in the book stays; strict: it must fit at every evaluation'),
  membership: z
    .enum(['confirm', 'auto'])
    .default('confirm')
    .describe('confirm: ask once per leg; auto: join by itself (the default unless mode is live)'),
  include: conIds.describe('Contract ids that join whatever their days and strike'),
  exclude: conIds.describe('Contract ids that never join'),
});

const earnings = z.strictObject({
  mode: z
    .enum(['alert', 'force_only', 'block'])
    .default('alert')
    .describe('Around earnings: only alert, hedge only at max_delta_limit, or hedge not at all'),
  blackout_days_before: count(0, 30, 3).describe('Days before each date, days'),
  blackout_days_after: count(0, 30, 1).describe('Days after each date, days'),
  dates: z.array(isoDate).max(100).default([]).describe('Earnings dates, YYYY-MM-DD'),
});

const strategyGates = z.strictObject({
  structure: structure
    .prefault({})
    .describe('Which option positions are legs of the book: at most 256'),
  earnings: earnings.prefault({}).describe('What to do around earnings'),
  trading_hours_only: flag(true).describe('Hedge in regular trading hours only'),
  open_delay_s: count(0, 3600, 60).describe('No hedge so soon after the open, seconds'),
  close_cut_s: count(0, 3600, 15).describe('No hedge so close to the close, seconds'),
});

const stateGates = z.strictObject({
  delta: z
    .strictObject({
      epsilon_band: amount(0, 1_000_000, 10).describe('Net delta that counts as flat, shares'),
      threshold_hedge_shares: amount(1, 1_000_000, 25).describe(
        'Net delta from which the book is hedged, shares',
      ),
      max_delta_limit: amount(1, 10_000_000, 500).describe(
        'Net delta that is hedged past cooldown and price-move gates, shares',
      ),
    })
    .prefault({})
    .describe('How far net delta may drift'),
  market: z
    .strictObject({
      vol_window_min: count(1, 390, 5).describe('Window of the realised volatility, minutes'),
      vol_estimator: z
        .enum(VOL_ESTIMATORS)
        .default('realised')
        .describe('How it is estimated from the mids of the window: docs/hedging.md'),
      stale_ts_threshold_ms: count(500, 600_000, 5000).describe(
        'Silence of the underlying after which its quote is probed, ms',
      ),
    })
    .prefault({})
    .describe('Market regime and age of quotes'),
  liquidity: z
    .strictObject({
      wide_spread_pct: amount(0.001, 50, 0.1).describe('Spread called wide, percent of mid'),
      extreme_spread_pct: amount(0.001, 50, 0.5).describe(
        'Spread that stops hedging, percent of mid',
      ),
    })
    .prefault({})
    .describe('Spread of the underlying'),
  system: z
    .strictObject({
      data_lag_threshold_ms: count(10, 60_000, 1000).describe(
        'Longest time from socket read to evaluation, ms',
      ),
    })
    .prefault({})
    .describe('Health of this machine'),
  safe_hold_seconds: count(0, 3600, 5).describe(
    'How long causes of SAFE must stay gone before it is left, seconds',
  ),
  leg_settle_s: count(0, 120, 30).describe('No hedge so soon after a leg changed, seconds'),
  iv_max_age_s: count(1, 86_400, 900).describe(
    'Oldest implied volatility a leg is priced with, seconds',
  ),
});

const hedgeIntent = z.strictObject({
  min_hedge_shares: count(1, 1_000_000, 10).describe('Smallest hedge, shares'),
  cooldown_seconds: count(0, 86_400, 60).describe('Pause after a completed hedge, seconds'),
  max_hedge_shares_per_order: count(1, 1_000_000, 500).describe(
    'Largest order; a larger hedge is clipped to it, shares',
  ),
  min_price_move_pct: amount(0, 100, 0.2).describe(
    'Move of spot since the last hedge before the next, percent',
  ),
});

const riskGuard = z.strictObject({
  max_daily_hedge_count: count(1, 100_000, 50).describe('Hedges of one trading day'),
  max_position_shares: count(1, 10_000_000, 2000).describe('Largest hedge position, shares'),
  max_daily_loss_usd: amount(1, 1e9, 5000).describe('Loss of the book in one day, USD'),
  on_daily_loss: z
    .enum(['force_only', 'halt'])
    .default('force_only')
    .describe('After that loss: hedge only at max_delta_limit, or stop hedging'),
  max_daily_hedge_cost_usd: limitOrOff(0, 1e9).describe('Hedging costs of one day, USD; null: off'),
  max_net_delta_shares: limitOrOff(1, 1e7).describe('Net delta that alarms, shares; null: off'),
  max_spread_pct: limitOrOff(0.001, 50).describe('Spread of an order, percent of mid; null: off'),
  max_notional_usd: limitOrOff(1, 1e10).describe('Value of one order, USD; null: off'),
  price_collar_pct: amount(0.01, 20, 1).describe('Furthest limit price from mid, percent'),
  max_orders_per_minute: count(1, 10_000, 10).describe('Orders of this book per minute'),
  max_reject_streak: count(1, 100, 3).describe('Rejects in a row that stop the book'),
});

const accountGuard = z.strictObject({
  max_daily_loss_usd: limitOrOff(1, 1e9).describe('Loss of all books in one day, USD; null: off'),
  max_orders_per_minute: count(1, 10_000, 30).describe('Orders of all books per minute'),
  max_daily_notional_usd: limitOrOff(1, 1e12).describe('Traded value of a day, USD; null: off'),
});

const gatesSchema = z.strictObject({
  strategy: strategyGates.prefault({}).describe('Whether the strategy wants to hedge now'),
  state: stateGates.prefault({}).describe('Whether book, market and data allow a hedge'),
  intent: z
    .strictObject({ hedge: hedgeIntent.prefault({}).describe('Size and pace of hedges') })
    .prefault({})
    .describe('Whether a hedge is worth its cost'),
  guard: z
    .strictObject({
      risk: riskGuard.prefault({}).describe('Limits of one book'),
      account: accountGuard.prefault({}).describe('Limits over all books of the account'),
    })
    .prefault({})
    .describe('Limits that nothing above may pass'),
});

const hedgingSchema = z.strictObject({
  policy: z
    .enum(HEDGING_POLICIES)
    .default('fixed_band')
    .describe('How the no-trade band is drawn; fixed_band: by gates.state.delta; docs/hedging.md'),
  trade_to: z
    .enum(['policy', 'center', 'edge'])
    .default('policy')
    .describe('Hedge to the centre of the band or its edge; policy: as the policy itself would'),
  cost_bps: amount(0, 1000, 1).describe('Assumed cost of a hedge, basis points of its value'),
  risk_aversion: amount(1e-9, 1000, 1).describe('Risk aversion of utility policies, per USD'),
  gamma_multiple: amount(0.01, 100, 1).describe(
    'Half width of gamma_scaled, in standard deviations of delta over gamma_interval_min',
  ),
  gamma_interval_min: amount(1, 100_000, 60).describe('Of gamma_scaled, minutes'),
  time_interval_min: amount(1, 100_000, 30).describe('Of time: between hedges, minutes'),
  move_multiple: amount(0.01, 100, 1).describe(
    'Of move: hedge beyond so many standard deviations of spot over move_interval_min',
  ),
  move_interval_min: amount(1, 100_000, 60).describe('Of move, minutes'),
  leland_interval_min: amount(1, 100_000, 1440).describe(
    'Of leland: the time between hedges that its cost is spread over, minutes',
  ),
  eod_hedge: z
    .strictObject({
      at: z
        .string()
        .regex(EOD_TIME, 'a time HH:MM, or minutes before the close as in close-10m')
        .default('close-10m')
        .describe(
          'When: before the close, early ones too, as in close-10m; or New York time, HH:MM',
        ),
      to: z.enum(['center']).default('center').describe('Where this hedge trades to'),
      from: limitOrOff(0, 1_000_000).describe(
        'Net delta beyond which it is done, shares; null: epsilon_band',
      ),
    })
    .nullable()
    .default(null)
    .describe('A last hedge before the close; null: none'),
  on_empty_book: z
    .enum(['alert', 'flatten'])
    .default('alert')
    .describe('When the last leg is gone and hedge shares are left; flatten: after leg_settle_s'),
});

const orderSchema = z.strictObject({
  order_type: z
    .enum(['limit', 'market', 'midprice', 'adaptive'])
    .default('limit')
    .describe(
      'limit: marketable; market: a limit at the collar; midprice, adaptive: as IB has them',
    ),
  limit_offset_ticks: count(0, 100, 2).describe('How far through the quote, ticks'),
  reprice_after_s: count(1, 3600, 5).describe('Working life before a new price, seconds'),
  max_reprices: count(0, 100, 3).describe('New prices before the order is cancelled'),
  ack_timeout_s: count(1, 60, 5).describe('Wait for the acknowledgement, seconds'),
  held_timeout_s: count(1, 3600, 30).describe('Wait on an order the broker holds, seconds'),
  tif: z
    .enum(['GTD', 'DAY', 'IOC'])
    .default('GTD')
    .describe('Time in force; GTD ends just beyond the working life of the order'),
  outside_rth: flag(false).describe('Orders may fill outside regular trading hours'),
  on_stop: z
    .enum(['cancel', 'leave'])
    .default('cancel')
    .describe('What happens to working orders when the daemon stops'),
});

const greeksSchema = z.strictObject({
  risk_free_rate: amount(-0.1, 0.5, 0.05).describe(
    'Continuously compounded, per year; where rate_curve is empty',
  ),
  rate_curve: z
    .array(
      z.strictObject({
        days: count(1, 20_000, 1).describe('From today, calendar days'),
        rate: amount(-0.1, 0.5, 0.05).describe('Continuously compounded, per year'),
      }),
    )
    .max(50)
    .refine(
      (points) => points.every(({ days }, i) => i === 0 || days > (points[i - 1]?.days ?? 0)),
      'points in ascending order of days',
    )
    .default([])
    .describe('Rates by time to expiry; empty: risk_free_rate for all'),
  dividend_yield: amount(0, 0.5, 0).describe(
    'Continuous, per year; of legs in whose life no cash dividend falls',
  ),
  dividends: z
    .array(
      z.strictObject({
        ex_date: isoDate.describe('First day without the dividend, YYYY-MM-DD'),
        amount: z.number().min(0.001).max(1000).describe('Of one share, USD'),
      }),
    )
    .max(MAX_DIVIDENDS)
    .default([])
    .describe('Cash dividends to come: they price the legs, and alert of written calls'),
  ib_dividends: flag(true).describe(
    'Price with the next dividend that IB tells, where neither dates nor a yield are given',
  ),
  volatility: amount(0.01, 5, 0.35).describe('Annualised; used when vol_source is fixed'),
  vol_source: z
    .enum(['quote', 'smile', 'ib', 'fixed'])
    .default('quote')
    .describe(
      'quote: implied from the quote of the leg; smile: from its expiry; ib: from the broker',
    ),
  smile_strikes: count(0, 8, 4).describe(
    'Strikes on either side of the money that are watched at each expiry of a leg for its smile, ' +
      'where vol_source is smile or delta_mode sticky_strike; 0: the legs alone',
  ),
  exercise: z
    .enum(['american', 'european'])
    .default('american')
    .describe('Exercise style of the options'),
  delta_mode: z
    .enum(['black_scholes', 'sticky_strike', 'minimum_variance'])
    .default('black_scholes')
    .describe('The delta that is hedged: docs/pricing.md says how each is computed'),
  minimum_variance: z
    .strictObject({
      a: amount(-10, 10, 0).describe('Constant, volatility per root year'),
      b: amount(-10, 10, 0).describe('Of delta'),
      c: amount(-10, 10, 0).describe('Of delta squared'),
    })
    .prefault({})
    .describe('Coefficients of delta_mode minimum_variance, estimated for this underlying'),
  wide_quote_pct: amount(1, 200, 25).describe(
    'Spread beyond which a leg is priced by another volatility if there is one, percent of mid',
  ),
  quorum_tolerance: amount(0.0001, 1, 0.05).describe(
    'Difference of deltas from which the greeks of a leg are disputed, delta per share',
  ),
  vol_refresh_ms: count(0, 60_000, 250).describe(
    'How often at most the volatility of one American leg is solved, ms',
  ),
});

/** The sections a book overrides. Limits over all books are not one book's to change. */
export const bookSections = {
  gates: gatesSchema,
  hedging: hedgingSchema,
  order: orderSchema,
  greeks: greeksSchema,
} as const;

/** What the schema gives is what the decision code reads: the compiler says so here. */
export interface BookSections {
  readonly gates: GateSettings;
  readonly hedging: HedgingSettings;
  readonly order: OrderSettings;
  readonly greeks: GreeksSettings;
}

/** Any part of `T`, at any depth; a list is replaced whole. */
export type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: DeepPartial<T[K]> | undefined }
    : T;

/** The same keys and ranges as `schema`, all of them optional and without defaults. */
export function partialOf(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodPrefault || schema instanceof z.ZodDefault) {
    const inner = schema.unwrap();
    assertSchema(inner);
    return describeLike(schema, partialOf(inner));
  }
  if (schema instanceof z.ZodObject) {
    const shape: Record<string, z.ZodType> = {};
    for (const [key, field] of Object.entries(schema.shape)) {
      assertSchema(field);
      shape[key] = describeLike(field, partialOf(field).optional());
    }
    return z.strictObject(shape);
  }
  return schema;
}

function describeLike(from: z.ZodType, to: z.ZodType): z.ZodType {
  return from.description === undefined ? to : to.describe(from.description);
}

function assertSchema(value: unknown): asserts value is z.ZodType {
  if (!(value instanceof z.ZodType)) throw new TypeError('not a zod schema');
}
