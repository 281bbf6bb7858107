/** The stepper of flat machines, held against XState's own algorithm. */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  and,
  assign,
  createMachine,
  enqueueActions,
  raise,
  setup,
} from 'xstate';
import { createDaemonMachine } from '../../machines/daemon.ts';
import { type Effect, flatStep } from '../../machines/flat-step.ts';
import { createHedgeMachine, type HedgeEvent } from '../../machines/hedge.ts';
import { inertScope, start } from '../../machines/step.ts';
import { createTradingMachine, type TradingEvent } from '../../machines/trading.ts';
import type { Verdict } from '../../src/domain/assessment.ts';
import { ANY, LEADING, PATHS, RECV, RESYNC, STOPPING, STRAY } from './hedge-events.ts';
import { assessed } from './trading-events.ts';

type Event = { readonly type: string };

const HEDGE_EVENTS: readonly HedgeEvent[] = [RECV, RESYNC, STRAY, STOPPING, ...LEADING, ...ANY];
const VERDICTS: readonly Verdict[] = [
  ...(['NO_TRADE', 'MONITOR', 'PAUSE_COST', 'PAUSE_LIQ', 'NEED_HEDGE'] as const),
  ...(['EMPTY', 'UNPRICED'] as const),
];
const TRADING_EVENTS: readonly TradingEvent[] = [
  ...VERDICTS.flatMap((verdict) => [
    assessed({ verdict }),
    assessed({ verdict, targetAllowed: true }),
    assessed({ verdict, causes: ['broker_down'] }),
  ]),
  assessed({ synced: false }),
  assessed({ strategyEnabled: false }),
  { type: 'START' },
  { type: 'TARGET_EMITTED' },
  { type: 'FLATTEN_TARGET' },
  { type: 'HEDGE_NOW' },
  { type: 'DONE' },
  { type: 'FAILED', retry: true },
  { type: 'FAILED', retry: false },
  { type: 'MANUAL_RESUME', reason: 'looked' },
  { type: 'timer.elapsed', name: 'safe_hold' },
];

/** One step by both; they agree on the snapshot and on the effects. */
function agreed(machine: AnyStateMachine, before: AnyMachineSnapshot, event: Event) {
  const flat = flatOf(machine);
  const effects: Effect[] = [];
  const next = flat(before, event, effects);
  const told: Effect[] = [];
  const actionExecutor = ({ type, params = {} }: { type: string; params?: unknown }) => {
    told.push({ type, params: params as Effect['params'] });
  };
  const reference = machine.transition(before, event, { ...inertScope(machine), actionExecutor });
  const plain = ({ value, context, status, _nodes, historyValue }: AnyMachineSnapshot) => {
    return { value, context, status, historyValue, nodes: _nodes.map(({ id }) => id) };
  };
  assert.deepEqual(plain(next), plain(reference), event.type);
  assert.deepEqual(Object.keys(next), Object.keys(reference));
  assert.equal(next === before, reference === before, `${event.type} changes nothing`);
  assert.deepEqual(effects, told, event.type);
  return next;
}

const steppers = new Map<AnyStateMachine, ReturnType<typeof flatStep>>();

function flatOf(machine: AnyStateMachine) {
  if (!steppers.has(machine)) steppers.set(machine, flatStep(machine));
  const flat = steppers.get(machine);
  assert(flat, `${machine.id} is flat`);
  return flat;
}

function walk(machine: AnyStateMachine, events: readonly Event[]): Set<unknown> {
  const values = new Set<unknown>();
  let snapshot: AnyMachineSnapshot = start(machine, undefined as never).snapshot;
  for (const event of events) {
    snapshot = agreed(machine, snapshot, event);
    values.add(snapshot.value);
  }
  return values;
}

