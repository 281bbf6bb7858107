import assert from 'node:assert/strict';
import { afterAll, afterEach, beforeAll, describe, it, vi } from 'vitest';
import { Fault } from '../../src/fault.ts';
import type { ChildSpec } from '../../src/runtime/actor.ts';
import type { SystemOptions } from '../../src/runtime/system.ts';
import { createGate, type Harness, launch, probe } from './fixtures/probes.ts';

// Threads boot slowly where many tests run at once.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const running: Harness[] = [];

function start(children: readonly ChildSpec[], more?: Partial<SystemOptions>): Harness {
  const harness = launch(children, more);
  running.push(harness);
  return harness;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ system }) => system.stop(2000)));
});

const rejectsWith = (promise: Promise<unknown>, code: string): Promise<void> =>
  assert.rejects(promise, (thrown) => thrown instanceof Fault && thrown.code === code);

describe('starting and stopping', () => {
  it('starts the children in order, each ready before the next [start-order]', async () => {
    const { system, events } = start([probe('a', 'one'), probe('b', undefined), probe('c', 'one')]);
    await system.ready;
    assert.deepEqual(
      events.map(({ id, state }) => `${id} ${state}`),
      ['a', 'b', 'c'].flatMap((id) => [`${id} starting`, `${id} running`]),
    );
  });

  it('stops the children in reverse order and leaves no thread [stop]', async () => {
    const args = { observer: 'test' };
    const { system, events, received } = start([
      probe('a', 'one', { args }),
      probe('b', 'two', { args }),
      probe('c', undefined, { args }),
    ]);
    await system.ready;
    const before = events.length;
    await system.stop(2000);
    assert.deepEqual(
      events.slice(before).map(({ id, state }) => `${id} ${state}`),
      ['c stopped', 'b stopped', 'a stopped'],
    );
    assert.deepEqual(
      received.slice(3).map((message) => (message as { id: string }).id),
      ['c', 'b', 'a'],
    );
    const threads = process.getActiveResourcesInfo().filter((name) => name === 'Worker');
    assert.deepEqual(threads, []);
  });

  it('takes what was sent before it stops, also what is still on its way [stop]', async () => {
    const { system, received } = start([probe('a', 'one', { args: { observer: 'test' } })]);
    await system.ready;
    // All that its mailbox holds, and twice what may lie between the threads.
    const numbers = Array.from({ length: 1000 }, (_, number) => number);
    for (const number of numbers) system.ref('a').cast({ type: 'sequence', number });
    await system.stop(2000);
    assert.deepEqual(received.at(-1), { type: 'stopped', id: 'a', told: numbers });
  });

  it.each(['one', undefined])('kills what is late to stop [kill] (thread %s)', async (thread) => {
    const { system } = start([
      probe('a', thread, { args: { stopNever: true }, stopDeadlineMs: 20 }),
    ]);
    await system.ready;
    await system.stop(2000);
    assert.equal(system.status()[0]?.state, 'stopped');
  });

  it('ends a thread that hangs while it stops [kill]', async () => {
    const { system } = start([probe('a', 'one', { stopDeadlineMs: 20 })]);
    await system.ready;
    system.ref('a').cast({ type: 'hang' });
    await system.stop(2000);
    assert.equal(system.status()[0]?.state, 'stopped');
  });

  it('stops what it started when a child cannot start, and keeps its fault’s code', async () => {
    const { system, events } = start([
      probe('a', 'one'),
      probe('b', 'two', { args: { failStart: true } }),
      probe('c', undefined),
    ]);
    await rejectsWith(system.ready, 'database_unreachable');
    assert.deepEqual(
      events.map(({ id, state }) => `${id} ${state}`),
      ['a starting', 'a running', 'b starting', 'b failed', 'a stopped'],
    );
  });

  it.each(['one', undefined])(
    'gives up a child that is never ready (thread %s)',
    async (thread) => {
      const { system } = start([probe('a', thread, { args: { neverReady: true } })], {
        startDeadlineMs: 50,
      });
      await rejectsWith(system.ready, 'deadline');
    },
  );

  it('can be stopped while it starts', async () => {
    const { system } = start([probe('a', 'one'), probe('b', undefined)]);
    const stopped = system.stop(2000);
    await rejectsWith(system.ready, 'actor_down');
    await stopped;
    assert.deepEqual(
      system.status().map(({ id, state }) => `${id} ${state}`),
      ['a stopped', 'b stopped', 'test stopped', 'root stopped'],
    );
  });
});

