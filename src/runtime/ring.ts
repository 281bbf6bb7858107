/**
 * Rings: records in shared memory from one writer to one reader, in another thread, of which none
 * is lost. A full ring refuses and its writer waits for room; an empty one lets its reader sleep.
 * Nobody spins: who waits is woken by the other side, which pays for that only when somebody waits.
 *
 * The header has two positions that only grow, modulo 2^32: `tail`, records written, stored by the
 * writer alone; and `head`, records taken, stored by the reader alone. Record n lies in slot
 * n & (capacity − 1). Why no record is lost, torn or read twice:
 *
 * - The writer fills the slot of record `tail` with plain stores and then stores `tail` + 1
 *   atomically. Atomics are sequentially consistent: who loads the new tail sees the whole record.
 * - The reader copies or uses the record, and only then stores `head` + 1. The store is a release:
 *   its reads of the slot come before it, and a writer that loads the new head comes after. So a
 *   slot is overwritten only after it was read: `tail` − `head` never exceeds the capacity.
 * - Each side keeps the other's position as it last saw it, which is at worst too old: the ring
 *   then looks fuller to the writer, or emptier to the reader, than it is, and each loads anew
 *   before it believes so.
 *
 * Why no wake-up is lost: who is to sleep stores its `waiting` word and then loads the other's
 * position again. The other side stores its position and then loads the `waiting` word. In the one
 * total order of these four accesses either the sleeper sees the new position and does not sleep,
 * or the other side sees the word and sends a message, which waits for the sleeper's event loop.
 * (`Atomics.waitAsync` would need no message; but Node 24 lets a promise so notified lie until
 * something else wakes the loop: measured, a reader slept for seconds before a full ring.)
 *
 * A sleep does not end when the other side dies: the death watch tells that.
 * The writer's death leaves a ring that its reader can empty; a half-filled record was not counted.
 */

import assert from 'node:assert/strict';
import { BroadcastChannel, threadId } from 'node:worker_threads';
import type { Cursor, Fields, Layout, View } from './layout.ts';

/** What opens a ring in another thread; posted as it is. */
export interface RingDescriptor {
  readonly buffer: SharedArrayBuffer;
  readonly capacity: number;
  /** The channel on which one side wakes the other. */
  readonly channel: string;
}

export interface RingWriter<F extends Fields> {
  /** The record to fill, after `reserve` was true. */
  readonly record: View<F>;
  /** Whether there is room for a record; may be asked again before `commit`. */
  reserve(): boolean;
  /** Hands the record over; a reader asleep is woken when half is full, or this turn ends. */
  commit(): void;
  /** Resolves when there is room: in a full ring, when half of it is free again. */
  room(): Promise<void>;
  /** No record follows: a reader that waits is told. Ends its part. */
  close(): void;
}

export interface RingReader<F extends Fields> {
  /** The oldest record, after `peek` was true, until `release`. */
  readonly record: View<F>;
  /** Whether a record waits; may be asked again before `release`. */
  peek(): boolean;
  /** Gives the record's place back to the writer. */
  release(): void;
  /** Resolves true when a record waits, false when the ring is closed and empty. */
  wait(): Promise<boolean>;
  /** Records that wait. */
  readonly depth: number;
  /** Ends its part; a writer that waits for room is not told. */
  close(): void;
}

export interface Ring<F extends Fields> {
  readonly descriptor: RingDescriptor;
  /** The one writer; a new one, after the old one's thread died, goes on from it. */
  writer(): RingWriter<F>;
  /** The one reader. */
  reader(): RingReader<F>;
}

/** Words of the header, each in a cache line of its own, so that the two sides do not collide. */
const HEAD = 0;
const TAIL = 16;
const READER_WAITS = 32;
const WRITER_WAITS = 48;
const CLOSED = 64;
const HEADER_BYTES = 80 * 4;

/** Numbers the rings that this thread made. */
let rings = 0;

/** Allocates a ring; its capacity is a power of two. */
export function createRing<F extends Fields>(layout: Layout<F>, capacity: number): Ring<F> {
  assert(Number.isInteger(capacity) && capacity > 1 && (capacity & (capacity - 1)) === 0);
  const buffer = new SharedArrayBuffer(HEADER_BYTES + capacity * layout.bytes);
  rings += 1;
  return openRing(layout, { buffer, capacity, channel: `ring ${threadId}.${rings}` });
}

/** Opens a ring that another thread created, of the same layout. */
export function openRing<F extends Fields>(layout: Layout<F>, descriptor: RingDescriptor): Ring<F> {
  const { buffer, capacity, channel } = descriptor;
  const bytes = HEADER_BYTES + capacity * layout.bytes;
  assert(buffer.byteLength === bytes, 'the descriptor fits its buffer');
  return {
    descriptor: { buffer, capacity, channel },
    writer: () => new Writer(layout, descriptor),
    reader: () => new Reader(layout, descriptor),
  };
}

/** One side's way to sleep and to wake the other. */
class Bell {
  readonly #channel: BroadcastChannel;
  #woken: PromiseWithResolvers<void> | undefined;
  #isClosed = false;

