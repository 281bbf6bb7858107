/**
 * Keeps the children alive: starts them in order, each ready before the next; starts again what
 * died, after a wait that grows, with the siblings its strategy names; gives up when that happens
 * too often; stops all in reverse order. It decides and does not know where an actor runs: that is
 * its placement's part. A child may be a supervisor, which fails when it gives up.
 *
 * A thread takes all its actors with it; those of one supervisor start again together, in order.
 */

import assert from 'node:assert/strict';
import { Fault, toFault } from '../fault.ts';
import type { Logger } from '../log.ts';
import type { ChildSpec } from './actor.ts';
import type { Clock } from './clock.ts';
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
import {
  createChild,
  isRecoverable,
  restartGroup,
  StartPlan,
  type Child as SupervisedChild,
  voidPlans,
} from './supervised-child.ts';
import {
  isSupervisor,
  type Strategy,
  type SupervisorSpec,
  type SystemChild,
  stopDeadlineOf,
  threadOf,
} from './supervisor-spec.ts';

/** Where actors run. */
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
  /** It gave up. Below the root its children have been stopped. */
  escalate(fault: Fault): void;
}

export interface SupervisorOptions {
  readonly strategy: Strategy;
  readonly intensity: Intensity;
  readonly backoff: Backoff;
}

export interface ChildStatus {
  readonly spec: SystemChild;
  readonly state: LifecycleState;
  readonly restarts: number;
  readonly lastError: Fault | undefined;
  /** The children of a supervisor. */
  readonly children: readonly ChildStatus[];
}

type Child = SupervisedChild<Supervisor>;

interface Fallen {
  readonly child: Child;
  readonly lost: number;
}

export class Supervisor {
  readonly #ports: SupervisorPorts;
  readonly #options: SupervisorOptions;
  readonly #children: Child[];
  /** The root leaves the living alone when it gives up: what to do with them is its owner's. */
  readonly #isRoot: boolean;
  #window: RestartWindow;
  #stopped: Promise<boolean> | undefined;
  /** Why it gave up. */
  #failure: Fault | undefined;
  /** Counts its starts, each of which voids the one before. */
  #run = 0;

  constructor(
    specs: readonly SystemChild[],
    options: SupervisorOptions,
    ports: SupervisorPorts,
    isRoot = true,
  ) {
    this.#ports = ports;
    this.#isRoot = isRoot;
    this.#options = options;
    this.#window = new RestartWindow(options.intensity);
    this.#children = specs.map((spec) =>
      createChild(spec, isSupervisor(spec) ? this.#nest(spec) : undefined),
    );
  }

