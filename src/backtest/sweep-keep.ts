/**
 * Where results of a sweep go besides its file of lines, while it runs: rows of a database, or a
 * table for other tools.
 */

import { parquetTable } from '../store/parquet-table.ts';
import type { SweepStore } from '../store/sweep-store.ts';
import type { CellResult } from './sweep-job.ts';
import { cellTable } from './sweep-table.ts';

export interface ResultKeeper {
  /** Those of these jobs that are kept there already. */
  find(jobs: readonly string[]): Promise<ReadonlyMap<string, CellResult>>;
  /** One that is done, now or in a sweep before. */
  add(result: CellResult): void;
  /** Everything is there when it resolves. */
  close(): Promise<void>;
}

/** Rows of `sweep_results`; what is there is not run again. */
export function keepInDatabase(store: SweepStore): ResultKeeper {
  const known = new Set<string>();
  return {
    async find(jobs) {
      const found = await store.results(jobs);
      for (const job of found.keys()) known.add(job);
      // Written by a program of this version: the name says so.
      return found as ReadonlyMap<string, CellResult>;
    },
    add(result) {
      if (!known.has(result.job)) store.add(result.job, result);
    },
    close: () => store.close(),
  };
}

/** A new file is written with each tenth more: in all that is some ten times the last one. */
const GROWTH = 1.1;

/**
 * A Parquet file that is whole at any time: it is written anew as results come, `save` puts it in
 * its place. Rows are in the order of the cells, whoever was first; each rung of a halving search
 * has its own.
 */
export function keepInTable(save: (file: Uint8Array) => void): ResultKeeper {
  const results: CellResult[] = [];
  let written = 0;
  const write = (): void => {
    results.sort((a, b) => a.days.length - b.days.length || a.index - b.index);
    save(parquetTable(cellTable(results)));
    written = results.length;
  };
  return {
    find: () => Promise.resolve(new Map()),
    add(result) {
      results.push(result);
      if (results.length > written * GROWTH) write();
    },
    close() {
      if (results.length > written) write();
      return Promise.resolve();
    },
  };
}
