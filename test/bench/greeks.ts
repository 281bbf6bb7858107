/** Greeks of many options and of one book, beside the same maths written plainly, and packages. */

import { emptyGreeks } from '../../src/pricing/black-scholes.ts';
import { prepareChain, priceChain, priceColumns } from '../../src/pricing/european-columns.ts';
import { allocateColumns, openKernel } from '../../src/pricing/kernel.ts';
import { type BookChange, createBookBench } from './book-record.ts';
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

/** The record of a book as the greeks actor prices it, checks and reasons included. */
async function runBook(bench: Bench): Promise<readonly Metric[]> {
  const baseline = plainBook();
  // What is computed is used, lest it be left out.
  const sink = { sum: 0 };
  const book = (exercise: 'american' | 'european', change: BookChange): Batch => {
    const next = createBookBench(exercise);
    return () => {
      sink.sum += next(change);
      return 1;
    };
  };
  const row = (name: string, ours: Batch, most: number) =>
    paired(bench, {
      name,
      ours,
      baseline,
      baselineName: 'µs plain JS, European',
      as: 'latency',
      goal: atMost(most, 'value'),
    });
  const name = 'greeks.small_book';
  return [
    await row(name, book('european', 'quote'), 3),
    await row(`${name}.american`, book('american', 'spot'), 3),
    await row(`${name}.american.quote`, book('american', 'quote'), 100),
    await row(`${name}.american.solve`, book('american', 'minute'), 100),
  ];
}

/** One leg's quote has changed: its volatility is solved, and all legs are priced anew. */
function plainBook(): Batch {
  const legs = equityOptions(LEGS);
  const [changed] = legs;
  if (changed === undefined) throw new Error('a book has legs');
  const into = emptyGreeks();
  const sink = { sum: 0 };
  return () => {
    plainImpliedVol(changed);
    for (const leg of legs) {
      plainGreeks(leg, into);
      sink.sum += into.delta + into.gamma;
    }
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
