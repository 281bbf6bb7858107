import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { RealTimers } from '../../src/runtime/real-timers.ts';

const now = (): number => performance.now();
const held = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

describe('timers over one of the platform', () => {
  it('fire each once, in the order they are due, and none that was cancelled [timers]', async () => {
    const delays = fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.boolean()), {
      minLength: 1,
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(delays, async (wanted) => {
        const timers = new RealTimers(now);
        const start = now();
        const fired: number[] = [];
        const done = Promise.withResolvers<void>();
        const set = wanted.map(([ms, cancel], index) => ({
          cancel,
          due: start + ms,
          timer: timers.set(start + ms, () => {
            assert(now() >= start + ms);
            fired.push(index);
          }),
        }));
        timers.set(start + 5, done.resolve);
        for (const { cancel, timer } of set) if (cancel) timer.cancel();
        await done.promise;
        const expected = set
          .map(({ due, cancel }, index) => ({ due, cancel, index }))
          .filter(({ cancel }) => !cancel)
          .toSorted((a, b) => a.due - b.due || a.index - b.index);
        assert.deepEqual(
          fired,
          expected.map(({ index }) => index),
        );
      }),
      { numRuns: 20 },
    );
  });

  it('have a turn each: promises settle between two that are due together', async () => {
    const timers = new RealTimers(now);
    const log: string[] = [];
    const done = Promise.withResolvers<void>();
    const due = now() + 1;
    timers.set(due, () => void Promise.resolve().then(() => log.push('settled')));
    timers.set(due, () => log.push('second'));
    timers.set(due, done.resolve);
    await done.promise;
    assert.deepEqual(log, ['settled', 'second']);
  });

  it('keep the process alive while one is set, and no longer', () => {
    const timers = new RealTimers(now);
    const before = held();
    const first = timers.set(now() + 60_000, () => assert.fail('too early'));
    assert.equal(held(), before + 1);
    first.cancel();
    assert.equal(held(), before);
    const second = timers.set(now() + 90_000, () => assert.fail('too early'));
    assert.equal(held(), before + 1);
    second.cancel();
    assert.equal(held(), before);
  });

  it('set by one that fires come in a later turn, also when they are due at once', async () => {
    const timers = new RealTimers(now);
    const log: string[] = [];
    const done = Promise.withResolvers<void>();
    timers.set(now(), () => {
      timers.set(now(), done.resolve);
      log.push('first');
    });
    await done.promise;
    assert.deepEqual(log, ['first']);
  });
});
