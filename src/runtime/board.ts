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
 *
 * A writer may publish the front of its record alone. Then no more than that is copied on either
 * side, and a reader keeps room for no more: records with room for the largest book would else push
 * each other out of the cache. The rest of the ring is never touched, and takes no memory.
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
  /** `scratch` with room for so many doubles: another array where it had less. */
  reserve(room: number): Float64Array;
  /** Publishes the first `used` doubles of `scratch`, or all, and returns their version. */
  publish(used?: number): number;
}

export interface BoardReader {
  /**
   * The newest record read, a private copy: the same array until a longer record comes. Behind what
   * was published stands what was there before.
   */
  readonly record: Float64Array;
  /** What was published of `record`: the same array until another length is. */
  readonly published: Float64Array;
  /** The version of `record`; 0 before the first. */
  readonly version: number;
  /** Reads that were lapped by the writer four times and kept the last copy. */
  readonly giveUps: number;
  /** True if `record` now holds a newer version than before this call. */
  read(): boolean;
}

export interface BoardSet extends BoardSetDescriptor {
  readonly descriptor: BoardSetDescriptor;
  /**
   * The one writer of a board, with room for so many doubles at first, or for a whole record. A new
   * one, after the old one's thread died, goes on from it.
   */
  writer(index: number, room?: number): BoardWriter;
  reader(index: number): BoardReader;
}

const SLOTS = 8;
/** A copied record is whole if the writer has come at most this far since. */
const LAPPED_ABOVE = SLOTS - 2;
const TRIES = 4;
/**
 * `latest` stands alone in its cache line, so that readers do not slow the writer's slots; in the
 * next one stands how much of each slot was published.
 */
const HEADER_BYTES = 128;
const USED_OFFSET = 64;
/** Doubles that a reader has room for until a longer record comes: a book of a dozen legs. */
const ROOM_AT_FIRST = 512;
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
    writer: (index, room = length) => new Writer(board(index), length, room),
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

/** An array and its front, made anew only when another length of it is asked for. */
class Front {
  readonly all: Float64Array;
  #front: Float64Array;

  constructor(all: Float64Array) {
    this.all = all;
    this.#front = all;
  }

  of(length: number): Float64Array {
    if (this.#front.length !== length) this.#front = this.all.subarray(0, length);
    return this.#front;
  }
}

/** Copies the first `length` doubles. */
function copy(from: Front, into: Front, length: number): void {
  if (length > LOOPED_LENGTH_MAX) {
    into.all.set(from.of(length));
    return;
  }
  for (let index = 0; index < length; index += 1) into.all[index] = from.all[index] ?? 0;
}

/** The shared memory of one board. */
class Board {
  /** One word: the version of the newest record. */
  readonly latest: Int32Array;
  readonly #used: Int32Array;
  readonly #slots: readonly Front[];

  constructor(buffer: SharedArrayBuffer, start: number, length: number) {
    const stride = slotLength(length);
    this.latest = new Int32Array(buffer, start, 1);
    this.#used = new Int32Array(buffer, start + USED_OFFSET, SLOTS);
    const all = new Float64Array(buffer, start + HEADER_BYTES, SLOTS * stride);
    this.#slots = Array.from(
      { length: SLOTS },
      (_, slot) => new Front(all.subarray(slot * stride, slot * stride + length)),
    );
  }

  store(version: number, from: Front, used: number): void {
    const slot = this.#slots[version & (SLOTS - 1)];
    if (slot === undefined) return;
    this.#used[version & (SLOTS - 1)] = used;
    copy(from, slot, used);
  }

  /** How long a record is. Of a slot that is being overwritten it may be that of either record. */
  used(version: number): number {
    return this.#used[version & (SLOTS - 1)] ?? 0;
  }

  load(version: number, into: Front, used: number): void {
    const slot = this.#slots[version & (SLOTS - 1)];
    if (slot !== undefined) copy(slot, into, used);
  }
}

class Writer implements BoardWriter {
  readonly #board: Board;
  readonly #length: number;
  #front: Front;

  constructor(board: Board, length: number, room: number) {
    this.#board = board;
    this.#length = length;
    this.#front = new Front(new Float64Array(Math.min(length, room)));
  }

  get scratch(): Float64Array {
    return this.#front.all;
  }

  reserve(room: number): Float64Array {
    if (room > this.#front.all.length) this.#front = grown(this.#front, room, this.#length);
    return this.#front.all;
  }

  publish(used = this.#front.all.length): number {
    assert(used > 0 && used <= this.#front.all.length, 'a board has room for what is published');
    const { latest } = this.#board;
    // Also the fence of the header comment; only this writer ever changes the word.
    const next = (Atomics.load(latest, 0) + 1) | 0;
    this.#board.store(next, this.#front, used);
    Atomics.store(latest, 0, next);
    // 0 means "nothing yet": after 2^32 records the count passes it by publishing once more.
    return next === 0 ? this.publish(used) : next;
  }
}

/** The same with room for so many doubles, and by half of what it had at the least. */
function grown(front: Front, room: number, length: number): Front {
  assert(room <= length, 'a board has room for what is written');
  const all = new Float64Array(Math.min(length, Math.max(room, 1.5 * front.all.length)));
  all.fill(Number.NaN, front.all.length);
  all.set(front.all);
  return new Front(all);
}

class Reader implements BoardReader {
  version = 0;
  giveUps = 0;
  readonly #board: Board;
  readonly #length: number;
  #front: Front;
  /** What a try copies, so that a torn copy never reaches `record`. */
  #attempt: Front;
  readonly #fence = new Int32Array(1);
  #used: number;

  constructor(board: Board, length: number) {
    this.#board = board;
    this.#length = length;
    this.#used = Math.min(length, ROOM_AT_FIRST);
    this.#front = new Front(new Float64Array(this.#used).fill(Number.NaN));
    this.#attempt = new Front(new Float64Array(this.#used));
  }

  get record(): Float64Array {
    return this.#front.all;
  }

  get published(): Float64Array {
    return this.#front.of(this.#used);
  }

  read(): boolean {
    const { latest } = this.#board;
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const version = Atomics.load(latest, 0);
      if (version === this.version) return false;
      const used = this.#board.used(version);
      if (used > this.#front.all.length) {
        this.#front = grown(this.#front, used, this.#length);
        this.#attempt = new Front(new Float64Array(this.#front.all.length));
      }
      this.#board.load(version, this.#attempt, used);
      Atomics.store(this.#fence, 0, 0);
      // Versions wrap at 2^32: the distance is taken modulo it.
      if (((Atomics.load(latest, 0) - version) | 0) > LAPPED_ABOVE) continue;
      copy(this.#attempt, this.#front, used);
      this.#used = used;
      this.version = version;
      return true;
    }
    this.giveUps += 1;
    return false;
  }
}
