/**
 * A sweep: many parameter sets over one data set, on all cores. Each cell's result is written down
 * as it comes, under the name of its job; a sweep that goes on where another stopped does not run
 * a job again. The outcome is the same for any number of threads.
 */

import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { Fault } from '../fault.ts';
import { moduleUrl } from '../package.ts';
import type { Clock } from '../runtime/clock.ts';
import { createPool } from '../runtime/pool.ts';
import type { Cell } from './grid.ts';
import { withOverrides } from './overrides.ts';
import { type CellResult, jobOf, runCell, type SweepTask } from './sweep-job.ts';

export interface SweepOptions {
  readonly cells: readonly Cell[];
  readonly task: Omit<SweepTask, 'cell'>;
  /** Of the data. */
  readonly dataHash: string;
  /** Where results are kept; one file of lines. */
  readonly outDir: string;
  /** Threads; 0 runs in this one. */
  readonly threads: number;
  readonly mono: Clock;
  readonly onProgress: (done: number, of: number) => void;
  readonly isStopped: () => boolean;
}

export interface SweepOutcome {
  /** In the order of the cells; those that were not reached are missing. */
  readonly results: readonly CellResult[];
  /** Of what was run before. */
  readonly resumed: number;
  readonly interrupted: boolean;
  /** Equal for equal results, whoever made them. */
  readonly hash: string;
}

const CELLS_FILE = 'cells.jsonl';
/** A year of seconds of a chain takes an hour. */
const CELL_MS = 6 * 3_600_000;

/** Cores that this process may use. */
export function coreCount(): number {
  return availableParallelism();
}

/** Runs what is not done yet. Rejects with the first fault of a cell. */
export async function runSweep(options: SweepOptions): Promise<SweepOutcome> {
  const { cells, task, dataHash, outDir, onProgress, isStopped } = options;
  mkdirSync(outDir, { recursive: true });
  const file = join(outDir, CELLS_FILE);
  const known = readResults(file);
  const given = loadConfig({ file: task.configFile, env: process.env, cwd: process.cwd() });
  const results = new Map<number, CellResult>();
  const open: Cell[] = [];
  for (const cell of cells) {
    const { hash } = withOverrides(given, cell.overrides);
    const done = known.get(jobOf({ ...task, cell }, dataHash, hash));
    if (done === undefined) open.push(cell);
    else results.set(cell.index, { ...done, index: cell.index });
  }
  const resumed = results.size;
  const runner = openRunner(options);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < open.length && !isStopped()) {
      const cell = open[next];
      next += 1;
      if (cell === undefined) return;
      const result = await runner.run({ ...task, cell });
      appendFileSync(file, `${JSON.stringify(result)}\n`);
      results.set(cell.index, result);
      onProgress(results.size, cells.length);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.max(1, options.threads) }, work));
  } finally {
    await runner.close();
  }
  const ordered = [...results.values()].sort((a, b) => a.index - b.index);
  const interrupted = ordered.length < cells.length;
  return { results: ordered, resumed, interrupted, hash: hashOf(ordered) };
}

interface Runner {
  run(task: SweepTask): Promise<CellResult>;
  close(): Promise<void>;
}

function openRunner({ threads, mono }: SweepOptions): Runner {
  if (threads === 0) return { run: runCell, close: () => Promise.resolve() };
  const module = moduleUrl(new URL('./sweep-job.ts', import.meta.url)).href;
  const pool = createPool({ module, mono, threadsMax: threads, queueMax: threads });
  return { run: (task) => pool.run('runCell', task, CELL_MS), close: () => pool.close() };
}

/** By job. A last line that was cut off by a power cut is run again. */
function readResults(file: string): ReadonlyMap<string, CellResult> {
  const results = new Map<string, CellResult>();
  if (!existsSync(file)) return results;
  const lines = readFileSync(file, 'utf8').split('\n');
  for (const [index, line] of lines.entries()) {
    if (line === '') continue;
    try {
      const result = JSON.parse(line) as CellResult;
      results.set(result.job, result);
    } catch (cause) {
      if (index >= lines.length - 2) continue;
      throw new Fault('data_unreadable', `${file}, line ${index + 1}: no result`, { cause });
    }
  }
  return results;
}

function hashOf(results: readonly CellResult[]): string {
  const hash = createHash('sha256');
  for (const { index, output_hash: output } of results) hash.update(`${index} ${output}\n`);
  return hash.digest('hex');
}
