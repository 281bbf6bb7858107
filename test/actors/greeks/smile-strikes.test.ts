import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { Repricer } from '../../../actors/greeks/reprice.ts';
import type { BookQuotes } from '../../../src/domain/book-quotes.ts';
import type { OptionContract } from '../../../src/domain/contract.ts';
import { priceEuropean } from '../../../src/pricing/black-scholes.ts';
import { chooseStrikes } from '../../../src/pricing/smile-strikes.ts';
import { yearsToExpiry } from '../../../src/pricing/time-to-expiry.ts';
import { BOOK, LEG, legOffset, usedLength } from '../../../src/protocol/book-board.ts';
import { decodeRecord, encodeRecord } from '../../../src/protocol/records.ts';
import {
  CALL_LINE,
  call,
  GreeksBench,
  NONE,
  NOW,
  option,
  PUT_LINE,
  put,
  SETTINGS,
  SLOT,
} from '../support/greeks-bench.ts';

const SPOT = 451;
const YEARS = yearsToExpiry('20230901', NOW);
const SMILE = { ...SETTINGS, vol_source: 'smile' } as const;
/** A bad quote at any one strike moves no leg's delta by more (per share); 0.0096 of 3000 drawn. */
const DELTA_BOUND = 0.015;

/** Level, slope and curvature of a smile over the logarithm of the strike. */
type Shape = readonly [level: number, slope: number, curvature: number];
const SKEW: Shape = [0.16, -0.6, 0];

function heightAt([level, slope, curvature]: Shape, strike: number): number {
  const x = Math.log(strike / SPOT);
  return level + slope * x + curvature * x * x;
}

/** As the market-data actor chooses them for the two legs, on lines behind those of the legs. */
const STRIKES = chooseStrikes({
  ...{ spot: SPOT, held: [put, call], perSide: 4, volatility: 0.16, years: YEARS },
  listed: Array.from({ length: 121 }, (_, index) => 390 + index),
}).map(({ strike, right }, index) => ({
  contract: option(100 + index, right, strike),
  line: 8 + index,
}));

function midOf({ right, strike }: OptionContract, shape = SKEW): number {
  const priced = priceEuropean({
    ...{ right, strike, spot: SPOT, years: YEARS, rate: 0.05, dividendYield: 0.015 },
    sigma: heightAt(shape, strike),
  });
  assert(priced.kind === 'priced');
  return priced.price;
}

const PLACES = [{ contract: put, line: PUT_LINE }, { contract: call, line: CALL_LINE }, ...STRIKES];

function quoted(made: GreeksBench, place: number, mid: number, ts = NOW): void {
  const { contract, line } = PLACES[place] ?? assert.fail();
  made.quote(line, contract.conId, { bid: mid - 0.02, ask: mid + 0.02, ts });
}

/** Two legs of a book, and eight strikes beside them, all quoted at their volatility. */
function smiling(greeks: object = SMILE, dropped = 0, shape = SKEW): GreeksBench {
  const made = new GreeksBench();
  made.watch({ greeks: { ...SETTINGS, ...greeks } });
  made.actor.receive({ type: 'strikes', slot: SLOT, strikes: STRIKES, dropped });
  made.spot(SPOT - 0.01, SPOT + 0.01);
  for (const [place, { contract }] of PLACES.entries()) quoted(made, place, midOf(contract, shape));
  return made;
}

const deltasOf = ({ legs }: BookQuotes): readonly number[] => legs.map(({ delta }) => delta);

function near(a: number, b: number, tolerance: number): void {
  assert.ok(Math.abs(a - b) <= tolerance, `${a} is not ${b}`);
}

