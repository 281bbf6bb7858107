/**
 * A run as it is named on the command line: a file of `backtest --json`, the id of a run that was
 * kept, or a set of a sweep, as FOLDER:SET with the folder of its results.
 */

import { existsSync, readFileSync, statSync } from 'node:fs';
import { type ComparableRun, comparableCell, comparableResult } from '../backtest/compare.ts';
import { keptResult } from '../backtest/kept.ts';
import type { BacktestResult } from '../backtest/result.ts';
import { readResults } from '../backtest/sweep-file.ts';
import { Fault } from '../fault.ts';

export const RUN_FORMS =
  'a file of `backtest --json`, the id of a kept run, or FOLDER:SET of a sweep';

/** Throws `Fault('not_found' | 'data_unreadable')`. */
export function readRun(name: string, dataDir: string): ComparableRun {
  if (existsSync(name)) {
    if (!statSync(name).isDirectory()) return comparableResult(readFile(name));
    throw new Fault('usage', `${name} is a folder: which of its sets?`, {
      remedy: `Name one as bifrost sweep numbers them: ${name}:0.`,
    });
  }
  const set = /^(.+):(\d+)$/.exec(name);
  if (set !== null) return readSet(set[1] ?? '', Number(set[2]));
  if (/[/\\]|\.json$/.test(name)) throw unreadable(`cannot read ${name}`);
  return comparableResult(keptResult(dataDir, name));
}

function readFile(file: string): BacktestResult {
  let result: Partial<BacktestResult>;
  try {
    result = JSON.parse(readFileSync(file, 'utf8')) as Partial<BacktestResult>;
  } catch (cause) {
    throw unreadable(`cannot read ${file} as JSON`, cause);
  }
  if (result.run === undefined || result.totals === undefined || result.decisions === undefined) {
    throw unreadable(`${file} is no result of a backtest`);
  }
  return result as BacktestResult;
}

/** With several seeds a set has a cell for each; they are numbered one after another. */
function readSet(folder: string, index: number): ComparableRun {
  const cell = readResults(folder).find((one) => one.index === index);
  if (cell !== undefined) return comparableCell(cell);
  throw new Fault('not_found', `${folder} has no result of set ${index}`, {
    remedy: 'bifrost sweep writes results there: --out',
  });
}

function unreadable(message: string, cause?: unknown): Fault {
  return new Fault('data_unreadable', message, { remedy: `Give ${RUN_FORMS}.`, cause });
}
