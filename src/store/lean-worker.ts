/**
 * Reads one LEAN zip: a job of the pool, for unpacking and parsing is all the work there is in an
 * import.
 */

import { readFile } from 'node:fs/promises';
import { Fault, toFault } from '../fault.ts';
import {
  type BarOptions,
  type LeanBars,
  type LeanContract,
  LeanSyntaxError,
  parseContractName,
  parseQuoteBars,
} from './lean-format.ts';
import { unzip, type ZipEntry, ZipError } from './zip.ts';

export interface LeanTask extends BarOptions {
  readonly path: string;
  readonly kind: 'equity' | 'option';
}

export interface LeanSeries {
  /** Null for the underlying. */
  readonly contract: LeanContract | null;
  readonly bars: LeanBars;
}

/** Of one zip, unpacked; a day of seconds of a large chain is below, a zip bomb above. */
const UNPACKED_BYTES_MAX = 1 << 30;

/** The series of one file in the order of its entries. Throws faults that name the file. */
export async function readLeanFile(task: LeanTask): Promise<readonly LeanSeries[]> {
  try {
    return await read(task);
  } catch (thrown) {
    throw toFault(thrown, 'data_unreadable');
  }
}

async function read(task: LeanTask): Promise<readonly LeanSeries[]> {
  const { path, kind } = task;
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw unreadable(path, textOf(cause), cause);
  }
  const files = unpack(path, bytes);
  const series: LeanSeries[] = [];
  for (const { name, content } of files) {
    if (!name.endsWith('.csv')) continue;
    const contract = kind === 'option' ? parseContractName(name) : null;
    if (kind === 'option' && contract === null) continue;
    try {
      series.push({ contract, bars: parseQuoteBars(content, task) });
    } catch (cause) {
      if (!(cause instanceof LeanSyntaxError)) throw cause;
      throw unreadable(path, `${name}, ${cause.message}`, cause);
    }
  }
  if (series.length === 0) throw unreadable(path, 'there are no quotes in it', undefined);
  return series;
}

function unpack(path: string, bytes: Uint8Array): readonly ZipEntry[] {
  try {
    return unzip(bytes, UNPACKED_BYTES_MAX);
  } catch (cause) {
    if (!(cause instanceof ZipError)) throw cause;
    throw unreadable(path, cause.message, cause);
  }
}

function unreadable(path: string, why: string, cause: unknown): Fault {
  return new Fault('data_unreadable', `cannot read ${path}: ${why}`, {
    remedy: 'Fetch the file again, or leave its day out with --dates.',
    cause,
  });
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? (cause.message.split('\n', 1)[0] ?? '') : String(cause);
}
