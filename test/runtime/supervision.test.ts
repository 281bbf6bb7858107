import assert from 'node:assert/strict';
import { afterEach, describe, it, vi } from 'vitest';
import { Fault } from '../../src/fault.ts';
import type { SupervisorSpec, SystemChild } from '../../src/runtime/supervisor-spec.ts';
import type { SystemOptions } from '../../src/runtime/system.ts';
import { createGate, type Harness, launch, probe } from './fixtures/probes.ts';

// Threads boot slowly where many tests run at once.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const running: Harness[] = [];
const PLACES = ['one', undefined] as const;
const FAST_HEARTBEAT = { intervalMs: 50, missesMax: 10 } as const;

function start(children: readonly SystemChild[], more?: Partial<SystemOptions>): Harness {
  const harness = launch(children, more);
  running.push(harness);
  return harness;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ system }) => system.stop(2000)));
});

const isDown = (thrown: unknown): boolean =>
  thrown instanceof Fault && thrown.code === 'actor_down';

/** What kills an actor, or the thread it lives in. */
const DEATHS = [
  ['throws in receive', { type: 'throw' }, 'a defect'],
  ['throws in a timer', { type: 'throw_in_timer' }, 'a defect in a timer'],
  ['leaves a rejection unhandled', { type: 'reject' }, 'nobody listens'],
  ['ends its thread', { type: 'exit', code: 3 }, 'thread one exited with code 3'],
  ['hangs', { type: 'hang' }, 'thread one gave no sign of life for 500 ms'],
] as const;

describe('a worker actor', () => {
  it.each(DEATHS)(
    'that %s is started again and serves [thread-death]',
    async (_, message, error) => {
      const heartbeat = message.type === 'hang' ? { heartbeat: FAST_HEARTBEAT } : {};
      const { system, event } = start([probe('a', 'one')], heartbeat);
      await system.ready;
      const died = event('a', 'restarting');
      const again = event('a', 'running');
      system.ref('a').cast(message);
      assert.equal((await died).error?.message, error);
      assert.equal((await again).restarts, 1);
      assert.equal(await system.ref('a').call({ type: 'echo', value: 1 }, 2000), 1);
      assert.match(system.status()[0]?.lastError ?? '', new RegExp(error));
    },
  );
});

describe('a thread that is busy with the start of an actor', () => {
  const heartbeat = { intervalMs: 20, missesMax: 3 };

  it('gives no sign of life, and does not hang [thread-death]', async () => {
    const { system } = start([probe('a', 'one', { args: { busyMs: 500 } })], { heartbeat });
    await system.ready;
    assert.equal(system.status()[0]?.restarts, 0);
  });

  it('is ended when the start is late', async () => {
    const busy = probe('a', 'one', { args: { busyMs: 60_000 } });
    const { system } = start([busy], { heartbeat, startDeadlineMs: 1000 });
    await assert.rejects(system.ready, /a was not ready within 1000 ms/);
  });
});

describe('a thread that needs more memory than it may', () => {
  it('ends alone; its actors start again and serve, and it is counted [out-of-memory]', async () => {
    const small = { kind: 'worker', thread: 'one', heapMbMax: 32 } as const;
    const { system, event } = start([
      probe('a', 'one', { placement: small }),
      probe('b', 'one'),
      probe('c', 'two'),
    ]);
    await system.ready;
    const died = event('a', 'restarting');
    const neighbour = event('b', 'running');
    const again = event('a', 'running');
    system.ref('a').cast({ type: 'leak' });
    const { error } = await died;
    assert.deepEqual(
      [error?.code, error?.message],
      ['out_of_memory', 'thread one needed more than 32 MB'],
    );
    assert.equal((await again).restarts, 1);
    await neighbour;
    const echo = { type: 'echo', value: 1 };
    for (const id of ['a', 'b', 'c']) assert.equal(await system.ref(id).call(echo, 5000), 1);
    const [a, b, c] = system.status();
    assert.deepEqual([a?.restarts, b?.restarts, c?.restarts], [1, 1, 0]);
    assert.match(a?.lastError ?? '', /^out_of_memory: /);
  });
});

