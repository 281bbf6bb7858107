import { strict as assert } from 'node:assert';
import { describe, it } from 'vitest';
import {
  addressed,
  optionComputation,
  tickPrice,
  tickSize,
} from '../../../src/gateway/tws/encode-ticks.ts';
import { encodeFrame, type Message } from '../../../src/gateway/tws/framing.ts';
import { Outbox } from '../../../src/gateway/tws/outbox.ts';
import { TickBlock } from '../../../src/gateway/tws/tick-block.ts';

const MODEL = { iv: 0.15, delta: -0.2, gamma: 0.01, vega: 0.4, theta: -0.05, price: 2.1 };
const TICKS = [
  tickPrice(1, 449.99, 300, 'quote'),
  tickSize(0, 300),
  optionComputation(13, { ...MODEL, underlyingPrice: 451 }),
];

function framesOf(messages: readonly Message[]): Buffer {
  return Buffer.concat(messages.map((message) => encodeFrame(message)));
}

describe('an outbox', () => {
  it.each([0, 7, 42, 100_000, 2_147_483_646, -1])('writes ticks under the id %i', (id) => {
    const outbox = new Outbox();
    outbox.ticks(new TickBlock(TICKS), String(id));
    assert.deepEqual(outbox.take(), framesOf(TICKS.map((tick) => addressed(tick, id))));
  });

  it('gives one block to many lines, and a line never sees the id of another', () => {
    const block = new TickBlock(TICKS);
    const ids = Array.from({ length: 1200 }, (_, index) => index);
    const outbox = new Outbox();
    for (const id of ids) outbox.ticks(block, String(id));
    const expected = ids.flatMap((id) => TICKS.map((tick) => addressed(tick, id)));
    assert.deepEqual(outbox.take(), framesOf(expected));
  });

  it('keeps messages and ticks in their order, however large one of them is', () => {
    const large: Message = [17, 'x'.repeat(300_000)];
    const outbox = new Outbox();
    outbox.message([49, 1, 1]);
    outbox.ticks(new TickBlock(TICKS), '3');
    outbox.message(large);
    outbox.message([9, 1, 29]);
    const ticks = TICKS.map((tick) => addressed(tick, 3));
    assert.deepEqual(outbox.take(), framesOf([[49, 1, 1], ...ticks, large, [9, 1, 29]]));
    assert.equal(outbox.bytes, 0);
  });

  it('gives bytes that what is written later does not change', () => {
    const outbox = new Outbox();
    outbox.message([49, 1, 1]);
    const taken = outbox.take();
    outbox.message([49, 1, 2]);
    assert.deepEqual(taken, encodeFrame([49, 1, 1]));
  });

  it('leaves out a message that cannot be written, and nothing else', () => {
    const outbox = new Outbox();
    outbox.message([49, 1, 1]);
    assert.throws(() => outbox.message([11, Number.NaN]));
    outbox.message([49, 1, 2]);
    assert.deepEqual(
      outbox.take(),
      framesOf([
        [49, 1, 1],
        [49, 1, 2],
      ]),
    );
  });
});
