/**
 * Sobol's sequence: points that fill a cube evenly, each new one into the largest hole. Direction
 * numbers of S. Joe and F. Y. Kuo, "Constructing Sobol sequences with better two-dimensional
 * projections", SIAM J. Sci. Comput. 30 (2008), file new-joe-kuo-6, the first twelve dimensions.
 */

import assert from 'node:assert/strict';

/** Degree, coefficients and first direction numbers, from the second dimension on. */
const TABLE: readonly (readonly [s: number, a: number, m: readonly number[]])[] = [
  [1, 0, [1]],
  [2, 1, [1, 3]],
  [3, 1, [1, 3, 1]],
  [3, 2, [1, 1, 1]],
  [4, 1, [1, 1, 3, 3]],
  [4, 4, [1, 3, 5, 13]],
  [5, 2, [1, 1, 5, 5, 17]],
  [5, 4, [1, 1, 5, 5, 5]],
  [5, 7, [1, 1, 7, 11, 19]],
  [5, 11, [1, 1, 5, 1, 1]],
  [5, 13, [1, 1, 1, 3, 11]],
];
const BITS = 31;

export const SOBOL_DIMENSIONS_MAX = TABLE.length + 1;

/** The points 1 to `count` of the cube; the first of the sequence is its corner and left out. */
export function sobolPoints(dimensions: number, count: number): readonly (readonly number[])[] {
  assert(dimensions >= 1 && dimensions <= SOBOL_DIMENSIONS_MAX, 'the table has these dimensions');
  assert(count >= 0 && count < 2 ** BITS, 'points are counted in 31 bits');
  const directions = Array.from({ length: dimensions }, (_, index) => directionsOf(index));
  const state = new Array<number>(dimensions).fill(0);
  return Array.from({ length: count }, (_, index) => {
    // Gray code: each point differs from the one before it by one direction.
    const bit = lowestZero(index);
    return state.map((value, dimension) => {
      const next = value ^ (directions[dimension]?.[bit] ?? 0);
      state[dimension] = next;
      return next / 2 ** BITS;
    });
  });
}

function directionsOf(dimension: number): readonly number[] {
  if (dimension === 0) return Array.from({ length: BITS }, (_, bit) => 2 ** (BITS - 1 - bit));
  const [s, a, m] = TABLE[dimension - 1] ?? [1, 0, [1]];
  const v: number[] = [];
  for (let bit = 0; bit < BITS; bit += 1) {
    if (bit < s) {
      v.push((m[bit] ?? 1) * 2 ** (BITS - 1 - bit));
      continue;
    }
    const before = v[bit - s] ?? 0;
    let value = before ^ (before >>> s);
    for (let k = 1; k < s; k += 1) {
      if (((a >> (s - 1 - k)) & 1) === 1) value ^= v[bit - k] ?? 0;
    }
    v.push(value);
  }
  return v;
}

function lowestZero(index: number): number {
  let bit = 0;
  for (let rest = index; (rest & 1) === 1; rest >>= 1) bit += 1;
  return bit;
}
