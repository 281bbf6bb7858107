/**
 * Is the daemon alive, as far as the database tells? Its lease is renewed straight from its main
 * thread, its rows come by way of the journal, and a process that is gone holds no connection: that
 * tells one that is dead from one that hangs, and both from rows that lag behind.
 */

import type { MonitorRows } from '../store/monitor-rows.ts';

export type Liveness =
  | 'alive'
  /** It writes, but its rows come late. */
  | 'database_behind'
  /** It ended by itself, or was told to. */
  | 'daemon_stopped'
  /** Its process holds no connection any more. */
  | 'daemon_dead'
  /** Its connections stand, and nothing is heard on them: frozen, or cut off from the database. */
  | 'daemon_frozen'
  /** None has ever written here. */
  | 'no_daemon';

export interface Judgement {
  readonly liveness: Liveness;
  /** Since when, unix seconds; null where it is alive, or never was. */
  readonly since: number | null;
  /** For people, with the age. */
  readonly text: string;
}

/** One heartbeat may be late, and its row takes a moment. */
const BEATS_MISSED = 2.5;

/** What the rows say of the daemon that wrote last. */
export function judgeLiveness(
  rows: Pick<MonitorRows, 'now' | 'lease' | 'sessions' | 'heartbeat'>,
): Judgement {
  const { now, lease, sessions, heartbeat } = rows;
  const beat = heartbeat?.last_ts ?? null;
  if (lease === null) return withoutLease(now, heartbeat);
  const heard = lease.renewedAt;
  const said = `nothing was heard of it for ${seconds(now - heard)}`;
  if (lease.released !== null) {
    const text = `the daemon stopped ${seconds(now - heard)} ago`;
    return { liveness: 'daemon_stopped', since: heard, text };
  }
  if (lease.expired) {
    return sessions === 0
      ? { liveness: 'daemon_dead', since: heard, text: `the daemon is dead: ${said}` }
      : { liveness: 'daemon_frozen', since: heard, text: `frozen, or cut off: ${said}` };
  }
  const lateS = BEATS_MISSED * (heartbeat?.heartbeat_interval_sec ?? 10);
  const begun = now - lease.acquiredAt < lateS;
  if (!begun && (beat === null || now - beat > lateS)) {
    const age = beat === null ? 'none came yet' : `the last is ${seconds(now - beat)} old`;
    return { liveness: 'database_behind', since: beat, text: `it lives, its rows lag: ${age}` };
  }
  return { liveness: 'alive', since: null, text: '' };
}

/** A database that an earlier engine wrote has heartbeats alone. */
function withoutLease(now: number, heartbeat: MonitorRows['heartbeat']): Judgement {
  const beat = heartbeat?.last_ts ?? null;
  if (heartbeat === null || beat === null) {
    return { liveness: 'no_daemon', since: null, text: 'no daemon has written to this database' };
  }
  if (heartbeat.graceful_shutdown_at !== null) {
    const since = heartbeat.graceful_shutdown_at;
    const text = `the daemon stopped ${seconds(now - since)} ago`;
    return { liveness: 'daemon_stopped', since, text };
  }
  if (now - beat <= BEATS_MISSED * heartbeat.heartbeat_interval_sec) {
    return { liveness: 'alive', since: null, text: '' };
  }
  const text = `the daemon is dead: its last heartbeat is ${seconds(now - beat)} old`;
  return { liveness: 'daemon_dead', since: beat, text };
}

/** `12 s`, `3 min`. */
export function seconds(age: number): string {
  return age < 120 ? `${Math.max(0, Math.round(age))} s` : `${Math.round(age / 60)} min`;
}
