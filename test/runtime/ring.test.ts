import assert from 'node:assert/strict';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, it, vi } from 'vitest';
import { createRing, openRing } from '../../src/runtime/ring.ts';
import { RECORD } from './fixtures/ring-record.ts';

// Threads boot slowly where many tests run at once.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const HEAD_WORD = 0;
const TAIL_WORD = 16;
const READER_WAITS_WORD = 32;

describe('a ring', () => {
  it('gives every record once and in order, and refuses when it is full [ring-lossless]', () => {
    const action = fc.constantFrom('write', 'write', 'take');
    fc.assert(
      fc.property(fc.array(action, { maxLength: 400 }), fc.boolean(), (actions, wraps) => {
        const ring = createRing(RECORD, 8);
        const words = new Int32Array(ring.descriptor.buffer, 0, TAIL_WORD + 1);
        // Near the end of their words the positions wrap.
        if (wraps) words[HEAD_WORD] = words[TAIL_WORD] = 2 ** 31 - 5;
        const writer = ring.writer();
        const reader = openRing(RECORD, ring.descriptor).reader();
        const model: number[] = [];
        for (const [number, what] of actions.entries()) {
          if (what === 'write') {
            assert.equal(writer.reserve(), model.length < 8);
            if (model.length === 8) continue;
            writer.record.number = number;
            writer.commit();
            model.push(number);
          } else {
            assert.equal(reader.peek(), model.length > 0);
            if (model.length === 0) continue;
            assert.equal(reader.record.number, model.shift());
            reader.release();
          }
          assert.equal(reader.depth, model.length);
        }
      }),
    );
  });

  it('is read to its end after its writer died, and written on by a new one', async () => {
    const ring = createRing(RECORD, 4);
    const reader = ring.reader();
    const first = ring.writer();
    for (const number of [1, 2]) {
      assert(first.reserve());
      first.record.number = number;
      first.commit();
    }
    // Died with a record half filled: it was never counted.
    assert(first.reserve());
    first.record.number = 99;
    const second = openRing(RECORD, ring.descriptor).writer();
    assert(second.reserve());
    second.record.number = 3;
    second.commit();
    second.close();
    const read: number[] = [];
    while (await reader.wait()) {
      read.push(reader.record.number);
      reader.release();
    }
    assert.deepEqual(read, [1, 2, 3]);
  });

  it('wakes a reader that sleeps, for a record and for the end', async () => {
    const ring = createRing(RECORD, 4);
    const reader = ring.reader();
    const writer = ring.writer();
    const woken = reader.wait();
    writer.reserve();
    writer.commit();
    assert.equal(await woken, true);
    reader.release();
    const ended = reader.wait();
    writer.close();
    assert.equal(await ended, false);
  });

  it('can be closed in the turn of its last record, while its reader falls asleep', async () => {
    const ring = createRing(RECORD, 4);
    const reader = ring.reader();
    const writer = ring.writer();
    const first = reader.wait();
    writer.reserve();
    writer.commit();
    writer.close();
    new Int32Array(ring.descriptor.buffer, 0, 64)[READER_WAITS_WORD] = 1;
    assert.equal(await first, true);
    reader.release();
    assert.equal(await reader.wait(), false);
  });

  it('lets a writer sleep until half of the ring is free [ring-back-pressure]', async () => {
    const ring = createRing(RECORD, 4);
    const reader = ring.reader();
    const writer = ring.writer();
    for (let count = 0; count < 4; count += 1) {
      assert(writer.reserve());
      writer.commit();
    }
    let hasRoom = false;
    const room = writer.room().then(() => {
      hasRoom = true;
    });
    reader.peek();
    reader.release();
    await new Promise(setImmediate);
    assert.equal(hasRoom, false);
    reader.peek();
    reader.release();
    await room;
    assert(writer.reserve());
  });

  it.each([
    ['a small ring that is often full', 64, 1_000_000, 1_000_000],
    ['a large ring', 4096, 2_000_000, 1_000_000],
    ['a writer that pauses', 1024, 300_000, 500],
  ])('loses and tears nothing between two threads: %s [ring-lossless]', async (...row) => {
    const [, capacity, records, burst] = row;
    const ring = createRing(RECORD, capacity);
    const worker = new Worker(new URL('./fixtures/ring-writer.ts', import.meta.url), {
      workerData: { descriptor: ring.descriptor, records, burst },
    });
    const exit = new Promise((resolve) => worker.once('exit', resolve));
    const reader = ring.reader();
    const { record } = reader;
    let last = 0;
    while (await reader.wait()) {
      while (reader.peek()) {
        const { number } = record;
        const sound =
          number === last + 1 &&
          record.square === number * number &&
          record.low === (-number | 0) &&
          record.high === (number * 3) >>> 0;
        assert(sound, `record ${number} after ${last}`);
        last = number;
        reader.release();
      }
    }
    reader.close();
    assert.equal(last, records);
    assert.equal(await exit, 0);
  });
});
