/**
 * What a sweep tells: which parameter sets nobody beats in both hedge error and cost, and how sure
 * that is; what each parameter moves; which gates closed; how a choice fares on days that it was
 * not made on; and how much of the best Sharpe ratio is luck of having tried many.
 */

import type { Objective, Overrides, WalkWindows } from './grid.ts';
import type { RungOutcome } from './sweep.ts';
import { type Band, bootstrapSets, efficientOf } from './sweep-bootstrap.ts';
import type { CellResult } from './sweep-job.ts';
import { type HeatMap, heatOf, type Sensitivity, sensitivityOf } from './sweep-sensitivity.ts';
import { measureSet, type ParameterSet, setsOf } from './sweep-sets.ts';
import { type BestSharpe, bestSharpe } from './sweep-sharpe.ts';
import { type WalkForward, walkForward } from './sweep-walk.ts';

/** A parameter set on the plane of hedge error and cost. */
export interface FrontierPoint {
  /** Of its first cell. */
  readonly index: number;
  readonly overrides: Overrides;
  readonly seeds: number;
  /** Variance of net delta at evaluations, shares squared. */
  readonly error: number;
  /** Commissions and slippage, USD. */
  readonly cost: number;
  readonly pnl: number;
  readonly hedges: number;
  /** Mean gain of a period over its deviation. */
  readonly sharpe: number;
  /** No other set has less of error or cost without more of the other. */
  readonly efficient: boolean;
  /** Nine tenths of the histories drawn again from the periods; null for too few of them. */
  readonly bands: { readonly pnl: Band; readonly error: Band; readonly cost: Band } | null;
  /** Share of those histories in which it is efficient. */
  readonly efficient_share: number | null;
}

export interface SweepReport {
  readonly points: readonly FrontierPoint[];
  readonly sensitivity: readonly Sensitivity[];
  readonly heat: HeatMap | null;
  /** By gate, the closed evaluations of each set, mean of its seeds, in the order of `points`. */
  readonly blocks: Readonly<Record<string, readonly number[]>>;
  readonly walk: WalkForward | null;
  readonly best: BestSharpe | null;
}

export interface ReportOptions {
  readonly objective: Objective;
  readonly windows: WalkWindows | null;
  /** Of a search by halving: what was tried before these sets were left. */
  readonly rungs: readonly Pick<RungOutcome, 'days' | 'sets'>[];
}

/** Compares all sets; at least one. */
export function reportSweep(results: readonly CellResult[], options: ReportOptions): SweepReport {
  const sets = setsOf(results);
  const sensitivity = sensitivityOf(sets);
  const { objective, windows, rungs } = options;
  return {
    points: pointsOf(sets),
    sensitivity,
    heat: heatOf(sets, sensitivity),
    blocks: blocksOf(sets),
    walk: walkForward(sets, objective, windows, rungs.at(-1)?.days),
    best: bestSharpe(sets, rungs[0]?.sets),
  };
}

function pointsOf(sets: readonly ParameterSet[]): readonly FrontierPoint[] {
  const measures = sets.map((set) => measureSet(set));
  const efficient = efficientOf(measures);
  const bands = bootstrapSets(sets);
  return sets.map(({ index, overrides, cells }, at) => {
    const { pnl = 0, cost = 0, error = 0, sharpe = 0 } = measures[at] ?? {};
    const drawn = bands?.[at];
    const hedges = cells.reduce((sum, { totals }) => sum + totals.hedges, 0) / cells.length;
    return {
      ...{ index, overrides, seeds: cells.length, error, cost, pnl, hedges, sharpe },
      efficient: efficient[at] ?? false,
      bands: drawn === undefined ? null : { pnl: drawn.pnl, error: drawn.error, cost: drawn.cost },
      efficient_share: drawn?.efficient ?? null,
    };
  });
}

function blocksOf(sets: readonly ParameterSet[]): Readonly<Record<string, readonly number[]>> {
  const cells = sets.flatMap((set) => set.cells);
  const reasons = [...new Set(cells.flatMap((cell) => Object.keys(cell.block_reasons)))].sort();
  const mean = (set: ParameterSet, reason: string): number =>
    set.cells.reduce((sum, cell) => sum + (cell.block_reasons[reason] ?? 0), 0) / set.cells.length;
  return Object.fromEntries(
    reasons.map((reason) => [reason, sets.map((set) => mean(set, reason))]),
  );
}
