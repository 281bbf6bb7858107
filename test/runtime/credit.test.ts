import assert from 'node:assert/strict';
import { afterEach, describe, it, vi } from 'vitest';
import type { ChildSpec } from '../../src/runtime/actor.ts';
import { endOf } from './fixtures/probe.ts';
import { createGate, type Harness, launch, probe } from './fixtures/probes.ts';

// Threads boot slowly where many tests run at once.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const running: Harness[] = [];

function start(children: readonly ChildSpec[]): Harness {
  const harness = launch(children);
  running.push(harness);
  return harness;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ system }) => system.stop(2000)));
});

const SMALL = { capacity: 10, policy: { kind: 'refuse' } } as const;
const PLACES = [
  ['kernel to worker', undefined, 'one'],
  ['worker to kernel', 'one', undefined],
  ['worker to worker', 'one', 'two'],
  ['within a worker', 'one', 'one'],
  ['within the kernel', undefined, undefined],
] as const;

const sequence = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ type: 'sequence', number: from + index }));

/** A receiver that stands at a gate with a full mailbox, and a sender. */
async function full(from: string | undefined, to: string | undefined) {
  const harness = start([
    probe('to', to, { mailbox: SMALL }),
    probe('from', from),
    probe('beside', from),
  ]);
  const { system, depth } = harness;
  await system.ready;
  const gate = createGate();
  const ref = system.ref('to');
  const waited = ref.call({ type: 'wait', word: gate.word, blocking: false }, 10_000);
  waited.catch(() => undefined);
  await depth('to', 0);
  for (const message of sequence(0, 10)) ref.cast(message);
  return { ...harness, ref, gate, sender: system.ref('from') };
}

describe('a send', () => {
  it.each(PLACES)(
    'waits for room and keeps its order and the bound, %s [credit]',
    async (_, from, to) => {
      const { system, ref, gate, sender, depth } = await full(from, to);
      const messages = sequence(10, 500);
      const ends = sender.call<string[]>(
        { type: 'send', to: 'to', messages, deadlineMs: 10_000 },
        10_000,
      );
      // In the sender's thread they wait; here nothing more is taken.
      await depth('from', 0);
      assert.equal(system.status()[0]?.mailboxDepth, 10);
      gate.open();
      assert.deepEqual(new Set(await ends), new Set(['sent']));
      await depth('to', 0);
      const told = await ref.call<number[]>({ type: 'told' }, 2000);
      assert.deepEqual(
        told,
        sequence(0, 510).map(({ number }) => number),
      );
      assert.equal(system.status()[0]?.mailboxHigh, 10);
    },
  );

  it('goes at once where there is room', async () => {
    const { system } = start([probe('to', 'one', { mailbox: SMALL })]);
    await system.ready;
    for (let count = 0; count < 5; count += 1) {
      await system.ref('to').send({ type: 'sequence', number: count }, 1000);
    }
    assert.deepEqual(await system.ref('to').call({ type: 'told' }, 2000), [0, 1, 2, 3, 4]);
  });

  it('ends at its deadline and is then not delivered [credit]', async () => {
    const { ref, gate, depth } = await full(undefined, 'one');
    assert.equal(await endOf(ref.send({ type: 'sequence', number: 99 }, 10)), 'deadline');
    gate.open();
    await depth('to', 0);
    const told = await ref.call<number[]>({ type: 'told' }, 2000);
    assert(!told.includes(99));
  });

  it.each(['throw', 'exit'] as const)(
    'ends when its receiver dies (%s), in whatever thread it waits [credit]',
    async (death) => {
      const { system, event, depth } = start([
        probe('to', 'one', { mailbox: SMALL }),
        probe('beside', 'one'),
        probe('from', 'two'),
      ]);
      await system.ready;
      const gate = createGate();
      const ref = system.ref('to');
      ref.cast({ type: 'wait', word: gate.word, blocking: false });
      await depth('to', 0);
      ref.cast({ type: 'throw' });
      for (const message of sequence(0, 9)) ref.cast(message);
      const send = { type: 'send', to: 'to', messages: sequence(10, 30), deadlineMs: 10_000 };
      const there = system.ref('from').call<string[]>(send, 10_000);
      await depth('from', 0);
      const here = Promise.all(send.messages.map((one) => endOf(ref.send(one, 10_000))));
      const died = event('to', 'restarting');
      if (death === 'exit') system.ref('beside').cast({ type: 'exit', code: 1 });
      else gate.open();
      await died;
      const ends = [...(await here), ...(await there)];
      assert.equal(ends.length, 60);
      // The one that was let in before the end may have been, and was lost and counted with it.
      assert(ends.filter((end) => end === 'actor_down').length >= 58, ends.join(' '));
    },
  );

  it('of a thread that ended leaves the gate open to the others', async () => {
    const { system, ref, gate, sender, event, depth } = await full('two', 'one');
    const messages = sequence(10, 3);
    sender
      .call({ type: 'send', to: 'to', messages, deadlineMs: 10_000 }, 10_000)
      .catch(() => undefined);
    await depth('from', 0);
    const died = event('from', 'restarting');
    // It is itself at the message that sends: its neighbour ends their thread.
    system.ref('beside').cast({ type: 'exit', code: 1 });
    await died;
    gate.open();
    await depth('to', 0);
    ref.cast({ type: 'sequence', number: 99 });
    const told = await ref.call<number[]>({ type: 'told' }, 2000);
    assert.equal(told.at(-1), 99);
    assert.equal(system.status()[0]?.mailboxHigh, 10);
  });

  it('of many threads is served in each of them', async () => {
    const { ref, gate, system, depth } = await full('two', 'one');
    const send = { type: 'send', to: 'to', messages: sequence(0, 300), deadlineMs: 10_000 };
    const from = system.ref('from').call<string[]>(send, 10_000);
    const here = Promise.all(send.messages.map((message) => endOf(ref.send(message, 10_000))));
    gate.open();
    const ends = [...(await from), ...(await here)];
    assert.deepEqual([ends.length, new Set(ends)], [600, new Set(['sent'])]);
    await depth('to', 0);
    assert.equal((await ref.call<number[]>({ type: 'told' }, 2000)).length, 610);
  });
});
