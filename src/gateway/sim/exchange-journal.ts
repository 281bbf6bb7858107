/**
 * The exchange's memory on disk: one file of checksummed JSON lines, a snapshot first and then one
 * line for each batch of changes. A batch is one write, made before anybody hears of it, so that a
 * crash loses a batch whole or not at all; a torn last line is cut off at the next start.
 */

import assert from 'node:assert/strict';
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { Fault } from '../../fault.ts';
import type { MarketState } from './market.ts';
import {
  applyRecord,
  type ExchangeRecord,
  type ExchangeState,
  restoreState,
  type StoredState,
  storeState,
} from './state.ts';

interface Batch {
  readonly now: number;
  readonly market: MarketState;
  readonly records: readonly ExchangeRecord[];
}

export interface ExchangeJournal {
  /** What an earlier run left; null in a new place. */
  readonly found: ExchangeState | null;
  /** Starts the file (again) from this state. */
  begin(state: ExchangeState): void;
  /** Writes a batch that `state` already holds. */
  append(batch: Batch, state: ExchangeState): void;
  close(): void;
}

interface SnapshotLine {
  readonly turn: number;
  readonly snapshot: StoredState;
}

interface BatchLine extends Batch {
  readonly turn: number;
}

const FILE = 'exchange.jsonl';
/** A day of trading is some megabytes; beyond this (or twice a snapshot) the file starts again. */
const ROTATE_BYTES = 8 * 1024 * 1024;
/** The length of a checksum in hexadecimal, and the blank after it. */
const CRC_CHARS = 8;

/** A journal that keeps nothing: a backtest is its tape and its seed. */
export function createMemoryJournal(): ExchangeJournal {
  return { found: null, begin: () => undefined, append: () => undefined, close: () => undefined };
}

/** Opens (or makes) the journal in `dir`. Throws a `Fault` that names the directory. */
export function openExchangeJournal(dir: string, rotateBytes = ROTATE_BYTES): ExchangeJournal {
  const file = join(dir, FILE);
  const { lines, bytes } = readLines(dir, file);
  const recovered = recover(lines, file);
  let descriptor = openFile(dir, file, bytes);
  let turn = recovered?.turn ?? 0;
  let size = bytes;
  let snapshotSize = 0;

  const begin = (state: ExchangeState): void => {
    const text = encode({ turn, snapshot: storeState(state) });
    const next = `${file}.next`;
    const fresh = openSync(next, 'w', 0o600);
    writeAll(fresh, text, next);
    fsyncSync(fresh);
    // The rename is the moment: before it the old file counts, after it the new one.
    renameSync(next, file);
    closeSync(descriptor);
    descriptor = fresh;
    snapshotSize = text.byteLength;
    size = snapshotSize;
  };

  return {
    found: recovered?.state ?? null,
    begin,
    append(batch, state) {
      turn += 1;
      const text = encode({ turn, ...batch });
      writeAll(descriptor, text, file);
      size += text.byteLength;
      if (size > Math.max(rotateBytes, 2 * snapshotSize)) begin(state);
    },
    close: () => closeSync(descriptor),
  };
}

function encode(line: SnapshotLine | BatchLine): Buffer {
  const text = JSON.stringify(line);
  return Buffer.from(`${checksum(text)} ${text}\n`);
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(CRC_CHARS, '0');
}

function writeAll(descriptor: number, data: Buffer, file: string): void {
  let written = 0;
  try {
    written = writeSync(descriptor, data);
  } catch (error) {
    throw new Fault('journal_unwritable', `cannot write ${file}`, {
      remedy: 'free space or fix the permissions; what was reported is on disk',
      cause: error,
    });
  }
  // A disk that fills up takes a part: then nobody may hear of the batch.
  if (written !== data.byteLength) throw new Fault('journal_unwritable', `${file} is full`);
}

function openFile(dir: string, file: string, bytes: number): number {
  try {
    mkdirSync(dir, { recursive: true });
    const descriptor = openSync(file, 'a', 0o600);
    ftruncateSync(descriptor, bytes);
    return descriptor;
  } catch (error) {
    throw new Fault('data_dir_unusable', `cannot write in ${dir}`, {
      remedy: 'give a directory of your own with --data-dir or BIFROST_DATA_DIR',
      cause: error,
    });
  }
}

interface ReadResult {
  readonly lines: readonly string[];
  /** How much of the file is whole. */
  readonly bytes: number;
}

/** The whole lines; a damaged one with more behind it is no torn tail but a damaged file. */
function readLines(dir: string, file: string): ReadResult {
  const data = readExisting(dir, file);
  const lines: string[] = [];
  let bytes = 0;
  while (bytes < data.byteLength) {
    const end = data.indexOf(0x0a, bytes);
    const text = data.toString('utf8', bytes, end === -1 ? data.byteLength : end);
    const json = text.slice(CRC_CHARS + 1);
    if (end === -1 || checksum(json) !== text.slice(0, CRC_CHARS)) {
      if (end !== -1 && end + 1 < data.byteLength) throw corrupt(file, lines.length + 1);
      break;
    }
    lines.push(json);
    bytes = end + 1;
  }
  return { lines, bytes };
}

function readExisting(dir: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return Buffer.alloc(0);
    }
    throw new Fault('data_dir_unusable', `cannot read ${file}`, {
      remedy: `check what is at ${dir}`,
      cause: error,
    });
  }
}

/** The casts in here are earned by the checksum: only `encode` writes such lines. */
function recover(
  lines: readonly string[],
  file: string,
): { readonly state: ExchangeState; readonly turn: number } | null {
  const [first, ...rest] = lines;
  if (first === undefined) return null;
  const { snapshot, turn } = JSON.parse(first) as Partial<SnapshotLine>;
  if (snapshot === undefined || turn === undefined) throw corrupt(file, 1);
  const state = restoreState(snapshot);
  let last = turn;
  for (const [index, text] of rest.entries()) {
    const batch = JSON.parse(text) as BatchLine;
    if (batch.turn !== last + 1) throw corrupt(file, index + 2);
    last = batch.turn;
    applyBatch(state, batch);
  }
  return { state, turn: last };
}

function applyBatch(state: ExchangeState, batch: Batch): void {
  assert(batch.now >= state.now);
  state.now = batch.now;
  state.market = batch.market;
  for (const record of batch.records) applyRecord(state, record);
}

function corrupt(file: string, line: number): Fault {
  return new Fault('journal_corrupt', `${file} is damaged at line ${line}`, {
    remedy: 'move the directory away to start a new exchange and account',
  });
}
