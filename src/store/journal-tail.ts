/** The end of what earlier sessions left of a journal or a tape, made fit to be built upon. */

import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

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
 * Cuts an unfinished last record off, and makes all of it outlive a power cut. A damaged earlier
 * record is a fault; a damaged tape is left as it is: nothing is recovered from it, and the next
 * session begins a segment of its own.
 */
export function repairTail(dir: string, prefix: SegmentPrefix): Tail {
  const segments = listSegments(dir, prefix);
  const last = segments.at(-1);
  if (last === undefined) return { nextSegment: 1, tornBytes: 0 };
  const path = segmentPath(dir, prefix, last);
  const records = readSegment(path, { segment: last, offset: 0 });
  let step = records.next();
  while (step.done !== true) step = records.next();
  const end = step.value;
  if (end.kind === 'corrupt' && prefix === 'journal') throw corruptFault(path, end.offset);
  if (end.kind === 'torn') truncateSync(path, end.offset);
  for (const segment of segments.slice(-DOUBTFUL_SEGMENTS)) {
    writeAnewIfDoubtful(segmentPath(dir, prefix, segment));
  }
  makeLasting(path);
  const tornBytes = end.kind === 'torn' ? end.bytes : 0;
  return { nextSegment: last + 1, tornBytes };
}

/**
 * Remembers that a sync of the segment at `path` failed. Linux tells that once and takes the bytes
 * for written from then on, so a later sync that succeeds says nothing; the bytes themselves are
 * still in its memory. The mark need not outlive a power cut: what that leaves is all there is.
 */
export function doubt(path: string): void {
  try {
    closeSync(openSync(doubtMark(path), 'w', 0o600));
  } catch {
    // A disk that takes no empty file either: the start after this finds it as it is now.
  }
}

/** The last of a session, and the one before it whose background sync may fail after it is left. */
const DOUBTFUL_SEGMENTS = 2;

function doubtMark(path: string): string {
  return `${path}.doubt`;
}

/** Byte by byte through this process: a clone would share the blocks that were never written. */
function writeAnewIfDoubtful(path: string): void {
  const mark = doubtMark(path);
  if (!existsSync(mark)) return;
  if (existsSync(path)) {
    const anew = `${path}.new`;
    try {
      writeLasting(anew, readFileSync(path));
    } catch (error) {
      // On a full disk it would hold the last of the room.
      rmSync(anew, { force: true });
      throw error;
    }
    renameSync(anew, path);
    syncNames(dirname(path));
  }
  rmSync(mark, { force: true });
}

function writeLasting(path: string, bytes: Uint8Array): void {
  const fd = openSync(path, 'w', 0o600);
  try {
    let written = 0;
    while (written < bytes.length) {
      written += writeSync(fd, bytes, written, bytes.length - written);
    }
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * What a killed process left unsynced must not go in a power cut after this session has begun: its
 * turns rest on it, and a segment that is cut short and has a successor is damage.
 */
function makeLasting(path: string): void {
  const fd = openSync(path, 'r+');
  try {
    fdatasyncSync(fd);
  } catch (error) {
    doubt(path);
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** The names in a directory must outlive a power cut as well as the bytes behind them. */
export function syncNames(dir: string): void {
  const fd = openSync(dir, 'r');
  try {
    fsyncSync(fd);
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
