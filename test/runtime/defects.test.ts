/** What an actor does that no actor should: it is its own end, and never its sender's. */

import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { type Simulation, simulate } from '../../src/runtime/simulation.ts';
import type { SystemChild } from '../../src/runtime/supervisor-spec.ts';
import type { ProbeMessage } from './fixtures/probe.ts';
import { probe } from './fixtures/probes.ts';

let simulation: Simulation | undefined;

async function start(children: readonly SystemChild[]): Promise<Simulation> {
  simulation = await simulate({ children, seed: 1, onEscalate: (fault) => assert.fail(fault) });
  await simulation.complete(simulation.system.ready, 1000);
  return simulation;
}

afterEach(() => simulation?.end());

/** Thenables, as an asynchronous `receive` may give one back. */
const ODD: Readonly<Record<string, object>> = {
  'rejects with what has no text': {
    // biome-ignore lint/suspicious/noThenProperty: it is a thenable that is tested
    then: (_done: unknown, failed: (thrown: unknown) => void) => failed(Object.create(null)),
  },
  'rejects with an error whose message is a number': {
    // biome-ignore lint/suspicious/noThenProperty: as above
    then: (_done: unknown, failed: (thrown: unknown) => void) =>
      failed(Object.assign(new Error(), { message: 42 })),
  },
  'throws when it is waited for': {
    // biome-ignore lint/suspicious/noThenProperty: as above
    then: () => {
      throw new Error('not to be waited for');
    },
  },
  'throws when it is looked at': {
    // biome-ignore lint/suspicious/noThenProperty: as above
    get then() {
      throw new Error('not to be looked at');
    },
  },
};

describe('a defect of an actor', () => {
  it.each(Object.keys(ODD))('is its own where its result %s [defect]', async (what) => {
    const { system, advance, complete } = await start([probe('a', undefined)]);
    const ref = system.ref<ProbeMessage>('a');
    const asked = ref.call({ type: 'echo', value: ODD[what] }, 5000);
    await assert.rejects(complete(asked, 1000), { code: 'actor_down' });
    await advance(1000);
    assert.equal(await complete(ref.call({ type: 'echo', value: 1 }, 100), 1000), 1);
    assert.equal(system.status()[0]?.restarts, 1);
  });

  it.each(['one', undefined])(
    'in its conflation is its own [defect] (thread %s)',
    async (thread) => {
      const mailbox = { capacity: 5000, policy: { kind: 'refuse' } } as const;
      const { system, advance, complete } = await start([probe('a', thread, { mailbox })]);
      const ref = system.ref<unknown>('a');
      // More than its system lane holds, and it has no key for any.
      for (let count = 0; count < 3000; count += 1) ref.cast(null);
      await advance(2000);
      assert.equal(await complete(ref.call({ type: 'echo', value: 1 }, 100), 1000), 1);
      const [status] = system.status();
      assert.equal(status?.restarts, 1);
      assert.equal(status.deadLetters, 3000);
      assert.equal(status.mailboxDepth, 0);
    },
  );

  it('in its conflation of what waited for its start is its own', async () => {
    const { system, advance, complete } = await start([probe('a', undefined)]);
    const ref = system.ref<unknown>('a');
    ref.cast({ type: 'throw' });
    let asked: Promise<unknown> | undefined;
    system.onLifecycle(({ id, state }) => {
      if (id !== 'a' || state !== 'starting') return;
      // Its gate opens with its start, and its factory has not returned yet.
      void Promise.resolve().then(() => {
        ref.cast(null);
        asked ??= ref.call({ type: 'echo', value: 1 }, 5000);
        asked.catch(() => undefined);
      });
    });
    await advance(1000);
    assert(asked !== undefined);
    await assert.rejects(complete(asked, 1000), { code: 'actor_down' });
  });
});

describe('a wait without an end', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY])('is refused: %s ms', async (ms) => {
    const mailbox = { capacity: 1, policy: { kind: 'refuse' } } as const;
    const { system, advance, complete } = await start([probe('a', 'one', { mailbox })]);
    const ref = system.ref<ProbeMessage>('a');
    const echo = { type: 'echo', value: 1 } as const;
    ref.cast(echo);
    assert.throws(() => ref.call(echo, ms), /deadline/);
    assert.throws(() => ref.send(echo, ms), /deadline/);
    await advance(100);
    assert.equal(await complete(ref.call(echo, 100), 1000), 1);
  });
});

describe('an id', () => {
  it('is one actor’s, one receiver’s or one supervisor’s', async () => {
    const below = (id: string, child: string): SystemChild => ({
      ...{ kind: 'supervisor', id, strategy: 'one_for_one', restart: 'permanent' },
      children: [probe(child, undefined)],
    });
    const twice: readonly (readonly SystemChild[])[] = [
      [probe('a', undefined), probe('a', 'one')],
      [below('s', 'a'), below('s', 'b')],
      [below('a', 'a')],
      [probe('root', undefined)],
    ];
    for (const children of twice) {
      await assert.rejects(start(children), /the id \w+ is taken/);
    }
    const { system } = await start([below('s', 'a')]);
    for (const id of ['s', 'a', 'root']) {
      assert.throws(() => system.register(id, () => undefined), /is taken/);
    }
  });
});

it('a thrown value of any kind becomes a fault', async () => {
  const { toFault } = await import('../../src/fault.ts');
  for (const thrown of [undefined, null, 0, '', Symbol('s'), Object.create(null), () => 1]) {
    assert(toFault(thrown) instanceof Fault);
  }
});
