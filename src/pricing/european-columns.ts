/** Greeks of many European options: the kernel, and the scalar reference where it passes. */

import assert from 'node:assert/strict';
import {
  type EuropeanOption,
  emptyGreeks,
  fillEuropean,
  logRatio,
  type PricingRefusal,
} from './black-scholes.ts';
import { fillHigherGreeks } from './higher-greeks.ts';
import { cell, type Kernel, type OptionColumns } from './kernel.ts';

/** The column `refusal` holds 0 or 1 + the index of the reason here. */
export const REFUSALS = [
  'not_finite',
  'spot_not_positive',
  'strike_not_positive',
  'sigma_negative',
  'expired',
  'at_strike',
  'out_of_range',
] as const satisfies readonly PricingRefusal[];

export type GreekSet = 'first' | 'all';

/** What the rows of a chain share. */
export interface ChainMarket {
  readonly spot: number;
  readonly years: number;
  readonly rate: number;
  readonly dividendYield: number;
}

/** One underlying and expiry: the logarithms of its strikes are kept. */
export interface Chain {
  readonly columns: OptionColumns;
  readonly rows: number;
  readonly reference: number;
}

/**
 * Prices the first `rows` rows from their own inputs: six greeks, or all ten. Refused rows hold NaN
 * and their reason; the number of them is returned.
 */
export function priceColumns(
  kernel: Kernel,
  columns: OptionColumns,
  rows: number,
  greeks: GreekSet,
): number {
  assert(rows >= 0 && rows <= columns.capacity);
  const run = greeks === 'all' ? kernel.run.generalWide : kernel.run.general;
  if (run(rows, columns.base, columns.stride) === 0) return 0;
  let refused = 0;
  for (let row = 0; row < rows; row += 1) {
    if (columns.refusal[row] !== 0)
      refused += priceRow(columns, row, optionAt(columns, row), greeks);
  }
  return refused;
}

/** Takes the strikes and signs that stand in `columns` for a chain; once per list of strikes. */
export function prepareChain(columns: OptionColumns, rows: number): Chain {
  assert(rows > 0 && rows <= columns.capacity);
  // In the middle, so that near the money both logarithms are small and lose nothing in between.
  const reference = cell(columns.strike, rows >> 1);
  for (let row = 0; row < rows; row += 1) {
    columns.spot[row] = logRatio(cell(columns.strike, row), reference);
  }
  return { columns, rows, reference };
}

/** Prices a chain at each row's `sigma`; otherwise as `priceColumns`. */
export function priceChain(
  kernel: Kernel,
  chain: Chain,
  market: ChainMarket,
  greeks: GreekSet,
): number {
  const { columns, rows, reference } = chain;
  const { spot, years, rate, dividendYield } = market;
  const run = greeks === 'all' ? kernel.run.chainWide : kernel.run.chain;
  const usual =
    spot >= 1e-100 &&
    spot <= 1e100 &&
    years >= 1e-12 &&
    Math.max(Math.abs(rate * years), Math.abs(dividendYield * years)) <= 50;
  const flagged = usual
    ? run(
        rows,
        columns.base,
        columns.stride,
        spot,
        years,
        rate,
        dividendYield,
        logRatio(spot, reference),
        Math.exp(-dividendYield * years),
        Math.exp(-rate * years),
      )
    : rows;
  if (flagged === 0) return 0;
  let refused = 0;
  for (let row = 0; row < rows; row += 1) {
    if (usual && columns.refusal[row] === 0) continue;
    const strike = cell(columns.strike, row);
    const sigma = cell(columns.sigma, row);
    refused += priceRow(
      columns,
      row,
      { ...market, right: rightAt(columns, row), strike, sigma },
      greeks,
    );
  }
  return refused;
}

/** The right of a row's `sign`. */
export function rightAt(columns: OptionColumns, row: number): 'C' | 'P' {
  const sign = columns.sign[row];
  assert(sign === 1 || sign === -1, 'a sign is 1 for a call or -1 for a put');
  return sign === 1 ? 'C' : 'P';
}

const first = emptyGreeks();
const higher = { vanna: Number.NaN, volga: Number.NaN, charm: Number.NaN, speed: Number.NaN };

/** Returns 1 if the row is refused. */
function priceRow(
  columns: OptionColumns,
  row: number,
  option: EuropeanOption,
  greeks: GreekSet,
): 0 | 1 {
  const reason =
    fillEuropean(option, first) ?? (greeks === 'all' ? fillHigherGreeks(option, higher) : null);
  // A row is answered as a whole or not at all.
  const keep = (value: number): number => (reason === null ? value : Number.NaN);
  columns.price[row] = keep(first.price);
  columns.delta[row] = keep(first.delta);
  columns.gamma[row] = keep(first.gamma);
  columns.vega[row] = keep(first.vega);
  columns.theta[row] = keep(first.theta);
  columns.rho[row] = keep(first.rho);
  columns.refusal[row] = reason === null ? 0 : 1 + REFUSALS.indexOf(reason);
  if (greeks === 'all') {
    columns.vanna[row] = keep(higher.vanna);
    columns.volga[row] = keep(higher.volga);
    columns.charm[row] = keep(higher.charm);
    columns.speed[row] = keep(higher.speed);
  }
  return reason === null ? 0 : 1;
}

/** Puts an option into a row. */
export function writeOption(columns: OptionColumns, row: number, option: EuropeanOption): void {
  columns.sign[row] = option.right === 'C' ? 1 : -1;
  columns.spot[row] = option.spot;
  columns.strike[row] = option.strike;
  columns.years[row] = option.years;
  columns.rate[row] = option.rate;
  columns.dividendYield[row] = option.dividendYield;
  columns.sigma[row] = option.sigma;
}

/** The option of a row. */
export function optionAt(columns: OptionColumns, row: number): EuropeanOption {
  return {
    right: rightAt(columns, row),
    spot: cell(columns.spot, row),
    strike: cell(columns.strike, row),
    years: cell(columns.years, row),
    rate: cell(columns.rate, row),
    dividendYield: cell(columns.dividendYield, row),
    sigma: cell(columns.sigma, row),
  };
}
