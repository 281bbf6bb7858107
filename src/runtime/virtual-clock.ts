/**
 * A clock that stands still until it is told to go on, so that a test or a simulation passes a day
 * in a moment and every run is the same.
 */

import assert from 'node:assert/strict';
import type { Clock, Timer } from './clock.ts';
import { TimerHeap } from './timer-heap.ts';

/** Timers fired in one advance: far above any day of trading, below a test that never ends. */
const FIRED_PER_ADVANCE_MAX = 10_000_000;

export class VirtualClock implements Clock {
  readonly #timers = new TimerHeap();
  #now: number;
  #advancing = false;

  constructor(startMs = 0) {
    assert(Number.isFinite(startMs));
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  setTimer(delayMs: number, fire: () => void): Timer {
    assert(!Number.isNaN(delayMs), 'a delay is a number');
    return this.#timers.set(this.#now + Math.max(0, delayMs), fire);
  }

  /** Timers that are set and have not fired. */
  get pending(): number {
    return this.#timers.size;
  }

  /** When the next timer is due; undefined when none is set. */
  nextDue(): number | undefined {
    return this.#timers.nextDue();
  }

  /**
   * Goes on to `time`, firing each timer at its own due time, also those that a fired one sets.
   * Those due together fire in the order they were set.
   */
  advanceTo(time: number): void {
    assert(Number.isFinite(time) && time >= this.#now, 'a clock only goes on');
    assert(!this.#advancing, 'a timer does not advance its own clock');
    this.#advancing = true;
    try {
      let fired = 0;
      for (let timer = this.#timers.takeDue(time); timer; timer = this.#timers.takeDue(time)) {
        fired += 1;
        assert(fired <= FIRED_PER_ADVANCE_MAX, 'timers chain without end');
        this.#now = timer.due;
        timer.fire();
      }
      this.#now = time;
    } finally {
      this.#advancing = false;
    }
  }

  advanceBy(durationMs: number): void {
    this.advanceTo(this.#now + durationMs);
  }
}
