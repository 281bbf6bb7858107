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
/** To move so many rows takes a second or two, for which the table is locked. */
const MOVED_ROWS_MAX = 50_000;

/**
 * Makes the months that are missing and drops those that ended more than `retentionDays` ago; null
 * keeps all. Rows of the earlier engine, which have no `journal_id`, are always kept. No reader
 * waits while many rows are moved: a month that has many in the default partition is not made, and
 * one that has many of the earlier engine is emptied of ours and stays. `settled` remembers these,
 * so that they are not counted again and again.
 */
export async function maintainPartitions(
  pool: Pool,
  retentionDays: number | null,
  settled: Set<string> = new Set(),
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
      if (existing.has(name) || settled.has(name)) continue;
      if (await makeMonth(pool, table, name, month)) made.push(name);
      else settled.add(name);
    }
    if (retentionDays === null) continue;
    const before = now - daysKept(table, retentionDays) * DAY_S;
    for (const [name, month] of existing) {
      if (month.until > before || settled.has(name)) continue;
      if (await dropMonth(pool, table, name)) {
        dropped.push(name);
        continue;
      }
      const { deleted, isDone } = await deleteOld(pool, name, before);
      deletedRows += deleted;
      if (isDone) settled.add(name);
    }
    // Once a day: to find none is to read all that the earlier engine has left there.
    const today = `${table}_default ${Math.floor(before / DAY_S)}`;
    if (settled.has(today)) continue;
    const { deleted, isDone } = await deleteOld(pool, `${table}_default`, before);
    deletedRows += deleted;
    if (isDone) settled.add(today);
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

/** Few rows of that month which had no other place move into it; with many it is not made. */
async function makeMonth(
  pool: Pool,
  table: Partitioned,
  name: string,
  { from, until }: Month,
): Promise<boolean> {
  const isOfIt = `ts >= ${from} and ts < ${until}`;
  if ((await countUpTo(pool, `${table}_default`, isOfIt)) > MOVED_ROWS_MAX) return false;
  await inTransaction(pool, async (client) => {
    await client.query(`set local lock_timeout to '5s'`);
    await client.query(`create table ${name} (like ${table} including defaults)`);
    await client.query(
      `with moved as (delete from ${table}_default where ${isOfIt} returning *)
       insert into ${name} select * from moved`,
    );
    await client.query(
      `alter table ${table} attach partition ${name} for values from (${from}) to (${until})`,
    );
  });
  return true;
}

/**
 * What little the earlier engine wrote in it goes back to where that lay before there were months;
 * with much of it, the month is not dropped.
 */
async function dropMonth(pool: Pool, table: Partitioned, name: string): Promise<boolean> {
  if ((await countUpTo(pool, name, 'journal_id is null')) > MOVED_ROWS_MAX) return false;
  await inTransaction(pool, async (client) => {
    await client.query(`set local lock_timeout to '5s'`);
    await client.query(`alter table ${table} detach partition ${name}`);
    await client.query(`insert into ${table} select * from ${name} where journal_id is null`);
    await client.query(`drop table ${name}`);
  });
  return true;
}

/** How many there are, as far as it matters. */
async function countUpTo(pool: Pool, name: string, condition: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::int as count
     from (select from ${name} where ${condition} limit ${MOVED_ROWS_MAX + 1}) found`,
  );
  return rows[0]?.count ?? 0;
}

/** Deletes rows of ours, a bounded number; `isDone`: there are no more. */
async function deleteOld(
  pool: Pool,
  name: string,
  before: number,
): Promise<{ readonly deleted: number; readonly isDone: boolean }> {
  let deleted = 0;
  for (let round = 0; round < DELETE_ROUNDS; round += 1) {
    const { rowCount } = await pool.query(
      `delete from ${name} where ctid = any(array(
         select ctid from ${name} where ts < $1 and journal_id is not null limit ${DELETE_ROWS}
       ))`,
      [before],
    );
    deleted += rowCount ?? 0;
    if ((rowCount ?? 0) < DELETE_ROWS) return { deleted, isDone: true };
  }
  return { deleted, isDone: false };
}
