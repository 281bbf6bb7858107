/**
 * Whether a journal directory is whole: every checksum, the order of the numbers, segments that are
 * there, and gaps that the journal itself explains. It decides nothing again; that is the replay's.
 */

import { basename } from 'node:path';
import { Fault } from '../fault.ts';
import { decodeRecord, type JournalRecord, type TapeLoss } from '../protocol/records.ts';
import {
  listSegments,
  readSegment,
  type SegmentEnd,
  type SegmentPrefix,
  segmentPath,
} from '../store/journal-frame.ts';
import { droppedBefore } from '../store/journal-keep.ts';
import { LostRanges, lostAtRestore } from './tape-gaps.ts';

export interface SegmentReport {
  readonly file: string;
  readonly records: number;
  readonly bytes: number;
  readonly first_seq: number | null;
  readonly last_seq: number | null;
  /** Wall time of its first and last record, unix seconds. */
  readonly first_ts: number | null;
  readonly last_ts: number | null;
  readonly end: SegmentEnd['kind'];
  /** Of an unfinished last record: what a crash leaves, cut off at the next start. */
  readonly torn_bytes: number;
}

export interface JournalReport {
  readonly segments: readonly SegmentReport[];
  readonly records: number;
  readonly taped: number;
  readonly sessions: number;
  /** What the journal says is gone of the tape. */
  readonly lost: readonly TapeLoss[];
  /** Numbers that are nowhere, and which a `tape_lost` record names. */
  readonly explained: number;
  /** Everything that is wrong; empty for a whole journal. */
  readonly problems: readonly string[];
}

/** Reads all of it, and goes on behind what is damaged. */
export function checkJournal(dir: string): JournalReport {
  const journal = new Side(dir, 'journal');
  const tape = new Side(dir, 'tape');
  const numbers = new Numbers(droppedBefore(dir) === listSegments(dir, 'journal')[0]);
  let a = journal.next();
  let b = tape.next();
  while (a !== null || b !== null) {
    if (a !== null && (b === null || a.seq < b.seq)) {
      numbers.take(a, journal.file);
      a = journal.next();
    } else if (b !== null) {
      numbers.take(b, tape.file);
      b = tape.next();
    }
  }
  const gaps = numbers.gaps(lostAtRestore(dir));
  return {
    segments: [...journal.reports, ...tape.reports],
    records: journal.count,
    taped: tape.count,
    sessions: numbers.sessions,
    lost: numbers.losses,
    explained: gaps.explained,
    problems: [...journal.problems, ...tape.problems, ...numbers.problems, ...gaps.problems],
  };
}

/** Journal or tape, record by record over all segments. */
class Side {
  readonly reports: SegmentReport[] = [];
  readonly problems: string[] = [];
  count = 0;
  file = '';
  readonly #records: Generator<JournalRecord, void>;
  #last = 0;

  constructor(dir: string, prefix: SegmentPrefix) {
    this.#records = this.#read(dir, prefix);
  }

  next(): JournalRecord | null {
    const step = this.#records.next();
    if (step.done === true) return null;
    const { seq } = step.value;
    if (seq <= this.#last) this.problems.push(`${this.file}: ${seq} stands behind ${this.#last}`);
    this.#last = seq;
    this.count += 1;
    return step.value;
  }

  *#read(dir: string, prefix: SegmentPrefix): Generator<JournalRecord, void> {
    const segments = listSegments(dir, prefix);
    for (const [index, segment] of segments.entries()) {
      const previous = segments[index - 1];
      if (previous !== undefined && segment > previous + 1) {
        const gone = basename(segmentPath(dir, prefix, previous + 1));
        this.problems.push(`${gone}: is missing, though later segments are there`);
      }
      yield* this.#segment(segmentPath(dir, prefix, segment), segment, index + 1 < segments.length);
    }
  }

  *#segment(path: string, segment: number, hasNext: boolean): Generator<JournalRecord, void> {
    this.file = basename(path);
    const file = this.file;
    const entries = readSegment(path, { segment, offset: 0 });
    let records = 0;
    let first: JournalRecord | null = null;
    let last: JournalRecord | null = null;
    let step = entries.next();
    for (; step.done !== true; step = entries.next()) {
      const record = decoded(step.value.payload);
      if (typeof record === 'string') {
        this.problems.push(`${file}: ${record} before byte ${step.value.next.offset}`);
        continue;
      }
      first ??= record;
      last = record;
      records += 1;
      yield record;
    }
    const end = step.value;
    if (end.kind === 'corrupt' || (end.kind === 'torn' && hasNext)) {
      this.problems.push(`${file}: no valid record at byte ${end.offset}`);
    }
    this.reports.push({
      file,
      records,
      bytes: end.offset,
      first_seq: first?.seq ?? null,
      last_seq: last?.seq ?? null,
      first_ts: first === null ? null : first.at.wall / 1000,
      last_ts: last === null ? null : last.at.wall / 1000,
      end: end.kind,
      torn_bytes: end.kind === 'torn' ? end.bytes : 0,
    });
  }
}

function decoded(payload: Uint8Array): JournalRecord | string {
  try {
    return decodeRecord(payload);
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
}

/** The numbers of both sides together: one after the other within a session. */
class Numbers {
  readonly losses: TapeLoss[] = [];
  readonly problems: string[] = [];
  sessions = 0;
  readonly #gaps: { readonly from: number; readonly to: number }[] = [];
  readonly #isShortened: boolean;
  #previous = 0;

  /** `isShortened`: what came before was dropped by retention, and it begins within a session. */
  constructor(isShortened: boolean) {
    this.#isShortened = isShortened;
  }

  take({ seq, kind, body }: JournalRecord, file: string): void {
    if (kind === 'boot') this.sessions += 1;
    else if (this.sessions === 0) {
      if (this.#previous === 0 && !this.#isShortened)
        this.problems.push(`${file}: does not begin with a boot record`);
    } else if (seq > this.#previous + 1) {
      this.#gaps.push({ from: this.#previous + 1, to: seq - 1 });
    }
    if (seq === this.#previous) this.problems.push(`${file}: ${seq} is there twice`);
    if (kind === 'tape_lost') this.losses.push(body as TapeLoss);
    this.#previous = Math.max(this.#previous, seq);
  }

  /** A loss is said behind the gap that it explains, so all are looked at together. */
  gaps(restored: TapeLoss | null): {
    readonly explained: number;
    readonly problems: readonly string[];
  } {
    const lost = new LostRanges();
    if (restored !== null) lost.add(restored);
    for (const loss of this.losses) lost.add(loss);
    const problems: string[] = [];
    let explained = 0;
    for (const { from, to } of this.#gaps) {
      const open = lost.unexplained(from, to);
      explained += to - from + 1 - open;
      if (open > 0) problems.push(`${open} of the numbers ${from} to ${to} are nowhere`);
    }
    return { explained, problems };
  }
}