  constructor(name: string) {
    this.#channel = new BroadcastChannel(name);
    // Awake it keeps no thread alive.
    this.#channel.unref();
    this.#channel.onmessage = () => {
      this.#channel.unref();
      this.#woken?.resolve();
      this.#woken = undefined;
    };
  }

  /** After `close` nobody sleeps: the other side looks whether the ring is closed. */
  ring(): void {
    if (!this.#isClosed) this.#channel.postMessage(0);
  }

  /** Resolves with the next ring; one that came before is not remembered. */
  sleep(): Promise<void> {
    this.#channel.ref();
    this.#woken ??= Promise.withResolvers<void>();
    return this.#woken.promise;
  }

  /** It did not have to sleep after all. */
  stayAwake(): void {
    this.#channel.unref();
  }

  close(): void {
    this.#isClosed = true;
    this.#channel.close();
  }
}

class Writer<F extends Fields> implements RingWriter<F> {
  readonly record: View<F>;
  readonly #words: Int32Array;
  readonly #cursor: Cursor<F>;
  readonly #bell: Bell;
  readonly #mask: number;
  readonly #stride: number;
  #tail: number;
  /** The reader's position as last seen. */
  #head: number;
  /** Records committed since the reader was seen asleep. */
  #unheard = 0;

  constructor(layout: Layout<F>, { buffer, capacity, channel }: RingDescriptor) {
    this.#words = new Int32Array(buffer, 0, HEADER_BYTES / 4);
    this.#cursor = layout.cursor(buffer);
    this.record = this.#cursor.view;
    this.#bell = new Bell(channel);
    this.#mask = capacity - 1;
    this.#stride = layout.bytes;
    this.#tail = Atomics.load(this.#words, TAIL);
    this.#head = Atomics.load(this.#words, HEAD);
  }

  reserve(): boolean {
    if (((this.#tail - this.#head) | 0) > this.#mask) {
      this.#head = Atomics.load(this.#words, HEAD);
      if (((this.#tail - this.#head) | 0) > this.#mask) return false;
    }
    this.#cursor.moveTo(HEADER_BYTES + (this.#tail & this.#mask) * this.#stride);
    return true;
  }

  commit(): void {
    this.#tail = (this.#tail + 1) | 0;
    Atomics.store(this.#words, TAIL, this.#tail);
    if (Atomics.load(this.#words, READER_WAITS) !== 0) this.#wakeSoon();
  }

  async room(): Promise<void> {
    while (!this.reserve()) {
      const woken = this.#bell.sleep();
      Atomics.store(this.#words, WRITER_WAITS, 1);
      if (!this.reserve()) await woken;
    }
    this.#bell.stayAwake();
  }

  close(): void {
    Atomics.store(this.#words, CLOSED, 1);
    this.#wakeReader();
    this.#bell.close();
  }

  // A wake costs a hundred times what a record does: a reader woken for every one of a burst would
  // slow its writer to the pace of messages.
  #wakeSoon(): void {
    this.#unheard += 1;
    if (this.#unheard === 1) queueMicrotask(this.#wakeReader);
    else if (this.#unheard > this.#mask >>> 1) this.#wakeReader();
  }

  readonly #wakeReader = (): void => {
    this.#unheard = 0;
    if (Atomics.exchange(this.#words, READER_WAITS, 0) !== 0) this.#bell.ring();
  };
}

class Reader<F extends Fields> implements RingReader<F> {
  readonly record: View<F>;
  readonly #words: Int32Array;
  readonly #cursor: Cursor<F>;
  readonly #bell: Bell;
  readonly #mask: number;
  readonly #stride: number;
  #head: number;
  /** The writer's position as last seen. */
  #tail: number;

  constructor(layout: Layout<F>, { buffer, capacity, channel }: RingDescriptor) {
    this.#words = new Int32Array(buffer, 0, HEADER_BYTES / 4);
    this.#cursor = layout.cursor(buffer);
    this.record = this.#cursor.view;
    this.#bell = new Bell(channel);
    this.#mask = capacity - 1;
    this.#stride = layout.bytes;
    this.#head = Atomics.load(this.#words, HEAD);
    this.#tail = Atomics.load(this.#words, TAIL);
  }

  get depth(): number {
    return (Atomics.load(this.#words, TAIL) - this.#head) | 0;
  }

  peek(): boolean {
    if (this.#head === this.#tail) {
      this.#tail = Atomics.load(this.#words, TAIL);
      if (this.#head === this.#tail) return false;
    }
    this.#cursor.moveTo(HEADER_BYTES + (this.#head & this.#mask) * this.#stride);
    return true;
  }

  release(): void {
    this.#head = (this.#head + 1) | 0;
    Atomics.store(this.#words, HEAD, this.#head);
    if (Atomics.load(this.#words, WRITER_WAITS) === 0) return;
    // Woken for one place a full ring would wake its writer once a record: it waits for half.
    if (this.depth > (this.#mask + 1) >>> 1) return;
    Atomics.store(this.#words, WRITER_WAITS, 0);
    this.#bell.ring();
  }

  async wait(): Promise<boolean> {
    while (!this.peek()) {
      const woken = this.#bell.sleep();
      Atomics.store(this.#words, READER_WAITS, 1);
      if (this.peek()) break;
      // Closed is stored after the last record: who sees it sees every record, or finds none.
      if (Atomics.load(this.#words, CLOSED) === 1) break;
      await woken;
    }
    this.#bell.stayAwake();
    return this.peek();
  }

  close(): void {
    this.#bell.close();
  }
}
