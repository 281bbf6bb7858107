import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { createBoardSet } from '../../src/runtime/board.ts';
import { defineDoubles, defineLayout } from '../../src/runtime/layout.ts';

describe('a layout', () => {
  it('puts every field at a multiple of its size, and records at multiples of eight [layout]', () => {
    const layout = defineLayout({ flag: 'u32', price: 'f64', change: 'i32' });
    assert.equal(layout.bytes, 24);
    assert.deepEqual(layout.offsets, { flag: 0, price: 1, change: 4 });
    assert.deepEqual(layout.names, ['flag', 'price', 'change']);
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
});

describe('a layout of doubles', () => {
  const quote = defineDoubles('bid', 'ask');

  it('is the record of a board, for its writer and its reader [layout]', () => {
    const set = createBoardSet({ records: 1, length: quote.doubles });
    const writer = set.writer(0);
    const reader = set.reader(0);
    const written = quote.over(writer.scratch);
    const read = quote.over(reader.record);
    written.bid = 1.25;
    written.ask = 1.5;
    writer.publish();
    reader.read();
    assert.deepEqual([read.bid, read.ask], [1.25, 1.5]);
    assert.equal(reader.record[quote.offsets.ask], 1.5);
  });

  it('looks at a record behind others, and at none that is not there', () => {
    const records = Float64Array.of(9, 1, 2, 3, 4);
    const second = quote.over(records, 3);
    assert.deepEqual([second.bid, second.ask], [3, 4]);
    second.ask = 5;
    assert.equal(records[4], 5);
    assert.throws(() => quote.over(records, 4), /a record lies there/);
  });

  it('has no two fields of one name', () => {
    assert.throws(() => defineDoubles('bid', 'bid'), /one name/);
  });
});
