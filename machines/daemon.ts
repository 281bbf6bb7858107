/**
 * May the engine run? `lifecycle` follows the broker connection from start to stop; `admission`
 * says whether new hedges are let in. The daemon never exits because of IB: whatever the broker
 * does, it stays up, says what it waits for, and tries again.
 */

import { assign, type SnapshotFrom, setup } from 'xstate';

export type DaemonTimer = 'connect' | 'retry' | 'sync' | 'flatten' | 'stop';

export interface DaemonContext {
  /** Why it waits or is degraded, for people. */
  readonly reason: string;
  readonly code: number;
  readonly degraded: readonly string[];
  /** 1101, or a new connection: market data must be asked for again. */
  readonly resubscribe: boolean;
}

export type DaemonEvent =
  | { readonly type: 'START'; readonly standby: boolean }
  | { readonly type: 'LEASE_WON' }
  | { readonly type: 'LEASE_LOST'; readonly reason: string }
  | { readonly type: 'STOP' }
  | { readonly type: 'RETRY_IB' }
  | { readonly type: 'SUSPEND' }
  | { readonly type: 'RESUME' }
  | { readonly type: 'FLATTEN' }
  | { readonly type: 'flatten.ended' }
  | { readonly type: 'link.up' }
  | { readonly type: 'link.failed'; readonly code: number; readonly reason: string }
  | { readonly type: 'link.lost'; readonly reason: string }
  | { readonly type: 'upstream.lost'; readonly code: number; readonly reason: string }
  | { readonly type: 'upstream.restored'; readonly dataLost: boolean }
  | { readonly type: 'sync.done' }
  | { readonly type: 'sync.failed'; readonly reason: string }
  | { readonly type: 'health.changed'; readonly degraded: readonly string[] }
  | { readonly type: 'stop.completed' }
  | { readonly type: 'timer.elapsed'; readonly name: DaemonTimer };

export interface DaemonInput {
  /** The flag as it was persisted. */
  readonly suspended: boolean;
}

function timer(name: DaemonTimer) {
  return {
    start: { type: 'startTimer' as const, params: { name } },
    cancel: { type: 'cancelTimer' as const, params: { name } },
    elapsed: { type: 'isTimer' as const, params: { name } },
  };
}

const CONNECT = timer('connect');
const RETRY = timer('retry');
const SYNC = timer('sync');
const FLATTEN = timer('flatten');
const STOP = timer('stop');