  /** Starts all in order; rejects with the fault of the first that cannot start. */
  async start(): Promise<void> {
    this.#run += 1;
    const run = this.#run;
    this.#stopped = undefined;
    this.#failure = undefined;
    this.#window = new RestartWindow(this.#options.intensity);
    for (const child of this.#children) {
      await this.#startFirst(child);
      if (this.#stopped || run !== this.#run) throw this.#failure ?? stoppedWhileStarting();
    }
  }

  /** An actor died by its own defect. False if it is none of this supervisor's. */
  crashed(id: string, fault: Fault, lost: number): boolean {
    const child = this.#children.find(({ spec, nested }) => spec.id === id && !nested);
    if (child === undefined) {
      return this.#children.some(({ nested }) => nested?.crashed(id, fault, lost));
    }
    if (child.state === 'starting' && child.isFirst) {
      child.epoch += 1;
      child.lastError = fault;
      this.#change(child, 'give_up', fault, lost);
    } else if (isRecoverable(child)) {
      this.#recover([{ child, lost }], fault, false);
    }
    return true;
  }

  /** A thread ended, and all that lived in it; `lostOf` tells what each loses. */
  threadDown(thread: string, fault: Fault, exitCode: number, lostOf: (id: string) => number): void {
    const fallen = this.#children
      .filter((child) => threadOf(child.spec) === thread && isRecoverable(child))
      .map((child) => ({ child, lost: lostOf(child.spec.id) }));
    if (fallen.length > 0) this.#recover(fallen, fault, exitCode === 0);
    for (const { nested } of this.#children) nested?.threadDown(thread, fault, exitCode, lostOf);
  }

  /** Stops all in reverse order, each to its own deadline and all within `deadlineMs`. */
  stop(deadlineMs: number): Promise<boolean> {
    this.#stopped ??= this.#stop(deadlineMs);
    return this.#stopped;
  }

  async #stop(deadlineMs: number): Promise<boolean> {
    const end = this.#ports.mono.now() + deadlineMs;
    for (const child of this.#children) voidPlans(child);
    let inTime = true;
    for (const child of this.#children.toReversed()) {
      if (child.halting !== undefined) await child.halting;
      if (child.state === 'running' || child.state === 'starting') {
        const rest = Math.max(0, end - this.#ports.mono.now());
        if (!(await this.#stopChild(child, rest))) inTime = false;
      }
      this.#change(child, 'stop', undefined, 0);
    }
    return inTime;
  }

  status(): readonly ChildStatus[] {
    return this.#children.map(({ spec, state, restarts, lastError, nested }) => ({
      spec,
      state,
      restarts,
      lastError,
      children: nested?.status() ?? [],
    }));
  }

  #nest(spec: SupervisorSpec): Supervisor {
    const { strategy, children, intensity, backoff } = spec;
    const options = { ...this.#options, strategy };
    return new Supervisor(
      children,
      { ...options, ...(intensity && { intensity }), ...(backoff && { backoff }) },
      {
        ...this.#ports,
        escalate: (fault) => {
          const child = this.#children.find((one) => one.spec === spec);
          // While it starts its failure is that of its start.
          if (child?.state !== 'running' || child.halting !== undefined) return;
          this.#recover([{ child, lost: 0 }], fault, false);
        },
      },
      false,
    );
  }

  async #stopChild(child: Child, restMs: number): Promise<boolean> {
    const { spec, nested } = child;
    const ms = Math.min(stopDeadlineOf(spec), restMs);
    if (nested !== undefined) return nested.stop(ms);
    const finished = isSupervisor(spec) || (await this.#ports.placement.stop(spec, ms));
    if (!finished) this.#ports.log.warn({ actor: spec.id, ms }, 'killed: late to stop');
    return finished;
  }

  async #startChild({ spec, nested }: Child): Promise<void> {
    if (nested === undefined) {
      if (!isSupervisor(spec)) await this.#ports.placement.start(spec);
      return;
    }
    try {
      await nested.start();
    } catch (thrown) {
      await nested.stop(stopDeadlineOf(spec));
      throw thrown;
    }
  }

  async #startFirst(child: Child): Promise<void> {
    if (child.epoch > 0) child.restarts += 1;
    child.isFirst = true;
    this.#change(child, 'start', undefined, 0);
    const { epoch } = child;
    try {
      await this.#startChild(child);
    } catch (thrown) {
      const fault = toFault(thrown);
      child.lastError = fault;
      if (child.epoch === epoch) this.#change(child, 'give_up', fault, 0);
      throw fault;
    }
    if (child.epoch !== epoch) throw child.lastError ?? stoppedWhileStarting();
    this.#running(child);
  }

