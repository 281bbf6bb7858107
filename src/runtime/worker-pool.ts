/**
 * The worker threads of one system, by name: booted when their first actor starts, watched for
 * signs of life, booted again for the actors of one that ended.
 */

import assert from 'node:assert/strict';
import { Fault } from '../fault.ts';
import type { ActorTable } from './actor-table.ts';
import { THREADS_MAX } from './actor-table.ts';
import type { Clock, Timer } from './clock.ts';
import type { DataMessage, SystemCommand, WorkerBoot } from './wire.ts';
import { WorkerLink, type WorkerLinkPorts } from './worker-link.ts';
import type { ThreadPool } from './world.ts';

export interface Heartbeat {
  readonly intervalMs: number;
  /** Intervals without a sign of life after which a thread hangs. */
  readonly missesMax: number;
}

export interface WorkerPoolPorts extends Omit<WorkerLinkPorts, 'down'> {
  readonly mono: Clock;
  readonly table: ActorTable;
  readonly heartbeat: Heartbeat;
  /** What a boot carries that is not the thread's own. */
  boot(thread: string): Omit<WorkerBoot, 'thread' | 'name' | 'life' | 'heartbeatMs'>;
  down(thread: string, fault: Fault, exitCode: number): void;
}

interface Watched {
  link: WorkerLink;
  beats: number;
  misses: number;
}

export class WorkerPool implements ThreadPool {
  readonly #ports: WorkerPoolPorts;
  readonly #threads = new Map<string, number>();
  readonly #watched = new Map<number, Watched>();
  #lives = 0;
  #timer: Timer | undefined;
  #closed = false;

  constructor(ports: WorkerPoolPorts) {
    this.#ports = ports;
  }

  /** The number of a thread, which it keeps over its lives. */
  number(name: string): number {
    const known = this.#threads.get(name);
    if (known !== undefined) return known;
    const next = this.#threads.size + 1;
    assert(next < THREADS_MAX, 'a system has few threads');
    this.#threads.set(name, next);
    return next;
  }

  /** The living thread of this name, booted if there is none. */
  async thread(name: string): Promise<WorkerLink> {
    const number = this.number(name);
    const living = this.#watched.get(number)?.link;
    const link = living ?? this.#boot(name, number);
    await link.booted;
    if (this.#closed) throw new Fault('actor_down', 'the system stops');
    return link;
  }

  /** False if the thread does not live. */
  post(thread: number, message: DataMessage, sender: number): boolean {
    return this.#watched.get(thread)?.link.post(message, sender) ?? false;
  }

  link(name: string): WorkerLink | undefined {
    return this.#watched.get(this.number(name))?.link;
  }

  broadcast(command: SystemCommand): void {
    for (const { link } of this.#watched.values()) link.tell(command);
  }

  /** Boots nothing more; the threads that live may finish. */
  seal(): void {
    this.#closed = true;
  }

  /** Lets every thread leave; resolves when none is left. */
  async close(): Promise<void> {
    this.seal();
    const links = [...this.#watched.values()].map(({ link }) => link);
    await Promise.all(links.map((link) => link.close()));
    this.#timer?.cancel();
  }

  #boot(name: string, thread: number): WorkerLink {
    if (this.#closed) throw new Fault('actor_down', 'the system stops');
    const { heartbeat, table } = this.#ports;
    this.#lives += 1;
    const life = this.#lives;
    // Before others can send to it: who has the lane of an earlier life waits for this one's.
    table.setLife(thread, life);
    const boot = {
      ...this.#ports.boot(name),
      thread,
      name,
      life,
      heartbeatMs: heartbeat.intervalMs,
    };
    const link = new WorkerLink(boot, {
      ...this.#ports,
      down: (ended, fault, exitCode) => {
        this.#watched.delete(ended.thread);
        const underWay = table.takeUnderWay(ended.thread);
        if (underWay !== undefined) this.#ports.unsent(underWay.slot, underWay.generation, 1);
        // First the gates are closed: by them the others tell which of their calls are lost.
        this.#ports.down(name, fault, exitCode);
        this.broadcast({ type: 'thread_down', thread: ended.thread });
      },
    });
    for (const { link: other } of this.#watched.values()) link.connect(other);
    const watched: Watched = { link, beats: table.beats(thread), misses: 0 };
    this.#watched.set(thread, watched);
    void link.booted.then(
      () => this.#watch(),
      () => undefined,
    );
    return link;
  }

  #watch(): void {
    if (this.#timer !== undefined) return;
    const check = (): void => {
      for (const watched of this.#watched.values()) this.#check(watched);
      this.#timer = this.#ports.mono.setTimer(this.#ports.heartbeat.intervalMs, check);
    };
    this.#timer = this.#ports.mono.setTimer(this.#ports.heartbeat.intervalMs, check);
  }

  // Counts checks without a sign of life, not time: a kernel that was suspended, or busy itself,
  // finds the signs that came meanwhile, and blames no worker for its own pause.
  #check(watched: Watched): void {
    const beats = this.#ports.table.beats(watched.link.thread);
    const silent = beats === watched.beats;
    watched.beats = beats;
    const mayHang = watched.link.isBooted && !watched.link.isStarting;
    watched.misses = silent && mayHang ? watched.misses + 1 : 0;
    if (watched.misses < this.#ports.heartbeat.missesMax) return;
    watched.misses = 0;
    const { intervalMs, missesMax } = this.#ports.heartbeat;
    const fault = new Fault(
      'deadline',
      `thread ${watched.link.name} gave no sign of life for ${missesMax * intervalMs} ms`,
    );
    void watched.link.kill(fault);
  }
}
