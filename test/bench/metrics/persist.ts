/**
 * From the journal's files to rows in PostgreSQL, as the persistence actor ships a backlog: read,
 * decoded, mapped to rows, encoded, written with the position behind them. Beside it a bare COPY
 * of the same rows into the same tables, encoded before its clock starts.
 */

import { createLogger } from '../../../src/log.ts';
import type { Fact } from '../../../src/protocol/facts.ts';
import { encodeRecord } from '../../../src/protocol/records.ts';
import { realMono } from '../../../src/runtime/real-clock.ts';
import { CopyBuffer } from '../../../src/store/copy-format.ts';
import { copyIn } from '../../../src/store/copy-in.ts';
import {
  startEmbeddedPostgres,
  stopEmbeddedPostgres,
} from '../../../src/store/embedded-postgres.ts';
import { changesOf } from '../../../src/store/fact-rows.ts';
import { openJournal } from '../../../src/store/journal.ts';
import { migrate } from '../../../src/store/migrate.ts';
import { maintainPartitions } from '../../../src/store/partitions.ts';
import { createPool, inTransaction, type Pool } from '../../../src/store/pool.ts';
import { createPostgresSink } from '../../../src/store/postgres-sink.ts';
import { copyText } from '../../../src/store/row-batch.ts';
import { createShipper } from '../../../src/store/shipper.ts';
import { TABLES, type TableName, type TableSpec } from '../../../src/store/tables.ts';
import { SAMPLES } from '../../support/facts.ts';
import { atLeast, type Bench, type Benchmark, type Metric } from '../harness/benchmark.ts';
import { metricOf } from '../harness/paired.ts';

const SECOND_MS = 1000;
const BATCH_ROWS = 5000;
/** As in a busy hour: statuses for the most part, and every so often a hedge with all it brings. */
const STATUSES_PER_HEDGE = 40;
const TRANSITIONS_PER_HEDGE = 8;

export const persist: Benchmark = {
  name: 'persist',
  about: 'journal → PostgreSQL, rows/s of a backlog, beside a bare COPY of the same rows',
  run,
};

async function run(bench: Bench): Promise<readonly Metric[]> {
  const dataDir = bench.workspace.folder('persist');
  const log = createLogger({ level: 'silent', pretty: false });
  const own = { dataDir, mono: realMono(), log };
  const server = await startEmbeddedPostgres(own);
  const options = { role: 'bench', connectionsMax: 1, statementTimeoutMs: 60_000, log };
  const pool = createPool({ url: server.url, ...options });
  try {
    await migrate(server.url, log);
    await maintainPartitions(pool, null);
    const hedges = bench.quick ? 500 : 1500;
    const backlog = writeBacklog(bench.workspace.folder('persist-journal'), hedges);
    const blocks = bench.quick ? 5 : 9;
    const ours: number[] = [];
    const bare: number[] = [];
    for (let block = -1; block < blocks; block += 1) {
      bench.signal.throwIfAborted();
      bench.progress(`persist: block ${block + 1} of ${blocks}`);
      const shipped = await timed(pool, () => ship(pool, backlog, `block${block + 2}`));
      const copied = await timed(pool, () => copy(pool, backlog.buffers));
      // The first one warms up.
      if (block < 0) continue;
      ours.push(backlog.rows / shipped);
      bare.push(backlog.rows / copied);
    }
    return [
      metricOf({
        ...{ name: 'persist', unit: 'rows/s', values: ours, goal: atLeast(0.5) },
        baseline: { name: 'rows/s bare COPY', values: bare },
      }),
    ];
  } finally {
    await pool.end();
    await stopEmbeddedPostgres({ ...own, deadlineMs: 10_000 });
  }
}

interface Backlog {
  readonly dir: string;
  /** The rows that both write. */
  readonly rows: number;
  readonly buffers: ReadonlyMap<TableName, CopyBuffer>;
}

/** A journal, and the same rows as they go into a COPY. */
function writeBacklog(dir: string, hedges: number): Backlog {
  const journal = openJournal({
    ...{ dir, prefix: 'journal', mono: realMono(), fsync: 'interval' },
    ...{ fsyncIntervalMs: SECOND_MS, segmentBytes: 64 * 1024 * 1024 },
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

async function ship(pool: Pool, { dir }: Backlog, journalId: string): Promise<void> {
  const log = createLogger({ level: 'silent', pretty: false });
  const sink = createPostgresSink(pool);
  const shipper = createShipper({ sink, journalDir: dir, journalId, batchRows: BATCH_ROWS, log });
  for (let caughtUp = false; !caughtUp; ) ({ caughtUp } = await shipper.ship());
}

async function copy(pool: Pool, buffers: Backlog['buffers']): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query('set local synchronous_commit to off');
    for (const [table, buffer] of buffers) await copyIn(client, copyText(table), buffer.finish());
  });
}

/** Seconds, with the tables empty before and what the server wrote behind it. */
async function timed(pool: Pool, work: () => Promise<void>): Promise<number> {
  await pool.query(`truncate ${Object.keys(TABLES).join(', ')}, journal_progress`);
  await pool.query('checkpoint');
  const start = performance.now();
  await work();
  return (performance.now() - start) / SECOND_MS;
}
