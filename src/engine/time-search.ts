/**
 * Which record was the last at a wall time. Wall time may step back and numbers do not, so all
 * records of the session are asked; a day of them in slices, like the replay that follows.
 */

import { peekMoment } from '../protocol/records.ts';
import { readJournal } from '../store/journal.ts';
import type { JournalPosition } from '../store/journal-frame.ts';
import type { IsOver, SessionStart } from './journal-index.ts';
import { stillThere } from './replay.ts';

/** Asking for the time takes as long as to look at a record. */
const RECORDS_A_LOOK = 64;

type Part = 'journal' | 'tape';

export class TimeSearch {
  readonly ts: number;
  readonly #dir: string;
  readonly #end: number;
  /** What is to be read, and from where; the tape is looked at last. */
  #parts: readonly (readonly [Part, JournalPosition | undefined])[];
  #last: number;

  /** For the last record up to `ts` (unix seconds) of a session, before number `end`. */
  constructor(dir: string, start: SessionStart, ts: number, end: number) {
    this.#dir = dir;
    this.ts = ts;
    this.#end = end;
    this.#last = start.seq;
    this.#parts = [
      ['journal', start.position],
      ['tape', undefined],
    ];
  }

  /** Its number; null: `isOver` said so before, and the next call goes on. */
  find(isOver: IsOver): number | null {
    let looked = 0;
    for (;;) {
      const [first, ...others] = this.#parts;
      if (first === undefined) return this.#last;
      const [part, from] = first;
      const begin = stillThere(this.#dir, part, from);
      for (const { payload, next } of readJournal(this.#dir, part, begin)) {
        const { seq, wall } = peekMoment(payload);
        if (seq > this.#last && seq < this.#end && wall / 1000 <= this.ts) this.#last = seq;
        looked += 1;
        if (looked % RECORDS_A_LOOK !== 0 || !isOver()) continue;
        this.#parts = [[part, next], ...others];
        return null;
      }
      this.#parts = others;
    }
  }
}
