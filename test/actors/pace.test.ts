/** The pace at which a backlog is shipped. */

import assert from 'node:assert/strict';
import { describe, it } from 'vitest';

import { Pace } from '../../actors/persistence/pace.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';

/** Works for so long, then rests; returns how long the rest was. */
async function restAfter(pace: Pace, clock: VirtualClock, workMs: number, lagBytes: number) {
  clock.advanceBy(workMs);
  const from = clock.now();
  const rest = pace.rest(lagBytes);
  const due = clock.nextDue();
  if (due !== undefined) clock.advanceTo(due);
  await rest;
  return clock.now() - from;
}

describe('the pace of shipping', () => {
  it('is a thirty-second of the time', async () => {
    const clock = new VirtualClock();
    const pace = new Pace(clock);
    assert.equal(Math.round(await restAfter(pace, clock, 30, 900)), 930);
    assert.equal(Math.round(await restAfter(pace, clock, 5, 800)), 155);
  });

  it('rests two seconds at the most, however long a batch took', async () => {
    const clock = new VirtualClock();
    const pace = new Pace(clock);
    assert.equal(await restAfter(pace, clock, 5_000, 900), 2_000);
  });

  it('does not rest while what waits becomes more', async () => {
    const clock = new VirtualClock();
    const pace = new Pace(clock);
    assert.equal(Math.round(await restAfter(pace, clock, 10, 500)), 310);
    assert.equal(await restAfter(pace, clock, 10, 501), 0);
    assert.equal(await restAfter(pace, clock, 10, 502), 0);
    assert.equal(Math.round(await restAfter(pace, clock, 10, 400)), 310);
  });

  it('rests also when all is shipped, so that small batches become one', async () => {
    const clock = new VirtualClock();
    const pace = new Pace(clock);
    assert.equal(Math.round(await restAfter(pace, clock, 4, 0)), 124);
    assert.equal(Math.round(await restAfter(pace, clock, 4, 0)), 124);
  });

  it('ends a rest at once when it is asked to hurry, and rests no more', async () => {
    const clock = new VirtualClock();
    const pace = new Pace(clock);
    clock.advanceBy(50);
    const rest = pace.rest(100);
    pace.hurry();
    await rest;
    assert.equal(clock.pending, 0);
    assert.equal(await restAfter(pace, clock, 50, 90), 0);
  });
});
