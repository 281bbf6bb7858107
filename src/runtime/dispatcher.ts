/**
 * Gives the actors of one thread their turns: one message each, in rotation, so that a long queue
 * delays no other actor, and after a slice of time the event loop its turn, so that a flood delays
 * no timer and no socket.
 */

import type { Clock } from './clock.ts';
import { RingQueue } from './ring-queue.ts';

/** Something that has work to do in steps. */
export interface Runnable {
  /** What a trace calls it. */
  readonly name?: string;
  /** The dispatcher's mark: it waits for its turn. */
  isReady?: boolean;
  /** Takes one step; returns whether another is waiting. Never throws. */
  step(): boolean;
}

/** How soon a turn comes; a simulation's scheduler draws it from its seed. */
export interface TurnSource {
  /** Before the event loop goes on. */
  soon(run: () => void): void;
  /** After timers and sockets had their turn. */
  later(run: () => void): void;
}

const SETTLED = Promise.resolve();

export const EVENT_LOOP_TURNS: TurnSource = {
  // A third of the price of `queueMicrotask`, which keeps a context for its callback.
  soon: (run) => {
    void SETTLED.then(run);
  },
  later: (run) => {
    setImmediate(run);
  },
};

/**
 * Timers and sockets may wait 10 ms: for this, for the turns of an engine, which has a slice of its
 * own, and for taking what lies in the ports.
 */
export const SLICE_MS = 3;
/** Bounds a slice where the clock is virtual and stands still. */
const STEPS_PER_SLICE_MAX = 10_000;

export class Dispatcher {
  readonly #clock: Clock;
  readonly #turns: TurnSource;
  readonly #turnCount: () => number;
  readonly #ready = new RingQueue<Runnable>();
  /** A drain is under way, or will come. */
  #armed = false;
  #sliceEnd = Number.NEGATIVE_INFINITY;
  /** The turn of the event loop in which the slice began. */
  #sliceTurn = -1;
  #steps = 0;

  /** `turnCount` tells how often the event loop has turned so far. */
  constructor(
    clock: Clock,
    turns: TurnSource = EVENT_LOOP_TURNS,
    turnCount: () => number = loopCount,
  ) {
    this.#clock = clock;
    this.#turns = turns;
    this.#turnCount = turnCount;
  }

  /** Gives `runnable` a turn, never from inside this call. */
  wake(runnable: Runnable): void {
    if (runnable.isReady === true) return;
    this.#queue(runnable);
    if (this.#armed) return;
    this.#armed = true;
    this.#turns.soon(this.#drain);
  }

  readonly #drain = (): void => {
    while (this.#ready.length > 0) {
      if (this.#sliceSpent() && !this.#renew()) {
        this.#turns.later(this.#drainLater);
        return;
      }
      this.#stepNext();
    }
    this.#armed = false;
  };

  readonly #drainLater = (): void => {
    this.#openSlice();
    this.#drain();
  };

  #stepNext(): void {
    const runnable = this.#ready.shift();
    if (runnable === undefined) return;
    this.#steps += 1;
    runnable.isReady = false;
    if (runnable.step() && !runnable.isReady) this.#queue(runnable);
  }

  #queue(runnable: Runnable): void {
    runnable.isReady = true;
    this.#ready.push(runnable);
  }

  #sliceSpent(): boolean {
    return this.#steps >= STEPS_PER_SLICE_MAX || this.#clock.now() >= this.#sliceEnd;
  }

  // A slice ends with its time. Whether another may begin is asked only then: if the event loop has
  // turned since, timers and sockets had theirs. (To be told of each turn by the platform's
  // `setImmediate` would cost every lone message a turn of the loop.) Microtasks do not count: a
  // chain of promises would open slice after slice and starve the loop all the same.
  #renew(): boolean {
    if (this.#turnCount() === this.#sliceTurn) return false;
    this.#openSlice();
    return true;
  }

  #openSlice(): void {
    this.#sliceEnd = this.#clock.now() + SLICE_MS;
    this.#sliceTurn = this.#turnCount();
    this.#steps = 0;
  }
}

function loopCount(): number {
  return performance.nodeTiming.uvMetricsInfo.loopCount;
}
