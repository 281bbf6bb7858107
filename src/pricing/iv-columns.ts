/**
 * Implied volatilities of many European options: the kernel where it is exact, the scalar solver
 * row by row where it is not. No value from before is used: the same inputs give the same bits.
 */

import assert from 'node:assert/strict';
import { rightAt } from './european-columns.ts';
import { type NoImpliedVol, type PricedOption, solveImpliedVol } from './implied-vol.ts';
import { allocateColumns, cell, type Kernel, type OptionColumns } from './kernel.ts';

/** The column `refusal` holds 0 or 1 + the index of the reason here. */
export const NO_IMPLIED_VOL = [
  'below_intrinsic',
  'above_bound',
  'no_price',
  'expired',
] as const satisfies readonly NoImpliedVol[];

/**
 * Solves the first `rows` rows for the volatility of their `price`, into `sigma`. Rows without one
 * hold NaN and their reason; the number of them is returned.
 */
export function solveColumns(kernel: Kernel, columns: OptionColumns, rows: number): number {
  assert(rows >= 0 && rows <= columns.capacity);
  if (kernel.run.implied(rows, columns.base, columns.stride) === 0) return 0;
  let refused = 0;
  for (let row = 0; row < rows; row += 1) {
    if (columns.refusal[row] !== 0) refused += solveRow(columns, row);
  }
  return refused;
}

/** One option at a time, by the kernel: several times as fast as the scalar solver. */
export class ImpliedVolSolver {
  readonly #kernel: Kernel;
  readonly #columns: OptionColumns;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#columns = allocateColumns(kernel, 2);
  }

  /** The volatility, or why there is none. */
  solve(option: PricedOption): number | NoImpliedVol {
    const columns = this.#columns;
    columns.sign[0] = option.right === 'C' ? 1 : -1;
    columns.spot[0] = option.spot;
    columns.strike[0] = option.strike;
    columns.years[0] = option.years;
    columns.rate[0] = option.rate;
    columns.dividendYield[0] = option.dividendYield;
    columns.price[0] = option.price;
    if (solveColumns(this.#kernel, columns, 1) === 0) return cell(columns.sigma, 0);
    return NO_IMPLIED_VOL[cell(columns.refusal, 0) - 1] ?? 'no_price';
  }
}

/** Returns 1 if the row has no volatility. */
function solveRow(columns: OptionColumns, row: number): 0 | 1 {
  const solved = solveImpliedVol({
    right: rightAt(columns, row),
    price: cell(columns.price, row),
    spot: cell(columns.spot, row),
    strike: cell(columns.strike, row),
    years: cell(columns.years, row),
    rate: cell(columns.rate, row),
    dividendYield: cell(columns.dividendYield, row),
  });
  const found = typeof solved === 'number';
  columns.sigma[row] = found ? solved : Number.NaN;
  columns.refusal[row] = found ? 0 : 1 + NO_IMPLIED_VOL.indexOf(solved);
  return found ? 0 : 1;
}
