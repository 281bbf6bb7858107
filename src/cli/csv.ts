/**
 * CSV in, CSV out, row by row: files of any length pass through with a few rows in memory. The
 * columns of the input are kept and results are appended; a row that has no answer says why in the
 * column `error`, and the others go on.
 */

import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { finished } from 'node:stream/promises';
import { Fault } from '../fault.ts';

export type Output = number | string;

/** Why a row has no answer; a word that programs can compare, and where it helps the column. */
export class RowError extends Error {}

/** One row by the names in the header. */
export interface Row {
  /** Trimmed; '' where the cell or the column is missing. */
  text(name: string): string;
  /** Throws a `RowError` for what is no finite number; `fallback` stands for an empty cell. */
  number(name: string, fallback?: number): number;
}

export interface Calculation {
  /** A column that is not there makes the file useless: told at once. */
  readonly required: readonly string[];
  /** Appended, `error` last; a column of the input with such a name is replaced. */
  readonly appended: readonly string[];
  /** Null is an empty cell. */
  readonly compute: (row: Row) => readonly (Output | null)[];
  /** A list of objects instead of rows: results are numbers or null, the input's cells text. */
  readonly json?: boolean;
}

export interface CsvCount {
  readonly rows: number;
  readonly errors: number;
}

/** `-` and undefined are standard input and output. */
export async function calculateCsv(
  input: string,
  output: string | undefined,
  { required, appended, compute, json = false }: Calculation,
): Promise<CsvCount> {
  const results = [...appended, 'error'];
  let keep: readonly number[] = [];
  let write = json ? jsonRows([]) : csvRow;
  const counts = { rows: 0, errors: 0 };
  const sink = await openSink(output);
  const failed = finished(sink, { readable: false });
  // Awaited at the end; a failure before that must not count as unhandled.
  failed.catch(() => null);
  await readCsv(input, required, {
    header: (names) => {
      keep = [...names.keys()].filter((index) => !results.includes(names[index] ?? ''));
      const all = [...keep.map((index) => names[index] ?? ''), ...results];
      if (json) write = jsonRows(all);
      else sink.write(line(all));
    },
    row: async (cells, row) => {
      counts.rows += 1;
      let values: readonly (Output | null)[] = [];
      let error = '';
      try {
        values = compute(row);
      } catch (thrown) {
        if (!(thrown instanceof RowError)) throw thrown;
        error = thrown.message;
        counts.errors += 1;
      }
      const answers = appended.map((_, index) => values[index] ?? null);
      const text = write([...keep.map((index) => cells[index] ?? ''), ...answers, error || null]);
      if (!sink.write(text)) await new Promise((resolve) => sink.once('drain', resolve));
    },
  });
  if (json) sink.write(counts.rows === 0 ? '[]\n' : '\n]\n');
  if (output !== undefined && output !== '-') {
    sink.end();
    await failed;
  }
  return counts;
}

interface Reader {
  header(names: readonly string[]): void;
  row(cells: readonly string[], row: Row): void | Promise<void>;
}

/** Reads the header and then every row that is not empty. */
export async function readCsv(
  input: string,
  required: readonly string[],
  reader: Reader,
): Promise<void> {
  const stream = input === '-' ? process.stdin : createReadStream(input, 'utf8');
  let names: readonly string[] | null = null;
  let index = new Map<string, number>();
  try {
    for await (const text of createInterface({
      input: stream,
      crlfDelay: Number.POSITIVE_INFINITY,
    })) {
      if (text.trim() === '') continue;
      const cells = splitLine(text);
      if (names === null) {
        names = cells.map((name, column) => name.replace(column === 0 ? /^\uFEFF/ : '', '').trim());
        index = new Map(names.map((name, column) => [name, column]));
        requireColumns(input, names, required);
        reader.header(names);
        continue;
      }
      await reader.row(cells, rowOf(cells, index));
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code !== 'ENOENT' && code !== 'EISDIR' && code !== 'EACCES') throw error;
    throw new Fault('data_unreadable', `cannot read ${input} (${String(code)})`, { cause: error });
  }
  if (names === null) throw new Fault('data_unreadable', `${input} is empty: a header is needed`);
}

/** The cells of a line; quoted cells may hold commas and doubled quotes. */
export function splitLine(text: string): string[] {
  if (!text.includes('"')) return text.split(',');
  const cells: string[] = [];
  const pattern = /(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g;
  for (const [, quoted, plain] of text.matchAll(pattern)) {
    cells.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
  }
  return cells;
}

function requireColumns(
  input: string,
  names: readonly string[],
  required: readonly string[],
): void {
  const missing = required.filter((name) => !names.includes(name));
  if (missing.length === 0) return;
  throw new Fault('invalid', `${input} has no column ${missing.join(', ')}`, {
    remedy: `its header says ${names.join(', ')}; --help has what is needed`,
  });
}

function rowOf(cells: readonly string[], index: ReadonlyMap<string, number>): Row {
  const text = (name: string): string => (cells[index.get(name) ?? -1] ?? '').trim();
  return {
    text,
    number: (name, fallback) => {
      const cell = text(name);
      if (cell === '' && fallback !== undefined) return fallback;
      const value = cell === '' ? Number.NaN : Number(cell);
      if (!Number.isFinite(value)) throw new RowError(`not_a_number: ${name}`);
      return value;
    },
  };
}

function line(cells: readonly string[]): string {
  return `${cells.map(quoted).join(',')}\n`;
}

/** What is null has no answer. */
function csvRow(cells: readonly (Output | null)[]): string {
  return line(cells.map((cell) => String(cell ?? '')));
}

/** Each row as one more object of a list that the first begins; the caller ends it. */
function jsonRows(names: readonly string[]): (cells: readonly (Output | null)[]) => string {
  let before = '[\n';
  return (cells) => {
    const object = Object.fromEntries(names.map((name, index) => [name, cells[index] ?? null]));
    const text = before + JSON.stringify(object);
    before = ',\n';
    return text;
  };
}

function quoted(cell: string): string {
  return /[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

async function openSink(
  output: string | undefined,
): Promise<NodeJS.WritableStream & { once: NodeJS.EventEmitter['once'] }> {
  if (output === undefined || output === '-') return process.stdout;
  const sink = createWriteStream(output);
  await new Promise<void>((resolve, reject) => {
    sink.once('open', () => resolve());
    sink.once('error', (error) => {
      reject(new Fault('data_unreadable', `cannot write ${output}`, { cause: error }));
    });
  });
  return sink;
}
