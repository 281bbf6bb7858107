/**
 * The actors of one thread and their ways to all others. The same host runs on the kernel, in a
 * worker and in a simulation. Between two threads there is one road each way, which keeps the order
 * between any two actors.
 */

import assert from 'node:assert/strict';
import { type Fault, toFault } from '../fault.ts';
import type { Logger } from '../log.ts';
import type { Actor } from './actor.ts';
import type { ActorTable } from './actor-table.ts';
import { actorDown } from './call-table.ts';
import { Cell, type CellLimits } from './cell.ts';
import type { Clock, WallClock } from './clock.ts';
import { type DeadLetter, messageType } from './dead-letters.ts';
import type { Dispatcher } from './dispatcher.ts';
import { PostOffice, type SenderRef, UNKNOWN_SLOT } from './post-office.ts';
import type { Random } from './random.ts';
import { Scope } from './scope.ts';
import type { TraceEvent } from './trace.ts';
import { Watches } from './watches.ts';
import type { Address, Birth, Crash, DataMessage, Envelope, LifeEnd } from './wire.ts';
import { type ActorModule, loadModule } from './world.ts';

export interface HostPorts {
  readonly thread: number;
  /** Counts the lives of this thread. */
  readonly life: number;
  readonly table: ActorTable;
  readonly mono: Clock;
  readonly wall: WallClock;
  readonly random: Random;
  readonly log: Logger;
  readonly dispatcher: Pick<Dispatcher, 'wake'>;
  /** Default: imports it. */
  readonly load?: (module: string) => Promise<ActorModule>;
  /**
   * The road to another thread; false if it has none. Throws what cannot be cloned, or gives it to
   * `lost` later, with the slot of its sender.
   */
  post(thread: number, message: DataMessage, sender: number): boolean;
  crashed(crash: Crash): void;
  deadLetter(letter: DeadLetter): void;
  traced(event: TraceEvent): void;
}

export class Host {
  readonly #ports: HostPorts;
  readonly #addresses = new Map<string, Address>();
  readonly #slots: (Address | undefined)[] = [];
  readonly #cells = new Map<number, Cell>();
  readonly #office: PostOffice;
  readonly #watches: Watches;

