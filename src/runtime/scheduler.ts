/**
 * Runs many hosts in one thread, one step at a time, under a virtual clock. Which of those that are
 * ready goes next, and how long each message travels, is drawn from a seed: a run is a function of
 * it, and another seed is another interleaving. Time goes on only when nobody is ready.
 */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Runnable, TurnSource } from './dispatcher.ts';
import { createRandom, type Random } from './random.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Taken before a guard can replace it: every promise that can settle has settled after it. */
const platformTurn = setImmediate;

/** Steps without a millisecond passing: a system that livelocks is a defect, not a long run. */
const STEPS_AT_ONCE_MAX = 1_000_000;

interface Task {
  readonly name: string;
  run(): void;
}

export interface SchedulerOptions {
  readonly seed: number | string;
  readonly startMs: number;
  /** A message between threads travels at most this long. */
  readonly latencyMsMax: number;
  /** After every step: the place for invariants. */
  readonly onStep: () => void;
}

export class Scheduler {
  readonly clock: VirtualClock;
  readonly turns: TurnSource;
  readonly #options: SchedulerOptions;
  readonly #order: Random;
  readonly #latency: Random;
  readonly #ready: Task[] = [];
  readonly #hash = createHash('sha256');
  #steps = 0;
  #running = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.clock = new VirtualClock(options.startMs);
    const random = createRandom(options.seed);
    this.#order = random.split('order');
    this.#latency = random.split('latency');
    const turn = (run: () => void): void => {
      this.#ready.push({ name: 'turn', run });
    };
    this.turns = { soon: turn, later: turn };
  }

  get steps(): number {
    return this.#steps;
  }

  /** The turns of one host's actors. */
  dispatcher(thread: string): { wake(runnable: Runnable): void } {
    const queued = new Set<Runnable>();
    const wake = (runnable: Runnable): void => {
      if (queued.has(runnable)) return;
      queued.add(runnable);
      const run = (): void => {
        queued.delete(runnable);
        if (runnable.step()) wake(runnable);
      };
      this.#ready.push({ name: `${thread}/${runnable.name ?? ''}`, run });
    };
    return { wake };
  }

  /** A road that keeps the order of what is sent on it. */
  road(name: string): (deliver: () => void) => void {
    let last = 0;
    return (deliver) => {
      const travel = this.#latency.next() * this.#options.latencyMsMax;
      last = Math.max(last, this.clock.now() + travel);
      this.clock.setTimer(last - this.clock.now(), () => {
        this.note(name);
        deliver();
      });
    };
  }

  /** Adds to the trace whose hash tells two runs apart. */
  note(text: string): void {
    this.#hash.update(`${this.clock.now()} ${text}\n`);
  }

  traceHash(): string {
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

  #step(): void {
    const [task] = this.#ready.splice(this.#order.integer(this.#ready.length), 1);
    assert(task !== undefined);
    this.#steps += 1;
    this.note(task.name);
    task.run();
    this.#options.onStep();
  }
}
