/**
 * Files as a sink, for who wants history without a database: one JSON object a line, a file for
 * each table and month, and `current.json` with what replaces itself. That file also says how far
 * the journal was shipped and how long each file was then; it is replaced as a whole, so a row is
 * there exactly once: what a crash left behind those lengths is cut off at the next start.
 */

import {
  closeSync,
  existsSync,
  fdatasyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../fault.ts';
import { cellOf } from './cells.ts';
import { isSystemError, writeAtomically } from './data-dir.ts';
import type { Change, Row } from './fact-rows.ts';
import { PARTITIONED } from './partitions.ts';
import {
  type Batch,
  type Delivery,
  isSameProgress,
  type Progress,
  type Refused,
  type Sink,
} from './sink.ts';
import { type Cell, type ColumnType, TABLES, type TableName, type TableSpec } from './tables.ts';

/** What `current.json` holds. */
export interface JsonlState {
  readonly journals: Record<string, Progress>;
  /** Bytes of each file that count. */
  readonly files: Record<string, number>;
  /** The last `id` given in each table. */
  readonly ids: Record<string, number>;
  /** Rows that replace each other, by table and key. */
  readonly tables: Record<string, Record<string, Row>>;
}

const STATE_FILE = 'current.json';
const TABLE_NAMES = Object.keys(TABLES) as TableName[];
const DAY_S = 86_400;
/** The last moment that has a date here, unix seconds. */
const DATE_S_MAX = 8.64e12;
/** Records that cannot become rows, each fact of them a line. */
const REJECTED = 'facts_rejected';

/** Changes in their order; they become rows when they are written. */
export class ChangeBatch implements Batch {
  readonly changes: Change[] = [];

  get size(): number {
    return this.changes.length;
  }

  /** A row needs a month, and its times a date. */
  refusal(change: Change): string | null {
    if (change.kind !== 'row') return null;
    for (const [column, type] of Object.entries(TABLES[change.table].columns)) {
      if (type !== 'timestamptz' && column !== 'ts') continue;
      const value = change.row[column];
      if (typeof value === 'number' && Math.abs(value) > DATE_S_MAX) {
        return `${column}: ${value} is out of range`;
      }
    }
    return null;
  }

  add(change: Change): void {
    this.changes.push(change);
  }

  clear(): void {
    this.changes.length = 0;
  }
}

export interface JsonlSink extends Sink<ChangeBatch> {
  /** Deletes files of what grows without end once their month is that old; their names. */
  dropOld(nowS: number, retentionDays: number): readonly string[];
}

/** A sink that writes to the files in `dir`, which is made if need be. */
export function createJsonlSink(dir: string): JsonlSink {
  return new FileSink(dir);
}

/** `<table>-YYYY-MM.jsonl` of a table, oldest first. */
export function jsonlFiles(dir: string, table: string): readonly string[] {
  if (!existsSync(dir)) return [];
  const pattern = new RegExp(`^${table}-\\d{4}-\\d{2}\\.jsonl$`);
  return readdirSync(dir)
    .filter((name) => pattern.test(name))
    .sort();
}

class FileSink implements JsonlSink {
  readonly #dir: string;
  /** As the file has it; null: to be read, and what lies behind it to be cut off. */
  #state: JsonlState | null = null;
  /** Keys of rows that are written once, as far back as one may come again. */
  readonly #seen = new Map<TableName, Set<string>>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  createBatch(): ChangeBatch {
    return new ChangeBatch();
  }

  async progress(journalId: string): Promise<Progress | null> {
    return this.#current().journals[journalId] ?? null;
  }

  async begin(journalId: string, at: Progress): Promise<Progress> {
    const state = this.#current();
    const known = state.journals[journalId];
    if (known !== undefined) return known;
    this.#change(() => ({ ...state, journals: { ...state.journals, [journalId]: at } }));
    return at;
  }

  async write(journalId: string, delivery: Delivery<ChangeBatch>): Promise<void> {
    const state = this.#current();
    const known = state.journals[journalId];
    if (known === undefined || !isSameProgress(known, delivery.from)) {
      throw new Fault('conflict', 'the journal was shipped further by another session');
    }
    this.#change(() => {
      const draft = new Draft(state, (table) => this.#keysOf(table));
      for (const change of delivery.batch.changes) draft.take(change);
      for (const refused of delivery.refused) draft.reject(journalId, refused, delivery.ts);
      const files = this.#append(state.files, draft.lines);
      const journals = { ...state.journals, [journalId]: delivery.to };
      return { journals, files, ids: draft.ids, tables: draft.tables };
    });
  }

  dropOld(nowS: number, retentionDays: number): readonly string[] {
    const before = monthText(nowS - retentionDays * DAY_S);
    const old = PARTITIONED.flatMap((table) =>
      jsonlFiles(this.#dir, table).filter((name) => name.slice(table.length + 1, -6) < before),
    );
    if (old.length === 0) return old;
    const state = this.#current();
    const files = Object.fromEntries(
      Object.entries(state.files).filter(([name]) => !old.includes(name)),
    );
    this.#change(() => ({ ...state, files }));
    for (const name of old) rmSync(join(this.#dir, name), { force: true });
    return old;
  }

  async close(): Promise<void> {
    // Every write is complete when it returns.
  }

  #current(): JsonlState {
    try {
      this.#state ??= this.#load();
      return this.#state;
    } catch (error) {
      throw asUnreachable(error);
    }
  }

  /** The new state is in its file, or nothing of it counts and it is cut off. */
  #change(make: () => JsonlState): void {
    try {
      const state = make();
      writeAtomically(join(this.#dir, STATE_FILE), `${JSON.stringify(state)}\n`, 0o600);
      this.#state = state;
    } catch (error) {
      // Lines without their state do not count, nor do their keys.
      this.#seen.clear();
      this.#state = null;
      this.#cutOff();
      throw asUnreachable(error);
    }
  }

  /** At once, where that can be done: on a full disk the lines hold room that others need. */
  #cutOff(): void {
    try {
      this.#state = this.#load();
    } catch (error) {
      if (!(error instanceof Fault) && !isSystemError(error)) throw error;
    }
  }

  #load(): JsonlState {
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
    const there = [...TABLE_NAMES, REJECTED].flatMap((table) => jsonlFiles(this.#dir, table));
    const state = readState(join(this.#dir, STATE_FILE), there.length > 0);
    const files = { ...state.files };
    for (const name of there) {
      const path = join(this.#dir, name);
      const length = files[name] ?? 0;
      const { size } = statSync(path);
      if (size > length) truncateSync(path, length);
      // What somebody took out by hand stays out.
      else files[name] = size;
    }
    return { ...state, files };
  }

  /** Returns the length of every file. */
  #append(
    before: JsonlState['files'],
    lines: ReadonlyMap<string, readonly string[]>,
  ): Record<string, number> {
    const files = { ...before };
    for (const [name, texts] of lines) {
      const bytes = Buffer.from(texts.join(''));
      const fd = openSync(join(this.#dir, name), 'a', 0o600);
      try {
        for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
        fdatasyncSync(fd);
      } finally {
        closeSync(fd);
      }
      files[name] = (files[name] ?? 0) + bytes.length;
    }
    return files;
  }

  #keysOf(table: TableName): Set<string> {
    const known = this.#seen.get(table);
    if (known !== undefined) return known;
    const keys = new Set<string>();
    this.#seen.set(table, keys);
    // The broker speaks of a week at most: this month's file and the one before are enough.
    for (const name of jsonlFiles(this.#dir, table).slice(-2)) {
      for (const line of readFileSync(join(this.#dir, name), 'utf8').trimEnd().split('\n')) {
        if (line !== '') keys.add(keyOf(table, JSON.parse(line) as Row));
      }
    }
    return keys;
  }
}

/** The file is made before the first line of any other: where only it is missing, much is. */
function readState(path: string, hasRows: boolean): JsonlState {
  if (!existsSync(path)) {
    if (!hasRows) return { journals: {}, files: {}, ids: {}, tables: {} };
    throw unreadable(`${path} is missing, which says what of the history's files counts`);
  }
  try {
    // Written by us, and replaced as a whole.
    return JSON.parse(readFileSync(path, 'utf8')) as JsonlState;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw unreadable(`${path} is damaged`);
  }
}

function unreadable(message: string): Fault {
  const remedy = 'put it back from a backup, or move the history away: it begins anew';
  return new Fault('data_unreadable', message, { remedy });
}

/** What a delivery makes of the state. */
class Draft {
  readonly lines = new Map<string, string[]>();
  readonly ids: Record<string, number>;
  readonly tables: Record<string, Record<string, Row>>;
  readonly #owned = new Map<TableName, Record<string, Row>>();
  readonly #keysOf: (table: TableName) => Set<string>;

  constructor(state: JsonlState, keysOfTable: (table: TableName) => Set<string>) {
    this.ids = { ...state.ids };
    this.tables = { ...state.tables };
    this.#keysOf = keysOfTable;
  }

  take(change: Change): void {
    switch (change.kind) {
      case 'row':
        this.#row(change.table, change.row);
        return;
      case 'positions.clear':
        this.#remove('account_positions', (row) => row['account_id'] === change.account);
        return;
      case 'position.remove':
        this.#remove(
          'account_positions',
          (row) =>
            row['account_id'] === change.account && row['contract_key'] === change.contractKey,
        );
        return;
    }
  }

  #row(table: TableName, given: Row): void {
    const { columns, onSame, sticky = [] }: TableSpec = TABLES[table];
    const row = Object.fromEntries(
      Object.entries(columns).map(([name, type]) => [name, jsonCell(given[name], type)]),
    );
    if (onSame === 'replace') {
      const key = keyOf(table, row);
      const rows = this.#own(table);
      for (const name of sticky) row[name] ??= rows[key]?.[name] ?? null;
      rows[key] = row;
      return;
    }
    if (onSame === 'keep') {
      const keys = this.#keysOf(table);
      const key = keyOf(table, row);
      if (keys.has(key)) return;
      keys.add(key);
    }
    this.#line(table, Number(row['ts']), row);
  }

  /** As the table of that name has it in a database. */
  reject(journalId: string, { sequence, facts, error }: Refused, ts: number): void {
    const created_at = new Date(ts * 1000).toISOString();
    for (const fact of facts) {
      this.#line(REJECTED, ts, { journal_id: journalId, sequence, fact, error, created_at });
    }
  }

  #line(table: string, ts: number, row: Row): void {
    const id = (this.ids[table] ?? 0) + 1;
    this.ids[table] = id;
    const name = `${table}-${monthText(ts)}.jsonl`;
    const lines = this.lines.get(name) ?? [];
    this.lines.set(name, lines);
    lines.push(`${JSON.stringify({ id, ...row })}\n`);
  }

  /** The rows of a table, to be changed: those of the state stay as the file has them. */
  #own(table: TableName): Record<string, Row> {
    const known = this.#owned.get(table);
    if (known !== undefined) return known;
    const rows = { ...this.tables[table] };
    this.tables[table] = rows;
    this.#owned.set(table, rows);
    return rows;
  }

  #remove(table: TableName, goes: (row: Row) => boolean): void {
    const rows = this.#own(table);
    for (const [key, row] of Object.entries(rows)) if (goes(row)) delete rows[key];
  }
}

function keyOf(table: TableName, row: Row): string {
  const { key = [] }: TableSpec = TABLES[table];
  return JSON.stringify(key.map((column) => row[column] ?? null));
}

function jsonCell(value: Cell | undefined, type: ColumnType): Cell {
  const cell = cellOf(value, type);
  return type === 'timestamptz' && typeof cell === 'number'
    ? new Date(cell * 1000).toISOString()
    : cell;
}

/** `YYYY-MM` in UTC. */
function monthText(ts: number): string {
  return new Date(ts * 1000).toISOString().slice(0, 7);
}

/** A full disk is waited for, as a database that is away is. */
function asUnreachable(error: unknown): unknown {
  if (!isSystemError(error)) return error;
  return new Fault('database_unreachable', `history files: ${error.message}`, { cause: error });
}
