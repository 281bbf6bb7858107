/**
 * Threads that are none: every thread of a system is a host in this one, and what crosses between
 * them is cloned as the platform clones it, and travels on a road of the scheduler.
 */

import { Fault, faultFrom, toFault } from '../fault.ts';
import type { Logger } from '../log.ts';
import { pack, unpack } from './codec.ts';
import { Host } from './host.ts';
import { createRandom } from './random.ts';
import type { Road, Scheduler } from './scheduler.ts';
import type { Strand } from './strand.ts';
import { batchOf } from './trace.ts';
import {
  type Address,
  type Birth,
  type DataMessage,
  KERNEL_THREAD,
  type SystemCommand,
} from './wire.ts';
import type { WorkerPoolPorts } from './worker-pool.ts';
import type { ActorModule, ThreadLink, ThreadPool } from './world.ts';

export interface SimulatedParts {
  readonly scheduler: Scheduler;
  /** Of the process whose threads these are. */
  readonly strand: Strand;
  /** A thread ended: what else it held, such as sockets, has gone with it. */
  readonly ended: (name: string) => void;
  readonly log: Logger;
  readonly wall: { now(): number };
  load(module: string): Promise<ActorModule>;
}

interface Thread {
  readonly name: string;
  readonly number: number;
  readonly host: Host;
  readonly link: ThreadLink;
  readonly strand: Strand;
  /** What the kernel waits for; rejected when the thread ends. */
  readonly pending: Set<(fault: Fault) => void>;
}

export class SimulatedThreads implements ThreadPool {
  readonly #parts: SimulatedParts;
  readonly #ports: WorkerPoolPorts;
  readonly #numbers = new Map<string, number>();
  readonly #living = new Map<number, Thread>();
  readonly #roads = new Map<string, Road>();
  #lives = 0;
  #closed = false;

  constructor(parts: SimulatedParts, ports: WorkerPoolPorts) {
    this.#parts = parts;
    this.#ports = ports;
  }

  number(name: string): number {
    const known = this.#numbers.get(name) ?? this.#numbers.size + 1;
    this.#numbers.set(name, known);
    return known;
  }

  async thread(name: string): Promise<ThreadLink> {
    const number = this.number(name);
    const booted = Promise.withResolvers<void>();
    this.#road(`boot ${name}`)(() => booted.resolve());
    await booted.promise;
    if (this.#closed) throw new Fault('actor_down', 'the system stops');
    return (this.#living.get(number) ?? this.#boot(name, number)).link;
  }

  post(thread: number, message: DataMessage): boolean {
    return this.#carry(KERNEL_THREAD, thread, message);
  }

  link(name: string): ThreadLink | undefined {
    return this.#living.get(this.number(name))?.link;
  }

  broadcast(command: SystemCommand): void {
    for (const thread of this.#living.values()) {
      this.#deliver(`system ${thread.name}`, thread, () => {
        obey(thread.host, structuredClone(command));
      });
    }
  }

  /** Ends a thread where it stands, as if it had exited. */
  kill(name: string): void {
    const thread = this.#living.get(this.number(name));
    if (thread) this.#end(thread, new Fault('actor_down', `thread ${name} exited with code 1`), 1);
  }

