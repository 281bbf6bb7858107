/**
 * The sending half of a thread's host: admits a message to its receiver's mailbox before it leaves,
 * waits for answers and for room, and counts what reaches nobody.
 */

import assert from 'node:assert/strict';
import { Fault } from '../fault.ts';
import type { ActorRef } from './actor.ts';
import { type ActorTable, CLOSED, FULL } from './actor-table.ts';
import { actorDown, CallTable } from './call-table.ts';
import type { Clock, WallClock } from './clock.ts';
import { type DeadLetter, type DeadLetterReason, isSampled, messageType } from './dead-letters.ts';
import { Outbox } from './outbox.ts';
import { type Waiting, WaitingRoom } from './waiting-room.ts';
import type { Address, Answer, Call, DataMessage, Envelope, LifeEnd } from './wire.ts';

/** Slot 0 is no actor: it counts the messages to ids that nobody has. */
export const UNKNOWN_SLOT = 0;

export interface PostOfficePorts {
  readonly thread: number;
  readonly life: number;
  readonly table: ActorTable;
  readonly mono: Clock;
  readonly wall: WallClock;
  addressOf(id: string): Address | undefined;
  /** The id of who has this slot. */
  idOf(slot: number): string | undefined;
  /** Queues what is for an actor of this thread. */
  accept(address: Address, envelope: Envelope): void;
  post(thread: number, message: DataMessage, sender: number): boolean;
  /** One of those that are kept. */
  deadLetter(letter: DeadLetter): void;
}

/** A ref that also knows whether the life that sends is still there. */
export interface SenderRef<M> extends ActorRef<M> {
  /** `isWanted` false: what still waits for room is not sent any more. */
  send(message: M, deadlineMs: number, isWanted?: () => boolean): Promise<void>;
}

const SENT = Promise.resolve();
const ALWAYS = (): boolean => true;
const ENDLESS = 'every wait has a deadline';

export class PostOffice {
  readonly #ports: PostOfficePorts;
  readonly #calls: CallTable;
  readonly #outbox: Outbox<Envelope>;
  readonly #room: WaitingRoom;

