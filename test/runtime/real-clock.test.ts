import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { realMono } from '../../src/runtime/real-clock.ts';

describe('the monotonic clock', () => {
  it('counts from the machine’s origin, so that threads can compare', () => {
    const clock = realMono();
    const before = Number(process.hrtime.bigint()) / 1e6;
    const now = clock.now();
    const after = Number(process.hrtime.bigint()) / 1e6;
    // 5 µs: what joining the two clocks may cost.
    assert(now >= before - 0.005 && now <= after + 0.005, `${before} ${now} ${after}`);
  });

  it('fires no timer before it is due', async () => {
    const clock = realMono();
    const delays = [0, 0.3, 1, 1.7, 2.2, 3.9, 5.5];
    const early = await Promise.all(
      delays.map(
        (delay) =>
          new Promise<number>((resolve) => {
            const due = clock.now() + delay;
            clock.setTimer(delay, () => resolve(due - clock.now()));
          }),
      ),
    );
    assert(
      early.every((ms) => ms <= 0),
      early.join(' '),
    );
  });

  it('fires no timer that was cancelled, nor one of a month at once', async () => {
    const clock = realMono();
    const cancelled = clock.setTimer(1, () => assert.fail('cancelled'));
    const month = clock.setTimer(31 * 86_400_000, () => assert.fail('too early'));
    cancelled.cancel();
    await new Promise<void>((resolve) => clock.setTimer(5, resolve));
    month.cancel();
  });
});
