import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { epochOf } from '../../src/domain/calendar.ts';
import { AmericanPricer } from '../../src/pricing/american.ts';
import { priceEuropean } from '../../src/pricing/black-scholes.ts';
import { solveCashGrid } from '../../src/pricing/cash-dividends.ts';
import type { Carry } from '../../src/pricing/leg-model.ts';
import { lookUp } from '../../src/pricing/price-grid.ts';
import { type ScenarioLeg, type ScenarioTask, scenarioGrid } from '../../src/pricing/scenarios.ts';
import { expiryTime, yearsUntil } from '../../src/pricing/time-to-expiry.ts';

const NOW = epochOf('20230803', '10:00');
const EXPIRY = '20230901';
const DAY_MS = 86_400_000;
const PLAIN: Carry = { exercise: 'european', rate: 0.05, dividendYield: 0.01, dividends: [] };

function leg(right: 'C' | 'P', strike: number, size: number, carry = PLAIN): ScenarioLeg {
  return { terms: { right, strike, expiry: EXPIRY }, carry, sigma: 0.2, size };
}

function task(legs: readonly ScenarioLeg[], change: Partial<ScenarioTask> = {}): ScenarioTask {
  return {
    ts: NOW,
    spot: 100,
    shares: -40,
    legs,
    spotMoves: [-0.1, -0.02, 0, 0.02, 0.1],
    volMoves: [-0.05, 0, 0.05],
    days: [0, 5, 28],
    ...change,
  };
}

type Value = readonly [price: number, delta: number, gamma: number];

/** Every cell of the grid against what `valueOf` says of each leg. */
function assertGrid(
  one: ScenarioTask,
  valueAt: (leg: ScenarioLeg, spot: number, sigma: number, ts: number) => Value,
  tolerance: number,
): void {
  const grid = scenarioGrid(one);
  const start = one.legs.reduce((sum, item) => {
    return sum + item.size * valueAt(item, one.spot, item.sigma, one.ts)[0];
  }, 0);
  for (const [d, day] of one.days.entries()) {
    for (const [v, volMove] of one.volMoves.entries()) {
      for (const [s, spotMove] of one.spotMoves.entries()) {
        const spot = one.spot * (1 + spotMove);
        let [gain, delta, gamma] = [one.shares * (spot - one.spot) - start, one.shares, 0];
        for (const item of one.legs) {
          const sigma = item.sigma + volMove;
          const [price, slope, curve] = valueAt(item, spot, sigma, one.ts + day * DAY_MS);
          gain += item.size * price;
          delta += item.size * slope;
          gamma += item.size * curve;
        }
        const cell = [grid.pnl, grid.netDelta, grid.netGamma].map(
          (cube) => cube[d]?.[v]?.[s] ?? NaN,
        );
        for (const [index, expected] of [gain, delta, gamma].entries()) {
          const found = cell[index] ?? Number.NaN;
          assert(
            Math.abs(found - expected) <= tolerance,
            `${day} ${volMove} ${spotMove}: ${found} ${expected}`,
          );
        }
      }
    }
  }
}

