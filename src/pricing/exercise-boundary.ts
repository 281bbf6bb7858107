/**
 * The early-exercise boundary of an American put of strike 1, by spectral collocation: a
 * fixed-point iteration of the boundary's own integral equation on Chebyshev nodes in √τ.
 *
 * Source: L. Andersen, M. Lake & D. Offengenden, "High performance American option pricing",
 * J. Computational Finance 20 (2016), fixed-point systems FP-A and FP-B: A is the faster one where
 * rate and yield are alike, and does not converge where they drift far apart. The first guess is
 * the trigger of P. Bjerksund & G. Stensland, Scandinavian J. Management 9 (1993).
 *
 * A boundary depends on rate, yield, volatility and time alone, not on spot or strike.
 */

import { normalCdf, normalPdf } from './normal.ts';
import { chebyshevNodes, gaussLegendre, interpolationRow } from './quadrature.ts';

/** How finely the boundary is computed. */
export interface Scheme {
  /** Degree of the boundary's polynomial. */
  readonly degree: number;
  /** Points of the integrals of the fixed-point equation. */
  readonly inner: number;
  readonly iterations: number;
  /** Points of the integral of the premium. */
  readonly outer: number;
}

/** 1e-7 of the strike, and below 1e-6 of it everywhere among the options that trade. */
export const TRADED: Scheme = { degree: 12, inner: 16, iterations: 10, outer: 32 };
/** 4e-7 of the strike (root mean square over equity-like options), for many options at once. */
export const QUICK: Scheme = { degree: 7, inner: 10, iterations: 7, outer: 20 };
/** Ten digits, for tests and offline use. */
export const EXACT: Scheme = { degree: 32, inner: 64, iterations: 32, outer: 128 };

export interface BoundaryTerms {
  readonly rate: number;
  readonly dividendYield: number;
  readonly sigma: number;
  readonly years: number;
}

export interface Boundary {
  readonly terms: BoundaryTerms;
  readonly scheme: Scheme;
  /** min(1, r/q): where it ends at expiry. */
  readonly limit: number;
  /** ln²(B/limit) at the nodes, the longest time first. */
  readonly values: Float64Array;
}

/** Per year. The bound is QuantLib's, which takes system B beyond it. */
const SYSTEM_A_DRIFT = 0.001;

/** All that depends on the scheme alone. */
export interface SchemeTables {
  readonly nodes: readonly number[];
  readonly inner: Legendre;
  readonly outer: Legendre;
  /** For node i and inner point j: the row that interpolates at τ_i(1 − (1 + y_j)²/4). */
  readonly rows: readonly (readonly Float64Array[])[];
  /** The same of the longest time for the outer points. */
  readonly outerRows: readonly Float64Array[];
}

interface Legendre {
  readonly y: Float64Array;
  readonly w: Float64Array;
}

const tables = new WeakMap<Scheme, SchemeTables>();

/** The tables of a scheme, made at their first use. */
export function schemeTables(scheme: Scheme): SchemeTables {
  let table = tables.get(scheme);
  if (table === undefined) {
    table = buildTables(scheme);
    tables.set(scheme, table);
  }
  return table;
}

/** For r > 0 only: otherwise a put has no single boundary. */
export function solveBoundary(terms: BoundaryTerms, scheme: Scheme): Boundary {
  const { rate, dividendYield } = terms;
  const limit = dividendYield > rate ? rate / dividendYield : 1;
  const table = schemeTables(scheme);
  const { nodes } = table;
  let values = Float64Array.from(nodes, (z) => {
    const time = terms.years * (0.5 * (1 + z)) ** 2;
    return Math.log(firstGuess(terms, limit, time) / limit) ** 2;
  });
  const growth = nodes.map((_, node) => growthOf(terms, table, node));
  for (let round = 0; round < scheme.iterations; round += 1) {
    values = values.map((_, node) => {
      const factors = growth[node];
      if (factors === undefined || rootOf(table, node) === 0) return 0;
      return Math.log(iterate(terms, limit, table, values, node, factors) / limit) ** 2;
    });
  }
  return { terms, scheme, limit, values };
}

/** ln B at a row's place. */
export function logBoundary(boundary: Boundary, row: Float64Array): number {
  return Math.log(boundary.limit) - Math.sqrt(Math.max(0, dot(boundary.values, row)));
}

/** ln B at `time` to expiry, which is at most the boundary's own. */
export function logBoundaryAt(boundary: Boundary, time: number): number {
  const { scheme, terms } = boundary;
  const z = 2 * Math.sqrt(time / terms.years) - 1;
  const row = interpolationRow(schemeTables(scheme).nodes, Math.min(1, Math.max(-1, z)));
  return logBoundary(boundary, Float64Array.from(row));
}

