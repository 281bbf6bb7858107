import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { type ActorRef, refTo } from '../../src/runtime/actor.ts';
import { actorKey, defineProtocol } from '../../src/runtime/protocol.ts';
import { launch } from './fixtures/probes.ts';

type Message = { readonly type: 'add'; readonly number: number } | { readonly type: 'sum' };

const SUMS = actorKey('sums', defineProtocol<Message>({ add: true, sum: true }));

function start() {
  const harness = launch([]);
  let sum = 0;
  harness.system.register<Message>(
    SUMS.id,
    (message) => {
      if (message.type === 'sum') return sum;
      sum += message.number;
      return undefined;
    },
    { protocol: SUMS.protocol, mailbox: { capacity: 4, policy: { kind: 'refuse' } } },
  );
  return harness;
}

describe('a protocol', () => {
  it('takes the messages it names, and nothing else', () => {
    const { protocol } = SUMS;
    const taken = [{ type: 'add', number: 1 }, { type: 'sum' }];
    const others = [{ type: 'toString' }, { type: 1 }, {}, [], null, undefined, 'sum', 7];
    assert(taken.every((message) => protocol.takes(message)));
    assert(!others.some((message) => protocol.takes(message)));
  });

  it('makes a ref of its type', async () => {
    const { system } = start();
    const sums: ActorRef<Message> = refTo(system, SUMS);
    sums.cast({ type: 'add', number: 2 });
    assert.equal(await sums.call({ type: 'sum' }, 1000), 2);
    // @ts-expect-error It is none of the protocol's, and would be refused.
    sums.cast({ type: 'subtract' });
    await system.stop(1000);
  });

  it('is kept at the mailbox: what it does not hold is refused and counted [protocol]', async () => {
    const { system } = start();
    const anybody = system.ref<unknown>('sums');
    // More than the mailbox holds: none of them keeps a place.
    for (let count = 0; count < 9; count += 1) anybody.cast({ type: 'subtract', number: count });
    await assert.rejects(anybody.call({ type: 'multiply' }, 1000), {
      code: 'unknown_message',
      message: 'sums does not know multiply',
    });
    await anybody.send({ type: 'add', number: 3 }, 1000);
    assert.equal(await anybody.call({ type: 'sum' }, 1000), 3);
    const status = system.status().find(({ id }) => id === 'sums');
    assert.deepEqual(
      [
        status?.state,
        status?.messages,
        status?.deadLetters,
        status?.deadLetterSamples.at(-1)?.type,
      ],
      ['running', 2, 9, 'subtract'],
    );
    const { at, ...letter } = system.deadLetters().at(-1) ?? { at: Number.NaN };
    const expected = { to: 'sums', from: undefined, type: 'subtract', count: 8 };
    assert.deepEqual(letter, { ...expected, reason: 'unknown_message' });
    assert(at >= 0);
    await system.stop(1000);
  });

  it('counts what a full mailbox refused', async () => {
    const { system } = start();
    await system.ready;
    const sums = refTo(system, SUMS);
    for (let count = 0; count < 4; count += 1) sums.cast({ type: 'add', number: 1 });
    assert.throws(() => sums.cast({ type: 'add', number: 1 }), { code: 'mailbox_full' });
    await assert.rejects(sums.call({ type: 'sum' }, 1000), { code: 'mailbox_full' });
    assert.equal(system.status().find(({ id }) => id === 'sums')?.refused, 2);
    await system.stop(1000);
  });
});
