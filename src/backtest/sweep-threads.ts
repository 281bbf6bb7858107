/** Cells on the cores of this machine: in a pool of threads, or in this thread alone. */

import { availableParallelism } from 'node:os';
import { compileCacheDirectory, moduleUrl } from '../package.ts';
import type { Clock } from '../runtime/clock.ts';
import { createPool } from '../runtime/pool.ts';
import type { CellResult } from './sweep-job.ts';
import type { SweepTask } from './sweep-task.ts';

/** Who runs cells. */
export interface CellRunner {
  /**
   * Runs all, hands each result on as it comes, and ends early, with what is done, once stopped.
   * Rejects with the first fault of a cell.
   */
  run(
    tasks: readonly SweepTask[],
    onResult: (result: CellResult) => void,
    isStopped: () => boolean,
  ): Promise<void>;
  close(): Promise<void>;
}

/** A year of seconds of a chain takes an hour. */
const CELL_MS = 6 * 3_600_000;

/** Cores that this process may use. */
export function coreCount(): number {
  return availableParallelism();
}

/** With 0 threads cells are run in this one. */
export function createThreadRunner(threads: number, mono: Clock): CellRunner {
  const { runOne, close } = createCellThreads(threads, mono);
  return {
    close,
    async run(tasks, onResult, isStopped) {
      let next = 0;
      const work = async (): Promise<void> => {
        while (next < tasks.length && !isStopped()) {
          const task = tasks[next];
          next += 1;
          if (task !== undefined) onResult(await runOne(task));
        }
      };
      await Promise.all(Array.from({ length: Math.max(1, threads) }, work));
    },
  };
}

/** Threads that each run a cell at a time. */
export function createCellThreads(threads: number, mono: Clock) {
  if (threads === 0) {
    const runOne = async (task: SweepTask): Promise<CellResult> => {
      // The engine is loaded where it works: this thread needs none while others do.
      const { runCell } = await import('./sweep-job.ts');
      return runCell(task);
    };
    return { runOne, close: () => Promise.resolve() };
  }
  const module = moduleUrl(new URL('./sweep-job.ts', import.meta.url)).href;
  const compileCache = compileCacheDirectory();
  const pool = createPool({ module, mono, compileCache, threadsMax: threads, queueMax: threads });
  const runOne = (task: SweepTask) => pool.run<CellResult>('runCell', task, CELL_MS);
  return { runOne, close: () => pool.close() };
}
