import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { priceEuropean } from '../../src/pricing/black-scholes.ts';
import type { StrikeQuotes } from '../../src/pricing/quote-vol.ts';
import { impliedStrip, varianceIndex } from '../../src/pricing/variance-index.ts';

/** Minutes of the sample of the Cboe's white paper, over those of a year. */
const NEAR_YEARS = 35_924 / 525_600;
const NEXT_YEARS = 46_394 / 525_600;

function quotes(strike: number, call: number, put: number): StrikeQuotes {
  return { strike, call: { bid: call, ask: call }, put: { bid: put, ask: put } };
}

describe('the strip of an expiry', () => {
  it('has the forward and the middle of the Cboe’s sample', () => {
    // The strikes about the money of the white paper's near- and next-term options.
    const near = [quotes(1960, 24.25, 21.3), quotes(1965, 21.05, 23.15), quotes(1970, 18.1, 25.05)];
    const strip = impliedStrip(near, NEAR_YEARS, 0.000305);
    assert.equal(strip?.forward.toFixed(5), '1962.89996');
    assert.equal(strip?.middle, 1960);
    const next = [quotes(1955, 30.9, 23.5), quotes(1960, 27.3, 24.9), quotes(1965, 24.15, 26.9)];
    const later = impliedStrip(next, NEXT_YEARS, 0.000286);
    assert.equal(later?.forward.toFixed(5), '1962.40006');
    assert.equal(later?.middle, 1960);
  });

  it('has the contribution of its lowest strike', () => {
    // The 1370 put at 0.20, five away from the next: printed as 0.0000005328.
    const strikes = [
      quotes(1370, 590, 0.2),
      quotes(1375, 585, 0.2),
      quotes(1965, 21.05, 23.15),
      quotes(1970, 18.1, 25.05),
    ];
    const strip = impliedStrip(strikes, NEAR_YEARS, 0.000305);
    assert.equal(strip?.contributions.get(1370)?.toFixed(10), '0.0000005328');
  });

  it('of a flat volatility is its square, whatever it is', () => {
    for (const sigma of [0.1, 0.2, 0.45]) {
      const years = 0.1;
      const strikes = Array.from({ length: 1600 }, (_, index) => {
        const strike = 20 + index / 4;
        const priceOf = (right: 'C' | 'P'): number => {
          const terms = { right, spot: 100, strike, years, rate: 0.04, dividendYield: 0.01, sigma };
          const priced = priceEuropean(terms);
          assert(priced.kind === 'priced');
          return priced.price;
        };
        return quotes(strike, priceOf('C'), priceOf('P'));
      });
      const variance = impliedStrip(strikes, years, 0.04)?.variance ?? Number.NaN;
      // Strikes a quarter apart leave a part of a percent of it.
      assert(Math.abs(Math.sqrt(variance) / sigma - 1) < 5e-3, `${sigma}: ${Math.sqrt(variance)}`);
    }
  });

  it('leaves out what has no bid, and all beyond two such', () => {
    const silent = (strike: number): StrikeQuotes => {
      return { ...quotes(strike, 40, 0.5), put: { bid: 0, ask: 1 } };
    };
    const strikes = [
      quotes(80, 20, 0.1),
      silent(85),
      silent(90),
      quotes(92, 8, 0.9),
      silent(94),
      quotes(96, 5, 1.6),
      quotes(100, 2.5, 2.5),
      quotes(104, 1, 5),
    ];
    const strip = impliedStrip(strikes, 0.1, 0);
    assert.deepEqual([...(strip?.contributions.keys() ?? [])], [92, 96, 100, 104]);
  });

  it('is none without strikes', () => {
    assert.equal(impliedStrip([], 0.1, 0.02), null);
    assert.equal(impliedStrip([quotes(100, 1, 1)], 0.1, 0.02), null);
  });
});

describe('the index', () => {
  it('is the 13.69 of the Cboe’s sample', () => {
    const near = { years: NEAR_YEARS, variance: 0.018_462_92 };
    const next = { years: NEXT_YEARS, variance: 0.018_821_01 };
    assert.equal(varianceIndex(near, next).toFixed(2), '13.69');
  });

  it('is the volatility where both expiries have the same', () => {
    const index = varianceIndex({ years: 0.07, variance: 0.04 }, { years: 0.09, variance: 0.04 });
    assert(Math.abs(index - 20) < 1e-12);
  });
});
