/**
 * The journal: an append-only, checksummed, rotated local file of opaque payloads. It is written
 * before any effect of a turn leaves, so an append returns when the operating system has the bytes
 * (a killed process loses nothing); `fsync` decides what a power cut can cost.
 *
 * Each opening begins a segment of its own. A position therefore never names other bytes than
 * those it named when it was taken, even if a power cut shortened the segment before.
 */

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

import { Fault } from '../fault.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import {
  corruptFault,
  encodeFrame,
  FRAME_HEADER_BYTES,
  type JournalEntry,
  type JournalPosition,
  listSegments,
  PAYLOAD_BYTES_MAX,
  readSegment,
  removeSegment,
  type SegmentPrefix,
  segmentFile,
  segmentPath,
} from './journal-frame.ts';
import type { JournalMark } from './journal-mark.ts';
import { doubt, guarded, repairTail, syncNames, unwritable } from './journal-tail.ts';

export type { JournalEntry, JournalPosition } from './journal-frame.ts';

export interface JournalOptions {
  /** Created (mode 0700) if it does not exist. `journal` and `tape` may share it. */
  readonly dir: string;
  readonly prefix: SegmentPrefix;
  /** `always` syncs within each append; `interval` at most `fsyncIntervalMs` after it. */
  readonly fsync: 'interval' | 'always';
  readonly fsyncIntervalMs: number;
  /** A segment that would grow beyond it is closed and the next one begun. */
  readonly segmentBytes: number;
  readonly mono: Clock;
  /** What all segments together may hold; the oldest go. Without it all are kept. */
  readonly retentionBytes?: number;
  /** Hears which segments are about to go, and which is the oldest that stays. */
  readonly onDropped?: (segments: readonly number[], next: number) => void;
  /** Is set to the journal's position when it is opened and after each append. */
  readonly mark?: JournalMark;
  /** Records wait in memory until `flush`, or until they are this many bytes; 0: none waits. */
  readonly gatherBytes?: number;
  /** The id to mint in a new directory; random without it. */
  readonly mintId?: () => string;
  /** `fs.writeSync`; tests put a full disk here. */
  readonly write?: (fd: number, bytes: Uint8Array, offset: number, length: number) => number;
}

export interface Journal {
  /** Minted once per directory: two directories never share it. */
  readonly journalId: string;
  /** Bytes of an unfinished last record that were cut off at the opening. */
  readonly tornBytes: number;
  /**
   * Returns how many records wait in memory. Throws `Fault('journal_unwritable')`, and from then on
   * always; then this record is lost, and those that waited.
   */
  append(payload: Uint8Array): number;
  /** Writes what waits, all or nothing of it. Throws as `append` does. */
  flush(): void;
  /** Where the next record to be written will begin. */
  position(): JournalPosition;
  /** Syncs what is not synced and closes. */
  close(): void;
}

const ID_FILE = 'journal-id';
const NO_FILE = -1;

/** Opens the journal in `dir`, repairing what a crash left. */
export function openJournal(options: JournalOptions): Journal {
  const { dir, prefix } = options;
  return guarded(dir, () => {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const journalId = readOrMintId(dir, options.mintId ?? randomId);
    const tail = repairTail(dir, prefix);
    return new JournalFile(options, journalId, tail.nextSegment, tail.tornBytes);
  });
}

/**
 * The records from `from` (the first of all without it) to the last complete one. Safe while
 * another thread appends: an unfinished record at the live end ends the iteration.
 */
export function* readJournal(
  dir: string,
  prefix: SegmentPrefix,
  from?: JournalPosition,
): Generator<JournalEntry, void, undefined> {
  const first = listSegments(dir, prefix)[0];
  if (first === undefined) return;
  let { segment, offset } = from ?? { segment: first, offset: 0 };
  // Damage counts when it is seen twice in one place: the writer may have been at work there.
  let seenAt = -1;
  for (;;) {
    // Listed before it is read: a segment that has a successor by then is complete.
    const last = listSegments(dir, prefix).at(-1) ?? segment;
    const path = segmentPath(dir, prefix, segment);
    const end = yield* readSegment(path, { segment, offset });
    offset = end.offset;
    if (end.kind === 'clean' && segment < last) {
      segment += 1;
      offset = 0;
      seenAt = -1;
    } else if (end.kind === 'corrupt' || segment < last) {
      if (seenAt === offset) throw corruptFault(path, offset);
      seenAt = offset;
    } else {
      return;
    }
  }
}

