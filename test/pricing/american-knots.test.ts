import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { AmericanOption } from '../../src/pricing/american.ts';
import {
  openAmerican,
  priceAmericanColumns,
  priceBetweenKnots,
} from '../../src/pricing/american-columns.ts';
import { AmericanKnots } from '../../src/pricing/american-knots.ts';
import { writeOption } from '../../src/pricing/european-columns.ts';
import { allocateColumns, cell, openKernel } from '../../src/pricing/kernel.ts';

const kernel = openKernel();
const american = openAmerican(kernel);
const columns = allocateColumns(kernel, 2);

const put: AmericanOption = {
  right: 'P',
  spot: 100,
  strike: 105,
  years: 0.5,
  rate: 0.05,
  dividendYield: 0.01,
  sigma: 0.25,
};

/** Value, delta and gamma; by knots where they are given. */
function price(option: AmericanOption, knots: number | null): readonly number[] {
  for (const row of [0, 1]) writeOption(columns, row, option);
  const refused =
    knots === null
      ? priceAmericanColumns(american, columns, 2)
      : priceBetweenKnots(american, columns, 2, knots);
  assert.equal(refused, 0);
  return [columns.price, columns.delta, columns.gamma].map((column) => cell(column, 0));
}

function priceByKnots(knots: AmericanKnots, option: AmericanOption): readonly number[] {
  const place = knots.at(option, option.sigma);
  assert(place !== null);
  return price(option, place);
}

/** Two steps of volatility, finely, of options near and far, short and long. */
function* options(): Generator<AmericanOption> {
  for (const right of ['P', 'C'] as const) {
    for (const strike of [90, 100, 112]) {
      for (const years of [0.04, 0.3, 1.5]) {
        for (const dividendYield of [0, 0.02, 0.06]) {
          if (right === 'C' && dividendYield === 0) continue;
          for (let sigma = 0.3; sigma < 0.33; sigma += 0.0025) {
            yield { ...put, right, strike, years, dividendYield, sigma };
          }
        }
      }
    }
  }
}

describe('boundaries between knots', () => {
  it('move a price by less than the error of a boundary of its own', () => {
    const knots = new AmericanKnots(american);
    let squares = 0;
    let count = 0;
    for (const option of options()) {
      const [value = 0, delta = 0, gamma = 0] = priceByKnots(knots, option);
      const [exact = 0, exactDelta = 0, exactGamma = 0] = price(option, null);
      const error = (value - exact) / option.strike;
      const said = JSON.stringify({ option, value, exact });
      assert(Math.abs(error) < 2e-6, said);
      assert(Math.abs(delta - exactDelta) < 1e-4, said);
      assert(Math.abs(gamma - exactGamma) < 1e-4 + 1e-3 * exactGamma, said);
      squares += error * error;
      count += 1;
    }
    assert(count > 400);
    assert(Math.sqrt(squares / count) < 4e-7, String(Math.sqrt(squares / count)));
  });

  it('give the same bits when they were forgotten and solved again', () => {
    const knots = new AmericanKnots(american);
    const first = priceByKnots(knots, put);
    for (let day = 1; day <= 100; day += 1) knots.at({ ...put, years: day / 365 }, put.sigma);
    assert.deepEqual(priceByKnots(knots, put), first);
    assert.deepEqual(priceByKnots(new AmericanKnots(american), put), first);
  });

  it('keep the price growing with the volatility across a knot', () => {
    const knots = new AmericanKnots(american);
    const at = (sigma: number): number => priceByKnots(knots, { ...put, sigma })[0] ?? Number.NaN;
    const knot = Math.exp(-28 * 0.05);
    for (const step of [1e-4, 1e-6, 1e-8]) {
      assert(at(knot * (1 + step)) > at(knot * (1 - step)));
      assert(at(knot * (1 + step)) - at(knot * (1 - step)) < 100 * step);
    }
  });

  it('are none where the kernel does not solve them', () => {
    const knots = new AmericanKnots(american);
    // Interest is large against the variance.
    assert.equal(knots.at({ ...put, rate: 0.2 }, 0.05), null);
    assert.notEqual(knots.at(put, 0.25), null);
  });
});
