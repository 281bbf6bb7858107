import assert from 'node:assert/strict';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { type EuropeanOption, logRatio, priceEuropean } from '../../src/pricing/black-scholes.ts';
import {
  prepareChain,
  priceChain,
  priceColumns,
  REFUSALS,
  writeOption,
} from '../../src/pricing/european-columns.ts';
import { higherGreeks } from '../../src/pricing/higher-greeks.ts';
import { allocateColumns, type OptionColumns, openKernel } from '../../src/pricing/kernel.ts';
import { europeanOption } from './options.ts';

const kernel = openKernel();
const columns = allocateColumns(kernel, 257);

const FIRST = ['price', 'delta', 'gamma', 'vega', 'theta', 'rho'] as const;
const HIGHER = ['vanna', 'volga', 'charm', 'speed'] as const;

/** What the scalar reference says: its values, or its refusal. */
function reference(option: EuropeanOption) {
  const first = priceEuropean(option);
  const higher = higherGreeks(option);
  return first.kind === 'refused'
    ? first
    : higher.kind === 'refused'
      ? higher
      : { ...first, ...higher };
}

/**
 * How far two correct computations may lie apart: 1e-12 of each greek's own size, times how much
 * the rounding of d1 matters to the density there (d1² of it, and d1 for each rounding of the
 * logarithm and the carry, which a small deviation magnifies).
 */
function assertRow(into: OptionColumns, row: number, option: EuropeanOption): void {
  const expected = reference(option);
  const what = `${JSON.stringify(option)} row ${row}`;
  if (expected.kind === 'refused') {
    assert.equal(REFUSALS[(into.refusal[row] ?? 0) - 1], expected.reason, what);
    for (const name of [...FIRST, ...HIGHER]) assert.ok(Number.isNaN(into[name][row]), name);
    return;
  }
  assert.equal(into.refusal[row], 0, what);
  const { spot, strike, years, rate, dividendYield, sigma } = option;
  const deviation = sigma * Math.sqrt(years);
  const carried =
    Math.abs(logRatio(spot, strike)) + Math.abs(rate * years) + Math.abs(dividendYield * years);
  const d1 = (logRatio(spot, strike) + (rate - dividendYield) * years) / deviation + deviation / 2;
  const condition =
    1 + 0.01 * (d1 * d1 + (Math.abs(d1) + 1) * (carried / deviation)) || Number.POSITIVE_INFINITY;
  const present = spot * Math.exp(-dividendYield * years) + strike * Math.exp(-rate * years);
  const size = {
    price: present,
    delta: 1,
    gamma: expected.gamma,
    vega: expected.vega,
    theta: present * (Math.abs(rate) + Math.abs(dividendYield)) + Math.abs(expected.theta),
    rho: years * present,
    vanna: Math.abs(expected.vanna) + expected.vega / (spot * deviation),
    volga: Math.abs(expected.volga) + (expected.vega / sigma) * (1 + Math.abs(d1)),
    charm:
      Math.abs(expected.charm) +
      (expected.gamma * spot * deviation) / years +
      Math.abs(rate) +
      Math.abs(dividendYield),
    speed: Math.abs(expected.speed) + (expected.gamma / spot) * (1 + 1 / deviation),
  };
  for (const name of [...FIRST, ...HIGHER]) {
    const actual = into[name][row] ?? Number.NaN;
    const off = Math.abs(actual - expected[name]);
    const allowed = 1e-12 * condition * size[name] + 1e-290;
    assert.ok(
      actual === expected[name] || off <= allowed,
      `${name} ${actual} not ${expected[name]}: ${what}`,
    );
  }
}

const EDGES: readonly EuropeanOption[] = [
  0,
  1e-320,
  1e-9,
  0.2,
  40,
  1e200,
  -0.1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
].flatMap((sigma) =>
  [0, 1e-15, 1 / 525_600, 1, 1000, -1].flatMap((years) =>
    [0, -5, 1e-310, 1e-200, 1, 99.99999999, 100, 250, 1e9, 1e200].flatMap((spot) =>
      (['C', 'P'] as const).map((right) => {
        return { right, spot, strike: 100, years, rate: 0.05, dividendYield: 0.01, sigma };
      }),
    ),
  ),
);