/** How many bytes the journal holds behind a position. */
export function bytesAfter(dir: string, prefix: SegmentPrefix, from: JournalPosition): number {
  let bytes = 0;
  for (const segment of listSegments(dir, prefix)) {
    if (segment < from.segment) continue;
    const size = sizeOf(dir, prefix, segment);
    bytes += Math.max(0, segment === from.segment ? size - from.offset : size);
  }
  return bytes;
}

/** Where the journal ends now: the last segment, and its length. */
export function journalEnd(dir: string, prefix: SegmentPrefix): JournalPosition {
  const segment = listSegments(dir, prefix).at(-1) ?? 0;
  return { segment, offset: segment === 0 ? 0 : sizeOf(dir, prefix, segment) };
}

/** Of a compressed segment what is on the disk; 0 for one that has just gone. */
function sizeOf(dir: string, prefix: SegmentPrefix, segment: number): number {
  return statSync(segmentFile(dir, prefix, segment), { throwIfNoEntry: false })?.size ?? 0;
}

class JournalFile implements Journal {
  readonly journalId: string;
  readonly tornBytes: number;
  readonly #options: JournalOptions;
  readonly #write: NonNullable<JournalOptions['write']>;
  #frame = Buffer.allocUnsafe(64 * 1024);
  /** Bytes of records in the frame that are not written. */
  #waiting = 0;
  #waitingRecords = 0;
  #segment: number;
  #offset = 0;
  #fd: number;
  #dirty = false;
  /** The descriptor that a sync in the thread pool is using; that sync closes it if we left it. */
  #syncing: number | undefined;
  #timer: Timer | undefined;
  #failed: Fault | undefined;
  #closed = false;

  constructor(options: JournalOptions, journalId: string, segment: number, tornBytes: number) {
    this.#options = options;
    this.#write = options.write ?? writeSync;
    this.journalId = journalId;
    this.tornBytes = tornBytes;
    this.#segment = segment;
    this.#fd = this.#create();
    this.#dropOld();
    options.mark?.set(this.position());
  }

