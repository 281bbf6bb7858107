import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { solveImpliedVol } from '../../src/pricing/implied-vol.ts';
import { yearsToExpiry } from '../../src/pricing/time-to-expiry.ts';
import { bookSettings, SECOND } from '../support/book.ts';
import type { Market, World } from '../support/world.ts';
import {
  fill,
  orderOf,
  restarted,
  sent,
  settled,
  tell,
  verifyReplays,
  watching,
} from './support/hedged-book.ts';

verifyReplays();

const MINUTE = 60 * SECOND;

/** A price and the option's with it, so many shares of delta away. */
function market(spot: number, option: number, delta = 0): Market {
  return { bid: spot - 0.01, ask: spot + 0.01, option, delta };
}

function minute(w: World, at: Market): void {
  w.advance(MINUTE);
  w.evaluate(at);
}

function shown(w: World) {
  const { attribution, daily_pnl: pnl } = w.book.view;
  assert(attribution !== null && pnl !== null);
  return { attribution, pnl };
}

const TERMS = [
  ...(['delta', 'gamma', 'theta', 'vega', 'vanna_volga', 'rho', 'dividend', 'financing'] as const),
  ...(['commission', 'slippage', 'option_spread', 'exercise', 'unexplained'] as const),
];

/** To the P&L of the day, and the parts of each split to its own total. */
function assertAddsUp(w: World): void {
  const { attribution, pnl } = shown(w);
  assertNear(attribution.total, pnl);
  for (const split of [attribution, attribution.interval, attribution.since_hedge]) {
    assertNear(
      TERMS.reduce((sum, term) => sum + split[term], 0),
      split.total,
    );
  }
}

function assertNear(actual: number | undefined, expected: number): void {
  assert(actual !== undefined);
  assert.ok(Math.abs(actual - expected) < 1e-6, `${actual} is not ${expected}`);
}

/** By the book's option, at a price and a time. */
function impliedBy(spot: number, option: number, ts: number): number {
  const years = yearsToExpiry('20230901', ts);
  const { risk_free_rate: rate, dividend_yield: dividendYield } = bookSettings().greeks;
  const terms = { right: 'C', strike: 450, spot, years, rate, dividendYield } as const;
  const solved = solveImpliedVol({ ...terms, price: option });
  assert(typeof solved === 'number');
  return solved;
}