describe('an actor', () => {
  it.each(PLACES)('that dies alone leaves its neighbours alive (thread %s)', async (thread) => {
    const { system, event, events } = start([probe('a', thread), probe('b', thread)]);
    await system.ready;
    const before = events.length;
    const again = event('a', 'running');
    system.ref('a').cast({ type: 'throw' });
    await again;
    assert(events.slice(before).every(({ id }) => id === 'a'));
  });

  it.each(PLACES)('cleans up after a crash, before it lives again (thread %s)', async (thread) => {
    const { system, event, received, receivedCount } = start([
      probe('a', thread, { args: { observer: 'test' } }),
    ]);
    await system.ready;
    const again = event('a', 'running');
    system.ref('a').cast({ type: 'throw' });
    await again;
    await receivedCount(3);
    assert.deepEqual(
      received.map((message) => (message as { type: string }).type),
      ['started', 'stopped', 'started'],
    );
  });

  it.each(PLACES)('rejects all its callers when it dies [call] (thread %s)', async (thread) => {
    const { system, event, depth } = start([probe('a', thread), probe('b', 'two')]);
    await system.ready;
    const gate = createGate();
    const ref = system.ref('a');
    const died = event('a', 'restarting');
    ref.cast({ type: 'wait', word: gate.word, blocking: false });
    await depth('a', 0);
    const calls = [ref.call({ type: 'throw' }, 5000), ref.call({ type: 'echo', value: 1 }, 5000)];
    // Between senders there is no order: the other one asks when the first is in the mailbox.
    while (system.status()[0]?.mailboxHigh !== 2) await new Promise(setImmediate);
    calls.push(system.ref('b').call({ type: 'ask', to: 'a', message: { type: 'echo' } }, 5000));
    await depth('a', 3);
    gate.open();
    for (const result of await Promise.allSettled(calls)) {
      assert(result.status === 'rejected' && isDown(result.reason));
    }
    await died;
    assert.equal(system.status()[0]?.deadLetters, 2);
  });

  it('rejects its callers in all threads when its thread ends [call]', async () => {
    const { system, depth } = start([probe('a', 'one'), probe('killer', 'one'), probe('b', 'two')]);
    await system.ready;
    const { word } = createGate();
    system.ref('a').cast({ type: 'wait', word, blocking: false });
    await depth('a', 0);
    const calls = [
      system.ref('a').call({ type: 'echo', value: 1 }, 5000),
      system.ref('b').call({ type: 'ask', to: 'a', message: { type: 'echo' } }, 5000),
    ];
    await depth('a', 2);
    system.ref('killer').cast({ type: 'exit', code: 1 });
    for (const result of await Promise.allSettled(calls)) {
      assert(result.status === 'rejected' && isDown(result.reason));
    }
  });

  it.each(PLACES)('whose answer cannot be cloned dies of it (thread %s)', async (thread) => {
    const { system, event } = start([probe('a', thread), probe('b', 'two')]);
    await system.ready;
    const died = event('a', 'restarting');
    const asked = system
      .ref('b')
      .call({ type: 'ask', to: 'a', message: { type: 'unclonable' } }, 5000);
    await assert.rejects(asked, isDown);
    await died;
  });

  it.each(PLACES)('is tried again while its factory fails (thread %s)', async (thread) => {
    const lives = new Int32Array(new SharedArrayBuffer(4)).fill(10);
    const { system, event } = start([probe('a', thread, { args: { lives, failBelow: 3 } })]);
    await system.ready;
    lives[0] = 0;
    const again = event('a', 'running');
    system.ref('a').cast({ type: 'throw' });
    assert.equal((await again).restarts, 3);
    assert.equal(system.status()[0]?.lastError, 'internal: life 2 fails');
  });

  it('that is temporary is not started again [restart]', async () => {
    const { system, event } = start([probe('a', undefined, { restart: 'temporary' })]);
    await system.ready;
    const stopped = event('a', 'stopped');
    system.ref('a').cast({ type: 'throw' });
    assert.equal((await stopped).error?.message, 'a defect');
  });

  it('that is transient is started again unless its thread leaves normally [restart]', async () => {
    const { system, event } = start([probe('a', 'one', { restart: 'transient' })]);
    await system.ready;
    const again = event('a', 'running');
    system.ref('a').cast({ type: 'exit', code: 1 });
    await again;
    const stopped = event('a', 'stopped');
    system.ref('a').cast({ type: 'exit', code: 0 });
    await stopped;
  });
});