describe('a scenario grid', () => {
  it('of European legs is the closed form in every cell', () => {
    const legs = [leg('C', 100, 300), leg('P', 95, -200)];
    const valueAt = ({ terms }: ScenarioLeg, spot: number, sigma: number, ts: number): Value => {
      const years = yearsUntil(expiryTime(EXPIRY), ts);
      const { right, strike } = terms;
      const option = { right, strike, spot, years, rate: 0.05, dividendYield: 0.01, sigma };
      const priced = priceEuropean(option);
      assert(priced.kind === 'priced');
      return [priced.price, priced.delta, priced.gamma];
    };
    assertGrid(task(legs), valueAt, 1e-9);
  });

  it('of American legs is the American reference in every cell', () => {
    const carry = { ...PLAIN, exercise: 'american' as const };
    const reference = new AmericanPricer();
    const valueAt = ({ terms }: ScenarioLeg, spot: number, sigma: number, ts: number): Value => {
      const years = yearsUntil(expiryTime(EXPIRY), ts);
      const { right, strike } = terms;
      const option = { right, strike, spot, years, rate: 0.05, dividendYield: 0.01, sigma };
      const priced = reference.price(option);
      assert(priced.kind === 'priced');
      return [priced.price, priced.delta, priced.gamma];
    };
    const legs = [leg('P', 105, 100, carry), leg('C', 100, -100, carry)];
    assertGrid(task(legs), valueAt, 0.1);
  });

  it('of legs with a cash dividend is the finite differences, before it and after', () => {
    const exTs = NOW + 10 * DAY_MS;
    const carry = {
      ...PLAIN,
      exercise: 'american' as const,
      dividendYield: 0,
      dividends: [{ exTs, amount: 2 }],
    };
    const one = task([leg('C', 98, 100, carry)], { shares: 0, days: [0, 5], volMoves: [0] });
    const valueAt = ({ terms }: ScenarioLeg, spot: number, sigma: number, ts: number): Value => {
      const { right, strike } = terms;
      const dividends = [{ years: yearsUntil(exTs, ts), amount: 2 }];
      const years = yearsUntil(expiryTime(EXPIRY), ts);
      const terms2 = { right, strike, spot, years, rate: 0.05, dividendYield: 0, sigma, dividends };
      const grid = solveCashGrid({ ...terms2, exercise: 'american', model: 'spot' }, 400);
      const into = { price: 0, delta: 0, gamma: 0 };
      assert(lookUp(grid, spot, into));
      return [into.price, into.delta, into.gamma];
    };
    assertGrid(one, valueAt, 0.3);
    const held = task([leg('C', 98, 0, carry)], { shares: 100, days: [20], spotMoves: [0] });
    assert.equal(scenarioGrid(held).pnl[0]?.[0]?.[0], 200, 'the shares were paid the dividend');
  });

  it('is nothing where nothing moves, and its delta is the slope of its gain', () => {
    const one = task([leg('C', 100, 300), leg('P', 95, -200)], {
      spotMoves: [-0.0001, 0, 0.0001],
      volMoves: [0],
      days: [0],
    });
    const { pnl, netDelta, netGamma } = scenarioGrid(one);
    const [low = 0, middle = 1, high = 0] = pnl[0]?.[0] ?? [];
    assert.equal(middle, 0);
    const slope = (high - low) / 0.02;
    assert(Math.abs(slope - (netDelta[0]?.[0]?.[1] ?? Number.NaN)) < 1e-3);
    const [below = 0, , above = 0] = netDelta[0]?.[0] ?? [];
    assert(Math.abs((above - below) / 0.02 - (netGamma[0]?.[0]?.[1] ?? Number.NaN)) < 1e-2);
  });

  it('beyond expiry pays the intrinsic value', () => {
    const one = task([leg('C', 100, 100), leg('P', 100, 100)], {
      shares: 0,
      days: [40],
      volMoves: [0],
      spotMoves: [-0.1, 0.1],
    });
    const { pnl, netDelta, netGamma } = scenarioGrid(one);
    const [fallen = 0, risen = 1] = pnl[0]?.[0] ?? [];
    assert.equal(fallen.toFixed(9), risen.toFixed(9), 'a straddle pays 10 either way');
    assert.deepEqual(netDelta[0]?.[0], [-100, 100]);
    assert.deepEqual(netGamma[0]?.[0], [0, 0]);
  });

  it('keeps a volatility above zero, however far it is moved down', () => {
    const one = task([leg('C', 100, 100)], { volMoves: [-0.5] });
    assert(scenarioGrid(one).pnl.flat(2).every(Number.isFinite));
  });

  it('says which leg cannot be priced', () => {
    const carry = { ...PLAIN, exercise: 'american' as const, rate: -0.02, dividendYield: -0.03 };
    assert.throws(() => scenarioGrid(task([leg('P', 100, 1, carry)])), /100 P: double_boundary/);
  });
});
