import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { type EuropeanOption, priceEuropean } from '../../src/pricing/black-scholes.ts';
import { writeOption } from '../../src/pricing/european-columns.ts';
import { solveImpliedVol } from '../../src/pricing/implied-vol.ts';
import { NO_IMPLIED_VOL, solveColumns } from '../../src/pricing/iv-columns.ts';
import { allocateColumns, openKernel } from '../../src/pricing/kernel.ts';
import { europeanOption } from './options.ts';

const kernel = openKernel();
const columns = allocateColumns(kernel, 64);

function put(row: number, option: EuropeanOption, price: number): void {
  writeOption(columns, row, option);
  columns.price[row] = price;
}

function priced(option: EuropeanOption) {
  const result = priceEuropean(option);
  assert(result.kind === 'priced');
  return result;
}

/** The volatility comes back as far as the rounding of the price leaves it. */
function assertSolves(options: readonly EuropeanOption[], relative: number): void {
  for (const [row, option] of options.entries()) put(row, option, priced(option).price);
  solveColumns(kernel, columns, options.length);
  for (const [row, option] of options.entries()) {
    const { vega } = priced(option);
    const rounding = 2e-15 * (option.spot + option.strike);
    if (vega * option.sigma < 1e6 * rounding) continue;
    const off = Math.abs((columns.sigma[row] ?? Number.NaN) - option.sigma);
    const allowed = relative * option.sigma + (4 * rounding) / vega;
    assert.ok(off <= allowed, `${columns.sigma[row]} ${JSON.stringify(option)}`);
  }
}

describe('implied volatilities in columns', () => {
  it('come back from the price within 1e-11 in the region that trades', () => {
    const traded = europeanOption({
      deviations: 3,
      sigmaMin: 0.08,
      sigmaMax: 0.8,
      yearsMin: 7 / 365,
      yearsMax: 2,
    });
    fc.assert(
      fc.property(fc.array(traded, { minLength: 1, maxLength: 64 }), (options) => {
        assertSolves(options, 1e-11);
      }),
      { numRuns: 200 },
    );
  });

  it('come back from the ends of the scale, by the scalar solver where it takes that', () => {
    const wide = europeanOption({
      deviations: 7,
      sigmaMin: 0.005,
      sigmaMax: 6,
      yearsMin: 1 / 525_600,
      yearsMax: 10,
    });
    fc.assert(
      fc.property(fc.array(wide, { minLength: 1, maxLength: 64 }), (options) => {
        assertSolves(options, 1e-10);
      }),
      { numRuns: 200 },
    );
  });

  it('are refused for the scalar solver’s reasons, and only then', () => {
    const option = {
      right: 'C',
      spot: 100,
      strike: 100,
      years: 1,
      rate: 0.05,
      dividendYield: 0,
      sigma: 0,
    } as const;
    const cases = [
      [option, 4.8],
      [option, 100],
      [option, 0],
      [option, -1],
      [option, Number.NaN],
      [{ ...option, years: 0 }, 5],
      [{ ...option, spot: Number.POSITIVE_INFINITY }, 5],
      [{ ...option, rate: 900 }, 5],
      [option, 10],
    ] as const;
    for (const [row, [terms, price]] of cases.entries()) put(row, terms, price);
    const refused = solveColumns(kernel, columns, cases.length);
    let expected = 0;
    for (const [row, [terms, price]] of cases.entries()) {
      const scalar = solveImpliedVol({ ...terms, price });
      if (typeof scalar === 'number') {
        assert.equal(columns.refusal[row], 0);
        assert.ok(Math.abs((columns.sigma[row] ?? Number.NaN) - scalar) < 1e-12);
        continue;
      }
      expected += 1;
      assert.equal(NO_IMPLIED_VOL[(columns.refusal[row] ?? 0) - 1], scalar, String(row));
      assert.ok(Number.isNaN(columns.sigma[row]));
    }
    assert.equal(refused, expected);
  });

  it('are the same bits whatever stands beside or stood before', () => {
    const base = {
      right: 'C',
      spot: 100,
      strike: 107,
      years: 0.3,
      rate: 0.05,
      dividendYield: 0,
      sigma: 0.3,
    } as const;
    put(0, base, 2.5);
    put(1, { ...base, strike: 180, right: 'P' }, 85);
    solveColumns(kernel, columns, 2);
    const first = columns.sigma[0];
    put(0, { ...base, strike: 90 }, 15);
    put(1, base, 2.5);
    columns.sigma[1] = 3;
    solveColumns(kernel, columns, 2);
    assert.ok(Object.is(columns.sigma[1], first));
  });
});
