/**
 * What a process that has only the database reads of the daemon: who writes and since when nothing
 * was heard, the rows of the contract tables, and the views that the daemon leaves there. All ages
 * are by the database's clock.
 */

import { cleanJson } from './json-text.ts';
import type { LeaseRow } from './lease.ts';
import { readLease } from './lease.ts';
import { inTransaction, type Pool, type Queryable } from './pool.ts';
import type { Writer } from './recovery-store.ts';

export interface StoredView {
  readonly name: string;
  readonly body: unknown;
  /** Unix seconds. */
  readonly writtenAt: number;
}

export interface HeartbeatRow {
  readonly last_ts: number | null;
  readonly hedge_running: boolean;
  readonly ib_connected: boolean;
  readonly ib_client_id: number | null;
  readonly next_retry_ts: number | null;
  readonly graceful_shutdown_at: number | null;
  readonly heartbeat_interval_sec: number;
}

export interface StandbyRow {
  readonly host: string;
  readonly pid: number;
  readonly url: string | null;
  readonly reason: string;
  readonly seen_at: number;
}

/** As `status_current` has it; the API's names are the columns' own. */
export type CurrentRow = Readonly<Record<string, string | number | null>>;

export interface AccountRow {
  readonly account_id: string;
  readonly summary: Readonly<Record<string, string>>;
  readonly updated_at: number;
}

export interface PositionRow {
  readonly account_id: string;
  readonly symbol: string;
  readonly sec_type: string;
  readonly exchange: string;
  readonly currency: string;
  readonly expiry: string | null;
  readonly strike: number | null;
  readonly option_right: string | null;
  readonly position: number;
  readonly avg_cost: number;
  readonly multiplier: number;
  readonly price: number | null;
  readonly spot: number | null;
}

export interface MonitorRows {
  /** The database's time, unix seconds. */
  readonly now: number;
  readonly lease: LeaseRow | null;
  /** Connections that the process of the lease holds: none when it is dead, some when it hangs. */
  readonly sessions: number;
  readonly heartbeat: HeartbeatRow | null;
  readonly suspended: boolean;
  readonly standbys: readonly StandbyRow[];
  readonly current: readonly CurrentRow[];
  readonly accounts: readonly AccountRow[];
  readonly positions: readonly PositionRow[];
  /** Those that are newer than what was asked for. */
  readonly views: readonly StoredView[];
}

/** How a daemon that holds the lease shows in the list of sessions. */
export function leaseRole(holder: string): string {
  return `lease ${holder}`;
}

/** One look; `viewsAfter`: the time of the newest view that is known, unix seconds. */
export async function readMonitorRows(pool: Pool, viewsAfter: number): Promise<MonitorRows> {
  return inTransaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read, read only');
    const lease = await readLease(client);
    const rows = async <R extends object>(text: string, values: unknown[] = []): Promise<R[]> =>
      (await client.query<R>(text, values)).rows;
    const [{ now } = { now: Number.NaN }] = await rows<{ now: number }>(
      'select extract(epoch from now())::float8 as now',
    );
    const [heartbeat = null] = await rows<HeartbeatRow>(HEARTBEAT);
    const [run] = await rows<{ suspended: boolean }>('select suspended from daemon_run_status');
    return {
      now,
      lease,
      sessions: lease === null ? 0 : await sessionsOf(client, lease),
      heartbeat,
      suspended: run?.suspended ?? false,
      standbys: await rows<StandbyRow>(STANDBYS),
      current: await rows<CurrentRow>(CURRENT),
      accounts: await rows<AccountRow>(ACCOUNTS),
      positions: await rows<PositionRow>(POSITIONS),
      views: await rows<StoredView>(VIEWS, [viewsAfter]),
    };
  });
}

const HEARTBEAT = `select extract(epoch from last_ts)::float8 as last_ts,
    coalesce(hedge_running, false) as hedge_running, coalesce(ib_connected, false) as ib_connected,
    ib_client_id, extract(epoch from next_retry_ts)::float8 as next_retry_ts,
    extract(epoch from graceful_shutdown_at)::float8 as graceful_shutdown_at,
    coalesce(heartbeat_interval_sec, 10) as heartbeat_interval_sec
  from daemon_heartbeat where id = 1`;

