/** Greeks and implied volatilities a second on one core, beside the same maths written plainly. */

import { emptyGreeks, fillEuropean } from '../../../src/pricing/black-scholes.ts';
import { solveImpliedVol } from '../../../src/pricing/implied-vol.ts';
import type { Bench, Benchmark, Metric } from '../harness/benchmark.ts';
import { paired } from '../harness/paired.ts';
import { plainGreeks, plainImpliedVol } from '../peers/plain-pricing.ts';

/** As many options as a large chain has. */
const OPTIONS = 4096;

export const greeksEuropean: Benchmark = {
  name: 'greeks.european',
  about: 'price, delta, gamma, vega, theta, rho of European options, rows/s',
  run: (bench) => runGreeks(bench),
};

export const impliedVols: Benchmark = {
  name: 'iv',
  about: 'implied volatilities of equity-like options, 1/s',
  run: (bench) => runImpliedVols(bench),
};

async function runGreeks(bench: Bench): Promise<readonly Metric[]> {
  const rows = options();
  const into = emptyGreeks();
  const ours = (): number => {
    for (const row of rows) fillEuropean(row, into);
    return rows.length;
  };
  const baseline = (): number => {
    for (const row of rows) plainGreeks(row, into);
    return rows.length;
  };
  const name = 'greeks.european';
  return [await paired(bench, { name, ours, baseline, baselineName: '1/s plain JS', as: 'rate' })];
}

async function runImpliedVols(bench: Bench): Promise<readonly Metric[]> {
  const into = emptyGreeks();
  const rows = options().map((row) => {
    fillEuropean(row, into);
    return { ...row, price: into.price };
  });
  const ours = (): number => {
    for (const row of rows) solveImpliedVol(row);
    return rows.length;
  };
  const baseline = (): number => {
    for (const row of rows) plainImpliedVol(row);
    return rows.length;
  };
  return [
    await paired(bench, { name: 'iv', ours, baseline, baselineName: '1/s Newton', as: 'rate' }),
  ];
}

/** Drawn once, the same in every run: near the money, days to two years, calm to wild. */
function options() {
  let state = 12_345;
  const draw = (low: number, high: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return low + (high - low) * (state / 2_147_483_648);
  };
  return Array.from({ length: OPTIONS }, (_, index) => ({
    right: index % 2 === 0 ? ('C' as const) : ('P' as const),
    spot: draw(80, 120),
    strike: draw(85, 115),
    years: draw(0.05, 2),
    rate: draw(0, 0.06),
    dividendYield: draw(0, 0.03),
    sigma: draw(0.15, 0.8),
  }));
}
