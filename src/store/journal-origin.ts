/**
 * Where the shipping of a journal begins. Mostly where the sink says; but a journal that was
 * restored from a backup has a new id and an old past, and one whose old segments are gone (lost,
 * or dropped while the sink was changed) begins later than the sink believes.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Fault } from '../fault.ts';
import { listSegments } from './journal-frame.ts';
import { NOTHING_SHIPPED, type Progress } from './sink.ts';

/** Of whose records a restored journal consists, and up to where. */
export interface JournalOrigin {
  readonly journalId: string;
  readonly end: Progress;
  /** The tape up to there came with it. */
  readonly tape: boolean;
}

/** In a backup it stands in place of the journal's id, so that a restored one gets its own. */
export const ORIGIN_FILE = 'restored-from.json';

const whole = z.int().min(0);
const originSchema = z.strictObject({
  journalId: z.string(),
  end: z.strictObject({
    position: z.strictObject({ segment: whole, offset: whole }),
    sequence: whole,
  }),
  tape: z.boolean(),
});

/** Null for a journal that was not restored. */
export function readOrigin(dir: string): JournalOrigin | null {
  let text: string;
  try {
    text = readFileSync(join(dir, ORIGIN_FILE), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  const parsed = originSchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new Fault('journal_corrupt', `${join(dir, ORIGIN_FILE)} does not say where it is from`);
}

/**
 * Where to read on, for a sink that has the journal up to `known`: there, or at the first segment
 * that is left. A journal that ends before it was replaced by an older copy of itself.
 */
export function readableFrom(dir: string, known: Progress): Progress {
  const { segment } = known.position;
  const segments = listSegments(dir, 'journal');
  const first = segments[0];
  if (segment === 0 || first === undefined) return known;
  if (segment > (segments.at(-1) ?? 0)) {
    throw new Fault('journal_corrupt', `${dir} is older than what was shipped of it`, {
      remedy: 'restore a journal without its file journal-id: it gets a new one',
    });
  }
  if (segment >= first) return known;
  return { position: { segment: first, offset: 0 }, sequence: known.sequence };
}

/** Where a journal begins that the sink has never seen. */
export function firstProgress(origin: JournalOrigin | null, ofOrigin: Progress | null): Progress {
  if (origin === null || ofOrigin === null) return NOTHING_SHIPPED;
  return ofOrigin.sequence <= origin.end.sequence ? ofOrigin : origin.end;
}
