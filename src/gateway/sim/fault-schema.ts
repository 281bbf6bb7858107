/**
 * The faults that the exchange and its gateway can be made to have: one schema for those of a
 * scenario's timeline and for those that come by the admin port, so that whatever a test provokes
 * by hand can be written down as a scenario.
 */

import { z } from 'zod';
import { timeOnDayOf } from './zoned-time.ts';

const symbol = z.string().regex(/^[A-Z][A-Z0-9.]{0,11}$/, 'a symbol such as NVDA');

/** Faults that stand until they are switched off, or for so many exchange seconds. */
const standing = {
  on: z.boolean().default(true).describe('false ends it'),
  for_s: z.number().positive().max(86_400).optional().describe('exchange seconds; default: no end'),
};

/** Faults that hit so many orders or reports, one unless `count` or `for_s` says more. */
const hitting = {
  ...standing,
  count: z.number().int().min(1).max(100_000).optional().describe('how many it hits'),
};

/** Faults of quotes: of one underlying with its options, or of all. */
const market = { ...standing, symbol: symbol.optional().describe('default: all underlyings') };

/** A split: for each `from` shares there are `to`. */
export const splitTerms = {
  to: z.number().int().min(1).max(1000).describe('so many shares'),
  from: z.number().int().min(1).max(1000).default(1).describe('for each so many'),
};

const delay = (fallback: number) =>
  z.number().int().min(0).max(3_600_000).default(fallback).describe('exchange ms');

/** System messages; the spec of each is in TWS's list of codes. */
const SYSTEM_CODES = [
  1100, 1101, 1102, 1300, 2103, 2104, 2105, 2106, 2107, 2108, 2110, 2119, 2157, 2158,
] as const;

const CODE_TYPES = SYSTEM_CODES.map((code) => `code_${code}` as const);

/** What a market-data line can be refused or degraded with while it runs. */
const LINE_CODES = [354, 10089, 10090, 10091, 10167, 10168, 10186, 10197] as const;

const connection = [
  z.strictObject({ type: z.literal('disconnect') }),
  z.strictObject({ type: z.literal('half_open'), ...standing }),
  z.strictObject({ type: z.literal('refuse_connect'), ...standing }),
  z.strictObject({ type: z.enum(CODE_TYPES) }),
  z.strictObject({
    type: z.literal('client_id_in_use'),
    ...standing,
    client_id: z.number().int().min(0).optional().describe('default: every id'),
  }),
  z.strictObject({ type: z.literal('read_only'), ...standing }),
  z.strictObject({
    type: z.literal('slow_consumer'),
    ...standing,
    delay_ms: z.number().int().min(1).max(60_000).default(1000).describe('real ms of each write'),
  }),
  z.strictObject({
    type: z.literal('daily_restart'),
    down_s: z.number().positive().max(7200).default(10).describe('exchange seconds'),
  }),
  z.strictObject({
    type: z.literal('pacing'),
    disconnect: z.boolean().default(false).describe('100 and then the end of the connection'),
  }),
  z.strictObject({
    type: z.literal('line_error'),
    code: z.literal(LINE_CODES).default(354),
  }),
  z.strictObject({
    type: z.literal('next_id_rollback'),
    ...hitting,
    by: z.number().int().min(-1_000_000).max(1_000_000).default(10).describe('negative: a jump'),
  }),
] as const;

const orders = [
  z.strictObject({ type: z.literal('slow_ack'), ...hitting, delay_ms: delay(5000) }),
  z.strictObject({ type: z.literal('no_ack'), ...hitting }),
  z.strictObject({ type: z.literal('drop_order'), ...hitting }),
  z.strictObject({
    type: z.literal('reject'),
    ...hitting,
    code: z.number().int().min(100).max(20_000).default(201),
    message: z.string().max(400).optional(),
    status: z.enum(['Inactive', 'Cancelled']).default('Inactive'),
  }),
  z.strictObject({
    type: z.literal('locate'),
    ...hitting,
    delay_ms: delay(5000).describe('until shares are found and the order goes on'),
  }),
  z.strictObject({
    type: z.literal('order_message'),
    ...hitting,
    code: z.literal([399, 10349, 2109, 2137]).default(399),
  }),
  z.strictObject({
    type: z.literal('partial_fills'),
    ...standing,
    max_size: z
      .number()
      .int()
      .min(0)
      .max(1e6)
      .default(10)
      .describe('of one execution; 0: none trades'),
  }),
  z.strictObject({
    type: z.literal('late_fill_after_cancel'),
    ...hitting,
    delay_ms: delay(1000).describe('after the order was cancelled'),
  }),
] as const;

