/**
 * What a cell of a sweep is made of. Its job is named by everything that shapes it, so that it need
 * never be done twice. Whoever only hands cells out loads no engine for it.
 */

import { createHash } from 'node:crypto';
import type { Cell } from './grid.ts';
import type { RunConfig, RunRequest } from './setup.ts';

export interface SweepTask {
  readonly cell: Cell;
  /** A data set; the sweep has imported what was none. */
  readonly dataDir: string;
  /** Those of its days that are played, `YYYYMMDD`. */
  readonly days: readonly string[];
  /** Without secrets, and without the cell's overrides. */
  readonly config: RunConfig;
  readonly request: RunRequest;
  readonly version: string;
}

/** Of a kept result: one that was written without what is compared now is not taken for one. */
const FORMAT = 3;

/** The name of a cell's work: the same for the same data, configuration, request and code. */
export function jobOf(
  { cell, request, version, days }: SweepTask,
  dataHash: string,
  configHash: string,
): string {
  const what = [dataHash, configHash, cell.seed, version, days, { ...request, seed: 0 }, FORMAT];
  return createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 32);
}
