import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { epochOf } from '../../src/domain/calendar.ts';
import { AmericanPricer } from '../../src/pricing/american.ts';
import { priceEuropean } from '../../src/pricing/black-scholes.ts';
import { solveCashGrid } from '../../src/pricing/cash-dividends.ts';
import {
  type Carry,
  emptyLegGreeks,
  type LegGreeks,
  LegModel,
} from '../../src/pricing/leg-model.ts';
import { lookUp } from '../../src/pricing/price-grid.ts';

const EXPIRY = '20230901';
const NOW = epochOf('20230803', '10:00');
const PLAIN: Carry = { exercise: 'american', rate: 0.05, dividendYield: 0.02, dividends: [] };
const EX = epochOf('20230818', '00:00');
const PAID: Carry = { ...PLAIN, dividendYield: 0, dividends: [{ exTs: EX, amount: 1.5 }] };

function model(right: 'C' | 'P', strike: number): LegModel {
  return new LegModel({ right, strike, expiry: EXPIRY });
}

function greeksOf(leg: LegModel, carry: Carry, spot: number, sigma: number, ts = NOW): LegGreeks {
  const into = emptyLegGreeks();
  assert.equal(leg.fill(carry, ts, spot, sigma, into), null);
  return into;
}

describe('a leg', () => {
  it('has on its curve what the American reference says at every spot', () => {
    const reference = new AmericanPricer();
    fc.assert(
      fc.property(
        fc.constantFrom('C' as const, 'P' as const),
        fc.double({ min: -2, max: 2, noNaN: true }),
        fc.double({ min: 0.1, max: 0.8, noNaN: true }),
        (right, deviations, sigma) => {
          const leg = model(right, 100);
          const years = leg.yearsAt(NOW);
          const spot = 100 * Math.exp(deviations * sigma * Math.sqrt(years));
          const { rate, dividendYield } = PLAIN;
          const option = { right, spot, strike: 100, years, rate, dividendYield, sigma };
          const exact = reference.price(option);
          assert(exact.kind === 'priced');
          const { price, delta, gamma, vega } = greeksOf(leg, PLAIN, spot, sigma);
          assert(Math.abs(price - exact.price) < 1e-3, `${price} ${exact.price}`);
          assert(Math.abs(delta - exact.delta) < 1e-3, `${delta} ${exact.delta}`);
          assert(Math.abs(gamma - exact.gamma) < 0.01 * exact.gamma + 2e-4);
          const up = reference.price({ ...option, sigma: sigma * 1.01 });
          assert(up.kind === 'priced');
          const slope = (up.price - exact.price) / (0.01 * sigma);
          assert(Math.abs(vega - slope) < 0.03 * slope + 0.05, `${vega} ${slope}`);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is solved where exercise begins within a piece of its curve, and exercised beyond', () => {
    const carry = { ...PLAIN, rate: 0.08, dividendYield: 0 };
    const leg = model('P', 100);
    const edge = new AmericanPricer().boundary({
      right: 'P',
      spot: 100,
      strike: 100,
      years: leg.yearsAt(NOW),
      rate: 0.08,
      dividendYield: 0,
      sigma: 0.2,
    });
    assert(edge !== null);
    for (const share of [0.999, 1.0005, 1.002]) {
      const spot: number = edge * share;
      const { price, delta, gamma } = greeksOf(leg, carry, spot, 0.2);
      assert(price >= 100 - spot - 1e-9);
      if (share < 1) assert.deepEqual([price, delta, gamma], [100 - spot, -1, 0]);
      else assert(gamma > 0 && delta > -1.0001, `${delta} ${gamma}`);
    }
    const deep = greeksOf(leg, carry, 60, 0.2);
    assert.deepEqual([deep.price, deep.delta, deep.theta, deep.vega], [40, -1, 0, 0]);
  });

  it('is the European to the last bit where early exercise is worth nothing', () => {
    for (const [right, rate, dividendYield] of [
      ['C', 0.05, 0],
      ['P', 0, 0.02],
      ['P', -0.01, 0],
    ] as const) {
      const carry = { ...PLAIN, rate, dividendYield };
      const leg = model(right, 100);
      assert.equal(leg.engineAt(carry, NOW), 'european');
      const years = leg.yearsAt(NOW);
      const same = priceEuropean({
        right,
        spot: 101,
        strike: 100,
        years,
        rate,
        dividendYield,
        sigma: 0.3,
      });
      assert(same.kind === 'priced');
      const { price, delta, gamma, vega, theta } = greeksOf(leg, carry, 101, 0.3);
      const expected = [same.price, same.delta, same.gamma, same.vega, same.theta];
      assert.deepEqual([price, delta, gamma, vega, theta], expected);
    }
  });

  it('with a cash dividend in its life has the finite differences of a finer grid', () => {
    for (const exercise of ['american', 'european'] as const) {
      for (const right of ['C', 'P'] as const) {
        const leg = model(right, 100);
        const carry = { ...PAID, exercise };
        assert.equal(leg.engineAt(carry, NOW), 'cash');
        const years = leg.yearsAt(NOW);
        const left = (EX - NOW) / (365 * 86_400_000);
        const grid = solveCashGrid(
          {
            right,
            exercise,
            spot: 100,
            strike: 100,
            years,
            rate: 0.05,
            dividendYield: 0,
            sigma: 0.25,
            dividends: [{ years: left, amount: 1.5 }],
            model: 'spot',
          },
          400,
        );
        const exact = { price: 0, delta: 0, gamma: 0 };
        for (const spot of [92, 99, 101.3, 108]) {
          lookUp(grid, spot, exact);
          const { price, delta, gamma } = greeksOf(leg, carry, spot, 0.25);
          assert(Math.abs(price - exact.price) < 1.5e-3, `${price} ${exact.price}`);
          assert(Math.abs(delta - exact.delta) < 2e-3, `${delta} ${exact.delta}`);
          assert(Math.abs(gamma - exact.gamma) < 2e-3, `${gamma} ${exact.gamma}`);
        }
      }
    }
  });

  it('with a cash dividend has a witness of its delta that is not the grid’s', () => {
    for (const right of ['C', 'P'] as const) {
      const { delta, differenceDelta } = greeksOf(model(right, 100), PAID, 101.3, 0.25);
      assert.notEqual(differenceDelta, delta);
      assert(Math.abs(differenceDelta - delta) < 2e-3, `${differenceDelta} ${delta}`);
    }
    // So far out that both know: the lattice ends before.
    const far = greeksOf(model('C', 100), PAID, 180, 0.25);
    assert.equal(far.differenceDelta, far.delta);
  });

  it('keeps its delta right the day before the stock goes ex, however low the volatility', () => {
    for (const [expiryHours, right] of [
      [16.5, 'C'],
      [16.5, 'P'],
      [240, 'C'],
    ] as const) {
      const leg = model(right, 100);
      const ts = leg.expiryTs - expiryHours * 3_600_000;
      const exTs = ts + 0.1 * expiryHours * 3_600_000;
      const carry = { ...PAID, dividends: [{ exTs, amount: 0.5 }] };
      const [years, left] = [leg.yearsAt(ts), (exTs - ts) / (365 * 86_400_000)];
      const terms = { right, exercise: 'american', strike: 100, years, rate: 0.05 } as const;
      const dividends = [{ years: left, amount: 0.5 }];
      const option = { ...terms, spot: 200, dividendYield: 0, sigma: 0.08, dividends } as const;
      const grid = solveCashGrid({ ...option, model: 'spot' }, 600, 0.005);
      const exact = { price: 0, delta: 0, gamma: 0 };
      for (let spot = 99; spot <= 103; spot += 0.06) {
        lookUp(grid, spot, exact);
        const { delta } = greeksOf(leg, carry, spot, 0.08, ts);
        assert(Math.abs(delta - exact.delta) < 0.01, `${spot} ${delta} ${exact.delta}`);
      }
    }
  });

  it('keeps delta and witness right up to minutes before the stock goes ex', () => {
    for (const [days, hours, amount, sigma] of [
      [5, 0.05, 1.5, 0.1],
      [20, 0.05, 4, 0.2],
      [45, 0.5, 4, 0.1],
      [45, 4, 1.5, 0.2],
      [180, 8, 4, 0.2],
    ] as const) {
      const leg = model('C', 100);
      const ts = leg.expiryTs - days * 86_400_000;
      const exTs = ts + hours * 3_600_000;
      const carry = { ...PAID, dividends: [{ exTs, amount }] };
      const left = hours / 8760;
      const { exercisedFrom, deltaAt } = eveOf({ sigma, amount, left, after: days / 365 - left });
      const width = exercisedFrom * sigma * Math.sqrt(left);
      for (const aside of [-4, -1, -0.4, -2 * width, -width, 0, width, 2 * width, 0.4, 1, 4]) {
        const spot = exercisedFrom + aside;
        const { delta, differenceDelta } = greeksOf(leg, carry, spot, sigma, ts);
        const exact = deltaAt(spot);
        const text = `${days} ${hours} ${spot}: ${delta} ${differenceDelta} ${exact}`;
        assert(Math.abs(delta - exact) < 0.006, text);
        assert(Math.abs(differenceDelta - exact) < 0.015, text);
      }
    }
  });

  it('of an old journal has the grid of its time, and no witness', () => {
    const old = greeksOf(model('C', 100), { ...PAID, cashMethod: 'plain' }, 101.3, 0.25);
    const leg = model('C', 100);
    const dividends = [{ years: (EX - NOW) / (365 * 86_400_000), amount: 1.5 }];
    const terms = { right: 'C', exercise: 'american', strike: 100, rate: 0.05 } as const;
    const option = { ...terms, years: leg.yearsAt(NOW), dividendYield: 0, sigma: 0.25, dividends };
    const exact = { price: 0, delta: 0, gamma: 0 };
    lookUp(solveCashGrid({ ...option, spot: 200, model: 'spot' }, 120, 0.02, false), 101.3, exact);
    assert.deepEqual(
      [old.price, old.delta, old.differenceDelta],
      [...[exact.price, exact.delta], exact.delta],
    );
  });

  it('is priced without a dividend that falls after its expiry or has fallen', () => {
    const leg = model('C', 100);
    for (const exTs of [NOW - 1, leg.expiryTs + 1]) {
      const carry = { ...PLAIN, dividends: [{ exTs, amount: 1 }] };
      assert.equal(leg.engineAt(carry, NOW), 'american');
    }
  });

  it('has the volatility that gives back its price, by every engine', () => {
    for (const carry of [PLAIN, { ...PLAIN, exercise: 'european' as const }, PAID]) {
      for (const right of ['C', 'P'] as const) {
        for (const spot of [95, 100, 104]) {
          const leg = model(right, 100);
          const { price } = greeksOf(leg, carry, spot, 0.31);
          const implied = leg.implied(carry, NOW, spot, price);
          assert(typeof implied === 'number', String(implied));
          assert(Math.abs(implied - 0.31) < 1e-5, `${right} ${spot} ${implied}`);
        }
      }
    }
  });

  it('names the reason when a price has no volatility, or the leg no value', () => {
    const put = model('P', 100);
    assert.equal(put.implied(PLAIN, NOW, 90, 9.99), 'below_intrinsic');
    assert.equal(put.implied(PAID, NOW, 90, 9.99), 'below_intrinsic');
    assert.equal(put.implied(PLAIN, NOW, 90, 101), 'above_bound');
    assert.equal(put.implied(PLAIN, NOW, Number.NaN, 1), 'no_price');
    assert.equal(put.implied(PLAIN, put.expiryTs, 90, 12), 'expired');
    const into = emptyLegGreeks();
    assert.equal(put.fill(PLAIN, put.expiryTs, 90, 0.2, into), 'expired');
    const both = { ...PLAIN, rate: -0.01, dividendYield: -0.02 };
    assert.equal(put.fill(both, NOW, 90, 0.2, into), 'double_boundary');
    assert(Number.isNaN(into.price) && Number.isNaN(into.differenceDelta));
  });

  it('has a difference of prices that agrees with its delta', () => {
    for (const carry of [PLAIN, { ...PLAIN, exercise: 'european' as const }, PAID]) {
      for (const spot of [93, 100, 107]) {
        const { delta, differenceDelta } = greeksOf(model('P', 100), carry, spot, 0.25);
        const apart = carry === PAID ? 1e-3 : 1e-4;
        assert(Math.abs(delta - differenceDelta) < apart, `${delta} ${differenceDelta}`);
      }
    }
  });

  it('stands still within a minute, and is solved for the next', () => {
    const put = model('P', 100);
    const first = greeksOf(put, PLAIN, 100, 0.25, NOW);
    assert.deepEqual(greeksOf(put, PLAIN, 100, 0.25, NOW + 59_999), first);
    assert(greeksOf(put, PLAIN, 100, 0.25, NOW + 60_000).price < first.price);
  });
});

/**
 * A call of strike 100 at 5 % before one dividend, by quadrature: on the eve of the ex-date it is
 * the better of exercise and the European on the fallen stock, which has no dividend left; from
 * there back the stock is lognormal.
 */
function eveOf(eve: { sigma: number; amount: number; left: number; after: number }) {
  const { sigma, amount, left, after } = eve;
  const terms = { right: 'C', strike: 100, rate: 0.05, dividendYield: 0, sigma } as const;
  const slopeAt = (spot: number): number => {
    const kept = priceEuropean({ ...terms, spot: spot - amount, years: after });
    assert(kept.kind === 'priced');
    return kept.price > spot - 100 ? kept.delta : 1;
  };
  let [exercisedFrom, high] = [100, 150];
  for (let step = 0; step < 50; step += 1) {
    const middle = 0.5 * (exercisedFrom + high);
    if (slopeAt(middle) === 1) high = middle;
    else exercisedFrom = middle;
  }
  const deviation = sigma * Math.sqrt(left);
  // The derivative by the spot, under the measure of the stock itself.
  const drift = (0.05 + 0.5 * sigma ** 2) * left;
  const deltaAt = (spot: number): number => {
    const nodes = 601;
    let sum = 0;
    let weights = 0;
    for (let index = 0; index < nodes; index += 1) {
      const z = -6 + (12 * (index + 0.5)) / nodes;
      const weight = Math.exp(-0.5 * z * z);
      sum += weight * slopeAt(spot * Math.exp(drift + deviation * z));
      weights += weight;
    }
    return sum / weights;
  };
  return { exercisedFrom, deltaAt };
}
