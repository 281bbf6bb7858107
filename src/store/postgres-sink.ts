/**
 * PostgreSQL as a sink: the rows of a batch and the journal position behind them are one
 * transaction, so a row is there exactly once, whatever breaks between two of them.
 */

import { Fault } from '../fault.ts';
import { inTransaction, type Pool, type PoolClient } from './pool.ts';
import { RowBatch } from './row-batch.ts';
import { type Delivery, isSameProgress, type Progress, type Sink } from './sink.ts';

const SELECT_PROGRESS =
  'select segment, "offset", sequence from journal_progress where journal_id = $1';

/** Somebody else's lock is waited for so long; then the transaction is given up and tried again. */
const LOCK_TIMEOUT = '5s';

/** `bigint` comes as text. */
interface ProgressRow {
  readonly segment: string;
  readonly offset: string;
  readonly sequence: string;
}

/** A sink that writes through the pool, and ends it when it is closed. */
export function createPostgresSink(pool: Pool): Sink<RowBatch> {
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
      inTransaction(pool, (client) => writeDelivery(client, journalId, delivery)),
    close: () => pool.end(),
  };
}

async function writeDelivery(
  client: PoolClient,
  journalId: string,
  { from, to, batch, refused, ts, lagBytes, meanwhile }: Delivery<RowBatch>,
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
  await batch.write(client, meanwhile);
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

function progressOf(row: ProgressRow): Progress {
  return {
    position: { segment: Number(row.segment), offset: Number(row.offset) },
    sequence: Number(row.sequence),
  };
}

function lostFault(): Fault {
  return new Fault('conflict', 'the journal was shipped further by another session');
}
