/** The manifest of a data set: its text form, and the checks that let the rest trust it. */

import { z } from 'zod';
import type { TapeInstrument } from '../domain/tape.ts';
import { Fault } from '../fault.ts';
import { NO_PRICE, PRICE_TICK } from './quote-columns.ts';

export const MANIFEST_FILE = 'manifest.json';

/** Of bars within a day. */
export type BarResolution = 'second' | 'minute';
/** `daily`: one row a day, a minute before the close, so that it can be traded on. */
export type Resolution = BarResolution | 'daily';

/** What a company did to its shares within the days of a data set. */
export interface CorporateActions {
  /** By the first day without it, `YYYYMMDD`; USD per share. */
  readonly dividends: readonly { readonly ex_date: string; readonly amount: number }[];
  /** By the first day of the new shares; new shares for each old one. */
  readonly splits: readonly { readonly date: string; readonly ratio: number }[];
}

export const NO_ACTIONS: CorporateActions = { dividends: [], splits: [] };

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
  readonly actions: CorporateActions;
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
  resolution: z.enum(['second', 'minute', 'daily']),
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
  // Absent in data sets from before they were known.
  actions: z
    .strictObject({
      dividends: z.array(z.strictObject({ ex_date: day, amount: z.number().positive() })),
      splits: z.array(z.strictObject({ date: day, ratio: z.number().positive() })),
    })
    .optional(),
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
  const { resolution, source, hash, days, instruments, actions = NO_ACTIONS } = parsed.data;
  return {
    resolution,
    source,
    hash,
    days,
    actions,
    instruments: instruments.map(({ contract, previousClose }) => ({
      contract,
      previousClose: previousClose ?? Number.NaN,
    })),
  };
}

export function writeManifest(content: DatasetManifest): string {
  const { instruments, actions, ...rest } = content;
  const json: z.input<typeof manifest> = {
    format: FORMAT,
    version: VERSION,
    price_tick: PRICE_TICK,
    no_price: NO_PRICE,
    ...rest,
    days: [...rest.days],
    actions: { dividends: [...actions.dividends], splits: [...actions.splits] },
    instruments: instruments.map(({ contract, previousClose }) => ({
      contract,
      previousClose: Number.isNaN(previousClose) ? null : previousClose,
    })),
  };
  return `${JSON.stringify(json, null, 1)}\n`;
}
