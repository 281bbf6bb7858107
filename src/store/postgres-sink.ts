/**
 * PostgreSQL as a sink: the rows of a batch and the journal position behind them are one
 * transaction, so a row is there exactly once, whatever breaks between two of them.
 */

import { Fault } from '../fault.ts';
import type { JournalPosition } from './journal-frame.ts';
import { inTransaction, type Pool, type PoolClient } from './pool.ts';
import { RowBatch } from './row-batch.ts';
import type { Others } from './shared-rows.ts';
import { type Delivery, isSameProgress, type Progress, type Sink } from './sink.ts';

const SELECT_PROGRESS =
  'select segment, "offset", sequence from journal_progress where journal_id = $1';

const SELECT_OTHERS = `select
    exists (select from journal_progress where journal_id <> $1) as others,
    exists (select from daemon_lease where id = 1 and epoch = $2) as mine`;

/** Somebody else's lock is waited for so long; then the transaction is given up and tried again. */
const LOCK_TIMEOUT = '5s';

/** Any number that no other program of the database's owner is likely to lock. */
const SHIPPING_LOCK = 7_236_001_924;
/** A daemon that freezes between two statements keeps its successor's rows out no longer. */
const FROZEN_TIMEOUT = '2s';

/** The lease under which a journal is shipped. */
export interface ShippingTerm {
  readonly epoch: number;
  /** Where the journal of this session begins; what lies before it may be behind a take-over. */
  readonly boot: JournalPosition;
}

/** `bigint` comes as text. */
interface ProgressRow {
  readonly segment: string;
  readonly offset: string;
  readonly sequence: string;
}

/**
 * A sink that writes through the pool, and ends it when it is closed. `term`: null where no other
 * daemon may take over.
 */
export function createPostgresSink(pool: Pool, term: ShippingTerm | null = null): Sink<RowBatch> {
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
      inTransaction(pool, (client) => writeDelivery(client, journalId, delivery, term)),
    close: () => pool.end(),
  };
}

async function writeDelivery(
  client: PoolClient,
  journalId: string,
  { from, to, batch, refused, ts, lagBytes, meanwhile }: Delivery<RowBatch>,
  term: ShippingTerm | null,
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
  const others = await othersOf(client, journalId, from, term);
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

/**
 * What other daemons have written that bears on this batch. Of two that ship at the same time one
 * waits, so that neither misses a fill that the other is just writing. One whose lease is another's
 * now, or that ships what was left of an earlier lease, writes behind the one that took over.
 */
async function othersOf(
  client: PoolClient,
  journalId: string,
  from: Progress,
  term: ShippingTerm | null,
): Promise<Others> {
  if (term !== null) {
    await client.query(
      `set local idle_in_transaction_session_timeout to '${FROZEN_TIMEOUT}';
       select pg_advisory_xact_lock(${SHIPPING_LOCK})`,
    );
  }
  const { rows } = await client.query<{ others: boolean; mine: boolean }>(SELECT_OTHERS, [
    journalId,
    term?.epoch ?? null,
  ]);
  if (rows[0]?.others !== true) return 'none';
  if (term === null) return 'some';
  const isLate = rows[0]?.mine !== true || isBefore(from.position, term.boot);
  return isLate ? 'newer' : 'some';
}

function isBefore(one: JournalPosition, other: JournalPosition): boolean {
  if (one.segment !== other.segment) return one.segment < other.segment;
  return one.offset < other.offset;
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
