/**
 * The life of one actor in its thread: its mailbox, one message at a time to completion, and its
 * end. It ends by finishing (takes what was sent to it, then `stop`) or by a crash (what waits is
 * lost and counted; `stop` still runs, because a socket left open would refuse its successor).
 */

import { Fault, toFault } from '../fault.ts';
import type { Actor } from './actor.ts';
import type { ActorTable } from './actor-table.ts';
import { actorDown, withoutFrames } from './call-table.ts';
import type { Clock } from './clock.ts';
import { messageType } from './dead-letters.ts';
import type { Runnable } from './dispatcher.ts';
import { Mailbox } from './mailbox.ts';
import type { Scope } from './scope.ts';
import type { Address, Call, Envelope } from './wire.ts';
import { within } from './within.ts';

export interface CellPorts {
  readonly mono: Clock;
  readonly table: ActorTable;
  wake(cell: Runnable): void;
  answer(call: Call, value: unknown): void;
  refuse(call: Call, fault: Fault): void;
  /** Gives the place of a message back to those who wait for one. */
  release(envelope: Envelope): void;
  /** A message that this life did not take; a call among them is already refused. */
  lost(envelope: Envelope, reason: 'died' | 'unknown_message'): void;
  /** A message that carried its time was taken to completion. */
  traced(envelope: Envelope, sequence: number, takenAt: number): void;
  /** It died and has cleaned up. */
  crashed(fault: Fault, lost: number): void;
}

export interface CellLimits {
  readonly stopDeadlineMs: number;
  /** A `receive` that has not settled by then is a defect. */
  readonly receiveDeadlineMs: number | undefined;
}

/** What has a lane of its own: the end, and what a watch tells. */
type SystemMessage = 'finish' | (() => void);

type Phase = 'creating' | 'open' | 'finishing' | 'closing' | 'ended';

export class Cell implements Runnable {
  readonly address: Address;
  readonly generation: number;
  isReady = false;
  readonly #ports: CellPorts;
  readonly #scope: Scope;
  readonly #limits: CellLimits;
  readonly #finished = Promise.withResolvers<void>();
  #mailbox: Mailbox<Envelope, SystemMessage>;
  #actor: Actor<unknown> | undefined;
  #phase: Phase = 'creating';
  /** The message an asynchronous `receive` is still at. */
  #current: Envelope | undefined;
  /** The message whose time is being taken. */
  #watched: Envelope | undefined;
  #taken: number;
  /** The most that ever waited, over all lives. */
  #high: number;
  /** Its protocol or its conflation threw: it dies at its next turn. */
  #isDefective = false;
  /** When the present message was taken; only of one that is traced. */
  #takenAt = 0;

  /** Opens the gate: from here on messages wait for the actor. */
  constructor(address: Address, ports: CellPorts, scope: Scope, limits: CellLimits) {
    this.address = address;
    this.#ports = ports;
    this.#scope = scope;
    this.#limits = limits;
    this.#mailbox = this.#createMailbox(undefined);
    this.#taken = ports.table.count(address.slot, 'messages');
    this.#high = ports.table.count(address.slot, 'high');
    this.generation = ports.table.open(address.slot);
  }

  get name(): string {
    return this.address.id;
  }

  get ended(): boolean {
    return this.#phase === 'ended';
  }

