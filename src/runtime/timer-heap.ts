/**
 * Timers in the order they are due; those due together, in the order they were set. A binary heap,
 * because a virtual clock and the trading clock hold thousands of timers and most are cancelled.
 */

import assert from 'node:assert/strict';
import type { Timer } from './clock.ts';

interface Entry {
  readonly due: number;
  readonly order: number;
  fire: (() => void) | undefined;
}

/** Below this size a heap of cancelled timers is not worth rebuilding. */
const COMPACT_ABOVE = 64;

export class TimerHeap {
  #entries: Entry[] = [];
  #cancelled = 0;
  #order = 0;

  /** Timers that are set and neither taken nor cancelled. */
  get size(): number {
    return this.#entries.length - this.#cancelled;
  }

  set(due: number, fire: () => void): Timer {
    assert(Number.isFinite(due), 'a timer is due at a finite time');
    const entry: Entry = { due, order: this.#order, fire };
    this.#order += 1;
    this.#entries.push(entry);
    this.#rise(this.#entries.length - 1);
    return { cancel: () => this.#cancel(entry) };
  }

  /** When the next timer is due; undefined when none is set. */
  nextDue(): number | undefined {
    this.#discardCancelled();
    return this.#entries[0]?.due;
  }

  /** Takes the next timer due at `now` or before; the caller fires it. */
  takeDue(now: number): { readonly due: number; readonly fire: () => void } | undefined {
    this.#discardCancelled();
    const top = this.#entries[0];
    if (top === undefined || top.due > now || top.fire === undefined) return undefined;
    const { due, fire } = top;
    top.fire = undefined;
    this.#removeTop();
    return { due, fire };
  }

  /** How many timers are due at `now`; looks only at those and their children in the heap. */
  countDue(now: number): number {
    let count = 0;
    const open = [0];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      const entry = this.#entries[index];
      if (entry === undefined || entry.due > now) continue;
      if (entry.fire !== undefined) count += 1;
      open.push(2 * index + 1, 2 * index + 2);
    }
    return count;
  }

  #cancel(entry: Entry): void {
    if (entry.fire === undefined) return;
    entry.fire = undefined;
    this.#cancelled += 1;
    // A timer set and cancelled on every message must not grow the heap for ever.
    if (this.#entries.length > COMPACT_ABOVE && this.#cancelled * 2 > this.#entries.length) {
      this.#compact();
    }
  }

  #compact(): void {
    this.#entries = this.#entries.filter((entry) => entry.fire !== undefined);
    this.#cancelled = 0;
    for (let index = (this.#entries.length >> 1) - 1; index >= 0; index -= 1) this.#sink(index);
  }

  #discardCancelled(): void {
    while (this.#entries.length > 0 && this.#entries[0]?.fire === undefined) {
      this.#cancelled -= 1;
      this.#removeTop();
    }
  }

  #removeTop(): void {
    const last = this.#entries.pop();
    if (last === undefined || this.#entries.length === 0) return;
    this.#entries[0] = last;
    this.#sink(0);
  }

  #rise(from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#before(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #sink(from: number): void {
    let index = from;
    const length = this.#entries.length;
    while (2 * index + 1 < length) {
      const left = 2 * index + 1;
      const right = left + 1;
      const least = right < length && this.#before(right, left) ? right : left;
      if (!this.#before(least, index)) return;
      this.#swap(index, least);
      index = least;
    }
  }

  #before(a: number, b: number): boolean {
    const left = this.#at(a);
    const right = this.#at(b);
    return left.due < right.due || (left.due === right.due && left.order < right.order);
  }

  #swap(a: number, b: number): void {
    const held = this.#at(a);
    this.#entries[a] = this.#at(b);
    this.#entries[b] = held;
  }

  #at(index: number): Entry {
    const entry = this.#entries[index];
    assert(entry !== undefined);
    return entry;
  }
}
