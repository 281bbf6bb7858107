/**
 * What all threads know of every actor, in shared memory: whether it takes messages, how many are
 * on their way to it, and what it counted. A sender in any thread learns at once, without asking,
 * that a mailbox is full or its actor is down, and the bound of a mailbox holds exactly, over all
 * senders: the depth counts what is queued and what is still between threads.
 *
 * The gate is one word, so that one compare-exchange decides and counts:
 *   bits 31–21 generation (which life of the actor), bit 20 closed, bits 19–0 depth.
 * A message carries the generation it was admitted to; released after the actor was started anew,
 * it does not touch the new life's depth.
 */

import assert from 'node:assert/strict';

/** Actors and receivers of one system; a book of 64 and all services need about 80. */
export const ACTORS_MAX = 512;
/** Threads of one system; each has a bit in a word. */
export const THREADS_MAX = 32;
/** The depth's bits bound a mailbox. */
export const MAILBOX_CAPACITY_MAX = 2 ** 20 - 1;
/** Lives of an actor after which their numbers begin anew: no message is on its way that long. */
export const GENERATIONS = 2 ** 11;

/** Outcomes of `admit` that are no generation. */
export const CLOSED = -1;
export const FULL = -2;

/** An actor's words fill a cache line, so that busy neighbours do not slow each other. */
const WORDS = 16;
const WORD = {
  gate: 0,
  high: 1,
  messages: 2,
  dropped: 3,
  deadLetters: 4,
  queued: 5,
  refused: 7,
  /** Threads in which somebody waits for room, and those of them that were told of some. */
  waiting: 8,
  told: 9,
} as const;
/** A word of slot 0, which is no actor's: whether somebody listens to the tracing tap. */
const TRACING_WORD = 6;
/** A word of a thread's line, after its signs of life: its event loop's use, in millionths. */
const LOOP_USE_WORD = 1;
/** And which of its lives it is in. */
const LIFE_WORD = 2;
/** And the admission whose message is not yet posted: its generation, and the slot in nine bits. */
const UNDER_WAY_WORD = 3;
const SLOT_BITS = 9;
const DEPTH_MASK = MAILBOX_CAPACITY_MAX;
const CLOSED_BIT = 1 << 20;
const GENERATION_SHIFT = 21;

export type Counter = Exclude<keyof typeof WORD, 'gate' | 'waiting' | 'told'>;

export class ActorTable {
  readonly buffer: SharedArrayBuffer;
  /**
   * One word: the admission that this thread is about to use, 0 for none. Whoever posts the message
   * stores 0 with the statement that follows the post; no call and no loop may stand between the
   * two. A thread is ended only at a call or where a loop begins anew, so that what its last word
   * names was admitted and never posted, and the kernel gives the place back.
   */
  readonly underWay: Int32Array;
  readonly #words: Int32Array;

  /** Without a buffer it allocates one, with every gate closed. `thread` is whose view it is. */
  constructor(buffer?: SharedArrayBuffer, thread = 0) {
    const bytes = (ACTORS_MAX + THREADS_MAX) * WORDS * Int32Array.BYTES_PER_ELEMENT;
    this.buffer = buffer ?? new SharedArrayBuffer(bytes);
    assert(this.buffer.byteLength === bytes);
    this.#words = new Int32Array(this.buffer);
    const word = this.#index(ACTORS_MAX + thread) + UNDER_WAY_WORD;
    this.underWay = this.#words.subarray(word, word + 1);
    if (buffer !== undefined) return;
    for (let slot = 0; slot < ACTORS_MAX; slot += 1) this.#words[slot * WORDS] = CLOSED_BIT;
  }

