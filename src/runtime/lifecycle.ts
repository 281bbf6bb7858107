/**
 * The life of a supervised actor as its supervisor sees it: a table of transitions and no more. The
 * runtime knows no statecharts; whoever shows one makes it of this very table.
 */

import type { Fault } from '../fault.ts';

export type LifecycleState = 'starting' | 'running' | 'restarting' | 'stopped' | 'failed';

export interface LifecycleEvent {
  readonly id: string;
  readonly from: LifecycleState;
  readonly input: LifecycleInput;
  readonly state: LifecycleState;
  readonly restarts: number;
  /** What it died of; its stack is the one of the thread it died in. */
  readonly error: Fault | undefined;
  /** Messages that were queued or under way and are lost with it. */
  readonly lost: number;
}

export type LifecycleInput =
  /** Its factory is called. */
  | 'start'
  /** It takes messages. */
  | 'ready'
  /** It died and will live again. */
  | 'restart'
  /** It finished, or is not to be started again. */
  | 'stop'
  /** It died, and its supervisor gives up. */
  | 'give_up';

/** Which input leads from which state to which; what is not named cannot happen. */
export const LIFECYCLE: Readonly<
  Record<LifecycleState, Partial<Readonly<Record<LifecycleInput, LifecycleState>>>>
> = {
  stopped: { start: 'starting', stop: 'stopped' },
  starting: { ready: 'running', restart: 'restarting', stop: 'stopped', give_up: 'failed' },
  running: { restart: 'restarting', stop: 'stopped', give_up: 'failed' },
  // Its thread can die while it waits for its turn: then it waits anew.
  restarting: {
    start: 'starting',
    restart: 'restarting',
    stop: 'stopped',
    give_up: 'failed',
  },
  // A supervisor above starts all of it again.
  failed: { start: 'starting', stop: 'failed', give_up: 'failed' },
};

/** The state after `input`; undefined where it cannot happen. */
export function nextLifecycle(
  state: LifecycleState,
  input: LifecycleInput,
): LifecycleState | undefined {
  return LIFECYCLE[state][input];
}