/** A fresh daemon machine. */
export function createDaemonMachine(input: DaemonInput) {
  const daemon = setup({
    types: { context: {} as DaemonContext, events: {} as DaemonEvent },
    guards: {
      isTimer: ({ event }, params: { readonly name: DaemonTimer }) =>
        event.type === 'timer.elapsed' && event.name === params.name,
      standsBy: ({ event }) => event.type === 'START' && event.standby,
      unhealthy: ({ event }) => event.type === 'health.changed' && event.degraded.length > 0,
      isDegraded: ({ context }) => context.degraded.length > 0,
    },
    actions: {
      openLink: () => undefined,
      closeLink: () => undefined,
      requestSync: () => undefined,
      /** Market data is opened at the first time; `again` where subscriptions were lost. */
      resubscribe: (_, _what: { readonly again: boolean }) => undefined,
      /** No new order from here on; every book's working order is cancelled, or left by config. */
      beginStop: () => undefined,
      admissionChanged: (_, _now: { readonly admission: string }) => undefined,
      startTimer: (_, _timer: { readonly name: DaemonTimer }) => undefined,
      cancelTimer: (_, _timer: { readonly name: DaemonTimer }) => undefined,
      noteReason: assign(({ event }) => ({
        reason: 'reason' in event ? event.reason : '',
        code: 'code' in event ? event.code : 0,
      })),
      noteConnectTimeout: assign({ reason: 'the connection attempt timed out', code: 0 }),
      noteSyncTimeout: assign({ reason: 'the broker did not answer the sync in time', code: 0 }),
      clearReason: assign({ reason: '', code: 0 }),
      // What was lost before, and not yet asked for again, stays lost when a 1102 follows.
      noteDataLost: assign(({ context, event }) => ({
        resubscribe: context.resubscribe || (event.type === 'upstream.restored' && event.dataLost),
      })),
      noteNewLink: assign({ resubscribe: true }),
      noteResubscribed: assign({ resubscribe: false }),
      noteHealth: assign(({ event }) =>
        event.type === 'health.changed' ? { degraded: event.degraded } : {},
      ),
    },
  });

  const stop = { STOP: 'stopping' } as const;
  // The connection goes too: whoever writes next needs the client id.
  const leave = {
    LEASE_LOST: { target: '#daemon.lifecycle.standby', actions: ['noteReason', 'closeLink'] },
    ...stop,
  } as const;

  return daemon.createMachine({
    id: 'daemon',
    context: { reason: '', code: 0, degraded: [], resubscribe: true },
    type: 'parallel',
    on: { 'health.changed': { actions: 'noteHealth' } },
    states: {
      lifecycle: {
        initial: 'idle',
        states: {
          idle: {
            on: {
              START: [{ guard: 'standsBy', target: 'standby' }, { target: 'connecting' }],
              STOP: 'stopped',
            },
          },

          standby: {
            on: { LEASE_WON: { target: 'connecting', actions: 'clearReason' }, ...stop },
          },

          connecting: {
            entry: ['openLink', CONNECT.start],
            exit: CONNECT.cancel,
            on: {
              'link.up': { target: 'connected', actions: ['clearReason', 'noteNewLink'] },
              'link.failed': { target: 'waiting_ib', actions: 'noteReason' },
              'link.lost': { target: 'waiting_ib', actions: 'noteReason' },
              'timer.elapsed': {
                guard: CONNECT.elapsed,
                target: 'waiting_ib',
                actions: ['noteConnectTimeout', 'closeLink'],
              },
              ...leave,
            },
          },

          waiting_ib: {
            initial: 'socket',
            on: leave,
            states: {
              socket: {
                entry: RETRY.start,
                exit: RETRY.cancel,
                on: {
                  'timer.elapsed': { guard: RETRY.elapsed, target: '#daemon.lifecycle.connecting' },
                  RETRY_IB: '#daemon.lifecycle.connecting',
                },
              },
              upstream: {
                on: {
                  'upstream.restored': {
                    target: '#daemon.lifecycle.connected',
                    actions: ['clearReason', 'noteDataLost'],
                  },
                  'link.lost': { target: 'socket', actions: 'noteReason' },
                },
              },
            },
          },

          connected: {
            entry: ['requestSync', SYNC.start],
            exit: SYNC.cancel,
            on: {
              'sync.done': { target: 'operating', actions: 'clearReason' },
              'sync.failed': { target: 'waiting_ib', actions: ['noteReason', 'closeLink'] },
              'link.lost': { target: 'waiting_ib', actions: 'noteReason' },
              'upstream.lost': { target: 'waiting_ib.upstream', actions: 'noteReason' },
              'upstream.restored': {
                target: 'connected',
                reenter: true,
                actions: 'noteDataLost',
              },
              'timer.elapsed': {
                guard: SYNC.elapsed,
                target: 'waiting_ib',
                actions: ['noteSyncTimeout', 'closeLink'],
              },
              ...leave,
            },
          },

          operating: {
            entry: [
              {
                type: 'resubscribe',
                params: ({ context }) => ({ again: context.resubscribe }),
              },
              'noteResubscribed',
            ],
            initial: 'assessing',
            on: {
              'link.lost': { target: 'waiting_ib', actions: 'noteReason' },
              'upstream.lost': { target: 'waiting_ib.upstream', actions: 'noteReason' },
              'upstream.restored': { target: 'connected', actions: 'noteDataLost' },
              ...leave,
            },
            states: {
              assessing: {
                always: [{ guard: 'isDegraded', target: 'degraded' }, { target: 'healthy' }],
              },
              healthy: {
                on: {
                  'health.changed': {
                    guard: 'unhealthy',
                    target: 'degraded',
                    actions: 'noteHealth',
                  },
                },
              },
              degraded: {
                on: {
                  'health.changed': [
                    { guard: 'unhealthy', actions: 'noteHealth' },
                    { target: 'healthy', actions: 'noteHealth' },
                  ],
                },
              },
            },
          },

          stopping: {
            entry: ['beginStop', STOP.start],
            exit: STOP.cancel,
            on: {
              'stop.completed': 'stopped',
              'timer.elapsed': { guard: STOP.elapsed, target: 'stopped' },
            },
          },

          stopped: { type: 'final', entry: 'closeLink' },
        },
      },

      admission: {
        initial: input.suspended ? 'suspended' : 'active',
        states: {
          active: { on: { SUSPEND: 'suspended', FLATTEN: 'flattening' } },
          flattening: {
            entry: [FLATTEN.start, announce('flattening')],
            exit: FLATTEN.cancel,
            on: {
              'flatten.ended': 'suspended',
              'link.lost': 'suspended',
              'upstream.lost': 'suspended',
              LEASE_LOST: 'suspended',
              SUSPEND: 'suspended',
              'timer.elapsed': { guard: FLATTEN.elapsed, target: 'suspended' },
            },
          },
          suspended: {
            entry: announce('suspended'),
            on: {
              RESUME: { target: 'active', actions: announce('active') },
              FLATTEN: 'flattening',
            },
          },
        },
      },
    },
  });
}

function announce(admission: 'active' | 'suspended' | 'flattening') {
  return { type: 'admissionChanged' as const, params: { admission } };
}

export type DaemonSnapshot = SnapshotFrom<ReturnType<typeof createDaemonMachine>>;

/** The public `daemon_state`: one label, the first that applies. */
export type DaemonState =
  | 'idle'
  | 'stopped'
  | 'stopping'
  | 'standby'
  | 'waiting_ib'
  | 'connecting'
  | 'connected'
  | 'flattening'
  | 'running_suspended'
  | 'degraded'
  | 'running';

/** One label for the two regions, in the order of precedence that people need. */
export function daemonState(snapshot: DaemonSnapshot): DaemonState {
  // Read from the value itself: it is asked several times a turn, and `matches` walks a tree.
  const { lifecycle, admission } = snapshot.value;
  if (typeof lifecycle === 'string') return lifecycle;
  if (!('operating' in lifecycle)) return 'waiting_ib';
  if (admission === 'flattening') return 'flattening';
  if (admission === 'suspended') return 'running_suspended';
  return lifecycle.operating === 'degraded' ? 'degraded' : 'running';
}
