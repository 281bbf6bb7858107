/** Greeks of many options and of one book, beside the same maths written plainly, and packages. */

import { AmericanPricer } from '../../src/pricing/american.ts';
import { emptyGreeks, fillEuropean } from '../../src/pricing/black-scholes.ts';
import { prepareChain, priceChain, priceColumns } from '../../src/pricing/european-columns.ts';
import { QUICK } from '../../src/pricing/exercise-boundary.ts';
import { solveImpliedVol } from '../../src/pricing/implied-vol.ts';
import { allocateColumns, openKernel } from '../../src/pricing/kernel.ts';
import { fillGrid, gridShape, lookUp } from '../../src/pricing/price-grid.ts';
import { atLeast, atMost, type Bench, type Benchmark, type Metric } from './harness/benchmark.ts';
import { type Batch, paired } from './harness/paired.ts';
import { equityOptions, fillColumns, type PricedRow } from './options.ts';
import { pairGreeks, uqeeGreeks } from './peers/npm-pricing.ts';
import { plainGreeks, plainImpliedVol } from './peers/plain-pricing.ts';

const OPTIONS = 4096;
const LEGS = 4;
/** A slow peer is given fewer at a time. */
const FEW = 64;

export const greeksEuropean: Benchmark = {
  name: 'greeks.european',
  about: 'price, delta, gamma, vega, theta, rho of European options, rows/s',
  run: runEuropean,
};

export const greeksChain: Benchmark = {
  name: 'greeks.chain',
  about: 'the same for the strikes of one expiry, rows/s',
  run: runChain,
};

export const greeksBook: Benchmark = {
  name: 'greeks.small_book',
  about: 'four legs, from quotes to the greeks of the book, µs',
  run: runBook,
};

async function runEuropean(bench: Bench): Promise<readonly Metric[]> {
  const rows = equityOptions(OPTIONS);
  const kernel = openKernel();
  const columns = allocateColumns(kernel, OPTIONS);
  fillColumns(columns, rows);
  const ours = (): number => {
    if (priceColumns(kernel, columns, OPTIONS, 'first') > 0) throw new Error('a row was refused');
    return OPTIONS;
  };
  const name = 'greeks.european';
  return [
    await paired(bench, {
      name,
      ours,
      baseline: plain(rows),
      baselineName: '1/s plain JS',
      as: 'rate',
      goal: atLeast(2),
    }),
    await paired(bench, {
      name: `${name}.uqee`,
      ours,
      baseline: each(rows, uqeeGreeks),
      baselineName: '1/s @uqee/black-scholes',
      as: 'rate',
      goal: atLeast(10),
    }),
    await paired(bench, {
      name: `${name}.pair`,
      ours,
      baseline: each(rows.slice(0, FEW), pairGreeks),
      baselineName: '1/s black-scholes + greeks',
      as: 'rate',
      goal: atLeast(10),
    }),
  ];
}

async function runChain(bench: Bench): Promise<readonly Metric[]> {
  const market = { spot: 100.3, years: 0.1, rate: 0.04, dividendYield: 0.01 };
  const rows = equityOptions(OPTIONS).map((row) => ({ ...row, ...market }));
  const kernel = openKernel();
  const columns = allocateColumns(kernel, OPTIONS);
  fillColumns(columns, rows);
  const chain = prepareChain(columns, OPTIONS);
  const ours = (): number => {
    if (priceChain(kernel, chain, market, 'first') > 0) throw new Error('a row was refused');
    return OPTIONS;
  };
  return [
    await paired(bench, {
      name: 'greeks.chain',
      ours,
      baseline: plain(rows),
      baselineName: '1/s plain JS',
      as: 'rate',
      goal: atLeast(2.3),
    }),
  ];
}

/** One leg's quote has changed: its volatility is solved, and all legs are priced anew. */
async function runBook(bench: Bench): Promise<readonly Metric[]> {
  const legs = equityOptions(LEGS);
  const [changed] = legs;
  if (changed === undefined) throw new Error('a book has legs');
  const into = emptyGreeks();
  // What is computed is used, lest it be left out.
  const sink = { sum: 0 };
  const european = (solve: (leg: PricedRow) => unknown, greeks: typeof plainGreeks): Batch => {
    return () => {
      solve(changed);
      for (const leg of legs) {
        greeks(leg, into);
        sink.sum += into.delta + into.gamma;
      }
      return 1;
    };
  };
  const baseline = european(plainImpliedVol, plainGreeks);
  return [
    await paired(bench, {
      name: 'greeks.small_book',
      ours: european(solveImpliedVol, fillEuropean),
      baseline,
      baselineName: 'µs plain JS',
      as: 'latency',
      goal: atMost(3, 'value'),
    }),
    await paired(bench, {
      name: 'greeks.small_book.american',
      ours: gridBook(legs, (value) => {
        sink.sum += value;
      }),
      baseline,
      baselineName: 'µs plain JS, European',
      as: 'latency',
      goal: atMost(3, 'value'),
    }),
    await paired(bench, {
      name: 'greeks.small_book.american.solve',
      ours: solvedBook(legs),
      baseline,
      baselineName: 'µs plain JS, European',
      as: 'latency',
      goal: atMost(100, 'value'),
    }),
  ];
}

/** From the grids of the legs, solved beforehand. */
function gridBook(legs: readonly PricedRow[], take: (sum: number) => void): Batch {
  const pricer = new AmericanPricer(QUICK);
  const into = { price: 0, delta: 0, gamma: 0 };
  const grids = legs.map((leg) => {
    const shape = gridShape(leg.strike, 20, 400, 200);
    return fillGrid(shape, (spot) => {
      const priced = spot === 0 ? null : pricer.price({ ...leg, spot });
      return priced?.kind === 'priced' ? priced : { price: 0, delta: 0, gamma: 0 };
    });
  });
  let tick = 0;
  return () => {
    tick = (tick + 1) % 100;
    for (const grid of grids) {
      lookUp(grid, 95 + 0.1 * tick, into);
      take(into.delta + into.gamma);
    }
    return 1;
  };
}

/** Every leg at a volatility it never had before: no boundary is known. */
function solvedBook(legs: readonly PricedRow[]): Batch {
  const pricer = new AmericanPricer(QUICK);
  let count = 0;
  return () => {
    count += 1;
    for (const leg of legs) pricer.price({ ...leg, sigma: leg.sigma * (1 + 1e-9 * count) });
    return 1;
  };
}

function plain(rows: readonly PricedRow[]): Batch {
  const into = emptyGreeks();
  return () => {
    for (const row of rows) plainGreeks(row, into);
    return rows.length;
  };
}

function each(rows: readonly PricedRow[], greeks: (row: PricedRow) => number): Batch {
  let sum = 0;
  return () => {
    for (const row of rows) sum += greeks(row);
    return Number.isNaN(sum) ? 0 : rows.length;
  };
}
