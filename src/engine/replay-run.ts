/**
 * One record after the other to the deciders of its session, and whether they do what was written.
 * A run can be copied: the copy goes on from there, and the original too.
 */

import { Repricer } from '../../actors/greeks/reprice.ts';
import type { BootBody } from '../protocol/decision-config.ts';
import { type CarriedEvaluation, type JournalRecord, outcomeText } from '../protocol/records.ts';
import type { Copier } from './copy-state.ts';
import { createDeciders, type Deciders, forkDeciders } from './deciders.ts';
import type { LostRanges } from './tape-gaps.ts';

export interface Difference {
  readonly seq: number;
  /** The record's kind, `gap` for numbers that nobody explains, `price` for another greek. */
  readonly kind: string;
  readonly expected: string;
  readonly actual: string;
}

export interface ReplayCounts {
  readonly records: number;
  readonly evaluations: number;
  readonly sessions: number;
  /** Evaluations that changed nothing and whose tape is gone, as the journal says. */
  readonly missing: number;
  /** Legs that were priced again. */
  readonly repriced: number;
}

interface RunOptions {
  /** Also price every evaluation again. */
  readonly recompute?: boolean | undefined;
  readonly onRecord?: ((record: JournalRecord, deciders: Deciders) => void) | undefined;
}

export class ReplayRun {
  readonly #lost: LostRanges;
  readonly #options: RunOptions;
  #counts = { records: 0, evaluations: 0, sessions: 0, missing: 0, repriced: 0 };
  /** By the book's id: each has its own legs. */
  readonly #repricers = new Map<string, Repricer>();
  #deciders: Deciders | null = null;
  /** By the book's id, the number of its last evaluation that was run, from the tape or carried. */
  #evaluated = new Map<string, number>();
  #last: JournalRecord | null = null;
  #difference: Difference | null = null;

  /** `lost`: what the whole journal says is gone of the tape. */
  constructor(lost: LostRanges, options: RunOptions = {}) {
    this.#lost = lost;
    this.#options = options;
  }

  get counts(): ReplayCounts {
    return this.#counts;
  }

  get difference(): Difference | null {
    return this.#difference;
  }

  /** The record that was run last, and who ran it; null before the first. */
  get now(): { readonly record: JournalRecord; readonly deciders: Deciders } | null {
    if (this.#last === null || this.#deciders === null) return null;
    return { record: this.#last, deciders: this.#deciders };
  }

  /** Another run that stands where this one does. */
  fork({ copy }: Copier): ReplayRun {
    const run = new ReplayRun(this.#lost, this.#options);
    run.#counts = { ...this.#counts };
    run.#deciders = this.#deciders === null ? null : forkDeciders(this.#deciders, copy);
    run.#evaluated = new Map(this.#evaluated);
    run.#last = this.#last;
    run.#difference = this.#difference;
    return run;
  }

  /** Runs one record; the difference it shows, or null. */
  take(record: JournalRecord, taped: boolean): Difference | null {
    if (taped && this.#lost.drops(record.seq)) return null;
    if (record.kind === 'boot') {
      this.#deciders = createDeciders(record.body as BootBody, record.seq - 1);
      this.#counts.sessions += 1;
      this.#evaluated.clear();
    } else if (this.#deciders === null) {
      return null;
    } else {
      this.#difference = this.#gap(record) ?? this.#carried(record);
    }
    this.#difference ??= this.#again(record);
    this.#last = record;
    if (this.#difference === null && this.#deciders !== null) {
      this.#options.onRecord?.(record, this.#deciders);
    }
    return this.#difference;
  }

  /** Numbers between this record and the one before it belong to the tape, or are damage. */
  #gap({ seq }: JournalRecord): Difference | null {
    const [from, to] = [(this.#last?.seq ?? 0) + 1, seq - 1];
    if (from > to) return null;
    this.#counts.missing += to - from + 1;
    const unexplained = this.#lost.unexplained(from, to);
    if (unexplained === 0) return null;
    const expected = `records ${from} to ${to}, or a tape_lost record that names them`;
    return { seq, kind: 'gap', expected, actual: `${unexplained} of them nowhere` };
  }

  /** What the turn's deciders saw last, unless the tape has shown it already. */
  #carried({ carried = [] }: JournalRecord): Difference | null {
    for (const evaluation of carried) {
      if ((this.#evaluated.get(evaluation.to) ?? 0) >= evaluation.seq) continue;
      const difference = this.#again(asRecord(evaluation));
      if (difference !== null) return difference;
    }
    return null;
  }

  #again(record: JournalRecord): Difference | null {
    this.#counts.records += 1;
    if (record.kind === 'evaluation') {
      this.#counts.evaluations += 1;
      this.#evaluated.set(record.to, record.seq);
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
