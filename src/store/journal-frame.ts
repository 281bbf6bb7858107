/**
 * Frames and segment files of the journal. A frame is `[u32 length][u32 crc][payload]`, little
 * endian. The crc is seeded with the length, so that a damaged length is found like a damaged
 * payload, and a run of zeros (what a power cut leaves behind) is never a valid frame.
 */

import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { crc32, zstdDecompressSync } from 'node:zlib';

import { Fault, toFault } from '../fault.ts';

export const FRAME_HEADER_BYTES = 8;

/** No turn comes near it; what claims more is damage, not a record. */
export const PAYLOAD_BYTES_MAX = 16 * 1024 * 1024;

export interface JournalPosition {
  readonly segment: number;
  /** Byte offset in the segment's file. */
  readonly offset: number;
}

export type SegmentPrefix = 'journal' | 'tape';

/** How a pass over a segment ended: at its last byte, or before bytes that are no record. */
export type SegmentEnd =
  | { readonly kind: 'clean'; readonly offset: number }
  | { readonly kind: 'torn'; readonly offset: number; readonly bytes: number }
  | { readonly kind: 'corrupt'; readonly offset: number };

export interface JournalEntry {
  readonly payload: Uint8Array;
  /** Where to go on reading after this record. */
  readonly next: JournalPosition;
}

const CHUNK_BYTES = 1024 * 1024;
// Any odd constant does: it keeps the seed of an empty payload from being zero.
const CRC_SEED = 0x9e37_79b9;

/** The file of a segment that is not compressed. */
export function segmentPath(dir: string, prefix: SegmentPrefix, segment: number): string {
  return join(dir, `${prefix}-${String(segment).padStart(6, '0')}.bin`);
}

/** Where the segment of this path is when it has been compressed. */
export function compressedPath(path: string): string {
  return `${path}.zst`;
}

/** Whether the segment is there in its compressed form alone. */
export function isCompressed(dir: string, prefix: SegmentPrefix, segment: number): boolean {
  return !existsSync(segmentPath(dir, prefix, segment));
}

/** The file that holds the segment now, compressed or not. */
export function segmentFile(dir: string, prefix: SegmentPrefix, segment: number): string {
  const path = segmentPath(dir, prefix, segment);
  return existsSync(path) ? path : compressedPath(path);
}

/** Removes the segment in whichever form it is there. */
export function removeSegment(dir: string, prefix: SegmentPrefix, segment: number): void {
  const path = segmentPath(dir, prefix, segment);
  for (const file of [path, compressedPath(path)]) rmSync(file, { force: true });
}

/** The numbers of the segments in `dir`, ascending. */
export function listSegments(dir: string, prefix: SegmentPrefix): number[] {
  const pattern =
    prefix === 'journal' ? /^journal-(\d{6,})\.bin(\.zst)?$/ : /^tape-(\d{6,})\.bin(\.zst)?$/;
  // While one is being compressed it is there in both forms for a moment.
  const numbers = new Set<number>();
  for (const name of readdirSync(dir)) {
    const digits = pattern.exec(name)?.[1];
    if (digits !== undefined) numbers.add(Number(digits));
  }
  return [...numbers].sort((a, b) => a - b);
}

/** The fault of a damage inside the journal, which no crash explains. */
export function corruptFault(path: string, offset: number): Fault {
  const what = `${path}: no valid record at byte ${offset}, but records follow it`;
  return new Fault('journal_corrupt', what, {
    remedy: `keep a copy, then move ${basename(path)} away to start without it`,
  });
}

/** Writes header and payload to `frame` at `offset` and returns the frame's length. */
export function encodeFrame(frame: Buffer, payload: Uint8Array, offset = 0): number {
  frame.writeUInt32LE(payload.length, offset);
  frame.writeUInt32LE(frameCrc(payload), offset + 4);
  frame.set(payload, offset + FRAME_HEADER_BYTES);
  return FRAME_HEADER_BYTES + payload.length;
}

