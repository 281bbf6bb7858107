import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';

describe('a virtual clock', () => {
  it('fires timers when due, those due together in the order they were set [timers]', () => {
    const timers = fc.array(
      fc.record({ delay: fc.integer({ min: 0, max: 50 }), cancelled: fc.boolean() }),
      { maxLength: 300 },
    );
    fc.assert(
      fc.property(timers, fc.array(fc.integer({ min: 0, max: 20 })), (set, steps) => {
        const clock = new VirtualClock(1000);
        const fired: number[] = [];
        const handles = set.map(({ delay }, index) =>
          clock.setTimer(delay, () => {
            assert.equal(clock.now(), 1000 + delay);
            fired.push(index);
          }),
        );
        for (const [index, { cancelled }] of set.entries()) if (cancelled) handles[index]?.cancel();
        const expected = set
          .map(({ delay, cancelled }, index) => ({ delay, cancelled, index }))
          .filter(({ cancelled }) => !cancelled)
          .sort((a, b) => a.delay - b.delay || a.index - b.index);
        for (const step of steps) {
          clock.advanceBy(step);
          const due = expected.filter(({ delay }) => 1000 + delay <= clock.now());
          assert.deepEqual(
            fired,
            due.map(({ index }) => index),
          );
          assert.equal(clock.pending, expected.length - due.length);
          const next = expected[due.length];
          assert.equal(clock.nextDue(), next && 1000 + next.delay);
        }
      }),
    );
  });

  it('fires a timer that a fired one sets as often as it should', () => {
    const clock = new VirtualClock();
    const times: number[] = [];
    const again = (): void => {
      times.push(clock.now());
      clock.setTimer(10, again);
    };
    clock.setTimer(10, again);
    clock.advanceTo(1_000_005);
    assert.equal(times.length, 100_000);
    assert.equal(times.at(-1), 1_000_000);
    assert.equal(clock.now(), 1_000_005);
    assert.equal(clock.nextDue(), 1_000_010);
  });

  it('never fires from inside setTimer, also when nothing is to wait for', () => {
    const clock = new VirtualClock();
    let fired = 0;
    clock.setTimer(-5, () => {
      fired += 1;
    });
    assert.equal(fired, 0);
    clock.advanceBy(0);
    assert.equal(fired, 1);
  });

  it('does not keep timers that were cancelled', () => {
    const clock = new VirtualClock();
    const kept = clock.setTimer(5, () => assert.fail('cancelled'));
    for (let count = 0; count < 100_000; count += 1) {
      clock.setTimer(1_000_000 + count, () => assert.fail('cancelled')).cancel();
    }
    assert.equal(clock.pending, 1);
    kept.cancel();
    kept.cancel();
    assert.equal(clock.pending, 0);
    assert.equal(clock.nextDue(), undefined);
    clock.advanceBy(2_000_000);
  });

  it('stays usable when a timer throws', () => {
    const clock = new VirtualClock();
    clock.setTimer(1, () => {
      throw new Error('a defect');
    });
    let fired = false;
    clock.setTimer(2, () => {
      fired = true;
    });
    assert.throws(() => clock.advanceTo(3), /a defect/);
    assert.equal(clock.now(), 1);
    clock.advanceTo(3);
    assert(fired);
  });

  it('refuses to go back', () => {
    assert.throws(() => new VirtualClock(5).advanceTo(4), /only goes on/);
  });
});