  /** Begins the next life of an actor, with nothing on its way; returns its generation. */
  open(slot: number): number {
    const index = this.#index(slot);
    const next = ((Atomics.load(this.#words, index) >>> GENERATION_SHIFT) + 1) & (GENERATIONS - 1);
    Atomics.store(this.#words, index + WORD.queued, 0);
    Atomics.store(this.#words, index, next << GENERATION_SHIFT);
    return next;
  }

  /** Admits nothing more; what was admitted stays counted. */
  close(slot: number): void {
    Atomics.or(this.#words, this.#index(slot), CLOSED_BIT);
  }

  /** Forgets what was on its way to a life whose thread is gone, and returns how much it was. */
  forget(slot: number): number {
    this.close(slot);
    const word = Atomics.and(this.#words, this.#index(slot), ~DEPTH_MASK);
    const queued = Atomics.exchange(this.#words, this.#index(slot) + WORD.queued, 0);
    return (word & DEPTH_MASK) + queued;
  }

  /**
   * Counts one more message on its way; returns the life that takes it, `CLOSED` or `FULL`. While
   * somebody waits for room there is none for others.
   */
  admit(slot: number, capacity: number): number {
    const waiting = Atomics.load(this.#words, this.#index(slot) + WORD.waiting) !== 0;
    return this.admitWaiting(slot, waiting ? 0 : capacity);
  }

  /** `admit` for those who wait. */
  admitWaiting(slot: number, capacity: number): number {
    const index = this.#index(slot);
    // Lock-free: an exchange fails only because another thread's succeeded.
    for (;;) {
      const word = Atomics.load(this.#words, index);
      if ((word & CLOSED_BIT) !== 0) return CLOSED;
      if ((word & DEPTH_MASK) >= capacity) return FULL;
      if (Atomics.compareExchange(this.#words, index, word, word + 1) === word) {
        this.underWay[0] = ((word >>> GENERATION_SHIFT) << SLOT_BITS) | slot;
        return word >>> GENERATION_SHIFT;
      }
    }
  }

  /** Gives back what was just admitted: its message is not sent. */
  retract(slot: number, generation: number): void {
    this.underWay[0] = 0;
    this.release(slot, generation);
  }

  /** What a thread that ended had admitted and not posted. */
  takeUnderWay(thread: number): { readonly slot: number; readonly generation: number } | undefined {
    const index = this.#index(ACTORS_MAX + thread) + UNDER_WAY_WORD;
    const word = Atomics.exchange(this.#words, index, 0);
    if (word === 0) return undefined;
    return { slot: word & (ACTORS_MAX - 1), generation: word >>> SLOT_BITS };
  }

  /** A message of this generation is no longer on its way. */
  release(slot: number, generation: number): void {
    const index = this.#index(slot);
    for (;;) {
      const word = Atomics.load(this.#words, index);
      if (word >>> GENERATION_SHIFT !== generation || (word & DEPTH_MASK) === 0) return;
      if (Atomics.compareExchange(this.#words, index, word, word - 1) === word) return;
    }
  }

  /** Somebody in this thread waits for room from now on. */
  beginWaiting(slot: number, thread: number): void {
    Atomics.or(this.#words, this.#index(slot) + WORD.waiting, 1 << thread);
  }

  /** Nobody in this thread waits for room any more. */
  endWaiting(slot: number, thread: number): void {
    Atomics.and(this.#words, this.#index(slot) + WORD.waiting, ~(1 << thread));
  }

  /** After a place was given back: the threads to tell, a bit for each; of each once. */
  takeUntold(slot: number): number {
    const index = this.#index(slot);
    const waiting = Atomics.load(this.#words, index + WORD.waiting);
    if (waiting === 0) return 0;
    return waiting & ~Atomics.or(this.#words, index + WORD.told, waiting);
  }

  /** A thread that was told comes to look, and is told again of what is given back after this. */
  heard(slot: number, thread: number): void {
    Atomics.and(this.#words, this.#index(slot) + WORD.told, ~(1 << thread));
  }

  /** A thread ended: nobody in it waits for anything. */
  forgetThread(thread: number): void {
    for (let slot = 0; slot < ACTORS_MAX; slot += 1) {
      this.endWaiting(slot, thread);
      this.heard(slot, thread);
    }
  }

  /** Messages admitted and not yet released. */
  depth(slot: number): number {
    return Atomics.load(this.#words, this.#index(slot)) & DEPTH_MASK;
  }

  /** The generation of its present or last life; 0 before the first. */
  generation(slot: number): number {
    return Atomics.load(this.#words, this.#index(slot)) >>> GENERATION_SHIFT;
  }

  /** The generation that takes messages now, or `CLOSED`. */
  openGeneration(slot: number): number {
    const word = Atomics.load(this.#words, this.#index(slot));
    return (word & CLOSED_BIT) === 0 ? word >>> GENERATION_SHIFT : CLOSED;
  }

  count(slot: number, counter: Counter): number {
    return Atomics.load(this.#words, this.#index(slot) + WORD[counter]) >>> 0;
  }

  /** Adds and returns the new count; any thread may. */
  add(slot: number, counter: Counter, amount: number): number {
    return (Atomics.add(this.#words, this.#index(slot) + WORD[counter], amount) + amount) >>> 0;
  }

  /** Sets a count that only the actor's own thread writes. */
  set(slot: number, counter: Counter, value: number): void {
    Atomics.store(this.#words, this.#index(slot) + WORD[counter], value | 0);
  }

  /** A worker's sign of life; counts up while its event loop turns. */
  beat(thread: number): void {
    Atomics.add(this.#words, this.#index(ACTORS_MAX + thread), 1);
  }

  beats(thread: number): number {
    return Atomics.load(this.#words, this.#index(ACTORS_MAX + thread));
  }

  /** How busy the event loop of a worker was since its last sign of life, 0 to 1. */
  setLoopUse(thread: number, share: number): void {
    const index = this.#index(ACTORS_MAX + thread) + LOOP_USE_WORD;
    Atomics.store(this.#words, index, Math.round(share * 1e6));
  }

  loopUse(thread: number): number {
    return Atomics.load(this.#words, this.#index(ACTORS_MAX + thread) + LOOP_USE_WORD) / 1e6;
  }

  /** The life of a thread that is booted now, or was last. */
  life(thread: number): number {
    return Atomics.load(this.#words, this.#index(ACTORS_MAX + thread) + LIFE_WORD);
  }

  setLife(thread: number, life: number): void {
    Atomics.store(this.#words, this.#index(ACTORS_MAX + thread) + LIFE_WORD, life);
  }

  /** Read with every message, and so not atomically: a tap may begin a moment late. */
  get isTracing(): boolean {
    return this.#words[TRACING_WORD] === 1;
  }

  trace(on: boolean): void {
    Atomics.store(this.#words, TRACING_WORD, on ? 1 : 0);
  }

  // Not asserted: with every message it would cost more than what it guards, and the platform
  // refuses an atomic access that is out of range.
  #index(slot: number): number {
    return slot * WORDS;
  }
}