describe('a thread', () => {
  it('takes its actors with it, and they start again in order', async () => {
    const { system, event, events } = start([
      probe('a', 'one'),
      probe('other', 'two'),
      probe('b', 'one'),
    ]);
    await system.ready;
    const before = events.length;
    const again = event('b', 'running');
    system.ref('b').cast({ type: 'exit', code: 1 });
    await again;
    assert.deepEqual(
      events.slice(before).map(({ id, state }) => `${id} ${state}`),
      [
        ...['a restarting', 'b restarting'],
        ...['a starting', 'a running', 'b starting', 'b running'],
      ],
    );
  });

  it('loses what was on its way, counted [lost]', async () => {
    const { system, event } = start([probe('a', 'one')]);
    await system.ready;
    const died = event('a', 'restarting');
    const again = event('a', 'running');
    system.ref('a').cast({ type: 'exit', code: 1 });
    for (let count = 0; count < 7; count += 1) system.ref('a').cast({ type: 'told' });
    assert.equal((await died).lost, 7);
    await again;
    const [status] = system.status();
    assert.deepEqual([status?.deadLetters, status?.mailboxDepth], [7, 0]);
  });

  it('that is killed loses what it had not posted, counted for its receiver [lost]', async () => {
    const heartbeat = { intervalMs: 50, missesMax: 10 };
    const { system, event, received } = start([probe('a', 'one')], { heartbeat });
    await system.ready;
    const again = event('a', 'running');
    const messages = Array.from({ length: 3000 }, (_, number) => number);
    system.ref('a').cast({ type: 'cast', to: 'test', messages });
    system.ref('a').cast({ type: 'hang' });
    await again;
    const test = system.status().find(({ id }) => id === 'test');
    assert.equal(test?.mailboxDepth, 0);
    assert.equal(received.length + (test?.deadLetters ?? 0), messages.length);
    assert.deepEqual(received, messages.slice(0, received.length));
  });

  it('that is killed while it posts holds no place in a mailbox [lost]', async () => {
    const { system, event } = start([probe('a', 'one'), probe('b', 'two')], {
      heartbeat: FAST_HEARTBEAT,
    });
    await system.ready;
    for (const [restarts, to] of ['test', 'b'].entries()) {
      const again = event('a', 'running');
      system.ref('a').cast({ type: 'hang_in_post', to });
      assert.equal((await again).restarts, restarts + 1);
      const receiver = system.status().find(({ id }) => id === to);
      assert.deepEqual([receiver?.mailboxDepth, receiver?.deadLetters], [0, 1], to);
    }
  });

  it('is reached in its next life by a thread that has not heard of the last one’s end', async () => {
    const { system, event, depth } = start([probe('a', 'one'), probe('b', 'two')]);
    await system.ready;
    await system.ref('a').call({ type: 'ask', to: 'b', message: { type: 'told' } }, 2000);
    const gate = createGate();
    const messages = [1, 2, 3].map((number) => ({ type: 'sequence', number }));
    const sent = system
      .ref('a')
      .call({ type: 'cast', to: 'b', messages, after: gate.word }, 10_000);
    await depth('a', 0);
    const again = event('b', 'running');
    system.ref('b').cast({ type: 'exit', code: 1 });
    await again;
    gate.open();
    await sent;
    await system.ref('a').call({ type: 'ask', to: 'b', message: { type: 'told' } }, 2000);
    assert.deepEqual(await system.ref('b').call({ type: 'told' }, 2000), [1, 2, 3]);
  });

  it('delivers what it sent before it ended [sent-before]', async () => {
    const { system, event, received } = start([probe('a', 'one')]);
    await system.ready;
    const again = event('a', 'running');
    // More than may lie between the threads: it holds the others when it ends.
    const messages = Array.from({ length: 3000 }, (_, number) => number);
    system.ref('a').cast({ type: 'cast', to: 'test', messages });
    system.ref('a').cast({ type: 'exit', code: 1 });
    await again;
    assert.deepEqual(received, messages);
    assert.equal(system.status().find(({ id }) => id === 'test')?.mailboxDepth, 0);
  });
});

