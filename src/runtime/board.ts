/**
 * Boards: records of doubles in shared memory, one writer, many readers, the last value wins. A
 * market-data tick crosses threads in one publish and one read, without a message, a copy by the
 * platform or an allocation; a reader that comes late sees the newest record and nothing else, also
 * after the writer died.
 *
 * A board is a ring of eight slots and `latest`, the version of the newest record; version n lies
 * in slot n & 7. Why a reader never takes a torn record:
 *
 * - The writer fills slot (n + 1) & 7 with plain stores and then stores `latest` = n + 1. Atomic
 *   accesses are sequentially consistent, so who loads n + 1 sees the whole record.
 * - The record it copies, version n, is overwritten first by version n + 8, and only after `latest`
 *   = n + 7 was stored. If after the copy `latest` is at most n + 6, that had not begun.
 * - The copy must not slip behind the second load of `latest`, nor the stores of n + 8 ahead of the
 *   store of n + 7. x86 allows neither. On ARM a release store lets later accesses pass, and an
 *   acquire load earlier ones, but a release store and a following acquire load keep their order:
 *   the writer loads `latest` before it fills a slot, the reader stores to a word of its own after
 *   its copy, and nothing can pass the pair.
 */

import assert from 'node:assert/strict';

/** What opens a board set in another thread; posted as it is. */
export interface BoardSetDescriptor {
  readonly buffer: SharedArrayBuffer;
  /** Boards in the set. */
  readonly records: number;
  /** Doubles in one record. */
  readonly length: number;
}

export interface BoardWriter {
  /** The record to fill; its content stays between publishes. */
  readonly scratch: Float64Array;
  /** Publishes `scratch` and returns its version. */
  publish(): number;
}

export interface BoardReader {
  /** The newest record read, a private copy: the same array at every read. */
  readonly record: Float64Array;
  /** The version of `record`; 0 before the first. */
  readonly version: number;
  /** Reads that were lapped by the writer four times and kept the last copy. */
  readonly giveUps: number;
  /** True if `record` now holds a newer version than before this call. */
  read(): boolean;
}

export interface BoardSet extends BoardSetDescriptor {
  readonly descriptor: BoardSetDescriptor;
  /** The one writer of a board. A new one, after the old one's thread died, goes on from it. */
  writer(index: number): BoardWriter;
  reader(index: number): BoardReader;
}

const SLOTS = 8;
/** A copied record is whole if the writer has come at most this far since. */
const LAPPED_ABOVE = SLOTS - 2;
const TRIES = 4;
/** `latest` stands alone in its cache line, so that readers do not slow the writer's slots. */
const HEADER_BYTES = 64;
/** Up to here a loop copies faster than the platform's `set` (measured: 16 doubles in half). */
const LOOPED_LENGTH_MAX = 64;

/** Allocates a set of boards, all of them empty. */
export function createBoardSet(size: { records: number; length: number }): BoardSet {
  const { records, length } = size;
  assert(Number.isSafeInteger(records) && records > 0);
  assert(Number.isSafeInteger(length) && length > 0);
  return openBoardSet({
    buffer: new SharedArrayBuffer(records * boardBytes(length)),
    records,
    length,
  });
}

/** Opens a set that another thread created. */
export function openBoardSet(descriptor: BoardSetDescriptor): BoardSet {
  const { buffer, records, length } = descriptor;
  assert(buffer.byteLength === records * boardBytes(length), 'the descriptor fits its buffer');
  const board = (index: number): Board => {
    assert(Number.isInteger(index) && index >= 0 && index < records, 'a board of this set');
    return new Board(buffer, index * boardBytes(length), length);
  };
  return {
    buffer,
    records,
    length,
    descriptor: { buffer, records, length },
    writer: (index) => createWriter(board(index), length),
    reader: (index) => new Reader(board(index), length),
  };
}

function boardBytes(length: number): number {
  return HEADER_BYTES + SLOTS * slotLength(length) * Float64Array.BYTES_PER_ELEMENT;
}

/** Slots begin at a cache line of their own. */
function slotLength(length: number): number {
  return Math.ceil(length / 8) * 8;
}

/** The shared memory of one board. */
class Board {
  /** One word: the version of the newest record. */
  readonly latest: Int32Array;
  readonly #length: number;
  readonly #stride: number;
  readonly #all: Float64Array;
  readonly #slots: readonly Float64Array[];

  constructor(buffer: SharedArrayBuffer, start: number, length: number) {
    this.#length = length;
    this.#stride = slotLength(length);
    this.latest = new Int32Array(buffer, start, 1);
    this.#all = new Float64Array(buffer, start + HEADER_BYTES, SLOTS * this.#stride);
    this.#slots = Array.from({ length: SLOTS }, (_, slot) =>
      this.#all.subarray(slot * this.#stride, slot * this.#stride + length),
    );
  }

  store(version: number, from: Float64Array): void {
    const slot = version & (SLOTS - 1);
    if (this.#length > LOOPED_LENGTH_MAX) {
      this.#slots[slot]?.set(from);
      return;
    }
    const start = slot * this.#stride;
    for (let index = 0; index < this.#length; index += 1) {
      this.#all[start + index] = from[index] ?? 0;
    }
  }

  load(version: number, into: Float64Array): void {
    const slot = version & (SLOTS - 1);
    if (this.#length > LOOPED_LENGTH_MAX) {
      const record = this.#slots[slot];
      if (record !== undefined) into.set(record);
      return;
    }
    const start = slot * this.#stride;
    for (let index = 0; index < this.#length; index += 1) {
      into[index] = this.#all[start + index] ?? 0;
    }
  }
}

function createWriter(board: Board, length: number): BoardWriter {
  const scratch = new Float64Array(length);
  const publish = (): number => {
    // Also the fence of the header comment; only this writer ever changes the word.
    const next = (Atomics.load(board.latest, 0) + 1) | 0;
    board.store(next, scratch);
    Atomics.store(board.latest, 0, next);
    // 0 means "nothing yet": after 2^32 records the count passes it by publishing once more.
    return next === 0 ? publish() : next;
  };
  return { scratch, publish };
}

class Reader implements BoardReader {
  readonly record: Float64Array;
  version = 0;
  giveUps = 0;
  readonly #board: Board;
  /** What a try copies, so that a torn copy never reaches `record`. */
  readonly #attempt: Float64Array;
  readonly #fence = new Int32Array(1);

  constructor(board: Board, length: number) {
    this.#board = board;
    this.record = new Float64Array(length).fill(Number.NaN);
    this.#attempt = new Float64Array(length);
  }

  read(): boolean {
    const { latest } = this.#board;
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const version = Atomics.load(latest, 0);
      if (version === this.version) return false;
      this.#board.load(version, this.#attempt);
      Atomics.store(this.#fence, 0, 0);
      // Versions wrap at 2^32: the distance is taken modulo it.
      if (((Atomics.load(latest, 0) - version) | 0) > LAPPED_ABOVE) continue;
      this.record.set(this.#attempt);
      this.version = version;
      return true;
    }
    this.giveUps += 1;
    return false;
  }
}
