import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it, vi } from 'vitest';
import {
  createDaemonMachine,
  type DaemonEvent,
  type DaemonSnapshot,
  type DaemonTimer,
  daemonState,
} from '../../machines/daemon.ts';
import { start } from '../../machines/step.ts';
import { effectText, Tour } from '../support/tour.ts';

// Drawn tests have time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const machine = createDaemonMachine({ suspended: false });
const BEGIN = start(machine, undefined as never).snapshot;

const START = { type: 'START', standby: false } as const;
const STANDBY = { type: 'START', standby: true } as const;
const WON = { type: 'LEASE_WON' } as const;
const OVER = { type: 'LEASE_LOST', reason: 'the lease is over' } as const;
const STOP = { type: 'STOP' } as const;
const RETRY = { type: 'RETRY_IB' } as const;
const UP = { type: 'link.up' } as const;
const IN_USE = { type: 'link.failed', code: 326, reason: 'client id in use' } as const;
const LOST = { type: 'link.lost', reason: 'socket closed' } as const;
const NO_IB = {
  type: 'upstream.lost',
  code: 1100,
  reason: 'TWS has lost its connection to IB',
} as const;
const IB_NEW = { type: 'upstream.restored', dataLost: true } as const;
const IB_KEPT = { type: 'upstream.restored', dataLost: false } as const;
const SYNCED = { type: 'sync.done' } as const;
const UNSYNCED = { type: 'sync.failed', reason: 'two accounts' } as const;
const ILL = { type: 'health.changed', degraded: ['market_data_lost'] } as const;
const ILLER = { type: 'health.changed', degraded: ['sink_unavailable'] } as const;
const WELL = { type: 'health.changed', degraded: [] } as const;
const COMPLETED = { type: 'stop.completed' } as const;
const SUSPEND = { type: 'SUSPEND' } as const;
const RESUME = { type: 'RESUME' } as const;
const FLATTEN = { type: 'FLATTEN' } as const;
const FLAT = { type: 'flatten.ended' } as const;
const elapsed = (name: DaemonTimer): DaemonEvent => ({ type: 'timer.elapsed', name });

const connected = [START, UP];
const healthy = [...connected, SYNCED];

/** How each lifecycle state is reached from the beginning. */
const PATHS = {
  idle: [],
  standby: [STANDBY],
  connecting: [START],
  'waiting_ib.socket': [START, IN_USE],
  'waiting_ib.upstream': [...connected, NO_IB],
  connected,
  'operating.healthy': healthy,
  'operating.degraded': [...healthy, ILL],
  stopping: [START, STOP],
  stopped: [STOP],
} as const satisfies Readonly<Record<string, readonly DaemonEvent[]>>;

type StateName = keyof typeof PATHS;
const STATES = Object.keys(PATHS) as StateName[];

type Row = readonly [
  from: StateName,
  event: DaemonEvent,
  to: StateName,
  effects?: readonly string[],
  before?: readonly DaemonEvent[],
];

const CONNECT = ['openLink', 'startTimer connect'];
const SYNC = ['requestSync', 'startTimer sync'];
const STOPPING = ['beginStop', 'startTimer stop'];
const CONNECTED = ['cancelTimer connect', ...SYNC];

