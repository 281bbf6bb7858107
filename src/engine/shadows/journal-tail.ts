/**
 * The records of the session that is being written, as its thread writes them: journal and tape
 * together, in the order of their numbers. A number that does not come within a while is taken for
 * lost; the records behind it carry what must be known of it.
 */

import { decodeRecord, type JournalRecord } from '../../protocol/records.ts';
import { readJournal } from '../../store/journal.ts';
import {
  type JournalPosition,
  listSegments,
  type SegmentPrefix,
} from '../../store/journal-frame.ts';

export interface TailOptions {
  readonly dir: string;
  /** Where the session's boot record begins. */
  readonly from: JournalPosition;
  /** The last segment of the tape that is of an earlier session; 0 for none. */
  readonly tapeAfter: number;
}

/** Looks in vain before a missing number is given up. */
const PATIENCE = 10;

export class JournalTail {
  readonly #journal: Side;
  readonly #tape: Side;
  #last = 0;
  #waited = 0;

  constructor(options: TailOptions) {
    const { dir, from, tapeAfter } = options;
    this.#journal = new Side(dir, 'journal', from);
    this.#tape = new Side(dir, 'tape', { segment: tapeAfter + 1, offset: 0 });
  }

  /** At most `count` of the next records; fewer where there are no more yet. */
  read(count: number): readonly JournalRecord[] {
    const records: JournalRecord[] = [];
    while (records.length < count) {
      const record = this.#next(count);
      if (record === null) break;
      records.push(record);
    }
    return records;
  }

  #next(count: number): JournalRecord | null {
    const a = this.#journal.peek(count);
    const begun = this.#last > 0;
    const b = begun ? this.#tape.peek(count) : null;
    const side = b === null || (a !== null && a.seq < b.seq) ? this.#journal : this.#tape;
    const record = side === this.#journal ? a : b;
    if (record === null) return null;
    if (begun && record.seq > this.#last + 1 && this.#waited < PATIENCE) {
      this.#waited += 1;
      return null;
    }
    this.#waited = 0;
    this.#last = Math.max(this.#last, record.seq);
    side.shift();
    return record;
  }
}

/** What is read of one of the two and not taken yet. */
class Side {
  readonly #dir: string;
  readonly #prefix: SegmentPrefix;
  #at: JournalPosition;
  #held: JournalRecord[] = [];

  constructor(dir: string, prefix: SegmentPrefix, from: JournalPosition) {
    this.#dir = dir;
    this.#prefix = prefix;
    this.#at = from;
  }

  /** The next record; where none is held, up to `count` are read. */
  peek(count: number): JournalRecord | null {
    if (this.#held.length === 0) this.#read(count);
    return this.#held[0] ?? null;
  }

  shift(): void {
    this.#held.shift();
  }

  #read(count: number): void {
    const last = listSegments(this.#dir, this.#prefix).at(-1) ?? 0;
    if (last < this.#at.segment) return;
    for (const { payload, next } of readJournal(this.#dir, this.#prefix, this.#at)) {
      this.#held.push(decodeRecord(payload));
      this.#at = next;
      if (this.#held.length >= count) return;
    }
  }
}
