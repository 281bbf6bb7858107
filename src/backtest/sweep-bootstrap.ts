/**
 * How far a result would have been another in another history of the same kind: the periods are
 * drawn again in blocks, since neighbours depend on each other. D. N. Politis and J. P. Romano,
 * "The Stationary Bootstrap", J. American Statistical Association 89 (1994). All sets are drawn
 * with the same periods, so that what they have in common does not blur which of them is better.
 */

import { createRandom, type Random } from '../runtime/random.ts';
import type { PeriodRow } from './periods.ts';
import { measure, type ParameterSet } from './sweep-sets.ts';

export type Band = readonly [low: number, high: number];

export interface SetBands {
  readonly pnl: Band;
  readonly error: Band;
  readonly cost: Band;
  /** Share of the histories in which no other set had less of error or cost without more. */
  readonly efficient: number;
}

/** Fewer say nothing of how far they scatter. */
const PERIODS_MIN = 8;
const RESAMPLES_MAX = 1000;
const RESAMPLES_MIN = 100;
/** Periods looked at in all: about two seconds. */
const LOOKS_MAX = 30_000_000;
/** The ends of the band: a twentieth lies on each side. */
const LOW = 0.05;

/** Of each set, in their order; null where the runs have too few periods. */
export function bootstrapSets(sets: readonly ParameterSet[]): readonly SetBands[] | null {
  const length = Math.min(...sets.flatMap(({ cells }) => cells.map((one) => one.periods.length)));
  if (!(length >= PERIODS_MIN && Number.isFinite(length))) return null;
  const looks = sets.length * length;
  const times = Math.round(
    Math.max(RESAMPLES_MIN, Math.min(RESAMPLES_MAX, LOOKS_MAX / Math.max(1, looks))),
  );
  const random = createRandom('sweep bootstrap');
  const drawn = sets.map(() => ({ pnl: [], error: [], cost: [], efficient: 0 }) as Drawn);
  for (let time = 0; time < times; time += 1) {
    const indices = stationaryIndices(random, length, blockLength(length));
    const seed = random.next();
    const points = sets.map(({ cells }) => {
      // The seed of a run is chance too: each history has one of them.
      const cell = cells[Math.floor(seed * cells.length)];
      return measure(rowsAt(cell?.periods ?? [], indices), 1);
    });
    const best = efficientOf(points);
    for (const [index, one] of drawn.entries()) {
      const point = points[index];
      if (point === undefined) continue;
      one.pnl.push(point.pnl);
      one.error.push(point.error);
      one.cost.push(point.cost);
      if (best[index] === true) one.efficient += 1;
    }
  }
  return drawn.map(({ pnl, error, cost, efficient }) => ({
    ...{ pnl: bandOf(pnl), error: bandOf(error), cost: bandOf(cost) },
    efficient: efficient / times,
  }));
}

interface Drawn {
  readonly pnl: number[];
  readonly error: number[];
  readonly cost: number[];
  efficient: number;
}

/** Mean length of a block: the order at which the variance of a mean is estimated best. */
export function blockLength(length: number): number {
  return Math.max(1, Math.round(length ** (1 / 3)));
}

/** As many as there are: each goes on from the one before, or begins anew with 1 in `mean`. */
export function stationaryIndices(random: Random, length: number, mean: number): number[] {
  const indices = new Array<number>(length);
  let at = 0;
  for (let index = 0; index < length; index += 1) {
    at = index === 0 || random.next() < 1 / mean ? random.integer(length) : (at + 1) % length;
    indices[index] = at;
  }
  return indices;
}

/** Which points nobody beats in both: by cost, each that has less error than all before. */
export function efficientOf(
  points: readonly { readonly error: number; readonly cost: number }[],
): readonly boolean[] {
  const order = points.map((_, index) => index);
  const at = (index: number) => points[index] ?? { error: 0, cost: 0 };
  order.sort((a, b) => at(a).cost - at(b).cost || at(a).error - at(b).error);
  const efficient = points.map(() => false);
  let least = Number.POSITIVE_INFINITY;
  let leastCost = Number.NaN;
  for (const index of order) {
    const { error, cost } = at(index);
    if (error < least) [least, leastCost] = [error, cost];
    else if (error > least || cost > leastCost) continue;
    efficient[index] = true;
  }
  return efficient;
}

function rowsAt(periods: readonly PeriodRow[], indices: readonly number[]): readonly PeriodRow[] {
  return indices.flatMap((index) => periods[index] ?? []);
}

function bandOf(values: readonly number[]): Band {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return [at(LOW), at(1 - LOW)];
}