describe('a flat machine', () => {
  it('takes the steps that XState takes: the hedge machine, whatever comes', () => {
    const machine = createHedgeMachine();
    const reached = new Set<unknown>();
    const events = fc.array(fc.constantFrom(...HEDGE_EVENTS), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(PATHS)), events, (path, some) => {
        for (const value of walk(machine, [...path, ...some])) reached.add(value);
      }),
      { numRuns: 300 },
    );
    for (const state of Object.keys(machine.states)) assert.ok(reached.has(state), state);
  });

  it('takes the steps that XState takes: the trading machine, whatever comes', () => {
    const machine = createTradingMachine();
    const reached = new Set<unknown>(['BOOT']);
    const events = fc.array(fc.constantFrom(...TRADING_EVENTS), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(events, (some) => {
        for (const value of walk(machine, [{ type: 'START' }, ...some])) reached.add(value);
      }),
      { numRuns: 300 },
    );
    for (const state of Object.keys(machine.states)) assert.ok(reached.has(state), state);
  });

  it('goes on by itself where it may, and leads to itself without leaving', () => {
    const machine = setup({
      types: { context: {} as { readonly count: number }, events: {} as { type: 'GO' | 'STAY' } },
      actions: {
        say: (_, _words: { readonly text: string }) => undefined,
        count: assign(({ context }) => ({ count: context.count + 1 })),
      },
      guards: { few: ({ context }) => context.count < 3, many: ({ context }) => context.count > 5 },
    }).createMachine({
      id: 'chain',
      context: { count: 0 },
      initial: 'a',
      always: { guard: 'many', actions: { type: 'say', params: { text: 'many' } } },
      states: {
        a: {
          entry: { type: 'say', params: { text: 'in a' } },
          exit: ['count', { type: 'say', params: ({ context }) => ({ text: `${context.count}` }) }],
          on: { GO: { target: 'b', actions: 'count' }, STAY: { target: 'a', actions: 'count' } },
        },
        b: { entry: 'count', always: { guard: 'few', target: 'c' }, on: { GO: 'a' } },
        c: { always: { target: 'b' }, on: { GO: {} } },
      },
    });
    fc.assert(
      fc.property(fc.array(fc.constantFrom('GO', 'STAY'), { maxLength: 12 }), (types) => {
        walk(
          machine,
          types.map((type) => ({ type })),
        );
      }),
    );
  });
});

describe('a machine that uses more', () => {
  const flat = { id: 'm', initial: 'a' } as const;
  const all: Readonly<Record<string, AnyStateMachine>> = {
    'parallel and nested states': createDaemonMachine({ suspended: false } as never),
    'nested states': createMachine({ ...flat, states: { a: { initial: 'x', states: { x: {} } } } }),
    'a final state': createMachine({ ...flat, states: { a: { type: 'final' } } }),
    'any event': createMachine({ ...flat, states: { a: { on: { '*': 'a' } } } }),
    'a delay': createMachine({ ...flat, states: { a: { after: { 5: 'a' } } } }),
    'leaving for itself': createMachine({
      ...flat,
      states: { a: { on: { E: { target: 'a', reenter: true } } } },
    }),
    'transitions of the whole': createMachine({
      ...flat,
      on: { E: '.b' },
      states: { a: {}, b: {} },
    }),
    'combined guards': setup({ guards: { yes: () => true } }).createMachine({
      ...flat,
      states: { a: { on: { E: { guard: and(['yes']), target: 'b' } } }, b: {} },
    }),
    'raised events': setup({ actions: { again: raise({ type: 'E' }) } }).createMachine({
      ...flat,
      states: { a: { on: { F: { actions: 'again' } } } },
    }),
    'queued actions': setup({ actions: { many: enqueueActions(() => undefined) } }).createMachine({
      ...flat,
      states: { a: { entry: 'many', on: { E: 'b' } }, b: { on: { E: 'a' } } },
    }),
  };

  for (const [what, machine] of Object.entries(all)) {
    it(`is left to XState: ${what}`, () => {
      assert.equal(flatStep(machine), null);
    });
  }
});