describe('strikes beside the legs of a book', () => {
  it('give a book of two legs a smile, and are no legs of it', () => {
    const book = smiling().price();
    assert.deepEqual(
      book.legs.map(({ conId, quality, reason }) => [conId, quality, reason]),
      [
        [put.conId, 'smile', 'none'],
        [call.conId, 'smile', 'none'],
      ],
    );
    for (const [index, { strike }] of [put, call].entries()) {
      near(book.legs[index]?.iv ?? NONE, heightAt(SKEW, strike), 2e-3);
    }
    assert.deepEqual(book.smile, { strikes: 8, good: 8, dropped: 0 });
  });

  it('keep each delta within 0.015 of where it was, whatever one quote says', () => {
    const wild = fc.double({ min: 0.05, max: 80, noNaN: true });
    const shapes = fc.tuple(
      fc.double({ min: 0.12, max: 0.5, noNaN: true }),
      fc.double({ min: -0.8, max: 0.3, noNaN: true }),
      fc.double({ min: 0, max: 4, noNaN: true }),
    );
    fc.assert(
      fc.property(shapes, fc.nat({ max: PLACES.length - 1 }), wild, (shape, place, mid) => {
        const made = smiling(SMILE, 0, shape);
        const before = deltasOf(made.price());
        quoted(made, place, mid, NOW + 1000);
        const after = deltasOf(made.price(NOW + 1000));
        const moves = after.map((delta, index) => Math.abs(delta - (before[index] ?? NONE)));
        assert.ok(Math.max(...moves) <= DELTA_BOUND, `${moves} at ${place} of ${mid}`);
      }),
      { numRuns: 100 },
    );
    const trusting = smiling(SETTINGS);
    const [own = NONE] = deltasOf(trusting.price());
    quoted(trusting, 0, 25, NOW + 1000);
    const [moved = NONE] = deltasOf(trusting.price(NOW + 1000));
    assert.ok(Math.abs(moved - own) > 10 * DELTA_BOUND, `${moved} from ${own}`);
  });

  it('are left out of the fit when their quotes are old, one-sided or wide', () => {
    const made = smiling();
    const whole = made.price();
    const [bad] = STRIKES;
    assert.ok(bad !== undefined);
    const { line, contract } = bad;
    const mid = midOf(contract);
    for (const quote of [
      { bid: mid - 0.02, ask: mid + 0.02, ts: NOW - 900_001 },
      { bid: NONE, ask: mid },
      { bid: 0.5 * mid, ask: 1.5 * mid },
    ]) {
      made.quote(line, contract.conId, quote);
      const { smile, legs } = made.price(NOW + 1);
      assert.deepEqual(smile, { strikes: 8, good: 7, dropped: 0 });
      near(legs[0]?.iv ?? NONE, whole.legs[0]?.iv ?? NONE, 2e-3);
    }
    // The fit needs five strikes: with fewer the legs say so, and take their own quotes.
    for (const strike of STRIKES.slice(1)) {
      made.quote(strike.line, strike.contract.conId, { bid: NONE });
    }
    const alone = made.price(NOW + 2);
    assert.deepEqual(
      alone.legs.map(({ quality, reason }) => [quality, reason]),
      [
        ['quote', 'no_smile'],
        ['quote', 'no_smile'],
      ],
    );
  });

  it('move nothing where the legs have their volatility from their own quotes', () => {
    const made = smiling({ vol_source: 'quote' });
    const before = made.price();
    for (let place = 2; place < PLACES.length; place += 1) quoted(made, place, 40, NOW + 1);
    assert.deepEqual(deltasOf(made.price()), deltasOf(before));
  });

  it('date no record: only what the legs and the spot brought does', () => {
    const made = smiling();
    const { lagMs } = made.price();
    const [strike] = STRIKES;
    assert.ok(strike !== undefined);
    made.quote(strike.line, strike.contract.conId, { bid: 1, ask: 1.02, recvMono: 5000 });
    made.price();
    assert.equal(made.reader.record[BOOK.recvMono], 1000);
    assert.equal(lagMs, 0);
  });

  it('stay with their book when the legs or settings change, and go when they are taken', () => {
    const made = smiling();
    made.price();
    const strikes = [{ slot: SLOT, strikes: STRIKES.slice(0, 5), dropped: 3 }];
    made.watch({ greeks: SMILE }, [], strikes);
    assert.deepEqual(made.read().smile, { strikes: 5, good: 5, dropped: 3 });
    made.watch({ greeks: SETTINGS });
    assert.deepEqual(made.read().smile, { strikes: 0, good: 0, dropped: 0 });
  });

  it('stand in the record, which gives the same bits again, also from the journal', () => {
    for (const more of [{}, { exercise: 'american', dividend_yield: 0 }] as const) {
      const made = smiling({ ...SMILE, ...more, dividends: [] }, 2);
      made.price();
      quoted(made, 4, 25, NOW + 1000);
      made.price(NOW + 1000);
      const body = made.reader.record.slice(0, usedLength(made.reader.record));
      assert.equal(new Repricer(0).reprice(body).difference, null);
      const stamp = { mono: 1, trading: 2, wall: 3 };
      const turn = { seq: 1, kind: 'evaluation', to: 'book:SPY', at: stamp } as const;
      const bytes = encodeRecord({ ...turn, body, effects: [], facts: [], digest: '' });
      assert.deepEqual(decodeRecord(bytes).body, body);
    }
  });

  it('are found out when what their quotes imply is another', () => {
    const made = smiling();
    made.price();
    const record = made.reader.record.slice();
    record[legOffset(5) + LEG.quoteIv] = 0.3;
    const { difference } = new Repricer().reprice(record);
    assert.ok(difference !== null);
  });
});