  /** The actor is ready: it is given what waited meanwhile. False if its life ended before. */
  begin(actor: Actor<unknown>): boolean {
    if (this.#phase !== 'creating') return false;
    const waiting = this.#mailbox;
    this.#actor = actor;
    this.#mailbox = this.#createMailbox(actor);
    for (let item = waiting.shift(); item; item = waiting.shift()) this.#queue(item);
    for (let item = waiting.shiftSystem(); item; item = waiting.shiftSystem()) {
      this.#mailbox.pushSystem(item);
    }
    this.#phase = 'open';
    this.#ports.wake(this);
    return true;
  }

  /** Queues a message that was admitted to this life. */
  accept(envelope: Envelope): void {
    if (envelope.generation !== this.generation || this.ended || this.#phase === 'closing') {
      this.#lose(envelope);
      return;
    }
    this.#queue(envelope);
    this.#ports.wake(this);
  }

  /** Runs `told` before all messages that wait, but after the one that is under way. */
  tell(told: () => void): void {
    if (this.ended || this.#phase === 'closing') return;
    this.#mailbox.pushSystem(told);
    this.#ports.wake(this);
  }

  step(): boolean {
    if (this.#actor === undefined || this.#current !== undefined) return false;
    if (this.#phase !== 'open' && this.#phase !== 'finishing') return false;
    const system = this.#mailbox.shiftSystem();
    if (system === 'finish') this.#phase = 'finishing';
    else if (system !== undefined) return this.#run(system);
    const envelope = this.#mailbox.shift();
    if (envelope !== undefined) this.#take(this.#actor, envelope);
    // What was sent before the gate closed can still be on its way from another thread.
    else if (this.#phase === 'finishing' && this.#underWay() === 0) this.#finish(this.#actor);
    if (this.#current !== undefined) return false;
    if (this.#mailbox.depth > 0 || this.#mailbox.systemDepth > 0) return true;
    return this.#phase === 'finishing' && this.#underWay() === 0;
  }

  #run(told: () => void): boolean {
    try {
      told();
    } catch (thrown) {
      this.crash(thrown);
    }
    return true;
  }

  /** Takes what was sent so far, then `stop`. Resolves when done, or false at the deadline. */
  finish(deadlineMs: number): Promise<boolean> {
    this.#ports.table.close(this.address.slot);
    if (this.#phase === 'creating') {
      this.abandon();
      return Promise.resolve(false);
    }
    this.#mailbox.pushSystem('finish');
    this.#ports.wake(this);
    return within(this.#ports.mono, this.#finished.promise, deadlineMs).then((done) => {
      if (!done) this.abandon();
      return done;
    });
  }

  /** Ends it where it stands: what waits is lost, and nothing it still does is heard. */
  abandon(): number {
    if (this.ended) return 0;
    this.#phase = 'ended';
    this.#ports.table.close(this.address.slot);
    this.#scope.end();
    this.#finished.resolve();
    return this.#loseAll();
  }

  /** A defect: it dies, and its supervisor decides. */
  crash(thrown: unknown): void {
    if (this.ended || this.#phase === 'closing') return;
    const finishing = this.#phase === 'finishing';
    this.#phase = 'closing';
    this.#ports.table.close(this.address.slot);
    this.#scope.endTimers();
    const lost = this.#loseAll();
    const fault = toFault(thrown);
    void within(this.#ports.mono, this.#stop(this.#actor), this.#limits.stopDeadlineMs).then(() => {
      this.#end();
      if (finishing) this.#scope.context.log.error({ err: fault }, 'crashed while it stopped');
      else this.#ports.crashed(fault, lost);
    });
  }

  #createMailbox(actor: Actor<unknown> | undefined): Mailbox<Envelope, SystemMessage> {
    const { id, capacity, policy } = this.address;
    const keyOf = actor?.conflateKey?.bind(actor);
    return new Mailbox({
      owner: id,
      // Senders are refused at the gate, where all threads are counted; here there is always room.
      capacity,
      policy: { kind: policy },
      conflateKey:
        keyOf && ((envelope) => (envelope.type === 'cast' ? keyOf(envelope.message) : undefined)),
    });
  }

  // Called by who sends, or by what reads the port: a throw of the actor's own code must reach
  // neither. It is found before the message was queued, and the actor dies of it in a turn of its
  // own.
  #queue(envelope: Envelope): void {
    try {
      this.#push(envelope);
    } catch (thrown) {
      this.#release(envelope);
      this.#lose(envelope);
      if (this.#isDefective) return;
      this.#isDefective = true;
      this.tell(() => {
        throw thrown;
      });
    }
  }

  #push(envelope: Envelope): void {
    if (this.#actor?.protocol?.takes(envelope.message) === false) {
      this.#refuseUnknown(envelope);
      return;
    }
    const { table } = this.#ports;
    const { slot, policy } = this.address;
    const dropped = this.#mailbox.dropped;
    const displaced = this.#mailbox.push(envelope);
    if (displaced !== undefined) this.#release(displaced);
    if (this.#mailbox.dropped > dropped) {
      table.add(slot, 'dropped', 1);
      if (displaced?.type === 'call') {
        this.#ports.refuse(displaced, new Fault('mailbox_full', `${this.address.id} dropped it`));
      }
    }
    const depth = policy === 'refuse' ? table.depth(slot) : this.#mailbox.depth;
    if (depth > this.#high) {
      this.#high = depth;
      table.set(slot, 'high', depth);
    }
    if (policy === 'drop_oldest') table.set(slot, 'queued', this.#mailbox.depth);
  }

  /** It is not of the actor's protocol: never queued, and no defect of the actor. */
  #refuseUnknown(envelope: Envelope): void {
    this.#release(envelope);
    if (envelope.type === 'cast') {
      this.#ports.lost(envelope, 'unknown_message');
      return;
    }
    const what = `${this.address.id} does not know ${messageType(envelope.message)}`;
    this.#ports.refuse(envelope, new Fault('unknown_message', what));
  }

  // A refusing mailbox was admitted to by the sender and gives the place back when a message is
  // taken. A dropping one bounds itself, and counts only what is between threads.
  #release(envelope: Envelope): void {
    const { table } = this.#ports;
    if (this.address.policy === 'refuse') this.#ports.release(envelope);
    else table.set(this.address.slot, 'queued', this.#mailbox.depth);
  }

  #take(actor: Actor<unknown>, envelope: Envelope): void {
    this.#release(envelope);
    this.#taken += 1;
    this.#ports.table.set(this.address.slot, 'messages', this.#taken);
    this.#current = envelope;
    if (envelope.sentAt !== undefined) this.#takenAt = this.#ports.mono.now();
    let result: unknown;
    let isAwaited: boolean;
    try {
      result = actor.receive(envelope.message);
      isAwaited = this.#awaits(envelope, result);
    } catch (thrown) {
      this.#failed(envelope, thrown);
      return;
    }
    if (!isAwaited) this.#done(envelope, result);
  }

  /** False for what is no promise. A result that throws when it is waited for is a defect, too. */
  #awaits(envelope: Envelope, result: unknown): boolean {
    if (!isThenable(result)) return false;
    this.#limit(envelope);
    result.then(
      (value) => {
        this.#done(envelope, value);
        this.#ports.wake(this);
      },
      (thrown: unknown) => {
        this.#failed(envelope, thrown);
        this.#ports.wake(this);
      },
    );
    return true;
  }

  // One timer at a time, whatever the number of messages: it looks whether the same one is still
  // under way, and a message that began meanwhile is given at most twice its time.
  #limit(envelope: Envelope): void {
    const { receiveDeadlineMs } = this.#limits;
    if (receiveDeadlineMs === undefined || this.#watched !== undefined) return;
    this.#watched = envelope;
    this.#ports.mono.setTimer(receiveDeadlineMs, () => {
      this.#watched = undefined;
      const current = this.#current;
      if (current === envelope) {
        const what = `${this.address.id} took longer than ${receiveDeadlineMs} ms`;
        this.crash(new Fault('deadline', `${what} with ${messageType(envelope.message)}`));
      } else if (current !== undefined) this.#limit(current);
    });
  }

  #done(envelope: Envelope, value: unknown): void {
    // A late result of a life that has ended: its caller was told so.
    if (this.#current !== envelope) return;
    this.#current = undefined;
    this.#trace(envelope);
    if (envelope.type !== 'call') return;
    try {
      this.#ports.answer(envelope, value);
    } catch (thrown) {
      // The platform could not clone the answer: the actor's own defect.
      this.#ports.refuse(envelope, actorDown(this.address.id));
      this.crash(thrown);
    }
  }

  #failed(envelope: Envelope, thrown: unknown): void {
    if (this.#current !== envelope) return;
    if (envelope.type !== 'call' || !(thrown instanceof Fault)) {
      this.crash(thrown);
      return;
    }
    this.#current = undefined;
    this.#trace(envelope);
    this.#ports.refuse(envelope, thrown);
  }

  #trace(envelope: Envelope): void {
    if (envelope.sentAt !== undefined) this.#ports.traced(envelope, this.#taken, this.#takenAt);
  }

  #underWay(): number {
    return this.#ports.table.depth(this.address.slot);
  }

  #finish(actor: Actor<unknown>): void {
    this.#phase = 'closing';
    void this.#stop(actor).then(() => this.#end());
  }

  async #stop(actor: Actor<unknown> | undefined): Promise<void> {
    try {
      await actor?.stop?.();
    } catch (thrown) {
      // It ends all the same; what it held is gone with its thread, or lost.
      this.#scope.context.log.error({ err: toFault(thrown) }, 'stop failed');
    }
  }

  #end(): void {
    this.#phase = 'ended';
    this.#scope.end();
    this.#finished.resolve();
  }

  #loseAll(): number {
    let lost = 0;
    const current = this.#current;
    this.#current = undefined;
    if (current?.type === 'call') this.#ports.refuse(current, actorDown(this.address.id));
    for (let item = this.#mailbox.shift(); item; item = this.#mailbox.shift()) {
      this.#release(item);
      this.#lose(item);
      lost += 1;
    }
    return lost;
  }

  #lose(envelope: Envelope): void {
    if (envelope.type === 'call') {
      withoutFrames(() => this.#ports.refuse(envelope, actorDown(this.address.id)));
    }
    this.#ports.lost(envelope, 'died');
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== 'object' || value === null || !('then' in value)) return false;
  return typeof value.then === 'function';
}
