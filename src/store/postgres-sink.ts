/**
 * PostgreSQL as a sink: the rows of a batch and the journal position behind them are one
 * transaction, so a row is there exactly once, whatever breaks between two of them.
 */

import { Fault } from '../fault.ts';
import { inTransaction, type Pool, type PoolClient } from './pool.ts';
import { RowBatch } from './row-batch.ts';
import type { Others } from './shared-rows.ts';
import { type Delivery, isSameProgress, type Progress, type Sink } from './sink.ts';

const SELECT_PROGRESS =
  'select segment, "offset", sequence from journal_progress where journal_id = $1';

/** How far other journals are, by the clock of those who wrote them. */
const SELECT_OTHERS = `select count(*)::int as count, coalesce(max(last_ts), 0) as last_ts
  from journal_progress where journal_id <> $1`;

/** Somebody else's lock is waited for so long; then the transaction is given up and tried again. */
const LOCK_TIMEOUT = '5s';

/**
 * A successor waits for the lease's row no longer than that when this process freezes between its
 * last two statements.
 */
const FROZEN_TIMEOUT = '1s';

/** `bigint` comes as text. */
interface ProgressRow {
  readonly segment: string;
  readonly offset: string;
  readonly sequence: string;
}

/**
 * A sink that writes through the pool, and ends it when it is closed. `epoch`: of the lease without
 * which nothing may be written; null where no other daemon may take over.
 */
export function createPostgresSink(pool: Pool, epoch: number | null = null): Sink<RowBatch> {
  const find = async (journalId: string): Promise<Progress | null> => {
    const { rows } = await pool.query<ProgressRow>(SELECT_PROGRESS, [journalId]);
    return rows[0] === undefined ? null : progressOf(rows[0]);
  };
  return {
    createBatch: () => new RowBatch(),
    progress: find,
    async begin(journalId, { position, sequence }) {
      await pool.query(
        `insert into journal_progress (journal_id, segment, "offset", sequence)
         values ($1, $2, $3, $4) on conflict do nothing`,
        [journalId, position.segment, position.offset, sequence],
      );
      const found = await find(journalId);
      if (found === null) throw lostFault();
      return found;
    },
    write: (journalId, delivery) =>
      inTransaction(pool, async (client) => {
        await writeDelivery(client, journalId, delivery);
        if (epoch !== null) await assertLease(client, epoch);
      }),
    close: () => pool.end(),
  };
}

async function writeDelivery(
  client: PoolClient,
  journalId: string,
  { from, to, batch, refused, since, ts, lagBytes, meanwhile }: Delivery<RowBatch>,
): Promise<void> {
  // The journal still has what a crash of the server takes back, rows and position together.
  await client.query(
    `set local synchronous_commit to off; set local lock_timeout to '${LOCK_TIMEOUT}'`,
  );
  const { rows: found } = await client.query<ProgressRow>(`${SELECT_PROGRESS} for update`, [
    journalId,
  ]);
  // An earlier transaction of ours, cut off before we saw its end, may have come through.
  if (found[0] === undefined || !isSameProgress(progressOf(found[0]), from)) throw lostFault();
  const others = await othersSince(client, journalId, since);
  await batch.write(client, { journalId, others, ts, meanwhile });
  for (const { sequence, facts, error } of refused) {
    await client.query(
      `insert into facts_rejected (journal_id, sequence, fact, error)
       select $1, $2, fact, $3 from unnest($4::text[]) as fact`,
      [journalId, sequence, error, facts.map((fact) => fact.replaceAll('\0', ''))],
    );
  }
  await client.query(
    `update journal_progress
     set segment = $2, "offset" = $3, sequence = $4, last_ts = $5, lag_bytes = $6,
       updated_at = now()
     where journal_id = $1`,
    [journalId, to.position.segment, to.position.offset, to.sequence, ts, lagBytes],
  );
}

async function othersSince(client: PoolClient, journalId: string, since: number): Promise<Others> {
  const { rows } = await client.query<{ count: number; last_ts: number }>(SELECT_OTHERS, [
    journalId,
  ]);
  const { count, last_ts: lastTs } = rows[0] ?? { count: 0, last_ts: 0 };
  if (count === 0) return 'none';
  return lastTs > since ? 'newer' : 'some';
}

/**
 * The row is held until the commit: whoever takes the lease waits for it, and reads what came in.
 * It is the last statement, because every renewal waits as well.
 */
async function assertLease(client: PoolClient, epoch: number): Promise<void> {
  await client.query(`set local idle_in_transaction_session_timeout to '${FROZEN_TIMEOUT}'`);
  const { rowCount } = await client.query(
    'select from daemon_lease where id = 1 and epoch = $1 for share',
    [epoch],
  );
  if (rowCount === 1) return;
  throw new Fault('daemon_running', 'another daemon writes: what is left stays in the journal');
}

function progressOf(row: ProgressRow): Progress {
  return {
    position: { segment: Number(row.segment), offset: Number(row.offset) },
    sequence: Number(row.sequence),
  };
}

function lostFault(): Fault {
  return new Fault('conflict', 'the journal was shipped further by another session');
}
