/**
 * One connection between the engine and the exchange: messages take a while, stay in order, and
 * die with the connection. Faults can silence it, slow it, repeat and swap what it carries.
 */

import type { Clock } from '../../src/runtime/clock.ts';
import type { Random } from '../../src/runtime/random.ts';

export interface Weather {
  /** Extra delay of every message, ms. */
  delayMs: number;
  /** Shares of messages that come twice, or after the one behind them. */
  duplicate: number;
  reorder: number;
}

export class Link {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #weather: Weather;
  #open = true;
  #silent = false;
  #lastDue = 0;

  constructor(clock: Clock, random: Random, weather: Weather) {
    this.#clock = clock;
    this.#random = random;
    this.#weather = weather;
  }

  get open(): boolean {
    return this.#open;
  }

  /** The socket lives, but nothing comes through any more. */
  silence(): void {
    this.#silent = true;
  }

  close(): void {
    this.#open = false;
  }

  /** Carries `deliver` to the other side. `swappable` messages may be overtaken and repeated. */
  carry(deliver: () => void, swappable = false): void {
    const { delayMs, duplicate, reorder } = this.#weather;
    const now = this.#clock.now();
    const late = swappable && this.#random.next() < reorder ? 40 : 0;
    const due = Math.max(
      now + 1 + this.#random.integer(15) + delayMs,
      late > 0 ? 0 : this.#lastDue,
    );
    if (late === 0) this.#lastDue = due;
    const times = swappable && this.#random.next() < duplicate ? 2 : 1;
    for (let time = 0; time < times; time += 1) {
      this.#clock.setTimer(due + late - now, () => {
        if (this.#open && !this.#silent) deliver();
      });
    }
  }
}
