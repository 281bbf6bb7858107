/**
 * The actor system of one process: starts the children in order, each ready before the next, places
 * them on the kernel or in worker threads, restarts what dies, and stops all of it in reverse.
 */

import assert from 'node:assert/strict';
import { Fault, toFault } from '../fault.ts';
import type { ActorRef, ChildSpec, MailboxPolicy } from './actor.ts';
import { ACTORS_MAX, ActorTable, MAILBOX_CAPACITY_MAX } from './actor-table.ts';
import type { Clock } from './clock.ts';
import { type DeadLetter, DeadLetters } from './dead-letters.ts';
import { Dispatcher, type TurnSource } from './dispatcher.ts';
import { Host } from './host.ts';
import type { LifecycleEvent, LifecycleState } from './lifecycle.ts';
import { ThreadPlacement } from './placement.ts';
import { UNKNOWN_SLOT } from './post-office.ts';
import { createRandom } from './random.ts';
import { RootLife } from './root-life.ts';
import { type ActorStatus, livesOf, StatusReader } from './status.ts';
import { type ChildStatus, Supervisor } from './supervisor.ts';
import {
  actorsOf,
  heapMbMaxOf,
  idsOf,
  stopDeadlineOf,
  takeId,
  threadOf,
} from './supervisor-spec.ts';
import {
  RECEIVER_MAILBOX,
  type ReceiverOptions,
  type SystemOptions,
  withDefaults,
} from './system-options.ts';
import { eventAt, type TraceBatch, type TraceTap } from './trace.ts';
import { type Address, type Crash, KERNEL_THREAD } from './wire.ts';
import { WorkerPool, type WorkerPoolPorts } from './worker-pool.ts';
import type { ThreadPool } from './world.ts';

export type { ActorStatus } from './status.ts';
export type { SystemOptions } from './system-options.ts';

export interface ActorSystem {
  /**
   * Resolves when every child runs; rejects with the fault of the child that could not start, after
   * those before it were stopped.
   */
  readonly ready: Promise<void>;
  ref<M>(id: string): ActorRef<M>;
  /**
   * Lets the composition root receive on the kernel under an id. The first child starts in a later
   * turn of the event loop: what is registered in the turn of `startSystem` is there for all.
   */
  register<M>(id: string, receive: (message: M) => unknown, options?: ReceiverOptions<M>): void;
  /** Returns the function that ends the subscription. */
  onLifecycle(listener: (event: LifecycleEvent) => void): () => void;
  /** Of the actors in their order, the registered receivers, and the supervisors, root first. */
  status(): readonly ActorStatus[];
  /** Samples of messages that reached nobody, of each target the latest; oldest first. */
  deadLetters(): readonly DeadLetter[];
  /**
   * Listens to every message that is taken, in any thread; costs nothing after the last listener
   * has gone. Those of a worker come in batches, which `batch` gets whole where it is given. In a
   * flood some of them are left out, and `tracesDropped` counts them. Returns the function that
   * ends it.
   */
  trace(event: TraceTap['event'], batch?: TraceTap['batch']): () => void;
  /** Trace events that a flood displaced. */
  readonly tracesDropped: number;
  /** Of the supervisors and actors, as a tree. */
  tree(): readonly ChildStatus[];
  /**
   * Stops the children in reverse order, each to its own deadline and all within `deadlineMs`; what
   * is late is killed. Resolves when no actor and no thread is left. A second call waits for the
   * first.
   */
  stop(deadlineMs: number): Promise<void>;
}

/** Starts the system; see `ready`. */
export function startSystem(options: SystemOptions): ActorSystem {
  return new System(options);
}

