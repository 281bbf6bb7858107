/** Implied volatilities, beside the scalar solver, a plain Newton and packages. */

import { solveImpliedVol } from '../../src/pricing/implied-vol.ts';
import { solveColumns } from '../../src/pricing/iv-columns.ts';
import { allocateColumns, openKernel } from '../../src/pricing/kernel.ts';
import { atLeast, type Bench, type Benchmark, type Metric } from './harness/benchmark.ts';
import { type Batch, paired } from './harness/paired.ts';
import { equityOptions, fillColumns, type PricedRow } from './options.ts';
import { packageVol, uqeeVol } from './peers/npm-pricing.ts';
import { plainImpliedVol } from './peers/plain-pricing.ts';

const OPTIONS = 4096;
const FEW = 64;
/** Relative, where the price holds so many digits: see below. */
const ERROR_MAX = 1e-11;

export const impliedVols: Benchmark = {
  name: 'iv',
  about: 'implied volatilities of equity-like options, 1/s',
  run,
};

async function run(bench: Bench): Promise<readonly Metric[]> {
  const rows = equityOptions(OPTIONS);
  const kernel = openKernel();
  const columns = allocateColumns(kernel, OPTIONS);
  fillColumns(columns, rows);
  const ours = (): number => {
    if (solveColumns(kernel, columns, OPTIONS) > 0) throw new Error('a row was refused');
    return OPTIONS;
  };
  ours();
  for (const [row, { sigma }] of rows.entries()) {
    const error = Math.abs((columns.sigma[row] ?? Number.NaN) / sigma - 1);
    if (!(error <= ERROR_MAX)) throw new Error(`row ${row} is off by ${error}`);
  }
  const plainRows = equityOptions(FEW, false);
  return [
    await paired(bench, {
      name: 'iv',
      ours,
      baseline: each(rows, solveImpliedVol),
      baselineName: '1/s scalar, machine precision',
      as: 'rate',
      goal: atLeast(3),
    }),
    await paired(bench, {
      name: 'iv.newton',
      ours,
      baseline: each(rows, plainImpliedVol),
      baselineName: '1/s plain Newton',
      as: 'rate',
    }),
    await paired(bench, {
      name: 'iv.uqee',
      ours,
      baseline: each(plainRows, uqeeVol),
      baselineName: '1/s @uqee/black-scholes',
      as: 'rate',
    }),
    await paired(bench, {
      name: 'iv.package',
      ours,
      baseline: each(plainRows, packageVol),
      baselineName: '1/s implied-volatility',
      as: 'rate',
    }),
  ];
}

function each(rows: readonly PricedRow[], solve: (row: PricedRow) => unknown): Batch {
  return () => {
    for (const row of rows) solve(row);
    return rows.length;
  };
}
