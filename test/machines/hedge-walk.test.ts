/** Any sequence of events, likely or not: what the hedge machine alone promises of every one. */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it, vi } from 'vitest';
import {
  createHedgeMachine,
  type HedgeEvent,
  type HedgeOutput,
  type HedgeTimer,
} from '../../machines/hedge.ts';
import { type Effect, start, step } from '../../machines/step.ts';
import {
  ACK,
  ANSWERED,
  APPROVED,
  cancelled,
  DENIED,
  elapsed,
  fill,
  LOST,
  MANUAL,
  NEED,
  NOT_REPRICED,
  ORDER,
  READ_FAILED,
  REFUSED,
  REPORTED_FILLED,
  REPRICED,
  read,
  reject,
  STATES,
  STOPPING,
  SYNCED,
  TOO_SMALL,
  TRY_RESYNC,
  UNCLEAR,
  UNWANT,
  WANT,
} from './hedge-events.ts';

// Drawn tests have time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const machine = createHedgeMachine();
const BEGIN = start(machine, undefined as never).snapshot;
type Snapshot = typeof BEGIN;

/** Events that lead on come often, so that walks get somewhere. */
const LEADING: readonly HedgeEvent[] = [NEED, APPROVED, ACK, elapsed('working', true), REPRICED];
const TIMERS: readonly HedgeTimer[] = [
  'ack',
  'working',
  'missing',
  'cancel',
  'read',
  'grace',
  'settle',
  'limit',
  'backoff',
];
const ANY: readonly HedgeEvent[] = [
  ...[TOO_SMALL, DENIED, UNCLEAR, ANSWERED, REFUSED, REPORTED_FILLED, NOT_REPRICED, WANT, UNWANT],
  ...[LOST, SYNCED, READ_FAILED, TRY_RESYNC, MANUAL, reject(true), reject(false)],
  ...[fill(40), fill(70), fill(112), cancelled(0), cancelled(40), cancelled(null)],
  ...[read('live'), read('live', 40), read('dead'), read('dead', 40), read('absent')],
  ...[read('live', 0, 'waiting'), read('live', 0, 'overdue')],
  ...TIMERS.map((name) => elapsed(name)),
];

type Move =
  | { readonly kind: 'target' }
  | { readonly kind: 'restart' }
  | { readonly kind: 'event'; readonly event: HedgeEvent };

const moves: fc.Arbitrary<readonly Move[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<Move>({ kind: 'target' }) },
    { weight: 1, arbitrary: fc.constant<Move>({ kind: 'restart' }) },
    {
      weight: 10,
      arbitrary: fc.constantFrom(...LEADING).map((event): Move => ({ kind: 'event', event })),
    },
    {
      weight: 14,
      arbitrary: fc.constantFrom(...ANY).map((event): Move => ({ kind: 'event', event })),
    },
  ),
  { maxLength: 120, size: 'max' },
);

/** What proves an order dead to anybody who watches. */
function proves(event: HedgeEvent): boolean {
  if (event.type === 'order.executed') return event.filled >= ORDER.quantity;
  if (event.type === 'order.rejected') return event.definite;
  if (event.type === 'read.done') return event.outcome === 'dead';
  return event.type === 'order.cancelled' || event.type === 'cancel.answered';
}

const LIVE = new Set(['WAIT_ACK', 'WORKING', 'PARTIAL', 'REPRICE']);

/** Walks, and holds each step against what was seen so far. */
class Walk {
  snapshot: Snapshot = BEGIN;
  readonly sent = new Set<string>();
  readonly reached = new Set<string>();
  #intents = 0;
  #accepted = 0;
  #outputs = 0;
  /** Sent, and nothing has proven it dead. */
  #mayLive = false;
  /** Timers that stand; none other elapses. */
  readonly #timers = new Set<unknown>();

