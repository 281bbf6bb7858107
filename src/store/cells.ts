/**
 * Values as a column takes them: what no column takes becomes the nearest that it does, and a
 * whole number that is too large for its column is known before the database says so.
 */

import type { Row } from './fact-rows.ts';
import { cleanJson } from './json-text.ts';
import type { Cell, ColumnType } from './tables.ts';

const SMALLINT_MAX = 32_767;
const INTEGER_MAX = 2_147_483_647;

/** The value for a column of this type. */
export function cellOf(value: Cell | undefined, type: ColumnType): Cell {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return null;
    if (type === 'smallint') {
      return Math.max(-SMALLINT_MAX, Math.min(Math.round(value), SMALLINT_MAX));
    }
    return type === 'integer' || type === 'bigint' ? Math.round(value) : value;
  }
  if (typeof value !== 'string') return value;
  if (type === 'jsonb') return cleanJson(value);
  // PostgreSQL's text holds every character but this one.
  return value.includes('\0') ? value.replaceAll('\0', '') : value;
}

/** How large a number of each of these columns may be. */
export type Bounds = readonly (readonly [column: string, max: number])[];

/** Of the columns for whole numbers; a smallint takes the nearest that it can. */
export function boundsOf(columns: Readonly<Record<string, ColumnType>>): Bounds {
  return Object.entries(columns).flatMap(([column, type]) => {
    const max = WHOLE_MAX[type];
    return max === undefined ? [] : [[column, max] as const];
  });
}

const WHOLE_MAX: Partial<Readonly<Record<ColumnType, number>>> = {
  integer: INTEGER_MAX,
  // Beyond it a number does not say any more which one is meant.
  bigint: Number.MAX_SAFE_INTEGER,
};

/** Why the table cannot take the row; null where nothing speaks against it. */
export function rowRefusal(row: Row, bounds: Bounds): string | null {
  for (const [column, max] of bounds) {
    const value = row[column];
    if (typeof value !== 'number' || Math.abs(value) <= max) continue;
    if (Number.isFinite(value)) return `${column}: ${value} is out of range`;
  }
  return null;
}