describe('a supervisor', () => {
  it('ends a thread whose actor does not stop for a sibling, and starts it again [kill]', async () => {
    const { system, event } = start(
      [probe('a', 'one', { stopDeadlineMs: 20 }), probe('b', 'two')],
      {
        strategy: 'one_for_all',
        heartbeat: { intervalMs: 60_000, missesMax: 5 },
      },
    );
    await system.ready;
    const again = event('b', 'running');
    system.ref('a').cast({ type: 'hang' });
    system.ref('b').cast({ type: 'throw' });
    await again;
    assert.equal(await system.ref('a').call({ type: 'echo', value: 1 }, 2000), 1);
  });

  it('counts a life’s end once, whatever else is reported of it later [one-end]', async () => {
    const slow = { strategy: 'one_for_all', backoff: { msMin: 0, msMax: 0 } } as const;
    const { system, event } = start([probe('a', undefined), probe('b', undefined)], slow);
    await system.ready;
    const again = event('b', 'running');
    // Both die in one turn: the report of the second comes when it was halted for the first.
    system.ref('a').cast({ type: 'throw' });
    system.ref('b').cast({ type: 'throw' });
    await again;
    await system.ref('b').call({ type: 'echo', value: 1 }, 2000);
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    assert.deepEqual(
      system
        .status()
        .map(({ id, state, restarts }) => `${id} ${state} ${restarts}`)
        .slice(0, 2),
      ['a running 1', 'b running 1'],
    );
  });

  it('escalates when restarts exceed their intensity', async () => {
    const { system, event, escalated } = start([probe('a', undefined)], {
      intensity: { restarts: 2, periodMs: 60_000 },
    });
    await system.ready;
    for (let count = 0; count < 2; count += 1) {
      const again = event('a', 'running');
      system.ref('a').cast({ type: 'throw' });
      await again;
    }
    const failed = event('a', 'failed');
    system.ref('a').cast({ type: 'throw' });
    await failed;
    assert.equal((await escalated).message, 'more than 2 restarts in 60000 ms: a defect');
    assert.equal(system.status()[0]?.state, 'failed');
  });

  it('has a lifecycle of its own, the root as any below it [lifecycle]', async () => {
    const nest: SupervisorSpec = {
      kind: 'supervisor',
      id: 'nest',
      strategy: 'one_for_one',
      restart: 'temporary',
      children: [probe('a', undefined)],
      intensity: { restarts: 0, periodMs: 60_000 },
    };
    const lives: string[] = [];
    const { system, event, escalated } = start([nest, probe('b', undefined)], {
      id: 'top',
      intensity: { restarts: 0, periodMs: 60_000 },
    });
    system.onLifecycle(({ id, from, state }) => {
      if (id === 'top' || id === 'nest') lives.push(`${id} ${from} ${state}`);
    });
    await system.ready;
    const ended = event('nest', 'stopped');
    system.ref('a').cast({ type: 'throw' });
    await ended;
    system.ref('b').cast({ type: 'throw' });
    await escalated;
    assert.deepEqual(lives, [
      ...['top stopped starting', 'nest stopped starting', 'nest starting running'],
      ...['top starting running', 'nest running stopped', 'top running failed'],
    ]);
    assert.deepEqual(
      system.status().map((one) => [one.id, one.kind, one.supervisor, one.state]),
      [
        ['a', 'actor', 'nest', 'failed'],
        ['b', 'actor', 'top', 'failed'],
        ['test', 'receiver', undefined, 'running'],
        ['top', 'supervisor', undefined, 'failed'],
        ['nest', 'supervisor', 'top', 'stopped'],
      ],
    );
    assert.match(system.status().at(-2)?.lastError ?? '', /more than 0 restarts .*: a defect$/);
  });
});
