/**
 * The operations list. History has rows that the stream never sent, and the stream has rows that
 * are not yet in the database: the list is both, each row once, newest first.
 */

import type { OperationView } from '../../../protocol/views.ts';

export type OperationRow = Omit<OperationView, 'id'>;

/** What the page shows; older rows are a query away. */
export const ROWS_MAX = 100;

/** The stream's rows carry no id: what one row says is what makes it that row. */
export function keyOf(row: OperationRow): string {
  const { ts, type, symbol, order_ref, exec_id, state_reason } = row;
  return [ts, type, symbol, order_ref, exec_id, state_reason].join('|');
}

/** `rows` with one more from the stream. */
export function withRow(rows: readonly OperationRow[], row: OperationRow): readonly OperationRow[] {
  const key = keyOf(row);
  if (rows.some((known) => keyOf(known) === key)) return rows;
  return newestFirst([row, ...rows]);
}

/** The history, and before it what the stream has told and the history does not have yet. */
export function withHistory(
  rows: readonly OperationRow[],
  history: readonly OperationRow[],
): readonly OperationRow[] {
  const known = new Set(history.map(keyOf));
  return newestFirst([...rows.filter((row) => !known.has(keyOf(row))), ...history]);
}

/** The sort is stable: of rows of one moment the one that came last stays first. */
function newestFirst(rows: readonly OperationRow[]): readonly OperationRow[] {
  return rows.toSorted((a, b) => b.ts - a.ts).slice(0, ROWS_MAX);
}
