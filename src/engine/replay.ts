/**
 * Feeds a session's records to fresh deciders and compares what they do with what was written. No
 * timer runs and no board is read: everything a turn could see stands in its record. A difference
 * means that a decision depended on something that is not in the journal, or that the code changed.
 * The tape is needed for none of it: what a turn saw of it, its record carries.
 */

import { Repricer } from '../../actors/greeks/reprice.ts';
import type { BootBody } from '../protocol/decision-config.ts';
import {
  type CarriedEvaluation,
  decodeRecord,
  type JournalRecord,
  outcomeText,
  peekRecord,
  type TapeLoss,
} from '../protocol/records.ts';
import { readJournal } from '../store/journal.ts';
import { createDeciders, type Deciders } from './deciders.ts';
import { LostRanges, lostAtRestore } from './tape-gaps.ts';

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

export interface Difference {
  readonly seq: number;
  /** The record's kind, `gap` for numbers that nobody explains, `price` for another greek. */
  readonly kind: string;
  readonly expected: string;
  readonly actual: string;
}

export interface ReplayResult {
  readonly records: number;
  readonly evaluations: number;
  readonly sessions: number;
  /** Evaluations that changed nothing and whose tape is gone, as the journal says. */
  readonly missing: number;
  /** Legs that were priced again. */
  readonly repriced: number;
  /** The first difference ends the replay. */
  readonly difference: Difference | null;
}

/** Replays every session of a journal directory, or until the first difference. */
export function replay(options: ReplayOptions): ReplayResult {
  const run = new Run(options);
  const { boot = 0, upTo = Number.POSITIVE_INFINITY } = options.session ?? {};
  for (const { record, taped } of readSession(options.dir, boot)) {
    if (record.seq > upTo) break;
    if (taped && run.lost.drops(record.seq)) continue;
    if (options.until !== undefined && record.at.trading > options.until) break;
    if (run.take(record) !== null) break;
  }
  return run.result();
}

class Run {
  readonly lost: LostRanges;
  readonly #options: ReplayOptions;
  readonly #counts = { records: 0, evaluations: 0, sessions: 0, missing: 0, repriced: 0 };
  /** By the book's id: each has its own legs. */
  readonly #repricers = new Map<string, Repricer>();
  #deciders: Deciders | null = null;
  /** Numbers of carried evaluations that were run already, or came by the tape. */
  #silent = new Set<number>();
  #previous = 0;
  #difference: Difference | null = null;

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.lost = lostRanges(options.dir);
  }

  result(): ReplayResult {
    return { ...this.#counts, difference: this.#difference };
  }

  /** Runs one record; the difference it shows, or null. */
  take(record: JournalRecord): Difference | null {
    if (record.kind === 'boot') {
      this.#deciders = createDeciders(record.body as BootBody, record.seq - 1);
      this.#counts.sessions += 1;
      this.#silent = new Set();
    } else if (this.#deciders === null) {
      return null;
    } else {
      this.#difference = this.#gap(record) ?? this.#carried(record);
    }
    this.#previous = record.seq;
    this.#difference ??= this.#again(record);
    if (this.#difference === null && this.#deciders !== null) {
      this.#options.onRecord?.(record, this.#deciders);
    }
    return this.#difference;
  }

  /** Numbers between this record and the one before it belong to the tape, or are damage. */
  #gap({ seq }: JournalRecord): Difference | null {
    const [from, to] = [this.#previous + 1, seq - 1];
    if (from > to) return null;
    this.#counts.missing += to - from + 1;
    const unexplained = this.lost.unexplained(from, to);
    if (unexplained === 0) return null;
    const expected = `records ${from} to ${to}, or a tape_lost record that names them`;
    return { seq, kind: 'gap', expected, actual: `${unexplained} of them nowhere` };
  }

  /** What the turn's deciders saw last, unless the tape has shown it already. */
  #carried({ carried = [] }: JournalRecord): Difference | null {
    for (const evaluation of carried) {
      if (this.#silent.has(evaluation.seq)) continue;
      const difference = this.#again(asRecord(evaluation));
      if (difference !== null) return difference;
    }
    return null;
  }

  #again(record: JournalRecord): Difference | null {
    this.#counts.records += 1;
    if (record.kind === 'evaluation') {
      this.#counts.evaluations += 1;
      this.#silent.add(record.seq);
      const difference = this.#price(record);
      if (difference !== null) return difference;
    }
    const expected = outcomeText(record);
    const again = this.#deciders?.runner.runAgain(record) as JournalRecord;
    const actual = outcomeText(again);
    // A carried evaluation is told without its digest, which is the one that stood before it.
    if (actual === expected || (record.digest === SILENT && changedNothing(again))) return null;
    const { seq, kind } = record;
    return { seq, kind, expected, actual };
  }

  #price({ seq, to, body }: JournalRecord): Difference | null {
    if (this.#options.recompute !== true) return null;
    const repricer = this.#repricers.get(to) ?? new Repricer();
    this.#repricers.set(to, repricer);
    const { legs, difference } = repricer.reprice(body as Float64Array);
    this.#counts.repriced += legs;
    if (difference === null) return null;
    const { conId, field, written, priced } = difference;
    const name = `${field} of contract ${conId}`;
    return { seq, kind: 'price', expected: `${name}: ${written}`, actual: `${name}: ${priced}` };
  }
}

const SILENT = '(carried)';

function asRecord({ seq, to, at, body }: CarriedEvaluation): JournalRecord {
  const nothing = { effects: [], facts: [], digest: SILENT, carried: [] };
  return { seq, kind: 'evaluation', to, at, body, ...nothing };
}

function changedNothing({ effects, facts }: JournalRecord): boolean {
  return effects.length === 0 && facts.length === 0;
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

/**
 * All records of a journal directory from number `first` on: both files are in ascending order of
 * their numbers.
 */
export function* readSession(
  dir: string,
  first = 0,
): Generator<{ readonly record: JournalRecord; readonly taped: boolean }, void> {
  const journal = records(dir, 'journal', first);
  const tape = records(dir, 'tape', first);
  let a = journal.next();
  let b = tape.next();
  while (!a.done || !b.done) {
    if (b.done || (!a.done && a.value.seq < b.value.seq)) {
      if (!a.done) yield { record: a.value, taped: false };
      a = journal.next();
    } else {
      yield { record: b.value, taped: true };
      b = tape.next();
    }
  }
}

function* records(
  dir: string,
  prefix: 'journal' | 'tape',
  first: number,
): Generator<JournalRecord, void> {
  for (const { payload } of readJournal(dir, prefix)) {
    if (first === 0 || peekRecord(payload).seq >= first) yield decodeRecord(payload);
  }
}
