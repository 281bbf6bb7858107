/** American options, each with a boundary of its own, beside a binomial tree. */

import { AmericanPricer } from '../../src/pricing/american.ts';
import {
  type AmericanKernel,
  openAmerican,
  priceAmericanColumns,
} from '../../src/pricing/american-columns.ts';
import { QUICK, type Scheme } from '../../src/pricing/exercise-boundary.ts';
import { allocateColumns, type OptionColumns, openKernel } from '../../src/pricing/kernel.ts';
import type { Bench, Benchmark, Metric } from './harness/benchmark.ts';
import { type Batch, paired } from './harness/paired.ts';
import { equityOptions, fillColumns, type PricedRow } from './options.ts';
import { binomialPrice } from './peers/binomial.ts';

const OPTIONS = 256;
const FEW = 4;
/** Some 1e-4 of the strike: a hundred times the error of what it is compared with. */
const TREE_STEPS = 401;
/** Of the strike, root mean square, against a scheme four times as fine. */
const ERROR_MAX = 1e-6;
const FINE: Scheme = { degree: 24, inner: 48, iterations: 24, outer: 96 };

export const american: Benchmark = {
  name: 'american',
  about: 'price, delta, gamma of American options to 1e-6 of the strike, 1/s',
  run,
};

async function run(bench: Bench): Promise<readonly Metric[]> {
  const rows = equityOptions(OPTIONS).map((row) => ({ ...row, sigma: Math.max(row.sigma, 0.1) }));
  const columns = columnsOf(rows);
  checkError(rows, columns);
  const baseline: Batch = () => {
    for (const row of rows.slice(0, FEW)) binomialPrice(row, TREE_STEPS);
    return FEW;
  };
  const tree = {
    baseline,
    baselineName: `1/s tree of ${TREE_STEPS}, price only`,
    as: 'rate',
  } as const;
  return [
    await paired(bench, { name: 'american', ours: solveAll(columns, rows), ...tree }),
    await paired(bench, { name: 'american.cached', ours: requoteAll(rows), ...tree }),
  ];
}

/** Every boundary anew, by the kernel. */
function solveAll({ american, columns }: Columns, rows: readonly PricedRow[]): Batch {
  return () => {
    priceAmericanColumns(american, columns, rows.length);
    return rows.length;
  };
}

/** New spots for boundaries that are known. */
function requoteAll(rows: readonly PricedRow[]): Batch {
  const pricer = new AmericanPricer(QUICK);
  let round = 0;
  return () => {
    round = (round + 1) % 100;
    for (const row of rows) pricer.price({ ...row, spot: row.spot * (1 + 1e-4 * round) });
    return rows.length;
  };
}

interface Columns {
  readonly american: AmericanKernel;
  readonly columns: OptionColumns;
}

function columnsOf(rows: readonly PricedRow[]): Columns {
  const kernel = openKernel();
  const columns = allocateColumns(kernel, rows.length);
  fillColumns(columns, rows);
  return { american: openAmerican(kernel), columns };
}

function checkError(rows: readonly PricedRow[], { american, columns }: Columns): void {
  const fine = new AmericanPricer(FINE);
  priceAmericanColumns(american, columns, rows.length);
  let squares = 0;
  for (const [index, row] of rows.entries()) {
    const exact = fine.price(row);
    if (exact.kind !== 'priced') throw new Error('an option was refused');
    squares += (((columns.price[index] ?? Number.NaN) - exact.price) / row.strike) ** 2;
  }
  const error = Math.sqrt(squares / rows.length);
  if (!(error <= ERROR_MAX)) throw new Error(`the error is ${error} of the strike`);
}
