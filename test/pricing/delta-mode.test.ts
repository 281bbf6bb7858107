import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { priceEuropean } from '../../src/pricing/black-scholes.ts';
import { estimateMinimumVariance, minimumVarianceDelta } from '../../src/pricing/delta-mode.ts';

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });

describe('the minimum-variance delta', () => {
  it('is the formula by hand: vega 12.1, delta 0.522, S = 49, T = 0.3846', () => {
    // a + bΔ + cΔ² = −0.25 − 0.4·0.522 + 0.5·0.522² = −0.322558; ν/(S√T) = 0.398184.
    const delta = minimumVarianceDelta({ a: -0.25, b: -0.4, c: 0.5 }, 0.522, 12.1, 49, 0.3846);
    assert(Math.abs(delta - (0.522 - 0.322558 * 0.398184)) < 1e-6, String(delta));
  });

  it('is the delta of Black and Scholes without a correction', () => {
    assert.equal(minimumVarianceDelta({ a: 0, b: 0, c: 0 }, 0.522, 12.1, 49, 0.3846), 0.522);
  });

  it('is the slope of the value when the volatility moves with the spot as it says', () => {
    const coefficients = { a: -0.2, b: -0.3, c: 0.4 };
    fc.assert(
      fc.property(number(90, 110), number(0.05, 1), number(0.1, 0.6), (strike, years, sigma) => {
        const terms = { right: 'C' as const, strike, years, rate: 0.03, dividendYield: 0.01 };
        const valueAt = (spot: number, vol: number): number => {
          const priced = priceEuropean({ ...terms, spot, sigma: vol });
          assert(priced.kind === 'priced');
          return priced.price;
        };
        const priced = priceEuropean({ ...terms, spot: 100, sigma });
        assert(priced.kind === 'priced');
        const { delta, vega } = priced;
        const { a, b, c } = coefficients;
        const perSpot = (a + b * delta + c * delta * delta) / (100 * Math.sqrt(years));
        const step = 1e-3;
        const up = valueAt(100 + step, sigma + perSpot * step);
        const down = valueAt(100 - step, sigma - perSpot * step);
        const slope = (up - down) / (2 * step);
        const found = minimumVarianceDelta(coefficients, delta, vega, 100, years);
        assert(Math.abs(found - slope) < 1e-6, `${found} ${slope}`);
      }),
    );
  });

  it('is estimated from days whose hedging errors it made', () => {
    const truth = { a: -0.22, b: -0.35, c: 0.45 };
    const days = Array.from({ length: 60 }, (_, index) => {
      const delta = 0.05 + 0.9 * ((index * 7) % 60) * (1 / 60);
      const [vega, spot, years] = [10 + (index % 5), 100, 0.1 + 0.01 * (index % 9)];
      const spotMove = ((index % 11) - 5) * 0.4;
      const hedge = minimumVarianceDelta(truth, delta, vega, spot, years);
      return { delta, vega, spot, years, spotMove, optionMove: hedge * spotMove };
    });
    const found = estimateMinimumVariance(days);
    assert(found !== null);
    for (const name of ['a', 'b', 'c'] as const) {
      assert(Math.abs(found[name] - truth[name]) < 1e-9, `${name} ${found[name]}`);
    }
    assert.equal(estimateMinimumVariance(days.slice(0, 2)), null);
  });
});