describe('greeks in columns', () => {
  it('equal the scalar reference over a wide domain', () => {
    const wide = europeanOption({
      deviations: 8,
      sigmaMax: 3,
      yearsMin: 1 / 525_600,
      yearsMax: 30,
    });
    fc.assert(
      fc.property(fc.array(wide, { minLength: 1, maxLength: 40 }), (options) => {
        for (const [row, option] of options.entries()) writeOption(columns, row, option);
        assert.equal(priceColumns(kernel, columns, options.length, 'all'), 0);
        for (const [row, option] of options.entries()) assertRow(columns, row, option);
      }),
      { numRuns: 300 },
    );
  });

  it('are the limit or a typed refusal at every edge of the domain', () => {
    for (let start = 0; start < EDGES.length; start += 257) {
      const options = EDGES.slice(start, start + 257);
      for (const [row, option] of options.entries()) writeOption(columns, row, option);
      const refused = priceColumns(kernel, columns, options.length, 'all');
      const expected = options.filter((option) => reference(option).kind === 'refused');
      assert.equal(refused, expected.length);
      for (const [row, option] of options.entries()) assertRow(columns, row, option);
    }
  });

  it('refuse a huge rate as the reference does', () => {
    const option = { right: 'C', spot: 100, strike: 100, years: 1, dividendYield: 0 } as const;
    for (const [row, rate] of [51, -51, 800, -800, Number.NaN].entries()) {
      writeOption(columns, row, { ...option, rate, sigma: 0.2 });
    }
    priceColumns(kernel, columns, 5, 'all');
    for (const [row, rate] of [51, -51, 800, -800, Number.NaN].entries()) {
      assertRow(columns, row, { ...option, rate, sigma: 0.2 });
    }
  });

  it('leave the higher greeks alone where only the first are wanted', () => {
    writeOption(columns, 0, {
      right: 'P',
      spot: 90,
      strike: 80,
      years: 0.25,
      rate: 0.05,
      dividendYield: 0,
      sigma: 0.2,
    });
    columns.vanna[0] = 7;
    assert.equal(priceColumns(kernel, columns, 1, 'first'), 0);
    assert.equal(columns.vanna[0], 7);
    assert.ok((columns.gamma[0] ?? 0) > 0);
  });

  it('refuse a sign that is neither call nor put as a defect', () => {
    writeOption(columns, 0, {
      right: 'C',
      spot: 90,
      strike: 80,
      years: 0.25,
      rate: 0.05,
      dividendYield: 0,
      sigma: 0.2,
    });
    columns.sign[0] = 0;
    assert.throws(() => priceColumns(kernel, columns, 1, 'first'));
    columns.sign[0] = 1;
  });

  it('of a chain equal the scalar reference, whatever its market', () => {
    const chain = fc.record({
      strikes: fc.array(fc.double({ min: 40, max: 250, noNaN: true }), {
        minLength: 1,
        maxLength: 30,
      }),
      spot: fc.double({ min: 60, max: 170, noNaN: true }),
      years: fc.double({ min: 0, max: 3, noNaN: true }),
      rate: fc.double({ min: -0.03, max: 0.12, noNaN: true }),
      dividendYield: fc.double({ min: -0.02, max: 0.1, noNaN: true }),
      sigma: fc.double({ min: 0, max: 2, noNaN: true }),
    });
    const rows = allocateColumns(kernel, 31);
    fc.assert(
      fc.property(chain, ({ strikes, sigma, ...market }) => {
        const options = strikes.map((strike, row): EuropeanOption => {
          return {
            right: row % 2 === 0 ? 'C' : 'P',
            strike,
            sigma: sigma * (1 + row / 100),
            ...market,
          };
        });
        for (const [row, option] of options.entries()) writeOption(rows, row, option);
        priceChain(kernel, prepareChain(rows, options.length), market, 'all');
        for (const [row, option] of options.entries()) assertRow(rows, row, option);
      }),
      { numRuns: 300 },
    );
    const dead = { spot: -1, years: 1, rate: 0, dividendYield: 0 };
    writeOption(rows, 0, { right: 'C', strike: 100, sigma: 0.2, ...dead });
    assert.equal(priceChain(kernel, prepareChain(rows, 1), dead, 'first'), 1);
    assert.equal(rows.refusal[0], 1 + REFUSALS.indexOf('spot_not_positive'));
  });

  it('are read in another thread from the same memory', async () => {
    const option = {
      right: 'C',
      spot: 100,
      strike: 100,
      years: 1,
      rate: 0.05,
      dividendYield: 0,
      sigma: 0.2,
    } as const;
    const shared = allocateColumns(kernel, 3);
    writeOption(shared, 2, option);
    const source = `
      import { parentPort, workerData } from 'node:worker_threads';
      const { kernel, columns, memory, place } = workerData;
      const { openKernel, viewColumns } = await import(kernel);
      const { priceColumns } = await import(columns);
      const refused = priceColumns(openKernel(memory), viewColumns(memory, place), 3, 'first');
      parentPort.postMessage(refused);`;
    const url = (name: string): string =>
      new URL(`../../src/pricing/${name}`, import.meta.url).href;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
      workerData: {
        kernel: url('kernel.ts'),
        columns: url('european-columns.ts'),
        memory: kernel.memory,
        place: { base: shared.base, capacity: shared.capacity },
      },
    });
    const refused = await new Promise((resolve, reject) => {
      worker.on('message', resolve);
      worker.on('error', reject);
    });
    await worker.terminate();
    assert.equal(refused, 0);
    assert.ok(Math.abs((shared.price[2] ?? 0) - 10.450583572185565) < 1e-12);
  }, 30_000);

  it('grow the memory when there is no room left', () => {
    const own = openKernel();
    const before = own.memory.buffer.byteLength;
    const big = allocateColumns(own, 20_000);
    assert.ok(own.memory.buffer.byteLength > before);
    assert.equal(priceColumns(own, big, 20_000, 'first'), 0);
  });
});
