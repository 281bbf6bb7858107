/**
 * All timers of one clock over a single timer of the platform. Most timers are deadlines that never
 * elapse: set and cancelled with each message they would cost more than the message does.
 */

import type { Timer } from './clock.ts';
import { TimerHeap } from './timer-heap.ts';

/** The longest delay of the platform's timer; a longer one would fire at once. */
const PLATFORM_DELAY_MS_MAX = 2 ** 31 - 1;

export class RealTimers {
  readonly #now: () => number;
  readonly #heap = new TimerHeap();
  #timeout: NodeJS.Timeout | undefined;
  /** When the platform's timer will look; never later than the next timer is due. */
  #looksAt = Number.POSITIVE_INFINITY;
  /** Whether the platform's timer keeps the process alive: while any of ours is set. */
  #isHeld = false;

  constructor(now: () => number) {
    this.#now = now;
  }

  set(due: number, fire: () => void): Timer {
    const timer = this.#heap.set(due, fire);
    if (due < this.#looksAt) this.#lookAt(due);
    else this.#hold();
    return {
      cancel: () => {
        timer.cancel();
        if (this.#heap.size === 0) this.#letGo();
      },
    };
  }

  // The platform truncates to whole milliseconds and counts from the start of its loop, so it can
  // be early by a fraction: what is early is armed again, and no timer fires before it is due.
  #lookAt(due: number): void {
    clearTimeout(this.#timeout);
    const delay = Math.min(Math.max(Math.ceil(due - this.#now()), 0), PLATFORM_DELAY_MS_MAX);
    this.#timeout = setTimeout(this.#look, delay);
    this.#looksAt = due;
    this.#isHeld = true;
  }

  // One at a time, so that each has a turn of its own: promises settle between two of them, and
  // what one throws is not another's loss. The next is arranged before this one fires.
  readonly #look = (): void => {
    const now = this.#now();
    const timer = this.#heap.takeDue(now);
    const next = this.#heap.nextDue();
    this.#looksAt = Number.POSITIVE_INFINITY;
    if (next !== undefined && next <= now) {
      this.#looksAt = now;
      setImmediate(this.#look);
    } else if (next !== undefined) this.#lookAt(next);
    timer?.fire();
  };

  #hold(): void {
    if (this.#isHeld) return;
    this.#isHeld = true;
    this.#timeout?.ref();
  }

  #letGo(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#timeout?.unref();
  }
}
