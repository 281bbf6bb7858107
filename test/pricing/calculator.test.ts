import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { calculate, calculateVol, type OptionTerms } from '../../src/pricing/calculator.ts';

const base: OptionTerms = {
  right: 'P',
  exercise: 'american',
  spot: 100,
  strike: 100,
  years: 1,
  rate: 0.05,
  dividendYield: 0.02,
  dividends: [],
  model: 'spot',
};
const quarterly = [0.1, 0.35, 0.6, 0.85].map((years) => ({ years, amount: 0.8 }));

function greeks(terms: OptionTerms, sigma = 0.25) {
  const result = calculate(terms, sigma);
  assert.equal(result.kind, 'priced', JSON.stringify(result));
  return result.greeks;
}

const ENGINES: readonly (readonly [string, OptionTerms])[] = [
  ['the closed form', { ...base, exercise: 'european' }],
  ['the collocation', base],
  ['finite differences', { ...base, dividends: quarterly }],
  ['finite differences, escrowed', { ...base, dividends: quarterly, model: 'escrowed' }],
  [
    'the closed form, escrowed',
    { ...base, exercise: 'european', dividends: quarterly, model: 'escrowed' },
  ],
];

describe('the calculator', () => {
  for (const [name, terms] of ENGINES) {
    it(`has the greeks of its own differences: ${name}`, () => {
      const { delta, gamma, vega, theta, rho } = greeks(terms);
      const difference = (change: (step: number) => number, step: number) =>
        (change(step) - change(-step)) / (2 * step);
      const near = (actual: number, expected: number, tolerance: number, what: string) =>
        assert.ok(Math.abs(actual - expected) <= tolerance, `${what} ${actual} is not ${expected}`);
      near(
        delta,
        difference((step) => greeks({ ...terms, spot: 100 + step }).price, 0.5),
        2e-3,
        'delta',
      );
      near(
        gamma,
        difference((step) => greeks({ ...terms, spot: 100 + step }).delta, 0.5),
        2e-4,
        'gamma',
      );
      near(
        vega,
        difference((step) => greeks(terms, 0.25 + step).price, 0.01),
        0.15,
        'vega',
      );
      near(
        rho,
        difference((step) => greeks({ ...terms, rate: 0.05 + step }).price, 0.005),
        0.15,
        'rho',
      );
      // A year less on the clock brings every date nearer.
      const aged = (step: number) =>
        greeks({
          ...terms,
          years: 1 - step,
          dividends: terms.dividends.map(({ years, amount }) => ({ years: years - step, amount })),
        }).price;
      near(theta, difference(aged, 0.01), 0.1, 'theta');
    });

    it(`finds the volatility of its own price: ${name}`, () => {
      const solved = calculateVol(terms, greeks(terms).price);
      assert.ok(
        solved.kind === 'solved' && Math.abs(solved.sigma - 0.25) < 1e-6,
        JSON.stringify(solved),
      );
    });
  }

  it('refuses by type', () => {
    const reason = (terms: Partial<OptionTerms>, sigma = 0.2) => {
      const result = calculate({ ...base, ...terms }, sigma);
      return result.kind === 'refused' ? result.reason : null;
    };
    assert.equal(reason({ years: -1 }), 'expired');
    assert.equal(reason({ spot: 0, dividends: quarterly }), 'spot_not_positive');
    assert.equal(reason({ dividends: quarterly }, 0), 'sigma_zero');
    assert.equal(
      reason({ dividends: [{ years: 0.5, amount: 200 }], model: 'escrowed' }),
      'dividends_too_large',
    );
    assert.equal(
      reason({ dividends: [{ years: 0.5, amount: 200 }], model: 'escrowed', exercise: 'european' }),
      'dividends_too_large',
    );
    assert.equal(reason({ rate: -0.02, dividendYield: -0.05 }), 'double_boundary');
  });

  it('finds no volatility where there is none', () => {
    const reason = (price: number, change: Partial<OptionTerms> = {}) => {
      const result = calculateVol({ ...base, ...change }, price);
      return result.kind === 'none' ? result.reason : null;
    };
    assert.equal(reason(0), 'no_price');
    assert.equal(reason(5, { years: 0 }), 'expired');
    assert.equal(reason(20, { spot: 80 }), 'below_intrinsic');
    assert.equal(reason(19, { spot: 80 }), 'below_intrinsic');
    assert.equal(reason(101), 'above_bound');
    assert.equal(reason(5, { rate: -0.02, dividendYield: -0.05 }), 'no_price');
  });
});
