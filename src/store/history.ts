/** Reads of what was: operations and transitions, from the rows that the journal was shipped to. */

import type { MoveCount } from '../protocol/coverage-view.ts';
import type { HistoryReads, OperationsQuery } from '../protocol/ports.ts';
import type { OperationsView, OperationView, TransitionView } from '../protocol/views.ts';
import { databaseFault } from './database-error.ts';
import { cursorOf, idOf, limitOf } from './history-page.ts';
import type { Pool } from './pool.ts';
import { createShadowBoard } from './shadow-board.ts';
import { createStatistics } from './statistics.ts';
import { createStories, type OperationRow } from './stories.ts';

/** Counted for who looks: a busy year is not read whole. */
const MOVES_MAX = 100_000;

/** Rows come in the order in which they happened, newest first. */
export function createHistory(pool: Pool): HistoryReads {
  const query = async <R extends object>(text: string, values: unknown[]): Promise<R[]> => {
    try {
      return (await pool.query<R>(text, values)).rows;
    } catch (error) {
      throw databaseFault(error, pool.options.connectionString ?? '');
    }
  };
  return {
    ...createStatistics(pool),
    ...createStories(pool, operationView),
    ...createShadowBoard(pool),
    async operations(wanted) {
      const { text, values, limit } = operationsQuery(wanted);
      const rows = await query<OperationRow>(text, values);
      return operationsView(rows, limit);
    },
    async transitions(machine, limit) {
      const rows = await query<TransitionView>(
        `select ts, machine, from_state as "from", to_state as "to", event
         from machine_transitions where machine = $1 order by id desc limit $2`,
        [machine, limitOf(limit)],
      );
      return rows;
    },
    async moves(machine) {
      const rows = await query<MoveCount>(
        `select from_state as "from", to_state as "to", event, count(*)::int as count
         from (select from_state, to_state, event from machine_transitions
               where machine = $1 order by id desc limit ${MOVES_MAX}) newest
         group by 1, 2, 3 order by 4 desc, 1, 2, 3`,
        [machine],
      );
      return rows;
    },
  };
}

function operationsQuery(wanted: OperationsQuery): {
  text: string;
  values: unknown[];
  limit: number;
} {
  const values: unknown[] = [];
  const conditions: string[] = [];
  const where = (condition: string, value: unknown): void => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(`${condition} $${values.length}`);
  };
  where('ts >=', wanted.since_ts);
  where('ts <=', wanted.until_ts);
  where('type =', wanted.type);
  where('symbol =', wanted.symbol);
  // By id, which grows as rows come: a page does not shift when newer rows arrive.
  where('id <', wanted.cursor === undefined ? undefined : idOf(wanted.cursor));
  const limit = limitOf(wanted.limit);
  // One more than asked for tells whether there is a next page.
  values.push(limit + 1);
  const text = `select id, ts, type, side, quantity, price, state_reason, symbol, account,
      order_ref, perm_id, exec_id, commission
    from operations ${conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`}
    order by id desc limit $${values.length}`;
  return { text, values, limit };
}

function operationsView(rows: readonly OperationRow[], limit: number): OperationsView {
  const operations = rows.slice(0, limit).map(operationView);
  const last = operations.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { operations, next_cursor: hasMore ? cursorOf(last.id) : null };
}

/** `bigint` comes as text; rows of the earlier engine have only its columns. */
function operationView(row: OperationRow): OperationView {
  return {
    ...row,
    id: Number(row.id),
    ts: row.ts ?? 0,
    type: row.type ?? '',
    state_reason: row.state_reason ?? '',
    symbol: row.symbol ?? '',
    perm_id: row.perm_id === null ? null : Number(row.perm_id),
  };
}
