/**
 * What a successor on another host needs of its predecessor's memory, kept beside the lease: what
 * was known when the writer's session began, and each fact since then that leaves a memory. It is
 * folded by the function that folds a journal at every start.
 */

import { Fault } from '../fault.ts';
import type { DurableState } from '../protocol/durable.ts';
import { DurableFold } from '../protocol/durable-fold.ts';
import { settleDurable } from '../protocol/durable-ledger.ts';
import type { Fact } from '../protocol/facts.ts';
import { jsonText } from './json-text.ts';
import { inTransaction, type Pool } from './pool.ts';

export interface RecoveryBase {
  readonly journalId: string;
  /** The last number used in that journal before the session. */
  readonly sequence: number;
  readonly exchangeId: string | null;
  readonly durable: DurableState;
}

/** Read in some tens of milliseconds. */
const PAGE_FACTS = 2000;

/** Who may write: the one whose epoch it is. */
export interface Writer {
  readonly holder: string;
  readonly epoch: number;
}

export interface NumberedFact {
  /** Counted from 1 behind each base. */
  readonly number: number;
  readonly sequence: number;
  readonly fact: Fact;
}

// Each change is one statement: an attempt whose answer was lost may still come through, after the
// next one, and leaves no transaction open that others would wait for.

/**
 * Begins the memory of this epoch, once, however often it is called. Throws `Fault('conflict')`
 * where the lease is somebody else's.
 */
export async function writeBase(pool: Pool, writer: Writer, base: RecoveryBase): Promise<void> {
  await asWriter(
    pool,
    writer,
    `known as (select from recovery_base where epoch = $2),
     gone as (delete from recovery_facts
       where exists (select from mine) and not exists (select from known)),
     put as (insert into recovery_base (id, epoch, journal_id, sequence, exchange_id, durable)
       select 1, $2, $3, $4, $5, $6
       where exists (select from mine) and not exists (select from known)
       on conflict (id) do update set epoch = excluded.epoch, journal_id = excluded.journal_id,
         sequence = excluded.sequence, exchange_id = excluded.exchange_id,
         durable = excluded.durable)`,
    [base.journalId, base.sequence, base.exchangeId, jsonText(base.durable)],
  );
}

/** Adds facts; what an earlier attempt has brought in already stays as it is. */
export async function appendFacts(
  pool: Pool,
  writer: Writer,
  facts: readonly NumberedFact[],
): Promise<void> {
  await asWriter(
    pool,
    writer,
    `put as (insert into recovery_facts (epoch, number, sequence, fact)
       select $2, f.* from unnest($3::bigint[], $4::bigint[], $5::jsonb[]) as f
       where exists (select from mine) on conflict do nothing)`,
    [
      facts.map(({ number }) => number),
      facts.map(({ sequence }) => sequence),
      facts.map(({ fact }) => jsonText(fact)),
    ],
  );
}

/** A writer without `ha` keeps no such memory, and an old one must not be taken for its own. */
export async function clearRecovery(pool: Pool, writer: Writer): Promise<void> {
  await asWriter(
    pool,
    writer,
    `gone as (delete from recovery_facts where exists (select from mine)),
     put as (delete from recovery_base where exists (select from mine))`,
    [],
  );
}

/** What the last writer with `ha` knew when it wrote last; null where there was none. */
export async function readRecovery(pool: Pool): Promise<RecoveryBase | null> {
  return inTransaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read, read only');
    const { rows } = await client.query<RawBase>(
      `select epoch, journal_id, sequence::float8 as sequence, exchange_id, durable
       from recovery_base`,
    );
    const [base] = rows;
    if (base === undefined) return null;
    const fold = new DurableFold(base.durable);
    // A page at a time: of a session of months one statement would run into its bound, and no
    // successor could ever begin.
    await client.query(
      `declare facts no scroll cursor for
       select fact from recovery_facts where epoch = ${Number(base.epoch)} order by number`,
    );
    for (let isWhole = false; !isWhole; ) {
      const { rows: page } = await client.query<{ fact: Fact }>(`fetch ${PAGE_FACTS} from facts`);
      for (const { fact } of page) fold.take(fact);
      isWhole = page.length < PAGE_FACTS;
    }
    const durable = fold.state();
    return {
      journalId: base.journal_id,
      sequence: base.sequence,
      exchangeId: base.exchange_id,
      durable: settleDurable(durable),
    };
  });
}

interface RawBase {
  readonly epoch: string;
  readonly journal_id: string;
  readonly sequence: number;
  readonly exchange_id: string | null;
  readonly durable: DurableState;
}

async function asWriter(
  pool: Pool,
  { holder, epoch }: Writer,
  changes: string,
  values: readonly unknown[],
): Promise<void> {
  // Whoever set the server to forget a second of what it confirmed did not mean this.
  const { rows } = await pool.query<{ mine: boolean }>(
    `with mine as (select from daemon_lease where id = 1 and holder = $1 and epoch = $2::bigint),
     ${changes}
     select exists (select from mine) as mine, set_config('synchronous_commit', 'on', true)`,
    [holder, epoch, ...values],
  );
  if (rows[0]?.mine !== true) throw new Fault('conflict', 'another daemon has taken the lease');
}
