/**
 * Runs a machine as a pure function: state and event in, next state and named effects out. Nothing
 * is performed here; the actor that hosts the machine performs the effects, in their order.
 */

import {
  type AnyStateMachine,
  type EventFromLogic,
  type InputFrom,
  initialTransition,
  type SnapshotFrom,
  transition,
} from 'xstate';

/** An effect that a machine named; what it means is the hosting actor's business. */
export interface Effect {
  readonly type: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export interface Step<M extends AnyStateMachine> {
  readonly snapshot: SnapshotFrom<M>;
  readonly effects: readonly Effect[];
}

/** The machine's first state and the effects of entering it. */
export function start<M extends AnyStateMachine>(machine: M, input: InputFrom<M>): Step<M> {
  const [snapshot, actions] = initialTransition(machine, input);
  return { snapshot: snapshot as SnapshotFrom<M>, effects: effectsOf(actions) };
}

/** One event to completion. An event the state does not know changes nothing. */
export function step<M extends AnyStateMachine>(
  machine: M,
  snapshot: SnapshotFrom<M>,
  event: EventFromLogic<M>,
): Step<M> {
  const [next, actions] = transition(machine, snapshot, event);
  return { snapshot: next as SnapshotFrom<M>, effects: effectsOf(actions) };
}

function effectsOf(
  actions: readonly { readonly type: string; readonly params: unknown }[],
): readonly Effect[] {
  return actions
    .filter((action) => !action.type.startsWith('xstate.'))
    .map((action) => ({
      type: action.type,
      params: (action.params ?? {}) as Readonly<Record<string, unknown>>,
    }));
}
