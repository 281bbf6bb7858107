/**
 * Results of a sweep as a table for other tools: a row for each cell, a column for each parameter
 * that was varied, and for each number that came out.
 */

import type { TableColumn } from '../store/parquet-table.ts';
import type { CellResult } from './sweep-job.ts';

/** Columns are named as in the JSON; what a cell does not have is null. */
export function cellTable(results: readonly CellResult[]): readonly TableColumn[] {
  const rows = results.map(rowOf);
  const names = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  return names.map((name) => {
    const cells = rows.map((row) => row.get(name) ?? null);
    const isText = cells.some((cell) => typeof cell === 'string');
    return isText
      ? { name, type: 'text', cells: cells.map((cell) => (cell === null ? null : String(cell))) }
      : { name, type: 'number', cells: cells.map((cell) => (cell === null ? null : Number(cell))) };
  });
}

type Value = string | number;

function rowOf(cell: CellResult): ReadonlyMap<string, Value> {
  const row = new Map<string, Value>();
  const { index, seed, job, config_hash, output_hash, decisions_hash, hedge_error } = cell;
  put(row, '', { set: index, seed, job, config_hash, output_hash, decisions_hash });
  // Of a search by halving sets are tried on the first of them.
  put(row, '', { days: cell.days.length });
  put(row, '', cell.overrides);
  put(row, '', cell.totals);
  put(row, 'hedge_error_', hedge_error ?? {});
  put(row, 'ratio_', cell.ratios);
  put(row, 'attribution_', cell.attribution);
  put(row, 'closed_', cell.block_reasons);
  return row;
}

/** Lists, truths and other values of a parameter stand as JSON. */
function put(row: Map<string, Value>, prefix: string, values: object): void {
  for (const [name, value] of Object.entries(values) as [string, unknown][]) {
    if (value === null || value === undefined) continue;
    const isPlain = typeof value === 'string' || typeof value === 'number';
    row.set(prefix + name, isPlain ? value : JSON.stringify(value));
  }
}
