import assert from 'node:assert/strict';
import { Worker } from 'node:worker_threads';
import { describe, it } from 'vitest';
import { ActorTable, CLOSED, FULL } from '../../src/runtime/actor-table.ts';

describe('the actor table', () => {
  it('admits up to the capacity while the gate is open', () => {
    const table = new ActorTable();
    assert.equal(table.admit(3, 2), CLOSED);
    const generation = table.open(3);
    assert.equal(table.admit(3, 2), generation);
    assert.equal(table.admit(3, 2), generation);
    assert.equal(table.admit(3, 2), FULL);
    table.release(3, generation);
    assert.equal(table.admit(3, 2), generation);
    table.close(3);
    assert.equal(table.admit(3, 2), CLOSED);
    assert.equal(table.depth(3), 2);
    assert.equal(table.depth(4), 0);
  });

  it('begins each life with nothing on its way, whatever the last one still gives back', () => {
    const table = new ActorTable();
    const first = table.open(1);
    table.admit(1, 5);
    table.close(1);
    const second = table.open(1);
    assert.notEqual(second, first);
    table.admit(1, 5);
    table.release(1, first);
    assert.equal(table.depth(1), 1);
    table.release(1, second);
    table.release(1, second);
    assert.equal(table.depth(1), 0);
  });

  it('forgets once what was on its way to a thread that is gone', () => {
    const table = new ActorTable();
    const generation = table.open(1);
    table.admit(1, 5);
    table.admit(1, 5);
    table.set(1, 'queued', 3);
    assert.equal(table.forget(1), 5);
    assert.equal(table.forget(1), 0);
    table.release(1, generation);
    assert.deepEqual([table.depth(1), table.count(1, 'queued')], [0, 0]);
    assert.equal(table.admit(1, 5), CLOSED);
  });

  it('keeps its bound when two threads fill one mailbox', async () => {
    const table = new ActorTable();
    table.open(1);
    const capacity = 50_000;
    const started = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(new URL('./fixtures/table-filler.ts', import.meta.url), {
      workerData: { buffer: table.buffer, capacity, started },
    });
    const other = new Promise<number>((resolve) => worker.once('message', resolve));
    while (Atomics.load(started, 0) === 0) await new Promise(setImmediate);
    let own = 0;
    while (table.admit(1, capacity) >= 0) own += 1;
    assert.equal(own + (await other), capacity);
    assert.equal(table.depth(1), capacity);
    await worker.terminate();
  });

  it('counts modulo 2^32', () => {
    const table = new ActorTable();
    table.set(1, 'messages', 2 ** 32 - 1);
    assert.equal(table.count(1, 'messages'), 2 ** 32 - 1);
    assert.equal(table.add(1, 'messages', 1), 0);
  });
});
