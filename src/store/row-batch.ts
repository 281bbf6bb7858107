/**
 * Gathers the rows of many records for one transaction, and writes them: one statement for each
 * table. Of rows that replace each other only the last is sent, as PostgreSQL demands and as the
 * reader would see it anyway.
 */

import type { Change, Row } from './fact-rows.ts';
import type { Queryable } from './pool.ts';
import { type Cell, type ColumnType, TABLES, type TableName, type TableSpec } from './tables.ts';

export class RowBatch {
  readonly #appended = new Map<TableName, Row[]>();
  readonly #keyed = new Map<TableName, Map<string, Row>>();
  /** Accounts whose positions all go before those in here are written. */
  readonly #clearedAccounts = new Set<string>();
  readonly #removedPositions = new Map<string, readonly [account: string, contractKey: string]>();
  #rows = 0;

  /** Rows taken so far, replaced ones included. */
  get size(): number {
    return this.#rows;
  }

  add(change: Change): void {
    this.#rows += 1;
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

  /** Sends everything through a connection that is in a transaction. */
  async write(client: Queryable): Promise<void> {
    await this.#writeRemovals(client);
    for (const [table, rows] of this.#appended) await insert(client, table, rows);
    for (const [table, rows] of this.#keyed) await insert(client, table, [...rows.values()]);
  }

  #addRow(table: TableName, row: Row): void {
    const { key, onSame, sticky }: TableSpec = TABLES[table];
    if (key === undefined) {
      const rows = this.#appended.get(table);
      if (rows === undefined) this.#appended.set(table, [row]);
      else rows.push(row);
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

  async #writeRemovals(client: Queryable): Promise<void> {
    if (this.#clearedAccounts.size > 0) {
      await client.query('delete from account_positions where account_id = any($1)', [
        [...this.#clearedAccounts],
      ]);
    }
    if (this.#removedPositions.size > 0) {
      const removed = [...this.#removedPositions.values()];
      await client.query(
        `delete from account_positions where (account_id, contract_key) in
           (select * from unnest($1::text[], $2::text[]))`,
        [removed.map(([account]) => account), removed.map(([, contract]) => contract)],
      );
    }
  }
}

/** One statement for all rows: an array for each column, so that its text is always the same. */
async function insert(client: Queryable, table: TableName, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return;
  const columns = Object.entries(TABLES[table].columns) as [string, ColumnType][];
  const values = columns.map(([column, type]) => rows.map((row) => cell(row[column], type)));
  await client.query({ name: `insert_${table}`, text: insertText(table, columns), values });
}

const insertTexts = new Map<TableName, string>();

function insertText(table: TableName, columns: readonly (readonly [string, ColumnType])[]): string {
  const known = insertTexts.get(table);
  if (known !== undefined) return known;
  const names = columns.map(([column]) => column).join(', ');
  const selected = columns.map(([column, type]) =>
    type === 'timestamptz' ? `to_timestamp(${column})` : column,
  );
  const arrays = columns.map(([, type], index) => `$${index + 1}::${arrayType(type)}[]`);
  const text =
    `insert into ${table} (${names}) select ${selected.join(', ')} ` +
    `from unnest(${arrays.join(', ')}) as row (${names}) ${conflictText(table, columns)}`;
  insertTexts.set(table, text);
  return text;
}

function conflictText(
  table: TableName,
  columns: readonly (readonly [string, ColumnType])[],
): string {
  const { key, onSame, sticky }: TableSpec = TABLES[table];
  if (key === undefined) return '';
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

/** Times come as seconds and are converted there. */
function arrayType(type: ColumnType): string {
  return type === 'timestamptz' ? 'double precision' : type;
}

const SMALLINT_MAX = 32_767;

/** The value as its column takes it: what no column takes becomes the nearest that it does. */
function cell(value: Cell | undefined, type: ColumnType): Cell {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return null;
    if (type === 'smallint') return Math.min(Math.round(value), SMALLINT_MAX);
    return type === 'integer' || type === 'bigint' ? Math.round(value) : value;
  }
  if (typeof value !== 'string') return value;
  // PostgreSQL's text holds every character but this one, also when it is written as an escape.
  return type === 'jsonb' ? value.replaceAll('\\u0000', '') : value.replaceAll('\0', '');
}

function withSticky(row: Row, before: Row, sticky: readonly string[]): Row {
  const kept = sticky.filter((column) => row[column] === null);
  return { ...row, ...Object.fromEntries(kept.map((column) => [column, before[column] ?? null])) };
}

function keyText(values: readonly Cell[]): string {
  return JSON.stringify(values);
}
