/**
 * Price, delta and gamma of one leg over the spot: solved when its volatility, rate or time has
 * moved, and looked up at every tick. The nodes are dense around the strike, K + α sinh ξ with ξ
 * uniform, so that a spot finds its place without a search.
 */

import assert from 'node:assert/strict';
import { addCalls, type PlainCalls } from './cash-kink.ts';

export interface GridShape {
  readonly strike: number;
  /** USD: half of the nodes lie within about two of it from the strike. */
  readonly alpha: number;
  /** ξ of the first node, and the distance between nodes. */
  readonly first: number;
  readonly step: number;
  readonly count: number;
}

export interface PriceGrid {
  readonly shape: GridShape;
  readonly price: Float64Array;
  readonly delta: Float64Array;
  readonly gamma: Float64Array;
  /** What is to be added at each spot, too narrow for the nodes. */
  readonly calls: PlainCalls | null;
}

export interface GridValue {
  price: number;
  delta: number;
  gamma: number;
}

/** From 0 to `top` USD in `intervals` steps. */
export function gridShape(
  strike: number,
  alpha: number,
  top: number,
  intervals: number,
): GridShape {
  assert(strike > 0 && alpha > 0 && top > strike && intervals >= 4);
  const first = Math.asinh(-strike / alpha);
  const step = (Math.asinh((top - strike) / alpha) - first) / intervals;
  return { strike, alpha, first, step, count: intervals + 1 };
}

/** USD at a node; exactly 0 at the first. */
export function spotAt({ strike, alpha, first, step }: GridShape, index: number): number {
  return index === 0 ? 0 : strike + alpha * Math.sinh(first + index * step);
}

/** A grid of what `valueAt` says at each node. */
export function fillGrid(shape: GridShape, valueAt: (spot: number) => GridValue): PriceGrid {
  const price = new Float64Array(shape.count);
  const delta = new Float64Array(shape.count);
  const gamma = new Float64Array(shape.count);
  for (let index = 0; index < shape.count; index += 1) {
    const value = valueAt(spotAt(shape, index));
    price[index] = value.price;
    delta[index] = value.delta;
    gamma[index] = value.gamma;
  }
  return { shape, price, delta, gamma, calls: null };
}

/** Fills `into` by cubic interpolation; false, and NaN, where `spot` is outside the grid. */
export function lookUp(grid: PriceGrid, spot: number, into: GridValue): boolean {
  const { strike, alpha, first, step, count } = grid.shape;
  const place = (Math.asinh((spot - strike) / alpha) - first) / step;
  if (!(spot >= 0 && place <= count - 1)) {
    into.price = Number.NaN;
    into.delta = Number.NaN;
    into.gamma = Number.NaN;
    return false;
  }
  const left = Math.min(Math.max(Math.floor(place) - 1, 0), count - 4);
  const u = place - left;
  const [a, b, c, d] = [u, u - 1, u - 2, u - 3];
  const w0 = (b * c * d) / -6;
  const w1 = (a * c * d) / 2;
  const w2 = (a * b * d) / -2;
  const w3 = (a * b * c) / 6;
  const blend = (column: Float64Array): number =>
    w0 * (column[left] ?? 0) +
    w1 * (column[left + 1] ?? 0) +
    w2 * (column[left + 2] ?? 0) +
    w3 * (column[left + 3] ?? 0);
  into.price = blend(grid.price);
  into.delta = blend(grid.delta);
  into.gamma = blend(grid.gamma);
  if (grid.calls !== null) addCalls(grid.calls, spot, into);
  return true;
}
