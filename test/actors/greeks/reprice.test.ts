import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { RecordPricer } from '../../../actors/greeks/record-pricer.ts';
import { Repricer } from '../../../actors/greeks/reprice.ts';
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

/** The ex-date lies in the legs' life. */
const DIVIDENDS = [{ ex_date: '2023-08-21', amount: 1.2 }];
const settings = fc.record({
  vol_source: fc.constantFrom('quote' as const, 'ib' as const, 'fixed' as const, 'smile' as const),
  exercise: fc.constantFrom('european' as const, 'american' as const),
  delta_mode: fc.constantFrom('black_scholes' as const, 'minimum_variance' as const),
  rate_curve: fc.constantFrom(
    [],
    [
      { days: 7, rate: 0.04 },
      { days: 90, rate: 0.055 },
    ],
  ),
});

/** Every bit of every output, priced by somebody who has seen no record before. */
function assertSameBits(made: GreeksBench): number {
  const repriced = new Repricer(0).reprice(recordOf(made));
  assert.equal(repriced.difference, null, JSON.stringify(repriced));
  return repriced.legs;
}

describe('a recorded evaluation', () => {
  it('gives the same bits again, from whatever quotes, settings and volatilities', () => {
    fc.assert(
      fc.property(
        settings,
        fc.array(fc.record({ spot: price, put: maybe, call: maybe, ibIv: maybe }), {
          minLength: 1,
          maxLength: 4,
        }),
        (chosen, quotes) => {
          const made = bench();
          made.watch({
            greeks: { ...SETTINGS, ...chosen, minimum_variance: { a: -0.2, b: -0.4, c: 0.5 } },
          });
          let legs = 0;
          for (const [index, quote] of quotes.entries()) {
            made.spot(420 + quote.spot, 420.02 + quote.spot);
            const ibIv = quote.ibIv / 100;
            made.quote(PUT_LINE, put.conId, { bid: quote.put, ask: quote.put + 0.02, ibIv });
            made.quote(CALL_LINE, call.conId, { bid: quote.call, ask: quote.call + 0.02, ibIv });
            // Each some minutes later, so that held volatilities become too old.
            made.price(NOW + index * 600_000);
            legs += assertSameBits(made);
          }
          assert.equal(legs, 2 * quotes.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('gives the same bits again where dividends are paid in cash', () => {
    for (const exercise of ['european', 'american'] as const) {
      const made = bench();
      made.watch({ greeks: { ...SETTINGS, exercise, dividend_yield: 0, dividends: DIVIDENDS } });
      made.price();
      made.spot(452.99, 453.01);
      made.price(NOW + 200);
      assert.equal(assertSameBits(made), 2);
    }
  });

  it('keeps the prices of its method, when another record has another', () => {
    const made = bench();
    const greeks = { ...SETTINGS, exercise: 'american', dividend_yield: 0 } as const;
    made.watch({ greeks: { ...greeks, dividends: DIVIDENDS } });
    made.price();
    const [today, old] = [recordOf(made), recordOf(made)];
    old[BOOK.method] = Number.NaN;
    const pricer = new RecordPricer();
    for (const record of [today, old, today, old]) pricer.price(record);
    const [base, other] = [legOffset(0), legOffset(1)];
    assert.equal(old[base + LEG.differenceDelta], old[base + LEG.delta]);
    assert.notEqual(today[other + LEG.differenceDelta], today[other + LEG.delta]);
    const again = new Repricer(0).reprice(today);
    assert.deepEqual([again.legs, again.difference], [2, null]);
  });

  it('keeps the delta that it had hours before an ex-date, when all was on one grid', () => {
    const made = bench();
    const greeks = { ...SETTINGS, exercise: 'american', dividend_yield: 0 } as const;
    made.watch({ greeks: { ...greeks, dividends: [{ ex_date: '2023-08-04', amount: 4 }] } });
    made.price();
    const [today, dense] = [recordOf(made), recordOf(made)];
    dense[BOOK.method] = 2;
    const pricer = new RecordPricer();
    for (const record of [today, dense, today, dense]) pricer.price(record);
    const place = legOffset(1) + LEG.delta;
    assert.notEqual(today[place], dense[place]);
    assert.equal(today[place], recordOf(made)[place]);
    const again = new Repricer(0).reprice(dense);
    assert.deepEqual([again.legs, again.difference], [2, null]);
  });

  it('is the same whatever was looked up before it', () => {
    const straight = bench();
    const wandered = bench();
    for (const made of [straight, wandered]) {
      made.watch({ greeks: { ...SETTINGS, exercise: 'american' } });
      made.price();
    }
    for (const spot of [440, 460, 425, 475]) {
      wandered.spot(spot, spot + 0.02);
      wandered.price(NOW + 10);
    }
    for (const made of [straight, wandered]) {
      made.spot(447.99, 448.01);
      made.price(NOW + 20);
    }
    for (const base of [legOffset(0), legOffset(1)]) {
      for (const field of [LEG.value, LEG.delta, LEG.gamma, LEG.vega, LEG.theta]) {
        const [one, other] = [straight, wandered].map((made) => made.reader.record[base + field]);
        assert.equal(one, other);
      }
    }
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
      const { difference } = new Repricer().reprice(record);
      assert.deepEqual([difference?.conId, difference?.field], [call.conId, name]);
      record[at] = written * (1 + 1e-11);
      assert.equal(new Repricer().reprice(record).difference, null);
    }
  });

  it('is found out when the volatility is not what the quote implies', () => {
    const made = bench();
    made.price();
    const record = recordOf(made);
    const base = legOffset(1);
    record[base + LEG.solvedPrice] = (record[base + LEG.solvedPrice] ?? 0) + 0.01;
    const { difference } = new Repricer().reprice(record);
    assert.deepEqual([difference?.conId, difference?.field], [call.conId, 'quoteIv']);
  });

  it('of a journal that lacks the inputs is left out, not guessed', () => {
    for (const [version, header, leg] of [
      [1, 16, 16],
      [2, 20, 20],
      [3, 22, 20],
    ] as const) {
      const old = new Float64Array(header + leg).fill(1);
      old[BOOK.legCount] = 1;
      const record = upgradeBookRecord(old, version);
      assert.equal(record[legOffset(0) + LEG.delta], 1);
      assert.equal(usedLength(record), record.length);
      assert.deepEqual(new Repricer().reprice(record), { legs: 0, difference: null });
    }
  });
});
