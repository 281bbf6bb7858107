/**
 * Feeds a session's records to fresh deciders and compares what they do with what was written. No
 * timer runs and no board is read: everything a turn could see stands in its record. A difference
 * means that a decision depended on something that is not in the journal, or that the code changed.
 */

import type { BootBody } from '../protocol/decision-config.ts';
import { decodeRecord, type JournalRecord, outcomeText } from '../protocol/records.ts';
import { readJournal } from '../store/journal.ts';
import { createDeciders, type Deciders } from './deciders.ts';

export interface ReplayOptions {
  /** The journal directory; journal and tape segments are merged by sequence number. */
  readonly dir: string;
  /** Stop before the first record later than this trading time, epoch ms. */
  readonly until?: number;
  readonly onRecord?: (record: JournalRecord, deciders: Deciders) => void;
}

export interface Difference {
  readonly seq: number;
  readonly kind: string;
  readonly expected: string;
  readonly actual: string;
}

export interface ReplayResult {
  readonly records: number;
  readonly evaluations: number;
  readonly sessions: number;
  /** The first difference ends the replay. */
  readonly difference: Difference | null;
  /** Evaluations whose tape segment is gone; nothing else may be missing. */
  readonly missing: number;
}

/** Replays every session of a journal directory, or until the first difference. */
export function replay(options: ReplayOptions): ReplayResult {
  let deciders: Deciders | null = null;
  let previous = 0;
  const counts = { records: 0, evaluations: 0, sessions: 0, missing: 0 };
  for (const record of merged(options.dir)) {
    if (options.until !== undefined && record.at.trading > options.until) break;
    if (record.kind === 'boot') {
      deciders = createDeciders(record.body as BootBody, record.seq - 1);
      counts.sessions += 1;
      previous = 0;
    }
    if (deciders === null) continue;
    if (previous > 0 && record.seq > previous + 1) {
      counts.missing += record.seq - previous - 1;
      deciders.runner.resumeAt(record.seq);
    }
    previous = record.seq;
    counts.records += 1;
    if (record.kind === 'evaluation') counts.evaluations += 1;
    const expected = outcomeText(record);
    const actual = outcomeText(deciders.runner.run(record, record.at) as JournalRecord);
    if (actual !== expected) {
      const { seq, kind } = record;
      return { ...counts, difference: { seq, kind, expected, actual } };
    }
    options.onRecord?.(record, deciders);
  }
  return { ...counts, difference: null };
}

/** Both files are in ascending order of sequence numbers. */
function* merged(dir: string): Generator<JournalRecord> {
  const journal = records(dir, 'journal');
  const tape = records(dir, 'tape');
  let a = journal.next();
  let b = tape.next();
  while (!a.done || !b.done) {
    if (b.done || (!a.done && a.value.seq < b.value.seq)) {
      if (!a.done) yield a.value;
      a = journal.next();
    } else {
      yield b.value;
      b = tape.next();
    }
  }
}

function* records(dir: string, prefix: 'journal' | 'tape'): Generator<JournalRecord, void> {
  for (const { payload } of readJournal(dir, prefix)) yield decodeRecord(payload);
}
