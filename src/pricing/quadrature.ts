/** Gauss–Legendre quadrature and Chebyshev interpolation: constants of the collocation methods. */

import assert from 'node:assert/strict';

export interface Quadrature {
  /** In (−1, 1), descending. */
  readonly points: readonly number[];
  readonly weights: readonly number[];
}

const NEWTON_STEPS = 100;

/** Exact for polynomials of degree 2·`count` − 1. */
export function gaussLegendre(count: number): Quadrature {
  assert(Number.isInteger(count) && count >= 1);
  const points: number[] = [];
  const weights: number[] = [];
  for (let index = 0; index < count; index += 1) {
    let x = Math.cos((Math.PI * (index + 0.75)) / (count + 0.5));
    let slope = 1;
    for (let step = 0; step < NEWTON_STEPS; step += 1) {
      let before = 1;
      let value = x;
      for (let degree = 2; degree <= count; degree += 1) {
        [before, value] = [value, ((2 * degree - 1) * x * value - (degree - 1) * before) / degree];
      }
      slope = (count * (x * value - before)) / (x * x - 1);
      const move = value / slope;
      x -= move;
      if (Math.abs(move) < 1e-16) break;
    }
    points.push(x);
    weights.push(2 / ((1 - x * x) * slope * slope));
  }
  return { points, weights };
}

/** cos(kπ/degree), from 1 to −1. */
export function chebyshevNodes(degree: number): readonly number[] {
  return Array.from({ length: degree + 1 }, (_, k) => Math.cos((k * Math.PI) / degree));
}

/** What each node's value contributes to the interpolated one at `z`: barycentric, second kind. */
export function interpolationRow(nodes: readonly number[], z: number): readonly number[] {
  const exact = nodes.indexOf(z);
  if (exact >= 0) return nodes.map((_, k) => (k === exact ? 1 : 0));
  const last = nodes.length - 1;
  const terms = nodes.map((node, k) => {
    const weight = (k % 2 === 0 ? 1 : -1) * (k === 0 || k === last ? 0.5 : 1);
    return weight / (z - node);
  });
  const sum = terms.reduce((total, term) => total + term, 0);
  return terms.map((term) => term / sum);
}
