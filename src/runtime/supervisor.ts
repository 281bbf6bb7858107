/**
 * Keeps the children alive: starts them in order, each ready before the next; starts again what
 * died, after a wait that grows; gives up when that happens too often; stops all in reverse order.
 * It decides and does not know where a child runs: that is its placement's part.
 *
 * One child dies alone (one-for-one), but a thread takes all its actors with it, and they start
 * again together and in order.
 */

import assert from 'node:assert/strict';
import { Fault, toFault } from '../fault.ts';
import type { Logger } from '../log.ts';
import type { ChildSpec } from './actor.ts';
import type { Clock, Timer } from './clock.ts';
import {
  type LifecycleEvent,
  type LifecycleInput,
  type LifecycleState,
  nextLifecycle,
} from './lifecycle.ts';
import type { Random } from './random.ts';
import {
  type Backoff,
  backoffMs,
  type Intensity,
  mayRestart,
  RestartWindow,
} from './restart-policy.ts';

/** Where children run. */
export interface Placement {
  /** Brings a child to life, or rejects with what kept it from living; has its own deadline. */
  start(spec: ChildSpec): Promise<void>;
  /** False if it was late. */
  stop(spec: ChildSpec, deadlineMs: number): Promise<boolean>;
}

export interface SupervisorPorts {
  readonly mono: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly placement: Placement;
  changed(event: LifecycleEvent): void;
  escalate(fault: Fault): void;
}

export interface SupervisorOptions {
  readonly intensity: Intensity;
  readonly backoff: Backoff;
}

export interface ChildStatus {
  readonly spec: ChildSpec;
  readonly state: LifecycleState;
  readonly restarts: number;
  readonly lastError: Fault | undefined;
}

interface Child {
  readonly spec: ChildSpec;
  state: LifecycleState;
  restarts: number;
  lastError: Fault | undefined;
  /** Failures in a row, for the backoff. */
  failures: number;
  /** Infinite while it does not run. */
  runningSince: number;
  /** Counts what ended a life or a plan for it: what was begun under another number is void. */
  epoch: number;
  timer: Timer | undefined;
}

export class Supervisor {
  readonly #ports: SupervisorPorts;
  readonly #options: SupervisorOptions;
  readonly #window: RestartWindow;
  readonly #children: Child[];
  #stopping = false;
  #gaveUp = false;