const ROWS: readonly Row[] = [
  ['idle', START, 'connecting', CONNECT],
  ['idle', STANDBY, 'standby'],
  ['idle', STOP, 'stopped', ['closeLink']],
  ['standby', WON, 'connecting', CONNECT],
  ['standby', OVER, 'standby'],
  ['standby', STOP, 'stopping', STOPPING],
  ['connecting', UP, 'connected', CONNECTED],
  ['connecting', IN_USE, 'waiting_ib.socket', ['cancelTimer connect', 'startTimer retry']],
  ['connecting', LOST, 'waiting_ib.socket', ['cancelTimer connect', 'startTimer retry']],
  [
    'connecting',
    elapsed('connect'),
    'waiting_ib.socket',
    ['cancelTimer connect', 'closeLink', 'startTimer retry'],
  ],
  ['connecting', elapsed('retry'), 'connecting'],
  ['connecting', RETRY, 'connecting'],
  ['connecting', OVER, 'standby', ['cancelTimer connect', 'closeLink']],
  ['connecting', STOP, 'stopping', ['cancelTimer connect', ...STOPPING]],
  ['waiting_ib.socket', elapsed('retry'), 'connecting', ['cancelTimer retry', ...CONNECT]],
  ['waiting_ib.socket', elapsed('connect'), 'waiting_ib.socket'],
  ['waiting_ib.socket', RETRY, 'connecting', ['cancelTimer retry', ...CONNECT]],
  ['waiting_ib.socket', UP, 'waiting_ib.socket'],
  ['waiting_ib.socket', IB_KEPT, 'waiting_ib.socket'],
  ['waiting_ib.socket', OVER, 'standby', ['cancelTimer retry', 'closeLink']],
  ['waiting_ib.socket', STOP, 'stopping', ['cancelTimer retry', ...STOPPING]],
  ['waiting_ib.upstream', IB_NEW, 'connected', SYNC],
  ['waiting_ib.upstream', IB_KEPT, 'connected', SYNC],
  ['waiting_ib.upstream', LOST, 'waiting_ib.socket', ['startTimer retry']],
  ['waiting_ib.upstream', RETRY, 'waiting_ib.upstream'],
  ['waiting_ib.upstream', OVER, 'standby', ['closeLink']],
  ['waiting_ib.upstream', STOP, 'stopping', STOPPING],
  ['connected', SYNCED, 'operating.healthy', ['cancelTimer sync', 'resubscribe true']],
  ['connected', SYNCED, 'operating.degraded', ['cancelTimer sync', 'resubscribe true'], [ILL]],
  [
    'connected',
    UNSYNCED,
    'waiting_ib.socket',
    ['cancelTimer sync', 'closeLink', 'startTimer retry'],
  ],
  ['connected', LOST, 'waiting_ib.socket', ['cancelTimer sync', 'startTimer retry']],
  ['connected', NO_IB, 'waiting_ib.upstream', ['cancelTimer sync']],
  ['connected', IB_NEW, 'connected', ['cancelTimer sync', ...SYNC]],
  [
    'connected',
    elapsed('sync'),
    'waiting_ib.socket',
    ['cancelTimer sync', 'closeLink', 'startTimer retry'],
  ],
  ['connected', elapsed('connect'), 'connected'],
  ['connected', OVER, 'standby', ['cancelTimer sync', 'closeLink']],
  ['connected', STOP, 'stopping', ['cancelTimer sync', ...STOPPING]],
  ...(['operating.healthy', 'operating.degraded'] as const).flatMap((from): Row[] => [
    [from, LOST, 'waiting_ib.socket', ['startTimer retry']],
    [from, NO_IB, 'waiting_ib.upstream'],
    [from, IB_NEW, 'connected', SYNC],
    [from, IB_KEPT, 'connected', SYNC],
    [from, OVER, 'standby', ['closeLink']],
    [from, STOP, 'stopping', STOPPING],
    [from, ILL, 'operating.degraded'],
    [from, ILLER, 'operating.degraded'],
    [from, WELL, 'operating.healthy'],
  ]),
  ['stopping', COMPLETED, 'stopped', ['cancelTimer stop', 'closeLink']],
  ['stopping', elapsed('stop'), 'stopped', ['cancelTimer stop', 'closeLink']],
  ['stopping', elapsed('sync'), 'stopping'],
  ['stopping', LOST, 'stopping'],
  ['stopping', START, 'stopping'],
  ['stopped', START, 'stopped'],
  ['stopped', UP, 'stopped'],
];

type Admission = 'active' | 'suspended' | 'flattening';

const SAID = (admission: Admission) => `admissionChanged ${admission}`;
const ENDED = ['cancelTimer flatten', SAID('suspended')];
const FLATTENING = ['startTimer flatten', SAID('flattening')];

const ADMISSION_PATHS: Readonly<Record<Admission, readonly DaemonEvent[]>> = {
  active: healthy,
  suspended: [...healthy, SUSPEND],
  flattening: [...healthy, FLATTEN],
};

