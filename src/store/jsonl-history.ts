/** Reads of what was, from the files that the journal was shipped to where there is no database. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { countMoves } from '../protocol/coverage-view.ts';
import type { HistoryReads } from '../protocol/ports.ts';
import type { OperationView, TransitionView } from '../protocol/views.ts';
import { cursorOf, idOf, limitOf } from './history-page.ts';
import { jsonlFiles } from './jsonl-sink.ts';
import { noStatistics } from './no-statistics.ts';
import type { TableName } from './tables.ts';

type Line = Readonly<Record<string, unknown>> & { readonly id: number };

/** Rows come in the order in which they happened, newest first. */
export function createJsonlHistory(dir: string): HistoryReads {
  return {
    ...noStatistics(),
    async operations(wanted) {
      const limit = limitOf(wanted.limit);
      const before = wanted.cursor === undefined ? Number.POSITIVE_INFINITY : idOf(wanted.cursor);
      const isWanted = ({ id, ts, type, symbol }: Line): boolean =>
        id < before &&
        Number(ts) >= (wanted.since_ts ?? Number.NEGATIVE_INFINITY) &&
        Number(ts) <= (wanted.until_ts ?? Number.POSITIVE_INFINITY) &&
        (wanted.type === undefined || type === wanted.type) &&
        (wanted.symbol === undefined || symbol === wanted.symbol);
      // One more than asked for tells whether there is a next page.
      const found = newestLines(dir, 'operations', isWanted, limit + 1);
      const operations = found.slice(0, limit).map(operationView);
      const last = operations.at(-1);
      const hasMore = found.length > limit && last !== undefined;
      return { operations, next_cursor: hasMore ? cursorOf(last.id) : null };
    },
    async transitions(machine, limit) {
      const isOf = (line: Line) => line['machine'] === machine;
      return newestLines(dir, 'machine_transitions', isOf, limitOf(limit)).map(transitionView);
    },
    async moves(machine) {
      const isOf = (line: Line) => line['machine'] === machine;
      return countMoves(
        newestLines(dir, 'machine_transitions', isOf, MOVES_MAX).map(transitionView),
      );
    },
  };
}

/** Files are read whole for it: fewer than a database counts. */
const MOVES_MAX = 10_000;

/** The newest lines that are wanted: the files from their ends, and no more of them than needed. */
function newestLines(
  dir: string,
  table: TableName,
  isWanted: (line: Line) => boolean,
  count: number,
): Line[] {
  const found: Line[] = [];
  for (const name of jsonlFiles(dir, table).toReversed()) {
    const path = join(dir, name);
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
    // What stands behind the last line break is being written.
    for (const text of lines.slice(0, -1).toReversed()) {
      const line = JSON.parse(text) as Line;
      if (!isWanted(line)) continue;
      found.push(line);
      if (found.length === count) return found;
    }
  }
  return found;
}

function operationView(line: Line): OperationView {
  const { id, ts, type, side, quantity, price, state_reason, symbol, account } = line;
  const { order_ref, perm_id, exec_id, commission } = line;
  const row = { id, ts, type, side, quantity, price, state_reason, symbol: symbol ?? '', account };
  return { ...row, order_ref, perm_id, exec_id, commission } as OperationView;
}

function transitionView({ ts, machine, from_state, to_state, event }: Line): TransitionView {
  return { ts, machine, from: from_state, to: to_state, event } as TransitionView;
}