  constructor(ports: PostOfficePorts) {
    const { mono, table, thread, life } = ports;
    this.#ports = ports;
    this.#calls = new CallTable(mono, life);
    this.#outbox = new Outbox({
      mono,
      trySend: (address, envelope) => this.#trySend(address, envelope),
      dropped: (address, envelope) => this.#dropped(address, envelope),
    });
    this.#room = new WaitingRoom({
      mono,
      table,
      thread,
      post: (address, generation, waiting) => this.#cast(address, generation, waiting),
    });
  }

  /** A ref for `sender`, whose slot the tracing tap shows; slot 0 is nobody's. */
  ref<M>(id: string, sender: number): SenderRef<M> {
    return {
      id,
      cast: (message) => this.#castTo(sender, id, message),
      send: (message, deadlineMs, isWanted = ALWAYS) =>
        this.#sendTo(id, { sender, message, isWanted }, deadlineMs),
      call: <R>(message: M, deadlineMs: number) => this.#call<R>(sender, id, message, deadlineMs),
    };
  }

  /** A message was taken, or will not be: its place is another's. */
  release(address: Address, generation: number): void {
    const { table, thread } = this.#ports;
    table.release(address.slot, generation);
    let untold = table.takeUntold(address.slot);
    for (let told = 0; untold !== 0; told += 1, untold >>>= 1) {
      if ((untold & 1) === 0) continue;
      if (told === thread) this.#room.look(address);
      // In a thread that ended nobody waits any more.
      else this.#ports.post(told, { type: 'room', of: address.slot }, UNKNOWN_SLOT);
    }
  }

  /** There is room in a mailbox of another thread. */
  roomIn(address: Address): void {
    this.#room.look(address);
  }

  /** Brings an answer to who waits for it. Throws what cannot be cloned. */
  answer(answer: Answer, sender: number): void {
    if (answer.from !== this.#ports.thread) {
      // To a thread that ended nobody waits: the answer has no reader.
      this.#ports.post(answer.from, answer, sender);
      return;
    }
    if (answer.type === 'answer') this.#calls.answer(answer.call, answer.value);
    else this.#calls.refuse(answer.call, answer.fault);
  }

  refuse(call: Call, fault: Fault): void {
    const { from, call: number } = call;
    this.answer({ type: 'refusal', from, call: number, fault: fault.toMessage() }, UNKNOWN_SLOT);
  }

  /** It reached nobody: gives its place back, and tells its caller. */
  undelivered(address: Address, envelope: Envelope, reason: DeadLetterReason): void {
    this.release(address, envelope.generation);
    if (envelope.type === 'call') this.refuse(envelope, actorDown(address.id));
    this.lost(address, envelope, reason);
  }

  /** A thread ended with messages to this life that it had not posted: their places are free. */
  unsent(address: Address, generation: number, count: number): void {
    for (let place = 0; place < count; place += 1) this.release(address, generation);
    this.#ports.table.add(address.slot, 'deadLetters', count);
  }

  /** Counts a message that its receiver did not take. */
  lost({ id, slot }: Address, { sender, message }: Envelope, reason: DeadLetterReason): void {
    this.#deadLetter({ id, slot }, { sender, message }, reason);
  }

  /** Nobody waits for room in the mailbox of a life that ended. */
  lifeEnded(end: LifeEnd): void {
    this.#room.lifeEnded(end);
  }

  /** Ends the calls to actors of a thread that ended, but those to their successors. */
  threadDown(thread: number): void {
    this.#calls.refuseWhere(
      (address, generation) =>
        address.thread === thread && this.#ports.table.openGeneration(address.slot) !== generation,
    );
  }

  /** Ends all waiting and holding. */
  end(): void {
    this.#calls.end();
    this.#room.end();
    this.#outbox.end();
  }

  #castTo(sender: number, id: string, message: unknown): void {
    const address = this.#ports.addressOf(id);
    if (address === undefined) {
      this.#deadLetter({ id, slot: UNKNOWN_SLOT }, { sender, message }, 'unknown_id');
      return;
    }
    const generation = this.#admit(address);
    if (generation === CLOSED) this.#deadLetter(address, { sender, message }, 'not_running');
    else if (generation === FULL) throw this.#full(address);
    else this.#cast(address, generation, { sender, message });
  }

  #sendTo(id: string, waiting: Waiting, deadlineMs: number): Promise<void> {
    assert(Number.isFinite(deadlineMs), ENDLESS);
    const address = this.#ports.addressOf(id);
    if (address === undefined) return Promise.reject(actorDown(id));
    const generation = this.#admit(address);
    if (generation === FULL) return this.#room.wait(address, waiting, deadlineMs);
    if (generation === CLOSED) return Promise.reject(actorDown(id));
    try {
      this.#cast(address, generation, waiting);
      return SENT;
    } catch (thrown) {
      return Promise.reject(thrown);
    }
  }

  #cast(
    address: Address,
    generation: number,
    { sender, message }: Pick<Waiting, 'sender' | 'message'>,
  ): void {
    const sentAt = this.#sentAt();
    this.#send(address, { type: 'cast', to: address.slot, generation, message, sender, sentAt });
  }

  #call<R>(sender: number, id: string, message: unknown, deadlineMs: number): Promise<R> {
    assert(Number.isFinite(deadlineMs), ENDLESS);
    const address = this.#ports.addressOf(id);
    if (address === undefined) return Promise.reject(actorDown(id));
    const full = this.#calls.full();
    if (full !== undefined) return Promise.reject(full);
    const generation = this.#admit(address);
    if (generation === CLOSED) return Promise.reject(actorDown(id));
    if (generation === FULL) return Promise.reject(this.#full(address));
    const call = this.#calls.next();
    const answer = this.#calls.wait(call, address, generation, deadlineMs);
    const from = this.#ports.thread;
    const sentAt = this.#sentAt();
    const to = address.slot;
    try {
      this.#send(address, { type: 'call', to, generation, message, from, call, sender, sentAt });
    } catch (thrown) {
      this.#calls.fail(call, thrown);
    }
    // The caller names the type of the answer, as the protocol of its target states it.
    return answer as Promise<R>;
  }

  // A refusing mailbox is counted here, over all threads. A dropping one only has to be open: it
  // bounds itself where it is, and its outbox asks again for room between the threads.
  #admit(address: Address): number {
    const { table } = this.#ports;
    if (address.policy === 'drop_oldest') return table.openGeneration(address.slot);
    return table.admit(address.slot, address.capacity);
  }

  #sentAt(): number | undefined {
    const { table, mono } = this.#ports;
    return table.isTracing ? mono.now() : undefined;
  }

  #send(address: Address, envelope: Envelope): void {
    if (address.thread === this.#ports.thread) {
      // It is counted with its receiver, which ends with this thread.
      this.#ports.table.underWay[0] = 0;
      this.#ports.accept(address, envelope);
    } else if (address.policy === 'drop_oldest') this.#outbox.send(address, envelope);
    else this.#post(address, envelope);
  }

  #post(address: Address, envelope: Envelope): void {
    try {
      if (this.#ports.post(address.thread, envelope, envelope.sender)) return;
    } catch (thrown) {
      this.#ports.table.underWay[0] = 0;
      this.release(address, envelope.generation);
      throw thrown;
    }
    this.undelivered(address, envelope, 'thread_ended');
  }

  /** True when nothing is left to do for it: sent, or found its target gone. */
  #trySend(address: Address, envelope: Envelope): boolean {
    const admitted = this.#ports.table.admit(address.slot, address.capacity);
    if (admitted === FULL) return false;
    if (admitted === envelope.generation) {
      this.#post(address, envelope);
      return true;
    }
    if (admitted !== CLOSED) this.#ports.table.retract(address.slot, admitted);
    this.undelivered(address, envelope, 'died');
    return true;
  }

  #dropped(address: Address, envelope: Envelope): void {
    this.#ports.table.add(address.slot, 'dropped', 1);
    if (envelope.type === 'call') this.refuse(envelope, mailboxFull(address));
  }

  #deadLetter(
    { id, slot }: Pick<Address, 'id' | 'slot'>,
    { sender, message }: Pick<Envelope, 'sender' | 'message'>,
    reason: DeadLetterReason,
  ): void {
    const { table, wall, idOf, deadLetter } = this.#ports;
    const count = table.add(slot, 'deadLetters', 1);
    if (!isSampled(count)) return;
    const [from, type, at] = [idOf(sender), messageType(message), wall.now()];
    deadLetter({ to: id, from, type, reason, at, count });
  }

  #full(address: Address): Fault {
    this.#ports.table.add(address.slot, 'refused', 1);
    return mailboxFull(address);
  }
}

function mailboxFull(address: Address): Fault {
  return new Fault(
    'mailbox_full',
    `the mailbox of ${address.id} holds its ${address.capacity} messages`,
  );
}
