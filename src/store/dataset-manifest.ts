/** The manifest of a data set: its text form, and the checks that let the rest trust it. */

import { z } from 'zod';
import type { TapeInstrument } from '../domain/tape.ts';
import { Fault } from '../fault.ts';
import { NO_PRICE, PRICE_TICK } from './quote-columns.ts';

export const MANIFEST_FILE = 'manifest.json';

export type Resolution = 'second' | 'minute';

export interface DatasetDay {
  readonly day: string;
  /** Relative to the data set's directory. */
  readonly file: string;
  readonly rows: number;
  readonly sha256: string;
}

export interface DatasetManifest {
  readonly resolution: Resolution;
  readonly source: string;
  readonly hash: string;
  readonly instruments: readonly TapeInstrument[];
  readonly days: readonly DatasetDay[];
}

const FORMAT = 'bifrost-quotes';
const VERSION = 1;

const day = z.string().regex(/^\d{8}$/);

const stock = z.strictObject({
  secType: z.literal('STK'),
  conId: z.int().positive(),
  symbol: z.string().min(1),
  exchange: z.string(),
  primaryExchange: z.string(),
  currency: z.string(),
});

const option = z.strictObject({
  secType: z.literal('OPT'),
  conId: z.int().positive(),
  symbol: z.string().min(1),
  underlyingConId: z.int().nonnegative(),
  expiry: day,
  strike: z.number().positive(),
  right: z.enum(['C', 'P']),
  multiplier: z.number().positive(),
  exchange: z.string(),
  currency: z.string(),
  tradingClass: z.string(),
  localSymbol: z.string(),
});

const manifest = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  resolution: z.enum(['second', 'minute']),
  source: z.string(),
  price_tick: z.literal(PRICE_TICK),
  no_price: z.literal(NO_PRICE),
  hash: z.string(),
  days: z.array(
    z.strictObject({
      day,
      // No path leads out of the data set.
      file: z.string().regex(/^quotes\/\d{8}\.parquet$/),
      rows: z.int().nonnegative(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
  instruments: z.array(
    z.strictObject({
      contract: z.discriminatedUnion('secType', [stock, option]),
      previousClose: z.number().positive().nullable(),
    }),
  ),
});

/** Reads a manifest's text. Throws `Fault('data_unreadable')` that names `file`. */
export function parseManifest(text: string, file: string): DatasetManifest {
  const refuse = (why: string, cause: unknown): Fault =>
    new Fault('data_unreadable', `${file} is no manifest of a data set: ${why}`, {
      remedy: 'Import the data set again (bifrost data import … --force).',
      cause,
    });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw refuse('it is not JSON', cause);
  }
  const parsed = manifest.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refuse(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`, parsed.error);
  }
  const { resolution, source, hash, days, instruments } = parsed.data;
  return {
    resolution,
    source,
    hash,
    days,
    instruments: instruments.map(({ contract, previousClose }) => ({
      contract,
      previousClose: previousClose ?? Number.NaN,
    })),
  };
}

export function writeManifest(content: DatasetManifest): string {
  const { instruments, ...rest } = content;
  const json: z.input<typeof manifest> = {
    format: FORMAT,
    version: VERSION,
    price_tick: PRICE_TICK,
    no_price: NO_PRICE,
    ...rest,
    days: [...rest.days],
    instruments: instruments.map(({ contract, previousClose }) => ({
      contract,
      previousClose: Number.isNaN(previousClose) ? null : previousClose,
    })),
  };
  return `${JSON.stringify(json, null, 1)}\n`;
}