describe('messages between actors', () => {
  const FROM_TO = [
    ['kernel to kernel', 'kernel 1', 'kernel 2'],
    ['worker to worker', 'one 1', 'two'],
    ['worker to kernel', 'one 1', 'kernel 1'],
    ['kernel to worker', 'kernel 1', 'one 1'],
    ['within a thread', 'one 1', 'one 2'],
  ] as const;
  let harness: Harness;

  beforeAll(async () => {
    harness = launch([
      probe('one 1', 'one'),
      probe('one 2', 'one'),
      probe('two', 'two'),
      probe('kernel 1', undefined),
      probe('kernel 2', undefined),
    ]);
    await harness.system.ready;
  });

  afterAll(() => harness.system.stop(2000));

  it.each(FROM_TO)('arrive in the order they were sent, %s [fifo]', async (_, from, to) => {
    const sender = harness.system.ref(from);
    const before = await harness.system.ref(to).call<number[]>({ type: 'told' }, 2000);
    const numbers = Array.from({ length: 300 }, (_unused, number) => number);
    const messages = numbers.map((number) => ({ type: 'sequence', number }));
    await sender.call({ type: 'cast', to, messages }, 2000);
    // Asked by the same sender, so that the question is behind the messages.
    const told = await sender.call({ type: 'ask', to, message: { type: 'told' } }, 2000);
    assert.deepEqual(told, [...before, ...numbers]);
  });

  it.each(FROM_TO)('answer a call with the callee’s fault, %s [call]', async (_, from, to) => {
    const { system } = harness;
    const asked = system.ref(from).call({ type: 'ask', to, message: { type: 'fault' } }, 2000);
    await assert.rejects(asked, (thrown) => {
      assert(thrown instanceof Fault);
      const message = 'no such thing';
      assert.deepEqual(thrown.toMessage(), {
        code: 'not_found',
        message,
        remedy: 'look elsewhere',
      });
      return true;
    });
    assert.equal(await system.ref(to).call({ type: 'echo', value: 7 }, 2000), 7);
  });
});

