import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { reprice } from '../../../actors/greeks/reprice.ts';
import {
  BOOK,
  LEG,
  legOffset,
  upgradeBookRecord,
  usedLength,
} from '../../../src/protocol/book-board.ts';
import {
  bench,
  CALL_LINE,
  call,
  type GreeksBench,
  NOW,
  PUT_LINE,
  put,
  SETTINGS,
} from '../support/greeks-bench.ts';

/** The record as the kernel takes it. */
function recordOf(made: GreeksBench): Float64Array {
  return made.reader.record.slice(0, usedLength(made.reader.record));
}

const price = fc.double({ min: 0.01, max: 60, noNaN: true });
const maybe = fc.option(price, { nil: Number.NaN });

describe('a recorded evaluation', () => {
  it('gives the same greeks again, from whatever quotes and volatilities they came', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('quote', 'ib', 'fixed'),
        fc.array(fc.record({ spot: price, put: maybe, call: maybe, ibIv: maybe }), {
          minLength: 1,
          maxLength: 4,
        }),
        (source, quotes) => {
          const made = bench();
          made.watch({ greeks: { ...SETTINGS, vol_source: source } });
          let legs = 0;
          for (const [index, quote] of quotes.entries()) {
            made.spot(420 + quote.spot, 420.02 + quote.spot);
            const ibIv = quote.ibIv / 100;
            made.quote(PUT_LINE, put.conId, { bid: quote.put, ask: quote.put + 0.02, ibIv });
            made.quote(CALL_LINE, call.conId, { bid: quote.call, ask: quote.call + 0.02, ibIv });
            // Each some minutes later, so that held volatilities become too old.
            made.price(NOW + index * 600_000);
            const repriced = reprice(recordOf(made));
            assert.equal(repriced.difference, null, JSON.stringify(repriced));
            legs += repriced.legs;
          }
          assert.equal(legs, 2 * quotes.length);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('is found out when a greek, a volatility or its source is another', () => {
    for (const [name, offset] of [
      ['delta', LEG.delta],
      ['theta', LEG.theta],
      ['iv', LEG.iv],
    ] as const) {
      const made = bench();
      made.price();
      const record = recordOf(made);
      const at = legOffset(1) + offset;
      const written = record[at] ?? Number.NaN;
      record[at] = written * (1 + 1e-8) + 2e-9;
      const { difference } = reprice(record);
      assert.deepEqual([difference?.conId, difference?.field], [call.conId, name]);
      record[at] = written * (1 + 1e-11);
      assert.equal(reprice(record).difference, null);
    }
  });

  it('of a journal that lacks the inputs is left out, not guessed', () => {
    const old = new Float64Array(16 + 16).fill(1);
    old[BOOK.legCount] = 1;
    const record = upgradeBookRecord(old, 1);
    assert.equal(record[legOffset(0) + LEG.spot], 1);
    assert.deepEqual(reprice(record), { legs: 0, difference: null });
  });
});
