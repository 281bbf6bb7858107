/**
 * The tracing tap: every message that an actor took, while somebody listens. Listening is one word
 * in the actor table; without it a sender reads that word and no more.
 */

import type { Clock, Timer } from './clock.ts';

export interface TraceEvent {
  /** Undefined: the composition root, or the runtime. */
  readonly from: string | undefined;
  readonly to: string;
  readonly kind: 'cast' | 'call';
  readonly type: string;
  /** The receiver's count of messages taken, this one included. */
  readonly sequence: number;
  /** Monotonic milliseconds, comparable between threads. */
  readonly sentAt: number;
  readonly takenAt: number;
  /** When `receive` had settled. */
  readonly doneAt: number;
}

/** More than this between two flushes is a flood: the rest is counted, not kept. */
const EVENTS_MAX = 1000;
const FLUSH_MS = 20;

/** Gathers a worker's events, so that tracing posts few messages. */
export class TraceBuffer {
  readonly #mono: Clock;
  readonly #flush: (events: readonly TraceEvent[], dropped: number) => void;
  #events: TraceEvent[] = [];
  #dropped = 0;
  #timer: Timer | undefined;

  constructor(mono: Clock, flush: (events: readonly TraceEvent[], dropped: number) => void) {
    this.#mono = mono;
    this.#flush = flush;
  }

  readonly add = (event: TraceEvent): void => {
    if (this.#events.length < EVENTS_MAX) this.#events.push(event);
    else this.#dropped += 1;
    this.#timer ??= this.#mono.setTimer(FLUSH_MS, () => {
      this.#timer = undefined;
      this.#flush(this.#events, this.#dropped);
      this.#events = [];
      this.#dropped = 0;
    });
  };
}
