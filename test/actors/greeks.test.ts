import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { type BookQuotes, REGIMES } from '../../src/domain/book-quotes.ts';
import { epochOf } from '../../src/domain/calendar.ts';
import { priceEuropean } from '../../src/pricing/black-scholes.ts';
import { yearsToExpiry } from '../../src/pricing/time-to-expiry.ts';
import { BOOK, BOOK_RECORD_LENGTH, LEG, legOffset } from '../../src/protocol/book-board.ts';
import type { PricingMessage } from '../../src/protocol/market.ts';
import {
  at,
  bench,
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
} from './support/greeks-bench.ts';

function legOf(book: BookQuotes, index: number) {
  const leg = book.legs[index];
  assert.ok(leg !== undefined);
  return leg;
}

describe('the greeks actor', () => {
  it('publishes quotes, volatilities and greeks of a book as one record', () => {
    const made = bench();
    const book = made.price();
    assert.equal(book.version, 1);
    assert.equal(book.tradingTs, NOW);
    assert.deepEqual([book.bid, book.ask, book.last, book.close], [450.99, 451.01, 451, 450.1]);
    assert.deepEqual([book.bidSize, book.askSize, book.spotTs], [300, 500, NOW]);
    assert.equal(book.dataType, 1);
    assert.equal(book.halted, false);
    assert.equal(REGIMES[book.regime], 'M1');
    assert.equal(book.legs.length, 2);
    const leg = legOf(book, 0);
    assert.deepEqual([leg.conId, leg.bid, leg.ask, leg.quoteTs], [11, 2.4, 2.42, NOW]);
    assert.equal(leg.quality, 'quote');
    assert.equal(leg.ivTs, NOW);
    assert.equal(at(made.reader.record, BOOK.slot), SLOT);
    assert.equal(at(made.reader.record, legOffset(0) + LEG.spot), 451);
    assert.deepEqual(made.reports, [{ type: 'book.priced', slot: SLOT, tradingTs: NOW }]);
  });

  it('implies the volatility that gives back the mid, and the greeks at it', () => {
    const leg = legOf(bench().price(), 1);
    const priced = priceEuropean({
      right: 'C',
      spot: 451,
      strike: 470,
      years: yearsToExpiry('20230901', NOW),
      rate: 0.05,
      dividendYield: 0.015,
      sigma: leg.iv,
    });
    assert.equal(priced.kind, 'priced');
    assert.ok(Math.abs(leg.value - 1.31) < 1e-12);
    assert.equal(leg.delta, priced.delta);
    assert.equal(leg.gamma, priced.gamma);
    assert.equal(leg.vega, priced.vega);
    assert.equal(leg.theta, priced.theta);
  });

  it('tells a kernel that had no room again, of each book once, and the time after it', () => {
    const made = bench();
    made.room = 0;
    made.price();
    made.actor.receive({ type: 'market.time', ts: NOW });
    made.price(NOW + 1);
    made.actor.receive({ type: 'market.time', ts: NOW + 1 });
    made.mono.advanceBy(1000);
    assert.deepEqual(made.reports, []);
    made.room = 1;
    made.mono.advanceBy(1000);
    made.room = Number.POSITIVE_INFINITY;
    made.price(NOW + 2);
    made.mono.advanceBy(1000);
    assert.deepEqual(made.reports, [
      { type: 'book.priced', slot: SLOT, tradingTs: NOW + 1 },
      { type: 'market.time', ts: NOW + 1 },
      { type: 'book.priced', slot: SLOT, tradingTs: NOW + 2 },
    ]);
    assert.equal(made.mono.pending, 0);
  });

  it('lets the newest quotes of a book wait in the place of older ones, and nothing else', () => {
    const { actor } = bench();
    const key = (message: PricingMessage) => actor.conflateKey?.(message);
    const quotes = (slot: number, tradingTs: number) =>
      ({ type: 'quotes', slot, tradingTs }) as const;
    assert.ok(key(quotes(1, NOW)) !== undefined);
    assert.equal(key(quotes(1, NOW)), key(quotes(1, NOW + 1)));
    assert.notEqual(key(quotes(1, NOW)), key(quotes(2, NOW)));
    assert.equal(key({ type: 'market.time', ts: NOW }), undefined);
    assert.equal(key({ type: 'watch', books: [], lines: [], strikes: [] }), undefined);
  });

  it('carries whether the underlying can be borrowed', () => {
    const made = bench();
    made.watch();
    made.spot(450.99, 451.01, { shortable: 1.2, shortableShares: 0 });
    const { shortable, shortableShares } = made.price();
    assert.deepEqual([shortable, shortableShares], [1.2, 0]);
  });

  it('writes the same bytes for the same quotes', () => {
    const first = bench();
    const second = bench();
    first.price();
    second.price();
    assert.deepEqual(first.reader.record, second.reader.record);
  });

  it('holds the last volatility of a leg that lost a side, with its time', () => {
    const made = bench();
    const before = legOf(made.price(), 0);
    made.quote(PUT_LINE, put.conId, { bid: NONE });
    made.spot(448.99, 449.01);
    const after = legOf(made.price(NOW + 900_000), 0);
    assert.equal(after.quality, 'held');
    assert.equal(after.iv, before.iv);
    assert.equal(after.ivTs, NOW);
    assert.ok(after.delta < before.delta, 'the delta follows the spot');
  });

  it("takes the broker's volatility when the held one is too old, then gives up", () => {
    const made = bench();
    made.price();
    made.quote(PUT_LINE, put.conId, {
      ...{ bid: NONE, ibIv: 0.19, ibDelta: -0.2, ibTs: NOW + 900_001 },
    });
    const broker = legOf(made.price(NOW + 900_001), 0);
    assert.equal(broker.quality, 'ib');
    assert.equal(broker.iv, 0.19);
    assert.ok(Number.isNaN(broker.ivTs));
    assert.equal(broker.ibDelta, -0.2);
    made.quote(PUT_LINE, put.conId, { ibIv: NONE });
    const none = legOf(made.price(NOW + 900_002), 0);
    assert.equal(none.quality, 'invalid');
    for (const value of [none.iv, none.delta, none.gamma, none.vega, none.theta, none.value]) {
      assert.ok(Number.isNaN(value));
    }
  });

  it('uses the volatility source of the settings', () => {
    const made = bench();
    made.watch({ greeks: { ...SETTINGS, vol_source: 'fixed' } });
    const fixed = legOf(made.price(), 0);
    assert.equal(fixed.quality, 'fixed');
    assert.equal(fixed.iv, 0.35);
    made.watch({ greeks: { ...SETTINGS, vol_source: 'ib' } });
    made.quote(PUT_LINE, put.conId, { ibIv: 0.18 });
    const book = made.price();
    assert.equal(legOf(book, 0).quality, 'ib');
    assert.equal(legOf(book, 0).iv, 0.18);
    assert.equal(legOf(book, 1).quality, 'quote', 'without a volatility of IB its own quote');
  });

  it('prices at the last mid while the spot is one-sided or crossed, and shows the quote', () => {
    const made = bench();
    made.price();
    for (const [bid, ask] of [
      [NONE, 449],
      [452, 451.5],
    ] as const) {
      made.spot(bid, ask);
      const book = made.price();
      assert.deepEqual([book.bid, book.ask], [bid, ask]);
      assert.equal(legOf(book, 0).quality, 'quote');
      assert.equal(at(made.reader.record, legOffset(0) + LEG.spot), 451);
    }
  });

  it('has no greeks before the spot ever had a mid', () => {
    const made = new GreeksBench();
    made.watch();
    made.legs(2.4, 1.3);
    const book = made.price();
    assert.ok(Number.isNaN(book.bid));
    assert.equal(legOf(book, 0).quality, 'invalid');
    assert.equal(legOf(book, 0).bid, 2.4);
  });

  it('has no greeks for a quote that no volatility explains', () => {
    const made = bench();
    made.quote(PUT_LINE, put.conId, { bid: 440, ask: 441 });
    assert.equal(legOf(made.price(), 0).quality, 'invalid');
  });

  it('has no greeks once a leg has expired', () => {
    const made = bench();
    made.price();
    const expired = made.price(epochOf('20230901', '16:00'));
    assert.deepEqual(
      expired.legs.map(({ quality }) => quality),
      ['invalid', 'invalid'],
    );
  });

  it('takes nothing from a line that carries another contract', () => {
    const made = bench();
    made.quote(PUT_LINE, 99, { bid: 2.4, ask: 2.42 });
    const leg = legOf(made.price(), 0);
    assert.ok(Number.isNaN(leg.bid));
    assert.equal(leg.conId, 11);
    assert.equal(leg.quality, 'invalid');
  });

  it('dates the record by the newest socket read among its lines', () => {
    const made = bench();
    made.quote(CALL_LINE, call.conId, { recvMono: 2000 });
    made.price();
    assert.equal(at(made.reader.record, BOOK.recvMono), 2000);
    made.spot(451, 451.02, { recvMono: 3000 });
    made.price();
    assert.equal(at(made.reader.record, BOOK.recvMono), 3000);
  });

  it('prices again at once when the legs change, and keeps what it holds', () => {
    const made = bench();
    const before = legOf(made.price(), 0);
    made.quote(PUT_LINE, put.conId, { bid: NONE });
    made.watch({ legs: [call, put] });
    const book = made.read();
    assert.equal(book.version, 2);
    assert.deepEqual(
      book.legs.map(({ conId, quality }) => [conId, quality]),
      [
        [12, 'quote'],
        [11, 'held'],
      ],
    );
    assert.equal(legOf(book, 1).iv, before.iv);
    made.watch({ legs: [] });
    assert.equal(made.read().legs.length, 0);
  });

  it('goes on in a new life with the version and the volatilities of the board', () => {
    const made = bench();
    const before = legOf(made.price(), 0);
    made.start();
    made.watch();
    made.quote(PUT_LINE, put.conId, { bid: NONE });
    made.spot(NONE, 449);
    const book = made.price(NOW + 1000);
    assert.equal(book.version, 2);
    assert.equal(legOf(book, 0).quality, 'held');
    assert.equal(legOf(book, 0).iv, before.iv);
    assert.equal(legOf(book, 0).ivTs, NOW);
  });

  it('passes the time on after the records that belong before it', () => {
    const made = bench();
    made.price();
    made.quote(PUT_LINE, put.conId, { bid: NONE });
    made.price(NOW + 1000);
    made.reports.length = 0;
    made.actor.receive({ type: 'market.time', ts: NOW + 900_000 });
    made.actor.receive({ type: 'market.time', ts: NOW + 900_001 });
    assert.deepEqual(made.reports, [
      { type: 'market.time', ts: NOW + 900_000 },
      { type: 'book.priced', slot: SLOT, tradingTs: NOW + 900_001 },
      { type: 'market.time', ts: NOW + 900_001 },
    ]);
    assert.equal(legOf(made.read(), 0).quality, 'invalid');
  });

  it('ignores quotes of a book that is not watched any more', () => {
    const made = bench();
    made.actor.receive({ type: 'watch', books: [], lines: [], strikes: [] });
    made.actor.receive({ type: 'quotes', slot: SLOT, tradingTs: NOW });
    assert.deepEqual(made.reports, []);
    assert.equal(made.reader.read(), false);
  });

  it('prices the books whose quotes changed, and no other, whatever legs they share', () => {
    const made = bench();
    const other = made.book({ symbol: 'SPY2', slot: 3, legs: [call] });
    made.watch({}, [], [], [other]);
    const readers = [made.reader, made.records.reader(3)];
    const versions = (): readonly number[] => {
      for (const reader of readers) reader.read();
      return readers.map(({ record }) => at(record, BOOK.version));
    };
    made.actor.receive({ type: 'quotes', slot: 3, tradingTs: NOW });
    made.actor.receive({ type: 'quotes', slot: SLOT, tradingTs: NOW });
    assert.deepEqual(versions(), [1, 1]);
    made.quote(CALL_LINE, call.conId, { bid: 2, ask: 2.02 });
    made.actor.receive({ type: 'quotes', slot: SLOT, tradingTs: NOW + 1 });
    assert.deepEqual(versions(), [2, 1]);
    made.actor.receive({ type: 'quotes', slot: 3, tradingTs: NOW + 2 });
    assert.deepEqual(versions(), [2, 2]);
    const counts = readers.map(({ record }) => at(record, BOOK.legCount));
    assert.deepEqual(counts, [2, 1]);
  });

  it('prices two hundred legs of a book in one record, and a book of one beside it', () => {
    const made = bench();
    const many = Array.from({ length: 200 }, (_, index) =>
      option(100 + index, 'C', 455 + (index % 50)),
    );
    const lines = many.map(({ conId }, index) => [conId, 8 + (index % 16)] as const);
    for (const [index, { conId }] of many.slice(0, 16).entries()) {
      made.quote(8 + index, conId, { bid: 1.3, ask: 1.32 });
    }
    const other = made.book({ symbol: 'SPY2', slot: 3, legs: [call] });
    made.watch({ legs: many }, lines, [], [other]);
    made.actor.receive({ type: 'quotes', slot: 3, tradingTs: NOW });
    const { legs } = made.price();
    assert.equal(legs.length, 200);
    assert.deepEqual(
      [legs.filter(({ quality }) => quality === 'quote').length, legs[199]?.conId],
      [16, 299],
    );
    // Fewer again: nothing of the others stays in the record.
    made.watch({ legs: [call] });
    const fewer = made.price(NOW + 1);
    assert.deepEqual([fewer.legs.length, fewer.legs[0]?.conId], [1, call.conId]);
    const one = made.records.reader(3);
    assert.ok(one.read());
    assert.equal(at(one.record, BOOK.legCount), 1);
    assert.ok(one.record.length < BOOK_RECORD_LENGTH, 'room for what is published, not for all');
  });

  it('names the regime of the underlying', () => {
    const made = bench();
    for (let second = 0; second <= 300; second += 1) made.price(NOW + second * 1000);
    assert.equal(REGIMES[made.price(NOW + 301_000).regime], 'M0');
    made.spot(456.99, 457.01);
    assert.equal(REGIMES[made.price(NOW + 302_000).regime], 'M4');
  });
});
