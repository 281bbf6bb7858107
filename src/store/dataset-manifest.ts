/** The manifest of a data set: its text form, and the checks that let the rest trust it. */

import { z } from 'zod';
import type { TapeInstrument } from '../domain/tape.ts';
import { Fault } from '../fault.ts';
import { NO_PRICE, PRICE_TICK } from './quote-columns.ts';

export const MANIFEST_FILE = 'manifest.json';

/** Of bars within a day. */
export type BarResolution = 'second' | 'minute';
/**
 * What can be imported, and what a run can begin with. `daily`: one row a day, a minute before the
 * close, so that it can be traded on.
 */
export type ImportResolution = BarResolution | 'daily';
/** `recorded`: as a recorder or a history took them, at most one each `intervalMs`. */
export type Resolution = ImportResolution | 'recorded';

/** What a company did to its shares within the days of a data set. */
export interface CorporateActions {
  /** By the first day without it, `YYYYMMDD`; USD per share. */
  readonly dividends: readonly { readonly ex_date: string; readonly amount: number }[];
  /** By the first day of the new shares; new shares for each old one. */
  readonly splits: readonly { readonly date: string; readonly ratio: number }[];
}

export const NO_ACTIONS: CorporateActions = { dividends: [], splits: [] };

/** One file. A day that was recorded in several has several, in the order of time. */
export interface DatasetFile {
  readonly day: string;
  /** Relative to the data set's directory. */
  readonly file: string;
  readonly rows: number;
  readonly sha256: string;
}

/** A time in which a recorder did not see, or did not keep, what it should have. */
export interface RecordingGap {
  /** Epoch ms of the last row before it; null where there is none. */
  readonly from: number | null;
  /** Of the first row behind it; null while there is none. */
  readonly to: number | null;
  readonly reason: GapReason;
  /** Rows that are known to be lost; null where nobody counted them. */
  readonly rows: number | null;
}

/** `link`: the connection that brings the quotes was away. */
export const GAP_REASONS = ['stopped', 'crashed', 'unwritable', 'overrun', 'link'] as const;
export type GapReason = (typeof GAP_REASONS)[number];

export interface DatasetManifest {
  readonly resolution: Resolution;
  /** Of a recording: between two rows of one instrument, ms; 0 where every quote is kept. */
  readonly intervalMs: number;
  readonly source: string;
  readonly hash: string;
  readonly instruments: readonly TapeInstrument[];
  readonly files: readonly DatasetFile[];
  readonly actions: CorporateActions;
  readonly gaps: readonly RecordingGap[];
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
  resolution: z.enum(['second', 'minute', 'daily', 'recorded']),
  // Of recordings alone.
  interval_ms: z.int().nonnegative().optional(),
  source: z.string(),
  price_tick: z.literal(PRICE_TICK),
  no_price: z.literal(NO_PRICE),
  hash: z.string(),
  days: z.array(
    z.strictObject({
      day,
      // No path leads out of the data set.
      file: z.string().regex(/^quotes\/\d{8}(-\d{4})?\.parquet$/),
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
  gaps: z
    .array(
      z.strictObject({
        from: z.number().nullable(),
        to: z.number().nullable(),
        reason: z.enum(GAP_REASONS),
        rows: z.int().nonnegative().nullable(),
      }),
    )
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
  const { interval_ms: intervalMs = 0, gaps = [] } = parsed.data;
  return {
    ...{ resolution, intervalMs, source, hash, actions, gaps },
    files: days,
    instruments: instruments.map(({ contract, previousClose }) => ({
      contract,
      previousClose: previousClose ?? Number.NaN,
    })),
  };
}

/** The manifest as it stands in its file. */
export function writeManifest(content: DatasetManifest): string {
  const { instruments, actions, files, gaps, intervalMs, ...rest } = content;
  const recorded = { interval_ms: intervalMs, gaps: [...gaps] };
  const json: z.input<typeof manifest> = {
    format: FORMAT,
    version: VERSION,
    price_tick: PRICE_TICK,
    no_price: NO_PRICE,
    ...rest,
    days: [...files],
    ...(content.resolution === 'recorded' ? recorded : {}),
    actions: { dividends: [...actions.dividends], splits: [...actions.splits] },
    instruments: instruments.map(({ contract, previousClose }) => ({
      contract,
      previousClose: Number.isNaN(previousClose) ? null : previousClose,
    })),
  };
  return `${JSON.stringify(json, null, 1)}\n`;
}
