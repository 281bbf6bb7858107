import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { type AnyMachineSnapshot, createMachine, setup } from 'xstate';
import { createDaemonMachine } from '../../machines/daemon.ts';
import { createHedgeMachine, type HedgeEvent } from '../../machines/hedge.ts';
import { pastSteps, start, step, unknownEvents } from '../../machines/step.ts';
import { traceStep } from '../../machines/trace.ts';
import * as events from './hedge-events.ts';

const { ACK, APPROVED, DENIED, LOST, NEED, RECV, RESYNC, SYNCED, TOO_SMALL, WANT } = events;

const some: fc.Arbitrary<HedgeEvent> = fc.constantFrom<HedgeEvent>(
  ...[RECV, RECV, NEED, NEED, TOO_SMALL, APPROVED, APPROVED, DENIED, ACK, ACK, LOST, SYNCED],
  ...[WANT, RESYNC, events.UNCLEAR, events.STRAY, events.ANSWERED, events.STOPPING],
  ...[events.fill(60), events.fill(112), events.reject(true), events.cancelled(60)],
  ...[events.elapsed('ack'), events.elapsed('working', true), events.elapsed('cancel')],
);

function traceOf(list: readonly HedgeEvent[]) {
  const machine = createHedgeMachine();
  let { snapshot } = start(machine, undefined as never);
  return list.map((event) => {
    const before: AnyMachineSnapshot = snapshot;
    snapshot = step(machine, snapshot, event).snapshot;
    return { before, after: snapshot, event, trace: traceStep({ before, event }) };
  });
}

describe('the trace of a step', () => {
  it('names what fired, and what its guards said before it', () => {
    const [received, , approved] = traceOf([RECV, TOO_SMALL, APPROVED]);
    assert.deepEqual(
      received?.trace.fired.map(({ state, event, target }) => [state, event, target]),
      [['EXEC_IDLE', 'RECV_TARGET', 'PLAN']],
    );
    assert.deepEqual(approved?.trace.fired, []);
    const [, small] = traceOf([RECV, TOO_SMALL]);
    assert.deepEqual(
      small?.trace.guards.map(({ guard, passed }) => [guard, passed]),
      [['belowMinimum', true]],
    );
    const [, need] = traceOf([RECV, NEED]);
    assert.deepEqual(need?.trace.guards[0], {
      state: 'PLAN',
      event: 'need.computed',
      guard: 'belowMinimum',
      passed: false,
      target: 'EXEC_IDLE',
    });
  });

  it('leads from where the step began to where it ended, in whatever state it was', () => {
    fc.assert(
      fc.property(fc.array(some, { maxLength: 25 }), (list) => {
        for (const { before, after, trace, event } of traceOf(list)) {
          const lasting = trace.fired.filter(({ target }) => target !== null);
          const value = lasting.at(-1)?.target ?? before.value;
          assert.equal(value, after.value, `${before.value} ${event.type}`);
          for (const { state, guard, target } of trace.fired) {
            if (guard === null) continue;
            const asked = trace.guards.filter((one) => one.state === state && one.passed);
            assert.ok(
              asked.some((one) => one.guard === guard && one.target === target),
              `${guard} is not among those that passed`,
            );
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('knows guards of every form, and regions that run side by side', () => {
    const machine = setup({
      types: { events: {} as { type: 'GO'; n: number } | { type: 'BACK' } },
      guards: {
        above: ({ event }, { than }: { than: number }) => event.type === 'GO' && event.n > than,
        high: 'above' as never,
      },
    }).createMachine({
      id: 'm',
      type: 'parallel',
      states: {
        a: {
          initial: 'low',
          states: {
            low: {
              on: {
                GO: [
                  { guard: { type: 'above', params: { than: 9 } }, target: 'high' },
                  { guard: ({ event }) => event.n === 5, target: 'high' },
                ],
              },
            },
            high: {},
          },
        },
        b: { initial: 'still', states: { still: { on: { GO: '#m' } } } },
      },
    });
    const { snapshot } = start(machine, undefined as never);
    const { guards } = traceStep({ before: snapshot, event: { type: 'GO', n: 5 } as never });
    assert.deepEqual(
      guards.map(({ state, guard, passed, target }) => [state, guard, passed, target]),
      [
        ['a.low', 'above 9', false, 'a.high'],
        ['a.low', 'guard', true, 'a.high'],
      ],
    );
  });

  it('tells the transitions without an event that followed', () => {
    const machine = createMachine({
      initial: 'a',
      states: { a: { on: { GO: 'b' } }, b: { always: 'c' }, c: {} },
    });
    const { snapshot } = start(machine, undefined as never);
    const { fired } = traceStep({ before: snapshot, event: { type: 'GO' } });
    assert.deepEqual(
      fired.map(({ state, event, target }) => [state, event, target]),
      [
        ['a', 'GO', 'b'],
        ['b', 'always', 'c'],
      ],
    );
  });
});

describe('a hosted machine', () => {
  it('keeps its newest steps, moves apart from the rest, and no more than a hundred', () => {
    const machine = createHedgeMachine();
    let { snapshot } = start(machine, undefined as never);
    for (let n = 0; n < 400; n += 1) {
      for (const event of [RECV, TOO_SMALL, ACK])
        snapshot = step(machine, snapshot, event).snapshot;
    }
    const [moves, stays] = [pastSteps(machine, 'moves'), pastSteps(machine, 'stays')];
    assert.deepEqual([moves.length, stays.length], [100, 100]);
    assert.equal(stays.at(-1)?.number, 1200);
    assert.equal(moves.at(-1)?.number, 1199);
    assert.ok(moves.every(({ moved }) => moved) && stays.every(({ moved }) => !moved));
  });

  it('refuses and counts an event that none of its states knows', () => {
    const machine = createDaemonMachine({ suspended: false });
    const first = start(machine, undefined as never).snapshot;
    const event = { type: 'NONSENSE' } as never;
    const { snapshot, effects } = step(machine, first, event);
    step(machine, first, event);
    assert.equal(snapshot, first);
    assert.deepEqual(effects, []);
    assert.deepEqual([...unknownEvents(machine)], [['NONSENSE', 2]]);
    assert.deepEqual(pastSteps(machine, 'stays'), []);
  });

  it('throws what its guard throws, once and to its host alone', async () => {
    const machine = createMachine({
      on: {
        GO: {
          guard: () => {
            throw new Error('broken guard');
          },
        },
      },
    });
    const { snapshot } = start(machine, undefined as never);
    const unobserved: unknown[] = [];
    const note = (error: unknown) => unobserved.push(error);
    process.on('uncaughtException', note);
    assert.throws(() => step(machine, snapshot, { type: 'GO' } as never), /broken guard/);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('uncaughtException', note);
    assert.deepEqual(unobserved, []);
  });
});
