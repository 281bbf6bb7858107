/**
 * Where the sessions of a journal begin, and what it says is gone of the tape. It is read once, and
 * then only what has come since: a journal of days is hundreds of megabytes.
 */

import type { MomentView } from '../protocol/past-view.ts';
import { decodeRecord, peekMoment, peekRecord, type TapeLoss } from '../protocol/records.ts';
import { bytesAfter, readJournal } from '../store/journal.ts';
import { type JournalPosition, listSegments } from '../store/journal-frame.ts';
import { stillThere } from './replay.ts';
import { LostRanges, lostAtRestore } from './tape-gaps.ts';

/** A start of the daemon. */
export interface SessionStart extends MomentView {
  /** Where its record is, or shortly before. */
  readonly position: JournalPosition | undefined;
  readonly segment: number;
}

/** Says that the time for a part of the work is over. */
export type IsOver = () => boolean;

const BEGIN: JournalPosition = { segment: 0, offset: 0 };

export class JournalIndex {
  readonly dir: string;
  readonly lost = new LostRanges();
  #starts: SessionStart[] = [];
  #newest: MomentView | null = null;
  #position: JournalPosition | undefined;

  constructor(dir: string) {
    this.dir = dir;
    const restored = lostAtRestore(dir);
    if (restored !== null) this.lost.add(restored);
  }

  /** Oldest first; those whose records are gone are not among them. */
  get starts(): readonly SessionStart[] {
    return this.#starts;
  }

  /** The last record of the journal. */
  get newest(): MomentView | null {
    return this.#newest;
  }

  /** Bytes of the journal that are not read yet. */
  get bytesLeft(): number {
    return bytesAfter(this.dir, 'journal', this.#position ?? BEGIN);
  }

  /** Reads what has come; false: `isOver` said so before its end. */
  refresh(isOver: IsOver): boolean {
    const { dir } = this;
    const from = stillThere(dir, 'journal', this.#position);
    let last: Uint8Array | null = null;
    let done = true;
    for (const { payload, next } of readJournal(dir, 'journal', from)) {
      this.#note(payload, next);
      this.#position = next;
      last = payload;
      if (isOver()) {
        done = false;
        break;
      }
    }
    if (last !== null) this.#newest = momentOf(last);
    const [first = 0] = listSegments(dir, 'journal');
    this.#starts = this.#starts.filter(({ segment }) => segment >= first);
    return done;
  }

  #note(payload: Uint8Array, next: JournalPosition): void {
    const { kind } = peekRecord(payload);
    if (kind === 'tape_lost') this.lost.add(decodeRecord(payload).body as TapeLoss);
    if (kind !== 'boot') return;
    const { segment } = next;
    this.#starts.push({ ...momentOf(payload), position: this.#position, segment });
  }
}

function momentOf(payload: Uint8Array): MomentView {
  const { seq, wall } = peekMoment(payload);
  return { seq, ts: wall / 1000 };
}
