/**
 * The lifecycle of a supervised actor as a statechart, for people. The runtime that lives by it
 * knows no statecharts, so this one is made of the runtime's own table and cannot say otherwise.
 */

import { createMachine } from 'xstate';

/** By state, where each input leads. */
export type LifecycleTable = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The machine of a table; an actor is `stopped` before its first start. */
export function createLifecycleMachine(table: LifecycleTable) {
  const states = Object.entries(table).map(([state, inputs]) => {
    const on = Object.entries(inputs).map(([input, target]) => [input, { target }] as const);
    return [state, { on: Object.fromEntries(on) }] as const;
  });
  return createMachine({ id: 'actor', initial: 'stopped', states: Object.fromEntries(states) });
}
