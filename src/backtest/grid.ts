/** Which parameter sets a sweep runs: every combination, or points drawn at random or by Sobol. */

import { Fault } from '../fault.ts';
import { createRandom } from '../runtime/random.ts';
import { SOBOL_DIMENSIONS_MAX, sobolPoints } from './sobol.ts';

/** Values to choose from, or a range; `integer` rounds. */
export type Axis =
  | readonly (number | string | boolean | null)[]
  | {
      readonly from: number;
      readonly to: number;
      readonly step?: number;
      readonly integer?: boolean;
    };

export const OBJECTIVES = ['sharpe', 'pnl', 'error', 'cost'] as const;
/** What is sought: the highest Sharpe ratio or P&L, the least hedge error or cost. */
export type Objective = (typeof OBJECTIVES)[number];

/** Days to choose on and days to judge the choice on. */
export interface WalkWindows {
  readonly train_days: number;
  readonly test_days: number;
}

export interface GridSpec {
  /** Halving begins with Sobol's points. */
  readonly search: 'grid' | 'random' | 'sobol' | 'halving';
  /** Points that are drawn. */
  readonly samples: number;
  /** Of halving: one set of so many goes on to more days. */
  readonly keep: number;
  /** What halving and walk-forward seek. */
  readonly objective: Objective;
  /** Null: half of the days to choose on, and a quarter of the rest at a time to judge on. */
  readonly walk_forward: WalkWindows | null;
  readonly seeds: readonly number[];
  /** By dotted key of the configuration. */
  readonly parameters: Readonly<Record<string, Axis>>;
}

export type Overrides = Readonly<Record<string, number | string | boolean | null>>;

export interface Cell {
  readonly index: number;
  readonly seed: number;
  readonly overrides: Overrides;
}

/** More is a mistake: at a second each, on eight cores, it is four hours. */
const CELLS_MAX = 100_000;

/** All cells in order. Throws `Fault('config_invalid')`. */
export function cellsOf(spec: GridSpec): readonly Cell[] {
  const sets = spec.search === 'grid' ? combinations(spec) : drawn(spec);
  const cells = sets.flatMap((overrides) => spec.seeds.map((seed) => ({ seed, overrides })));
  if (cells.length > CELLS_MAX) refuse(`${cells.length} cells; at most ${CELLS_MAX}`);
  return cells.map((cell, index) => ({ index, ...cell }));
}

function combinations({ parameters }: GridSpec): readonly Overrides[] {
  let sets: readonly Overrides[] = [{}];
  for (const [key, axis] of Object.entries(parameters)) {
    const values = valuesOf(key, axis);
    sets = sets.flatMap((set) => values.map((value) => ({ ...set, [key]: value })));
    if (sets.length > CELLS_MAX) refuse(`more than ${CELLS_MAX} combinations`);
  }
  return sets;
}

function valuesOf(key: string, axis: Axis): readonly Overrides[string][] {
  if (isList(axis)) return axis;
  const { from, to, step } = axis;
  if (step === undefined || !(step > 0)) return refuse(`${key}: a range of a grid needs a step`);
  const count = Math.floor((to - from) / step + 1e-9) + 1;
  if (!(count >= 1 && count <= CELLS_MAX)) return refuse(`${key}: from ${from} to ${to}`);
  return Array.from({ length: count }, (_, index) => at(axis, (index * step) / (to - from || 1)));
}

function drawn({ search, samples, parameters }: GridSpec): readonly Overrides[] {
  const axes = Object.entries(parameters);
  if (search !== 'random' && axes.length > SOBOL_DIMENSIONS_MAX) {
    refuse(`sobol has ${SOBOL_DIMENSIONS_MAX} dimensions, the grid ${axes.length}`);
  }
  // Its own stream: the seeds of the runs do not move the points.
  const random = createRandom('sweep');
  const points =
    search === 'random'
      ? Array.from({ length: samples }, () => axes.map(() => random.next()))
      : sobolPoints(axes.length, samples);
  return points.map((point) =>
    Object.fromEntries(axes.map(([key, axis], index) => [key, at(axis, point[index] ?? 0)])),
  );
}

/** The value at a share of the axis. */
function at(axis: Axis, share: number): Overrides[string] {
  if (isList(axis)) return axis[Math.min(axis.length - 1, Math.floor(share * axis.length))] ?? null;
  const value = axis.from + share * (axis.to - axis.from);
  return axis.integer === true ? Math.round(value) : Number(value.toPrecision(12));
}

function isList(axis: Axis): axis is readonly (number | string | boolean | null)[] {
  return Array.isArray(axis);
}

function refuse(why: string): never {
  throw new Fault('config_invalid', `the grid: ${why}`, {
    remedy: 'parameters: { key: [values] } or { key: { from, to, step } }',
  });
}