  constructor(ports: HostPorts) {
    this.#ports = ports;
    this.#watches = new Watches(ports.table);
    this.#office = new PostOffice({
      ...ports,
      addressOf: (id) => this.#addresses.get(id),
      idOf: (slot) => this.#slots[slot]?.id,
      accept: (address, envelope) => this.#accept(address, envelope),
    });
  }

  learn(addresses: readonly Address[]): void {
    for (const address of addresses) {
      this.#addresses.set(address.id, address);
      this.#slots[address.slot] = address;
    }
  }

  address(id: string): Address | undefined {
    return this.#addresses.get(id);
  }

  /** Imports the actor's module and brings it to life; rejects with what kept it from living. */
  async start(birth: Birth): Promise<void> {
    await this.#begin(birth, async (scope) => {
      const { createActor } = await (this.#ports.load ?? loadModule)(birth.module);
      assert(typeof createActor === 'function', `${birth.module} exports createActor`);
      return createActor(scope.context, birth.args);
    });
  }

  /** Hosts a receiver that the composition root owns; alive when this returns. */
  adopt(address: Address, actor: Actor<unknown>): void {
    const scope = this.#scope(address, () => cell);
    const limits = { stopDeadlineMs: 0, receiveDeadlineMs: undefined };
    const cell: Cell = this.#cell(address, scope, limits, (fault, lost) => {
      this.#crashed(cell, fault, lost);
    });
    cell.begin(actor);
  }

  /** Lets an actor finish; false if it was late and was abandoned. */
  async stop(slot: number, deadlineMs: number): Promise<boolean> {
    const cell = this.#cells.get(slot);
    return cell === undefined ? true : cell.finish(deadlineMs);
  }

  /** Ends an actor where it stands. */
  abandon(slot: number): void {
    this.#cells.get(slot)?.abandon();
  }

  /** Ends the waiting and the holding of this thread; nothing is sent any more. */
  end(): void {
    for (const cell of this.#cells.values()) cell.abandon();
    this.#office.end();
  }

  /** A life ended, here or elsewhere: tells who watches it. */
  lifeEnded(end: LifeEnd): void {
    this.#office.lifeEnded(end);
    this.#watches.ended(end);
  }

  /** Ends the calls to actors of a thread that ended, but those to their successors. */
  threadDown(thread: number): void {
    this.#office.threadDown(thread);
  }

  /** A ref for `sender`, whose slot the tracing tap shows; slot 0 is nobody's. */
  ref<M>(id: string, sender = UNKNOWN_SLOT): SenderRef<M> {
    return this.#office.ref<M>(id, sender);
  }

  /** Takes a message that came from another thread. */
  receive(message: DataMessage): void {
    if (message.type === 'answer' || message.type === 'refusal') {
      this.#office.answer(message, UNKNOWN_SLOT);
      return;
    }
    const address = this.#slots[message.type === 'room' ? message.of : message.to];
    assert(address !== undefined, 'only a known actor admits a message');
    if (message.type === 'room') {
      this.#office.roomIn(address);
      return;
    }
    assert(address.thread === this.#ports.thread, 'every thread has a road of its own');
    this.#accept(address, message);
    // After it was queued: counted twice for a moment, but never not at all.
    if (address.policy === 'drop_oldest') {
      this.#office.release(address, message.generation);
    }
  }

  /** A message that could not be cloned after its sender had gone on: the sender's defect. */
  lost(message: DataMessage, sender: number, thrown: unknown): void {
    const { log } = this.#ports;
    log.error({ actor: this.#slots[sender]?.id, err: thrown }, 'a message cannot be cloned');
    if (message.type === 'answer') {
      const fault = actorDown(this.#slots[sender]?.id ?? 'its actor').toMessage();
      const { from, call } = message;
      this.#office.answer({ type: 'refusal', from, call, fault }, sender);
    } else if (message.type === 'cast' || message.type === 'call') {
      const address = this.#slots[message.to];
      if (address !== undefined) this.#office.undelivered(address, message, 'not_cloned');
    }
    this.#cells.get(sender)?.crash(thrown);
  }

  /** A thread ended with messages to an actor of this one that it had not posted. */
  unsent(slot: number, generation: number, count: number): void {
    const address = this.#slots[slot];
    if (address === undefined) return;
    this.#ports.log.warn({ actor: address.id, count }, 'a thread ended with messages not yet sent');
    this.#office.unsent(address, generation, count);
  }

  async #begin(birth: Birth, create: (scope: Scope) => Promise<Actor<unknown>>): Promise<void> {
    const { address } = birth;
    const died = Promise.withResolvers<never>();
    died.promise.catch(() => undefined);
    let alive = false;
    const scope = this.#scope(address, () => cell);
    const cell: Cell = this.#cell(address, scope, birth, (fault, lost) => {
      if (alive) this.#crashed(cell, fault, lost);
      else died.reject(fault);
    });
    const creating = create(scope);
    try {
      alive = cell.begin(await Promise.race([creating, died.promise]));
      if (!alive) throw actorDown(address.id);
    } catch (thrown) {
      cell.abandon();
      // A factory can end after its cell did: its actor holds sockets that somebody must close.
      void creating.then((actor) => actor.stop?.()).catch(() => undefined);
      throw toFault(thrown);
    }
  }

  #scope(address: Address, cell: () => Cell): Scope {
    const { mono, wall, random, log, table } = this.#ports;
    // Another life draws other numbers: ids made from them must not meet again.
    const life = `${address.id}#${table.generation(address.slot)}`;
    return new Scope(address.id, {
      mono,
      wall,
      random: random.split(life),
      log: log.child({ actor: address.id }),
      ref: (id) => this.ref(id, address.slot),
      watch: (id, onDown) =>
        this.#watches.add(id, this.#addresses.get(id), (down) => {
          cell().tell(() => onDown(down));
        }),
      crashed: (thrown) => cell().crash(thrown),
    });
  }

  #cell(
    address: Address,
    scope: Scope,
    limits: CellLimits,
    crashed: (fault: Fault, lost: number) => void,
  ): Cell {
    const { mono, table, dispatcher } = this.#ports;
    assert(this.#cells.get(address.slot)?.ended !== false, `${address.id} lives once`);
    const cell = new Cell(
      address,
      {
        mono,
        table,
        wake: (runnable) => dispatcher.wake(runnable),
        answer: (call, value) => {
          const { from, call: number } = call;
          this.#office.answer({ type: 'answer', from, call: number, value }, address.slot);
        },
        refuse: (call, fault) => this.#office.refuse(call, fault),
        release: (envelope) => this.#office.release(address, envelope.generation),
        lost: (envelope, reason) => this.#office.lost(address, envelope, reason),
        traced: (envelope, sequence, takenAt) => {
          this.#traced(address, envelope, sequence, takenAt);
        },
        crashed,
      },
      scope,
      limits,
    );
    this.#cells.set(address.slot, cell);
    return cell;
  }

  #crashed({ address, generation }: Cell, fault: Fault, lost: number): void {
    this.#ports.crashed({ slot: address.slot, generation, fault, lost });
  }

  #accept(address: Address, envelope: Envelope): void {
    const cell = this.#cells.get(address.slot);
    if (cell === undefined) this.#office.undelivered(address, envelope, 'not_running');
    else cell.accept(envelope);
  }

  #traced(address: Address, envelope: Envelope, sequence: number, takenAt: number): void {
    const { sender, sentAt, type: kind, message } = envelope;
    if (sentAt === undefined) return;
    this.#ports.traced({
      from: this.#slots[sender]?.id,
      to: address.id,
      kind,
      type: messageType(message),
      sequence,
      sentAt,
      takenAt,
      doneAt: this.#ports.mono.now(),
    });
  }
}
