/**
 * Where the messages of one actor wait: first in, first out, never more than its capacity. What
 * happens at the bound is the actor's policy. System messages have a lane of their own that is
 * emptied first, so that a flood cannot delay a stop.
 */

import assert from 'node:assert/strict';
import { Fault } from '../fault.ts';
import type { MailboxPolicy } from './actor.ts';
import { ACTORS_MAX } from './actor-table.ts';
import { RingQueue } from './ring-queue.ts';

export interface MailboxOptions<M> {
  /** Of whose mailbox a refusal speaks. */
  readonly owner: string;
  readonly capacity: number;
  readonly policy: MailboxPolicy;
  /** Messages of one key: the newest takes the place of the queued one. */
  readonly conflateKey?: ((message: M) => string | undefined) | undefined;
}

/** A life's end and what its watches tell, each of which is bounded: more are a defect. */
const SYSTEM_CAPACITY = 2 * ACTORS_MAX;

export class Mailbox<M, S = never> {
  readonly #options: MailboxOptions<M>;
  readonly #messages = new RingQueue<M>();
  readonly #system = new RingQueue<S>();
  readonly #tickets = new Map<string, number>();
  readonly #keys = new RingQueue<string | undefined>();
  #high = 0;
  #dropped = 0;
  #conflated = 0;

  constructor(options: MailboxOptions<M>) {
    assert(Number.isSafeInteger(options.capacity) && options.capacity > 0);
    this.#options = options;
  }

  /** Messages that wait, system messages apart. */
  get depth(): number {
    return this.#messages.length;
  }

  /** The most messages that ever waited. */
  get high(): number {
    return this.#high;
  }

  /** Messages that went because newer ones came to a full mailbox. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Messages that a newer one of the same key replaced. */
  get conflated(): number {
    return this.#conflated;
  }

  /**
   * Queues a message and returns the one that lost its place to it, if any: the queued one of the
   * same key, or the oldest. Throws `Fault('mailbox_full')` where the policy is to refuse.
   */
  push(message: M): M | undefined {
    const key = this.#options.conflateKey?.(message);
    const ticket = key === undefined ? undefined : this.#tickets.get(key);
    if (ticket !== undefined) {
      this.#conflated += 1;
      return this.#messages.replace(ticket, message);
    }
    const displaced = this.depth < this.#options.capacity ? undefined : this.#makeRoom();
    const taken = this.#messages.push(message);
    if (this.#options.conflateKey !== undefined) {
      this.#keys.push(key);
      if (key !== undefined) this.#tickets.set(key, taken);
    }
    this.#high = Math.max(this.#high, this.depth);
    return displaced;
  }

  /** Takes the oldest message. */
  shift(): M | undefined {
    if (this.#options.conflateKey !== undefined) {
      const key = this.#keys.shift();
      if (key !== undefined) this.#tickets.delete(key);
    }
    return this.#messages.shift();
  }

  /** Queues a system message, whatever waits in the other lane. */
  pushSystem(message: S): void {
    assert(this.#system.length < SYSTEM_CAPACITY, 'the runtime bounds its own messages');
    this.#system.push(message);
  }

  /** Takes the oldest system message; a caller empties this lane before it calls `shift`. */
  shiftSystem(): S | undefined {
    return this.#system.shift();
  }

  get systemDepth(): number {
    return this.#system.length;
  }

  #makeRoom(): M | undefined {
    const { owner, capacity, policy } = this.#options;
    switch (policy.kind) {
      case 'refuse':
        throw new Fault('mailbox_full', `the mailbox of ${owner} holds ${capacity} messages`);
      case 'drop_oldest':
        this.#dropped += 1;
        return this.shift();
    }
  }
}
