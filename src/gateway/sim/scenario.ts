/**
 * A scenario: the world a simulated exchange starts from. All that shapes a run stands in one
 * YAML file, so that a file and a seed are a run; unknown keys are refused, because a misspelt key
 * that is silently ignored makes a different world than the one that was meant.
 */

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { Fault } from '../../fault.ts';
import { MAX_LINES } from '../../limits.ts';
import { splitTerms, timedFaultSchema, timeOfFault } from './fault-schema.ts';
import { parseZonedTime } from './zoned-time.ts';

const price = z.number().positive().max(1_000_000);
const conId = z.number().int().positive().max(2_147_483_647);
const symbol = z.string().regex(/^[A-Z][A-Z0-9.]{0,11}$/, 'a symbol such as NVDA');
const day = z.string().regex(/^\d{8}$/, 'a day as YYYYMMDD');
const shares = z.number().int().min(0).max(1_000_000_000);

/** As a UUID is written; a short one will do. */
export const EXCHANGE_ID = /^[0-9a-f][0-9a-f-]{0,35}$/;

const startTime = z.string().transform((text, context) => {
  const ts = parseZonedTime(text);
  if (ts !== null) return ts;
  context.addIssue({ code: 'custom', message: 'a time such as "2026-09-14 10:00" (New York)' });
  return z.NEVER;
});

const optionKey = z
  .strictObject({
    symbol: symbol.describe("the underlying's symbol"),
    expiry: day.optional().describe('last trading day'),
    dte: z.number().int().min(0).max(1500).optional().describe('calendar days from start'),
    strike: z.union([price, z.literal('atm')]).describe('USD, or the strike nearest the price'),
    right: z.enum(['C', 'P']),
  })
  .refine((option) => (option.expiry === undefined) !== (option.dte === undefined), {
    message: 'give either expiry or dte',
  });

const positionSchema = z
  .strictObject({
    symbol: symbol.optional().describe('shares of this underlying'),
    option: optionKey.optional().describe('contracts of this option'),
    quantity: z.number().int().describe('signed: negative is short'),
    avg_cost: z
      .number()
      .optional()
      .describe('USD per share, or per contract with the multiplier; default: the mid at start'),
  })
  .refine((position) => (position.symbol === undefined) !== (position.option === undefined), {
    message: 'give either symbol or option',
  });

const accountSchema = z.strictObject({
  id: z.string().regex(/^[A-Z]{1,3}\d{5,9}$/, 'an account id such as DU0000001'),
  cash: z.number().describe('USD'),
  positions: z.array(positionSchema).max(1000).default([]).describe('what it holds at start'),
});

const modelSchema = z.strictObject({
  volatility: z.number().min(0).max(10).default(0.3).describe('annualised, of 252 sessions'),
  drift: z.number().min(-10).max(10).default(0).describe('per year'),
  jumps_per_hour: z.number().min(0).max(3600).default(0).describe('mean number in an open hour'),
  jump_pct: z.number().min(0).max(50).default(0).describe('standard deviation of a jump, percent'),
  reversion_min: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe('half-life of the pull back to the starting price, open minutes; null: none'),
  gap_pct: z
    .number()
    .min(0)
    .max(50)
    .default(0)
    .describe('standard deviation of the gap at the open, percent'),
  intraday: z
    .enum(['flat', 'smile'])
    .default('flat')
    .describe('smile: volatility and volume are higher near the open and the close'),
  vol_of_vol: z
    .number()
    .min(0)
    .max(20)
    .default(0)
    .describe('annualised deviation of the logarithm of volatility; 0: it stands still'),
  vol_half_life_h: z
    .number()
    .positive()
    .max(2000)
    .default(6.5)
    .describe('half-life of its return to `volatility`, open hours'),
  vol_spot_correlation: z
    .number()
    .min(-1)
    .max(1)
    .default(-0.6)
    .describe('between moves of price and of volatility'),
  halt_pct: z
    .number()
    .positive()
    .max(90)
    .nullable()
    .default(null)
    .describe('a move so far from the mean of five minutes halts trading; null: nothing does'),
  halt_min: z.number().positive().max(390).default(5).describe('how long, minutes'),
  spread_ticks: z.number().int().min(1).max(1000).default(1).describe('calm bid-ask spread'),
  size: z.number().int().min(1).max(1_000_000).default(300).describe('typical displayed shares'),
});

const surfaceSchema = z.strictObject({
  atm_vol: z.number().positive().max(5).default(0.3).describe('at the money, one year out'),
  skew: z.number().min(-5).max(5).default(-0.1).describe('per unit of ln(K/F)/√T'),
  curvature: z.number().min(0).max(10).default(0.1).describe('per unit of it squared'),
  term_slope: z.number().min(-2).max(2).default(0).describe('added per year of √T below one'),
  rate: z.number().min(-0.5).max(0.5).default(0.05).describe('continuous, per year'),
  dividend_yield: z.number().min(-0.5).max(0.5).default(0).describe('continuous, per year'),
  spread_vol: z
    .number()
    .min(0)
    .max(1)
    .default(0.006)
    .describe('bid-ask spread at the money, in volatility'),
  size: z.number().int().min(1).max(100_000).default(40).describe('typical displayed contracts'),
});

