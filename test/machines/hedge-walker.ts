/** A walk through the hedge machine that holds each step against what was seen so far. */

import assert from 'node:assert/strict';
import { createHedgeMachine, type HedgeEvent, type HedgeOutput } from '../../machines/hedge.ts';
import { type Effect, start, step } from '../../machines/step.ts';
import { ORDER } from './hedge-events.ts';

/** The machine that is walked. */
export const machine = createHedgeMachine();
const BEGIN = start(machine, undefined as never).snapshot;
type Snapshot = typeof BEGIN;

export type Move =
  | { readonly kind: 'target' }
  | { readonly kind: 'restart' }
  | { readonly kind: 'event'; readonly event: HedgeEvent };

/** What proves an order dead to anybody who watches. */
function proves(event: HedgeEvent): boolean {
  if (event.type === 'order.executed') return event.filled >= ORDER.quantity;
  if (event.type === 'order.rejected') return event.definite;
  if (event.type === 'read.done') return event.outcome === 'dead';
  return event.type === 'order.cancelled' || event.type === 'cancel.answered';
}

const LIVE = new Set(['WAIT_ACK', 'WORKING', 'PARTIAL', 'REPRICE']);

/** Walks, and holds each step against what was seen so far. */
export class Walk {
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

  /** The same walk so far, to go on from there another way. */
  fork(): Walk {
    const other = new Walk();
    other.snapshot = this.snapshot;
    for (const orderRef of this.sent) other.sent.add(orderRef);
    for (const name of this.#timers) other.#timers.add(name);
    other.#intents = this.#intents;
    other.#accepted = this.#accepted;
    other.#outputs = this.#outputs;
    other.#mayLive = this.#mayLive;
    return other;
  }

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
    const met = { intent, orderRef: orderRef ?? intent?.orderRef ?? '', order: ORDER };
    this.#step({ type: 'RESYNC', ...met, filled: 0, traded: 0 });
    assert.equal(this.snapshot.value, 'RECOVER');
  }

  #step(event: HedgeEvent): void {
    const before = this.snapshot;
    const { snapshot, effects } = step(machine, before, event);
    this.snapshot = snapshot;
    this.reached.add(String(snapshot.value));
    if (event.type === 'RECV_TARGET' && before.value !== snapshot.value) this.#accepted += 1;
    for (const effect of effects) this.#effect(effect);
    const left = before.value === 'FAIL' && snapshot.value === 'EXEC_IDLE';
    const settled = event.type === 'SETTLED_BY_HAND' && left;
    if (this.#mayLive && (proves(event) || settled)) this.#mayLive = false;
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
