/**
 * Where the journal's facts are written for people and other programs to read. There is one
 * interface, and the shipper knows no more: a sink takes batches of changes, each with the position
 * in the journal behind it, and takes both or neither.
 */

import type { Change } from './fact-rows.ts';
import type { JournalPosition } from './journal.ts';

/** How far a journal was shipped. */
export interface Progress {
  /** Segment 0: nothing was shipped yet. */
  readonly position: JournalPosition;
  readonly sequence: number;
}

export const NOTHING_SHIPPED: Progress = { position: { segment: 0, offset: 0 }, sequence: 0 };

/** Changes in the form in which the sink writes them. */
export interface Batch {
  /** How many changes it holds. */
  readonly size: number;
  /** Why the sink would not take the change; null where nothing speaks against it. */
  refusal(change: Change): string | null;
  add(change: Change): void;
  clear(): void;
}

/** Facts of one record that cannot become rows. They are kept as they are. */
export interface Refused {
  readonly sequence: number;
  /** JSON. */
  readonly facts: readonly string[];
  readonly error: string;
}

export interface Delivery<B extends Batch> {
  readonly from: Progress;
  readonly to: Progress;
  readonly batch: B;
  readonly refused: readonly Refused[];
  /** Wall time of the newest record in it, unix seconds. */
  readonly ts: number;
  /** What of the journal is left behind it. */
  readonly lagBytes: number;
  /** Called when the sink has something to wait for: a moment to prepare what comes next. */
  readonly meanwhile: () => boolean;
}

export interface Sink<B extends Batch = Batch> {
  createBatch(): B;
  /** How far it has the journal; null for one that it does not know. */
  progress(journalId: string): Promise<Progress | null>;
  /** Takes a new journal from there on, unless another was quicker; how far it is then. */
  begin(journalId: string, at: Progress): Promise<Progress>;
  /** Takes everything or nothing. Throws `Fault('conflict')` where it is not at `from`. */
  write(journalId: string, delivery: Delivery<B>): Promise<void>;
  close(): Promise<void>;
}

/** Whether both stand at the same place. */
export function isSameProgress(one: Progress, other: Progress): boolean {
  const [p, q] = [one.position, other.position];
  return p.segment === q.segment && p.offset === q.offset && one.sequence === other.sequence;
}