  append(payload: Uint8Array): number {
    if (this.#closed) throw new Fault('journal_unwritable', `${this.#path()} is closed`);
    if (this.#failed !== undefined) throw this.#failed;
    const length = FRAME_HEADER_BYTES + payload.length;
    if (payload.length > PAYLOAD_BYTES_MAX) {
      throw new Fault('journal_unwritable', `a record of ${payload.length} bytes is too large`);
    }
    const end = this.#offset + this.#waiting;
    if (end > 0 && end + length > this.#options.segmentBytes) this.#rotate();
    if (this.#waiting + length > this.#frame.length) this.flush();
    if (length > this.#frame.length) this.#frame = Buffer.allocUnsafe(length * 2);
    this.#waiting += encodeFrame(this.#frame, payload, this.#waiting);
    this.#waitingRecords += 1;
    if (this.#waiting > (this.#options.gatherBytes ?? 0)) this.flush();
    return this.#waitingRecords;
  }

  flush(): void {
    if (this.#waiting === 0) return;
    if (this.#failed !== undefined) throw this.#failed;
    const length = this.#waiting;
    this.#waiting = 0;
    this.#waitingRecords = 0;
    this.#writeFrames(length);
    this.#dirty = true;
    if (this.#options.fsync === 'always') this.#syncNow(this.#fd);
    else this.#timer ??= this.#armSync();
    this.#offset += length;
    this.#options.mark?.set(this.position());
  }

  position(): JournalPosition {
    return { segment: this.#segment, offset: this.#offset };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.cancel();
    try {
      // What failed before has been said to its caller.
      if (this.#failed === undefined) this.flush();
      this.#leave();
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** One write; what it leaves out is written too, or all of it is taken back. */
  #writeFrames(length: number): void {
    let written = 0;
    try {
      while (written < length) {
        const count = this.#write(this.#fd, this.#frame, written, length - written);
        if (count <= 0) throw new Error('no byte could be written');
        written += count;
      }
    } catch (error) {
      if (written > 0) this.#takeBack();
      throw this.#fail(error);
    }
  }

  #takeBack(): void {
    try {
      ftruncateSync(this.#fd, this.#offset);
    } catch {
      // The disk refuses this too. The next opening finds a torn tail and cuts it off.
    }
  }

  #armSync(): Timer {
    return this.#options.mono.setTimer(this.#options.fsyncIntervalMs, () => {
      this.#timer = undefined;
      if (this.#closed || !this.#dirty) return;
      if (this.#syncing === undefined) this.#syncLater(this.#fd);
      else this.#timer = this.#armSync();
    });
  }

  /** Off this thread: a sync takes up to tens of milliseconds, and a turn must not wait for it. */
  #syncLater(fd: number): void {
    const path = this.#path();
    this.#dirty = false;
    this.#syncing = fd;
    fdatasync(fd, (error) => {
      this.#syncing = undefined;
      if (error !== null) {
        doubt(path);
        this.#fail(error);
      }
      if (fd !== this.#fd) closeSync(fd);
    });
  }

  #syncNow(fd: number): void {
    try {
      fdatasyncSync(fd);
      this.#dirty = false;
    } catch (error) {
      doubt(this.#path());
      throw this.#fail(error);
    }
  }

  #rotate(): void {
    try {
      this.flush();
      this.#leave();
      this.#segment += 1;
      this.#offset = 0;
      this.#fd = this.#create();
      this.#dropOld();
    } catch (error) {
      throw this.#fail(error);
    }
  }

  #leave(): void {
    const fd = this.#fd;
    if (fd === NO_FILE) return;
    this.#fd = NO_FILE;
    if (this.#dirty) this.#syncNow(fd);
    if (this.#syncing !== fd) closeSync(fd);
  }

  #create(): number {
    const fd = openSync(this.#path(), 'a', 0o600);
    syncNames(this.#options.dir);
    return fd;
  }

  /** The newest is never dropped, however large it may become. */
  #dropOld(): void {
    const { dir, prefix, retentionBytes, segmentBytes, onDropped } = this.#options;
    if (retentionBytes === undefined) return;
    const segments = listSegments(dir, prefix);
    let room = retentionBytes - segmentBytes;
    let kept = segments.length - 1;
    while (kept > 0) {
      room -= sizeOf(dir, prefix, segments[kept - 1] ?? 0);
      if (room < 0) break;
      kept -= 1;
    }
    const old = segments.slice(0, kept);
    if (old.length === 0) return;
    onDropped?.(old, segments[kept] ?? this.#segment);
    for (const segment of old) removeSegment(dir, prefix, segment);
  }

  #path(): string {
    return segmentPath(this.#options.dir, this.#options.prefix, this.#segment);
  }

  #fail(error: unknown): Fault {
    this.#failed ??= unwritable(this.#path(), error);
    return this.#failed;
  }
}

function readOrMintId(dir: string, mint: () => string): string {
  const path = join(dir, ID_FILE);
  if (statSync(path, { throwIfNoEntry: false }) === undefined) {
    writeFileSync(`${path}.new`, `${mint()}\n`, { mode: 0o600, flush: true });
    renameSync(`${path}.new`, path);
  }
  return readJournalId(dir);
}

/** The id of the journal in `dir`. */
export function readJournalId(dir: string): string {
  const path = join(dir, ID_FILE);
  if (statSync(path, { throwIfNoEntry: false }) === undefined) {
    throw new Fault('data_unreadable', `${dir} holds no journal`);
  }
  const id = readFileSync(path, 'utf8').trim();
  if (!/^[0-9a-z]{4,32}$/.test(id)) {
    throw new Fault('journal_corrupt', `${path} holds no journal id`);
  }
  return id;
}

/** Ten hex digits: it stands in every order's reference, which IB limits in length. */
function randomId(): string {
  return randomBytes(5).toString('hex');
}
