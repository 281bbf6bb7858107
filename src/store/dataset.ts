/**
 * A data set: recorded quotes of some instruments as a directory of Parquet files, one for each
 * day, and a manifest that says what they hold. The manifest is written last, so a directory that
 * has one is whole; each file's checksum stands in it, so a damaged file is found before it trades.
 */

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DecodedArray, parquetMetadata, parquetRead } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { contractKey } from '../domain/contract.ts';
import type { RecordedTape, TapeInstrument, TapeQuote } from '../domain/tape.ts';
import { Fault } from '../fault.ts';
import {
  type CorporateActions,
  type DatasetFile,
  type DatasetManifest,
  MANIFEST_FILE,
  NO_ACTIONS,
  parseManifest,
  type RecordingGap,
  type Resolution,
  writeManifest,
} from './dataset-manifest.ts';
import { emptyColumns, priceOf, QUOTE_COLUMNS, type QuoteColumns } from './quote-columns.ts';

export interface DatasetDay {
  readonly day: string;
  readonly rows: number;
}

export interface Dataset {
  readonly dir: string;
  readonly resolution: Resolution;
  /** Of a recording: between two rows of one instrument, ms; 0 where every quote is kept. */
  readonly intervalMs: number;
  /** What it was made from, in words. */
  readonly source: string;
  /** Names its content: the same instruments, quotes and actions give the same hash. */
  readonly hash: string;
  readonly instruments: readonly TapeInstrument[];
  /** `YYYYMMDD`, in order. */
  readonly days: readonly DatasetDay[];
  readonly actions: CorporateActions;
  /** Of a recording: when it did not record. */
  readonly gaps: readonly RecordingGap[];
  /** One day's quotes in portions of bounded size. Rejects with `Fault('data_unreadable')`. */
  columns(day: string): AsyncIterable<QuoteColumns>;
  /** Everything as a tape, read while it is played. */
  tape(): RecordedTape;
}

export interface DatasetHeader {
  readonly resolution: Resolution;
  readonly source: string;
}

export interface DatasetWriter {
  /** Days in order; rows in the order of time, then of contract id. */
  writeDay(day: string, columns: QuoteColumns): void;
  /** Completes the data set with the instruments that its rows name. */
  finish(instruments: readonly TapeInstrument[], actions?: CorporateActions): void;
}

/** Rows in one portion: 100 000 keep a reader below 10 MB. */
const ROWS_PER_GROUP = 65_536;
const REMEDY = 'Import the data set again (bifrost data import … --force).';

/**
 * Begins a data set in `dir`, which is made. Throws `Fault('conflict')` when there is one already,
 * unless `replace`.
 */
export function createDataset(
  dir: string,
  header: DatasetHeader,
  options: { readonly replace: boolean } = { replace: false },
): DatasetWriter {
  const manifestFile = join(dir, MANIFEST_FILE);
  const old = readIfThere(manifestFile) !== null;
  if (old && !options.replace) {
    throw new Fault('conflict', `${dir} holds a data set already`, {
      remedy: 'Choose another directory, or replace it with --force.',
    });
  }
  const quotesDir = join(dir, 'quotes');
  try {
    rmSync(manifestFile, { force: true });
    if (old) rmSync(quotesDir, { recursive: true, force: true });
    mkdirSync(quotesDir, { recursive: true });
  } catch (cause) {
    throw new Fault('data_dir_unusable', `cannot write to ${dir}: ${textOf(cause)}`, {
      remedy: 'Choose a directory that this user can write to.',
      cause,
    });
  }
  const files: DatasetFile[] = [];
  return {
    writeDay(day, columns) {
      const file = `quotes/${day}.parquet`;
      const bytes = new Uint8Array(encode(columns));
      writeWhole(join(dir, file), bytes);
      files.push({ day, file, rows: columns.ts.length, sha256: sha256(bytes) });
    },
    finish(instruments, actions = NO_ACTIONS) {
      const made = { ...header, intervalMs: 0, instruments, files, actions, gaps: [] };
      writeDatasetManifest(dir, made);
    },
  };
}

/** Writes the manifest whole: from now on readers see these files, and no others. */
export function writeDatasetManifest(dir: string, content: Omit<DatasetManifest, 'hash'>): void {
  const instruments = content.instruments.toSorted((a, b) =>
    compare(contractKey(a.contract), contractKey(b.contract)),
  );
  const hash = hashOf(instruments, content.files, content.actions);
  const text = writeManifest({ ...content, instruments, hash });
  writeWhole(join(dir, MANIFEST_FILE), Buffer.from(text));
}

/** The manifest of the data set in `dir`; null where there is none. Throws `data_unreadable`. */
export function readDatasetManifest(dir: string): DatasetManifest | null {
  const file = join(dir, MANIFEST_FILE);
  const text = readIfThere(file);
  return text === null ? null : parseManifest(text, file);
}

