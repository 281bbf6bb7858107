/**
 * Ships the journal to PostgreSQL, exactly once: the rows of a batch of records and the position
 * behind them are one transaction. Nothing is kept in memory that a restart would miss; after any
 * error the database is asked again how far it came.
 */

import { Fault } from '../fault.ts';
import type { Logger } from '../log.ts';
import { decodeRecord, type JournalRecord } from '../protocol/records.ts';
import { databaseErrorKind, errorText } from './database-error.ts';
import { changesOf } from './fact-rows.ts';
import { bytesAfter, type JournalPosition, readJournal } from './journal.ts';
import { inTransaction, type Pool, type PoolClient } from './pool.ts';
import { RowBatch } from './row-batch.ts';

export interface ShipperOptions {
  readonly pool: Pool;
  readonly journalDir: string;
  readonly journalId: string;
  /** A batch ends with the record that reaches this many rows. */
  readonly batchRows: number;
  readonly log: Logger;
}

interface Shipped {
  readonly records: number;
  readonly rows: number;
  /** There was nothing more in the journal. */
  readonly caughtUp: boolean;
}

export interface Shipper {
  /** Ships one batch. Throws what the database threw; then it can be called again. */
  ship(): Promise<Shipped>;
  /** Bytes of the journal that are not shipped; null before the first batch. */
  lagBytes(): number | null;
}

interface Progress {
  /** Segment 0: nothing was shipped yet. */
  readonly position: JournalPosition;
  readonly sequence: number;
}

interface Batch {
  readonly records: readonly JournalRecord[];
  readonly rows: RowBatch;
  readonly end: Progress;
  readonly caughtUp: boolean;
}

/** Bounds the memory of a batch, and what is read again after a restart when no rows come. */
const RECORDS_MAX = 5_000;

export function createShipper(options: ShipperOptions): Shipper {
  return new JournalShipper(options);
}

class JournalShipper implements Shipper {
  readonly #options: ShipperOptions;
  /** As the database has it; undefined: to be asked. */
  #committed: Progress | undefined;
  /** Up to here the journal was read, and held no rows since `#committed`. */
  #read: Progress | undefined;
  /** Records to ship one by one, because one of them holds a row that is refused. */
  #singly = 0;

  constructor(options: ShipperOptions) {
    this.#options = options;
  }

  async ship(): Promise<Shipped> {
    const committed = this.#committed ?? (await this.#loadProgress());
    this.#committed = committed;
    const batch = this.#collect(this.#read ?? committed);
    this.#read = batch.end;
    // Records without rows wait for the next that has some, unless they become many.
    const isDue = batch.rows.size > 0 || batch.records.length >= RECORDS_MAX;
    const isShipped = !isDue || (await this.#commit(committed, batch));
    return {
      records: isShipped ? batch.records.length : 0,
      rows: isShipped ? batch.rows.size : 0,
      caughtUp: isShipped && batch.caughtUp,
    };
  }

  lagBytes(): number | null {
    const at = this.#read?.position;
    return at === undefined ? null : bytesAfter(this.#options.journalDir, 'journal', at);
  }

  #collect(from: Progress): Batch {
    const { journalDir, journalId, batchRows } = this.#options;
    const recordsMax = this.#singly > 0 ? 1 : RECORDS_MAX;
    const start = from.position.segment === 0 ? undefined : from.position;
    const records: JournalRecord[] = [];
    const rows = new RowBatch();
    let end = from;
    for (const { payload, next } of readJournal(journalDir, 'journal', start)) {
      const record = decodeRecord(payload);
      records.push(record);
      end = { position: next, sequence: record.seq };
      for (const fact of record.facts) {
        for (const change of changesOf(fact, { journalId, sequence: record.seq })) rows.add(change);
      }
      if (rows.size >= batchRows || records.length >= recordsMax) {
        return { records, rows, end, caughtUp: false };
      }
    }
    return { records, rows, end, caughtUp: true };
  }

  /** False: nothing was written, and the same records come again one by one. */
  async #commit(committed: Progress, batch: Batch): Promise<boolean> {
    try {
      await this.#write(committed, batch.end, (client) => batch.rows.write(client));
      this.#singly = Math.max(0, this.#singly - 1);
    } catch (error) {
      this.#forget();
      if (databaseErrorKind(error) !== 'data') throw error;
      // Which record it is shows when each has a transaction of its own.
      if (batch.records.length > 1) {
        this.#singly = batch.records.length;
        return false;
      }
      await this.#reject(committed, batch, errorText(error));
    }
    return true;
  }

  /** Keeps the facts of a record that the tables refuse, so that those behind it can pass. */
  async #reject(committed: Progress, batch: Batch, error: string): Promise<void> {
    const { journalId, log } = this.#options;
    const sequence = batch.end.sequence;
    log.error({ sequence, reason: error }, 'the database refuses a fact; see facts_rejected');
    const facts = batch.records.flatMap((record) => record.facts);
    const texts = facts.map((fact) => JSON.stringify(fact).replaceAll('\0', ''));
    try {
      await this.#write(committed, batch.end, async (client) => {
        await client.query(
          `insert into facts_rejected (journal_id, sequence, fact, error)
           select $1, $2, fact, $3 from unnest($4::text[]) as fact`,
          [journalId, sequence, error, texts],
        );
      });
    } catch (failure) {
      this.#forget();
      throw failure;
    }
  }

  async #write(
    from: Progress,
    to: Progress,
    rows: (client: PoolClient) => Promise<void>,
  ): Promise<void> {
    const { pool, journalId } = this.#options;
    await inTransaction(pool, async (client) => {
      // The journal still has what a crash of the server takes back, rows and position together.
      await client.query('set local synchronous_commit to off');
      const { rows: found } = await client.query<ProgressRow>(`${SELECT_PROGRESS} for update`, [
        journalId,
      ]);
      // An earlier transaction of ours, cut off before we saw its end, may have come through.
      if (!isSame(progressOf(found[0]), from)) {
        throw new Fault('conflict', 'the journal was shipped further by another session');
      }
      await rows(client);
      await client.query(
        `update journal_progress
         set segment = $2, "offset" = $3, sequence = $4, updated_at = now()
         where journal_id = $1`,
        [journalId, to.position.segment, to.position.offset, to.sequence],
      );
    });
    this.#committed = to;
    this.#read = to;
  }

  async #loadProgress(): Promise<Progress> {
    const { pool, journalId } = this.#options;
    await pool.query(
      `insert into journal_progress (journal_id, segment, "offset", sequence)
       values ($1, 0, 0, 0) on conflict do nothing`,
      [journalId],
    );
    const { rows } = await pool.query<ProgressRow>(SELECT_PROGRESS, [journalId]);
    return progressOf(rows[0]);
  }

  #forget(): void {
    this.#committed = undefined;
    this.#read = undefined;
  }
}

const SELECT_PROGRESS =
  'select segment, "offset", sequence from journal_progress where journal_id = $1';

/** `bigint` comes as text. */
interface ProgressRow {
  readonly segment: string;
  readonly offset: string;
  readonly sequence: string;
}

function progressOf(row: ProgressRow | undefined): Progress {
  if (row === undefined) throw new Fault('conflict', 'the journal has no row in journal_progress');
  return {
    position: { segment: Number(row.segment), offset: Number(row.offset) },
    sequence: Number(row.sequence),
  };
}

function isSame(a: Progress, b: Progress): boolean {
  const [p, q] = [a.position, b.position];
  return p.segment === q.segment && p.offset === q.offset && a.sequence === b.sequence;
}