  #recover(fallen: readonly Fallen[], fault: Fault, normal: boolean): void {
    for (const { child } of fallen) {
      voidPlans(child);
      child.lastError = fault;
    }
    if (this.#stopped !== undefined) return;
    const again = fallen.filter(({ child }) => mayRestart(child.spec.restart, normal));
    for (const { child, lost } of fallen) {
      if (!mayRestart(child.spec.restart, normal)) this.#change(child, 'stop', fault, lost);
    }
    if (again.length === 0) return;
    if (this.#failure !== undefined || !this.#window.admit(this.#ports.mono.now())) {
      for (const { child, lost } of again) this.#change(child, 'give_up', fault, lost);
      this.#giveUp(fault);
      return;
    }
    for (const { child, lost } of again) {
      child.restarts += 1;
      this.#change(child, 'restart', fault, lost);
    }
    const failed = again.map(({ child }) => child);
    const group = restartGroup(this.#children, failed, this.#options.strategy);
    this.#halt(group.filter((child) => !failed.includes(child)));
    this.#plan(group, failed);
  }

  /** Stops siblings in reverse order; they wait for their start as if they had died. */
  #halt(siblings: readonly Child[]): void {
    let last: Promise<unknown> = Promise.resolve();
    for (const child of siblings.toReversed()) {
      const lives = child.state === 'running' || child.state === 'starting';
      const again = child.spec.restart !== 'temporary';
      voidPlans(child);
      if (child.halting !== undefined || !lives) continue;
      if (again) {
        child.restarts += 1;
        this.#change(child, 'restart', undefined, 0);
      }
      last = last.then(() => this.#stopChild(child, Number.POSITIVE_INFINITY));
      child.halting = last.then(() => {
        child.halting = undefined;
        if (!again) this.#change(child, 'stop', undefined, 0);
      });
    }
  }

  #plan(group: readonly Child[], failed: readonly Child[]): void {
    const now = this.#ports.mono.now();
    let failures = 0;
    for (const child of failed) {
      const stable = now - child.runningSince >= this.#options.intensity.periodMs;
      child.failures = stable ? 1 : child.failures + 1;
      failures = Math.max(failures, child.failures);
    }
    for (const child of group) child.runningSince = Number.POSITIVE_INFINITY;
    const wait = backoffMs(this.#options.backoff, failures, this.#ports.random);
    const epochs = group.map((child) => child.epoch);
    const start = (): void => void this.#restart(group, epochs);
    const plan = new StartPlan(this.#ports.mono, wait, group.length, start);
    for (const child of group) child.plan = plan;
  }

  async #restart(group: readonly Child[], epochs: readonly number[]): Promise<void> {
    const isVoid = (child: Child, index: number): boolean => child.epoch !== epochs[index];
    await Promise.all(group.map(({ halting }) => halting));
    for (const [index, child] of group.entries()) {
      if (isVoid(child, index) || child.state !== 'restarting') continue;
      child.plan = undefined;
      child.isFirst = false;
      this.#change(child, 'start', undefined, 0);
      try {
        await this.#startChild(child);
      } catch (thrown) {
        // Another number: its thread died, or all is being stopped, and that goes its own way.
        if (isVoid(child, index)) continue;
        const rest = group.filter((one, at) => at >= index && !isVoid(one, at));
        this.#recover(
          rest.filter((one) => one.state !== 'stopped').map((one) => ({ child: one, lost: 0 })),
          toFault(thrown),
          false,
        );
        return;
      }
      if (!isVoid(child, index)) this.#running(child);
    }
  }

  #running(child: Child): void {
    child.runningSince = this.#ports.mono.now();
    this.#change(child, 'ready', undefined, 0);
  }

  #giveUp(cause: Fault): void {
    if (this.#failure !== undefined) return;
    const { restarts, periodMs } = this.#options.intensity;
    const message = `more than ${restarts} restarts in ${periodMs} ms: ${cause.message}`;
    const fault = new Fault(cause.code, message, { cause });
    this.#failure = fault;
    if (this.#isRoot) {
      this.#ports.escalate(fault);
      return;
    }
    const ms = this.#children.reduce((sum, { spec }) => sum + stopDeadlineOf(spec), 0);
    const run = this.#run;
    void this.stop(ms).then(() => {
      // Started again, or stopped from above, meanwhile: then there is nobody to tell.
      if (run === this.#run) this.#ports.escalate(fault);
    });
  }

  #change(child: Child, input: LifecycleInput, error: Fault | undefined, lost: number): void {
    const next = nextLifecycle(child.state, input);
    assert(next !== undefined, `${child.spec.id} is ${child.state}: no ${input}`);
    if (next === child.state && input === 'stop') return;
    const { restarts, spec, state: from } = child;
    child.state = next;
    this.#ports.changed({ id: spec.id, from, input, state: next, restarts, error, lost });
  }
}

function stoppedWhileStarting(): Fault {
  return new Fault('actor_down', 'the system was stopped while it started');
}
