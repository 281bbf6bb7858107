/**
 * What stops as one in a simulation: a process, or a thread of it. What is due on a strand happens
 * while it goes on, waits while it hangs, and never happens after its end.
 */

import type { Clock, Timer } from './clock.ts';

const NO_TIMER: Timer = { cancel: () => undefined };

export class Strand {
  readonly clock: Clock;
  readonly #parent: Strand | undefined;
  readonly #held: (() => void)[] = [];
  #ended = false;
  #hanging = false;

  constructor(clock: Clock, parent?: Strand) {
    this.#parent = parent;
    this.clock = {
      now: () => clock.now(),
      setTimer: (delayMs, fire) =>
        this.ended ? NO_TIMER : clock.setTimer(delayMs, () => this.run(fire)),
    };
  }

  get ended(): boolean {
    return this.#ended || (this.#parent?.ended ?? false);
  }

  get hanging(): boolean {
    return this.#hanging || (this.#parent?.hanging ?? false);
  }

  /** Does it now, or when the strand goes on again, or never. */
  run(work: () => void): void {
    if (this.ended) return;
    if (this.#parent?.hanging) this.#parent.run(() => this.run(work));
    else if (this.#hanging) this.#held.push(work);
    else work();
  }

  /** From now on all that is due waits. */
  hang(): void {
    this.#hanging = true;
  }

  /** Does what waited, in its order. */
  resume(): void {
    this.#hanging = false;
    for (const work of this.#held.splice(0)) this.run(work);
  }

  end(): void {
    this.#ended = true;
    this.#held.length = 0;
  }
}