  /** Stops a thread's event loop; one that stays so is found by its heartbeat, and ended. */
  hang(name: string): void {
    const thread = this.#living.get(this.number(name));
    if (thread === undefined || thread.strand.hanging) return;
    const { intervalMs, missesMax } = this.#ports.heartbeat;
    const silence = intervalMs * missesMax;
    const why = `thread ${name} gave no sign of life for ${silence} ms`;
    this.#parts.scheduler.note(`hang ${name}`);
    thread.strand.hang();
    this.#parts.strand.clock.setTimer(silence, () => {
      if (thread.strand.hanging) this.#end(thread, new Fault('deadline', why), 1);
    });
  }

  /** Lets a thread go on that hung. */
  resume(name: string): void {
    this.#living.get(this.number(name))?.strand.resume();
  }

  seal(): void {
    this.#closed = true;
  }

  close(): Promise<void> {
    this.seal();
    for (const { host, strand } of this.#living.values()) {
      host.end();
      strand.end();
    }
    this.#living.clear();
    return Promise.resolve();
  }

  #boot(name: string, number: number): Thread {
    const { scheduler, wall, log, load } = this.#parts;
    const { table } = this.#ports;
    const strand = scheduler.strand(this.#parts.strand);
    const boot = this.#ports.boot(name);
    this.#lives += 1;
    const report = this.#road(`report ${name}`);
    const host = new Host({
      thread: number,
      life: this.#lives,
      table,
      mono: strand.clock,
      wall,
      random: createRandom(boot.seed),
      log: log.child({ thread: name }),
      dispatcher: scheduler.dispatcher(name, strand),
      load,
      post: (to, message) => this.#carry(number, to, message),
      crashed: (crash) => {
        report(() => this.#ports.crashed({ ...crash, fault: carried(crash.fault) }));
      },
      deadLetter: (letter) => report(() => this.#ports.deadLetter(letter)),
      traced: (event) => this.#ports.traced(batchOf(event), 0),
    });
    host.learn(structuredClone(boot.addresses) as readonly Address[]);
    const pending = new Set<(fault: Fault) => void>();
    const thread: Thread = {
      name,
      number,
      host,
      strand,
      pending,
      link: {
        start: (birth) => this.#start(thread, birth),
        stop: (slot, ms) => this.#ask(thread, () => host.stop(slot, ms)).catch(() => false),
        kill: (cause) => Promise.resolve(this.#end(thread, cause, 1)),
      },
    };
    this.#living.set(number, thread);
    return thread;
  }

  async #start(thread: Thread, birth: Birth): Promise<void> {
    const there = structuredClone(birth);
    await this.#ask(thread, () => thread.host.start(there));
  }

  /** Asks on the system lane, and carries the answer back. */
  #ask<T>(thread: Thread, ask: () => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (thread.strand.ended) reject(new Fault('actor_down', `${thread.name} is not running`));
    thread.pending.add(reject);
    const report = this.#road(`report ${thread.name}`);
    const answer = (settle: () => void): void => {
      report(() => {
        thread.pending.delete(reject);
        settle();
      });
    };
    this.#deliver(`system ${thread.name}`, thread, () => {
      ask().then(
        (value) => answer(() => resolve(value)),
        (thrown: unknown) => answer(() => reject(carried(toFault(thrown)))),
      );
    });
    return promise;
  }

  #carry(from: number, to: number, message: DataMessage): boolean {
    const thread = this.#living.get(to);
    if (to !== KERNEL_THREAD && thread === undefined) return false;
    const there = unpack(structuredClone(pack(message)));
    const road = `data ${from} ${to}`;
    if (thread !== undefined) this.#deliver(road, thread, () => thread.host.receive(there));
    else this.#road(road)(() => this.#ports.received(there));
    return true;
  }

  #end(thread: Thread, fault: Fault, exitCode: number): void {
    if (thread.strand.ended) return;
    this.#living.delete(thread.number);
    this.#parts.scheduler.note(`end ${thread.name}`);
    thread.host.end();
    thread.strand.end();
    this.#parts.ended(thread.name);
    this.#ports.down(thread.name, fault, exitCode);
    this.broadcast({ type: 'thread_down', thread: thread.number });
    for (const reject of thread.pending) reject(fault);
  }

  #deliver(road: string, thread: Thread, deliver: () => void): void {
    this.#road(road)(() => thread.strand.run(deliver));
  }

  #road(name: string): Road {
    const { scheduler, strand } = this.#parts;
    const road = this.#roads.get(name) ?? scheduler.road(name, strand);
    this.#roads.set(name, road);
    return road;
  }
}

/** As it comes out of another thread. */
function carried(fault: Fault): Fault {
  const there = faultFrom(structuredClone(fault.toMessage()));
  const stack = fault.cause instanceof Error ? fault.cause.stack : fault.stack;
  if (stack !== undefined) there.stack = stack;
  return there;
}

function obey(host: Host, command: SystemCommand): void {
  if (command.type === 'addresses') host.learn(command.addresses);
  else if (command.type === 'thread_down') host.threadDown(command.thread);
  else if (command.type === 'down') host.lifeEnded(command.end);
}