/** Opens the data set in `dir`. Throws `Fault('data_unreadable')` that names the file. */
export function openDataset(dir: string): Dataset {
  const manifest = readDatasetManifest(dir);
  if (manifest === null) {
    throw new Fault('data_unreadable', `${dir} holds no data set: there is no ${MANIFEST_FILE}`, {
      remedy: 'Make one with bifrost data import.',
    });
  }
  const days = daysOf(manifest.files);
  const read = (day: string): AsyncIterable<QuoteColumns> => readDay(dir, manifest, day);
  const { resolution, intervalMs, source, hash, instruments, actions, gaps } = manifest;
  return {
    ...{ dir, resolution, intervalMs, source, hash, instruments, days, actions, gaps },
    columns: read,
    tape: () => ({
      instruments,
      events: (from) => playDays(days, read, from ?? Number.NEGATIVE_INFINITY),
    }),
  };
}

/** A day that was recorded in several files is one day. */
function daysOf(files: readonly DatasetFile[]): readonly DatasetDay[] {
  const days: { day: string; rows: number }[] = [];
  for (const { day, rows } of files) {
    const last = days.at(-1);
    if (last?.day === day) last.rows += rows;
    else days.push({ day, rows });
  }
  return days;
}

async function* playDays(
  days: readonly DatasetDay[],
  read: (day: string) => AsyncIterable<QuoteColumns>,
  from: number,
): AsyncIterable<TapeQuote> {
  for (const { day } of days) {
    for await (const columns of read(day)) {
      const { ts, conId, bid, ask, bidSize, askSize, last } = columns;
      const rows = ts.length;
      if ((ts[rows - 1] ?? 0) < from) continue;
      for (let row = 0; row < rows; row += 1) {
        const time = ts[row] ?? 0;
        if (time < from) continue;
        const price = priceOf(last[row] ?? 0);
        yield {
          ts: time,
          conId: conId[row] ?? 0,
          bid: priceOf(bid[row] ?? 0),
          ask: priceOf(ask[row] ?? 0),
          bidSize: bidSize[row] ?? 0,
          askSize: askSize[row] ?? 0,
          ...(price > 0 ? { last: price } : {}),
        };
      }
    }
  }
}

async function* readDay(
  dir: string,
  manifest: DatasetManifest,
  day: string,
): AsyncIterable<QuoteColumns> {
  const files = manifest.files.filter((candidate) => candidate.day === day);
  if (files.length === 0) throw new Fault('not_found', `the data set ${dir} has no day ${day}`);
  for (const entry of files) yield* readFileRows(dir, entry);
}

async function* readFileRows(dir: string, entry: DatasetFile): AsyncIterable<QuoteColumns> {
  const path = join(dir, entry.file);
  try {
    const bytes = await readFile(path);
    if (sha256(bytes) !== entry.sha256) throw new Error('its content is not what was written');
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const metadata = parquetMetadata(file);
    let rowStart = 0;
    for (const group of metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows);
      const columns = emptyColumns(rowEnd - rowStart);
      const take = (chunk: { columnName: string; columnData: DecodedArray; rowStart: number }) => {
        const name = QUOTE_COLUMNS.find((column) => column === chunk.columnName);
        const data = chunk.columnData as Float64Array;
        if (name !== undefined) columns[name].set(data, chunk.rowStart - rowStart);
      };
      await parquetRead({ file, metadata, rowStart, rowEnd, onChunk: take });
      yield columns;
      rowStart = rowEnd;
    }
    if (rowStart !== entry.rows) throw new Error(`${rowStart} rows instead of ${entry.rows}`);
  } catch (cause) {
    // A fault of whoever consumes the rows passes through; all else is the file's.
    if (cause instanceof Fault) throw cause;
    throw new Fault('data_unreadable', `cannot read ${path}: ${textOf(cause)}`, {
      remedy: REMEDY,
      cause,
    });
  }
}

function encode(columns: QuoteColumns): ArrayBuffer {
  return parquetWriteBuffer({
    columnData: QUOTE_COLUMNS.map((name) => ({
      name,
      data: columns[name],
      type: name === 'ts' ? ('DOUBLE' as const) : ('INT32' as const),
      nullable: false,
    })),
    rowGroupSize: ROWS_PER_GROUP,
    createdBy: 'bifrost',
  });
}

/** Written beside its place and moved there: nobody sees half a file. */
function writeWhole(path: string, bytes: Uint8Array): void {
  const beside = `${path}.tmp`;
  try {
    writeFileSync(beside, bytes);
    renameSync(beside, path);
  } catch (cause) {
    throw new Fault('data_dir_unusable', `cannot write ${path}: ${textOf(cause)}`, {
      remedy: 'Check the free space and the rights of the directory.',
      cause,
    });
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new Fault('data_unreadable', `cannot read ${path}: ${textOf(cause)}`, { cause });
  }
}

function hashOf(
  instruments: readonly TapeInstrument[],
  files: readonly DatasetFile[],
  { dividends, splits }: CorporateActions,
): string {
  const hash = createHash('sha256');
  for (const { contract, previousClose } of instruments) {
    hash.update(`${contract.conId} ${contractKey(contract)} ${previousClose}\n`);
  }
  for (const { day, sha256: digest } of files) hash.update(`${day} ${digest}\n`);
  for (const { ex_date: date, amount } of dividends) hash.update(`dividend ${date} ${amount}\n`);
  for (const { date, ratio } of splits) hash.update(`split ${date} ${ratio}\n`);
  return hash.digest('hex');
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? (cause.message.split('\n', 1)[0] ?? '') : String(cause);
}