class System implements ActorSystem {
  readonly ready: Promise<void>;
  readonly #options: ReturnType<typeof withDefaults>;
  readonly #mono: Clock;
  readonly #turns: TurnSource;
  readonly #table = new ActorTable();
  /** Of all that lives: a log, a status or a chart names one thing. */
  readonly #ids = new Set<string>();
  readonly #addresses: Address[] = [];
  readonly #receivers = new Map<string, { state: LifecycleState; error: Fault | undefined }>();
  readonly #deadLetters = new DeadLetters();
  /** By slot, the life whose end was the last to be told. */
  readonly #ended = new Map<number, number>();
  readonly #listeners = new Set<(event: LifecycleEvent) => void>();
  readonly #taps = new Set<TraceTap>();
  readonly #root: RootLife;
  /** Wall time of the last change of each life, and of the time before all. */
  readonly #changedAt = new Map<string, number>();
  readonly #madeAt: number;
  readonly #status: StatusReader;
  readonly #host: Host;
  readonly #pool: ThreadPool;
  readonly #supervisor: Supervisor;
  #stopped: Promise<void> | undefined;
  tracesDropped = 0;

  constructor(options: SystemOptions) {
    this.#options = withDefaults(options);
    this.#mono = this.#options.mono;
    this.#turns = this.#options.turns;
    this.#madeAt = this.#options.wall.now();
    this.#root = new RootLife(this.#options.id, (event) => this.#changed(event));
    for (const id of [this.#root.id, ...idsOf(options.children)]) takeId(this.#ids, id);
    this.#status = new StatusReader(this.#table, this.#mono);
    this.#pool = this.#createPool();
    this.#host = this.#createHost();
    for (const spec of actorsOf(options.children)) this.#addChild(spec);
    this.#supervisor = this.#createSupervisor();
    this.ready = this.#start();
    // Who does not wait for it is told of a failed start by the lifecycle.
    this.ready.catch(() => undefined);
  }

  ref<M>(id: string): ActorRef<M> {
    return this.#host.ref<M>(id);
  }

  register<M>(
    id: string,
    receive: (message: M) => unknown,
    options: ReceiverOptions<M> = {},
  ): void {
    const { mailbox = RECEIVER_MAILBOX, conflateKey, protocol } = options;
    takeId(this.#ids, id);
    const address = this.#addAddress(id, KERNEL_THREAD, mailbox.capacity, mailbox.policy);
    // The sender's protocol states what it sends here: the runtime carries it unread.
    this.#host.adopt(address, {
      receive: (message) => receive(message as M),
      ...(protocol && { protocol }),
      ...(conflateKey && { conflateKey: (message) => conflateKey(message as M) }),
    });
    this.#receivers.set(id, { state: 'running', error: undefined });
    this.#pool.broadcast({ type: 'addresses', addresses: [address] });
  }

  onLifecycle(listener: (event: LifecycleEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  deadLetters(): readonly DeadLetter[] {
    return this.#deadLetters.all();
  }

  tree(): readonly ChildStatus[] {
    return this.#supervisor.status();
  }

  trace(event: TraceTap['event'], batch?: TraceTap['batch']): () => void {
    const tap = { event, batch };
    this.#taps.add(tap);
    this.#table.trace(true);
    return () => {
      this.#taps.delete(tap);
      if (this.#taps.size === 0) this.#table.trace(false);
    };
  }

  status(): readonly ActorStatus[] {
    return livesOf(this.#supervisor.status(), this.#receivers, this.#root).map((life) => {
      const deadLetterSamples = this.#deadLetters.to(life.id);
      const changedAt = this.#changedAt.get(life.id) ?? this.#madeAt;
      const known = { ...life, deadLetterSamples, changedAt };
      return this.#status.read(known, this.#host.address(life.id));
    });
  }

  stop(deadlineMs: number): Promise<void> {
    this.#stopped ??= this.#stop(deadlineMs);
    return this.#stopped;
  }

  async #start(): Promise<void> {
    await new Promise<void>((resolve) => this.#turns.later(resolve));
    try {
      if (this.#stopped) throw new Fault('actor_down', 'the system was stopped before it started');
      this.#root.take('start');
      await this.#supervisor.start();
      if (this.#root.state === 'starting') this.#root.take('ready');
    } catch (thrown) {
      if (this.#root.state === 'starting') this.#root.take('give_up', toFault(thrown));
      const deadlines = this.#options.children.map(stopDeadlineOf);
      await this.stop(deadlines.reduce((sum, ms) => sum + ms, 0));
      throw thrown;
    }
  }

  async #stop(deadlineMs: number): Promise<void> {
    const end = this.#mono.now() + deadlineMs;
    this.#pool.seal();
    await this.#supervisor.stop(deadlineMs);
    // Last the receivers: what the children told them while they stopped is still taken.
    for (const [id, receiver] of [...this.#receivers].toReversed()) {
      const slot = this.#host.address(id)?.slot;
      if (slot !== undefined) await this.#host.stop(slot, Math.max(0, end - this.#mono.now()));
      if (receiver.state === 'running') receiver.state = 'stopped';
    }
    this.#host.end();
    await this.#pool.close();
    this.#root.take('stop');
  }

  #addChild(spec: ChildSpec): void {
    const thread = threadOf(spec);
    const number = thread === undefined ? KERNEL_THREAD : this.#pool.number(thread);
    this.#addAddress(spec.id, number, spec.mailbox.capacity, spec.mailbox.policy);
  }

  #addAddress(id: string, thread: number, capacity: number, policy: MailboxPolicy): Address {
    assert(Number.isInteger(capacity) && capacity > 0 && capacity <= MAILBOX_CAPACITY_MAX);
    const slot = UNKNOWN_SLOT + 1 + this.#addresses.length;
    assert(slot < ACTORS_MAX, 'a system has few actors');
    const address: Address = { id, slot, thread, capacity, policy: policy.kind };
    this.#addresses.push(address);
    this.#host.learn([address]);
    return address;
  }

  #createHost(): Host {
    const { log, wall, seed, world } = this.#options;
    return new Host({
      thread: KERNEL_THREAD,
      life: 0,
      table: this.#table,
      mono: this.#mono,
      wall,
      random: createRandom(seed),
      log,
      dispatcher: world?.dispatcher ?? new Dispatcher(this.#mono, this.#turns),
      ...(world && { load: (module) => world.load(module) }),
      post: (thread, message, sender) => this.#pool.post(thread, message, sender),
      // In a turn of its own: the promise of a start that just resolved is heard before it.
      crashed: (crash) => {
        this.#turns.later(() => this.#crashed(crash));
      },
      deadLetter: (letter) => this.#deadLetter(letter),
      traced: (event) => {
        for (const { event: tell } of this.#taps) tell(event);
      },
    });
  }

  #createPool(): ThreadPool {
    const ports: WorkerPoolPorts = {
      mono: this.#mono,
      table: this.#table,
      underWay: this.#table.underWay,
      heartbeat: this.#options.heartbeat,
      boot: (thread) => ({
        table: this.#table.buffer,
        addresses: this.#addresses,
        seed: String(this.#options.seed),
        log: this.#options.workerLog,
        heapMbMax: heapMbMaxOf(this.#options.children, thread),
        compileCacheDirectory: this.#options.compileCacheDirectory,
      }),
      received: (message) => this.#host.receive(message),
      lost: (message, sender, thrown) => this.#host.lost(message, sender, thrown),
      unsent: (slot, generation, count) => this.#host.unsent(slot, generation, count),
      crashed: (crash) => this.#crashed(crash),
      deadLetter: (letter) => this.#deadLetter(letter),
      traced: (batch, dropped) => this.#traced(batch, dropped),
      down: (thread, fault, exitCode) => this.#threadDown(thread, fault, exitCode),
    };
    return this.#options.world?.threads(ports) ?? new WorkerPool(ports);
  }

  #createSupervisor(): Supervisor {
    const { children, strategy, intensity, backoff, seed, log, onEscalate } = this.#options;
    const placement = new ThreadPlacement(
      { mono: this.#mono, table: this.#table, host: this.#host, pool: this.#pool },
      this.#options.startDeadlineMs,
    );
    return new Supervisor(
      children,
      { strategy, intensity, backoff },
      {
        mono: this.#mono,
        random: createRandom(seed).split('supervisor'),
        log,
        placement,
        changed: (event) => this.#changed(event),
        escalate: (fault) => {
          this.#root.take('give_up', fault);
          onEscalate(fault);
        },
      },
    );
  }

  // A report takes its way. Meanwhile the actor may have ended with its thread, or been halted for
  // a sibling, and its next life must not fall for what the last one did.
  #crashed({ slot, generation, fault, lost }: Crash): void {
    const address = this.#addresses.find((one) => one.slot === slot);
    assert(address !== undefined);
    if (generation !== this.#table.generation(slot) || generation === this.#ended.get(slot)) {
      this.#options.log.warn({ actor: address.id, err: fault, lost }, 'a late report of a crash');
      return;
    }
    const receiver = this.#receivers.get(address.id);
    if (receiver === undefined) {
      this.#supervisor.crashed(address.id, fault, lost);
      return;
    }
    receiver.state = 'failed';
    receiver.error = fault;
    const end = { from: 'running', input: 'give_up', state: 'failed' } as const;
    this.#changed({ id: address.id, ...end, restarts: 0, error: fault, lost });
    this.#options.onEscalate(fault);
  }

  #threadDown(thread: string, fault: Fault, exitCode: number): void {
    const number = this.#pool.number(thread);
    this.#table.forgetThread(number);
    const lost = new Map<string, number>();
    for (const { id, slot } of this.#addresses.filter((one) => one.thread === number)) {
      const count = this.#table.forget(slot);
      if (count > 0) this.#lost(id, slot, count);
      lost.set(id, count);
    }
    this.#host.threadDown(number);
    this.#supervisor.threadDown(thread, fault, exitCode, (id) => lost.get(id) ?? 0);
  }

  /** What waited in a thread that ended can be counted, and no more. */
  #lost(to: string, slot: number, lost: number): void {
    const count = this.#table.add(slot, 'deadLetters', lost);
    const at = this.#options.wall.now();
    const type = `${lost} of unknown types`;
    this.#deadLetter({ to, from: undefined, type, reason: 'thread_ended', at, count });
  }

  #changed(event: LifecycleEvent): void {
    const { id, state, error, lost } = event;
    this.#changedAt.set(id, this.#options.wall.now());
    if (error === undefined) this.#options.log.info({ actor: id, state }, 'lifecycle');
    else this.#options.log.error({ actor: id, state, err: error, lost }, 'lifecycle');
    if (state !== 'starting' && state !== 'running') this.#lifeEnded(id, error);
    for (const listener of this.#listeners) listener(event);
  }

  #lifeEnded(id: string, error: Fault | undefined): void {
    const slot = this.#host.address(id)?.slot;
    // A supervisor is no actor, and nobody watches it.
    if (slot === undefined) return;
    const generation = this.#table.generation(slot);
    this.#ended.set(slot, generation);
    const end = { slot, generation, reason: error?.toMessage() };
    this.#host.lifeEnded(end);
    this.#pool.broadcast({ type: 'down', end });
  }

  #traced(batch: TraceBatch, dropped: number): void {
    this.tracesDropped += dropped;
    for (const tap of this.#taps) {
      if (tap.batch !== undefined) tap.batch(batch);
      else for (let at = 0; at < batch.count; at += 1) tap.event(eventAt(batch, at));
    }
  }

  #deadLetter(letter: DeadLetter): void {
    this.#deadLetters.add(letter);
    this.#options.log.warn(letter, 'dead letter');
  }
}
