/** The operations that fit a filter: the newest as they happen, and older ones page by page. */

import { useRef, useState } from 'preact/hooks';
import { readNow, serverOffset } from '../../clock.ts';
import { call } from '../../state/http.ts';
import { operations } from '../../state/live.ts';
import { joined, type OperationRow } from '../../state/operation-list.ts';
import { useReading } from '../use-reading.ts';

export interface OperationFilter {
  readonly type: string | undefined;
  readonly symbol: string | undefined;
  /** How far back; undefined: as far as there is. */
  readonly hours: number | undefined;
}

export interface FoundOperations {
  readonly rows: readonly OperationRow[];
  readonly at: number | null;
  readonly asking: boolean;
  /** Of the last question; empty: nobody answered. */
  readonly problem: string | null;
  readonly hasOlder: boolean;
  readonly older: () => void;
}

const PAGE_ROWS = 100;
/** What is kept of one list while it is looked at: days of a busy book. */
const KEPT_ROWS_MAX = 5000;

/** Pages behind the first one, and of which filter. */
interface Older {
  readonly key: string;
  readonly rows: readonly OperationRow[];
  readonly cursor: string | null;
  readonly asking: boolean;
  readonly problem: string | null;
}

export function useOperations(filter: OperationFilter): FoundOperations {
  const { type, symbol, hours } = filter;
  const key = [type, symbol, hours].join('|');
  const input = {
    ...(type !== undefined && { type }),
    ...(symbol !== undefined && { symbol }),
    ...(hours !== undefined && { since_ts: sinceOf(hours) }),
    limit: PAGE_ROWS,
  };
  const first = useReading(key, () => call('operations', input), 0);
  const [kept, setOlder] = useState<Older | null>(null);
  const older = kept?.key === key ? kept : null;
  const cursor = older === null ? (first.value?.next_cursor ?? null) : older.cursor;
  const ask = async () => {
    if (cursor === null || older?.asking === true) return;
    const before = older?.rows ?? [];
    const now = { key, rows: before, cursor, problem: null };
    setOlder({ ...now, asking: true });
    const answer = await call('operations', { ...input, cursor });
    if (answer.kind === 'ok') {
      const rows = [...before, ...answer.body.operations];
      setOlder({ key, rows, cursor: answer.body.next_cursor, asking: false, problem: null });
    } else {
      const problem = answer.kind === 'refused' ? answer.message : '';
      setOlder({ ...now, asking: false, problem });
    }
  };
  const live = (operations.value?.value ?? []).filter((row) => fits(row, filter));
  const history = [...(first.value?.operations ?? []), ...(older?.rows ?? [])];
  // The stream keeps the newest rows alone: what it dropped since the history was read stays here.
  const seen = useRef<{ readonly key: string; readonly rows: readonly OperationRow[] }>(null);
  const before = seen.current?.key === key ? seen.current.rows : [];
  const rows = joined(live, [...history, ...before]).slice(0, KEPT_ROWS_MAX);
  seen.current = { key, rows };
  return {
    rows,
    at: operations.value?.at ?? first.at,
    asking: first.asking || older?.asking === true,
    problem: first.problem ?? older?.problem ?? null,
    hasOlder: cursor !== null,
    older: () => void ask(),
  };
}

function fits(row: OperationRow, { type, symbol, hours }: OperationFilter): boolean {
  return (
    (type === undefined || row.type === type) &&
    (symbol === undefined || row.symbol === symbol) &&
    (hours === undefined || row.ts >= sinceOf(hours))
  );
}

/** Unix seconds of the daemon's clock. */
function sinceOf(hours: number): number {
  return Math.floor((readNow() + serverOffset.value) / 1000) - hours * 3600;
}