const strikesSchema = z.union([
  z.array(price).min(1).max(500),
  z
    .strictObject({ from: price, to: price, step: z.number().positive() })
    .refine((range) => range.from <= range.to && (range.to - range.from) / range.step <= 500, {
      message: 'at most 500 strikes, from ≤ to',
    }),
]);

const chainSchema = z.strictObject({
  expiries: z.array(day).max(60).default([]).describe('last trading days'),
  dtes: z
    .array(z.number().int().min(0).max(1500))
    .max(60)
    .default([])
    .describe('more expiries, in calendar days from start; moved back to a trading day'),
  strikes: strikesSchema.describe('a list of strikes, or a range in equal steps, USD'),
});

const dividend = {
  ex_date: day.describe('the first day without it: the price opens lower by it'),
  pay_date: day.optional().describe('when it becomes cash; default: the ex-date'),
  amount: z.number().positive().max(10_000).describe('USD per share'),
};

const dividendSchema = z
  .strictObject(dividend)
  .refine((entry) => entry.pay_date === undefined || entry.pay_date >= entry.ex_date, {
    message: 'paid before its ex-date',
  });

const splitSchema = z.strictObject({
  date: day.describe('the first day of the new shares'),
  ...splitTerms,
});

const underlyingSchema = z.strictObject({
  symbol,
  con_id: conId.optional().describe('default: derived from the symbol'),
  name: z.string().max(80).default('').describe('long name'),
  primary_exchange: z.string().max(20).default('NASDAQ'),
  price: price.describe('USD at start'),
  previous_close: price.optional().describe('default: price'),
  model: modelSchema.prefault({}).describe('how the price moves'),
  surface: surfaceSchema.prefault({}).describe('what its options are worth'),
  chain: chainSchema.optional().describe('the options that are listed; default: none'),
  dividends: z.array(dividendSchema).max(200).default([]).describe('cash dividends'),
  splits: z.array(splitSchema).max(20).default([]).describe('and reverse splits'),
  shortable_shares: shares
    .default(5_000_000)
    .describe('what can be borrowed; a short sale beyond it is held, 404'),
});

const latency = z
  .tuple([z.number().int().min(0).max(60_000), z.number().int().min(0).max(60_000)])
  .refine(([low, high]) => low <= high, { message: 'low must not exceed high' });

const impactSchema = z.strictObject({
  coefficient: z
    .number()
    .min(0)
    .max(10)
    .default(0)
    .describe('Y of price × Y × daily_volatility × √(shares / daily_volume); about 1; 0: none'),
  daily_volatility: z
    .number()
    .min(0)
    .max(1)
    .default(0.02)
    .describe('of the stock, a fraction of its price'),
  daily_volume: z.number().positive().default(5_000_000).describe('of the stock, shares'),
});
export type ImpactTerms = z.output<typeof impactSchema>;

