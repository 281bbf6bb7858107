/** Tells the definition of a machine from data: definitions are shared, data is copied. */

import { StateMachine } from 'xstate';
import type { HostedMachine } from './step.ts';

/** Whether this is the definition of a machine, as the library makes them. */
export function isMachine(value: unknown): value is HostedMachine {
  return value instanceof StateMachine;
}
