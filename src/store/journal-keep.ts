/**
 * Keeps a journal small: closed segments that were shipped are compressed, and go when they are
 * older than they have to be kept. Nothing goes that a start would read, and nothing that the sink
 * has not. Positions and numbers stay what they were: readers see no difference.
 */

import {
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { peekRecord } from '../protocol/records.ts';
import { readBootPointer } from './boot-pointer.ts';
import { freeBytesOf, writeAtomically } from './data-dir.ts';
import {
  compressedPath,
  isCompressed,
  listSegments,
  readSegment,
  removeSegment,
  type SegmentPrefix,
  segmentFile,
  segmentPath,
} from './journal-frame.ts';

/** The first segment that is not wholly in the sink; null where no sink needs any. */
export type ShippedUntil = { readonly segment: number } | null;

export interface KeepOptions {
  readonly dir: string;
  /** Epoch ms: what was last written before may go. */
  readonly before: number;
  readonly shipped: ShippedUntil;
  /** What the disk has left; tests put a full one here. */
  readonly freeBytes?: () => number;
}

const DROPPED_FILE = 'first-kept-segment';

export interface Kept {
  readonly compacted: readonly string[];
  readonly dropped: readonly string[];
}

/** Drops all that may go, and compresses one segment of what stays where there is room for it. */
export function keepJournal({ dir, before, shipped, freeBytes }: KeepOptions): Kept {
  const shippedBefore = shipped?.segment ?? Number.POSITIVE_INFINITY;
  const segments = listSegments(dir, 'journal');
  const last = segments.at(-1) ?? 0;
  // Without a boot record that is known, a start reads all.
  const neededFrom = Math.min(readBootPointer(dir)?.segment ?? 0, shippedBefore, last);
  const dropped: string[] = [];
  for (const segment of segments) {
    const tooOld = segment < neededFrom && lastWritten(dir, 'journal', segment) < before;
    // The oldest first, and none behind one that stays: a hole would be damage.
    if (!tooOld) break;
    removeSegment(dir, 'journal', segment);
    dropped.push(basename(segmentPath(dir, 'journal', segment)));
  }
  if (dropped.length > 0) noteDropped(dir);
  dropped.push(...dropTape(dir));
  const closed = (prefix: SegmentPrefix, limit: number) =>
    listSegments(dir, prefix).filter((each, index, all) => index < all.length - 1 && each < limit);
  const todo = [
    ...closed('journal', shippedBefore).map((segment) => ({ prefix: 'journal', segment }) as const),
    ...closed('tape', Number.POSITIVE_INFINITY).map(
      (segment) => ({ prefix: 'tape', segment }) as const,
    ),
  ].find(({ prefix, segment }) => !isCompressed(dir, prefix, segment));
  if (todo === undefined) return { compacted: [], dropped };
  const path = segmentPath(dir, todo.prefix, todo.segment);
  const isDone = compressSegment(path, freeBytes ?? (() => freeBytesOf(dir)));
  return { compacted: isDone ? [basename(path)] : [], dropped };
}

/** The first segment that retention left; undefined where it has dropped none. */
export function droppedBefore(dir: string): number | undefined {
  const path = join(dir, DROPPED_FILE);
  return existsSync(path) ? Number(readFileSync(path, 'utf8')) : undefined;
}

/** Tells a journal that was shortened on purpose from one that has lost its beginning. */
function noteDropped(dir: string): void {
  writeAtomically(join(dir, DROPPED_FILE), `${listSegments(dir, 'journal')[0]}\n`, 0o600);
}

/** Evaluations from before the first record of the journal: nothing can be replayed with them. */
function dropTape(dir: string): readonly string[] {
  const [firstJournal] = listSegments(dir, 'journal');
  const begins = firstJournal === undefined ? null : firstSequence(dir, 'journal', firstJournal);
  if (begins === null || firstJournal === 1) return [];
  const dropped: string[] = [];
  const segments = listSegments(dir, 'tape');
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    const nextBegins = next === undefined ? null : firstSequence(dir, 'tape', next);
    if (nextBegins === null || nextBegins > begins) break;
    removeSegment(dir, 'tape', segment);
    dropped.push(basename(segmentPath(dir, 'tape', segment)));
  }
  return dropped;
}

function firstSequence(dir: string, prefix: SegmentPrefix, segment: number): number | null {
  const path = segmentPath(dir, prefix, segment);
  for (const { payload } of readSegment(path, { segment, offset: 0 })) {
    return peekRecord(payload).seq;
  }
  return null;
}

function lastWritten(dir: string, prefix: SegmentPrefix, segment: number): number {
  return statSync(segmentFile(dir, prefix, segment)).mtimeMs;
}

/**
 * A segment of 64 MB takes a quarter of a second. The old file goes when the new one is good. False
 * where the new one would take most of the room that is left: the journal's next records need it.
 */
function compressSegment(path: string, freeBytes: () => number): boolean {
  const bytes = readFileSync(path);
  const { atime, mtime } = statSync(path);
  const target = compressedPath(path);
  const compressed = zstdCompressSync(bytes);
  if (compressed.length > freeBytes() / 2) return false;
  try {
    writeFileSync(`${target}.new`, compressed, { mode: 0o600, flush: true });
    const again = zstdDecompressSync(readFileSync(`${target}.new`));
    if (!again.equals(bytes)) throw new Error(`${path} reads differently when it is compressed`);
    utimesSync(`${target}.new`, atime, mtime);
    renameSync(`${target}.new`, target);
  } catch (error) {
    // On a full disk it would hold the last of the room.
    rmSync(`${target}.new`, { force: true });
    throw error;
  }
  rmSync(path);
  return true;
}
