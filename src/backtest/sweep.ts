/**
 * A sweep: many parameter sets over one data set. Each cell's result is written down as it comes,
 * under the name of its job; a sweep that goes on where another stopped does not run a job again.
 * The outcome is the same whoever ran the cells, and however many of them.
 */

import { createHash } from 'node:crypto';
import type { Cell, GridSpec } from './grid.ts';
import { cellsOf } from './grid.ts';
import { withOverrides, withoutSecrets } from './overrides.ts';
import { openResults } from './sweep-file.ts';
import type { CellResult } from './sweep-job.ts';
import type { ResultKeeper } from './sweep-keep.ts';
import { type Rung, rungsOf, survivors } from './sweep-search.ts';
import { setsOf } from './sweep-sets.ts';
import { jobOf, type SweepTask } from './sweep-task.ts';
import type { CellRunner } from './sweep-threads.ts';

export interface SweepOptions {
  readonly spec: GridSpec;
  readonly task: Omit<SweepTask, 'cell'>;
  /** Of the data. */
  readonly dataHash: string;
  /** Where results are kept; one file of lines. */
  readonly outDir: string;
  /** Who is given each result besides, as it comes. */
  readonly keepers?: readonly ResultKeeper[];
  readonly runner: CellRunner;
  /** Share of what was to be done when it began. */
  readonly onProgress: (share: number) => void;
  readonly isStopped: () => boolean;
}

export interface RungOutcome {
  readonly days: number;
  readonly sets: number;
  /** First cells of the sets that went on. */
  readonly kept: readonly number[];
}

export interface SweepOutcome {
  /** Of runs over all days, in the order of the cells; those that were not reached are missing. */
  readonly results: readonly CellResult[];
  /** Of a search by halving; else empty. */
  readonly rungs: readonly RungOutcome[];
  /** Cells that were run before. */
  readonly resumed: number;
  readonly interrupted: boolean;
  /** Equal for equal results, whoever made them. */
  readonly hash: string;
}

/** Runs what is not done yet. Rejects with the first fault of a cell. */
export async function runSweep(options: SweepOptions): Promise<SweepOutcome> {
  const { spec, task, isStopped } = options;
  const state = openState(options);
  let cells = cellsOf(spec);
  const sets = cells.length / spec.seeds.length;
  const rungs: readonly Rung[] =
    spec.search === 'halving' ? rungsOf(task.days, sets, spec.keep) : [{ days: task.days, sets }];
  state.weigh(rungs, spec.seeds.length);
  const told: RungOutcome[] = [];
  const hash = createHash('sha256');
  for (const [index, { days }] of rungs.entries()) {
    const results = await state.runRung(cells, days);
    for (const { index: cell, output_hash: output } of results) hash.update(`${cell} ${output}\n`);
    const next = rungs[index + 1];
    const interrupted = results.length < cells.length;
    if (next === undefined || interrupted || isStopped()) {
      const whole = next === undefined;
      return {
        results: whole ? results : [],
        rungs: told,
        resumed: state.resumed,
        interrupted: interrupted || !whole,
        hash: hash.digest('hex'),
      };
    }
    cells = survivors(cells, results, spec.objective, next.sets);
    const going = setsOf(results.filter((one) => cells.some((cell) => cell.index === one.index)));
    told.push({
      days: days.length,
      sets: results.length / spec.seeds.length,
      kept: going.map((set) => set.index),
    });
  }
  throw new Error('a sweep has a last rung');
}

interface SweepState {
  resumed: number;
  weigh(rungs: readonly Rung[], seeds: number): void;
  runRung(cells: readonly Cell[], days: readonly string[]): Promise<readonly CellResult[]>;
}

function openState(options: SweepOptions): SweepState {
  const { task, dataHash, outDir, runner, onProgress, isStopped, keepers = [] } = options;
  const file = openResults(outDir);
  const given = withoutSecrets(task.config);
  const progress = { done: 0, skipped: 0, whole: 0 };
  const state: SweepState = {
    resumed: 0,
    weigh(rungs, seeds) {
      progress.whole = rungs.reduce((sum, { days, sets }) => sum + days.length * sets * seeds, 0);
    },
    async runRung(cells, days) {
      const results = new Map<number, CellResult>();
      const open = new Map<string, SweepTask>();
      const take = (result: CellResult, cell: Pick<Cell, 'index' | 'overrides'>): void => {
        const placed = { ...result, ...placeOf(cell) };
        results.set(cell.index, placed);
        for (const keeper of keepers) keeper.add(placed);
      };
      for (const cell of cells) {
        const own = { ...task, config: given, days, cell };
        const job = jobOf(own, dataHash, withOverrides(given, cell.overrides).hash);
        const done = file.known.get(job);
        if (done === undefined) open.set(job, own);
        else take(done, cell);
      }
      for (const [job, result] of await elsewhere(keepers, [...open.keys()])) {
        file.add(result);
        take(result, open.get(job)?.cell ?? result);
        open.delete(job);
      }
      state.resumed += results.size;
      progress.skipped += results.size * days.length;
      await runner.run(
        [...open.values()],
        (result) => {
          file.add(result);
          take(result, open.get(result.job)?.cell ?? result);
          progress.done += days.length;
          onProgress(progress.done / Math.max(progress.done, progress.whole - progress.skipped));
        },
        isStopped,
      );
      return [...results.values()].sort((a, b) => a.index - b.index);
    },
  };
  return state;
}

/** What others have of these jobs. */
async function elsewhere(
  keepers: readonly ResultKeeper[],
  jobs: readonly string[],
): Promise<ReadonlyMap<string, CellResult>> {
  const found = await Promise.all(keepers.map((keeper) => keeper.find(jobs)));
  return new Map(found.flatMap((one) => [...one]));
}

/** Another grid may have had the same cell in another place, its keys in another order. */
function placeOf({ index, overrides }: Pick<Cell, 'index' | 'overrides'>) {
  return { index, overrides };
}
