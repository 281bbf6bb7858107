import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { createBoardSet } from '../../src/runtime/board.ts';
import { defineLayout } from '../../src/runtime/layout.ts';

describe('a layout', () => {
  it('puts every field at a multiple of its size, and records at multiples of eight', () => {
    const layout = defineLayout({ flag: 'u32', price: 'f64', change: 'i32' });
    assert.equal(layout.bytes, 24);
    assert.equal(layout.doubles, undefined);
    const buffer = new SharedArrayBuffer(2 * layout.bytes);
    const { view, moveTo } = layout.cursor(buffer);
    for (const record of [0, 1]) {
      moveTo(record * layout.bytes);
      view.flag = 2 ** 32 - 1 - record;
      view.price = 0.5 + record;
      view.change = -1 - record;
    }
    moveTo(0);
    assert.deepEqual([view.flag, view.price, view.change], [2 ** 32 - 1, 0.5, -1]);
    moveTo(layout.bytes);
    assert.deepEqual([view.flag, view.price, view.change], [2 ** 32 - 2, 1.5, -2]);
  });

  it('names the doubles of a board, for its writer and its reader', () => {
    const layout = defineLayout({ bid: 'f64', ask: 'f64' });
    const set = createBoardSet({ records: 1, length: layout.doubles ?? 0 });
    const writer = set.writer(0);
    const reader = set.reader(0);
    const written = layout.over(writer.scratch);
    const read = layout.over(reader.record);
    written.bid = 1.25;
    written.ask = 1.5;
    writer.publish();
    reader.read();
    assert.deepEqual([read.bid, read.ask], [1.25, 1.5]);
  });

  it('refuses a board for fields that are no doubles', () => {
    const layout = defineLayout({ count: 'i32' });
    assert.throws(() => layout.over(new Float64Array(4)), /holds doubles/);
  });
});
