import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { priceEuropean } from '../../src/pricing/black-scholes.ts';
import { parityForward, quoteVols, strikeVols } from '../../src/pricing/quote-vol.ts';

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
  const terms = { right: 'C', strike: 105, ...market } as const;

  it('lie at bid, mid and ask', () => {
    const quote = { bid: price('C', 105, 0.19), ask: price('C', 105, 0.21) };
    const vols = quoteVols(terms, quote);
    assertSolved(vols.bid, 0.19);
    assertSolved(vols.ask, 0.21);
    assert.ok(vols.mid.kind === 'solved' && Math.abs(vols.mid.sigma - 0.2) < 1e-3);
  });

  it('are missing where a side is, and without a mid when crossed', () => {
    const vols = quoteVols(terms, { bid: Number.NaN, ask: price('C', 105, 0.21) });
    assert.deepEqual(
      [vols.bid, vols.mid],
      [
        { kind: 'none', reason: 'no_price' },
        { kind: 'none', reason: 'no_price' },
      ],
    );
    assertSolved(vols.ask, 0.21);
    const crossed = quoteVols(terms, { bid: 2, ask: 1.9 });
    assert.deepEqual(crossed.mid, { kind: 'none', reason: 'no_price' });
    assert.equal(quoteVols(terms, { bid: 0, ask: 200 }).ask.kind, 'none');
  });

  it('of a strike come from the side out of the money at the forward that parity gives', () => {
    const strikes = [60, 95, 100, 105, 140].map((strike) => {
      return { strike, call: pair('C', strike), put: pair('P', strike) };
    });
    const parity = parityForward(strikes, market.years, market.rate);
    assert.equal(parity.kind, 'implied');
    assert.ok(Math.abs(parity.mid - forward) < 1e-9);
    assert.ok(parity.high - parity.low > 0.08 && parity.high - parity.low < 0.082);
    for (const { strike, call, put } of strikes) {
      // A deep option's own quote is poisoned: it must not matter.
      const spoiled =
        strike < forward
          ? { strike, call: { bid: 1, ask: 2 }, put }
          : { strike, call, put: { bid: 1, ask: 2 } };
      const vols = strikeVols(spoiled, parity.mid, market.years, market.rate);
      assert.equal(vols.right, strike < forward ? 'P' : 'C');
      if (strike > 90 && strike < 110) assertSolved(vols.mid, 0.2);
    }
  });

  it('have no forward from one-sided or contradictory quotes', () => {
    const one = { strike: 100, call: { bid: Number.NaN, ask: 5 }, put: pair('P', 100) };
    assert.deepEqual(parityForward([one], 0.25, 0.04), { kind: 'none', reason: 'one_sided' });
    const a = { strike: 100, call: { bid: 5, ask: 5.1 }, put: { bid: 5, ask: 5.1 } };
    const b = { strike: 100, call: { bid: 9, ask: 9.1 }, put: { bid: 5, ask: 5.1 } };
    assert.deepEqual(parityForward([a, b], 0.25, 0.04), { kind: 'none', reason: 'crossed' });
  });
});
