/**
 * Histograms in shared memory, for times that are taken on the hot path of any thread: to record
 * is a search among twenty bounds and two stores, and makes no object. One thread records into a
 * histogram; others read, and may see a count one ahead of its sum.
 */

import assert from 'node:assert/strict';

/** Upper bounds of the buckets, ms: from ten microseconds, three a decade, to ten seconds. */
export const BUCKET_MS: readonly number[] = [-2, -1, 0, 1, 2, 3]
  .flatMap((power) => [1, 2, 5].map((step) => Number((step * 10 ** power).toPrecision(1))))
  .concat(10_000);

/** Opens a set in another thread; posted as it is. */
export interface HistogramSetDescriptor {
  readonly buffer: SharedArrayBuffer;
  readonly count: number;
}

export interface HistogramView {
  /** Of the bucket below each bound, then of what is above the last. */
  readonly counts: readonly number[];
  readonly sumMs: number;
}

const BUCKETS = BUCKET_MS.length + 1;
const LENGTH = BUCKETS + 1;

export class HistogramSet {
  readonly descriptor: HistogramSetDescriptor;
  readonly #values: Float64Array;

  /** Over a set of another thread, or a new one of `count` histograms. */
  constructor(from: HistogramSetDescriptor | number) {
    const count = typeof from === 'number' ? from : from.count;
    const bytes = count * LENGTH * Float64Array.BYTES_PER_ELEMENT;
    const buffer = typeof from === 'number' ? new SharedArrayBuffer(bytes) : from.buffer;
    assert(buffer.byteLength === bytes, 'the buffer holds these histograms');
    this.descriptor = { buffer, count };
    this.#values = new Float64Array(buffer);
  }

  /** Counts a time; what is no time, because its beginning is not known, is not counted. */
  record(index: number, ms: number): void {
    if (!(ms >= 0)) return;
    let bucket = 0;
    while (bucket < BUCKETS - 1 && ms > (BUCKET_MS[bucket] ?? 0)) bucket += 1;
    const at = index * LENGTH + bucket;
    const sum = index * LENGTH + BUCKETS;
    this.#values[at] = (this.#values[at] ?? 0) + 1;
    this.#values[sum] = (this.#values[sum] ?? 0) + ms;
  }

  read(index: number): HistogramView {
    const from = index * LENGTH;
    const counts = Array.from(this.#values.subarray(from, from + BUCKETS));
    return { counts, sumMs: this.#values[from + BUCKETS] ?? 0 };
  }
}
