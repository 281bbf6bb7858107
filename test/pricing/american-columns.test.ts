import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { type AmericanOption, AmericanPricer } from '../../src/pricing/american.ts';
import {
  AMERICAN_REFUSALS,
  openAmerican,
  priceAmericanColumns,
} from '../../src/pricing/american-columns.ts';
import { priceEuropean } from '../../src/pricing/black-scholes.ts';
import { writeOption } from '../../src/pricing/european-columns.ts';
import type { Scheme } from '../../src/pricing/exercise-boundary.ts';
import { allocateColumns, openKernel } from '../../src/pricing/kernel.ts';
import { europeanOption } from './options.ts';

const CAPACITY = 64;
const kernel = openKernel();
const columns = allocateColumns(kernel, CAPACITY);
const american = openAmerican(kernel);
const FINE: Scheme = { degree: 20, inner: 40, iterations: 20, outer: 80 };
const fine = new AmericanPricer(FINE);

function priceAll(options: readonly AmericanOption[], offset = 0) {
  for (const [index, option] of options.entries()) {
    writeOption(columns, index + offset, option);
  }
  priceAmericanColumns(american, columns, options.length + offset);
  return options.map((_, index) => {
    const row = index + offset;
    const [price = 0, delta = 0, gamma = 0] = [
      columns.price[row],
      columns.delta[row],
      columns.gamma[row],
    ];
    return { price, delta, gamma, refusal: columns.refusal[row] ?? 0 };
  });
}

const base: AmericanOption = {
  right: 'P',
  spot: 100,
  strike: 100,
  years: 1,
  rate: 0.05,
  dividendYield: 0.05,
  sigma: 0.25,
};

const traded = europeanOption({ deviations: 3, sigmaMin: 0.08, sigmaMax: 0.8, yearsMin: 7 / 365 });
const shares = fc
  .record({
    rate: fc.double({ min: 0, max: 0.08, noNaN: true }),
    dividendYield: fc.double({ min: 0, max: 0.06, noNaN: true }),
    sigma: fc.double({ min: 0.1, max: 0.6, noNaN: true }),
    years: fc.double({ min: 7 / 365, max: 2, noNaN: true }),
    strike: fc.double({ min: 80, max: 120, noNaN: true }),
    right: fc.constantFrom('C' as const, 'P' as const),
  })
  .map((option) => ({ ...option, spot: 100 }));
const many = fc.array(traded, { minLength: 1, maxLength: CAPACITY });

describe('American columns', () => {
  it('have the premium of Andersen, Lake and Offengenden', () => {
    const european = priceEuropean(base);
    assert.equal(european.kind, 'priced');
    for (const row of priceAll([base, { ...base, right: 'C' }])) {
      const premium = row.price - european.price;
      assert(Math.abs(premium - 0.106952702747) < 2e-5, String(premium));
    }
  });

  // Of the strike: the root mean square over the options drawn, edges more often than not, and the
  // largest. Where interest is large against variance the iteration is slowest.
  for (const [name, options, errorMean, errorMax] of [
    ['that trade in shares', shares, 2e-6, 2e-5],
    ['of all kinds', traded, 5e-6, 5e-5],
  ] as const) {
    it(`are those of a scheme many times as fine: options ${name}`, () => {
      let squares = 0;
      let count = 0;
      const full = fc.array(options, { minLength: CAPACITY, maxLength: CAPACITY });
      for (const drawn of fc.sample(full, 5)) {
        for (const [index, row] of priceAll(drawn).entries()) {
          const option = drawn[index];
          assert(option !== undefined);
          const exact = fine.price(option);
          if (exact.kind === 'refused') {
            assert.equal(AMERICAN_REFUSALS[row.refusal - 1], exact.reason);
            assert(Number.isNaN(row.price + row.delta + row.gamma));
            continue;
          }
          const said = JSON.stringify({ option, row, exact });
          assert.equal(row.refusal, 0);
          const error = (row.price - exact.price) / option.strike;
          assert(Math.abs(error) < errorMax, said);
          assert(Math.abs(row.delta - exact.delta) < 1e-3, said);
          const unit = 1 / (option.spot * option.sigma * Math.sqrt(option.years));
          assert(Math.abs(row.gamma - exact.gamma) < 0.02 * (unit + exact.gamma), said);
          squares += error * error;
          count += 1;
        }
      }
      assert(Math.sqrt(squares / count) < errorMean, `${Math.sqrt(squares / count)}`);
    });
  }

  it('give an option the same bits whatever stands beside it', () => {
    fc.assert(
      fc.property(traded, many, (option, others) => {
        const [alone] = priceAll([option]);
        const [beside] = priceAll([option, ...others.slice(0, CAPACITY - 1)]);
        assert.deepEqual(beside, alone);
        priceAll(others.slice(0, 3));
        const [after] = priceAll([option], Math.min(3, others.length));
        assert.deepEqual(after, alone);
      }),
      { numRuns: 100 },
    );
  });

  it('leave to the reference what the kernel was not made for', () => {
    const hard: readonly AmericanOption[] = [
      { ...base, years: 0, spot: 90 },
      { ...base, sigma: 0, spot: 90 },
      { ...base, rate: 0.000001, dividendYield: 0.08 },
      { ...base, rate: 0, dividendYield: -0.02 },
      { ...base, rate: -0.01, dividendYield: -0.03 },
      { ...base, spot: -1 },
      { ...base, sigma: Number.NaN },
    ];
    const pricer = new AmericanPricer();
    for (const [index, row] of priceAll(hard).entries()) {
      const option = hard[index];
      assert(option !== undefined);
      const exact = pricer.price(option);
      if (exact.kind === 'refused') assert.equal(AMERICAN_REFUSALS[row.refusal - 1], exact.reason);
      else {
        const { price, delta, gamma } = exact;
        assert.deepEqual(row, { price, delta, gamma, refusal: 0 });
      }
    }
  });

  it('are European where early exercise is worth nothing, and intrinsic where it is certain', () => {
    const [call, early, late] = priceAll([
      { ...base, right: 'C', dividendYield: 0 },
      { ...base, spot: 40 },
      { ...base, right: 'C', spot: 300 },
    ]);
    const pricer = new AmericanPricer();
    const exact = pricer.price({ ...base, right: 'C', dividendYield: 0 });
    assert(exact.kind === 'priced' && call !== undefined);
    assert(Math.abs(call.price - exact.price) < 1e-12);
    assert.deepEqual(early, { price: 60, delta: -1, gamma: 0, refusal: 0 });
    assert.deepEqual(late, { price: 200, delta: 1, gamma: 0, refusal: 0 });
  });
});
