/**
 * The vector kernels: greeks and implied volatilities of many options at once, in WebAssembly.
 *
 * Options stand in columns inside the module's own memory, which may be shared between threads:
 * they are written there once, and nothing is copied per call. What the kernel cannot do exactly
 * (limits, refusals, volatilities at the ends of the scale) it flags, and those rows are computed
 * by the scalar reference, so that a row's meaning never depends on which path took it.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

/** Where columns begin; everything below belongs to the module. */
const COLUMNS_START = 65_536;
const PAGE_BYTES = 65_536;
const PAGES_MIN = 16;
/** The maximum the module was compiled with: 64 MB. */
const PAGES_MAX = 1024;
/** Keeps columns of a power of two from falling on the same lines of the cache. */
const PADDING_BYTES = 192;

const COLUMN_NAMES = [
  'sign',
  'spot',
  'strike',
  'years',
  'rate',
  'dividendYield',
  'sigma',
  'refusal',
  'price',
  'delta',
  'gamma',
  'vega',
  'theta',
  'rho',
  'vanna',
  'volga',
  'charm',
  'speed',
] as const;

type ColumnName = (typeof COLUMN_NAMES)[number];

/** Where columns are; enough for another thread to find them in the same memory. */
export interface ColumnsPlace {
  readonly base: number;
  readonly capacity: number;
}

/**
 * `sign` is 1 for a call and −1 for a put; units as in `EuropeanOption`. `refusal` is 0 in a row
 * that has an answer. A chain keeps ln(strike/reference) in `spot`.
 */
export interface OptionColumns extends ColumnsPlace, Readonly<Record<ColumnName, Float64Array>> {
  readonly stride: number;
}

interface Exports {
  general(n: number, base: number, stride: number): number;
  generalWide(n: number, base: number, stride: number): number;
  chain: ChainFunction;
  chainWide: ChainFunction;
  implied(n: number, base: number, stride: number): number;
  normalised(n: number, base: number, stride: number): number;
  american(
    n: number,
    base: number,
    stride: number,
    table: number,
    scratch: number,
    inner: number,
    iterations: number,
    outer: number,
  ): number;
  solveKnots(
    row: number,
    stride: number,
    table: number,
    scratch: number,
    knots: number,
    inner: number,
    rounds: number,
  ): number;
  americanBetween(
    n: number,
    base: number,
    stride: number,
    table: number,
    scratch: number,
    knots: number,
    inner: number,
    outer: number,
  ): number;
}

type ChainFunction = (
  n: number,
  base: number,
  stride: number,
  spot: number,
  years: number,
  rate: number,
  dividendYield: number,
  logSpot: number,
  spotDiscount: number,
  strikeDiscount: number,
) => number;

export interface Kernel {
  readonly memory: WebAssembly.Memory;
  readonly run: Exports;
}

/** Memory for kernels, to be shared between threads. */
function createKernelMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: PAGES_MIN, maximum: PAGES_MAX, shared: true });
}

/** A kernel over `memory`; each thread opens its own. */
export function openKernel(memory: WebAssembly.Memory = createKernelMemory()): Kernel {
  const module = new WebAssembly.Module(
    readFileSync(new URL('./kernels/pricing.wasm', import.meta.url)),
  );
  const abort = (): never => assert.fail('the kernel aborted');
  const instance = new WebAssembly.Instance(module, { env: { memory, abort } });
  // The artefact is built from kernels/main.ts, and a test compares the two.
  return { memory, run: instance.exports as unknown as Exports };
}

/** Takes room for `capacity` options; the memory grows as needed, and nothing is given back. */
export function allocateColumns(kernel: Kernel, capacity: number): OptionColumns {
  assert(Number.isInteger(capacity) && capacity > 0);
  const base = allocateBytes(kernel, strideOf(capacity) * COLUMN_NAMES.length);
  const columns = viewColumns(kernel.memory, { base, capacity });
  // Rows beyond those in use are computed with the last pair: they must not look like refusals.
  for (const name of ['sign', 'spot', 'strike', 'years', 'sigma'] as const) columns[name].fill(1);
  return columns;
}

/** Takes bytes of the kernel's memory, from a place that is a multiple of 16. */
export function allocateBytes(kernel: Kernel, bytes: number): number {
  const whole = Math.ceil(bytes / 16) * 16;
  // The first word of the memory counts what all threads have taken.
  const taken = Atomics.add(new Int32Array(kernel.memory.buffer, 0, 1), 0, whole);
  const base = COLUMNS_START + taken;
  const missing = base + whole - kernel.memory.buffer.byteLength;
  if (missing > 0) kernel.memory.grow(Math.ceil(missing / PAGE_BYTES));
  return base;
}

/** The columns that another thread has allocated. */
export function viewColumns(memory: WebAssembly.Memory, place: ColumnsPlace): OptionColumns {
  const { base, capacity } = place;
  const stride = strideOf(capacity);
  // An odd last row has a neighbour that the kernel computes with it.
  const rows = capacity + (capacity % 2);
  const views = COLUMN_NAMES.map((name, index) => {
    return [name, new Float64Array(memory.buffer, base + index * stride, rows)];
  });
  // The names are all there: the list is what the type is made of.
  const columns = Object.fromEntries(views) as Record<ColumnName, Float64Array>;
  return { base, capacity, stride, ...columns };
}

/** A value of a column; NaN beyond its end. */
export function cell(column: Float64Array, row: number): number {
  return column[row] ?? Number.NaN;
}

function strideOf(capacity: number): number {
  return (capacity + (capacity % 2)) * 8 + PADDING_BYTES;
}
