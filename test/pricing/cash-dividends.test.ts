import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { AmericanPricer } from '../../src/pricing/american.ts';
import { priceEuropean } from '../../src/pricing/black-scholes.ts';
import { type CashOption, escrowedSpot, solveCashGrid } from '../../src/pricing/cash-dividends.ts';
import { fillGrid, lookUp } from '../../src/pricing/price-grid.ts';

const base: CashOption = {
  right: 'C',
  exercise: 'european',
  spot: 100,
  strike: 100,
  years: 1,
  rate: 0.06,
  dividendYield: 0,
  sigma: 0.3,
  dividends: [],
  model: 'spot',
};

function value(option: CashOption, intervals?: number) {
  const into = { price: 0, delta: 0, gamma: 0 };
  const spot = option.model === 'spot' ? option.spot : escrowedSpot(option);
  assert.ok(lookUp(solveCashGrid(option, intervals), spot, into));
  return into;
}

function assertNear(actual: number, expected: number, tolerance: number, what = ''): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what} ${actual} is not ${expected}`);
}

describe('an option with cash dividends', () => {
  it('is worth what Haug, Haug and Lewis (2003) print for $7 at half a year', () => {
    const option = { ...base, dividends: [{ years: 0.5, amount: 7 }] };
    assertNear(value(option).price, 11.1062, 5e-4);
    assertNear(value({ ...option, model: 'escrowed' }).price, 10.6932, 5e-4);
  });

  it('without any is the European of the closed form and the American of the collocation', () => {
    const pricer = new AmericanPricer();
    for (const right of ['C', 'P'] as const) {
      for (const spot of [85, 100, 115]) {
        const option = { ...base, right, spot, dividendYield: 0.03 };
        const closed = priceEuropean(option);
        const early = pricer.price(option);
        assert(closed.kind === 'priced' && early.kind === 'priced');
        for (const [exercise, exact] of [
          ['european', closed],
          ['american', early],
        ] as const) {
          const { price, delta, gamma } = value({ ...option, exercise });
          assertNear(price, exact.price, 1e-3, `price ${right} ${spot} ${exercise}`);
          assertNear(delta, exact.delta, 1e-4, 'delta');
          assertNear(gamma, exact.gamma, 1e-5, 'gamma');
        }
      }
    }
  });

  it('keeps parity: call less put is the spot less dividends and strike', () => {
    const dividends = [
      { years: 0.2, amount: 1 },
      { years: 0.7, amount: 1.5 },
      { years: 1.5, amount: 9 },
    ];
    for (const model of ['spot', 'escrowed'] as const) {
      const call = value({ ...base, dividends, model });
      const put = value({ ...base, right: 'P', dividends, model });
      const paid = Math.exp(-0.06 * 0.2) + 1.5 * Math.exp(-0.06 * 0.7);
      assertNear(call.price - put.price, 100 - paid - 100 * Math.exp(-0.06), 1e-3, model);
      assertNear(call.delta - put.delta, 1, 1e-5, model);
    }
  });

  it('of a dividend before Roll, Geske and Whaley’s last date is near their value', () => {
    // Hull, example 15.9 and 21: S = 40, K = 40, r = 9 %, σ = 30 %, $0.50 in two and five months,
    // six months: Black's approximation 3.67 (escrowed), the Roll–Geske–Whaley value 3.72.
    const option: CashOption = {
      ...base,
      exercise: 'american',
      spot: 40,
      strike: 40,
      years: 0.5,
      rate: 0.09,
      dividends: [
        { years: 2 / 12, amount: 0.5 },
        { years: 5 / 12, amount: 0.5 },
      ],
      model: 'escrowed',
    };
    assertNear(value(option).price, 3.72, 0.006);
    assertNear(value({ ...option, exercise: 'european' }).price, 3.67, 0.006);
  });

  it('converges with the square of the grid, below 1e-5 of the strike as it ships', () => {
    const terms = {
      ...base,
      exercise: 'american',
      dividends: [{ years: 0.4, amount: 4 }],
    } as const;
    for (const right of ['C', 'P'] as const) {
      for (const model of ['spot', 'escrowed'] as const) {
        const option: CashOption = { ...terms, right, model };
        const best = value(option, 800).price;
        assertNear(value(option).price, best, 2e-3, `${right} ${model}`);
        assertNear(value(option, 400).price, best, 5e-4, `${right} ${model}`);
      }
    }
  });

  it('is exercised the day before a large dividend, and a put not before', () => {
    const dividends = [{ years: 0.01, amount: 20 }];
    const call = value({ ...base, exercise: 'american', spot: 140, dividends });
    assertNear(call.price, 40, 0.08);
    const put = value({ ...base, right: 'P', exercise: 'american', spot: 70, dividends });
    assert.ok(put.price > 45, String(put.price));
  });
});

describe('a grid of prices', () => {
  it('gives the price, delta and gamma of the American engine between its nodes', () => {
    const pricer = new AmericanPricer();
    const option = { ...base, right: 'P', dividendYield: 0.02 } as const;
    const { shape } = solveCashGrid({ ...option, exercise: 'american' }, 400);
    const grid = fillGrid(shape, (spot) => {
      const priced = spot === 0 ? null : pricer.price({ ...option, spot });
      return priced?.kind === 'priced' ? priced : { price: 100, delta: -1, gamma: 0 };
    });
    const into = { price: 0, delta: 0, gamma: 0 };
    for (let spot = 80; spot < 130; spot += 3.7) {
      const exact = pricer.price({ ...option, spot });
      assert(exact.kind === 'priced');
      assert.ok(lookUp(grid, spot, into));
      assertNear(into.price, exact.price, 1e-4);
      assertNear(into.delta, exact.delta, 1e-5);
      assertNear(into.gamma, exact.gamma, 1e-5);
    }
  });

  it('answers nothing outside', () => {
    const into = { price: 0, delta: 0, gamma: 0 };
    const grid = solveCashGrid(base, 20);
    for (const spot of [-1, 1e9, Number.NaN]) {
      assert.equal(lookUp(grid, spot, into), false);
      assert.ok(Number.isNaN(into.price));
    }
  });
});
