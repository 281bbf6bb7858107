/** The life of the root supervisor: it has nobody above that would keep the book of it. */

import assert from 'node:assert/strict';
import type { Fault } from '../fault.ts';
import {
  type LifecycleEvent,
  type LifecycleInput,
  type LifecycleState,
  nextLifecycle,
} from './lifecycle.ts';

export class RootLife {
  readonly id: string;
  state: LifecycleState = 'stopped';
  /** Why it gave up. */
  error: Fault | undefined;
  readonly #changed: (event: LifecycleEvent) => void;

  constructor(id: string, changed: (event: LifecycleEvent) => void) {
    this.id = id;
    this.#changed = changed;
  }

  /** Takes an input of the lifecycle, and tells of it where it changes the state. */
  take(input: LifecycleInput, error?: Fault): void {
    const { id, state: from } = this;
    const state = nextLifecycle(from, input);
    assert(state !== undefined, `${id} is ${from}: no ${input}`);
    this.error = error ?? this.error;
    if (state === from) return;
    this.state = state;
    this.#changed({ id, from, input, state, restarts: 0, error, lost: 0 });
  }
}
