/**
 * The row that says who writes: taken, renewed and given back in statements of their own, so that
 * it works through transaction poolers too. All times in it are the database's.
 */

import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

import { readDaemon } from './data-dir.ts';
import { inTransaction, type Pool, type Queryable } from './pool.ts';
import { processStartTime } from './process-identity.ts';

/** A daemon as the lease names it. */
export interface LeaseHolder {
  /** Of this life of the process. */
  readonly holder: string;
  /** As `hostId` gives it. */
  readonly host: string;
  readonly pid: number;
  readonly startTime: number;
  readonly dataDir: string;
}

/** The row. */
export interface LeaseRow extends LeaseHolder {
  readonly epoch: number;
  readonly url: string | null;
  readonly journalId: string | null;
  /** It stops sending at the end of its lease; one that does not is delayed by no database. */
  readonly fenced: boolean;
  readonly leaseS: number;
  /** Unix seconds. */
  readonly acquiredAt: number;
  readonly renewedAt: number;
  /** Not renewed in time, by the database's clock. */
  readonly expired: boolean;
  readonly released: ReleaseReason | null;
}

/** `handover`: another shall go on; `stopped`: trading is to end, and nobody takes it unasked. */
export type ReleaseReason = 'handover' | 'stopped';

export interface Claim {
  readonly me: LeaseHolder;
  readonly fenced: boolean;
  readonly leaseS: number;
  /** It waits its turn, and is not started by hand this moment. */
  readonly waits: boolean;
}

export type ClaimOutcome =
  | {
      readonly kind: 'won';
      readonly epoch: number;
      /** The holder before; null where there was none. */
      readonly previous: LeaseRow | null;
    }
  | { readonly kind: 'held'; readonly by: LeaseRow; readonly why: string };

/** Any number that no other program of the database's owner is likely to lock. */
const ADVISORY_LOCK = 7_236_001_923;

const COLUMNS = `epoch::float8 as epoch, holder, host, pid, start_time::float8 as start_time,
  data_dir, url, journal_id, fenced, lease_s,
  extract(epoch from acquired_at)::float8 as acquired_at,
  extract(epoch from renewed_at)::float8 as renewed_at,
  expires_at <= clock_timestamp() as expired, release_reason`;

interface RawLease {
  readonly epoch: number;
  readonly holder: string;
  readonly host: string;
  readonly pid: number;
  readonly start_time: number;
  readonly data_dir: string;
  readonly url: string | null;
  readonly journal_id: string | null;
  readonly fenced: boolean;
  readonly lease_s: number;
  readonly acquired_at: number;
  readonly renewed_at: number;
  readonly expired: boolean;
  readonly release_reason: ReleaseReason | null;
}

/** This process, as it would be named. */
export function thisProcess(dataDir: string): LeaseHolder {
  return {
    holder: randomBytes(8).toString('hex'),
    host: hostId(),
    pid: process.pid,
    startTime: processStartTime(process.pid) ?? 0,
    dataDir,
  };
}

/** Who writes, or wrote last; null in a database that nobody has written to. */
export async function readLease(client: Queryable): Promise<LeaseRow | null> {
  const { rows } = await client.query<RawLease>(`select ${COLUMNS} from daemon_lease where id = 1`);
  return rows[0] === undefined ? null : leaseRow(rows[0]);
}

/** Takes the lease where that is allowed now. Of two that try at once one wins. */
export async function claimLease(pool: Pool, claim: Claim): Promise<ClaimOutcome> {
  return inTransaction(pool, async (client) => {
    // One that is cut off in the middle keeps nobody out for long.
    await client.query(`set local idle_in_transaction_session_timeout = '5s'`);
    await client.query('select pg_advisory_xact_lock($1)', [ADVISORY_LOCK]);
    const previous = await readLease(client);
    const why = previous === null ? null : keptBy(previous, claim);
    if (previous !== null && why !== null) return { kind: 'held', by: previous, why };
    const { me, fenced, leaseS } = claim;
    const epoch = (previous?.epoch ?? 0) + 1;
    await client.query(
      `insert into daemon_lease (id, epoch, holder, host, pid, start_time, data_dir, fenced,
         lease_s, acquired_at, renewed_at, expires_at)
       values (1, $1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp(), clock_timestamp(),
         clock_timestamp() + make_interval(secs => $8))
       on conflict (id) do update set epoch = excluded.epoch, holder = excluded.holder,
         host = excluded.host, pid = excluded.pid, start_time = excluded.start_time,
         data_dir = excluded.data_dir, fenced = excluded.fenced, lease_s = excluded.lease_s,
         acquired_at = excluded.acquired_at, renewed_at = excluded.renewed_at,
         expires_at = excluded.expires_at, url = null, journal_id = null,
         released_at = null, release_reason = null`,
      [epoch, me.holder, me.host, me.pid, me.startTime, me.dataDir, fenced, leaseS],
    );
    await client.query('delete from daemon_standby where holder = $1', [me.holder]);
    return { kind: 'won', epoch, previous };
  });
}

