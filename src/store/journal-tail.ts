/** The end of what earlier sessions left of a journal or a tape, made fit to be built upon. */

import { closeSync, fdatasyncSync, openSync, truncateSync } from 'node:fs';

import { Fault } from '../fault.ts';
import {
  corruptFault,
  listSegments,
  readSegment,
  type SegmentPrefix,
  segmentPath,
} from './journal-frame.ts';

export interface Tail {
  /** The number of the segment that the next opening begins. */
  readonly nextSegment: number;
  /** Bytes of an unfinished last record that were cut off. */
  readonly tornBytes: number;
}

/**
 * What `repairTail` does, for a side that is opened later than it is read: what a session says of
 * it must not change in a power cut afterwards. Throws `Fault('journal_unwritable')`.
 */
export function settleTail(dir: string, prefix: SegmentPrefix): void {
  guarded(dir, () => repairTail(dir, prefix));
}

/**
 * Cuts an unfinished last record off; a damaged earlier one is a fault. A damaged tape is left as
 * it is: nothing is recovered from it, and the next session begins a segment of its own.
 */
export function repairTail(dir: string, prefix: SegmentPrefix): Tail {
  const last = listSegments(dir, prefix).at(-1);
  if (last === undefined) return { nextSegment: 1, tornBytes: 0 };
  const path = segmentPath(dir, prefix, last);
  const records = readSegment(path, { segment: last, offset: 0 });
  let step = records.next();
  while (step.done !== true) step = records.next();
  const end = step.value;
  if (end.kind === 'corrupt' && prefix === 'journal') throw corruptFault(path, end.offset);
  if (end.kind === 'torn') truncateSync(path, end.offset);
  makeLasting(path);
  const tornBytes = end.kind === 'torn' ? end.bytes : 0;
  return { nextSegment: last + 1, tornBytes };
}

/**
 * What a killed process left unsynced must not go in a power cut after this session has begun: its
 * turns rest on it, and a segment that is cut short and has a successor is damage.
 */
function makeLasting(path: string): void {
  const fd = openSync(path, 'r+');
  try {
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** What the file system refuses is the journal's own fault code. */
export function guarded<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof Fault ? error : unwritable(path, error);
  }
}

/** The journal at `path` takes no more: why, and what to look at. */
export function unwritable(path: string, error: unknown): Fault {
  const reason = error instanceof Error ? error.message : String(error);
  return new Fault('journal_unwritable', `cannot write the journal ${path}: ${reason}`, {
    remedy: 'check the free space and the permissions of the data directory',
    cause: error,
  });
}
