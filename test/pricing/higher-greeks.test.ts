import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import {
  type EuropeanOption,
  type Greeks,
  priceEuropean,
} from '../../src/pricing/black-scholes.ts';
import { type HigherGreeks, higherGreeks } from '../../src/pricing/higher-greeks.ts';
import { europeanOption } from './options.ts';

function higher(option: EuropeanOption): Readonly<HigherGreeks> {
  const priced = higherGreeks(option);
  assert.equal(priced.kind, 'priced', JSON.stringify(option));
  return priced;
}

/** By central differences of two widths, extrapolated. */
function slope(
  option: EuropeanOption,
  by: 'spot' | 'sigma' | 'years',
  of: keyof Greeks,
  width: number,
): number {
  const at = (step: number): number => {
    const up = priceEuropean({ ...option, [by]: option[by] + step });
    const down = priceEuropean({ ...option, [by]: option[by] - step });
    assert(up.kind === 'priced' && down.kind === 'priced');
    return (up[of] - down[of]) / (2 * step);
  };
  return (4 * at(width / 2) - at(width)) / 3;
}

describe('the higher greeks', () => {
  const rows = [
    ['vanna', 'P', 90, 80, 0.25, 0.05, 0, 0.2, -1.0008, 1e-4],
    ['volga', 'C', 90, 130, 0.75, 0.05, 0.05, 0.28, 92.3444, 1e-4],
    ['charm', 'P', 105, 90, 0.25, 0.14, 0.14, 0.24, 0.37, 1e-4],
  ] as const;
  for (const [name, right, spot, strike, years, rate, dividendYield, sigma, value, near] of rows) {
    it(`have the ${name} of Haug's chapter 2`, () => {
      const actual = higher({ right, spot, strike, years, rate, dividendYield, sigma })[name];
      assert.ok(Math.abs(actual - value) <= near, `${actual} is not ${value}`);
    });
  }

  it('are the differences of the first greeks', () => {
    fc.assert(
      fc.property(europeanOption({ deviations: 3, sigmaMin: 0.08 }), (option) => {
        const { vanna, volga, charm, speed } = higher(option);
        const { spot, sigma, years } = option;
        const root = Math.sqrt(years);
        const width = 0.02 * spot * sigma * root;
        const near = (actual: number, expected: number, size: number, what: string) => {
          const allowed = 1e-5 * (Math.abs(expected) + size);
          assert.ok(Math.abs(actual - expected) <= allowed, `${what} ${actual} not ${expected}`);
        };
        near(vanna, slope(option, 'sigma', 'delta', 0.01 * sigma), 1 / sigma, 'vanna');
        near(volga, slope(option, 'sigma', 'vega', 0.01 * sigma), (spot * root) / sigma, 'volga');
        near(charm, -slope(option, 'years', 'delta', 0.01 * years), 1 / years, 'charm');
        near(speed, slope(option, 'spot', 'gamma', width), (spot * sigma * root) ** -2, 'speed');
      }),
      { numRuns: 500 },
    );
  });

  it('are the exact limits without time or volatility, and refused at the strike', () => {
    const base = { right: 'C', strike: 100, rate: 0.05, dividendYield: 0.02 } as const;
    const flat = { kind: 'priced', vanna: 0, volga: 0, speed: 0 };
    const live = { ...base, spot: 120, years: 1, sigma: 0 };
    assert.deepEqual(higherGreeks(live), { ...flat, charm: 0.02 * Math.exp(-0.02) });
    assert.deepEqual(higherGreeks({ ...live, years: 0, sigma: 0.2 }), { ...flat, charm: 0.02 });
    assert.deepEqual(higherGreeks({ ...live, sigma: 1e-300 }), {
      ...flat,
      charm: 0.02 * Math.exp(-0.02),
    });
    const at = higherGreeks({ ...base, spot: 100, years: 0, sigma: 0.2 });
    assert.deepEqual(at, { kind: 'refused', reason: 'at_strike' });
  });
});
