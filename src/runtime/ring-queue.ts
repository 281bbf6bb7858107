/**
 * A first-in first-out queue that never shifts an array: a ring that doubles when it is full. Its
 * owner keeps the bound; the ring keeps positions stable, so that a queued item can be replaced.
 */

import assert from 'node:assert/strict';

const INITIAL_SIZE = 16;

export class RingQueue<T> {
  #items: (T | undefined)[] = new Array(INITIAL_SIZE);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Adds at the end and returns its ticket, which `replace` takes while it is queued. */
  push(item: T): number {
    if (this.#length === this.#items.length) this.#grow();
    const ticket = this.#head + this.#length;
    this.#items[ticket & (this.#items.length - 1)] = item;
    this.#length += 1;
    return ticket;
  }

  /** Takes the oldest. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const index = this.#head & (this.#items.length - 1);
    const item = this.#items[index];
    this.#items[index] = undefined;
    this.#head += 1;
    this.#length -= 1;
    return item;
  }

  /** The oldest, left where it is. */
  peek(): T | undefined {
    return this.#items[this.#head & (this.#items.length - 1)];
  }

  /** Puts `item` in the place of a queued one, which it returns. */
  replace(ticket: number, item: T): T | undefined {
    assert(ticket >= this.#head && ticket < this.#head + this.#length, 'the ticket is queued');
    const index = ticket & (this.#items.length - 1);
    const before = this.#items[index];
    this.#items[index] = item;
    return before;
  }

  /** From the oldest to the newest. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (let ticket = this.#head; ticket < this.#head + this.#length; ticket += 1) {
      // Every place between head and end holds an item.
      yield this.#items[ticket & (this.#items.length - 1)] as T;
    }
  }

  // Tickets are masked with the size: an item moves to where its ticket points in the larger ring.
  #grow(): void {
    const old = this.#items;
    const larger: (T | undefined)[] = new Array(old.length * 2);
    for (let ticket = this.#head; ticket < this.#head + this.#length; ticket += 1) {
      larger[ticket & (larger.length - 1)] = old[ticket & (old.length - 1)];
    }
    this.#items = larger;
  }
}
