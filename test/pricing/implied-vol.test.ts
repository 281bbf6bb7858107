import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { type EuropeanOption, priceEuropean } from '../../src/pricing/black-scholes.ts';
import { impliedVol, type PricedOption } from '../../src/pricing/implied-vol.ts';

const base: PricedOption = {
  right: 'C',
  price: 5,
  spot: 100,
  strike: 100,
  years: 0.25,
  rate: 0.05,
  dividendYield: 0.01,
};

function solved(option: PricedOption): number {
  const result = impliedVol(option);
  assert.equal(result.kind, 'solved', JSON.stringify({ option, result }));
  return result.sigma;
}

function reason(change: Partial<PricedOption>): string {
  const result = impliedVol({ ...base, ...change });
  assert.equal(result.kind, 'none');
  return result.reason;
}

/**
 * Solves for the volatility of a priced option and compares within 1e-10 and what the price's own
 * rounding (a few units of the larger of its two terms) allows.
 */
function assertRoundTrip(option: EuropeanOption): void {
  const priced = priceEuropean(option);
  assert.equal(priced.kind, 'priced');
  const rounding = 8 * 2.3e-16 * (option.spot + option.strike);
  // A price that its rounding hides carries no volatility.
  if (priced.vega * option.sigma < 1e6 * rounding) return;
  const sigma = solved({ ...option, price: priced.price });
  const allowed = 1e-10 * option.sigma + (4 * rounding) / priced.vega;
  assert.ok(Math.abs(sigma - option.sigma) <= allowed, `${sigma} is not ${option.sigma}`);
}

describe('implied volatility', () => {
  it('is that of the published examples', () => {
    // Hull 15.11: S = 21, K = 20, r = 0.1, T = 0.25, c = 1.875 gives 0.235.
    const hull = { ...base, price: 1.875, spot: 21, strike: 20, rate: 0.1, dividendYield: 0 };
    assert.ok(Math.abs(solved(hull) - 0.235) < 5e-4);
    // Haug 12.1 prices the same way back: c = 2.1334 is printed for sigma = 0.30.
    const haug = { ...base, price: 2.1334, spot: 60, strike: 65, rate: 0.08, dividendYield: 0 };
    assert.ok(Math.abs(solved(haug) - 0.3) < 1e-5);
  });

  it('comes back from the price within 1e-10 in the region that trades', () => {
    const traded = fc
      .record({
        right: fc.constantFrom('C' as const, 'P' as const),
        spot: fc.double({ min: 1, max: 5000, noNaN: true }),
        moneyness: fc.double({ min: -4, max: 4, noNaN: true }),
        years: fc.double({ min: 1 / 365, max: 2, noNaN: true }),
        rate: fc.double({ min: -0.02, max: 0.1, noNaN: true }),
        dividendYield: fc.double({ min: 0, max: 0.08, noNaN: true }),
        sigma: fc.double({ min: 0.03, max: 3, noNaN: true }),
      })
      .map(({ moneyness, ...rest }) => ({
        ...rest,
        strike: rest.spot * Math.exp(moneyness * rest.sigma * Math.sqrt(rest.years)),
      }));
    fc.assert(fc.property(traded, assertRoundTrip), { numRuns: 3000 });
  });

  it('comes back from far wings and tiny and huge deviations', () => {
    for (const sigma of [0.001, 0.01, 0.05, 0.2, 1, 3, 8]) {
      for (const years of [1 / 525_600, 1 / 365, 1 / 12, 1, 10]) {
        for (const moneyness of [-7, -3, -1, -0.01, 0, 0.01, 1, 3, 7]) {
          const strike = 100 * Math.exp(moneyness * sigma * Math.sqrt(years));
          if (!Number.isFinite(strike) || strike === 0) continue;
          // Out of the money the whole price is time value, so no digit is lost to parity.
          const right = strike >= 100 ? 'C' : 'P';
          assertRoundTrip({ right, spot: 100, strike, years, rate: 0, dividendYield: 0, sigma });
        }
      }
    }
  });

  it('solves prices that span three hundred orders of magnitude', () => {
    let last = 0;
    for (let exponent = -300; exponent <= 1; exponent += 1) {
      const sigma = solved({ ...base, strike: 130, price: 10 ** exponent });
      assert.ok(sigma > last, `${sigma} at 1e${exponent}`);
      last = sigma;
    }
  });

  it('solves up to the last price below the bound', () => {
    let last = 0;
    const flat = { ...base, rate: 0, dividendYield: 0, strike: 120 };
    for (const gap of [10, 1, 0.1, 1e-3, 1e-6, 1e-9, 1e-12]) {
      const sigma = solved({ ...flat, price: 100 - gap });
      assert.ok(sigma > last && sigma < 40, `${sigma} at ${gap}`);
      last = sigma;
    }
  });

  it('is the same for a call and a put of the same terms', () => {
    for (const strike of [80, 95, 100, 105, 120]) {
      const option = { ...base, strike, sigma: 0.23 };
      const of = (right: 'C' | 'P'): number => {
        const priced = priceEuropean({ ...option, right });
        assert.equal(priced.kind, 'priced');
        return solved({ ...option, right, price: priced.price });
      };
      assert.ok(Math.abs(of('C') - of('P')) < 1e-12);
    }
  });

  it('gives the same bits for the same inputs', () => {
    assert.equal(solved(base), solved({ ...base }));
  });

  it('names the reason when a price has no volatility', () => {
    assert.equal(reason({ strike: 90, price: 9 }), 'below_intrinsic');
    assert.equal(reason({ right: 'P', strike: 120, price: 15 }), 'below_intrinsic');
    assert.equal(reason({ price: 100 }), 'above_bound');
    assert.equal(reason({ price: 1e9 }), 'above_bound');
    assert.equal(reason({ right: 'P', price: 100 }), 'above_bound');
    assert.equal(reason({ price: 0 }), 'no_price');
    assert.equal(reason({ price: -1 }), 'no_price');
    assert.equal(reason({ price: Number.NaN }), 'no_price');
    assert.equal(reason({ spot: Number.NaN }), 'no_price');
    assert.equal(reason({ rate: Number.NaN }), 'no_price');
    assert.equal(reason({ years: 0 }), 'expired');
    assert.equal(reason({ years: -1 }), 'expired');
  });

  it('gives a number or a reason, never NaN, for whatever doubles there are', () => {
    const any = fc.double();
    const wild = fc.record({
      right: fc.constantFrom('C' as const, 'P' as const),
      price: any,
      spot: any,
      strike: any,
      years: any,
      rate: any,
      dividendYield: any,
    });
    fc.assert(
      fc.property(wild, (option) => {
        const result = impliedVol(option);
        if (result.kind === 'solved') assert.ok(result.sigma > 0 && result.sigma < Infinity);
      }),
      { numRuns: 5000 },
    );
  });
});
