import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { ATTRIBUTION_TERMS, type Attribution } from '../../src/domain/attribution.ts';
import {
  type Anchor,
  type AnchorLeg,
  attributeSince,
  beginDay,
  closeInterval,
  type DayAttribution,
  endHedge,
  NO_LEG_STATE,
} from '../../src/domain/day-attribution.ts';

const MINUTE = 60_000;

/** What stands, and the cash that got it there; the P&L follows from the two. */
interface Book {
  spot: number;
  shares: number;
  adjusted: number;
  executionCash: number;
  adjustmentCash: number;
  commissions: number;
  decidedShares: number;
  decidedWorth: number;
  readonly legs: { quantity: number; mark: number; traded: number; cost: number; events: number }[];
}

const CLOSE = { spot: 100, marks: [5, 3], quantities: [10, -4], shares: -200 };

function openBook(): Book {
  return {
    spot: CLOSE.spot,
    shares: CLOSE.shares,
    adjusted: 0,
    executionCash: 0,
    adjustmentCash: 0,
    commissions: 0,
    decidedShares: 0,
    decidedWorth: 0,
    legs: CLOSE.marks.map((mark, index) => {
      return { quantity: CLOSE.quantities[index] ?? 0, mark, traded: 0, cost: 0, events: 0 };
    }),
  };
}

function pnlOf(book: Book): number {
  let pnl = book.executionCash + book.adjustmentCash - book.commissions;
  pnl += book.shares * book.spot - CLOSE.shares * CLOSE.spot;
  for (const [index, { quantity, mark, cost }] of book.legs.entries()) {
    const before = (CLOSE.quantities[index] ?? 0) * (CLOSE.marks[index] ?? 0);
    pnl += (quantity * mark - before - cost) * 100;
  }
  return pnl;
}

function momentOf(book: Book, ts: number): Anchor {
  const { shares, adjusted: adjustedShares, spot, ...flows } = book;
  const legs = book.legs.map((leg, index): AnchorLeg => {
    const state = { ...NO_LEG_STATE, mark: leg.mark, sigma: 0.2 };
    return { conId: index + 1, multiplier: 100, sigma: 0.2, ...leg, state };
  });
  const market = { spot, rate: 0.05, dividendYield: 0 };
  return { ts, ...market, ...flows, shares, adjustedShares, pnl: pnlOf(book), legs };
}

const usd = (least: number, most: number) => fc.double({ min: least, max: most, noNaN: true });
const events = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('market' as const),
      spot: usd(80, 120),
      marks: fc.tuple(usd(0, 20), usd(0, 20)),
    }),
    fc.record({
      kind: fc.constant('hedge' as const),
      shares: fc.integer({ min: -300, max: 300 }),
      price: usd(90, 110),
      mid: fc.option(usd(90, 110)),
      commission: usd(0, 3),
    }),
    fc.record({
      kind: fc.constantFrom('trade' as const, 'delivery' as const),
      leg: fc.constantFrom(0, 1),
      contracts: fc.integer({ min: -5, max: 5 }),
      price: usd(0, 20),
    }),
    fc.record({ kind: fc.constant('look' as const), hedged: fc.boolean() }),
  ),
  { maxLength: 30 },
);

function take(book: Book, event: Exclude<EventOf, { kind: 'look' }>): void {
  switch (event.kind) {
    case 'market':
      book.spot = event.spot;
      for (const [index, leg] of book.legs.entries()) leg.mark = event.marks[index] ?? 0;
      return;
    case 'hedge':
      book.shares += event.shares;
      book.executionCash -= event.shares * event.price;
      book.commissions += event.commission;
      if (event.mid === null) return;
      book.decidedShares += event.shares;
      book.decidedWorth += event.shares * event.mid;
      return;
    case 'trade':
    case 'delivery': {
      const leg = book.legs[event.leg];
      assert(leg !== undefined);
      leg.quantity += event.contracts;
      if (event.kind === 'trade') {
        leg.traded += event.contracts;
        leg.cost += event.contracts * event.price;
        return;
      }
      leg.events += event.contracts;
      const shares = -event.contracts * 100;
      book.shares += shares;
      book.adjusted += shares;
      book.adjustmentCash -= shares * 100;
      return;
    }
  }
}

type EventOf = typeof events extends fc.Arbitrary<readonly (infer E)[]> ? E : never;

const sumOf = (split: Attribution): number =>
  ATTRIBUTION_TERMS.reduce((sum, term) => sum + split[term], 0);

function assertNear(actual: number, expected: number): void {
  const size = 1 + Math.abs(actual) + Math.abs(expected);
  assert.ok(Math.abs(actual - expected) < 1e-8 * size, `${actual} is not ${expected}`);
}