/** Why the claim must wait, or null where the row may be taken. */
function keptBy(row: LeaseRow, { me, waits }: Claim): string | null {
  if (row.holder === me.holder) return null;
  if (row.released === 'stopped') {
    return waits ? 'the writer was stopped by hand: start a daemon to trade again' : null;
  }
  if (row.released === 'handover' || isProvenDead(row, me.host)) return null;
  if (!row.expired) return 'another daemon writes';
  if (row.fenced || !waits) return null;
  return 'the writer runs without ha, and does not stop at the end of its lease';
}

/** On this host, and no such process: it can send nothing any more. */
function isProvenDead(row: LeaseRow, host: string): boolean {
  return row.host === host && processStartTime(row.pid) !== row.startTime;
}

/**
 * The pid of the holder where its row, its `daemon.json` and the process table all say that it is a
 * daemon on this host that still lives; null where that cannot be proven.
 */
export function provenAlive(row: LeaseRow, host: string): number | null {
  if (row.host !== host || row.pid === process.pid) return null;
  const daemon = readDaemon(row.dataDir);
  const same = daemon?.pid === row.pid && daemon.start_time === row.startTime;
  return same ? row.pid : null;
}

/** One more lease; false where somebody else has taken the row. */
export async function renewLease(
  pool: Pool,
  { holder }: LeaseHolder,
  term: { readonly epoch: number; readonly url: string | null; readonly journalId: string | null },
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update daemon_lease set renewed_at = now(),
       expires_at = now() + make_interval(secs => lease_s),
       url = coalesce($3, url), journal_id = coalesce($4, journal_id)
     where id = 1 and holder = $1 and epoch = $2 and released_at is null`,
    [holder, term.epoch, term.url, term.journalId],
  );
  return rowCount === 1;
}

/** Gives it back; what another has taken meanwhile stays theirs. */
export async function releaseLease(
  pool: Pool,
  { holder }: LeaseHolder,
  epoch: number,
  reason: ReleaseReason,
): Promise<void> {
  await pool.query(
    `update daemon_lease set released_at = now(), expires_at = now(), release_reason = $3
     where id = 1 and holder = $1 and epoch = $2`,
    [holder, epoch, reason],
  );
}

/** A daemon that waits says so, for the monitors. */
export async function noteStandby(
  pool: Pool,
  { holder, host, pid }: LeaseHolder,
  url: string | null,
  reason: string,
): Promise<void> {
  await pool.query(
    `insert into daemon_standby (holder, host, pid, url, reason) values ($1, $2, $3, $4, $5)
     on conflict (holder) do update set url = excluded.url, reason = excluded.reason,
       seen_at = now()`,
    [holder, host, pid, url, reason],
  );
  await pool.query(`delete from daemon_standby where seen_at < now() - interval '1 hour'`);
}

/** It waits no more. */
export async function forgetStandby(pool: Pool, { holder }: LeaseHolder): Promise<void> {
  await pool.query('delete from daemon_standby where holder = $1', [holder]);
}

/**
 * Names this host such that equal names share a process table: containers of one host have tables
 * of their own, and a pid that is missing in ours may be alive in theirs.
 */
export function hostId(): string {
  return [hostname(), oneLine('/proc/sys/kernel/random/boot_id'), pidNamespace()]
    .filter((part) => part !== '')
    .join('/');
}

function oneLine(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    // Not Linux: the host's name has to do.
    return '';
  }
}

function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '';
  } catch {
    // Not Linux.
    return '';
  }
}

function leaseRow(raw: RawLease): LeaseRow {
  const { epoch, holder, host, pid, url, fenced, expired } = raw;
  return {
    ...{ epoch, holder, host, pid, url, fenced, expired },
    startTime: raw.start_time,
    dataDir: raw.data_dir,
    journalId: raw.journal_id,
    leaseS: raw.lease_s,
    acquiredAt: raw.acquired_at,
    renewedAt: raw.renewed_at,
    released: raw.release_reason,
  };
}