  take(move: Move): void {
    if (move.kind === 'restart') this.#restart();
    else if (move.kind === 'event') {
      const { event } = move;
      const fires = event.type !== 'timer.elapsed' || this.#timers.delete(event.name);
      if (fires) this.#step(event);
    } else {
      this.#intents += 1;
      const orderRef = `demo:j:${this.#intents}`;
      this.#step({
        type: 'RECV_TARGET',
        intent: { orderRef, purpose: 'hedge', targetShares: -112 },
      });
    }
  }

  /** The process dies: an open intent comes back by RESYNC. */
  #restart(): void {
    const { intent, orderRef } = this.snapshot.context;
    this.snapshot = BEGIN;
    this.#timers.clear();
    if (intent === null && !this.#mayLive) return;
    this.#accepted = this.#outputs + (intent === null ? 0 : 1);
    const event = { intent, orderRef: orderRef ?? intent?.orderRef ?? '', order: ORDER, filled: 0 };
    this.#step({ type: 'RESYNC', ...event });
    assert.equal(this.snapshot.value, 'RECOVER');
  }

  #step(event: HedgeEvent): void {
    const before = this.snapshot;
    const { snapshot, effects } = step(machine, before, event);
    this.snapshot = snapshot;
    this.reached.add(String(snapshot.value));
    if (event.type === 'RECV_TARGET' && before.value !== snapshot.value) this.#accepted += 1;
    for (const effect of effects) this.#effect(effect);
    if (this.#mayLive && proves(event)) this.#mayLive = false;
    this.#judge();
  }

  #effect({ type, params }: Effect): void {
    const { context } = this.snapshot;
    if (type === 'startTimer') this.#timers.add(params['name']);
    else if (type === 'cancelTimer') this.#timers.delete(params['name']);
    else if (type === 'beginRecovery' && params['brokerUp'] === true) this.#timers.add('limit');
    else if (type === 'output' && (params as unknown as HedgeOutput).intent !== null) {
      this.#outputs += 1;
    } else if (type === 'sendOrder') {
      const orderRef = context.orderRef ?? '';
      assert(!this.sent.has(orderRef), `${orderRef} is sent twice`);
      assert(!this.#mayLive, `${orderRef} is sent while another order may live`);
      this.sent.add(orderRef);
      this.#mayLive = true;
    } else if (type === 'cancelOrder' || type === 'modifyOrder') {
      assert(context.orderRef !== null, `${type} without an order`);
    } else if (type === 'requestRead') {
      assert(context.brokerUp, 'a read is asked while the broker is away');
    }
  }

  #judge(): void {
    const { value, context } = this.snapshot;
    const open = this.#accepted - this.#outputs;
    assert.equal(open, context.intent === null ? 0 : 1, 'one output for each accepted target');
    if (context.cancelWanted) assert(!LIVE.has(String(value)), `${value} is not cancelled`);
    const idle = value === 'EXEC_IDLE' || value === 'FILLED';
    if (idle) assert.equal(open, 0, `${value} with an open intent`);
    if (idle) assert(!this.#mayLive, `${value} while an order may live`);
    assert.deepEqual(step(machine, this.snapshot, { type: 'NONSENSE' } as never).effects, []);
  }
}

describe('any walk of the hedge machine', () => {
  it('sends once, never beside a living order, and answers each target once', () => {
    const reached = new Set<string>();
    fc.assert(
      fc.property(moves, (list) => {
        const walk = new Walk();
        for (const move of list) walk.take(move);
        for (const state of walk.reached) reached.add(state);
      }),
      { numRuns: 300 },
    );
    assert.deepEqual(
      STATES.filter((state) => !reached.has(state)),
      [],
    );
  });

  it('ends idle once the broker answers, or waits for a person', () => {
    fc.assert(
      fc.property(moves, (list) => {
        const walk = new Walk();
        for (const move of list) walk.take(move);
        const heal: readonly HedgeEvent[] = [
          ...[SYNCED, WANT, NEED, cancelled(0), MANUAL],
          ...[read('dead'), read('dead'), elapsed('grace')],
        ];
        for (const event of heal) walk.take({ kind: 'event', event });
        assert(['EXEC_IDLE', 'FILLED'].includes(String(walk.snapshot.value)), walk.snapshot.value);
      }),
      { numRuns: 200 },
    );
  });

  it('lets go of its order while stopping as soon as the cancel is answered', () => {
    fc.assert(
      fc.property(moves, (list) => {
        const walk = new Walk();
        for (const move of list) walk.take(move);
        const stop: readonly HedgeEvent[] = [
          ...[SYNCED, STOPPING, WANT, NEED, MANUAL, cancelled(0)],
        ];
        for (const event of stop) walk.take({ kind: 'event', event });
        const { filled, reported } = walk.snapshot.context;
        const idle = ['EXEC_IDLE', 'FILLED'].includes(String(walk.snapshot.value));
        assert(idle || filled < reported, String(walk.snapshot.value));
      }),
      { numRuns: 200 },
    );
  });
});
