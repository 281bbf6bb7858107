/**
 * Lock-step: the market stands still until a driver steps it, and every run over the same data
 * takes the same turns. The step's time comes on two connections; it counts when both have told
 * it, because then all fills of the order connection and all quotes of the other are here. Books
 * are evaluated once, at the new time, before timers that this time made due.
 */

import type { TradingClock } from '../runtime/trading-clock.ts';
import type { TurnLoop } from '../runtime/turn-loop.ts';

export class LockStep {
  readonly #clock: TradingClock;
  readonly #loop: TurnLoop;
  readonly #held = new Set<string>();
  #broker = Number.NaN;
  #market = Number.NaN;
  #now = Number.NaN;

  constructor(clock: TradingClock, loop: TurnLoop) {
    this.#clock = clock;
    this.#loop = loop;
  }

  /** Trading time, epoch ms; NaN before the first. */
  now(): number {
    return this.#now;
  }

  /** Both connections are at the same time, and nothing waits for it. */
  get settled(): boolean {
    return this.#broker === this.#market && this.#now === this.#market && this.#held.size === 0;
  }

  /** A book has a new record of time `ts`; it is evaluated when its step is complete. */
  hold(to: string, ts: number): void {
    this.#held.add(to);
    // A probe's answer or a new subscription brings a record of a step that is complete already.
    if (ts <= this.#now) this.#release();
  }

  takeBrokerTime(ts: number): void {
    this.#broker = ts;
    // Until market data flow there is only this one.
    if (Number.isNaN(this.#market)) this.#advance(ts);
    else this.#meet();
  }

  takeMarketTime(ts: number): void {
    this.#market = ts;
    this.#meet();
  }

  #meet(): void {
    if (this.#broker === this.#market) this.#advance(this.#market);
  }

  #advance(ts: number): void {
    if (ts < this.#now) return;
    this.#now = ts;
    this.#release();
    this.#clock.sync(ts);
  }

  #release(): void {
    for (const to of this.#held) {
      this.#held.delete(to);
      this.#loop.wake(to);
    }
  }
}
