import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { Dispatcher, type Runnable } from '../../src/runtime/dispatcher.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';

/** Turns that the test gives by hand; each `run(later)` is one of the event loop's. */
function manual() {
  const soon: (() => void)[] = [];
  const later: (() => void)[] = [];
  const clock = new VirtualClock();
  const loop = { turns: 0 };
  const dispatcher = new Dispatcher(
    clock,
    { soon: (run) => soon.push(run), later: (run) => later.push(run) },
    () => loop.turns,
  );
  const run = (queue: (() => void)[]): void => {
    if (queue === later) loop.turns += 1;
    for (const one of queue.splice(0)) one();
  };
  return { dispatcher, clock, soon, later, loop, run };
}

/** Takes `ms` for each of `count` steps. */
function worker(name: string, count: number, log: string[], clock?: VirtualClock): Runnable {
  let left = count;
  return {
    step() {
      log.push(name);
      clock?.advanceBy(1);
      left -= 1;
      return left > 0;
    },
  };
}

describe('a dispatcher', () => {
  it('gives one step to each in rotation [fair]', () => {
    const { dispatcher, soon, run } = manual();
    const log: string[] = [];
    dispatcher.wake(worker('a', 3, log));
    dispatcher.wake(worker('b', 2, log));
    assert.deepEqual(log, []);
    run(soon);
    assert.deepEqual(log, ['a', 'b', 'a', 'b', 'a']);
  });

  it('leaves the event loop its turn after a slice of time [fair]', () => {
    const { dispatcher, clock, soon, later, run } = manual();
    const log: string[] = [];
    dispatcher.wake(worker('a', 8, log, clock));
    run(soon);
    assert.equal(log.length, 3);
    assert.equal(soon.length, 0);
    run(later);
    assert.equal(log.length, 6);
    run(later);
    assert.equal(log.length, 8);
  });

  it('opens one slice per turn of the event loop, however often it is woken', () => {
    const { dispatcher, clock, soon, later, run } = manual();
    const log: string[] = [];
    for (let count = 0; count < 20; count += 1) {
      dispatcher.wake(worker(`${count}`, 1, log, clock));
      run(soon);
    }
    assert.equal(log.length, 3);
    for (let turn = 0; turn < 6; turn += 1) run(later);
    assert.equal(log.length, 20);
    assert.deepEqual([soon.length, later.length], [0, 0]);
  });

  it('asks for no turn of the event loop while its slices are not spent', () => {
    const { dispatcher, clock, soon, later, loop, run } = manual();
    const log: string[] = [];
    for (let count = 0; count < 100; count += 1) {
      loop.turns += 1;
      dispatcher.wake(worker(`${count}`, 1, log, clock));
      run(soon);
    }
    assert.deepEqual([log.length, later.length], [100, 0]);
  });

  it('ends a slice by steps where the clock stands still', () => {
    const { dispatcher, soon, run } = manual();
    const log: string[] = [];
    dispatcher.wake(worker('a', 50_000, log));
    run(soon);
    assert.equal(log.length, 10_000);
  });
});
