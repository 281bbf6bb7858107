/**
 * Steps a flat machine, whose states hold no others, at a tenth of the cost of XState's own
 * algorithm, which reckons with nested and parallel states at every step. What is taken, in which
 * order and with what result is the same, snapshot for snapshot: XState's is the reference that the
 * tests hold this one against. A machine that uses more than is known here is left to XState.
 */

import assert from 'node:assert/strict';
import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate';

/** An effect that a machine named; what it means is the hosting actor's business. */
export interface Effect {
  readonly type: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Takes one event to completion; the effects are appended to `effects`, in their order. */
export type FlatStep = (
  before: AnyMachineSnapshot,
  event: Event,
  effects: Effect[],
) => AnyMachineSnapshot;

type Event = { readonly type: string };
type Node = AnyStateMachine['root'];
type Transition = NonNullable<Node['always']>[number];
interface Args {
  readonly context: object;
  readonly event: Event;
}
type Ask<T> = (args: Args, params: unknown) => T;

interface Guard {
  readonly check: Ask<boolean>;
  readonly params: Ask<unknown>;
}

interface Action {
  readonly type: string;
  /** What it changes of the context; null: it names an effect. */
  readonly assign: Ask<object> | null;
  readonly params: Ask<unknown>;
}

interface Move {
  readonly guard: Guard | null;
  /** Leaving, on the way and entering. */
  readonly actions: readonly Action[];
  /** Null: it neither leaves nor enters. */
  readonly target: State | null;
}

interface State {
  readonly node: Node;
  readonly name: string;
  /** As a snapshot lists what is active. */
  readonly nodes: readonly Node[];
  readonly on: Map<string, Move[]>;
  readonly always: Move[];
}

/** Thrown inside this module only: the machine uses what is not known here. */
class NotFlat extends Error {}

/** Null for a machine that is to be stepped by XState. */
export function flatStep(machine: AnyStateMachine): FlatStep | null {
  try {
    const states = compile(machine);
    return (before, event, effects) => take(states, before, event, effects);
  } catch (error) {
    if (error instanceof NotFlat) return null;
    throw error;
  }
}

/** The transition of the event first; then, with the same event, those that need none. */
function take(
  states: ReadonlyMap<unknown, State>,
  before: AnyMachineSnapshot,
  event: Event,
  effects: Effect[],
): AnyMachineSnapshot {
  let state = states.get(before.value);
  assert(state !== undefined, 'the snapshot is of this machine');
  let context: object = before.context;
  let entered = false;
  let move = chosen(state.on.get(event.type) ?? [], { context, event });
  for (let mayRest = false; ; mayRest = true) {
    if (move !== null) {
      const next = perform(move.actions, { context, event }, effects);
      // Without an event, what changes nothing would be taken for ever.
      if (mayRest && move.target === null && next === context) break;
      context = next;
      state = move.target ?? state;
      entered ||= move.target !== null;
    } else if (mayRest) break;
    move = chosen(state.always, { context, event });
  }
  if (!entered && context === before.context) return before;
  const { name: value, nodes: _nodes } = state;
  return { ...before, context, value, _nodes } as AnyMachineSnapshot;
}

function chosen(moves: readonly Move[], args: Args): Move | null {
  for (const move of moves) {
    const { guard } = move;
    if (guard === null || guard.check(args, guard.params(args, undefined))) return move;
  }
  return null;
}

/** The context behind the actions; each sees what those before it changed. */
function perform(actions: readonly Action[], { context, event }: Args, effects: Effect[]): object {
  let now = context;
  for (const { type, assign, params } of actions) {
    const args = { context: now, event };
    const given = params(args, undefined);
    if (assign !== null) now = { ...now, ...assign(args, given) };
    else effects.push({ type, params: (given ?? {}) as Effect['params'] });
  }
  return now;
}

function compile(machine: AnyStateMachine): ReadonlyMap<unknown, State> {
  const { root } = machine;
  if (root.type !== 'compound') throw new NotFlat();
  const states = new Map<unknown, State>();
  for (const node of Object.values(root.states)) {
    const isPlain = node.type === 'atomic' && node.invoke.length === 0 && node.tags.length === 0;
    if (!isPlain) throw new NotFlat();
    const name = node.key;
    states.set(name, { node, name, nodes: [root, node], on: new Map(), always: [] });
  }
  for (const state of states.values()) {
    // The state's own come first, then the machine's.
    for (const node of [state.node, root]) {
      for (const [event, transitions] of node.transitions) {
        if (event.includes('*') || event.startsWith('xstate.')) throw new NotFlat();
        const moves = state.on.get(event) ?? [];
        moves.push(...transitions.map((one) => moveOf(machine, states, one)));
        state.on.set(event, moves);
      }
      state.always.push(...(node.always ?? []).map((one) => moveOf(machine, states, one)));
    }
  }
  return states;
}

function moveOf(
  machine: AnyStateMachine,
  states: ReadonlyMap<unknown, State>,
  { source, target: targets = [], guard, actions, reenter }: Transition,
): Move {
  const [node] = targets;
  const own = actions.map((one) => actionOf(machine, one));
  const asked = guard === undefined ? null : guardOf(machine, guard);
  if (targets.length > 1 || reenter) throw new NotFlat();
  // A state that leads to itself is not left.
  if (node === undefined || node === source) return { guard: asked, actions: own, target: null };
  const target = states.get(node.key);
  if (source === machine.root || target?.node !== node) throw new NotFlat();
  const leaving = source.exit.map((one) => actionOf(machine, one));
  const entering = node.entry.map((one) => actionOf(machine, one));
  return { guard: asked, actions: [...leaving, ...own, ...entering], target };
}

const nothing: Ask<unknown> = () => undefined;

/** A name, or a name with parameters; an inline one has no name. */
function referenceOf(of: unknown): { readonly type: string; readonly params: Ask<unknown> } {
  if (typeof of === 'string') return { type: of, params: nothing };
  if (typeof of !== 'object' || of === null || !('type' in of)) throw new NotFlat();
  const { type, params } = of as { readonly type: string; readonly params?: unknown };
  return { type, params: typeof params === 'function' ? (params as Ask<unknown>) : () => params };
}

function guardOf({ implementations }: AnyStateMachine, of: unknown): Guard {
  const { type, params } = referenceOf(of);
  const check: unknown = implementations.guards[type];
  // `and`, `or`, `not` and `stateIn` carry their own.
  if (typeof check !== 'function' || 'check' in check) throw new NotFlat();
  return { check: check as Ask<boolean>, params };
}

function actionOf({ implementations }: AnyStateMachine, of: unknown): Action {
  const { type, params } = referenceOf(of);
  const action: unknown = implementations.actions[type];
  if (typeof action !== 'function' || !('resolve' in action)) return { type, params, assign: null };
  const { type: kind, assignment } = action as { readonly type?: unknown; assignment?: unknown };
  if (kind !== 'xstate.assign') throw new NotFlat();
  if (typeof assignment === 'function') return { type, params, assign: assignment as Ask<object> };
  if (typeof assignment !== 'object' || assignment === null) throw new NotFlat();
  const values = { ...assignment };
  if (Object.values(values).some((value) => typeof value === 'function')) throw new NotFlat();
  return { type, params, assign: () => values };
}
