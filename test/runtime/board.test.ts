import assert from 'node:assert/strict';
import { Worker } from 'node:worker_threads';
import { describe, it, vi } from 'vitest';
import { createBoardSet, openBoardSet } from '../../src/runtime/board.ts';

// Threads boot slowly where many tests run at once.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

describe('a board', () => {
  it('holds nothing before the first publish', () => {
    const reader = createBoardSet({ records: 1, length: 3 }).reader(0);
    assert.equal(reader.read(), false);
    assert.equal(reader.version, 0);
    assert.deepEqual([...reader.record], [Number.NaN, Number.NaN, Number.NaN]);
  });

  it.each([1, 16, 64, 65, 528])('gives every reader the newest record of %i doubles', (length) => {
    const set = createBoardSet({ records: 2, length });
    const writer = set.writer(1);
    const readers = [set.reader(1), openBoardSet(set.descriptor).reader(1)];
    for (let count = 1; count <= 20; count += 1) {
      for (let index = 0; index < length; index += 1) writer.scratch[index] = count + index / 1000;
      assert.equal(writer.publish(), count);
      // The second reader comes only to every third record.
      for (const reader of count % 3 === 0 ? readers : readers.slice(0, 1)) {
        assert.equal(reader.read(), true);
        assert.deepEqual(reader.record, writer.scratch);
        assert.equal(reader.version, count);
        assert.equal(reader.read(), false);
      }
    }
    assert.equal(set.reader(0).read(), false);
  });

  it.each([2, 70])('carries the front of a record alone, %i doubles of 80', (used) => {
    const set = createBoardSet({ records: 1, length: 80 });
    const [writer, reader] = [set.writer(0), set.reader(0)];
    writer.scratch.fill(1);
    writer.publish();
    assert.equal(reader.read(), true);
    assert.equal(reader.published.length, 80);
    writer.scratch.fill(2);
    writer.publish(used);
    assert.equal(reader.read(), true);
    assert.deepEqual([...reader.published], new Array(used).fill(2));
    assert.equal(reader.record[used], 1);
    // Who decides takes it anew with each record, and makes no object for it.
    const { published } = reader;
    writer.publish(used);
    assert.equal(reader.read(), true);
    assert.equal(reader.published, published);
  });

  it('has room for a longer record on both sides when one comes', () => {
    const set = createBoardSet({ records: 1, length: 5000 });
    const [writer, reader] = [set.writer(0, 8), set.reader(0)];
    writer.scratch.fill(1);
    writer.publish();
    assert.equal(reader.read(), true);
    const { record } = reader;
    writer.reserve(3000).fill(2, 8);
    writer.publish(3000);
    assert.equal(reader.read(), true);
    assert.deepEqual([...reader.published], [...new Array(8).fill(1), ...new Array(2992).fill(2)]);
    assert.ok(record.length < reader.record.length);
    assert.throws(() => writer.reserve(5001), /has room/);
  });

  it('refuses to publish more than a record holds, or nothing', () => {
    const writer = createBoardSet({ records: 1, length: 3 }).writer(0);
    assert.throws(() => writer.publish(4), /has room/);
    assert.throws(() => writer.publish(0), /has room/);
  });

  it('goes on with a new writer after the old one died', () => {
    const set = createBoardSet({ records: 1, length: 2 });
    const reader = set.reader(0);
    set.writer(0).scratch.fill(1);
    const first = set.writer(0);
    first.scratch.set([1, 2]);
    first.publish();
    const second = openBoardSet(set.descriptor).writer(0);
    second.scratch.set([3, 4]);
    assert.equal(second.publish(), 2);
    assert.equal(reader.read(), true);
    assert.deepEqual([...reader.record], [3, 4]);
  });

  it('counts on past the end of its version word', () => {
    const set = createBoardSet({ records: 1, length: 1 });
    const writer = set.writer(0);
    const reader = set.reader(0);
    new Int32Array(set.buffer)[0] = -3;
    for (const value of [10, 11, 12, 13]) {
      writer.scratch[0] = value;
      writer.publish();
      assert.equal(reader.read(), true);
      assert.equal(reader.record[0], value);
    }
    // −2, −1, then 0 (which means "nothing") at once followed by 1, then 2.
    assert.equal(reader.version, 2);
  });

  it.each([
    [6, true],
    [7, false],
  ])('with %i records published in the middle of a copy, takes it: %s', (lapped, isTaken) => {
    const set = createBoardSet({ records: 1, length: 1 });
    const [writer, reader] = [set.writer(0), set.reader(0)];
    const publish = (value: number): void => {
      writer.scratch[0] = value;
      writer.publish();
    };
    publish(1);
    const store = vi.spyOn(Atomics, 'store');
    // Behind each copy and before its second look at the version.
    store.mockImplementation((words, index, value) => {
      store.mockRestore();
      for (let record = 2; record <= lapped + 1; record += 1) publish(record);
      return Atomics.store(words, index, value);
    });
    assert.equal(reader.read(), true);
    // The eighth would overwrite the copied slot, and may have begun when the seventh is seen.
    assert.equal(reader.record[0], isTaken ? 1 : lapped + 1);
  });

  it.each([
    [16, 2_000_000],
    [528, 100_000],
  ])(
    'never gives a torn record of %i doubles under a saturating writer [board]',
    async (length, publishes) => {
      const set = createBoardSet({ records: 2, length });
      const reader = set.reader(1);
      const worker = new Worker(new URL('./fixtures/board-writer.ts', import.meta.url), {
        workerData: { descriptor: set.descriptor, publishes },
      });
      let ended = false;
      const exit = new Promise<number>((resolve) => {
        worker.on('exit', (code) => {
          ended = true;
          resolve(code);
        });
      });
      let last = 0;
      let reads = 0;
      while (!ended) {
        for (let count = 0; count < 10_000; count += 1) {
          if (!reader.read()) continue;
          reads += 1;
          const { version, record } = reader;
          let sound = version > last;
          for (let index = 0; index < length; index += 1) {
            if (record[index] !== version * 1000 + index) sound = false;
          }
          assert(sound, `version ${version} after ${last}`);
          last = version;
        }
        await new Promise(setImmediate);
      }
      assert.equal(await exit, 0);
      reader.read();
      assert.equal(reader.version, publishes);
      assert(reads > 0);
    },
  );
});
