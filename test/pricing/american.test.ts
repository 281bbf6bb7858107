import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { type AmericanOption, AmericanPricer } from '../../src/pricing/american.ts';
import { priceEuropean } from '../../src/pricing/black-scholes.ts';
import { EXACT } from '../../src/pricing/exercise-boundary.ts';
import { europeanOption } from './options.ts';

const pricer = new AmericanPricer();

function price(option: AmericanOption, by: AmericanPricer = pricer) {
  const result = by.price(option);
  assert.equal(result.kind, 'priced', JSON.stringify({ option, result }));
  return result;
}

function european(option: AmericanOption) {
  const result = priceEuropean(option);
  assert.equal(result.kind, 'priced');
  return result;
}

const base = {
  right: 'P',
  spot: 100,
  strike: 100,
  years: 1,
  rate: 0.05,
  dividendYield: 0.05,
  sigma: 0.25,
} as const;

const traded = europeanOption({ deviations: 3, sigmaMin: 0.08, sigmaMax: 0.8, yearsMin: 7 / 365 });

describe('the American option', () => {
  for (const right of ['C', 'P'] as const) {
    it(`has the premium of Andersen, Lake and Offengenden (${right})`, () => {
      const option = { ...base, right };
      const exact = price(option, new AmericanPricer(EXACT)).price - european(option).price;
      assert.ok(Math.abs(exact - 0.106952702747) < 2e-9, String(exact));
      const fast = price(option).price - european(option).price;
      assert.ok(Math.abs(fast - 0.106952702747) < 5e-7, String(fast));
    });
  }

  // F. Longstaff & E. Schwartz, Rev. Fin. Studies 14 (2001), table 1, finite differences: exercise
  // fifty times a year, so that continuous exercise is worth a little more.
  const published = [
    [36, 0.2, 1, 4.478],
    [36, 0.2, 2, 4.84],
    [36, 0.4, 1, 7.101],
    [36, 0.4, 2, 8.508],
    [38, 0.2, 1, 3.25],
    [40, 0.2, 1, 2.314],
    [42, 0.2, 1, 1.617],
    [44, 0.2, 1, 1.11],
  ] as const;
  for (const [spot, sigma, years, value] of published) {
    it(`is worth what Longstaff and Schwartz print: S ${spot}, σ ${sigma}, T ${years}`, () => {
      const option = { ...base, spot, strike: 40, sigma, years, rate: 0.06, dividendYield: 0 };
      const actual = price(option).price;
      assert.ok(actual > value - 0.002 && actual < value + 0.012, `${actual} is not ${value}`);
    });
  }

  it('is worth Hull’s five-month put', () => {
    const option = {
      ...base,
      spot: 50,
      strike: 50,
      sigma: 0.4,
      years: 5 / 12,
      rate: 0.1,
      dividendYield: 0,
    };
    assert.ok(Math.abs(price(option).price - 4.28) < 0.006);
  });

  it('is worth at least exercise and the European, at most the underlying or the strike', () => {
    fc.assert(
      fc.property(traded, (option) => {
        const result = pricer.price(option);
        if (result.kind === 'refused') {
          assert.equal(result.reason, 'double_boundary');
          return;
        }
        const { right, spot, strike, years, rate, dividendYield } = option;
        const slack = 1e-6 * strike;
        const pays = right === 'C' ? spot - strike : strike - spot;
        assert.ok(result.price >= pays);
        assert.ok(result.price >= european(option).price - slack, JSON.stringify(option));
        const top =
          right === 'C'
            ? spot * Math.exp(Math.max(0, -dividendYield * years))
            : strike * Math.exp(Math.max(0, -rate * years));
        assert.ok(result.price <= top + slack);
        // A negative yield pays whoever shorts: a call's delta is then more than one.
        const most = Math.exp(Math.max(0, -dividendYield * years)) + 1e-6;
        assert.ok(Math.abs(result.delta) <= most, JSON.stringify({ option, result }));
        assert.ok(result.gamma >= -1e-6 / spot, JSON.stringify({ option, result }));
      }),
      { numRuns: 300 },
    );
  });

  it('has the delta and gamma of its own differences, also near the boundary', () => {
    const positive = traded.filter(
      ({ rate, dividendYield }) => rate > 0.005 && dividendYield > 0.005,
    );
    fc.assert(
      fc.property(positive, fc.double({ min: 0.02, max: 3, noNaN: true }), (given, distance) => {
        // The spot is placed by its distance from the boundary, in standard deviations.
        const edge = pricer.boundary(given);
        assert(edge !== null);
        const step = given.sigma * Math.sqrt(given.years) * distance;
        const spot = edge * Math.exp(given.right === 'P' ? step : -step);
        const option = { ...given, spot };
        const { delta, gamma } = price(option);
        const width = Math.min(0.2 * distance, 0.05) * spot * given.sigma * Math.sqrt(given.years);
        const unit = 1 / (spot * given.sigma * Math.sqrt(given.years));
        // Near the boundary the third derivative is large: what halving the step changes tells how
        // wrong the difference itself may be.
        const difference = (of: 'price' | 'delta', step: number) =>
          (price({ ...option, spot: spot + step })[of] -
            price({ ...option, spot: spot - step })[of]) /
          (2 * step);
        const slope = difference('price', width / 2);
        const slopeError = Math.abs(slope - difference('price', width));
        assert.ok(
          Math.abs(delta - slope) < 1e-3 + slopeError + (4e-6 * spot) / width,
          `delta ${delta} ${slope}`,
        );
        const curve = difference('delta', width / 2);
        const curveError = Math.abs(curve - difference('delta', width));
        assert.ok(
          Math.abs(gamma - curve) < 0.02 * unit + 0.02 * curve + curveError,
          `gamma ${gamma / unit} ${curve / unit} ${JSON.stringify({ option, distance })}`,
        );
      }),
      { numRuns: 80 },
    );
  });

  it('is the put with spot and strike, rate and yield exchanged', () => {
    fc.assert(
      fc.property(traded, (option) => {
        const { spot, strike, rate, dividendYield } = option;
        const call = pricer.price({ ...option, right: 'C' });
        const put = pricer.price({
          ...option,
          right: 'P',
          spot: strike,
          strike: spot,
          rate: dividendYield,
          dividendYield: rate,
        });
        assert.equal(call.kind, put.kind);
        if (call.kind !== 'priced' || put.kind !== 'priced') return;
        assert.ok(Math.abs(call.price - put.price) < 1e-9 * (spot + strike));
      }),
      { numRuns: 200 },
    );
  });

  it('grows with volatility and with the strike of a put, and is convex in it', () => {
    fc.assert(
      fc.property(traded, (given) => {
        const option = { ...given, right: 'P', rate: Math.abs(given.rate) } as const;
        const { strike, sigma } = option;
        const at = (change: Partial<AmericanOption>) => price({ ...option, ...change }).price;
        const slack = 1e-6 * strike;
        assert.ok(at({ sigma: sigma * 1.05 }) >= at({}) - slack);
        const [low, middle, high] = [0.95, 1, 1.05].map((factor) =>
          at({ strike: strike * factor }),
        );
        assert(low !== undefined && middle !== undefined && high !== undefined);
        assert.ok(low <= middle + slack && middle <= high + slack);
        assert.ok(low + high - 2 * middle >= -4 * slack);
      }),
      { numRuns: 200 },
    );
  });

  it('is the European where early exercise is worth nothing', () => {
    for (const option of [
      { ...base, right: 'C', dividendYield: 0 },
      { ...base, rate: 0, dividendYield: 0.02 },
      { ...base, rate: -0.01, dividendYield: 0 },
    ] as const) {
      assert.equal(price(option).price, european(option).price);
      assert.equal(pricer.boundary(option), null);
    }
  });

  it('is refused by type where exercise pays between two boundaries', () => {
    const option = { ...base, rate: -0.01, dividendYield: -0.03 };
    assert.deepEqual(pricer.price(option), { kind: 'refused', reason: 'double_boundary' });
    const call = { ...base, right: 'C', rate: -0.03, dividendYield: -0.01 } as const;
    assert.deepEqual(pricer.price(call), { kind: 'refused', reason: 'double_boundary' });
  });

  it('pays its intrinsic value at and beyond the boundary', () => {
    const edge = pricer.boundary(base);
    assert(edge !== null && edge > 50 && edge < 100);
    const beyond = price({ ...base, spot: edge - 1e-9 });
    assert.deepEqual([beyond.exercised, beyond.delta, beyond.gamma], [true, -1, 0]);
    const call = price({ ...base, right: 'C', spot: 300 });
    assert.deepEqual([call.price, call.delta, call.exercised], [200, 1, true]);
  });

  it('is exact at the limits of time and volatility', () => {
    const inside = price({ ...base, spot: 90, years: 0 });
    assert.deepEqual([inside.price, inside.delta, inside.exercised], [10, -1, true]);
    assert.equal(price({ ...base, spot: 110, years: 0 }).price, 0);
    assert.equal(price({ ...base, spot: 90, sigma: 0 }).price, 10);
    assert.equal(price({ ...base, spot: 110, sigma: 0 }).price, 0);
    // Waiting is worth more: the strike is paid later at a high rate and little yield is lost.
    const waits = price({
      ...base,
      right: 'C',
      spot: 110,
      sigma: 0,
      rate: 0.1,
      dividendYield: 0.01,
    });
    assert.equal(waits.price, 110 * Math.exp(-0.01) - 100 * Math.exp(-0.1));
    assert.equal(pricer.price({ ...base, spot: -1 }).kind, 'refused');
    assert.equal(pricer.price({ ...base, years: 0 }).kind, 'refused');
  });
});
