import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { createMonitorReads, type Look } from '../../src/monitor/reads.ts';
import type { StatusView } from '../../src/protocol/views.ts';
import type { LeaseRow } from '../../src/store/lease.ts';
import type { MonitorRows } from '../../src/store/monitor-rows.ts';
import { faultOf } from '../support/fault.ts';

const NOW = 1_000_000;
const FALLBACK = { mode: 'paper', ib_config: { ib_host: 'h', ib_port_type: 'tws_paper' } } as const;

const LEASE: LeaseRow = {
  ...{ epoch: 1, holder: 'h', host: 'desk', pid: 7, startTime: 1, dataDir: '/d', url: null },
  ...{ journalId: null, fenced: false, leaseS: 10, released: null, expired: false },
  ...{ acquiredAt: NOW - 3600, renewedAt: NOW - 2 },
};

const ROWS: MonitorRows = {
  now: NOW,
  lease: LEASE,
  sessions: 3,
  heartbeat: {
    ...{ last_ts: NOW - 4, hedge_running: true, ib_connected: true, ib_client_id: 1 },
    ...{ next_retry_ts: null, graceful_shutdown_at: null, heartbeat_interval_sec: 10 },
  },
  suspended: false,
  standbys: [],
  current: [{ daemon_state: 'running', trading_state: 'MONITOR', symbol: 'NVDA', ts: NOW - 1 }],
  accounts: [{ account_id: 'DU1', summary: { NetLiquidation: '7' }, updated_at: NOW - 9 }],
  positions: [
    {
      ...{ account_id: 'DU1', symbol: 'NVDA', sec_type: 'OPT', expiry: '20261218', strike: 100 },
      ...{ option_right: 'P', position: 2, avg_cost: 300, multiplier: 100, price: 4, spot: 95 },
      ...{ exchange: 'SMART', currency: 'USD' },
    },
  ],
  views: [],
};

const VIEW = {
  ...{ self_check: 'ok', status_lamp: 'green', block_reasons: [], trading_suspended: false },
  ...{ daemon_self_check: 'ok', daemon_lamp: 'green', daemon_block_reasons: [], alerts: [] },
  ...{ books: [], accounts: [], mode: 'live', trading_ts: 5, quiescent: true },
  daemon_heartbeat: { daemon_alive: true },
} as unknown as StatusView;

const view = (body: unknown, age = 1) => ({ body, writtenAt: NOW - age });

function readsOf(change: Partial<Look> = {}) {
  const views = new Map([['status', view(VIEW)]]);
  const look = { rows: ROWS, views, ageS: 0, away: null, ...change };
  return createMonitorReads(() => look, FALLBACK);
}

const dead = { ...ROWS, lease: { ...LEASE, expired: true, renewedAt: NOW - 30 }, sessions: 0 };

describe('the status from the database', () => {
  it('is what the daemon shows, while it lives', () => {
    const { self_check: check, mode, trading_ts: ts, quiescent } = readsOf().status();
    assert.deepEqual([check, mode, ts, quiescent], ['ok', 'live', 5, false]);
  });

  it('keeps the last values of a daemon that is dead, and nothing of its verdict', () => {
    const reads = readsOf({ rows: dead });
    const status = reads.status();
    assert.deepEqual([status.self_check, status.status_lamp], ['blocked', 'red']);
    assert.deepEqual(status.block_reasons, ['daemon_dead']);
    assert.equal(status.daemon_heartbeat.daemon_alive, false);
    assert.equal(status.daemon_heartbeat.hedge_running, false);
    assert.equal(status.status?.trading_state, 'MONITOR');
    const [position] = status.accounts[0]?.positions ?? [];
    assert.deepEqual([position?.moneyness, position?.unrealized_pnl], [5, 200]);
  });

  it('is not green without a view, nor with an old one', () => {
    const none = readsOf({ views: new Map() }).status();
    assert.deepEqual([none.self_check, none.block_reasons], ['degraded', ['view_missing']]);
    assert.equal(none.mode, 'paper');
    const old = readsOf({ views: new Map([['status', view(VIEW, 40)]]) }).status();
    assert.deepEqual([old.self_check, old.block_reasons], ['degraded', ['view_old']]);
    assert.match(old.alerts[0]?.text ?? '', /written 40 s ago/);
  });

  it('is of one moment: a row that is newer than a young view waits for the next one', () => {
    const row = { daemon_state: 'running', trading_state: 'OLD', symbol: 'NVDA', ts: NOW - 2 };
    const body = { ...VIEW, status: row, books: [row] } as unknown as StatusView;
    const at = (age: number) => readsOf({ views: new Map([['status', view(body, age)]]) }).status();
    const states = (status: StatusView) => [
      status.status?.trading_state,
      status.books[0]?.trading_state,
    ];
    assert.deepEqual(states(at(1)), ['OLD', 'OLD']);
    // It was not looked at until now: the row is all that is of now.
    assert.deepEqual(states(at(3)), ['MONITOR', 'MONITOR']);
  });

  it('is red, with the age, when the database does not answer any more', () => {
    const {
      self_check: check,
      alerts,
      block_reasons: reasons,
    } = readsOf({
      away: 'ECONNREFUSED',
      ageS: 33,
    }).status();
    assert.deepEqual([check, reasons], ['blocked', ['database_unreachable']]);
    assert.match(alerts[0]?.text ?? '', /is 33 s old: ECONNREFUSED/);
  });

  it('names those that stand by', () => {
    const standby = { host: 'desk2', pid: 9, url: 'http://x', reason: 'another', seen_at: NOW };
    const [alert] = readsOf({ rows: { ...ROWS, standbys: [standby] } }).status().alerts;
    assert.equal(alert?.text, 'desk2, pid 9, http://x: another');
  });

  it('is a fault before the first look, which the API shows as one', async () => {
    const reads = createMonitorReads(() => null, FALLBACK);
    await faultOf('database_unreachable', async () => reads.status());
    await faultOf('actor_down', async () => reads.actors());
  });
});

describe('what else the daemon shows', () => {
  it('is what moved a machine, with its guards', () => {
    const moved = { ts: 1, from: 'a', to: 'b', event: 'e', guards: [{ guard: 'g' }] };
    const refused = { ...moved, to: 'a' };
    const body = { daemon: { moved: [moved], all: [refused, moved] } };
    const reads = readsOf({ views: new Map([['transitions', view(body)]]) });
    assert.deepEqual(reads.transitions('daemon', false), [moved]);
    assert.deepEqual(reads.transitions('daemon', true), [refused, moved]);
    assert.deepEqual(reads.transitions('hedge:NVDA', false), []);
    assert.deepEqual(readsOf().transitions('daemon', false), []);
  });

  it('is its view, or said to be missing', async () => {
    const machine = { id: 'daemon', context: 1, unknown_events: {} };
    const views = new Map([
      ['status', view(VIEW)],
      ['machines', view([machine])],
      ['explain:NVDA', view({ symbol: 'NVDA' })],
    ]);
    const reads = readsOf({ views });
    assert.deepEqual(reads.machines(), [{ id: 'daemon' }]);
    assert.equal(reads.machine('daemon').context, 1);
    assert.equal(reads.explain('NVDA').symbol, 'NVDA');
    await faultOf('not_found', async () => reads.explain('TSLA'));
    await faultOf('not_found', async () => reads.machine('hedge:TSLA'));
    await faultOf('actor_down', async () => reads.config());
  });
});
