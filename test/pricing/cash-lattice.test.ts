import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { AmericanPricer } from '../../src/pricing/american.ts';
import { priceEuropean } from '../../src/pricing/black-scholes.ts';
import { solveCashGrid } from '../../src/pricing/cash-dividends.ts';
import { latticeDelta, solveCashLattice } from '../../src/pricing/cash-lattice.ts';
import { lookUp } from '../../src/pricing/price-grid.ts';

const PLAIN = { strike: 100, years: 0.25, rate: 0.05, dividendYield: 0.02, sigma: 0.2 };
const RIGHTS = ['C', 'P'] as const;

describe('the lattice', () => {
  it('has the deltas of the closed form, and of the American engine, without a dividend', () => {
    const american = new AmericanPricer();
    for (const right of RIGHTS) {
      const option = { ...PLAIN, right, dividends: [] };
      const european = solveCashLattice({ ...option, exercise: 'european' });
      const early = solveCashLattice({ ...option, exercise: 'american' });
      for (const spot of [85, 95, 100, 104, 120]) {
        const closed = priceEuropean({ ...PLAIN, right, spot });
        const exact = american.price({ ...PLAIN, right, spot });
        assert(closed.kind === 'priced' && exact.kind === 'priced');
        near(latticeDelta(european, spot), closed.delta, 1e-3);
        near(latticeDelta(early, spot), exact.delta, 2e-3);
      }
    }
  });

  it('agrees with finite differences about cash dividends', () => {
    const value = { price: 0, delta: 0, gamma: 0 };
    fc.assert(
      fc.property(
        fc.constantFrom(...RIGHTS),
        fc.constantFrom('american' as const, 'european' as const),
        fc.double({ min: 2 / 365, max: 0.5, noNaN: true }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.double({ min: 0.1, max: 1.5, noNaN: true }),
        fc.double({ min: 0.12, max: 0.6, noNaN: true }),
        fc.double({ min: -2, max: 2, noNaN: true }),
        (right, exercise, years, part, amount, sigma, deviations) => {
          const terms = {
            right,
            exercise,
            strike: 100,
            years,
            rate: 0.04,
            dividendYield: 0,
            sigma,
          };
          const option = { ...terms, dividends: [{ years: part * years, amount }] };
          const spot = 100 * Math.exp(deviations * sigma * Math.sqrt(years));
          lookUp(solveCashGrid({ ...option, spot, model: 'spot' }, 300, 0.005), spot, value);
          near(latticeDelta(solveCashLattice(option), spot), value.delta, 0.015);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('knows nothing beyond its nodes', () => {
    const option = { ...PLAIN, right: 'C', exercise: 'american', dividends: [] } as const;
    assert.ok(Number.isNaN(latticeDelta(solveCashLattice(option), 300)));
  });
});

function near(value: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(value - expected) <= tolerance, `${value} is not ${expected}`);
}