const reports = [
  z.strictObject({
    type: z.literal('duplicate_status'),
    ...hitting,
    copies: z.number().int().min(1).max(100).default(2).describe('beside the first'),
  }),
  z.strictObject({ type: z.literal('reorder_status'), ...hitting, delay_ms: delay(1000) }),
  z.strictObject({ type: z.literal('duplicate_execution'), ...hitting }),
  z.strictObject({
    type: z.literal('execution_correction'),
    ...hitting,
    delay_ms: delay(1000),
    ticks: z.number().int().min(-1000).max(1000).default(1).describe('added to the price'),
  }),
  z.strictObject({ type: z.literal('late_commission'), ...hitting, delay_ms: delay(5000) }),
  z.strictObject({ type: z.literal('missing_commission'), ...hitting }),
] as const;

const quotes = [
  z.strictObject({ type: z.literal('stale_quotes'), ...market }),
  z.strictObject({ type: z.literal('crossed_quotes'), ...market }),
  z.strictObject({
    type: z.literal('wide_spread'),
    ...market,
    factor: z.number().min(1).max(1000).default(20).describe('of the spread'),
  }),
  z.strictObject({ type: z.literal('nan_greeks'), ...market }),
  z.strictObject({ type: z.literal('no_prices'), ...market }),
  z.strictObject({ type: z.literal('zero_bid'), ...market }),
  z.strictObject({ type: z.literal('halt'), ...market }),
  z.strictObject({
    type: z.literal('gap'),
    symbol: symbol.optional().describe('default: all underlyings'),
    pct: z.number().gt(-100).max(1000).optional().describe('default: 3, up or down by the seed'),
  }),
  z.strictObject({
    type: z.literal('dividend'),
    symbol,
    amount: z.number().positive().max(10_000).describe('USD per share; the price falls by it'),
  }),
  z.strictObject({ type: z.literal('split'), symbol, ...splitTerms }),
  z.strictObject({
    type: z.literal('adjust_options'),
    symbol,
    trading_class: z
      .string()
      .regex(/^[A-Z][A-Z0-9]{0,7}$/, 'a trading class such as NVDA1')
      .optional()
      .describe('default: the symbol with the next digit'),
    multiplier: z.number().int().min(1).max(10_000).optional().describe('default: as before'),
    strike_less: z.number().min(0).max(10_000).default(0).describe('USD off each strike'),
    shares: z
      .number()
      .int()
      .min(0)
      .max(10_000)
      .optional()
      .describe('delivered; default: as before'),
    cash: z.number().min(0).max(1_000_000).default(0).describe('USD delivered beside the shares'),
    new_ids: z.boolean().default(false).describe('the contracts get other ids'),
  }),
  z.strictObject({
    type: z.literal('exercise'),
    con_id: z
      .number()
      .int()
      .positive()
      .optional()
      .describe('an option that is held; if short: assignment'),
    symbol: z.string().max(20).optional().describe('in place of `con_id`: the first that is held'),
    right: z.enum(['C', 'P']).optional().describe('of that symbol; default: any'),
    quantity: z.number().int().positive().max(100_000).optional().describe('default: all'),
    account: z.string().max(20).optional(),
  }),
  z.strictObject({
    type: z.literal('manual_trade'),
    symbol,
    side: z.enum(['BUY', 'SELL']),
    quantity: z.number().int().positive().max(1_000_000),
    account: z.string().max(20).optional(),
  }),
] as const;

const schemas = [...connection, ...orders, ...reports, ...quotes] as const;

export const faultSchema = z.discriminatedUnion('type', schemas);

/** One entry of a scenario's timeline. */
const when = {
  at: z
    .string()
    .regex(/^\d{2}:\d{2}(:\d{2})?$/, 'a time of the first day, HH:MM or HH:MM:SS, New York')
    .optional(),
  after_s: z.number().min(0).max(31_536_000).optional().describe('exchange seconds from the start'),
};

export const timedFaultSchema = z
  .looseObject(when)
  .transform(({ at, after_s: afterS, ...rest }, context) => {
    if ((at === undefined) === (afterS === undefined)) {
      context.addIssue({ code: 'custom', message: 'give either at or after_s' });
      return z.NEVER;
    }
    const parsed = faultSchema.safeParse(rest);
    if (parsed.success) return { at, after_s: afterS, fault: parsed.data };
    for (const issue of parsed.error.issues) {
      context.addIssue({ code: 'custom', path: [...issue.path], message: issue.message });
    }
    return z.NEVER;
  });

export type FaultInput = z.output<typeof faultSchema>;
export type FaultType = FaultInput['type'];
export type TimedFault = z.output<typeof timedFaultSchema>;

/** When an entry of a scenario's timeline begins, epoch ms. */
export function timeOfFault(start: number, entry: TimedFault): number {
  if (entry.at !== undefined) return timeOnDayOf(start, entry.at);
  return start + (entry.after_s ?? 0) * 1000;
}

/** Every type there is, for the documentation's and the tests' completeness. */
export const FAULT_TYPES: readonly string[] = schemas.flatMap((schema) => {
  const { type } = schema.shape;
  return 'options' in type ? [...type.options] : [...type.values];
});
