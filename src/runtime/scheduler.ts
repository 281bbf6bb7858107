/**
 * Runs many hosts in one thread, one step at a time, under a virtual clock. Which of those that are
 * ready goes next, and how long each message travels, is drawn from a seed: a run is a function of
 * it, and another seed is another interleaving. Time goes on only when nobody is ready.
 */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Runnable, TurnSource } from './dispatcher.ts';
import { createRandom, type Random } from './random.ts';
import { Strand } from './strand.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Taken before a guard can replace it: every promise that can settle has settled after it. */
const platformTurn = setImmediate;

/** Steps without a millisecond passing: a system that livelocks is a defect, not a long run. */
const STEPS_AT_ONCE_MAX = 1_000_000;

/** The trace is hashed in pieces of this many characters: a call for each line costs more. */
const HASH_PIECE = 32_768;

interface Task {
  readonly name: string;
  readonly strand: Strand;
  run(): void;
}

export interface SchedulerOptions {
  readonly seed: number | string;
  readonly startMs: number;
  /** A message between threads travels at most this long. */
  readonly latencyMsMax: number;
  /** After every step: the place for invariants. */
  readonly onStep: () => void;
  /** Hears every line of the trace. */
  readonly onNote?: ((ms: number, text: string) => void) | undefined;
}

/** Carries what it is given to the other side, in order. */
export type Road = (deliver: () => void) => void;

export class Scheduler {
  readonly clock: VirtualClock;
  readonly #options: SchedulerOptions;
  readonly #order: Random;
  readonly #latency: Random;
  readonly #ready: Task[] = [];
  readonly #hash = createHash('sha256');
  #unhashed = '';
  #steps = 0;
  #running = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.clock = new VirtualClock(options.startMs);
    const random = createRandom(options.seed);
    this.#order = random.split('order');
    this.#latency = random.split('latency');
  }

  get steps(): number {
    return this.#steps;
  }

  /** What will stop as one: a process, or with `parent` a thread of it. */
  strand(parent?: Strand): Strand {
    return new Strand(this.clock, parent);
  }

  /** Turns of the event loop. */
  turns(strand: Strand): TurnSource {
    const turn = (run: () => void): void => this.#push('turn', strand, run);
    return { soon: turn, later: turn };
  }

  /** The turns of one host's actors. */
  dispatcher(thread: string, strand: Strand): { wake(runnable: Runnable): void } {
    const queued = new Set<Runnable>();
    const wake = (runnable: Runnable): void => {
      if (queued.has(runnable)) return;
      queued.add(runnable);
      this.#push(`${thread}/${runnable.name ?? ''}`, strand, () => {
        queued.delete(runnable);
        if (runnable.step()) wake(runnable);
      });
    };
    return { wake };
  }

  /** A road within a process that keeps the order of what is sent on it. */
  road(name: string, strand: Strand): Road {
    let last = 0;
    return (deliver) => {
      const travel = this.#latency.next() * this.#options.latencyMsMax;
      last = Math.max(last, this.clock.now() + travel);
      strand.clock.setTimer(last - this.clock.now(), () => {
        this.note(name);
        deliver();
      });
    };
  }

  /** Adds to the trace whose hash tells two runs apart. */
  note(text: string): void {
    const now = this.clock.now();
    this.#options.onNote?.(now, text);
    this.#unhashed += `${now} ${text}\n`;
    if (this.#unhashed.length >= HASH_PIECE) this.#hashPiece();
  }

  traceHash(): string {
    this.#hashPiece();
    return this.#hash.copy().digest('hex');
  }

  /** Lets this much time pass. */
  async advance(ms: number): Promise<void> {
    await this.#run(this.clock.now() + ms, () => false);
  }

  /** Goes on until the promise has settled; throws if it has not within the time. */
  async complete<T>(promise: Promise<T>, withinMs: number): Promise<T> {
    let settled = false;
    const end = (): void => {
      settled = true;
    };
    promise.then(end, end);
    await this.#run(this.clock.now() + withinMs, () => settled);
    assert(settled, `not settled within ${withinMs} ms`);
    return promise;
  }

  async #run(end: number, isDone: () => boolean): Promise<void> {
    assert(!this.#running, 'one run at a time');
    this.#running = true;
    try {
      let atOnce = 0;
      for (;;) {
        await new Promise((resolve) => platformTurn(resolve));
        if (isDone()) return;
        if (this.#ready.length > 0) {
          atOnce += 1;
          assert(atOnce < STEPS_AT_ONCE_MAX, 'the system never waits');
          this.#step();
          continue;
        }
        atOnce = 0;
        const due = this.clock.nextDue();
        if (due === undefined || due > end) break;
        this.clock.advanceTo(due);
        this.#options.onStep();
      }
      this.clock.advanceTo(end);
    } finally {
      this.#running = false;
    }
  }

  #push(name: string, strand: Strand, run: () => void): void {
    if (!strand.ended) this.#ready.push({ name, strand, run });
  }

  #step(): void {
    const chosen = this.#order.integer(this.#ready.length);
    const task = this.#ready[chosen];
    const last = this.#ready.pop();
    assert(task !== undefined && last !== undefined);
    if (last !== task) this.#ready[chosen] = last;
    this.#steps += 1;
    this.note(task.name);
    task.strand.run(task.run);
    this.#options.onStep();
  }

  #hashPiece(): void {
    this.#hash.update(this.#unhashed);
    this.#unhashed = '';
  }
}
