/**
 * Cells on other processes, of any host: queued in PostgreSQL for `bifrost worker`. Who queues them
 * runs none, takes each result as it comes, and can be ended and begun again at any time.
 */

import { Fault } from '../fault.ts';
import type { Clock } from '../runtime/clock.ts';
import type { SweepQueue } from '../store/sweep-queue.ts';
import type { Cell } from './grid.ts';
import { withOverrides } from './overrides.ts';
import type { CellResult } from './sweep-job.ts';
import { jobOf, type SweepTask } from './sweep-task.ts';
import type { CellRunner } from './sweep-threads.ts';

/** What the cells of a sweep share; the worker knows the data by its hash. */
export type SharedTask = Pick<SweepTask, 'config' | 'request' | 'version'>;

/** A cell as it is queued: with the days, which a search by halving has more and more of. */
export interface DistributedCell {
  readonly cell: Cell;
  readonly days: readonly string[];
}

export interface DistributedOptions {
  readonly queue: SweepQueue;
  readonly dataHash: string;
  readonly mono: Clock;
  /** Called when it is seen that workers came or went. */
  readonly onWorkers: (living: number) => void;
}

const POLL_MS = 250;
/** Cells are begun in the order in which they were queued: what comes next is among the first. */
const LOOKED_FOR = 2000;

/** Runs cells by way of the queue; `close` leaves the queue to whoever opened it. */
export function createDistributedRunner(options: DistributedOptions): CellRunner {
  const { queue, dataHash, mono, onWorkers } = options;
  return {
    close: () => Promise.resolve(),
    async run(tasks, onResult, isStopped) {
      const open = new Map(tasks.map((task) => [nameOf(task, dataHash), task]));
      const take = async (jobs: readonly string[]): Promise<void> => {
        for (const [job, result] of await queue.results(jobs)) {
          // Written by a worker of this version.
          if (open.delete(job)) onResult(result as CellResult);
        }
      };
      // What another sweep has left is not run again.
      await inParts([...open.keys()], take);
      const [first] = open.values();
      if (first === undefined) return;
      const { config, request, version } = first;
      const shared: SharedTask = { config, request, version };
      const cells = [...open].map(([job, { cell, days }]) => ({ job, cell: { cell, days } }));
      await queue.add(dataHash, shared, cells);
      let living = -1;
      while (open.size > 0) {
        if (isStopped()) {
          await inParts([...open.keys()], (jobs) => queue.withdraw(jobs));
          return;
        }
        const jobs = [...open.keys()].slice(0, LOOKED_FOR);
        await take(jobs);
        const found = await queue.retake();
        if (found !== living) onWorkers(found);
        living = found;
        await endOnFailure(queue, jobs);
        if (open.size > 0) await pause(mono);
      }
    },
  };
}

async function endOnFailure(queue: SweepQueue, jobs: readonly string[]): Promise<void> {
  const failure = await queue.failed(jobs);
  if (failure === null) return;
  throw new Fault('data_unreadable', `no worker could run the cell ${failure.job}`, {
    remedy: `what the last of them said: ${failure.why}`,
  });
}

function nameOf(task: SweepTask, dataHash: string): string {
  return jobOf(task, dataHash, withOverrides(task.config, task.cell.overrides).hash);
}

async function inParts(
  jobs: readonly string[],
  work: (part: readonly string[]) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < jobs.length; from += LOOKED_FOR) {
    await work(jobs.slice(from, from + LOOKED_FOR));
  }
}

function pause(mono: Clock): Promise<void> {
  return new Promise((resolve) => {
    mono.setTimer(POLL_MS, resolve);
  });
}
