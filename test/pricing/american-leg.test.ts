import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { type AmericanOption, AmericanPricer } from '../../src/pricing/american.ts';
import { type AmericanGreeks, AmericanLegPricer } from '../../src/pricing/american-leg.ts';
import { priceEuropean } from '../../src/pricing/black-scholes.ts';
import { solveImpliedVol } from '../../src/pricing/implied-vol.ts';
import { openKernel } from '../../src/pricing/kernel.ts';

const legs = new AmericanLegPricer(openKernel());
const reference = new AmericanPricer();
const none = Number.NaN;

function greeksOf(option: AmericanOption): AmericanGreeks {
  const into = { price: none, delta: none, gamma: none, vega: none, theta: none };
  assert.equal(legs.fill(option, into), null);
  return into;
}

function priceOf(option: AmericanOption): number {
  const result = reference.price(option);
  assert.equal(result.kind, 'priced');
  return result.price;
}

/** A month or two from expiry, near the money, as the engine holds them. */
const held = fc
  .record({
    right: fc.constantFrom('C' as const, 'P' as const),
    moneyness: fc.double({ min: -1.5, max: 1.5, noNaN: true }),
    years: fc.double({ min: 3 / 365, max: 0.3, noNaN: true }),
    rate: fc.double({ min: 0, max: 0.08, noNaN: true }),
    dividendYield: fc.double({ min: 0, max: 0.05, noNaN: true }),
    sigma: fc.double({ min: 0.08, max: 1, noNaN: true }),
  })
  .map(({ moneyness, ...rest }) => {
    const strike = 100 * Math.exp(moneyness * rest.sigma * Math.sqrt(rest.years));
    return { ...rest, spot: 100, strike };
  });

describe('an American leg', () => {
  it('has the greeks of differences of the reference', () => {
    fc.assert(
      fc.property(held, (option) => {
        const { price, delta, gamma, vega, theta } = greeksOf(option);
        const exact = reference.price(option);
        assert(exact.kind === 'priced');
        if (exact.exercised) return;
        const { sigma, years } = option;
        assert(Math.abs(price - exact.price) < 1e-3);
        assert(Math.abs(delta - exact.delta) < 1e-3);
        assert(Math.abs(gamma - exact.gamma) < 0.01 * exact.gamma + 1e-4);
        const up = priceOf({ ...option, sigma: sigma * 1.005 });
        const down = priceOf({ ...option, sigma: sigma * 0.995 });
        const slope = (up - down) / (0.01 * sigma);
        assert(Math.abs(vega - slope) < 0.01 * slope + 0.01, `vega ${vega} ${slope}`);
        const later = priceOf({ ...option, years: years * 0.998 });
        const sooner = priceOf({ ...option, years: years * 1.002 });
        const decay = (later - sooner) / (0.004 * years);
        assert(Math.abs(theta - decay) < 0.02 * Math.abs(decay) + 0.05, `${theta} ${decay}`);
      }),
      { numRuns: 100 },
    );
  });

  it('has the volatility that its price was made with', () => {
    fc.assert(
      fc.property(held, (option) => {
        const { price } = greeksOf(option);
        const { right, spot, strike, sigma } = option;
        const pays = right === 'C' ? spot - strike : strike - spot;
        const { vega } = greeksOf(option);
        // Where it is nearly exercised, or nearly nothing, a price has little to say.
        fc.pre(price > pays + 1e-4 && vega > 0.1);
        const implied = legs.implied({ ...option, price });
        assert(typeof implied === 'number', String(implied));
        assert(Math.abs(implied - sigma) < 1e-7 + 1e-6 / vega, `${implied} ${sigma}`);
      }),
      { numRuns: 200 },
    );
  });

  it('has the European volatility where early exercise is worth nothing, a lower one else', () => {
    const call = { right: 'C', spot: 100, strike: 100, years: 0.1, rate: 0.05 } as const;
    const european = solveImpliedVol({ ...call, dividendYield: 0, price: 3 });
    assert(typeof european === 'number');
    const american = legs.implied({ ...call, dividendYield: 0, price: 3 });
    assert(typeof american === 'number' && Math.abs(american - european) < 1e-9);
    const put = { ...call, right: 'P', strike: 104, dividendYield: 0, price: 5.2 } as const;
    const lower = legs.implied(put);
    const upper = solveImpliedVol(put);
    assert(typeof lower === 'number' && typeof upper === 'number');
    assert(upper - lower > 0.001 && upper - lower < 0.02, `${lower} ${upper}`);
  });

  it('has no volatility at or below its intrinsic value, nor without a price', () => {
    const put = {
      right: 'P',
      spot: 90,
      strike: 100,
      years: 0.1,
      rate: 0.05,
      dividendYield: 0,
    } as const;
    assert.equal(legs.implied({ ...put, price: 10 }), 'below_intrinsic');
    assert.equal(legs.implied({ ...put, price: 9 }), 'below_intrinsic');
    assert.equal(legs.implied({ ...put, price: Number.NaN }), 'no_price');
    assert.equal(legs.implied({ ...put, price: 100 }), 'above_bound');
    assert.equal(legs.implied({ ...put, years: 0, price: 11 }), 'expired');
  });

  it('gives the same bits again, whatever was asked in between', () => {
    fc.assert(
      fc.property(held, held, (one, other) => {
        const price = greeksOf(one).price;
        const first = legs.implied({ ...one, price });
        const priced = priceEuropean(other);
        assert(priced.kind === 'priced');
        legs.implied({ ...other, price: priced.price });
        assert.equal(legs.implied({ ...one, price }), first);
      }),
      { numRuns: 50 },
    );
  });
});
