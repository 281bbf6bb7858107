/**
 * The months of the tables that are partitioned: made ahead, so that a row finds its place, and
 * dropped when the configuration says that they are old enough.
 */

import { inTransaction, type Pool } from './pool.ts';

/** Tables partitioned by month of `ts`; each has a default partition, `<table>_default`. */
export const PARTITIONED = [
  'status_history',
  'machine_transitions',
  'attributions',
  'quotes',
] as const;

type Partitioned = (typeof PARTITIONED)[number];

export interface PartitionWork {
  readonly made: readonly string[];
  readonly dropped: readonly string[];
  /** Of ours from before there were months, deleted one by one. */
  readonly deletedRows: number;
}

/** With the month that runs: enough for a daemon whose database was away for a while. */
const MONTHS_AHEAD = 2;
const DAY_S = 86_400;
/** Statistics look back a year: what hedges brought is kept as long as they may ask for it. */
const ATTRIBUTION_DAYS_MIN = 366;
/** A delete of so many rows is over in well under a second. */
const DELETE_ROWS = 10_000;
/** Of one call; what is left is deleted by the next. */
const DELETE_ROUNDS = 20;

/**
 * Makes the months that are missing and drops those that ended more than `retentionDays` ago; null
 * keeps all. Rows of the earlier engine, which have no `journal_id`, are always kept.
 */
export async function maintainPartitions(
  pool: Pool,
  retentionDays: number | null,
): Promise<PartitionWork> {
  const made: string[] = [];
  const dropped: string[] = [];
  let deletedRows = 0;
  // By the database's clock: rows of this daemon and of another on its host are dated alike.
  const { rows } = await pool.query<{ now: number }>(
    'select extract(epoch from now())::float8 now',
  );
  const now = rows[0]?.now ?? 0;
  for (const table of PARTITIONED) {
    const existing = await monthsOf(pool, table);
    for (let ahead = 0; ahead <= MONTHS_AHEAD; ahead += 1) {
      const month = monthAt(now, ahead);
      const name = partitionName(table, month);
      if (existing.has(name)) continue;
      await makeMonth(pool, table, name, month);
      made.push(name);
    }
    if (retentionDays === null) continue;
    const before = now - daysKept(table, retentionDays) * DAY_S;
    for (const [name, month] of existing) {
      if (month.until > before) continue;
      await dropMonth(pool, table, name);
      dropped.push(name);
    }
    deletedRows += await deleteOld(pool, table, before);
  }
  return { made, dropped, deletedRows };
}

function daysKept(table: Partitioned, retentionDays: number): number {
  return table === 'attributions' ? Math.max(retentionDays, ATTRIBUTION_DAYS_MIN) : retentionDays;
}

/** A month of UTC: from its first second to the next month's, unix seconds. */
interface Month {
  readonly year: number;
  readonly month: number;
  readonly from: number;
  readonly until: number;
}

function monthAt(ts: number, ahead: number): Month {
  const date = new Date(ts * 1000);
  return monthOf(date.getUTCFullYear(), date.getUTCMonth() + ahead);
}

/** Months beyond December are those of the next year. */
function monthOf(year: number, index: number): Month {
  const first = new Date(Date.UTC(year, index, 1));
  return {
    year: first.getUTCFullYear(),
    month: first.getUTCMonth() + 1,
    from: first.getTime() / 1000,
    until: Date.UTC(year, index + 1, 1) / 1000,
  };
}

function partitionName(table: Partitioned, { year, month }: Month): string {
  return `${table}_y${year}m${String(month).padStart(2, '0')}`;
}

async function monthsOf(pool: Pool, table: Partitioned): Promise<Map<string, Month>> {
  const { rows } = await pool.query<{ name: string }>(
    `select child.relname as name from pg_inherits
     join pg_class child on child.oid = inhrelid
     where inhparent = to_regclass($1)`,
    [table],
  );
  const months = new Map<string, Month>();
  for (const { name } of rows) {
    const [, year, month] = /_y(\d{4})m(\d{2})$/.exec(name) ?? [];
    if (year !== undefined) months.set(name, monthOf(Number(year), Number(month) - 1));
  }
  return months;
}

/** Rows of that month which had no other place move into it. */
async function makeMonth(
  pool: Pool,
  table: Partitioned,
  name: string,
  { from, until }: Month,
): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query(`set local lock_timeout to '5s'`);
    await client.query(`create table ${name} (like ${table} including defaults)`);
    await client.query(
      `with moved as (
         delete from ${table}_default where ts >= $1 and ts < $2 returning *
       )
       insert into ${name} select * from moved`,
      [from, until],
    );
    await client.query(
      `alter table ${table} attach partition ${name} for values from (${from}) to (${until})`,
    );
  });
}

/** What the earlier engine wrote in it goes back to where that lay before there were months. */
async function dropMonth(pool: Pool, table: Partitioned, name: string): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query(`set local lock_timeout to '5s'`);
    await client.query(`alter table ${table} detach partition ${name}`);
    await client.query(`insert into ${table} select * from ${name} where journal_id is null`);
    await client.query(`drop table ${name}`);
  });
}

async function deleteOld(pool: Pool, table: Partitioned, before: number): Promise<number> {
  let deleted = 0;
  for (let round = 0; round < DELETE_ROUNDS; round += 1) {
    const { rowCount } = await pool.query(
      `delete from ${table}_default where ctid = any(array(
         select ctid from ${table}_default
         where ts < $1 and journal_id is not null limit ${DELETE_ROWS}
       ))`,
      [before],
    );
    deleted += rowCount ?? 0;
    if ((rowCount ?? 0) < DELETE_ROWS) break;
  }
  return deleted;
}
