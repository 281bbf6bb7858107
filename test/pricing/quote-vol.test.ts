import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { priceEuropean } from '../../src/pricing/black-scholes.ts';
import { impliedVol } from '../../src/pricing/implied-vol.ts';
import { parityForward, partnerShare, quoteVols } from '../../src/pricing/quote-vol.ts';

const market = { spot: 100, years: 0.25, rate: 0.04, dividendYield: 0.01 };
const forward = 100 * Math.exp(0.03 * 0.25);

function price(right: 'C' | 'P', strike: number, sigma: number): number {
  const priced = priceEuropean({ ...market, right, strike, sigma });
  assert(priced.kind === 'priced');
  return priced.price;
}

function pair(right: 'C' | 'P', strike: number, half = 0.02) {
  const mid = price(right, strike, 0.2);
  return { bid: mid - half, ask: mid + half };
}

function assertSolved(result: { kind: string; sigma?: number }, sigma: number): void {
  assert.ok(result.kind === 'solved' && Math.abs((result.sigma ?? 0) - sigma) < 1e-10);
}

describe('volatilities of a quote', () => {
  const solve = (at: number) => impliedVol({ right: 'C', strike: 105, ...market, price: at });

  it('lie at bid, mid and ask', () => {
    const vols = quoteVols(solve, { bid: price('C', 105, 0.19), ask: price('C', 105, 0.21) });
    assertSolved(vols.bid, 0.19);
    assertSolved(vols.ask, 0.21);
    assert.ok(vols.mid.kind === 'solved' && Math.abs(vols.mid.sigma - 0.2) < 1e-3);
  });

  it('are missing where a side is, and without a mid when crossed', () => {
    const none = { kind: 'none', reason: 'no_price' };
    const vols = quoteVols(solve, { bid: Number.NaN, ask: price('C', 105, 0.21) });
    assert.deepEqual([vols.bid, vols.mid], [none, none]);
    assertSolved(vols.ask, 0.21);
    assert.deepEqual(quoteVols(solve, { bid: 2, ask: 1.9 }).mid, none);
    assert.equal(quoteVols(solve, { bid: 0, ask: 200 }).ask.kind, 'none');
  });
});

describe('the share of the partner', () => {
  it('begins at one deviation in the money, is whole at two, and never jumps', () => {
    const shares = [-3, 0, 0.5, 1, 1.25, 2, 9].map((d) => partnerShare(d * 0.2 * 0.5, 0.2, 0.25));
    const expected = [0, 0, 0, 0, 0.25, 1, 1];
    for (const [index, share] of shares.entries()) {
      assert.ok(Math.abs(share - (expected[index] ?? 0)) < 1e-12, String(shares));
    }
    assert.equal(partnerShare(Number.NaN, 0.2, 0.25), 0);
  });
});

describe('the forward that parity gives', () => {
  it('is that of the market, within the spreads', () => {
    const strikes = [60, 95, 100, 105, 140].map((strike) => {
      return { strike, call: pair('C', strike), put: pair('P', strike) };
    });
    const parity = parityForward(strikes, market.years, market.rate);
    assert.equal(parity.kind, 'implied');
    assert.ok(Math.abs(parity.mid - forward) < 1e-9);
    assert.ok(parity.high - parity.low > 0.08 && parity.high - parity.low < 0.082);
  });

  it('is none of one-sided or contradictory quotes', () => {
    const one = { strike: 100, call: { bid: Number.NaN, ask: 5 }, put: pair('P', 100) };
    assert.deepEqual(parityForward([one], 0.25, 0.04), { kind: 'none', reason: 'one_sided' });
    const a = { strike: 100, call: { bid: 5, ask: 5.1 }, put: { bid: 5, ask: 5.1 } };
    const b = { strike: 100, call: { bid: 9, ask: 9.1 }, put: { bid: 5, ask: 5.1 } };
    assert.deepEqual(parityForward([a, b], 0.25, 0.04), { kind: 'none', reason: 'crossed' });
  });
});
