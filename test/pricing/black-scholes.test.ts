import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import {
  type EuropeanOption,
  type Greeks,
  priceEuropean,
} from '../../src/pricing/black-scholes.ts';

const base: EuropeanOption = {
  right: 'C',
  spot: 100,
  strike: 100,
  years: 0.25,
  rate: 0.05,
  dividendYield: 0.01,
  sigma: 0.2,
};

function greeks(option: EuropeanOption): Readonly<Greeks> {
  const priced = priceEuropean(option);
  assert.equal(priced.kind, 'priced');
  return priced;
}

function refusal(change: Partial<EuropeanOption>): string {
  const priced = priceEuropean({ ...base, ...change });
  assert.equal(priced.kind, 'refused');
  return priced.reason;
}

function assertNear(actual: number, expected: number, tolerance: number, what = ''): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what} ${actual} is not ${expected}`);
}

/** Wide but such that the formulas below are well conditioned. */
const anyOption: fc.Arbitrary<EuropeanOption> = fc
  .record({
    right: fc.constantFrom('C' as const, 'P' as const),
    spot: fc.double({ min: 1, max: 1000, noNaN: true }),
    moneyness: fc.double({ min: -3, max: 3, noNaN: true }),
    years: fc.double({ min: 1 / 365, max: 3, noNaN: true }),
    rate: fc.double({ min: -0.03, max: 0.12, noNaN: true }),
    dividendYield: fc.double({ min: -0.02, max: 0.1, noNaN: true }),
    sigma: fc.double({ min: 0.03, max: 1.5, noNaN: true }),
  })
  .map(({ moneyness, ...rest }) => ({
    ...rest,
    strike: rest.spot * Math.exp(moneyness * rest.sigma * Math.sqrt(rest.years)),
  }));

/** Value, and the terms it differs by: `right S K T r q σ`. */
type Row = readonly [
  source: string,
  right: 'C' | 'P',
  spot: number,
  strike: number,
  years: number,
  rate: number,
  dividendYield: number,
  sigma: number,
  measure: keyof Greeks,
  value: number,
];

const PUBLISHED: readonly Row[] = [
  ['Haug 1.1.1', 'C', 60, 65, 0.25, 0.08, 0, 0.3, 'price', 2.1334],
  ['Haug 1.1.2 Merton', 'P', 100, 95, 0.5, 0.1, 0.05, 0.2, 'price', 2.4648],
  ['Haug 1.1.3 Black-76 call', 'C', 19, 19, 0.75, 0.1, 0.1, 0.28, 'price', 1.7011],
  ['Haug 1.1.3 Black-76 put', 'P', 19, 19, 0.75, 0.1, 0.1, 0.28, 'price', 1.7011],
  ['Haug 1.1.5 currency', 'C', 1.56, 1.6, 0.5, 0.06, 0.08, 0.12, 'price', 0.0291],
  ['Haug 2.1 delta, future', 'C', 105, 100, 0.5, 0.1, 0.1, 0.36, 'delta', 0.5946],
  ['Haug 2.1 delta, future', 'P', 105, 100, 0.5, 0.1, 0.1, 0.36, 'delta', -0.3566],
  ['Haug 2.3 gamma', 'C', 55, 60, 0.75, 0.1, 0, 0.3, 'gamma', 0.0278],
  ['Haug 2.4 vega', 'P', 55, 60, 0.75, 0.1, 0, 0.3, 'vega', 18.9358],
  ['Haug 2.6 theta', 'P', 430, 405, 1 / 12, 0.07, 0.05, 0.2, 'theta', -31.1924],
  ['Haug 2.7 rho', 'C', 72, 75, 1, 0.09, 0, 0.19, 'rho', 38.7325],
  ['Hull 15.6', 'C', 42, 40, 0.5, 0.1, 0, 0.2, 'price', 4.76],
  ['Hull 15.6', 'P', 42, 40, 0.5, 0.1, 0, 0.2, 'price', 0.81],
  ['Hull 19.1', 'C', 49, 50, 0.3846, 0.05, 0, 0.2, 'price', 2.4],
  ['Hull 19.4', 'C', 49, 50, 0.3846, 0.05, 0, 0.2, 'delta', 0.522],
  ['Hull 19.5', 'C', 49, 50, 0.3846, 0.05, 0, 0.2, 'theta', -4.31],
  ['Hull 19.6', 'C', 49, 50, 0.3846, 0.05, 0, 0.2, 'gamma', 0.066],
  ['Hull 19.8', 'C', 49, 50, 0.3846, 0.05, 0, 0.2, 'vega', 12.1],
  ['Hull 19.9', 'C', 49, 50, 0.3846, 0.05, 0, 0.2, 'rho', 8.91],
];

describe('the European option', () => {
  for (const [
    source,
    right,
    spot,
    strike,
    years,
    rate,
    dividendYield,
    sigma,
    ...rest
  ] of PUBLISHED) {
    const [measure, value] = rest;
    it(`has the ${measure} of ${source} (${right})`, () => {
      const option = { right, spot, strike, years, rate, dividendYield, sigma };
      const digits = String(value).split('.')[1]?.length ?? 0;
      // One unit of the last printed digit: Haug's one-month theta is printed from T = 0.0833.
      const tolerance = measure === 'theta' && spot === 430 ? 0.01 : 10 ** -digits;
      assertNear(greeks(option)[measure], value, tolerance, source);
    });
  }

  it('keeps put-call parity in value and greeks', () => {
    fc.assert(
      fc.property(anyOption, (option) => {
        const call = greeks({ ...option, right: 'C' });
        const put = greeks({ ...option, right: 'P' });
        const { spot, strike, years, rate, dividendYield } = option;
        const paid = Math.exp(-dividendYield * years);
        const present = strike * Math.exp(-rate * years);
        const scale = 1e-14 * (spot + strike);
        assertNear(call.price - put.price, spot * paid - present, 20 * scale, 'price');
        assertNear(call.delta - put.delta, paid, 1e-14, 'delta');
        assertNear(call.gamma, put.gamma, 1e-15 * call.gamma, 'gamma');
        assertNear(call.vega, put.vega, 1e-15 * call.vega, 'vega');
        assertNear(call.rho - put.rho, years * present, 20 * scale * years, 'rho');
        const carry = dividendYield * spot * paid - rate * present;
        assertNear(call.theta - put.theta, carry, scale + 1e-13 * Math.abs(call.theta), 'theta');
      }),
      { numRuns: 500 },
    );
  });

  it('solves the Black–Scholes equation', () => {
    fc.assert(
      fc.property(anyOption, (option) => {
        const { price, delta, gamma, theta } = greeks(option);
        const { spot, rate, dividendYield, sigma } = option;
        const terms = [
          theta,
          (rate - dividendYield) * spot * delta,
          0.5 * sigma * sigma * spot * spot * gamma,
          -rate * price,
        ];
        const size = terms.reduce((sum, term) => sum + Math.abs(term), spot * 0.1);
        assertNear(
          terms.reduce((sum, term) => sum + term, 0),
          0,
          1e-13 * size,
          'equation',
        );
      }),
      { numRuns: 500 },
    );
  });

  it('has the greeks that its value shows when an input is moved', () => {
    fc.assert(
      fc.property(anyOption, (option) => {
        const now = greeks(option);
        const slope = (key: 'spot' | 'sigma' | 'years' | 'rate', of: keyof Greeks, h: number) =>
          (greeks({ ...option, [key]: option[key] + h })[of] -
            greeks({ ...option, [key]: option[key] - h })[of]) /
          (2 * h);
        const { spot, sigma, years } = option;
        const width = sigma * Math.sqrt(years);
        const step = 1e-4 * spot * width;
        assertNear(slope('spot', 'price', step), now.delta, 1e-6, 'delta');
        assertNear(slope('spot', 'delta', step) * spot * width, now.gamma * spot * width, 1e-6);
        assertNear(slope('sigma', 'price', 1e-4 * sigma) / spot, now.vega / spot, 1e-6, 'vega');
        assertNear(slope('rate', 'price', 1e-5) / spot, now.rho / spot, 1e-6, 'rho');
        const decay = (-slope('years', 'price', 1e-4 * years) * years) / spot;
        assertNear(decay, (now.theta * years) / spot, 1e-6, 'theta');
      }),
      { numRuns: 300 },
    );
  });

  it('is worth more with more volatility, and a call more the higher the spot', () => {
    fc.assert(
      fc.property(anyOption, fc.double({ min: 1.001, max: 2, noNaN: true }), (option, factor) => {
        const now = greeks(option);
        const tolerance = 1e-14 * (option.spot + option.strike) * factor;
        const wilder = greeks({ ...option, sigma: option.sigma * factor });
        assert.ok(wilder.price >= now.price - tolerance);
        const higher = greeks({ ...option, spot: option.spot * factor }).price;
        const sign = option.right === 'C' ? 1 : -1;
        assert.ok(sign * (higher - now.price) >= -tolerance);
        assert.ok(now.gamma >= 0 && now.vega >= 0);
      }),
      { numRuns: 500 },
    );
  });

  it('scales with the currency', () => {
    fc.assert(
      fc.property(anyOption, fc.double({ min: 0.01, max: 100, noNaN: true }), (option, factor) => {
        const scaled = { ...option, spot: option.spot * factor, strike: option.strike * factor };
        const tolerance = 1e-12 * option.spot;
        assertNear(greeks(scaled).price / factor, greeks(option).price, tolerance, 'price');
      }),
    );
  });
});

describe('a European option at the edge', () => {
  it('is worth its intrinsic value when no time is left', () => {
    const ended = { ...base, years: 0 };
    const inside = greeks({ ...ended, strike: 90 });
    assert.deepEqual(
      { ...inside },
      {
        kind: 'priced',
        price: 10,
        delta: 1,
        gamma: 0,
        vega: 0,
        theta: 0.01 * 100 - 0.05 * 90,
        rho: 0,
      },
    );
    assert.equal(greeks({ ...ended, strike: 110 }).price, 0);
    assert.equal(greeks({ ...ended, strike: 110 }).delta, 0);
    assert.equal(greeks({ ...ended, right: 'P', strike: 110 }).delta, -1);
  });

  it('is worth the discounted forward payoff without volatility', () => {
    const calm = greeks({ ...base, sigma: 0, strike: 90 });
    const forward = 100 * Math.exp(-0.01 / 4) - 90 * Math.exp(-0.05 / 4);
    assertNear(calm.price, forward, 1e-13);
    assertNear(calm.delta, Math.exp(-0.01 / 4), 1e-15);
    assert.equal(calm.gamma, 0);
    assert.equal(calm.vega, 0);
    assert.equal(greeks({ ...base, sigma: 0, strike: 120 }).price, 0);
  });

  it('goes to those limits without a jump', () => {
    for (const strike of [80, 90, 99, 101, 120]) {
      for (const right of ['C', 'P'] as const) {
        const limit = greeks({ ...base, right, strike, sigma: 0 });
        const near = greeks({ ...base, right, strike, sigma: 1e-9 });
        for (const key of ['price', 'delta', 'gamma', 'vega', 'theta', 'rho'] as const) {
          assertNear(near[key], limit[key], 1e-9 * (1 + Math.abs(limit[key])), `${key} ${strike}`);
        }
      }
    }
  });

  it('is refused at the strike when neither time nor volatility is left', () => {
    assert.equal(refusal({ years: 0 }), 'at_strike');
    assert.equal(refusal({ sigma: 0, rate: 0.02, dividendYield: 0.02 }), 'at_strike');
  });

  it('is refused for what is no option', () => {
    assert.equal(refusal({ spot: Number.NaN }), 'not_finite');
    assert.equal(refusal({ sigma: Number.POSITIVE_INFINITY }), 'not_finite');
    assert.equal(refusal({ spot: 0 }), 'spot_not_positive');
    assert.equal(refusal({ strike: -1 }), 'strike_not_positive');
    assert.equal(refusal({ sigma: -0.1 }), 'sigma_negative');
    assert.equal(refusal({ years: -1e-9 }), 'expired');
    assert.equal(refusal({ dividendYield: -5000 }), 'out_of_range');
  });

  it('gives numbers or a reason, never NaN, for whatever doubles there are', () => {
    const any = fc.double();
    const wild = fc.record({
      right: fc.constantFrom('C' as const, 'P' as const),
      spot: any,
      strike: any,
      years: any,
      rate: any,
      dividendYield: any,
      sigma: any,
    });
    fc.assert(
      fc.property(wild, (option) => {
        const priced = priceEuropean(option);
        if (priced.kind === 'refused') return;
        const { price, delta, gamma, vega, theta, rho } = priced;
        for (const value of [price, delta, gamma, vega, theta, rho]) {
          assert.ok(Number.isFinite(value));
        }
      }),
      { numRuns: 5000 },
    );
  });
});