const ADMISSION_ROWS: readonly (readonly [
  from: Admission,
  event: DaemonEvent,
  to: Admission,
  effects: readonly string[],
])[] = [
  ['active', SUSPEND, 'suspended', [SAID('suspended')]],
  ['active', RESUME, 'active', []],
  ['active', FLATTEN, 'flattening', FLATTENING],
  ['active', FLAT, 'active', []],
  ['suspended', RESUME, 'active', [SAID('active')]],
  ['suspended', SUSPEND, 'suspended', []],
  ['suspended', FLATTEN, 'flattening', FLATTENING],
  ['flattening', FLAT, 'suspended', ENDED],
  ['flattening', SUSPEND, 'suspended', ENDED],
  ['flattening', RESUME, 'flattening', []],
  ['flattening', elapsed('flatten'), 'suspended', ENDED],
  ['flattening', elapsed('retry'), 'flattening', []],
  ['flattening', LOST, 'suspended', ['cancelTimer flatten', 'startTimer retry', SAID('suspended')]],
  ['flattening', NO_IB, 'suspended', ENDED],
  ['flattening', OVER, 'suspended', ['cancelTimer flatten', 'closeLink', SAID('suspended')]],
];

const tour = new Tour(machine);

function play(events: readonly DaemonEvent[], from = BEGIN): DaemonSnapshot {
  return events.reduce((snapshot, event) => tour.step(snapshot, event).snapshot, from);
}

function lifecycle(snapshot: DaemonSnapshot): string {
  const value = snapshot.value.lifecycle;
  if (typeof value === 'string') return value;
  return Object.entries(value).flat().join('.');
}

function text(event: DaemonEvent): string {
  return Object.values(event).flat().map(String).join(' ');
}

describe('the daemon machine', () => {
  it.each(ROWS.map((row) => [`${row[0]} goes to ${row[2]} on ${text(row[1])}`, row] as const))(
    '%s',
    (_, [from, event, to, effects = [], before = []]) => {
      const given = play([...PATHS[from], ...before]);
      assert.equal(lifecycle(given), from);
      const { snapshot, effects: did } = tour.step(given, event);
      assert.equal(lifecycle(snapshot), to);
      assert.deepEqual(did.map(effectText), effects);
    },
  );

  it.each(
    ADMISSION_ROWS.map((row) => [`${row[0]} goes to ${row[2]} on ${text(row[1])}`, row] as const),
  )('admission: %s', (_, [from, event, to, effects]) => {
    const given = play(ADMISSION_PATHS[from]);
    assert.equal(given.value.admission, from);
    const { snapshot, effects: did } = tour.step(given, event);
    assert.equal(snapshot.value.admission, to);
    assert.deepEqual(did.map(effectText), effects);
  });

  it('has a row for every transition and every refusal of a guard', () => {
    assert.equal(lifecycle(BEGIN), 'idle');
    for (const [from, event, , , before = []] of ROWS) {
      tour.step(play([...PATHS[from], ...before]), event);
    }
    for (const [from, event] of ADMISSION_ROWS) tour.step(play(ADMISSION_PATHS[from]), event);
    assert.deepEqual(tour.untaken, []);
    assert.deepEqual(tour.unrefused, []);
  });

  it('begins suspended when the flag was persisted', () => {
    const persisted = createDaemonMachine({ suspended: true });
    const { snapshot } = start(persisted, undefined as never);
    assert.equal(snapshot.value.admission, 'suspended');
  });

  it('ignores what it does not know, in every state', () => {
    for (const state of STATES) {
      const given = play(PATHS[state]);
      const { snapshot, effects } = tour.step(given, { type: 'NONSENSE' } as never);
      assert.deepEqual([snapshot.value, snapshot.context], [given.value, given.context]);
      assert.deepEqual(effects, []);
    }
  });
});

describe('the reason for waiting', () => {
  it.each([
    ['the client id is in use', [START, IN_USE], 326, 'client id in use'],
    ['the socket is gone', [...healthy, LOST], 0, 'socket closed'],
    ['TWS has lost IB', [...healthy, NO_IB], 1100, 'TWS has lost its connection to IB'],
    ['nothing answers', [START, elapsed('connect')], 0, 'the connection attempt timed out'],
    ['the lease is over', [...healthy, OVER], 0, 'the lease is over'],
    ['the sync fails', [...connected, UNSYNCED], 0, 'two accounts'],
    [
      'the sync takes too long',
      [...connected, elapsed('sync')],
      0,
      'the broker did not answer the sync in time',
    ],
  ] as const)('is named when %s', (_, events, code, reason) => {
    const { context } = play(events);
    assert.deepEqual([context.code, context.reason], [code, reason]);
  });

  it('is gone when the engine operates again', () => {
    for (const events of [
      [START, IN_USE, RETRY, UP, SYNCED],
      [...healthy, OVER, WON],
    ]) {
      const { context } = play(events);
      assert.deepEqual([context.code, context.reason], [0, '']);
    }
  });
});