/** The whole file; see `docs/scenarios.md`. */
export const scenarioSchema = z
  .strictObject({
    seed: z.number().int().min(0).default(1).describe('of every random stream'),
    exchange_id: z
      .string()
      .regex(EXCHANGE_ID, 'up to 36 digits 0-9 a-f and dashes, a digit first')
      .optional()
      .describe('begins perm and execution ids; default: random, for a new exchange is another'),
    start: startTime.describe('first exchange time; New York unless a zone follows'),
    speed: z.number().min(1).max(10).default(1).describe('exchange seconds per real second'),
    lock_step: z.boolean().default(false).describe('time stands until it is stepped'),
    skip_closed: z
      .boolean()
      .default(false)
      .describe('five minutes after the close, go on at a minute before the next open'),
    tick_ms: z.number().int().min(10).max(60_000).default(250).describe('model step'),
    option_quote_ms: z.number().int().min(10).max(60_000).default(500).describe('option cadence'),
    accounts: z.array(accountSchema).min(1).max(50).describe('who trades; all see one market'),
    underlyings: z.array(underlyingSchema).max(64).default([]).describe('stocks of the model'),
    recorded: z
      .strictObject({
        dir: z.string().min(1).describe('a data set directory; in a file relative to it'),
        rate: z.number().min(-0.5).max(0.5).default(0.05).describe('for the model computation'),
        dividend_yield: z.number().min(-0.5).max(0.5).default(0),
        dividends: z
          .array(z.strictObject({ symbol, ...dividend }))
          .max(1000)
          .default([])
          .describe('paid in cash; the recorded prices know of them'),
        splits: z
          .array(z.strictObject({ symbol, date: day, ratio: z.number().min(0.001).max(1000) }))
          .max(20)
          .default([])
          .describe(
            'new shares for each old one; what is held goes over to the contracts that follow',
          ),
      })
      .optional()
      .describe('real quotes in place of the model'),
    fills: z
      .strictObject({
        partial: z.boolean().default(false).describe('at most the displayed size at a time'),
        queue: z
          .boolean()
          .default(false)
          .describe('a resting order also trades in its turn, behind what is displayed'),
        latency_ms: latency.default([20, 80]).describe('to the exchange; 0 in lock-step'),
        impact: impactSchema.prefault({}).describe('what an order itself moves the price by'),
      })
      .prefault({})
      .describe('how orders trade'),
    commissions: z
      .strictObject({
        plan: z
          .enum(['fixed', 'tiered'])
          .default('fixed')
          .describe("tiered: IB's smallest tier with exchange fees, whatever the rates below say"),
        stock_per_share: z.number().min(0).default(0.005),
        stock_min: z.number().min(0).default(1).describe('per order'),
        stock_max_pct: z
          .number()
          .min(0)
          .max(100)
          .default(1)
          .describe('of the value of an order, at most; goes before the minimum'),
        option_per_contract: z
          .number()
          .min(0)
          .default(0.65)
          .describe('at most 0.50 below ten cents of premium, 0.25 below five'),
        option_min: z.number().min(0).default(1).describe('per order'),
        sec_rate: z.number().min(0).max(0.01).default(0).describe("SEC's fee, of a sale's value"),
        taf_each: z
          .number()
          .min(0)
          .max(1)
          .default(0)
          .describe("FINRA's trading activity fee, per share or contract sold"),
        taf_max: z.number().min(0).default(8.3).describe('of an order'),
      })
      .prefault({})
      .describe('what trading costs, USD'),
    margin: z
      .enum(['none', 'reg_t'])
      .default('none')
      .describe('reg_t: an order that the account cannot carry is rejected, 201'),
    early_assignment: z
      .boolean()
      .default(false)
      .describe('short options are assigned in the evening when their holder gains by it'),
    collar_pct: z
      .number()
      .positive()
      .max(100)
      .nullable()
      .default(null)
      .describe('a limit so far beyond the market is cancelled, 202; null: none'),
    limits: z
      .strictObject({
        messages_per_s: z
          .number()
          .int()
          .min(1)
          .max(100_000)
          .nullable()
          .default(null)
          .describe('of all clients together, error 100 above it; IB has 50; null: no bound'),
        lines: z
          .number()
          .int()
          .min(1)
          .max(MAX_LINES)
          .default(MAX_LINES)
          .describe('market-data lines of a client, error 101 above it; IB has 100'),
      })
      .prefault({})
      .describe('bounds of the gateway'),
    market_data: z
      .enum(['live', 'delayed'])
      .default('live')
      .describe('what clients have rights to; delayed only to who asks for type 3 or 4'),
    faults: z
      .array(timedFaultSchema)
      .max(1000)
      .default([])
      .describe('what goes wrong when: at or after_s, type and parameters, see docs/gateway.md'),
  })
  .refine(({ start, faults }) => faults.every((fault) => timeOfFault(start, fault) >= start), {
    path: ['faults'],
    message: 'a fault is timed before the start',
  })
  .refine((scenario) => (scenario.recorded === undefined) !== (scenario.underlyings.length === 0), {
    message: 'give either underlyings or recorded',
  })
  .refine((scenario) => !(scenario.lock_step && scenario.speed !== 1), {
    message: 'speed has no meaning with lock_step',
  });

export type Scenario = z.infer<typeof scenarioSchema>;
export type ScenarioUnderlying = Scenario['underlyings'][number];
export type ScenarioPosition = Scenario['accounts'][number]['positions'][number];
export type SurfaceParameters = z.infer<typeof surfaceSchema>;
export type CommissionRates = Scenario['commissions'];

/** Checks a scenario; `source` names it in errors. Throws `Fault('config_invalid')`, one line. */
export function parseScenario(input: unknown, source: string): Scenario {
  const result = scenarioSchema.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue?.path.join('.') ?? '';
  const where = path === '' ? source : `${source}: ${path}`;
  throw new Fault('config_invalid', `${where}: ${issue?.message ?? 'invalid'}`, {
    remedy: 'see config/scenarios/demo.yaml for every key',
  });
}

/** Reads and checks a scenario file; a data set's directory is meant relative to the file. */
export function loadScenario(file: string): Scenario {
  const scenario = parseScenario(readYaml(file), file);
  if (scenario.recorded === undefined) return scenario;
  const dir = resolve(dirname(file), scenario.recorded.dir);
  return { ...scenario, recorded: { ...scenario.recorded, dir } };
}

function readYaml(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Fault('config_unreadable', `cannot read the scenario ${file}`, {
      remedy: 'name another one: gateway.scenario in the configuration, --scenario of the gateway',
      cause: error,
    });
  }
  try {
    return parseYaml(text);
  } catch (error) {
    const [line] = error instanceof Error ? error.message.split('\n', 1) : [];
    throw new Fault('config_invalid', `${file}: not YAML: ${line}`, {
      remedy: 'config/scenarios/demo.yaml is an example',
      cause: error,
    });
  }
}
