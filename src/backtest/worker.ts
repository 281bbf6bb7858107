/**
 * What a worker does with a cell that it has taken: runs it in a thread, on its own copy of the
 * data, which it knows to be the same by its hash.
 */

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Fault } from '../fault.ts';
import type { Clock } from '../runtime/clock.ts';
import { openDataset } from '../store/dataset.ts';
import { MANIFEST_FILE } from '../store/dataset-manifest.ts';
import type { TakenCell } from '../store/sweep-queue.ts';
import type { DistributedCell, SharedTask } from './distributed.ts';
import type { CellResult } from './sweep-job.ts';
import { createCellThreads } from './sweep-threads.ts';

export interface CellWorker {
  runCell(taken: TakenCell, dataHash: string): Promise<CellResult>;
  close(): Promise<void>;
}

/** The directories of these data sets by their hashes. Throws `Fault('data_unreadable')`. */
export function dataByHash(dirs: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    dirs.map((dir) => {
      if (!existsSync(join(dir, MANIFEST_FILE))) {
        throw new Fault('data_unreadable', `${dir} is no data set`, {
          remedy: 'Make one with bifrost data import: it is the same on every host.',
        });
      }
      return [openDataset(dir).hash, resolve(dir)];
    }),
  );
}

/** Runs at most `threads` cells at a time. */
export function createCellWorker(
  data: ReadonlyMap<string, string>,
  threads: number,
  mono: Clock,
): CellWorker {
  const pool = createCellThreads(threads, mono);
  return {
    close: () => pool.close(),
    runCell({ job, cell: queued, body }, dataHash) {
      // Both were written by a sweep of this very version.
      const { cell, days } = queued as DistributedCell;
      const shared = body as SharedTask;
      const dataDir = data.get(dataHash);
      if (dataDir === undefined) throw new Fault('data_unreadable', `no data for the cell ${job}`);
      return pool.runOne({ ...shared, cell, days, dataDir });
    },
  };
}
