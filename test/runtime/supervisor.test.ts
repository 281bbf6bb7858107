import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { probe } from './fixtures/probes.ts';
import { CRASH, settle, world } from './fixtures/supervisor-world.ts';

describe('a supervisor', () => {
  it('waits longer after each failure in a row, up to a maximum', async () => {
    const { supervisor, mono } = world([probe('a', undefined)], 100);
    await supervisor.start();
    const waits: number[] = [];
    for (let failure = 0; failure < 7; failure += 1) {
      supervisor.crashed('a', CRASH, 0);
      waits.push((mono.nextDue() ?? 0) - mono.now());
      mono.advanceTo(mono.nextDue() ?? 0);
      await settle();
    }
    for (const [failure, wait] of waits.entries()) {
      const full = Math.min(1000, 100 * 2 ** failure);
      assert(wait >= full / 2 && wait <= full, `failure ${failure} waits ${wait} of ${full}`);
    }
  });

  it('forgets failures after a period without one', async () => {
    const { supervisor, mono, pass } = world([probe('a', undefined)]);
    await supervisor.start();
    for (let failure = 0; failure < 3; failure += 1) {
      supervisor.crashed('a', CRASH, 0);
      await pass(1000);
    }
    await pass(10_000);
    supervisor.crashed('a', CRASH, 0);
    assert((mono.nextDue() ?? 0) - mono.now() <= 100);
    assert.equal(supervisor.status()[0]?.restarts, 4);
  });

  it('escalates once at one restart too many, and starts nothing any more', async () => {
    const { supervisor, escalated, log, mono, pass } = world([
      probe('a', undefined),
      probe('b', undefined),
    ]);
    await supervisor.start();
    for (let failure = 0; failure < 3; failure += 1) {
      supervisor.crashed('a', CRASH, 0);
      await pass(1000);
    }
    assert.equal(escalated.length, 0);
    supervisor.crashed('a', CRASH, 0);
    supervisor.crashed('b', CRASH, 0);
    assert.equal(escalated.length, 1);
    assert.equal(escalated[0]?.cause, CRASH);
    assert.deepEqual(log.slice(-2), ['a failed', 'b failed']);
    assert.equal(mono.pending, 0);
  });

  it('counts a failing start as a failure', async () => {
    const { supervisor, starts, escalated, log, pass } = world([probe('a', undefined)]);
    await supervisor.start();
    starts.set('a', () => Promise.reject(new Error('no')));
    supervisor.crashed('a', CRASH, 0);
    for (let count = 0; count < 5; count += 1) await pass(1000);
    assert.equal(escalated.length, 1);
    assert.equal(log.filter((line) => line === 'a starting').length, 4);
    assert.equal(log.at(-1), 'a failed');
  });

  it('starts the actors of a thread together, and one that waited with them', async () => {
    const { supervisor, log, mono, pass } = world([
      probe('a', 'one'),
      probe('b', 'one'),
      probe('c', 'two'),
    ]);
    await supervisor.start();
    log.length = 0;
    supervisor.crashed('b', CRASH, 0);
    supervisor.threadDown('one', CRASH, 1, () => 0);
    assert.equal(mono.pending, 1);
    await pass(1000);
    assert.deepEqual(log, [
      ...['b restarting', 'a restarting', 'b restarting'],
      ...['a starting', 'a running', 'b starting', 'b running'],
    ]);
  });

  it('starts the rest again when the thread dies while it starts again', async () => {
    const { supervisor, log, starts, pass } = world([probe('a', 'one'), probe('b', 'one')]);
    await supervisor.start();
    const second = Promise.withResolvers<void>();
    starts.set('b', () => second.promise);
    supervisor.threadDown('one', CRASH, 1, () => 0);
    await pass(1000);
    log.length = 0;
    supervisor.threadDown('one', CRASH, 1, () => 0);
    second.reject(CRASH);
    starts.delete('b');
    await pass(1000);
    assert.deepEqual(log, [
      ...['a restarting', 'b restarting'],
      ...['a starting', 'a running', 'b starting', 'b running'],
    ]);
  });

  it('fails the start of a child that dies before it is ready', async () => {
    const { supervisor, starts, log } = world([probe('a', 'one'), probe('b', 'one')]);
    const never = Promise.withResolvers<void>();
    starts.set('a', () => never.promise);
    const started = supervisor.start();
    supervisor.crashed('a', CRASH, 0);
    never.resolve();
    await assert.rejects(started, CRASH);
    assert.deepEqual(log, ['a starting', 'a failed']);
  });

  it('shares what is left of the whole deadline when it stops', async () => {
    const { supervisor, log } = world([
      probe('a', undefined),
      probe('b', undefined, { stopDeadlineMs: 50 }),
      probe('c', undefined),
    ]);
    await supervisor.start();
    log.length = 0;
    await supervisor.stop(250);
    const stops = ['stop c 250', 'c stopped', 'stop b 50', 'b stopped', 'stop a 50', 'a stopped'];
    assert.deepEqual(log, stops);
  });

  it('starts nothing again once it stops', async () => {
    const { supervisor, log, pass } = world([probe('a', undefined), probe('b', undefined)]);
    await supervisor.start();
    supervisor.crashed('a', CRASH, 0);
    await supervisor.stop(1000);
    supervisor.crashed('b', CRASH, 0);
    await pass(10_000);
    assert.deepEqual(log.slice(-3), ['stop b 1000', 'b stopped', 'a stopped']);
  });
});
