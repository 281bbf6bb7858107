/**
 * The least that hands records from one thread to another: two words and an array of doubles, and
 * whoever must wait blocks its thread. It has no views, no layout, and no event loop to spare.
 */

export interface BareRing {
  /** `head`, and from the next cache line on `tail`. */
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly capacity: number;
}

const HEAD = 0;
const TAIL = 16;
const LENGTH = 8;
/** Who waits is woken after so many records: a wake costs what several of them do. */
const WAKES_EVERY = 512;
/** Who waits looks again after this, ms, when nobody woke it: the last records wake nobody. */
const WAIT_MS = 1;

/** `capacity` is a power of two. */
export function createBareRing(capacity: number): BareRing {
  return {
    words: new Int32Array(new SharedArrayBuffer(32 * 4)),
    doubles: new Float64Array(new SharedArrayBuffer(capacity * LENGTH * 8)),
    capacity,
  };
}

/** Writes the record of this number, the next one. */
export function write({ words, doubles, capacity }: BareRing, number: number): void {
  const tail = number - 1;
  for (let head = Atomics.load(words, HEAD); tail - head >= capacity; ) {
    Atomics.wait(words, HEAD, head, WAIT_MS);
    head = Atomics.load(words, HEAD);
  }
  const at = (tail & (capacity - 1)) * LENGTH;
  doubles[at] = number;
  doubles[at + 1] = number + 0.25;
  doubles[at + 2] = number + 0.5;
  doubles[at + 3] = number;
  doubles[at + 4] = 0.2;
  doubles[at + 5] = 0.5;
  doubles[at + 6] = 0.01;
  doubles[at + 7] = -0.02;
  Atomics.store(words, TAIL, number);
  if (number % WAKES_EVERY === 0) Atomics.notify(words, TAIL);
}

/** Takes so many records and returns the sum of their numbers. */
export function readAll({ words, doubles, capacity }: BareRing, records: number): number {
  let sum = 0;
  let tail = 0;
  for (let head = 0; head < records; head += 1) {
    while (tail === head) {
      tail = Atomics.load(words, TAIL);
      if (tail === head) Atomics.wait(words, TAIL, tail, WAIT_MS);
    }
    sum += doubles[(head & (capacity - 1)) * LENGTH] ?? Number.NaN;
    Atomics.store(words, HEAD, head + 1);
    if (head % WAKES_EVERY === 0) Atomics.notify(words, HEAD);
  }
  return sum;
}