describe('market data', () => {
  it('is asked for again after a new connection and after 1101, not after 1102', () => {
    assert.equal(play(connected).context.resubscribe, true);
    assert.equal(play(healthy).context.resubscribe, false);
    assert.equal(play([...healthy, NO_IB, IB_NEW]).context.resubscribe, true);
    assert.equal(play([...healthy, NO_IB, IB_KEPT]).context.resubscribe, false);
    assert.equal(play([...healthy, IB_NEW, IB_KEPT]).context.resubscribe, true);
    const effects = (events: readonly DaemonEvent[]) =>
      tour.step(play(events), SYNCED).effects.map(effectText);
    assert(effects([...healthy, IB_NEW]).includes('resubscribe true'));
    assert(effects([...healthy, IB_KEPT]).includes('resubscribe false'));
  });
});

const LABELS: readonly (readonly [string, readonly DaemonEvent[]])[] = [
  ['idle', []],
  ['standby', [STANDBY]],
  ['connecting', [START]],
  ['waiting_ib', [START, IN_USE]],
  ['waiting_ib', [...healthy, NO_IB]],
  ['connected', connected],
  ['running', healthy],
  ['degraded', [...healthy, ILL]],
  ['running_suspended', [...healthy, SUSPEND]],
  ['running_suspended', [...healthy, ILL, SUSPEND]],
  ['flattening', [...healthy, FLATTEN]],
  ['waiting_ib', [...healthy, SUSPEND, LOST]],
  ['connecting', [SUSPEND, START]],
  ['stopping', [...healthy, SUSPEND, STOP]],
  ['stopped', [...healthy, STOP, COMPLETED]],
];

describe('daemon_state', () => {
  it.each(LABELS)('is %s', (label, events) => {
    assert.equal(daemonState(play(events)), label);
  });
});

const EVENTS: readonly DaemonEvent[] = [
  ...[START, STANDBY, WON, OVER, STOP, RETRY, UP, IN_USE, LOST, NO_IB, IB_NEW, IB_KEPT, SYNCED],
  ...[UNSYNCED, ILL, WELL, COMPLETED, SUSPEND, RESUME, FLATTEN, FLAT],
  ...(['connect', 'retry', 'sync', 'flatten', 'stop'] as const).map(elapsed),
];

/** Every state that some sequence of events leads to: value and context. */
function reachable(): readonly DaemonSnapshot[] {
  const known = new Map<string, DaemonSnapshot>();
  const queue = [BEGIN];
  for (const snapshot of queue) {
    const key = JSON.stringify([snapshot.value, snapshot.context]);
    if (known.has(key)) continue;
    known.set(key, snapshot);
    for (const event of EVENTS) queue.push(tour.step(snapshot, event).snapshot);
  }
  return [...known.values()];
}

describe('every reachable state', () => {
  const all = reachable();

  it('is left by STOP towards stopped, by completion and by the deadline', () => {
    for (const snapshot of all) {
      for (const end of [COMPLETED, elapsed('stop')]) {
        assert.equal(lifecycle(play([STOP, end], snapshot)), 'stopped');
      }
    }
  });

  it('takes SUSPEND, and only RESUME makes it active again', () => {
    for (const snapshot of all) {
      const suspended = play([SUSPEND], snapshot);
      assert.equal(suspended.value.admission, 'suspended');
      for (const event of EVENTS) {
        const active = tour.step(suspended, event).snapshot.value.admission === 'active';
        assert.equal(active, event.type === 'RESUME');
      }
    }
  });

  it('is one of the named ones, and all of them are reached', () => {
    assert.deepEqual(new Set(all.map(lifecycle)), new Set(STATES));
  });
});

describe('any sequence of events', () => {
  it('operates only after a sync that followed the last (re)connect', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...EVENTS), { maxLength: 80, size: 'max' }),
        (events) => {
          let snapshot = BEGIN;
          let synced = false;
          for (const event of events) {
            const before = lifecycle(snapshot);
            snapshot = tour.step(snapshot, event).snapshot;
            const now = lifecycle(snapshot);
            if (now === 'connected' && event.type !== 'sync.done') synced = false;
            if (before === 'connected' && event.type === 'sync.done') synced = true;
            if (now.startsWith('operating')) assert(synced, `operates after ${event.type}`);
          }
        },
      ),
    );
  });
});
