import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { createLifecycleMachine } from '../../machines/lifecycle.ts';
import { start, step } from '../../machines/step.ts';
import {
  LIFECYCLE,
  type LifecycleInput,
  type LifecycleState,
  nextLifecycle,
} from '../../src/runtime/lifecycle.ts';

const INPUTS: readonly LifecycleInput[] = ['start', 'ready', 'restart', 'stop', 'give_up'];

describe('the statechart of an actor', () => {
  const machine = createLifecycleMachine(LIFECYCLE as never);

  it('begins where a supervisor begins', () => {
    assert.equal(start(machine, undefined as never).snapshot.value, 'stopped');
  });

  it('goes where the runtime goes, from every state by every input', () => {
    const states = Object.keys(LIFECYCLE) as LifecycleState[];
    assert.deepEqual(Object.keys(machine.states), states);
    for (const state of states) {
      for (const input of INPUTS) {
        const snapshot = machine.resolveState({ value: state, context: {} });
        const next = step(machine, snapshot, { type: input } as never).snapshot.value;
        assert.equal(next, nextLifecycle(state, input) ?? state, `${state} ${input}`);
      }
    }
  });
});
