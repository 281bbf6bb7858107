import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { nextLifecycle } from '../../src/runtime/lifecycle.ts';
import { createRandom } from '../../src/runtime/random.ts';
import { backoffMs, mayRestart, RestartWindow } from '../../src/runtime/restart-policy.ts';

const STATES = ['starting', 'running', 'restarting', 'stopped', 'failed'] as const;

describe('the lifecycle of an actor', () => {
  it.each([
    ['start', { stopped: 'starting', restarting: 'starting', failed: 'starting' }],
    ['ready', { starting: 'running' }],
    ['restart', { starting: 'restarting', running: 'restarting', restarting: 'restarting' }],
    [
      'stop',
      {
        stopped: 'stopped',
        starting: 'stopped',
        running: 'stopped',
        restarting: 'stopped',
        failed: 'failed',
      },
    ],
    ['give_up', { starting: 'failed', running: 'failed', restarting: 'failed', failed: 'failed' }],
  ] as const)('takes %s only where it can happen', (input, expected) => {
    const taken = STATES.map((state) => [state, nextLifecycle(state, input)] as const);
    assert.deepEqual(Object.fromEntries(taken.filter(([, next]) => next !== undefined)), expected);
  });
});

describe('the restart policy', () => {
  it.each([
    ['permanent', true, true],
    ['transient', false, true],
    ['temporary', false, false],
  ] as const)('%s: after a normal end %s, after a crash %s', (restart, normal, crash) => {
    assert.equal(mayRestart(restart, true), normal);
    assert.equal(mayRestart(restart, false), crash);
  });

  it('admits the restarts of one period, and new ones when old ones have left it', () => {
    const window = new RestartWindow({ restarts: 2, periodMs: 100 });
    assert.deepEqual(
      [0, 50, 99, 140, 210].map((now) => window.admit(now)),
      [true, true, false, false, true],
    );
  });

  it('doubles its wait, and spreads it over the upper half [restart]', () => {
    const random = createRandom(1);
    for (const [failures, upper] of [
      [1, 10],
      [2, 20],
      [5, 160],
    ] as const) {
      const waits = Array.from({ length: 200 }, () =>
        backoffMs({ msMin: 10, msMax: 500 }, failures, random),
      );
      const [least, most] = [Math.min(...waits), Math.max(...waits)];
      assert(least >= upper / 2 && least < 0.55 * upper, `${least} of ${upper}`);
      assert(most <= upper && most > 0.95 * upper, `${most} of ${upper}`);
    }
  });

  it('never waits longer than its maximum, however often it failed [restart]', () => {
    const random = createRandom(1);
    for (const failures of [1, 2, 10, 5000]) {
      const wait = backoffMs({ msMin: 10, msMax: 500 }, failures, random);
      assert(wait >= 5 && wait <= 500, `${wait}`);
    }
  });
});
