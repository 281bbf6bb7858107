/** A journal as a busy hour leaves it, and its way into a database; what `persist` measures. */

import { createLogger } from '../../../src/log.ts';
import type { Fact } from '../../../src/protocol/facts.ts';
import { encodeRecord } from '../../../src/protocol/records.ts';
import { realMono } from '../../../src/runtime/real-clock.ts';
import { CopyBuffer } from '../../../src/store/copy-format.ts';
import { changesOf } from '../../../src/store/fact-rows.ts';
import { openJournal } from '../../../src/store/journal.ts';
import type { Pool } from '../../../src/store/pool.ts';
import { createPostgresSink } from '../../../src/store/postgres-sink.ts';
import { createShipper } from '../../../src/store/shipper.ts';
import { TABLES, type TableName, type TableSpec } from '../../../src/store/tables.ts';
import { SAMPLES } from '../../support/facts.ts';

const BATCH_ROWS = 5000;
/** As in a busy hour: statuses for the most part, and every so often a hedge with all it brings. */
const STATUSES_PER_HEDGE = 40;
const TRANSITIONS_PER_HEDGE = 8;
const FSYNC_MS = 1000;

export interface Backlog {
  readonly dir: string;
  /** The rows that both write. */
  readonly rows: number;
  readonly buffers: ReadonlyMap<TableName, CopyBuffer>;
}

/** A journal, and the same rows as they go into a COPY. */
export function writeBacklog(dir: string, hedges: number): Backlog {
  const journal = openJournal({
    ...{ dir, prefix: 'journal', mono: realMono(), fsync: 'interval' },
    ...{ fsyncIntervalMs: FSYNC_MS, segmentBytes: 64 * 1024 * 1024 },
  });
  const buffers = new Map<TableName, CopyBuffer>();
  let sequence = 0;
  let rows = 0;
  const turn = (...facts: Fact[]): void => {
    sequence += 1;
    const at = { mono: sequence, trading: sequence, wall: Date.now() };
    const record = { seq: sequence, kind: 'timer', to: 'book:NVDA', at, body: null } as const;
    const dated = facts.map((fact) => ({ ...fact, ts: at.wall / 1000 }));
    journal.append(encodeRecord({ ...record, effects: [], facts: dated, digest: 'READY|IDLE' }));
    for (const fact of dated) {
      for (const change of changesOf(fact, { journalId: journal.journalId, sequence })) {
        if (change.kind !== 'row') continue;
        const spec: TableSpec = TABLES[change.table];
        // What replaces itself is one row in the end, whoever writes it.
        if (spec.onSame === 'replace') continue;
        const buffer = buffers.get(change.table) ?? new CopyBuffer(spec.columns);
        buffers.set(change.table, buffer);
        buffer.add(change.row);
        rows += 1;
      }
    }
  };
  for (let hedge = 0; hedge < hedges; hedge += 1) writeHedge(turn, hedge);
  journal.close();
  return { dir, rows, buffers };
}

function writeHedge(turn: (...facts: Fact[]) => void, hedge: number): void {
  const { operation, intent, order, status, transition } = SAMPLES;
  const orderRef = `demo:ab12cd34ef:${hedge}`;
  for (let count = 0; count < STATUSES_PER_HEDGE; count += 1) {
    turn({ ...status, netDelta: hedge + count / 100, spot: 181 + Math.sin(hedge + count) });
  }
  const moves = Array.from({ length: TRANSITIONS_PER_HEDGE }, () => transition);
  turn({ ...operation, type: 'hedge_intent', orderRef }, { ...intent, orderRef }, ...moves);
  turn({ ...operation, type: 'order_sent', orderRef }, { ...order, orderRef });
  turn({ ...order, orderRef, status: 'Filled', filled: 112 });
  const execId = `0000e0d5.${hedge}.01`;
  const execution = { ...SAMPLES.execution.execution, execId, orderRef };
  const commission = { ...SAMPLES.commission.commission, execId };
  turn(
    { ...SAMPLES.execution, execution },
    { ...SAMPLES.commission, commission },
    { ...operation, orderRef, execId },
    { ...intent, orderRef, outcome: 'filled', filled: 112 },
    SAMPLES.hedgeMemory,
  );
}

/** Ships all of it, as if it were a journal that the database has never seen. */
export async function ship(
  pool: Pool,
  dir: string,
  journalId: string,
  afterBatch: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const log = createLogger({ level: 'silent', pretty: false });
  const sink = createPostgresSink(pool);
  const shipper = createShipper({ sink, journalDir: dir, journalId, batchRows: BATCH_ROWS, log });
  for (let caughtUp = false; !caughtUp; ) {
    ({ caughtUp } = await shipper.ship());
    await afterBatch();
  }
}
