/**
 * A supervisor's book-keeping of its children: the state of each, its failures, the plan to start
 * it, and which of them start again together.
 */

import type { Fault } from '../fault.ts';
import type { Clock, Timer } from './clock.ts';
import type { LifecycleState } from './lifecycle.ts';
import type { Strategy, SystemChild } from './supervisor-spec.ts';

export interface Child<Nested> {
  readonly spec: SystemChild;
  /** What it is if it is a supervisor. */
  readonly nested: Nested | undefined;
  state: LifecycleState;
  restarts: number;
  lastError: Fault | undefined;
  /** Failures in a row, for the backoff. */
  failures: number;
  /** Infinite while it does not run. */
  runningSince: number;
  /** Counts what ended a life or a plan for it: what was begun under another number is void. */
  epoch: number;
  plan: StartPlan | undefined;
  /** It starts with the whole, and its failure fails the whole start. */
  isFirst: boolean;
  /** It is being stopped for the sake of a sibling: what it still does is no failure. */
  halting: Promise<unknown> | undefined;
}

export function createChild<Nested>(spec: SystemChild, nested: Nested | undefined): Child<Nested> {
  return {
    spec,
    nested,
    state: 'stopped',
    restarts: 0,
    lastError: undefined,
    failures: 0,
    runningSince: Number.POSITIVE_INFINITY,
    epoch: 0,
    plan: undefined,
    isFirst: true,
    halting: undefined,
  };
}

/**
 * A child that starts for the first time is not recovered: its failure fails the whole start. One
 * that is being stopped for a sibling's sake is in hand already.
 */
export function isRecoverable({ state, isFirst, halting }: Child<unknown>): boolean {
  if (halting !== undefined) return false;
  return state === 'running' || state === 'restarting' || (state === 'starting' && !isFirst);
}

/** Those that start again with the fallen, in the order they start. */
export function restartGroup<C extends Child<unknown>>(
  children: readonly C[],
  fallen: readonly C[],
  strategy: Strategy,
): readonly C[] {
  const first = children.findIndex((child) => fallen.includes(child));
  return children.filter((child, index) => {
    if (fallen.includes(child)) return true;
    const named = strategy === 'one_for_all' || (strategy === 'rest_for_one' && index > first);
    return named && (child.halting !== undefined || isRecoverable(child));
  });
}

/** A start that waits for its time, shared by the children that start together. */
export class StartPlan {
  readonly #timer: Timer;
  #members: number;

  constructor(clock: Clock, waitMs: number, members: number, start: () => void) {
    this.#members = members;
    this.#timer = clock.setTimer(waitMs, start);
  }

  /** One of them goes its own way; the plan of none is cancelled. */
  leave(): void {
    this.#members -= 1;
    if (this.#members === 0) this.#timer.cancel();
  }
}

/** Whatever was begun for this child no longer concerns it. */
export function voidPlans(child: Child<unknown>): void {
  child.epoch += 1;
  child.plan?.leave();
  child.plan = undefined;
}
