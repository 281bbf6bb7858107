/**
 * Which sequence numbers of a session are in neither journal nor tape. Numbers have no gaps while
 * the engine runs, so a number that is missing was on a tape that is gone, or is damage.
 */

import { type JournalRecord, peekRecord, type TapeLoss } from '../protocol/records.ts';
import { listSegments, readSegment, segmentPath } from '../store/journal-frame.ts';
import { readOrigin } from '../store/journal-origin.ts';

/**
 * Follows the journal of the last session beside the newest segment of the tape, and finds what a
 * crash took of the tape: a power cut may take its unsynced end while the journal kept later turns.
 */
export class CrashGaps {
  readonly #tape: readonly number[];
  #at = 0;
  #expected = 0;
  #last = 0;
  #missing: { from: number; to: number; count: number } | null = null;

  constructor(tape: readonly number[]) {
    this.#tape = tape;
  }

  /** The next record of the journal, in order. */
  take(record: JournalRecord): void {
    if (record.kind === 'boot' || this.#last === 0) this.#missing = null;
    else this.#fill(record.seq);
    this.#expected = record.seq + 1;
    this.#last = record.seq;
    // What was said to be lost needs no second saying.
    if (record.kind === 'tape_lost') this.#forget(record.body as TapeLoss);
  }

  /** After the last record: what is lost of the last session; null for nothing. */
  loss(): TapeLoss | null {
    const end = this.#tape.at(-1) ?? 0;
    this.#fill(end);
    if (this.#missing === null) return null;
    const { from, to, count } = this.#missing;
    // Behind the journal's end a missing number may be a turn: what follows cannot be replayed.
    const lost = to > this.#last ? Math.max(to, end) : to;
    return {
      type: 'tape.lost',
      from,
      to: lost,
      count: to > this.#last ? null : count,
      reason: 'crash',
      detail: 'missing after the last session',
    };
  }

  /** All numbers below `end` that are expected and not on tape are missing. */
  #fill(end: number): void {
    // Numbers before the newest segment were on an older one, which was synced when it was closed.
    const [first] = this.#tape;
    const ofSession = first !== undefined && (this.#tape.at(-1) ?? 0) >= this.#expected;
    let next = ofSession ? Math.max(this.#expected, first) : this.#expected;
    while (next < end) {
      while ((this.#tape[this.#at] ?? Number.POSITIVE_INFINITY) < next) this.#at += 1;
      const taped = this.#tape[this.#at] ?? Number.POSITIVE_INFINITY;
      if (taped > next) this.#miss(next, Math.min(taped, end) - 1);
      next = Math.min(taped, end) + 1;
    }
  }

  #miss(from: number, to: number): void {
    const known = this.#missing;
    const count = to - from + 1 + (known?.count ?? 0);
    this.#missing = { from: known?.from ?? from, to, count };
  }

  #forget({ from, to }: TapeLoss): void {
    const known = this.#missing;
    if (known !== null && from <= known.from && known.to <= to) this.#missing = null;
  }
}

/** The numbers in the newest segment of the tape that holds any; it may end in damage. */
export function newestTape(dir: string): readonly number[] {
  for (const segment of listSegments(dir, 'tape').toReversed()) {
    const numbers: number[] = [];
    const path = segmentPath(dir, 'tape', segment);
    for (const { payload } of readSegment(path, { segment, offset: 0 })) {
      numbers.push(peekRecord(payload).seq);
    }
    if (numbers.length > 0) return numbers;
  }
  return [];
}

/** What a journal that was restored from a backup without the tape lacks; null for nothing. */
export function lostAtRestore(dir: string): TapeLoss | null {
  const origin = readOrigin(dir);
  if (origin === null || origin.tape) return null;
  const detail = 'the journal was restored from a backup without the tape';
  const to = origin.end.sequence;
  return { type: 'tape.lost', from: 1, to, count: null, reason: 'retention', detail };
}

/** Ranges of numbers that the journal says are lost, for whoever meets a gap. */
export class LostRanges {
  readonly #ranges: TapeLoss[] = [];

  add(loss: TapeLoss): void {
    this.#ranges.push(loss);
  }

  /** How many of the numbers from `from` to `to` nobody explains. */
  unexplained(from: number, to: number): number {
    let left: [number, number][] = [[from, to]];
    for (const range of this.#ranges) {
      left = left.flatMap(([low, high]): [number, number][] => {
        if (range.to < low || range.from > high) return [[low, high]];
        const before: [number, number] = [low, Math.min(high, range.from - 1)];
        const after: [number, number] = [Math.max(low, range.to + 1), high];
        return [before, after].filter(([a, b]) => a <= b);
      });
    }
    return left.reduce((sum, [low, high]) => sum + high - low + 1, 0);
  }

  /** Whether a tape record of this number came after something that is gone for good. */
  drops(seq: number): boolean {
    return this.#ranges.some(
      ({ reason, from, to }) => reason === 'crash' && from <= seq && seq <= to,
    );
  }
}
