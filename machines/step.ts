/**
 * Runs a machine as a pure function: state and event in, next state and named effects out. Nothing
 * is performed here; the actor that hosts the machine performs the effects, in their order. The
 * newest steps are kept as they were taken, state and event: since a machine is pure, whoever asks
 * later can find out which guards a step asked (`trace.ts`), and nobody pays for it before.
 */

import {
  type AnyActorScope,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  type EventFromLogic,
  type InputFrom,
  initialTransition,
  type SnapshotFrom,
} from 'xstate';
import { type Effect, type FlatStep, flatStep } from './flat-step.ts';

export type { Effect };

export interface Step<M extends AnyStateMachine> {
  readonly snapshot: SnapshotFrom<M>;
  readonly effects: readonly Effect[];
}

/** Any of our machines, for who looks at them from outside. */
export type HostedMachine = AnyStateMachine;

/** A step that was taken, with all that is needed to take it again. */
export interface TakenStep {
  /** Counts the steps of this machine, from 1. */
  readonly number: number;
  readonly before: AnyMachineSnapshot;
  readonly after: AnyMachineSnapshot;
  readonly event: { readonly type: string };
  /** Its state is another one now. */
  readonly moved: boolean;
}

/** The machine's first state and the effects of entering it. */
export function start<M extends AnyStateMachine>(machine: M, input: InputFrom<M>): Step<M> {
  const [snapshot, actions] = initialTransition(machine, input);
  return { snapshot: snapshot as SnapshotFrom<M>, effects: effectsOf(actions) };
}

/**
 * One event to completion. An event that no state of the machine knows is refused: it changes
 * nothing and is counted.
 */
export function step<M extends AnyStateMachine>(
  machine: M,
  snapshot: SnapshotFrom<M>,
  event: EventFromLogic<M>,
): Step<M> {
  const host = hostOf(machine);
  if (!host.known.has(event.type)) {
    host.unknown.set(event.type, (host.unknown.get(event.type) ?? 0) + 1);
    return { snapshot, effects: [] };
  }
  const before: AnyMachineSnapshot = snapshot;
  const effects: Effect[] = [];
  const next = host.flat?.(before, event, effects) ?? stepByXState(host, before, event, effects);
  const moved = !sameValue(before.value, next.value);
  host.number += 1;
  const past = moved ? host.moves : host.stays;
  past.push({ number: host.number, before, after: next, event, moved });
  if (past.length > 2 * PAST_MAX) past.splice(0, PAST_MAX);
  return { snapshot: next as SnapshotFrom<M>, effects };
}

/** Nested and parallel states, and whatever else XState knows. */
function stepByXState(
  { scope }: Host,
  before: AnyMachineSnapshot,
  event: { readonly type: string },
  effects: Effect[],
): AnyMachineSnapshot {
  const actions: Action[] = [];
  scope.actionExecutor = (action) => actions.push(action);
  const next = before.machine.transition(before, event, scope);
  effects.push(...effectsOf(actions));
  return next;
}

/** The newest steps of a machine, oldest first: those that moved it, or those that did not. */
export function pastSteps(
  machine: AnyStateMachine,
  which: 'moves' | 'stays',
): readonly TakenStep[] {
  return hosts.get(machine)?.[which].slice(-PAST_MAX) ?? [];
}

/** How many steps the machine has taken. */
export function stepCount(machine: AnyStateMachine): number {
  return hosts.get(machine)?.number ?? 0;
}

/** Events that were refused because no state of the machine knows them, with how often. */
export function unknownEvents(machine: AnyStateMachine): ReadonlyMap<string, number> {
  return hosts.get(machine)?.unknown ?? NOTHING;
}

/** Of each machine, moves and others apart: what happens all the time displaces no transition. */
const PAST_MAX = 100;

const NOTHING: ReadonlyMap<string, number> = new Map();

type Action = Parameters<AnyActorScope['actionExecutor']>[0];

interface Host {
  /**
   * What a transition is given of an actor that is none. XState's `transition` makes it anew for
   * each event, a whole actor with its system, and that costs more than the transition.
   */
  readonly scope: AnyActorScope;
  /** Null for a machine whose states hold others. */
  readonly flat: FlatStep | null;
  readonly known: ReadonlySet<string>;
  readonly unknown: Map<string, number>;
  readonly moves: TakenStep[];
  readonly stays: TakenStep[];
  number: number;
}

const hosts = new WeakMap<AnyStateMachine, Host>();

function hostOf(machine: AnyStateMachine): Host {
  const known = hosts.get(machine);
  if (known !== undefined) return known;
  const host: Host = {
    scope: inertScope(machine),
    flat: flatStep(machine),
    known: eventsOf(machine.root, new Set()),
    unknown: new Map(),
    moves: [],
    stays: [],
    number: 0,
  };
  hosts.set(machine, host);
  return host;
}

/** Every event named by any state, also those that a state only forbids. */
function eventsOf(node: AnyStateMachine['root'], into: Set<string>): ReadonlySet<string> {
  for (const type of node.transitions.keys()) into.add(type);
  for (const child of Object.values(node.states)) eventsOf(child, into);
  return into;
}

/** A scope in which a machine can be stepped and nothing happens. */
export function inertScope(machine: AnyStateMachine): AnyActorScope {
  const self = createActor(machine);
  return {
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
}

/** Names of states are compared at a glance; regions are objects made anew with each step. */
function sameValue(one: unknown, other: unknown): boolean {
  if (typeof one === 'string' || typeof other === 'string') return one === other;
  return JSON.stringify(one) === JSON.stringify(other);
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
