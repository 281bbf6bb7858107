import assert from 'node:assert/strict';
import { afterEach, describe, it, vi } from 'vitest';
import { createGate, type Harness, launch, probe } from './fixtures/probes.ts';

// Threads boot slowly where many tests run at once.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const running: Harness[] = [];

function start(...children: Parameters<typeof launch>): Harness {
  const harness = launch(...children);
  running.push(harness);
  return harness;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ system }) => system.stop(2000)));
});

const PLACES = [
  ['kernel watches kernel', undefined, undefined],
  ['worker watches kernel', 'one', undefined],
  ['kernel watches worker', undefined, 'one'],
  ['worker watches worker', 'one', 'two'],
] as const;

describe('a watch', () => {
  it.each(PLACES)('is told once of the end of a life, %s [watch]', async (_, at, of) => {
    const { system, received, receivedCount, event } = start([probe('a', at), probe('b', of)]);
    await system.ready;
    await system.ref('a').call({ type: 'watch', id: 'b' }, 2000);
    for (let death = 0; death < 2; death += 1) {
      const again = event('b', 'running');
      system.ref('b').cast({ type: 'throw' });
      await again;
    }
    await receivedCount(1);
    await system.ref('a').call({ type: 'echo', value: 1 }, 2000);
    assert.deepEqual(received, [{ type: 'down', id: 'b', reason: 'a defect' }]);
  });

  it('is told when the whole thread ends [watch]', async () => {
    const { system, received, receivedCount } = start([probe('a', 'one'), probe('b', 'two')]);
    await system.ready;
    await system.ref('a').call({ type: 'watch', id: 'b' }, 2000);
    system.ref('b').cast({ type: 'exit', code: 3 });
    await receivedCount(1);
    const reason = 'thread two exited with code 3';
    assert.deepEqual(received, [{ type: 'down', id: 'b', reason }]);
  });

  it('is told of each of many that end together, who start again all the same [watch]', async () => {
    const many = Array.from({ length: 80 }, (_, number) => probe(`b${number}`, 'one'));
    const { system, receivedCount, event } = start([probe('a', undefined), ...many]);
    await system.ready;
    for (const { id } of many) await system.ref('a').call({ type: 'watch', id }, 2000);
    const again = event('b79', 'running');
    system.ref('b0').cast({ type: 'exit', code: 3 });
    await receivedCount(many.length);
    await again;
  });

  it('of nobody, or of one that does not live, is told soon [watch]', async () => {
    const { system, received, receivedCount, event } = start([
      probe('a', undefined),
      probe('b', undefined, { restart: 'temporary' }),
    ]);
    await system.ready;
    const stopped = event('b', 'stopped');
    system.ref('b').cast({ type: 'throw' });
    await stopped;
    for (const id of ['nobody', 'b']) await system.ref('a').call({ type: 'watch', id }, 2000);
    await receivedCount(2);
    assert.deepEqual(received, [
      { type: 'down', id: 'nobody', reason: undefined },
      { type: 'down', id: 'b', reason: undefined },
    ]);
  });

  it('is told between two messages, before those that wait [system-lane]', async () => {
    const { system, received, receivedCount, event } = start([
      probe('a', undefined),
      probe('b', undefined),
    ]);
    await system.ready;
    await system.ref('a').call({ type: 'watch', id: 'b' }, 2000);
    const gate = createGate();
    const released = system.ref('a').call({ type: 'wait', word: gate.word, blocking: false }, 2000);
    system.ref('a').cast({ type: 'cast', to: 'test', messages: ['after'] });
    const again = event('b', 'running');
    system.ref('b').cast({ type: 'throw' });
    await again;
    assert.deepEqual(received, []);
    gate.open();
    await released;
    await receivedCount(2);
    assert.equal(received[1], 'after');
  });
});

describe('a receive that never settles', () => {
  it.each([undefined, 'one'])('is a defect at its deadline [hang] (thread %s)', async (thread) => {
    const { system, event } = start([
      probe('a', thread, { receiveDeadlineMs: 20, stopDeadlineMs: 20 }),
    ]);
    await system.ready;
    const died = event('a', 'restarting');
    const again = event('a', 'running');
    const asked = system.ref('a').call({ type: 'never' }, 5000);
    await assert.rejects(asked, { code: 'actor_down' });
    assert.equal((await died).error?.message, 'a took longer than 20 ms with never');
    await again;
  });
});
