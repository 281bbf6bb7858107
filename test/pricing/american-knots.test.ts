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
import { createRandom } from '../../src/runtime/random.ts';

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

interface Domain {
  readonly strikes: readonly [number, number];
  readonly days: readonly [number, number];
  readonly sigmas: readonly [number, number];
}

/** Equity-like options, and the legs that a book holds. */
const WIDE: Domain = { strikes: [80, 120], days: [7, 730], sigmas: [0.1, 0.6] };
const LEGS: Domain = { strikes: [90, 110], days: [7, 60], sigmas: [0.12, 0.6] };

/** Drawn evenly. */
function* options({ strikes, days, sigmas }: Domain, count: number): Generator<AmericanOption> {
  const random = createRandom(7);
  const between = ([low, high]: readonly [number, number]): number =>
    low + (high - low) * random.next();
  for (let drawn = 0; drawn < count; drawn += 1) {
    yield {
      right: random.next() < 0.5 ? 'P' : 'C',
      spot: 100,
      ...{ strike: between(strikes), years: between(days) / 365, sigma: between(sigmas) },
      ...{ rate: between([0, 0.08]), dividendYield: between([0, 0.06]) },
    };
  }
}

describe('boundaries between knots', () => {
  it.each([
    ['equity-like options', WIDE, 4e-7, 6e-6],
    ['the legs of a book', LEGS, 3e-8, 1e-6],
  ] as const)('move prices of %s by little: root mean square and largest', (...drawn) => {
    const [, domain, meanMax, errorMax] = drawn;
    const knots = new AmericanKnots(american);
    let squares = 0;
    let count = 0;
    for (const option of options(domain, 2000)) {
      // Some want finer boundaries than the kernel's, and are none of the knots'.
      const place = knots.at(option, option.sigma);
      if (place === null) continue;
      const [value = 0, delta = 0, gamma = 0] = price(option, place);
      const [exact = 0, exactDelta = 0, exactGamma = 0] = price(option, null);
      const error = (value - exact) / option.strike;
      const said = JSON.stringify({ option, value, exact });
      assert(Math.abs(error) < errorMax, said);
      assert(Math.abs(delta - exactDelta) < 3e-4, said);
      assert(Math.abs(gamma - exactGamma) < 1e-4 + 3e-3 * exactGamma, said);
      squares += error * error;
      count += 1;
    }
    assert(count > 1900);
    const mean = Math.sqrt(squares / count);
    assert(mean < meanMax, String(mean));
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
