import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { createTradingClock, type TradingClock } from '../../src/runtime/trading-clock.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';

const OPEN = Date.UTC(2026, 0, 5, 14, 30);

interface World {
  readonly mono: VirtualClock;
  readonly clock: TradingClock;
  /** The broker's true time; it tells only its seconds. */
  truth(): number;
  jump(ms: number): void;
  /** Lets time pass and asks the broker every `everyMs`. */
  poll(everyMs: number, times: number): void;
}

function world(rate: number, start = OPEN + 321): World {
  const mono = new VirtualClock(5000);
  const clock = createTradingClock({ mono, mode: 'live', rate });
  let offset = start - rate * mono.now();
  const truth = (): number => offset + rate * mono.now();
  return {
    mono,
    clock,
    truth,
    jump(ms) {
      offset += ms;
    },
    poll(everyMs, times) {
      for (let count = 0; count < times; count += 1) {
        clock.sync(Math.floor(truth() / 1000) * 1000);
        mono.advanceBy(everyMs);
      }
    },
  };
}

describe('the trading clock, live', () => {
  it('knows no time before the first answer', () => {
    const { clock } = world(1);
    assert.equal(clock.now(), Number.NaN);
    assert.equal(clock.synced, false);
    assert.equal(clock.dueTimers(), 0);
    assert.equal(clock.skewMs(), 0);
  });

  it('is within half a second after one answer', () => {
    const { clock, truth, poll } = world(1);
    poll(0, 1);
    assert(clock.synced);
    assert(Math.abs(clock.now() - truth()) <= 500);
  });

  it.each([1, 10])('finds the second’s flip by asking, at rate %i', (rate) => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999 }), (phase) => {
        const { clock, truth, poll, mono } = world(rate, OPEN + phase);
        poll(50 / rate, 25);
        mono.advanceBy(11_000 / rate);
        // Half of the time between two questions, and what it slews in a moment.
        assert(Math.abs(clock.now() - truth()) <= 26, `${clock.now() - truth()}`);
        poll(0, 1);
        assert(Math.abs(clock.skewMs()) <= 26);
      }),
      { numRuns: 50 },
    );
  });

  it('never goes back and runs within 5 % of its rate while it corrects itself', () => {
    const jitter = fc.array(fc.integer({ min: -1500, max: 1500 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(jitter, (jumps) => {
        const { clock, mono, jump, poll } = world(1);
        poll(0, 1);
        for (const ms of jumps) {
          jump(ms);
          const before = clock.now();
          poll(0, 1);
          // Rounding of epoch milliseconds in a double, twice.
          assert(Math.abs(clock.now() - before) < 1e-3 || clock.skewMs() !== 0);
          for (let step = 0; step < 20; step += 1) {
            const from = clock.now();
            mono.advanceBy(37);
            const passed = clock.now() - from;
            assert(passed >= -1e-3 && passed <= 37 * 1.05 + 1e-3, `${passed}`);
          }
        }
      }),
    );
  });

  it('steps forward at once when the broker is more than 2 s ahead', () => {
    const { clock, truth, jump, poll } = world(1);
    poll(100, 30);
    const night = 17.5 * 3_600_000;
    jump(night);
    poll(0, 1);
    assert(Math.abs(clock.now() - truth()) <= 500);
    assert(Math.abs(clock.skewMs() - night) <= 1000);
    poll(0, 1);
    assert.equal(clock.skewMs(), 0);
  });

  it('stands still while the broker is more than 2 s behind, until it has caught up', () => {
    const { clock, mono, truth, jump, poll } = world(1);
    poll(100, 30);
    jump(-10_000);
    const held = clock.now();
    poll(0, 1);
    assert(clock.skewMs() < -8000);
    mono.advanceBy(5000);
    assert.equal(clock.now(), held);
    poll(1000, 3);
    assert.equal(clock.now(), held);
    mono.advanceBy(20_000);
    assert(Math.abs(clock.now() - truth()) <= 1000);
  });

  it('follows a broker whose seconds are not quite ours', () => {
    const { clock, mono, truth, jump, poll } = world(1);
    poll(50, 25);
    for (let hour = 0; hour < 48; hour += 1) {
      for (let minute = 0; minute < 60; minute += 1) {
        jump(60_000 * 50e-6);
        mono.advanceBy(60_000);
        poll(0, 1);
      }
      assert(Math.abs(clock.now() - truth()) <= 1000, `${hour}: ${clock.now() - truth()}`);
      assert(Math.abs(clock.skewMs()) < 1000);
    }
  });

  it.each([1, 10])('fires timers when its time has come, never before, at rate %i', (rate) => {
    const timers = fc.array(fc.integer({ min: -500, max: 60_000 }), { maxLength: 40 });
    const jumps = fc.array(fc.integer({ min: -3000, max: 30_000 }), { maxLength: 5 });
    fc.assert(
      fc.property(timers, jumps, (dues, steps) => {
        const { clock, mono, jump, poll } = world(rate);
        const fired: number[] = [];
        for (const due of dues) {
          clock.setTimerAt(OPEN + due, () => {
            assert(clock.now() >= OPEN + due);
            fired.push(due);
          });
        }
        mono.advanceBy(1000);
        assert.deepEqual(fired, []);
        for (const step of steps) {
          poll(300 / rate, 10);
          jump(step);
        }
        poll(1000 / rate, 90);
        assert.deepEqual(
          fired,
          dues.toSorted((a, b) => a - b),
        );
        assert.equal(clock.dueTimers(), 0);
        assert.equal(mono.pending, 0);
      }),
      { numRuns: 50 },
    );
  });

  it('fires a timer at most a millisecond late while it is in step', () => {
    const { clock, mono, poll } = world(1);
    poll(50, 25);
    mono.advanceBy(15_000);
    const due = clock.now() + 1234;
    let at = Number.NaN;
    clock.setTimerAt(due, () => {
      at = clock.now();
    });
    clock.setTimerAt(due - 1, () => undefined).cancel();
    mono.advanceBy(5000);
    assert(at >= due && at < due + 1, `${at - due}`);
  });

  it('holds nothing on the platform once its last timer is cancelled', () => {
    const { clock, mono, poll } = world(1);
    poll(0, 1);
    const first = clock.setTimerAt(clock.now() + 60_000, () => undefined);
    const second = clock.setTimerAt(clock.now() + 90_000, () => undefined);
    first.cancel();
    assert.equal(mono.pending, 1);
    second.cancel();
    assert.equal(mono.pending, 0);
  });

  it('fires a timer that is already due later, and only once', () => {
    const { clock, mono, poll } = world(1);
    poll(0, 1);
    let fired = 0;
    clock.setTimerAt(clock.now() - 1, () => {
      fired += 1;
    });
    assert.deepEqual([fired, clock.dueTimers()], [0, 1]);
    mono.advanceBy(0);
    assert.deepEqual([fired, clock.dueTimers()], [1, 0]);
  });
});

