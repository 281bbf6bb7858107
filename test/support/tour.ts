/**
 * Plays events through a machine and keeps account: which transitions were taken, and which guards
 * have said no. With it a suite proves of itself that it left nothing of a machine untried.
 */

import {
  type AnyStateMachine,
  type EventFromLogic,
  getMicrosteps,
  type SnapshotFrom,
} from 'xstate';
import { chartOf } from '../../machines/diagram.ts';
import { type Effect, type Step, step } from '../../machines/step.ts';

type Node = AnyStateMachine['root'];
type Transition = NonNullable<Node['always']>[number];

/** An effect in one line: `startTimer ack`, `output filled 112 0`. */
export function effectText({ type, params }: Effect): string {
  const parts = Object.values(params).filter(
    (value) => value !== null && typeof value !== 'object',
  );
  return [type, ...parts.filter((value) => value !== '')].join(' ');
}

export class Tour<M extends AnyStateMachine> {
  readonly #machine: M;
  readonly #names: readonly string[];
  readonly #guarded: readonly boolean[];
  readonly #index = new Map<Transition, number>();
  readonly #taken = new Set<number>();
  readonly #refused = new Set<number>();

  constructor(machine: M) {
    this.#machine = machine;
    const { edges } = chartOf(machine);
    this.#names = edges.map(
      ({ from, to, event, guard }) => `${from} --${event} [${guard ?? ''}]--> ${to ?? 'stays'}`,
    );
    this.#guarded = edges.map(({ guard }) => guard !== null);
    this.#number(machine.root);
  }

  /** One event to completion, noted. */
  step(snapshot: SnapshotFrom<M>, event: EventFromLogic<M>): Step<M> {
    const chosen = new Set<unknown>(this.#machine.getTransitionData(snapshot, event));
    for (const node of leavesOf(snapshot)) {
      for (let at: Node | undefined = node; at !== undefined; at = at.parent) {
        if (this.#note(at.transitions.get(event.type) ?? [], chosen)) break;
      }
    }
    const micro = getMicrosteps(this.#machine, snapshot, event).map(([after]) => after);
    for (const [index, after] of micro.entries()) this.#noteEventless(after, micro[index + 1]);
    return step(this.#machine, snapshot, event);
  }

  /** Transitions never taken. */
  get untaken(): readonly string[] {
    return this.#names.filter((_, index) => !this.#taken.has(index));
  }

  /** Transitions with a guard that never said no. */
  get unrefused(): readonly string[] {
    return this.#names.filter((_, index) => this.#guarded[index] && !this.#refused.has(index));
  }

  /** In the order of the chart. */
  #number(node: Node): void {
    const own = [...[...node.transitions.values()].flat(), ...(node.always ?? [])];
    for (const transition of own) this.#index.set(transition, this.#index.size);
    for (const child of Object.values(node.states)) this.#number(child);
  }

  /** Candidates are asked in order until one is chosen; tells whether one was. */
  #note(candidates: readonly Transition[], chosen: ReadonlySet<unknown>): boolean {
    for (const candidate of candidates) {
      const index = this.#index.get(candidate) ?? -1;
      if (chosen.has(candidate)) {
        this.#taken.add(index);
        return true;
      }
      this.#refused.add(index);
    }
    return false;
  }

  #noteEventless(before: SnapshotFrom<M>, after: SnapshotFrom<M> | undefined): void {
    for (const node of leavesOf(before)) {
      const candidates = node.always ?? [];
      const taken = candidates.find(
        ({ target }) => after !== undefined && leavesOf(after).includes(target?.[0] as Node),
      );
      this.#note(candidates, new Set([taken]));
    }
  }
}

function leavesOf(snapshot: { readonly _nodes: readonly Node[] }): readonly Node[] {
  return snapshot._nodes.filter((node) => node.type === 'atomic' || node.type === 'final');
}
