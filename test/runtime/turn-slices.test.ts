import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { type Decider, type Turn, TurnRunner } from '../../src/runtime/turn.ts';
import { TurnLoop } from '../../src/runtime/turn-loop.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';

/** A loop of one decider whose turns take a millisecond each, and what its log was told. */
function rig(
  receive: (message: unknown, turn: Turn) => void = () => undefined,
  soon?: (run: () => void) => void,
) {
  const clock = new VirtualClock(0);
  const told: string[] = [];
  const decider: Decider = {
    id: 'a',
    receive: (message, turn) => {
      clock.advanceBy(1);
      receive(message, turn);
    },
    digest: () => '',
  };
  const runner = new TurnRunner(0);
  runner.add(decider);
  let onSlice = (): void => undefined;
  const loop = new TurnLoop({
    runner,
    log: {
      journal: ({ seq }) => told.push(`journal ${seq}`),
      tape: ({ seq }) => told.push(`tape ${seq}`),
      endSlice: () => {
        told.push('slice');
        onSlice();
      },
    },
    stamp: () => ({ mono: clock.now(), trading: 0, wall: 0 }),
    setMonoTimer: (due, fire) => clock.setTimer(due - clock.now(), fire),
    setTradingTimer: (due, fire) => clock.setTimer(due, fire),
    deliver: () => undefined,
    onTurn: () => undefined,
    onDefect: (error) => {
      throw error;
    },
    sliceMs: 3,
    capacity: 100,
    evaluationIntervalMs: 0,
    ...(soon === undefined ? {} : { soon }),
  });
  loop.addBoard('a', () => Float64Array.of(1));
  return {
    loop,
    told,
    whenSliceEnds: (run: () => void) => {
      onSlice = run;
    },
  };
}

describe('a slice of turns', () => {
  it('ends when nothing waits, and the log hears of it once', () => {
    const { loop, told } = rig();
    loop.wake('a');
    loop.wake('a');
    assert.deepEqual(told, ['journal 1', 'slice', 'tape 2', 'slice']);
  });

  it('ends with its time, though more waits, and the log hears of it before others have theirs', async () => {
    const { loop, told } = rig((message) => {
      if (message === 'many') {
        for (let more = 0; more < 4; more += 1)
          loop.input({ kind: 'command', to: 'a', body: more });
      }
    });
    loop.input({ kind: 'command', to: 'a', body: 'many' });
    assert.deepEqual(told, ['journal 1', 'journal 2', 'journal 3', 'slice']);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(told.slice(4), ['journal 4', 'journal 5', 'slice']);
  });

  it('goes on with what the log has to say at its end', () => {
    const { loop, told, whenSliceEnds } = rig();
    let isSaid = false;
    whenSliceEnds(() => {
      if (!isSaid) loop.input({ kind: 'tape_lost', to: 'a', body: 'lost' });
      isSaid = true;
    });
    loop.wake('a');
    assert.deepEqual(told, ['journal 1', 'slice', 'journal 2', 'slice']);
    assert.equal(loop.idle, true);
  });

  it('is all that one batch of messages woke, where the end of the batch is told', () => {
    const waiting: (() => void)[] = [];
    const { loop, told, whenSliceEnds } = rig(undefined, (run) => waiting.push(run));
    for (let message = 0; message < 3; message += 1) loop.wake('a');
    assert.deepEqual(told, ['journal 1', 'tape 2', 'tape 3']);
    let isSaid = false;
    whenSliceEnds(() => {
      if (!isSaid) loop.input({ kind: 'tape_lost', to: 'a', body: 'lost' });
      isSaid = true;
    });
    for (const run of waiting.splice(0)) run();
    assert.deepEqual(told.slice(3), ['slice', 'journal 4']);
    for (const run of waiting.splice(0)) run();
    assert.deepEqual([told.slice(5), waiting.length], [['slice'], 0]);
  });
});