  constructor(specs: readonly ChildSpec[], options: SupervisorOptions, ports: SupervisorPorts) {
    this.#ports = ports;
    this.#options = options;
    this.#window = new RestartWindow(options.intensity);
    this.#children = specs.map((spec) => ({
      spec,
      state: 'stopped',
      restarts: 0,
      lastError: undefined,
      failures: 0,
      runningSince: Number.POSITIVE_INFINITY,
      epoch: 0,
      timer: undefined,
    }));
  }

  /** Starts all in order; rejects with the fault of the first that cannot start. */
  async start(): Promise<void> {
    for (const child of this.#children) {
      if (this.#stopping) throw stoppedWhileStarting();
      await this.#startFirst(child);
    }
  }

  /** A child died by its own defect. */
  crashed(id: string, fault: Fault, lost: number): void {
    const child = this.#children.find(({ spec }) => spec.id === id);
    assert(child !== undefined, `${id} is a child`);
    if (this.#recoverable(child)) {
      this.#recover([{ child, lost }], fault, false);
    } else if (child.state === 'starting') {
      child.epoch += 1;
      child.lastError = fault;
      this.#change(child, 'give_up', fault, lost);
    }
  }

  /** A thread ended, and all that lived in it; `lostOf` tells what each loses. */
  threadDown(thread: string, fault: Fault, exitCode: number, lostOf: (id: string) => number): void {
    const fallen = this.#children
      .filter((child) => threadOf(child.spec) === thread && this.#recoverable(child))
      .map((child) => ({ child, lost: lostOf(child.spec.id) }));
    if (fallen.length > 0) this.#recover(fallen, fault, exitCode === 0);
  }

  /** Stops all in reverse order, each to its own deadline and all within `deadlineMs`. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping = true;
    const end = this.#ports.mono.now() + deadlineMs;
    for (const child of this.#children) {
      child.epoch += 1;
      child.timer?.cancel();
    }
    for (const child of this.#children.toReversed()) {
      if (child.state === 'running' || child.state === 'starting') {
        const rest = Math.max(0, end - this.#ports.mono.now());
        const ms = Math.min(child.spec.stopDeadlineMs, rest);
        const finished = await this.#ports.placement.stop(child.spec, ms);
        if (!finished) this.#ports.log.warn({ actor: child.spec.id, ms }, 'killed: late to stop');
      }
      this.#change(child, 'stop', undefined, 0);
    }
  }

  status(): readonly ChildStatus[] {
    return this.#children;
  }

  async #startFirst(child: Child): Promise<void> {
    this.#change(child, 'start', undefined, 0);
    const { epoch } = child;
    try {
      await this.#ports.placement.start(child.spec);
    } catch (thrown) {
      const fault = toFault(thrown);
      child.lastError = fault;
      if (child.epoch === epoch) this.#change(child, 'give_up', fault, 0);
      throw fault;
    }
    if (child.epoch !== epoch) throw child.lastError ?? stoppedWhileStarting();
    this.#running(child);
  }

  // A child that starts for the first time is not recovered: its failure fails the whole start.
  #recoverable(child: Child): boolean {
    const { state } = child;
    return (
      state === 'running' || state === 'restarting' || (state === 'starting' && child.restarts > 0)
    );
  }

  #recover(
    fallen: readonly { readonly child: Child; readonly lost: number }[],
    fault: Fault,
    normal: boolean,
  ): void {
    for (const { child } of fallen) {
      child.epoch += 1;
      child.timer?.cancel();
      child.timer = undefined;
      child.lastError = fault;
    }
    if (this.#stopping) return;
    const again = fallen.filter(({ child }) => mayRestart(child.spec.restart, normal));
    for (const { child, lost } of fallen) {
      if (!mayRestart(child.spec.restart, normal)) this.#change(child, 'stop', fault, lost);
    }
    if (again.length === 0) return;
    if (this.#gaveUp || !this.#window.admit(this.#ports.mono.now())) {
      for (const { child, lost } of again) this.#change(child, 'give_up', fault, lost);
      this.#giveUp(fault);
      return;
    }
    for (const { child, lost } of again) {
      child.restarts += 1;
      this.#change(child, 'restart', fault, lost);
    }
    this.#plan(again.map(({ child }) => child));
  }

  #plan(group: readonly Child[]): void {
    const now = this.#ports.mono.now();
    let failures = 0;
    for (const child of group) {
      const stable = now - child.runningSince >= this.#options.intensity.periodMs;
      child.failures = stable ? 1 : child.failures + 1;
      child.runningSince = Number.POSITIVE_INFINITY;
      failures = Math.max(failures, child.failures);
    }
    const wait = backoffMs(this.#options.backoff, failures, this.#ports.random);
    const timer = this.#ports.mono.setTimer(wait, () => void this.#restart(group));
    for (const child of group) child.timer = timer;
  }

  async #restart(group: readonly Child[]): Promise<void> {
    const epochs = group.map((child) => child.epoch);
    for (const [index, child] of group.entries()) {
      if (child.epoch !== epochs[index]) continue;
      child.timer = undefined;
      this.#change(child, 'start', undefined, 0);
      try {
        await this.#ports.placement.start(child.spec);
      } catch (thrown) {
        // Another number: its thread died, or all is being stopped, and that goes its own way.
        if (child.epoch !== epochs[index]) continue;
        const rest = group.slice(index).filter((one, at) => one.epoch === epochs[index + at]);
        this.#recover(
          rest.map((one) => ({ child: one, lost: 0 })),
          toFault(thrown),
          false,
        );
        return;
      }
      if (child.epoch === epochs[index]) this.#running(child);
    }
  }

  #running(child: Child): void {
    child.runningSince = this.#ports.mono.now();
    this.#change(child, 'ready', undefined, 0);
  }

  #giveUp(fault: Fault): void {
    if (this.#gaveUp) return;
    this.#gaveUp = true;
    const { restarts, periodMs } = this.#options.intensity;
    const message = `more than ${restarts} restarts in ${periodMs} ms: ${fault.message}`;
    this.#ports.escalate(new Fault(fault.code, message, { cause: fault }));
  }

  #change(child: Child, input: LifecycleInput, error: Fault | undefined, lost: number): void {
    const next = nextLifecycle(child.state, input);
    assert(next !== undefined, `${child.spec.id} is ${child.state}: no ${input}`);
    if (next === child.state && input === 'stop') return;
    child.state = next;
    const { restarts, spec } = child;
    this.#ports.changed({ id: spec.id, state: next, restarts, error, lost });
  }
}

function stoppedWhileStarting(): Fault {
  return new Fault('actor_down', 'the system was stopped while it started');
}

/** The name of the thread a child runs in; undefined on the kernel. */
export function threadOf(spec: ChildSpec): string | undefined {
  return spec.placement.kind === 'worker' ? spec.placement.thread : undefined;
}
