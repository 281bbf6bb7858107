/**
 * Successive halving: all sets are tried on the first days, the best of them on more, and few on
 * all. K. Jamieson and A. Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter
 * Optimization", AISTATS 2016. A rung ends before the next begins and equals are told apart by
 * their place in the grid, so that the choice is the same for any number of workers.
 */

import { Fault } from '../fault.ts';
import type { Cell, Objective } from './grid.ts';
import type { CellResult } from './sweep-job.ts';
import { measureSet, scoreOf, setsOf } from './sweep-sets.ts';

export interface Rung {
  /** Days that it plays, from the first on. */
  readonly days: readonly string[];
  /** Sets that it tries. */
  readonly sets: number;
}

/** Rungs of a search that keeps one set of `keep`; the last plays all days. */
export function rungsOf(days: readonly string[], sets: number, keep: number): readonly Rung[] {
  if (days.length < 2) {
    throw new Fault('config_invalid', 'halving needs two days: it tries many sets on few of them', {
      remedy: 'search: sobol, or a data set with more days',
    });
  }
  const most = Math.floor(Math.log(Math.min(sets, days.length)) / Math.log(keep) + 1e-9);
  const rungs = Math.max(1, most);
  return Array.from({ length: rungs + 1 }, (_, rung) => {
    const share = keep ** (rung - rungs);
    const count = Math.max(1, Math.round(days.length * share));
    return { days: days.slice(0, count), sets: Math.ceil(sets / keep ** rung) };
  });
}

/** The cells of the best sets, as many as asked for, in the order of the grid. */
export function survivors(
  cells: readonly Cell[],
  results: readonly CellResult[],
  objective: Objective,
  sets: number,
): readonly Cell[] {
  const rated = setsOf(results).map((set) => ({
    key: JSON.stringify(set.overrides),
    index: set.index,
    score: scoreOf(measureSet(set), objective),
  }));
  rated.sort((a, b) => b.score - a.score || a.index - b.index);
  const kept = new Set(rated.slice(0, sets).map(({ key }) => key));
  return cells.filter(({ overrides }) => kept.has(JSON.stringify(overrides)));
}