/** What options without greeks gained by themselves: all that may stay unexplained. */
function marksGained(start: Anchor, end: Anchor): number {
  return start.legs.reduce((sum, { quantity, mark }, index) => {
    return sum + quantity * 100 * ((end.legs[index]?.mark ?? mark) - mark);
  }, 0);
}

describe('a day in progress', () => {
  it('adds up to its P&L, and books every trade, delivery and cost where it belongs', () => {
    fc.assert(
      fc.property(events, (all) => {
        const book = openBook();
        let ts = 0;
        let day: DayAttribution = beginDay('20230803', momentOf(book, ts));
        let unexplained = 0;
        let hedges = 0;
        for (const event of all) {
          ts += MINUTE;
          if (event.kind !== 'look') {
            take(book, event);
            continue;
          }
          const end = momentOf(book, ts);
          const split = attributeSince(day.anchor, end, day.anchor, 0);
          assertNear(sumOf(split), end.pnl - day.anchor.pnl);
          unexplained += marksGained(day.anchor, end);
          hedges += day.ended?.split.total ?? 0;
          day = closeInterval({ ...day, ended: null }, end, split);
          if (event.hedged) day = endHedge(day, 'a', ts);
          assertNear(day.sum.total, end.pnl);
          assertNear(hedges + (day.ended?.split.total ?? 0) + day.sinceHedge.total, end.pnl);
        }
        assertNear(day.sum.unexplained, unexplained);
        assertNear(day.sum.commission, -day.anchor.commissions);
      }),
    );
  });

  it('takes a leg in with all that it made since the close', () => {
    const book = openBook();
    const close = momentOf(book, 0);
    book.spot = 104;
    book.legs[1] = { quantity: -4, mark: 2, traded: 0, cost: 0, events: 0 };
    const end = momentOf(book, MINUTE);
    const known = { ...close, legs: close.legs.slice(0, 1) };
    const greeks = { ...NO_LEG_STATE, mark: 3, sigma: 0.2, delta: -0.2 };
    const priced = close.legs.map((leg) => ({ ...leg, state: greeks }));
    const split = attributeSince(known, end, { ...close, legs: priced }, 0);
    // Its own: four contracts written, whose delta of −0.2 saw the spot rise by 4.
    assertNear(split.delta, CLOSE.shares * 4 + -4 * 100 * -0.2 * 4);
    assertNear(split.total, end.pnl);
  });

  it('splits what came in from when it was noticed, at its worth then', () => {
    const book = openBook();
    const start = momentOf(book, 0);
    // Bought for 5.1 when the mid was 5; explained when the spot is 102 and the mid 6.
    take(book, { kind: 'trade', leg: 0, contracts: 2, price: 5.1 });
    book.spot = 102;
    for (const leg of book.legs) leg.mark += 1;
    const end = momentOf(book, 10 * MINUTE);
    const state = { ...NO_LEG_STATE, mark: 5, sigma: 0.2, delta: 0.5 };
    const shift = { conId: 1, quantity: 2, multiplier: 100, ts: MINUTE, spot: 100, state };
    const split = attributeSince(start, end, start, 0, [shift]);
    assertNear(split.optionSpread, -20);
    assertNear(split.delta, CLOSE.shares * 2 + 2 * 100 * 0.5 * 2);
    assertNear(split.total, end.pnl);
    // What does not fit what is told is not used: the mark at the end is all that is known.
    const other = attributeSince(start, end, start, 0, [{ ...shift, quantity: 3 }]);
    assertNear(other.optionSpread, 2 * 100 * 0.9);
    assertNear(other.total, end.pnl);
  });

  it('moves a late commission from what follows to the hedge that it was paid for', () => {
    const book = openBook();
    const start = beginDay('20230803', momentOf(book, 0));
    take(book, { kind: 'hedge', shares: 100, price: 100.5, mid: 100, commission: 0 });
    const filled = momentOf(book, 1000);
    const first = attributeSince(start.anchor, filled, start.anchor, 0);
    const ended = endHedge(closeInterval(start, filled, first), 'demo:1', 1000);
    assertNear(ended.ended?.split.slippage ?? 0, -50);
    book.commissions += 1.5;
    const later = momentOf(book, MINUTE);
    const day = closeInterval(ended, later, attributeSince(filled, later, filled, 0));
    assertNear(day.ended?.split.commission ?? 0, -1.5);
    assertNear(day.ended?.split.total ?? 0, -51.5);
    assertNear(day.sinceHedge.commission, 0);
    assertNear(day.sum.total, later.pnl);
  });

  it('counts what went ex dividend as no move', () => {
    const book = openBook();
    const start = momentOf(book, 0);
    book.spot = 98;
    const end = momentOf(book, MINUTE);
    const { delta, dividend, total } = attributeSince(start, end, start, 2);
    assert.deepEqual([delta, dividend, total], [0, 400, 400]);
  });
});