describe('the trading clock, in lock-step', () => {
  const lockstep = () => {
    const mono = new VirtualClock();
    return { mono, clock: createTradingClock({ mono, mode: 'lockstep', rate: 1 }) };
  };

  it('stands still between two answers, and never goes back', () => {
    const { mono, clock } = lockstep();
    assert.equal(clock.now(), Number.NaN);
    clock.sync(OPEN);
    mono.advanceBy(60_000);
    assert.equal(clock.now(), OPEN);
    clock.sync(OPEN + 250);
    clock.sync(OPEN + 100);
    assert.equal(clock.now(), OPEN + 250);
    assert.equal(clock.skewMs(), -150);
  });

  it('fires what is due in order when it is told the time', () => {
    const { mono, clock } = lockstep();
    const fired: string[] = [];
    clock.setTimerAt(OPEN + 200, () => fired.push('b'));
    clock.setTimerAt(OPEN + 100, () => {
      fired.push('a');
      clock.setTimerAt(OPEN + 150, () => fired.push('chained'));
    });
    clock.setTimerAt(OPEN + 200, () => fired.push('c'));
    clock.setTimerAt(OPEN + 301, () => fired.push('late'));
    clock.sync(OPEN);
    assert.deepEqual(fired, []);
    assert.equal(clock.nextDue(), OPEN + 100);
    clock.sync(OPEN + 300);
    assert.deepEqual(fired, ['a', 'chained', 'b', 'c']);
    mono.advanceBy(1000);
    assert.deepEqual([clock.dueTimers(), clock.nextDue()], [0, OPEN + 301]);
  });

  it('counts a timer that is set when it is due until it has fired', () => {
    const { mono, clock } = lockstep();
    clock.sync(OPEN);
    let fired = false;
    clock.setTimerAt(OPEN, () => {
      fired = true;
    });
    assert.deepEqual([fired, clock.dueTimers()], [false, 1]);
    mono.advanceBy(0);
    assert.deepEqual([fired, clock.dueTimers()], [true, 0]);
  });
});
