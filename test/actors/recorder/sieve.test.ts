import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { Sieve } from '../../../actors/recorder/sieve.ts';
import { newYorkDate } from '../../../src/domain/calendar.ts';
import type { TappedQuote } from '../../../src/protocol/quote-tap.ts';
import { NO_PRICE, type QuoteRow } from '../../../src/store/quote-columns.ts';

const T0 = Date.parse('2026-08-03T13:30:00Z');
const BEFORE_MIDNIGHT = Date.parse('2026-08-04T03:59:00Z');

function quote(ts: number, conId: number, bid: number, ask = bid + 0.01): TappedQuote {
  const sizes = { bidSize: 3, askSize: 4 };
  return { ...{ ts, conId, bid, ask, last: bid, close: 90, recvMono: 0, dataType: 1 }, ...sizes };
}

function sieve(intervalMs: number, quotes: readonly TappedQuote[]): QuoteRow[] {
  const rows: QuoteRow[] = [];
  const one = new Sieve(intervalMs, (row) => rows.push(row));
  for (const each of quotes) one.take(each);
  one.finish();
  return rows;
}

/** `[seconds after T0, contract, bid]` of each row. */
function brief(rows: readonly QuoteRow[]): readonly (readonly number[])[] {
  return rows.map(({ ts, conId, bid }) => [(ts - T0) / 1000, conId, bid / 10_000]);
}

const someQuotes = fc
  .array(
    fc.record({
      pauseMs: fc.constantFrom(0, 1, 300, 700, 1000, 2500),
      conId: fc.constantFrom(1, 2, 3),
      bid: fc.constantFrom(100, 100.01, 100.02),
    }),
    { maxLength: 80 },
  )
  .map((steps) => {
    let ts = T0;
    return steps.map(({ pauseMs, conId, bid }) => {
      ts += pauseMs;
      return quote(ts, conId, bid);
    });
  });

/** The rows of one line, from its quotes alone: those that differ from the one before. */
function changesOf(conId: number, quotes: readonly TappedQuote[]): readonly (readonly number[])[] {
  const own = quotes.filter((one) => one.conId === conId);
  return own
    .filter((one, at) => one.bid !== own[at - 1]?.bid)
    .map(({ ts, bid }) => [(ts - T0) / 1000, conId, bid]);
}

/** The same by intervals: their ends, and in each the last quote. */
function conflated(conId: number, quotes: readonly TappedQuote[]): readonly TappedQuote[] {
  const ends = quotes.map(({ ts }) => Math.ceil(ts / 1000) * 1000);
  const last = ends.at(-1);
  const lastTs = quotes.at(-1)?.ts ?? 0;
  return [...new Set(ends)].flatMap((end) => {
    const held = quotes.findLast((one, at) => one.conId === conId && ends[at] === end);
    // The last interval is not over: it is dated at the last quote that was seen.
    return held === undefined ? [] : [{ ...held, ts: end === last ? lastTs : end }];
  });
}

describe('every quote', () => {
  it('is a row where it differs from the one before of its line, in the order of the wire', () => {
    fc.assert(
      fc.property(someQuotes, (quotes) => {
        const rows = sieve(0, quotes);
        for (const conId of [1, 2, 3]) {
          const own = rows.filter((row) => row.conId === conId);
          assert.deepEqual(brief(own), changesOf(conId, quotes));
        }
        assert.deepEqual(
          rows.map(({ ts }) => ts),
          rows.map(({ ts }) => ts).toSorted((a, b) => a - b),
        );
      }),
    );
  });

  it('goes into whole ticks and sizes; what is none, or too large to write, is none', () => {
    const empty = { bid: Number.NaN, bidSize: 5, ask: 300_000, askSize: Number.NaN };
    const [row] = sieve(0, [{ ...quote(T0, 1, 1.2345), ...empty }]);
    const none = { bid: NO_PRICE, bidSize: 0, ask: NO_PRICE, askSize: 0 };
    assert.deepEqual(row, { ts: T0, conId: 1, ...none, last: 12_345 });
  });

  it('that is dated before the one in front of it is given the time of that one', () => {
    const rows = sieve(0, [quote(T0 + 1000, 1, 100), quote(T0, 2, 50)]);
    assert.deepEqual(brief(rows), [
      [1, 1, 100],
      [1, 2, 50],
    ]);
  });
});

describe('quotes by the interval', () => {
  it('are the last of each line, at the end of the interval, where they differ', () => {
    fc.assert(
      fc.property(someQuotes, (quotes) => {
        const rows = sieve(1000, quotes);
        for (const conId of [1, 2, 3]) {
          const own = rows.filter((row) => row.conId === conId);
          assert.deepEqual(brief(own), changesOf(conId, conflated(conId, quotes)));
        }
      }),
    );
  });

  it('on the edge of two belong to the one that ends there', () => {
    const rows = sieve(1000, [
      quote(T0 + 1000, 1, 100),
      quote(T0 + 1001, 1, 101),
      quote(T0 + 2500, 1, 102),
    ]);
    assert.deepEqual(brief(rows), [
      [1, 1, 100],
      [2, 1, 101],
      [2.5, 1, 102],
    ]);
  });
});

describe('a new day', () => {
  it.each([0, 60_000])('begins with all that stands (interval %i ms)', (intervalMs) => {
    const rows = sieve(intervalMs, [
      quote(BEFORE_MIDNIGHT, 1, 100),
      quote(BEFORE_MIDNIGHT, 2, 50),
      quote(BEFORE_MIDNIGHT + 180_000, 2, 51),
      quote(BEFORE_MIDNIGHT + 240_000, 3, 10),
    ]);
    const next = rows.filter(({ ts }) => newYorkDate(ts) === '20260804');
    assert.deepEqual(
      next.map(({ conId, bid }) => [conId, bid / 10_000]),
      [
        [1, 100],
        [2, 51],
        [3, 10],
      ],
    );
    assert.equal(next[0]?.ts, next[1]?.ts);
  });
});

describe('a line that is not watched any more', () => {
  it.each([0, 1000])('shows nothing from then on, once (interval %i ms)', (intervalMs) => {
    const rows: QuoteRow[] = [];
    const one = new Sieve(intervalMs, (row) => rows.push(row));
    one.forget(1);
    one.take(quote(T0, 1, 100));
    one.take(quote(T0 + 5000, 2, 50));
    one.forget(1);
    one.forget(1);
    one.take(quote(T0 + 9000, 2, 51));
    one.finish();
    const own = rows
      .filter(({ conId }) => conId === 1)
      .map(({ bid, ask, last }) => [bid, ask, last]);
    assert.deepEqual(own, [
      [1_000_000, 1_000_100, 1_000_000],
      [NO_PRICE, NO_PRICE, NO_PRICE],
    ]);
  });
});
