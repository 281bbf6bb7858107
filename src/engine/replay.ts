/**
 * Feeds a session's records to fresh deciders and compares what they do with what was written. No
 * timer runs and no board is read: everything a turn could see stands in its record. A difference
 * means that a decision depended on something that is not in the journal, or that the code changed.
 * The tape is needed for none of it: what a turn saw of it, its record carries.
 */

import {
  decodeRecord,
  type JournalRecord,
  peekRecord,
  type TapeLoss,
} from '../protocol/records.ts';
import { readJournal } from '../store/journal.ts';
import { type JournalPosition, listSegments, type SegmentPrefix } from '../store/journal-frame.ts';
import type { Deciders } from './deciders.ts';
import { type Difference, type ReplayCounts, ReplayRun } from './replay-run.ts';
import { LostRanges, lostAtRestore } from './tape-gaps.ts';

export type { Difference };

export interface ReplayOptions {
  /** The journal directory; journal and tape segments are merged by sequence number. */
  readonly dir: string;
  /** Stop before the first record later than this trading time, epoch ms. */
  readonly until?: number;
  /** Only the session that begins with this record, and nothing after the record `upTo`. */
  readonly session?: { readonly boot: number; readonly upTo: number };
  /** Also price every evaluation again. */
  readonly recompute?: boolean;
  readonly onRecord?: (record: JournalRecord, deciders: Deciders) => void;
}

export interface ReplayResult extends ReplayCounts {
  /** The first difference ends the replay. */
  readonly difference: Difference | null;
}

/** Replays every session of a journal directory, or until the first difference. */
export function replay(options: ReplayOptions): ReplayResult {
  const { dir, until, recompute, onRecord } = options;
  const run = new ReplayRun(lostRanges(dir), { recompute, onRecord });
  const { boot = 0, upTo = Number.POSITIVE_INFINITY } = options.session ?? {};
  for (const { record, taped } of readSession(dir, boot)) {
    if (record.seq > upTo) break;
    if (until !== undefined && record.at.trading > until) break;
    if (run.take(record, taped) !== null) break;
  }
  return { ...run.counts, difference: run.difference };
}

/** All that the journal says is gone of the tape; it is said after the gaps that it explains. */
function lostRanges(dir: string): LostRanges {
  const lost = new LostRanges();
  const restored = lostAtRestore(dir);
  if (restored !== null) lost.add(restored);
  for (const { payload } of readJournal(dir, 'journal')) {
    if (peekRecord(payload).kind === 'tape_lost') {
      lost.add(decodeRecord(payload).body as TapeLoss);
    }
  }
  return lost;
}

/** How far both files were read; without a position, not at all. */
export interface ReadSoFar {
  readonly journal?: JournalPosition | undefined;
  readonly tape?: JournalPosition | undefined;
}

interface SessionRecord {
  readonly record: JournalRecord;
  readonly taped: boolean;
  /** Where to go on behind it. */
  readonly read: ReadSoFar;
}

/**
 * All records of a journal directory from number `first` on, of what is behind `from`: both files
 * are in ascending order of their numbers.
 */
export function* readSession(
  dir: string,
  first = 0,
  from: ReadSoFar = {},
): Generator<SessionRecord, void> {
  const journal = records(dir, 'journal', first, from.journal);
  const tape = records(dir, 'tape', first, from.tape);
  let read = from;
  let a = journal.next();
  let b = tape.next();
  while (!a.done || !b.done) {
    if (b.done || (!a.done && a.value.record.seq < b.value.record.seq)) {
      if (a.done) return;
      read = { ...read, journal: a.value.next };
      yield { record: a.value.record, taped: false, read };
      a = journal.next();
    } else {
      read = { ...read, tape: b.value.next };
      yield { record: b.value.record, taped: true, read };
      b = tape.next();
    }
  }
}

function* records(
  dir: string,
  prefix: SegmentPrefix,
  first: number,
  from: JournalPosition | undefined,
): Generator<{ readonly record: JournalRecord; readonly next: JournalPosition }, void> {
  for (const { payload, next } of readJournal(dir, prefix, stillThere(dir, prefix, from))) {
    if (first === 0 || peekRecord(payload).seq >= first) {
      yield { record: decodeRecord(payload), next };
    }
  }
}

/** Of a segment that has gone meanwhile, what is left begins with the first one. */
export function stillThere(
  dir: string,
  prefix: SegmentPrefix,
  from: JournalPosition | undefined,
): JournalPosition | undefined {
  if (from === undefined) return undefined;
  const [first = 0] = listSegments(dir, prefix);
  return first > from.segment ? undefined : from;
}
