/**
 * What a step did and why: which transitions fired, which guards were asked and what they said. It
 * is found out by taking the step again from where it began, so tracing costs nothing until
 * somebody asks. Guards are pure and are asked here in the order in which XState asks them: from
 * the innermost state outwards, and in each state in the order in which its transitions stand.
 */

import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import { nameOfAction, nameOfGuard } from './diagram.ts';
import { inertScope, type TakenStep } from './step.ts';

export interface AskedGuard {
  /** Path of the state whose transition it guards; empty for the machine itself. */
  readonly state: string;
  readonly event: string;
  readonly guard: string;
  readonly passed: boolean;
  /** Where the transition would lead; null: it stays. */
  readonly target: string | null;
}

export interface FiredTransition {
  readonly state: string;
  readonly event: string;
  readonly guard: string | null;
  readonly target: string | null;
  readonly actions: readonly string[];
}

export interface StepTrace {
  /** In their order; those behind the first are `always` transitions that followed. */
  readonly fired: readonly FiredTransition[];
  readonly guards: readonly AskedGuard[];
}

type Node = AnyStateMachine['root'];
type Transition = NonNullable<Node['always']>[number];
type Event = TakenStep['event'];

interface Microstep {
  readonly before: AnyMachineSnapshot;
  readonly event: Event;
  readonly transitions: readonly Transition[];
}

/** Takes a step again and tells what happened in it. */
export function traceStep({ before, event }: Pick<TakenStep, 'before' | 'event'>): StepTrace {
  const fired: FiredTransition[] = [];
  const guards: AskedGuard[] = [];
  const { steps, last } = microsteps(before, event);
  for (const step of steps) {
    const eventless = step.transitions[0]?.eventType === '';
    guards.push(...askedIn(step.before, step.event, eventless));
    for (const transition of step.transitions) fired.push(firedOf(transition));
  }
  // Before it comes to rest a machine has asked, and been refused by, its eventless transitions.
  if (last.status === 'active') guards.push(...askedIn(last, event, true));
  return { fired, guards };
}

function microsteps(
  start: AnyMachineSnapshot,
  event: Event,
): { readonly steps: readonly Microstep[]; readonly last: AnyMachineSnapshot } {
  const steps: Microstep[] = [];
  let before = start;
  const { machine } = start;
  const scope = inertScope(machine);
  // The one way in which XState tells of microsteps; a system that has no inspector ignores it.
  const inspect = (told: { type: string }): void => {
    if (told.type !== '@xstate.microstep') return;
    const micro = told as unknown as {
      readonly event: Event;
      readonly snapshot: AnyMachineSnapshot;
      readonly _transitions: readonly Transition[];
    };
    steps.push({ before, event: micro.event, transitions: micro._transitions });
    before = micro.snapshot;
  };
  const system = Object.create(scope.system, { _sendInspectionEvent: { value: inspect } });
  machine.transition(start, event, { ...scope, system });
  return { steps, last: before };
}

/** Every guard that is asked in a state, up to the transition that is taken. */
function askedIn(before: AnyMachineSnapshot, event: Event, eventless: boolean): AskedGuard[] {
  const asked: AskedGuard[] = [];
  const handled = new Set<Node>();
  const innermostFirst = [...before._nodes].sort((a, b) => b.path.length - a.path.length);
  for (const node of innermostFirst) {
    const taken = handled.has(node) || takes(node, before, event, eventless, asked);
    if (taken && node.parent !== undefined) handled.add(node.parent);
  }
  return asked;
}

/** Whether a transition of this very state is taken. */
function takes(
  node: Node,
  before: AnyMachineSnapshot,
  event: Event,
  eventless: boolean,
  asked: AskedGuard[],
): boolean {
  const candidates = eventless
    ? (node.always ?? [])
    : [...(node.transitions.get(event.type) ?? []), ...(node.transitions.get('*') ?? [])];
  for (const transition of candidates) {
    if (transition.guard === undefined) return true;
    const passed = ask(transition.guard, before, event);
    const [target] = transition.target ?? [];
    asked.push({
      state: node.path.join('.'),
      event: eventless ? 'always' : event.type,
      guard: nameOfGuard(transition.guard),
      passed,
      target: target?.path.join('.') ?? null,
    });
    if (passed) return true;
  }
  return false;
}

type Check = (args: { context: unknown; event: Event }, params: unknown) => boolean;

function ask(guard: unknown, snapshot: AnyMachineSnapshot, event: Event): boolean {
  const { context, machine } = snapshot;
  const args = { context, event };
  if (typeof guard === 'function') return call(guard as Check, snapshot, args, undefined);
  const { type, params } =
    typeof guard === 'string'
      ? { type: guard, params: undefined }
      : (guard as { type: string; params?: unknown });
  const named = machine.implementations.guards[type] as Check | string | undefined;
  if (typeof named !== 'function') return ask(named, snapshot, event);
  return call(named, snapshot, args, typeof params === 'function' ? params(args) : params);
}

/** `and`, `or` and `not` are functions that carry their own check. */
function call(guard: Check, snapshot: AnyMachineSnapshot, args: object, params: unknown): boolean {
  const { check } = guard as {
    check?: (snapshot: unknown, args: unknown, self: unknown) => boolean;
  };
  if (check !== undefined) return check(snapshot, args, guard);
  return guard(args as Parameters<Check>[0], params);
}

function firedOf(transition: Transition): FiredTransition {
  const [target] = transition.target ?? [];
  const { source, eventType, guard, actions } = transition;
  return {
    state: source.path.join('.'),
    event: eventType === '' ? 'always' : String(eventType),
    guard: guard === undefined ? null : nameOfGuard(guard),
    target: target?.path.join('.') ?? null,
    actions: actions.map(nameOfAction),
  };
}
