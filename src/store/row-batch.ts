/**
 * Gathers the rows of many records for one transaction. Rows that are only ever added go by COPY,
 * encoded as they come; rows that have a key go by one statement for each table. Of rows that
 * replace each other only the last is sent, as PostgreSQL demands and as the reader would see it.
 */

import { type Bounds, boundsOf, cellOf, rowRefusal } from './cells.ts';
import { CopyBuffer } from './copy-format.ts';
import { copyIn } from './copy-in.ts';
import type { Change, Row } from './fact-rows.ts';
import type { PoolClient, Queryable } from './pool.ts';
import { markOf, marksOfOthers, newnessOf, type Others } from './shared-rows.ts';
import type { Batch } from './sink.ts';
import { type Cell, type ColumnType, TABLES, type TableName, type TableSpec } from './tables.ts';

/** Where the rows go: what is there already decides about some of them. */
export interface WritePlace {
  readonly journalId: string;
  readonly others: Others;
  /** Wall time of the newest row, unix seconds. */
  readonly ts: number;
  /** Does a little while the server has something to work through; false when nothing is left. */
  readonly meanwhile: () => boolean;
}

export class RowBatch implements Batch {
  readonly #appended = new Map<TableName, CopyBuffer>();
  readonly #keyed = new Map<TableName, Map<string, Row>>();
  /** Accounts whose positions all go before those in here are written. */
  readonly #clearedAccounts = new Set<string>();
  readonly #removedPositions = new Map<string, readonly [account: string, contractKey: string]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  refusal(change: Change): string | null {
    return change.kind === 'row' ? rowRefusal(change.row, boundsOfTable(change.table)) : null;
  }

  add(change: Change): void {
    this.#size += 1;
    switch (change.kind) {
      case 'row':
        this.#addRow(change.table, change.row);
        return;
      case 'positions.clear':
        this.#clearPositions(change.account);
        return;
      case 'position.remove': {
        const key = keyText([change.account, change.contractKey]);
        this.#keyed.get('account_positions')?.delete(key);
        this.#removedPositions.set(key, [change.account, change.contractKey]);
        return;
      }
    }
  }

  clear(): void {
    for (const buffer of this.#appended.values()) buffer.clear();
    this.#keyed.clear();
    this.#clearedAccounts.clear();
    this.#removedPositions.clear();
    this.#size = 0;
  }

  /** Sends everything through a connection that is in a transaction. */
  async write(client: PoolClient, place: WritePlace): Promise<void> {
    await this.#writeRemovals(client, place);
    for (const [table, buffer] of this.#appended) {
      if (buffer.rows > 0) await append(client, table, buffer, place);
    }
    for (const [table, rows] of this.#keyed) {
      if (rows.size > 0) await upsert(client, table, [...rows.values()], place);
    }
  }

  #addRow(table: TableName, row: Row): void {
    const { key, onSame, sticky }: TableSpec = TABLES[table];
    if (key === undefined) {
      const buffer = this.#appended.get(table) ?? new CopyBuffer(TABLES[table].columns);
      this.#appended.set(table, buffer);
      buffer.add(row, markOf(table, row));
      return;
    }
    const rows = this.#keyed.get(table) ?? new Map<string, Row>();
    this.#keyed.set(table, rows);
    const id = keyText(key.map((column) => row[column] ?? null));
    const before = rows.get(id);
    if (before === undefined) rows.set(id, row);
    else if (onSame === 'replace') rows.set(id, withSticky(row, before, sticky ?? []));
    if (table === 'account_positions') this.#removedPositions.delete(id);
  }

  #clearPositions(account: string): void {
    this.#clearedAccounts.add(account);
    const rows = this.#keyed.get('account_positions') ?? new Map<string, Row>();
    for (const [id, row] of rows) if (row['account_id'] === account) rows.delete(id);
  }

  async #writeRemovals(client: Queryable, { others, ts }: WritePlace): Promise<void> {
    const until = others === 'newer' ? ts : Number.POSITIVE_INFINITY;
    const isOlder = `(updated_at is null or updated_at <= to_timestamp($1::float8))`;
    if (this.#clearedAccounts.size > 0) {
      await client.query(
        `delete from account_positions where account_id = any($2) and ${isOlder}`,
        [until, [...this.#clearedAccounts]],
      );
    }
    if (this.#removedPositions.size > 0) {
      const removed = [...this.#removedPositions.values()];
      await client.query(
        `delete from account_positions where ${isOlder} and (account_id, contract_key) in
           (select * from unnest($2::text[], $3::text[]))`,
        [until, removed.map(([account]) => account), removed.map(([, contract]) => contract)],
      );
    }
  }
}

async function append(
  client: PoolClient,
  table: TableName,
  buffer: CopyBuffer,
  { journalId, others, meanwhile }: WritePlace,
): Promise<void> {
  const known =
    others === 'none' ? null : await marksOfOthers(client, table, buffer.marks, journalId);
  const data = known === null ? buffer.finish() : buffer.finishWithout(known);
  await copyIn(client, copyText(table), data, meanwhile);
}

/** The statement of a COPY that takes what a `CopyBuffer` of the table holds. */
export function copyText(table: TableName): string {
  return `copy ${table} (${Object.keys(TABLES[table].columns).join(', ')}) from stdin binary`;
}

const tableBounds = new Map<TableName, Bounds>();

function boundsOfTable(table: TableName): Bounds {
  const known = tableBounds.get(table);
  if (known !== undefined) return known;
  const bounds = boundsOf(TABLES[table].columns);
  tableBounds.set(table, bounds);
  return bounds;
}

/** One statement for all rows: an array for each column, so that its text is always the same. */
async function upsert(
  client: Queryable,
  table: TableName,
  rows: readonly Row[],
  { others, meanwhile }: WritePlace,
): Promise<void> {
  const columns = Object.entries(TABLES[table].columns) as [string, ColumnType][];
  const values = columns.map(([column, type]) => rows.map((row) => cellOf(row[column], type)));
  // No name: a transaction pooler hands each transaction another session, which knows no names.
  const guard = others === 'newer' ? newerText(table) : '';
  const sent = client.query(`${upsertText(table, columns)}${guard}`, values);
  meanwhile();
  await sent;
}

const upsertTexts = new Map<TableName, string>();

function upsertText(table: TableName, columns: readonly (readonly [string, ColumnType])[]): string {
  const known = upsertTexts.get(table);
  if (known !== undefined) return known;
  const names = columns.map(([column]) => column).join(', ');
  const selected = columns.map(([column, type]) =>
    type === 'timestamptz' ? `to_timestamp(${column})` : column,
  );
  const arrays = columns.map(([, type], index) => `$${index + 1}::${arrayType(type)}[]`);
  const text =
    `insert into ${table} (${names}) select ${selected.join(', ')} ` +
    `from unnest(${arrays.join(', ')}) as row (${names}) ${conflictText(table, columns)}`;
  upsertTexts.set(table, text);
  return text;
}

function conflictText(
  table: TableName,
  columns: readonly (readonly [string, ColumnType])[],
): string {
  const { key = [], onSame, sticky }: TableSpec = TABLES[table];
  const on = `on conflict (${key.join(', ')})`;
  if (onSame !== 'replace') return `${on} do nothing`;
  const settings = columns
    .filter(([column]) => !key.includes(column))
    .map(([column]) =>
      sticky?.includes(column)
        ? `${column} = coalesce(excluded.${column}, ${table}.${column})`
        : `${column} = excluded.${column}`,
    );
  return `${on} do update set ${settings.join(', ')}`;
}

/** Only over what is older: behind a take-over an earlier row may come late. */
function newerText(table: TableName): string {
  const spec: TableSpec = TABLES[table];
  if (spec.onSame !== 'replace') return '';
  const column = newnessOf(spec);
  return ` where ${table}.${column} is null or ${table}.${column} <= excluded.${column}`;
}

/** Times come as seconds and are converted there. */
function arrayType(type: ColumnType): string {
  return type === 'timestamptz' ? 'double precision' : type;
}

function withSticky(row: Row, before: Row, sticky: readonly string[]): Row {
  const kept = sticky.filter((column) => row[column] === null);
  return { ...row, ...Object.fromEntries(kept.map((column) => [column, before[column] ?? null])) };
}

function keyText(values: readonly Cell[]): string {
  return JSON.stringify(values);
}
