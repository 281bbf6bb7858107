/**
 * What the one sentence of a book says, as a code with its numbers: a page says it in the language
 * of its reader, and a program need not read English.
 */

import { z } from 'zod';
import type { Why } from '../domain/why.ts';

const shares = z.number().describe('Positive is bought, negative sold.');
const range = { net_delta: z.number(), low: z.number(), high: z.number() };
const value = z.union([z.number(), z.boolean(), z.string()]).nullable();

/** Of `Why`: the compiler sees to it that neither says more than the other. */
export const whyView = z.discriminatedUnion('code', [
  z.strictObject({ code: z.literal('no_time') }),
  z.strictObject({ code: z.literal('cause'), cause: z.string().describe('A cause of SAFE.') }),
  z.strictObject({ code: z.literal('safe_hold'), hold_s: z.number() }),
  z.strictObject({ code: z.literal('empty') }),
  z.strictObject({ code: z.literal('unpriced'), legs: z.string() }),
  z.strictObject({ code: z.enum(['in_band', 'below_threshold']), ...range }),
  z.strictObject({
    ...{ code: z.literal('closed'), shares, gate: z.string(), value, limit: value },
    unit: z.string(),
    opens_at: z.number().nullable().describe('Trading time, epoch ms.'),
  }),
  z.strictObject({ code: z.enum(['forced', 'trades']), shares, ...range }),
]);
export type WhyView = z.output<typeof whyView>;

({}) as Why satisfies WhyView;

/** What stands against the short sale that a hedge needs. */
export const shortSaleView = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['none', 'locate']), shares: z.number() }),
  z.strictObject({ kind: z.literal('few'), shares: z.number(), available: z.number() }),
]);
export type ShortSaleView = z.output<typeof shortSaleView>;
