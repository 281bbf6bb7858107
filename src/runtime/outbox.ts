/**
 * Holds messages back for an actor in another thread whose mailbox drops the oldest, while that
 * thread does not read its port: the port has no bound of its own. What is held is bounded by the
 * actor's capacity, and there, too, the oldest goes.
 */

import type { Clock, Timer } from './clock.ts';
import { RingQueue } from './ring-queue.ts';
import type { Address } from './wire.ts';

export interface OutboxPorts<T> {
  readonly mono: Clock;
  /** Sends if the target has room; false if it has none. Throws what cannot be cloned. */
  trySend(address: Address, item: T): boolean;
  dropped(address: Address, item: T): void;
}

/** How often a full target is tried again, ms; only while something is held. */
const RETRY_MS = 5;

export class Outbox<T> {
  readonly #ports: OutboxPorts<T>;
  readonly #held = new Map<Address, RingQueue<T>>();
  #timer: Timer | undefined;

  constructor(ports: OutboxPorts<T>) {
    this.#ports = ports;
  }

  /** Sends, or holds, in order. */
  send(address: Address, item: T): void {
    const held = this.#held.get(address);
    if (held === undefined && this.#ports.trySend(address, item)) return;
    const queue = held ?? new RingQueue<T>();
    this.#held.set(address, queue);
    const oldest = queue.length >= address.capacity ? queue.shift() : undefined;
    if (oldest !== undefined) this.#ports.dropped(address, oldest);
    queue.push(item);
    this.#timer ??= this.#ports.mono.setTimer(RETRY_MS, this.#retry);
  }

  /** Holds nothing more. */
  end(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#held.clear();
  }

  readonly #retry = (): void => {
    this.#timer = undefined;
    for (const [address, queue] of this.#held) {
      this.#flush(address, queue);
      if (queue.length === 0) this.#held.delete(address);
    }
    if (this.#held.size > 0) this.#timer = this.#ports.mono.setTimer(RETRY_MS, this.#retry);
  };

  #flush(address: Address, queue: RingQueue<T>): void {
    for (let item = queue.peek(); item !== undefined; item = queue.peek()) {
      try {
        if (!this.#ports.trySend(address, item)) return;
      } catch {
        // It cannot be cloned, and its sender has long gone on: it goes like any that was dropped.
        this.#ports.dropped(address, item);
      }
      queue.shift();
    }
  }
}