describe('the attribution of a book', () => {
  it('begins with the night, priced from the closes, and adds up to the P&L of the day', () => {
    const w = watching();
    const [first] = w.facts('attribution');
    assert(first !== undefined);
    // The close of the session before, New York.
    assert.equal(new Date(first.from).toISOString(), '2023-08-02T20:00:00.000Z');
    assert.deepEqual([first.spotStart, first.orderRef], [450, null]);
    minute(w, market(451, 10.4));
    minute(w, market(450.5, 10.3));
    assertAddsUp(w);
    assert.equal(shown(w).pnl, 3000);
  });

  it('splits a minute by the greeks at its beginning', () => {
    const w = watching();
    minute(w, market(450, 10, 200));
    minute(w, market(451, 10.4, 200));
    w.advance(MINUTE);
    const fact = w.facts('attribution').find(({ spotEnd }) => spotEnd === 451);
    assert(fact !== undefined);
    const { split, from, kept } = fact;
    // 100 contracts of 100: delta 0.02, gamma 0.0001, theta −20 a year, vega 0.5.
    assertNear(split.delta, 200);
    assertNear(split.gamma, 0.5);
    assertNear(split.theta, (-20 * 10_000 * (kept.anchor.ts - from)) / (365 * 1440 * MINUTE));
    // The volatility is that of the marks, which fits neither the record's nor its greeks.
    const moved = impliedBy(451, 10.4, kept.anchor.ts) - impliedBy(450, 10, from);
    assertNear(split.vega, 0.5 * 10_000 * moved);
    assertNear(split.total, 4000);
  });

  it('takes direction by the delta at a standing volatility, whichever delta is hedged', () => {
    const w = watching();
    // Hedged is 0.02 a share; what the option gains while its volatility stands is 0.03.
    const hedged = (spot: number, option: number): Market => {
      return { ...market(spot, option, 200), leg: { modelDelta: 0.03 } };
    };
    minute(w, hedged(450, 10));
    minute(w, hedged(451, 10.4));
    w.advance(MINUTE);
    const fact = w.facts('attribution').find(({ spotEnd }) => spotEnd === 451);
    // The rest of the move is the volatility's, which has a part of its own: nothing counts twice.
    assertNear(fact?.split.delta, 300);
    assertAddsUp(w);
  });

  it('counts a hedge from its decision, and what the fill was worse as slippage', () => {
    const w = sent();
    tell(w);
    // Decided at 450, sold at 449.98 when the mid is 449.5 already.
    w.evaluate(market(449.5, 9.9, 112));
    fill(w, 112);
    const at = w.facts('attribution').findLast(({ orderRef }) => orderRef === orderOf(w));
    assertNear(at?.split.slippage, -112 * 0.02);
    // The shares count from their decision on: they have gained what the price has fallen.
    assertNear(at?.split.delta, 112 * 0.5);
    assertAddsUp(w);
    minute(w, market(448, 9.8, 112));
    const after = w.facts('attribution').at(-1);
    assert.equal(after?.shares, -112);
    assertAddsUp(w);
  });

  it('charges a commission to the hedge that it was paid for', () => {
    const w = sent();
    tell(w);
    const { execId } = fill(w, 112);
    const commission = { execId, commission: 1.12, currency: 'USD', realizedPnl: null };
    w.report({ type: 'commission', commission });
    minute(w, market(451, 10.1, 112));
    const hedges = w.facts('attribution').flatMap(({ hedge }) => hedge ?? []);
    assert.equal(hedges.length, 1);
    assert.equal(hedges[0]?.orderRef, orderOf(w));
    assertNear(hedges[0]?.split.commission, -1.12);
    assertNear(shown(w).attribution.since_hedge.commission, 0);
    assertNear(shown(w).attribution.commission, -1.12);
    assertAddsUp(w);
  });

  it('gives hedges and what came after the last, together, the whole day', () => {
    const w = sent();
    tell(w);
    fill(w, 60);
    fill(w, 52);
    minute(w, market(452, 10.5, 112));
    minute(w, market(453, 10.9, 112));
    const facts = w.facts('attribution');
    const totals = facts.flatMap(({ hedge }) => (hedge ? [hedge.split] : []));
    const closed = totals.reduce((sum, { total }) => sum + total, 0);
    const { attribution, pnl } = shown(w);
    assertNear(closed + attribution.since_hedge.total, pnl);
    const intervals = facts.reduce((sum, { split }) => sum + split.total, 0);
    assertNear(intervals + attribution.interval.total, pnl);
  });

  it('waits for marks, says why there is none, and has lost nothing then', () => {
    const w = watching();
    minute(w, market(451, 10.2));
    w.advance(MINUTE);
    const count = w.facts('attribution').length;
    minute(w, { ...market(452, 10.6), optionClose: Number.NaN });
    assert.equal(w.book.view.attribution, null);
    assert.match(w.book.view.attribution_reason ?? '', /no mark, or no close/);
    assert.equal(w.facts('attribution').length, count);
    minute(w, market(453, 10.9));
    assert.equal(w.book.view.attribution_reason, null);
    assertAddsUp(w);
    const last = w.facts('attribution').at(-1);
    assert.deepEqual([last?.spotStart, last?.spotEnd], [451, 453]);
  });

  it('goes on after a restart where the journal left it', () => {
    const w = sent();
    tell(w);
    fill(w, 112);
    minute(w, market(451, 10.2, 112));
    const before = shown(w);
    const next = settled(restarted(w), 112);
    next.evaluate(market(451, 10.2, 112));
    assertNear(shown(next).attribution.gamma, before.attribution.gamma);
    assertNear(shown(next).attribution.slippage, before.attribution.slippage);
    minute(next, market(452, 10.5, 112));
    assertAddsUp(next);
    assert.equal(next.facts('attribution').at(-1)?.kept.day, '20230803');
  });

  it('revalues options in full where the move was too large for greeks', () => {
    const w = watching();
    minute(w, market(450, 10));
    w.advance(MINUTE);
    assert.equal(shown(w).attribution.large_move, null);
    // A day's deviation is 450 × 15 % / √252 = 4.25.
    minute(w, market(456, 14));
    w.advance(MINUTE);
    const { large_move: move } = shown(w).attribution;
    assert(move !== null);
    const { spot, vol, time, rest } = move;
    // 10,000 options, whose mid rose by 4: the model reprices all of it.
    assertNear(spot + vol + time + rest, 40_000);
    assertNear(rest, 0);
    assert.ok(spot > 10_000 * 3 && spot < 10_000 * 4, `${spot}`);
    assert.ok(vol > 0 && time < 0);
  });

  it('begins anew with another day of the exchange, from its close', () => {
    const w = watching();
    minute(w, market(455, 12));
    assert.equal(shown(w).pnl, 20_000);
    const next = restarted(w, { mono: 24 * 60 * MINUTE });
    settled(next, 0);
    minute(next, market(450.2, 10.1));
    const { attribution, pnl } = shown(next);
    assert.equal(attribution.day, '20230804');
    assertNear(pnl, 1000);
    assertAddsUp(next);
  });

  it('writes no row for minutes in which nothing was quoted', () => {
    const w = watching();
    minute(w, market(451, 10.2));
    w.advance(MINUTE);
    const count = w.facts('attribution').length;
    w.advance(10 * MINUTE);
    assert.equal(w.facts('attribution').length, count);
  });
});
