/** Results of a sweep as lines of a file, by the names of their jobs: what a sweep goes on from. */

import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../fault.ts';
import type { CellResult } from './sweep-job.ts';

export interface ResultFile {
  readonly known: ReadonlyMap<string, CellResult>;
  add(result: CellResult): void;
}

const CELLS_FILE = 'cells.jsonl';

/** Throws `Fault('data_unreadable')`, or `Fault('data_dir_unusable')` where nothing can be kept. */
export function openResults(dir: string): ResultFile {
  const file = join(dir, CELLS_FILE);
  const writing = (work: () => void): void => {
    try {
      work();
    } catch (cause) {
      throw new Fault('data_dir_unusable', `cannot write ${file}`, {
        remedy: 'make room or rights there, or name another folder: --out',
        cause,
      });
    }
  };
  writing(() => mkdirSync(dir, { recursive: true }));
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  // What a power cut left of a last line would swallow the next one.
  if (text !== '' && !text.endsWith('\n')) writing(() => appendFileSync(file, '\n'));
  return {
    known: parse(file, text),
    add: (result) => writing(() => appendFileSync(file, `${JSON.stringify(result)}\n`)),
  };
}

/** The results in a folder, and nothing is written; none where there is no such file. */
export function readResults(dir: string): readonly CellResult[] {
  const file = join(dir, CELLS_FILE);
  return existsSync(file) ? [...parse(file, readFileSync(file, 'utf8')).values()] : [];
}

/** A line that was cut off by a power cut is run again; anything else that is no result is told. */
function parse(file: string, text: string): ReadonlyMap<string, CellResult> {
  const results = new Map<string, CellResult>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const result = resultIn(line);
    if (result !== null) results.set(result.job, result);
    else if (!line.startsWith('{"job":') || line.endsWith('}')) {
      throw new Fault('data_unreadable', `${file}, line ${index + 1}: no result`, {
        remedy: 'remove the line: its cell is run again; or name another folder: --out',
      });
    }
  }
  return results;
}

function resultIn(line: string): CellResult | null {
  try {
    const result = JSON.parse(line) as Partial<CellResult>;
    // Written by this program alone, whole or cut off.
    return typeof result.job === 'string' ? (result as CellResult) : null;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return null;
    throw thrown;
  }
}
