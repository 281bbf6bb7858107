/**
 * How much of its time shipping may take. The lowest priority is not enough for what decides: a
 * thread that wakes waits for the end of the slice of whoever runs, milliseconds on a machine with
 * few cores. So what ships, and the server that writes for it, rest for most of the time.
 */

import type { Clock, Timer } from '../../src/runtime/clock.ts';

/**
 * Decisions that come while a batch is shipped are this share of all, and some of them wait: of a
 * hundred decisions the slowest one is to be one that waited for something else. A backlog of two
 * minutes at 2,000 records a second is shipped in less than two.
 */
const SHARE = 1 / 32;
/** Nobody who reads the database waits longer than this for a pause. */
const REST_MS_MAX = 2_000;

export class Pace {
  readonly #mono: Clock;
  #from: number;
  #lag = 0;
  #end: (() => void) | undefined;
  #isOver = false;

  constructor(mono: Clock) {
    this.#mono = mono;
    this.#from = mono.now();
  }

  /** Work begins now. */
  begin(): void {
    this.#from = this.#mono.now();
  }

  /**
   * Rests after what was done since the beginning, and begins anew. No rest while more waits than
   * the last time: then the pace is too slow for what comes.
   */
  async rest(lagBytes: number): Promise<void> {
    const took = this.#mono.now() - this.#from;
    const grows = lagBytes > this.#lag && this.#lag > 0;
    this.#lag = lagBytes;
    const ms = Math.min(took * (1 / SHARE - 1), REST_MS_MAX);
    if (ms > 0 && !grows && !this.#isOver) await this.#pause(ms);
    this.begin();
  }

  /** Ends a rest, and there is none any more: what is left is wanted at once. */
  hurry(): void {
    this.#isOver = true;
    this.#end?.();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer: Timer = this.#mono.setTimer(ms, () => this.#end?.());
      this.#end = () => {
        timer.cancel();
        this.#end = undefined;
        resolve();
      };
    });
  }
}
