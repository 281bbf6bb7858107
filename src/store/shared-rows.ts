/**
 * What two daemons may both have written, where one took over from the other: each books a fill
 * that it hears of, and the journal of the one before may be shipped long after the take-over. A
 * fill stands in the history once, and what shows how things are is not set back.
 */

import type { Row } from './fact-rows.ts';
import type { Queryable } from './pool.ts';
import type { TableName, TableSpec } from './tables.ts';

/** What other journals have brought into this database. */
export type Others =
  | 'none'
  | 'some'
  /** What is shipped now is of before another daemon took over. */
  | 'newer';

/** What a row is known by, whichever journal it comes from; null for one that is ours alone. */
export function markOf(table: TableName, row: Row): string | null {
  if (table === 'operations') return row['type'] === 'fill' ? textOf(row['exec_id']) : null;
  if (table === 'attributions') return row['scope'] === 'hedge' ? textOf(row['order_ref']) : null;
  return null;
}

const FIND: Partial<Readonly<Record<TableName, string>>> = {
  operations: `select exec_id as mark from operations
    where type = 'fill' and exec_id = any($1) and journal_id <> $2`,
  attributions: `select order_ref as mark from attributions
    where scope = 'hedge' and order_ref = any($1) and journal_id <> $2`,
};

/** Those of the marks that another journal has brought in. */
export async function marksOfOthers(
  client: Queryable,
  table: TableName,
  marks: readonly string[],
  journalId: string,
): Promise<ReadonlySet<string>> {
  const text = FIND[table];
  if (text === undefined || marks.length === 0) return NO_MARKS;
  const { rows } = await client.query<{ mark: string }>(text, [marks, journalId]);
  return new Set(rows.map(({ mark }) => mark));
}

const NO_MARKS: ReadonlySet<string> = new Set();

/** The column that says how new a row is, of a table whose rows replace each other. */
export function newnessOf({ columns }: TableSpec): string {
  const column = ['updated_at', 'last_ts', 'ts'].find((name) => columns[name] !== undefined);
  if (column === undefined) throw new Error('a row that replaces another says of when it is');
  return column;
}

function textOf(cell: Row[string] | undefined): string | null {
  return typeof cell === 'string' ? cell : null;
}
