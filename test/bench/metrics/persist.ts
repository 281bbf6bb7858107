/**
 * From the journal's files to rows in PostgreSQL, as the persistence actor ships a backlog: read,
 * decoded, mapped to rows, encoded, written with the position behind them. Beside it a bare COPY
 * of the same rows into the same tables, encoded before its clock starts.
 */

import { createLogger } from '../../../src/log.ts';
import { realMono } from '../../../src/runtime/real-clock.ts';
import { copyIn } from '../../../src/store/copy-in.ts';
import {
  startEmbeddedPostgres,
  stopEmbeddedPostgres,
} from '../../../src/store/embedded-postgres.ts';
import { migrate } from '../../../src/store/migrate.ts';
import { maintainPartitions } from '../../../src/store/partitions.ts';
import { createPool, inTransaction, type Pool } from '../../../src/store/pool.ts';
import { copyText } from '../../../src/store/row-batch.ts';
import { TABLES } from '../../../src/store/tables.ts';
import { atLeast, type Bench, type Benchmark, type Metric } from '../harness/benchmark.ts';
import { metricOf } from '../harness/paired.ts';
import { type Backlog, ship, writeBacklog } from '../peers/backlog.ts';

const SECOND_MS = 1000;

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
      const shipped = await timed(pool, () => ship(pool, backlog.dir, `block${block + 2}`));
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
