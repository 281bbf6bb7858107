/**
 * Runs a machine as a pure function: state and event in, next state and named effects out. Nothing
 * is performed here; the actor that hosts the machine performs the effects, in their order.
 */

import {
  type AnyActorScope,
  type AnyStateMachine,
  createActor,
  type EventFromLogic,
  type InputFrom,
  initialTransition,
  type SnapshotFrom,
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
  const scope = scopeOf(machine);
  const actions: Action[] = [];
  scope.actionExecutor = (action) => actions.push(action);
  const next = machine.transition(snapshot, event, scope);
  return { snapshot: next as SnapshotFrom<M>, effects: effectsOf(actions) };
}

type Action = Parameters<AnyActorScope['actionExecutor']>[0];

/**
 * What a transition is given of an actor that is none. XState's `transition` makes it anew for each
 * event, a whole actor with its system, and that costs more than the transition.
 */
const scopes = new WeakMap<AnyStateMachine, AnyActorScope>();

function scopeOf(machine: AnyStateMachine): AnyActorScope {
  const known = scopes.get(machine);
  if (known !== undefined) return known;
  const self = createActor(machine);
  const scope: AnyActorScope = {
    self,
    system: self.system,
    id: '',
    sessionId: '',
    logger: () => undefined,
    defer: () => undefined,
    stopChild: () => undefined,
    emit: () => undefined,
    actionExecutor: () => undefined,
  };
  scopes.set(machine, scope);
  return scope;
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
