/** Many American options: the kernel where it is exact, the scalar reference where it passes. */

import assert from 'node:assert/strict';
import { type AmericanOption, AmericanPricer, type AmericanRefusal } from './american.ts';
import { optionAt, REFUSALS } from './european-columns.ts';
import { type Scheme, schemeTables } from './exercise-boundary.ts';
import { allocateBytes, type Kernel, type OptionColumns } from './kernel.ts';

/** Below 1e-6 of the strike (root mean square over equity-like options); rounds are the most. */
const FAST: Scheme = { degree: 6, inner: 7, iterations: 8, outer: 20 };

const DEGREE = 6;
/** Of the kernel's state, two lanes each; the growth at each inner point comes after it. */
const STATE_WORDS = 31;

/** The column `refusal` holds 0 or 1 + the index of the reason here. */
export const AMERICAN_REFUSALS = [
  ...REFUSALS,
  'double_boundary',
] as const satisfies readonly AmericanRefusal[];

/** What a thread needs besides columns: tables of a scheme, scratch, and the reference. */
export interface AmericanKernel {
  readonly kernel: Kernel;
  readonly scheme: Scheme;
  readonly table: number;
  readonly scratch: number;
  readonly reference: AmericanPricer;
}

/** For one thread: scratch must not be shared. */
export function openAmerican(kernel: Kernel, scheme: Scheme = FAST): AmericanKernel {
  const { degree, inner } = scheme;
  assert(degree === DEGREE, 'the kernel is written for seven nodes');
  const words = tableOf(scheme);
  const table = allocateBytes(kernel, words.length * 8);
  new Float64Array(kernel.memory.buffer, table, words.length).set(words);
  const scratch = allocateBytes(kernel, 16 * (STATE_WORDS + degree * inner));
  return { kernel, scheme, table, scratch, reference: new AmericanPricer() };
}

/**
 * Prices the first `rows` rows from their own inputs: price, delta and gamma; the other greeks in
 * the columns are the European ones. Refused rows hold NaN and their reason; the number of them is
 * returned.
 */
export function priceAmericanColumns(
  { kernel, scheme, table, scratch, reference }: AmericanKernel,
  columns: OptionColumns,
  rows: number,
): number {
  assert(rows >= 0 && rows <= columns.capacity);
  const { base, stride } = columns;
  const { inner, iterations, outer } = scheme;
  const { general, american } = kernel.run;
  general(rows, base, stride);
  const flagged = american(rows, base, stride, table, scratch, inner, iterations, outer);
  return flagged === 0 ? 0 : priceFlagged(reference, columns, rows);
}

/** The same of rows whose boundaries lie between those at `knots`: see `american-knots.ts`. */
export function priceBetweenKnots(
  { kernel, scheme, table, scratch, reference }: AmericanKernel,
  columns: OptionColumns,
  rows: number,
  knots: number,
): number {
  assert(rows >= 0 && rows <= columns.capacity);
  const { base, stride } = columns;
  const { inner, outer } = scheme;
  const { general, americanBetween } = kernel.run;
  general(rows, base, stride);
  const flagged = americanBetween(rows, base, stride, table, scratch, knots, inner, outer);
  return flagged === 0 ? 0 : priceFlagged(reference, columns, rows);
}

function priceFlagged(reference: AmericanPricer, columns: OptionColumns, rows: number): number {
  let refused = 0;
  for (let row = 0; row < rows; row += 1) {
    if (columns.refusal[row] !== 0)
      refused += priceRow(reference, columns, row, optionAt(columns, row));
  }
  return refused;
}

/** Returns 1 if the row is refused. */
function priceRow(
  reference: AmericanPricer,
  columns: OptionColumns,
  row: number,
  option: AmericanOption,
): 0 | 1 {
  const result = reference.price(option);
  const priced = result.kind === 'priced';
  columns.price[row] = priced ? result.price : Number.NaN;
  columns.delta[row] = priced ? result.delta : Number.NaN;
  columns.gamma[row] = priced ? result.gamma : Number.NaN;
  columns.refusal[row] = priced ? 0 : 1 + AMERICAN_REFUSALS.indexOf(result.reason);
  return priced ? 0 : 1;
}

/**
 * In the order in which the kernel reads: √(τ/T) of the nodes but the last, whose time is 0, and
 * its logarithms; parts, their reciprocals and weights of the inner points; a row of coefficients
 * for each node and inner point; parts, weights and rows of the outer points; and the rows that
 * turn values at the nodes into Chebyshev coefficients. The last node's value is 0, so no row has a
 * place for it.
 */
function tableOf(scheme: Scheme): Float64Array {
  const { degree } = scheme;
  const { nodes, inner, outer, rows, outerRows } = schemeTables(scheme);
  const words: number[] = nodes.slice(0, degree).map((z) => 0.5 * (1 + z));
  words.push(...words.map(Math.log));
  const parts = inner.y.map((y) => 0.5 * (1 + y));
  words.push(...parts, ...parts.map((part) => 1 / part), ...inner.w);
  for (const row of rows.slice(0, degree).flat()) words.push(...row.subarray(0, degree));
  words.push(...outer.y.map((y) => 0.5 * (1 + y)), ...outer.w.map((w) => 0.5 * w));
  for (const row of outerRows) words.push(...row.subarray(0, degree));
  for (let k = 0; k <= degree; k += 1) {
    for (let j = 0; j < degree; j += 1) {
      const ends = (j === 0 ? 0.5 : 1) * (k === 0 || k === degree ? 0.5 : 1);
      words.push(((2 * ends) / degree) * Math.cos((j * k * Math.PI) / degree));
    }
  }
  return Float64Array.from(words);
}
