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

/** The stream's rows and as much of the history as was read, each row once. */
export function joined(
  rows: readonly OperationRow[],
  history: readonly OperationRow[],
): readonly OperationRow[] {
  const all = new Map([...rows, ...history].map((row) => [keyOf(row), row]));
  return [...all.values()].toSorted((a, b) => b.ts - a.ts);
}

/** Whether what a row says holds each word that is looked for. */
export function matches(row: OperationRow, search: string): boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const { type, side, quantity, price, symbol, state_reason, order_ref, exec_id } = row;
  const text = [type, side, quantity, price, symbol, state_reason, order_ref, exec_id]
    .filter((part) => part !== null)
    .join(' ')
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

/** The sort is stable: of rows of one moment the one that came last stays first. */
function newestFirst(rows: readonly OperationRow[]): readonly OperationRow[] {
  return rows.toSorted((a, b) => b.ts - a.ts).slice(0, ROWS_MAX);
}