/** The records of one segment file from a position on; returns how it ended. */
export function* readSegment(
  path: string,
  from: JournalPosition,
): Generator<JournalEntry, SegmentEnd, undefined> {
  const source = openForReading(path);
  try {
    let at = from.offset;
    let window = readAt(source, at, CHUNK_BYTES);
    let start = 0;
    for (;;) {
      const found = frameAt(window, start);
      if (found.kind === 'record') {
        start = found.end;
        const next = { segment: from.segment, offset: at + start };
        yield { payload: found.payload, next };
        continue;
      }
      if (found.kind === 'short') {
        // The frame goes on behind the window: read again from its first byte.
        at += start;
        start = 0;
        window = readAt(source, at, Math.max(CHUNK_BYTES, found.bytes));
        if (window.length === 0) return { kind: 'clean', offset: at };
        if (window.length >= found.bytes) continue;
      }
      return judgeTail(readAt(source, at + start, Number.POSITIVE_INFINITY), at + start);
    }
  } finally {
    if (typeof source === 'number') closeSync(source);
  }
}

/** An open file, or all of what was in one that has been compressed. */
type Source = number | Buffer;

function openForReading(path: string): Source {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (!isMissing(error)) throw toFault(error, 'data_unreadable');
  }
  try {
    return zstdDecompressSync(readFileSync(compressedPath(path)));
  } catch (error) {
    const what = isMissing(error) ? 'missing, and not all of it was read' : 'damaged';
    throw new Fault('journal_corrupt', `${path} is ${what}`, { cause: error });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

type Found =
  | { readonly kind: 'record'; readonly payload: Uint8Array; readonly end: number }
  | { readonly kind: 'short'; readonly bytes: number }
  | { readonly kind: 'bad' };

function frameAt(window: Buffer, start: number): Found {
  if (window.length - start < FRAME_HEADER_BYTES) {
    return { kind: 'short', bytes: FRAME_HEADER_BYTES };
  }
  const length = window.readUInt32LE(start);
  if (length > PAYLOAD_BYTES_MAX) return { kind: 'bad' };
  const end = start + FRAME_HEADER_BYTES + length;
  if (end > window.length) return { kind: 'short', bytes: end - start };
  const payload = window.subarray(start + FRAME_HEADER_BYTES, end);
  if (window.readUInt32LE(start + 4) !== frameCrc(payload)) return { kind: 'bad' };
  return { kind: 'record', payload, end };
}

/**
 * Tells a torn tail from damage: a crash leaves bytes with no record behind them; if any record
 * follows, the bytes before it were once good.
 */
function judgeTail(tail: Buffer, offset: number): SegmentEnd {
  for (let start = 1; start + FRAME_HEADER_BYTES <= tail.length; start++) {
    if (frameAt(tail, start).kind === 'record') return { kind: 'corrupt', offset };
  }
  return tail.length === 0
    ? { kind: 'clean', offset }
    : { kind: 'torn', offset, bytes: tail.length };
}

function frameCrc(payload: Uint8Array): number {
  return crc32(payload, (payload.length ^ CRC_SEED) >>> 0);
}

/**
 * Up to `bytesMax` bytes from `offset`, in a buffer of its own: records are views into it. No more
 * is allocated than there is to read, because the tail of the journal is read many times a second.
 */
function readAt(source: Source, offset: number, bytesMax: number): Buffer {
  if (typeof source !== 'number') return source.subarray(offset, offset + bytesMax);
  const fd = source;
  const there = Math.max(0, fstatSync(fd).size - offset);
  const bytes = Buffer.allocUnsafe(Math.min(bytesMax, there));
  let total = 0;
  while (total < bytes.length) {
    const count = readSync(fd, bytes, total, bytes.length - total, offset + total);
    if (count === 0) break;
    total += count;
  }
  return bytes.subarray(0, total);
}