/** One application of B = e^(−(r−q)τ) N/D at a node. */
function iterate(
  terms: BoundaryTerms,
  limit: number,
  table: SchemeTables,
  values: Float64Array,
  node: number,
  growth: Float64Array,
): number {
  const { rate, dividendYield, sigma, years } = terms;
  const root = rootOf(table, node);
  const time = years * root * root;
  const width = sigma * Math.sqrt(time);
  const drift = rate - dividendYield;
  const here = -Math.sqrt(values[node] ?? 0);
  const { y, w } = table.inner;
  // Which of the two systems: A where rate and yield are alike, B where they drift apart.
  const isA = Math.abs(drift) < SYSTEM_A_DRIFT;
  const density = isA ? Math.sqrt(time) / sigma : 0;
  let strikeIntegral = 0;
  let spotIntegral = 0;
  const rows = table.rows[node] ?? [];
  for (let j = 0; j < y.length; j += 1) {
    const row = rows[j] ?? NO_ROW;
    const part = 0.5 * (1 + (y[j] ?? 0));
    const ahead = time * part * part;
    const deviation = width * part;
    const apart = here + Math.sqrt(Math.max(0, dot(values, row)));
    const plus = (apart + drift * ahead) / deviation + 0.5 * deviation;
    const minus = plus - deviation;
    const weight = w[j] ?? 0;
    // dt = τ/2·(1 + y) dy, which cancels the 1/√t of the densities.
    const strikeTerm = isA ? normalPdf(minus) * density : normalCdf(minus) * time * part;
    const spotTerm = normalCdf(plus) * time * part + (isA ? normalPdf(plus) * density : 0);
    strikeIntegral += weight * (growth[2 * j] ?? 0) * strikeTerm;
    spotIntegral += weight * (growth[2 * j + 1] ?? 0) * spotTerm;
  }
  const own = here + Math.log(limit);
  const plus = (own + drift * time) / width + 0.5 * width;
  const minus = plus - width;
  const first = isA ? normalPdf(minus) / width : normalCdf(minus);
  const second = normalCdf(plus) + (isA ? normalPdf(plus) / width : 0);
  const top = first + rate * strikeIntegral;
  const bottom = second + dividendYield * spotIntegral;
  const next = (Math.exp(-drift * time) * top) / bottom;
  return next > 0 ? Math.min(next, limit) : limit * Math.exp(here);
}

/** √(τ/T) of a node. */
function rootOf({ nodes }: SchemeTables, node: number): number {
  return 0.5 * (1 + (nodes[node] ?? -1));
}

/** e^(ru) and e^(qu) at the inner points of a node: the same in every iteration. */
function growthOf(terms: BoundaryTerms, table: SchemeTables, node: number): Float64Array {
  const { rate, dividendYield, years } = terms;
  const time = years * rootOf(table, node) ** 2;
  const { y } = table.inner;
  return Float64Array.from({ length: 2 * y.length }, (_, index) => {
    const part = 0.5 * (1 + (y[index >> 1] ?? 0));
    return Math.exp((index % 2 === 0 ? rate : dividendYield) * time * (1 - part * part));
  });
}

/** The trigger of Bjerksund and Stensland, between the limits of no time and of all time. */
function firstGuess(terms: BoundaryTerms, limit: number, time: number): number {
  const { rate, dividendYield, sigma } = terms;
  if (time === 0) return limit;
  const variance = sigma * sigma;
  const a = (rate - dividendYield) / variance - 0.5;
  const size = Math.sqrt(a * a + (2 * rate) / variance);
  // The negative root of the characteristic equation, by the form that does not cancel.
  const power = a < 0 ? (-2 * rate) / variance / (size - a) : -a - size;
  // Without interest exercise is never certain; a floor keeps the formula.
  const perpetual = Math.max(power / (power - 1), 1e-9);
  const near = 1 / limit;
  const far = 1 / Math.min(perpetual, limit * (1 - 1e-12));
  const root = sigma * Math.sqrt(time);
  const reach = Math.max((dividendYield - rate) * time + 2 * root, 0.5 * root);
  return 1 / (near + (far - near) * -Math.expm1((-reach * near) / (far - near)));
}

function buildTables(scheme: Scheme): SchemeTables {
  const nodes = chebyshevNodes(scheme.degree);
  const inner = legendre(scheme.inner);
  const outer = legendre(scheme.outer);
  const rowsAt = (root: number, { y }: Legendre): Float64Array[] => {
    return Array.from(y, (value) => {
      const left = Math.sqrt(1 - (0.5 * (1 + value)) ** 2);
      return Float64Array.from(interpolationRow(nodes, 2 * root * left - 1));
    });
  };
  const rows = nodes.map((z) => rowsAt(0.5 * (1 + z), inner));
  return { nodes, inner, outer, rows, outerRows: rowsAt(1, outer) };
}

function legendre(count: number): Legendre {
  const { points, weights } = gaussLegendre(count);
  return { y: Float64Array.from(points), w: Float64Array.from(weights) };
}

const NO_ROW = new Float64Array();

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += (a[index] ?? 0) * (b[index] ?? 0);
  return sum;
}
