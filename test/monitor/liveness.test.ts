import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { judgeLiveness } from '../../src/monitor/liveness.ts';
import type { LeaseRow } from '../../src/store/lease.ts';
import type { HeartbeatRow } from '../../src/store/monitor-rows.ts';

const NOW = 1_000_000;

const lease = (change: Partial<LeaseRow> = {}): LeaseRow => ({
  ...{ epoch: 1, holder: 'h', host: 'desk', pid: 7, startTime: 1, dataDir: '/d', url: null },
  ...{ journalId: null, fenced: false, leaseS: 10, released: null },
  acquiredAt: NOW - 3600,
  renewedAt: NOW - 2,
  expired: false,
  ...change,
});

const beat = (change: Partial<HeartbeatRow> = {}): HeartbeatRow => ({
  last_ts: NOW - 4,
  hedge_running: true,
  ib_connected: true,
  ib_client_id: 1,
  next_retry_ts: null,
  graceful_shutdown_at: null,
  heartbeat_interval_sec: 10,
  ...change,
});

const judge = (row: LeaseRow | null, heartbeat: HeartbeatRow | null, sessions = 3) =>
  judgeLiveness({ now: NOW, lease: row, sessions, heartbeat });

const GONE = { expired: true, renewedAt: NOW - 42 };

describe('a daemon, as its database tells', () => {
  it.each([
    ['renews its lease and beats', lease(), beat(), 3, 'alive'],
    ['has just begun, and has not beaten yet', lease({ acquiredAt: NOW - 5 }), null, 3, 'alive'],
    ['is dead: no lease, no connection', lease(GONE), beat(), 0, 'daemon_dead'],
    ['hangs: no lease, and connections that stand', lease(GONE), beat(), 2, 'daemon_frozen'],
    ['lives, and its rows lag', lease(), beat({ last_ts: NOW - 26 }), 3, 'database_behind'],
    ['lives, and no row came', lease(), null, 3, 'database_behind'],
    [
      'stopped, though it no longer renews',
      lease({ ...GONE, released: 'stopped' }),
      beat(),
      0,
      'daemon_stopped',
    ],
    ['handed over', lease({ released: 'handover' }), beat(), 0, 'daemon_stopped'],
    ['never was', null, null, 0, 'no_daemon'],
  ] as const)('%s', (_, row, heartbeat, sessions, liveness) => {
    assert.equal(judge(row, heartbeat, sessions).liveness, liveness);
  });

  it('says since when, with the age', () => {
    const { since, text } = judge(lease(GONE), beat(), 0);
    assert.deepEqual(
      [since, text],
      [NOW - 42, 'the daemon is dead: nothing was heard of it for 42 s'],
    );
    const old = judge(lease({ expired: true, renewedAt: NOW - 600 }), beat(), 1);
    assert.match(old.text, /for 10 min$/);
  });

  it('is missed after two heartbeats and a half, at whatever interval', () => {
    const at = (age: number) =>
      judge(lease(), beat({ last_ts: NOW - age, heartbeat_interval_sec: 20 })).liveness;
    assert.deepEqual([at(50), at(51)], ['alive', 'database_behind']);
  });
});

describe('a database of the earlier engine, which has heartbeats alone', () => {
  it.each([
    ['alive', beat()],
    ['daemon_dead', beat({ last_ts: NOW - 26 })],
    ['daemon_stopped', beat({ last_ts: NOW - 26, graceful_shutdown_at: NOW - 20 })],
  ] as const)('tells %s', (liveness, heartbeat) => {
    assert.equal(judge(null, heartbeat).liveness, liveness);
  });
});
