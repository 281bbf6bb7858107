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

export const EVENT_LOOP_TURNS: TurnSource = {
  soon: (run) => queueMicrotask(run),
  later: (run) => {
    setImmediate(run);
  },
};

/** Half of what timers and sockets may have to wait; the other half is one long message. */
const SLICE_MS = 5;
/** Bounds a slice where the clock is virtual and stands still. */
const STEPS_PER_SLICE_MAX = 10_000;

export class Dispatcher {
  readonly #clock: Clock;
  readonly #turns: TurnSource;
  readonly #ready = new RingQueue<Runnable>();
  readonly #queued = new Set<Runnable>();
  #armed = false;
  #sliceOpen = false;
  #sliceEnd = 0;
  #steps = 0;

  constructor(clock: Clock, turns: TurnSource = EVENT_LOOP_TURNS) {
    this.#clock = clock;
    this.#turns = turns;
  }

  /** Gives `runnable` a turn, never from inside this call. */
  wake(runnable: Runnable): void {
    if (this.#queued.has(runnable)) return;
    this.#queued.add(runnable);
    this.#ready.push(runnable);
    if (this.#armed || (this.#sliceOpen && this.#sliceSpent())) return;
    this.#armed = true;
    this.#turns.soon(this.#drain);
  }

  readonly #drain = (): void => {
    this.#openSlice();
    try {
      while (this.#ready.length > 0 && !this.#sliceSpent()) this.#stepNext();
    } finally {
      this.#armed = false;
    }
  };

  #stepNext(): void {
    const runnable = this.#ready.shift();
    if (runnable === undefined) return;
    this.#steps += 1;
    this.#queued.delete(runnable);
    if (!runnable.step() || this.#queued.has(runnable)) return;
    this.#queued.add(runnable);
    this.#ready.push(runnable);
  }

  // One slice per turn of the event loop, however many microtasks drain in it: else a chain of
  // promises would open slice after slice and starve the loop all the same.
  #openSlice(): void {
    if (this.#sliceOpen) return;
    this.#sliceOpen = true;
    this.#sliceEnd = this.#clock.now() + SLICE_MS;
    this.#steps = 0;
    this.#turns.later(() => {
      this.#sliceOpen = false;
      if (this.#ready.length > 0) this.#drain();
    });
  }

  #sliceSpent(): boolean {
    return this.#steps >= STEPS_PER_SLICE_MAX || this.#clock.now() >= this.#sliceEnd;
  }
}