describe('messages', () => {
  it('reject a call at its deadline, wherever the callee is [call]', async () => {
    const { system } = start([
      probe('a', 'one', { stopDeadlineMs: 10 }),
      probe('b', undefined, { stopDeadlineMs: 10 }),
    ]);
    await system.ready;
    await rejectsWith(system.ref('a').call({ type: 'never' }, 10), 'deadline');
    await rejectsWith(system.ref('b').call({ type: 'never' }, 10), 'deadline');
  });

  it('reject a call to an actor that is unknown or has stopped', async () => {
    const { system } = start([probe('a', 'one')]);
    await rejectsWith(system.ref('nobody').call({ type: 'told' }, 1000), 'actor_down');
    await system.ready;
    await system.stop(1000);
    await rejectsWith(system.ref('a').call({ type: 'told' }, 1000), 'actor_down');
  });

  it('are counted and sampled when they reach nobody [dead-letters]', async () => {
    const { system, event } = start([
      probe('a', 'one', { restart: 'temporary' }),
      probe('b', 'two'),
    ]);
    await system.ready;
    const ended = event('a', 'stopped');
    system.ref('a').cast({ type: 'throw' });
    await ended;
    // From another thread: the sample knows its sender all the same.
    const messages = Array.from({ length: 5 }, () => ({ type: 'told' }));
    system.ref('b').cast({ type: 'cast', to: 'a', messages });
    await system.ref('b').call({ type: 'echo', value: 1 }, 2000);
    await system.stop(1000);
    system.ref('nobody').cast('hello');
    const now = Date.now();
    const letters = system.deadLetters().map(({ at, ...letter }) => {
      assert(Math.abs(now - at) < 60_000, `${at}`);
      return letter;
    });
    const told = { to: 'a', from: 'b', type: 'told', reason: 'not_running' };
    assert.deepEqual(letters.slice(0, 3), [
      { ...told, count: 1 },
      { ...told, count: 2 },
      { ...told, count: 4 },
    ]);
    assert.deepEqual(letters.at(-1), {
      ...{ to: 'nobody', from: undefined, type: 'string', reason: 'unknown_id', count: 1 },
    });
    const status = system.status().find(({ id }) => id === 'a');
    assert.equal(status?.deadLetters, 5);
    assert.deepEqual(
      status.deadLetterSamples.map(({ count, reason }) => `${count} ${reason}`),
      ['1 not_running', '2 not_running', '4 not_running'],
    );
  });

  it('are never delivered from inside the sending call [not-inside]', async () => {
    const { system, received } = start([]);
    await system.ready;
    system.ref('test').cast(1);
    assert.deepEqual(received, []);
    while (received.length === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(received, [1]);
  });

  it('carry shared memory through', async () => {
    const words = new Int32Array(new SharedArrayBuffer(4));
    const { system } = start([probe('a', 'one', { args: { lives: words } })]);
    await system.ready;
    assert.equal(words[0], 1);
  });

  it('reach a receiver registered after the workers started', async () => {
    const { system, received } = start([probe('a', 'one')]);
    await system.ready;
    const later: unknown[] = [];
    system.register('later', (message) => later.push(message));
    const messages = [1, 2];
    await system.ref('a').call({ type: 'cast', to: 'later', messages }, 2000);
    await system.ref('a').call({ type: 'cast', to: 'test', messages }, 2000);
    assert.deepEqual([later, received], [messages, messages]);
  });
});

describe('mailboxes', () => {
  it('refuse exactly above their capacity, across threads [capacity]', async () => {
    const mailbox = { capacity: 10, policy: { kind: 'refuse' } } as const;
    const { system, depth } = start([probe('a', 'one', { mailbox })]);
    await system.ready;
    const gate = createGate();
    const ref = system.ref('a');
    const released = ref.call({ type: 'wait', word: gate.word, blocking: true }, 2000);
    // The blocking message is taken when the depth is 0 again; then the thread stands still.
    await depth('a', 0);
    for (let number = 0; number < 10; number += 1) ref.cast({ type: 'sequence', number });
    assert.throws(() => ref.cast({ type: 'told' }), { code: 'mailbox_full' });
    await rejectsWith(ref.call({ type: 'told' }, 1000), 'mailbox_full');
    assert.equal(system.status()[0]?.mailboxDepth, 10);
    gate.open();
    await released;
    await depth('a', 0);
    const told = await ref.call<number[]>({ type: 'told' }, 2000);
    assert.equal(told.length, 10);
    assert.equal(system.status()[0]?.mailboxDepth, 0);
    assert.equal(system.status()[0]?.mailboxHigh, 10);
  });

  it('drop the oldest and bound what is between threads [drop-oldest]', async () => {
    const mailbox = { capacity: 10, policy: { kind: 'drop_oldest' } } as const;
    const { system, depth } = start([probe('a', 'one', { mailbox })]);
    await system.ready;
    const gate = createGate();
    const ref = system.ref('a');
    const released = ref.call({ type: 'wait', word: gate.word, blocking: true }, 2000);
    await depth('a', 0);
    for (let number = 0; number < 100; number += 1) ref.cast({ type: 'sequence', number });
    assert.equal(system.status()[0]?.mailboxDepth, 10);
    assert.equal(system.status()[0]?.dropped, 80);
    gate.open();
    await released;
    // Ten were between the threads and ten held back, the newest; the question and the mailbox
    // itself may each have displaced the oldest of them.
    const told = await ref.call<number[]>({ type: 'told' }, 2000);
    assert.deepEqual(told.slice(-9), [91, 92, 93, 94, 95, 96, 97, 98, 99]);
    assert(told.length <= 20);
    assert.deepEqual(
      told,
      told.toSorted((a, b) => a - b),
    );
  });

  it('conflate messages of one key, and count them once [conflate]', async () => {
    const { system } = start([probe('a', undefined)]);
    await system.ready;
    const ref = system.ref('a');
    for (let number = 0; number < 9; number += 1) {
      ref.cast({ type: 'keyed', key: number % 2 === 0 ? 'even' : 'odd', number });
    }
    assert.equal(system.status()[0]?.mailboxDepth, 2);
    assert.deepEqual(await ref.call({ type: 'told' }, 1000), [8, 7]);
  });

  it('let timers and sockets have their turn behind a flood [fair]', async () => {
    const { system } = start([]);
    let taken = 0;
    let more = true;
    system.register('flood', () => {
      taken += 1;
      if (more) system.ref('flood').cast(taken);
    });
    await system.ready;
    system.ref('flood').cast(0);
    await new Promise((resolve) => setTimeout(resolve, 1));
    more = false;
    assert(taken > 0);
  });
});

describe('a registered receiver', () => {
  it('that throws is told of, and never started again', async () => {
    const { system, escalated } = start([]);
    system.register('decider', () => {
      throw new Error('cannot decide');
    });
    await system.ready;
    system.ref('decider').cast(1);
    assert.equal((await escalated).message, 'cannot decide');
    assert.equal(system.status().find(({ id }) => id === 'decider')?.state, 'failed');
  });
});