const STANDBYS = `select split_part(host, '/', 1) as host, pid, url, reason,
    extract(epoch from seen_at)::float8 as seen_at
  from daemon_standby where seen_at > now() - interval '10 s' order by since`;

const CURRENT = `select daemon_state, trading_state, symbol, spot, bid, ask, net_delta,
    stock_position, option_legs_count, daily_hedge_count, daily_pnl, data_lag_ms, config_summary, ts
  from status_current order by id`;

const ACCOUNTS = `select account_id, coalesce(summary_extra, '{}') as summary,
    extract(epoch from updated_at)::float8 as updated_at
  from accounts order by account_id`;

/** With the price of the instrument and of its underlying, as they were written last. */
const POSITIONS = `select p.account_id, p.symbol, p.sec_type, p.expiry, p.strike, p.option_right,
    p.position, p.avg_cost, coalesce(p.multiplier, 1) as multiplier,
    coalesce(p.exchange, '') as exchange, coalesce(p.currency, 'USD') as currency,
    coalesce(i.mid, i.last) as price, coalesce(u.mid, u.last) as spot
  from account_positions p
    left join instrument_prices i on i.contract_key = p.contract_key
    left join instrument_prices u on u.symbol = p.symbol and u.sec_type = 'STK'
  order by p.account_id, p.contract_key`;

const VIEWS = `select name, body, extract(epoch from updated_at)::float8 as "writtenAt"
  from monitor_views where extract(epoch from updated_at)::float8 > $1
    or extract(epoch from clock_timestamp())::float8 < $1`;

async function sessionsOf(client: Queryable, { holder }: LeaseRow): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    'select count(*)::int as count from pg_stat_activity where application_name = $1',
    [`bifrost/${leaseRole(holder)}`],
  );
  return rows[0]?.count ?? 0;
}

/** Says that somebody looks, so that the daemon leaves its views often. */
export async function noteLooking(pool: Pool, who: string): Promise<void> {
  await pool.query(
    `insert into monitor_sessions (holder) values ($1)
     on conflict (holder) do update set seen_at = now()`,
    [who],
  );
  await pool.query(`delete from monitor_sessions where seen_at < now() - interval '1 hour'`);
}

/** Whether somebody has looked in the last seconds. */
export async function isWatched(pool: Pool): Promise<boolean> {
  const { rowCount } = await pool.query(
    `select from monitor_sessions where seen_at > now() - interval '10 s' limit 1`,
  );
  return (rowCount ?? 0) > 0;
}

export interface ViewText {
  readonly name: string;
  /** JSON. */
  readonly body: string;
}

/** So much in one statement: a value of any size is encoded at once. */
const STATEMENT_CHARS = 100_000;

/** Leaves the views; those of a daemon whose lease is another's are not taken. */
export async function writeViews(
  pool: Pool,
  writer: Writer,
  views: readonly ViewText[],
): Promise<void> {
  for (const part of partsOf(views)) await writePart(pool, writer, part);
}

/** In their order, each of about so many characters, or one view that is larger. */
function partsOf(views: readonly ViewText[]): readonly string[] {
  const parts: string[] = [];
  let [part, separator] = ['', ''];
  for (const { name, body } of views) {
    part += `${separator}{"name":${JSON.stringify(name)},"body":${body}}`;
    separator = ',';
    if (part.length < STATEMENT_CHARS) continue;
    parts.push(`[${part}]`);
    [part, separator] = ['', ''];
  }
  return part === '' ? parts : [...parts, `[${part}]`];
}

/** As one JSON text: an array of the driver's is searched for what it must escape. */
async function writePart(pool: Pool, { holder, epoch }: Writer, views: string): Promise<void> {
  await pool.query(
    `insert into monitor_views (name, body, epoch, updated_at)
     select v->>'name', v->'body', $2::bigint, clock_timestamp()
     from jsonb_array_elements($3::jsonb) v
     where exists (select from daemon_lease where id = 1 and holder = $1 and epoch = $2::bigint)
     on conflict (name) do update set body = excluded.body, epoch = excluded.epoch,
       updated_at = excluded.updated_at`,
    [holder, epoch, cleanJson(views)],
  );
}
