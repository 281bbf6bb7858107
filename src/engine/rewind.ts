/**
 * One session, replayed as far as somebody looks. It goes on from where it is, and back to the
 * nearest of the points that it has kept on its way, so that only the first look at a long day
 * takes long. What it tells is the same in each case: a kept point is a copy of all that the
 * deciders knew there, and from it every record is run and compared again.
 */

import type { JournalRecord } from '../protocol/records.ts';
import { createCopier } from './copy-state.ts';
import type { Deciders } from './deciders.ts';
import type { IsOver, SessionStart } from './journal-index.ts';
import { type ReadSoFar, readSession } from './replay.ts';
import { type Difference, ReplayRun } from './replay-run.ts';
import type { LostRanges } from './tape-gaps.ts';

interface Point {
  readonly seq: number;
  readonly run: ReplayRun;
  readonly read: ReadSoFar;
  readonly objects: number;
}

/** Records between two kept points at first; twice as many each time that half of them go. */
const APART = 1500;
const POINTS_MAX = 24;
/** Over all points: about 100 bytes each. A book that has traded much has many. */
const OBJECTS_MAX = 1_000_000;
/** Asking for the time takes as long as a small record. */
const RECORDS_A_LOOK = 16;

export class Rewind {
  readonly start: SessionStart;
  readonly #dir: string;
  readonly #lost: LostRanges;
  #run: ReplayRun;
  #read: ReadSoFar;
  /** Ascending. */
  #points: Point[] = [];
  #apart = APART;
  #sincePoint = 0;

  constructor(dir: string, start: SessionStart, lost: LostRanges) {
    this.start = start;
    this.#dir = dir;
    this.#lost = lost;
    this.#run = new ReplayRun(lost);
    this.#read = { journal: start.position };
  }

  /** The record that was run last, and who ran it. */
  get now(): { readonly record: JournalRecord; readonly deciders: Deciders } | null {
    return this.#run.now;
  }

  get difference(): Difference | null {
    return this.#run.difference;
  }

  /** Records that were run from the start of the session to where this is. */
  get records(): number {
    return this.#run.counts.records;
  }

  /** How many places there are to go back to. */
  get points(): number {
    return this.#points.length;
  }

  /**
   * To the last record up to a number, forwards or back; false: `isOver` said so before, and the
   * next call goes on.
   */
  seek(upTo: number, isOver: IsOver): boolean {
    this.#jump(upTo);
    let looked = 0;
    for (const { record, taped, read } of readSession(this.#dir, this.start.seq, this.#read)) {
      if (record.seq > upTo || (record.kind === 'boot' && record.seq > this.start.seq)) return true;
      if (this.#run.take(record, taped) !== null) return true;
      this.#read = read;
      this.#keepPoint();
      looked += 1;
      if (looked % RECORDS_A_LOOK === 0 && isOver()) return false;
    }
    return true;
  }

  /** Takes the nearest point that saves work; a point stays as it is, and a copy of it goes on. */
  #jump(upTo: number): void {
    const point = this.#points.findLast(({ seq }) => seq <= upTo);
    const here = this.#run.now?.record.seq ?? 0;
    if (here <= upTo && (point === undefined || point.seq <= here)) return;
    this.#run = point?.run.fork(createCopier()) ?? new ReplayRun(this.#lost);
    this.#read = point?.read ?? { journal: this.start.position };
    this.#sincePoint = 0;
  }

  #keepPoint(): void {
    this.#sincePoint += 1;
    const here = this.#run.now?.record.seq ?? 0;
    if (this.#sincePoint < this.#apart || here <= (this.#points.at(-1)?.seq ?? 0)) return;
    const copier = createCopier();
    const run = this.#run.fork(copier);
    this.#points.push({ seq: here, run, read: this.#read, objects: copier.objects });
    this.#sincePoint = 0;
    this.#thinOut();
  }

  /** Every other point goes when they are too many, or hold too much. */
  #thinOut(): void {
    const objects = this.#points.reduce((sum, point) => sum + point.objects, 0);
    if (this.#points.length < POINTS_MAX && objects < OBJECTS_MAX) return;
    this.#points = this.#points.filter((_, index) => index % 2 === 1);
    this.#apart *= 2;
  }
}
