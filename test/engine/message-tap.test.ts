import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { MessageTap } from '../../src/engine/message-tap.ts';
import { batchOf, type TraceEvent, type TraceTap } from '../../src/runtime/trace.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';

function setUp() {
  const mono = new VirtualClock(1000);
  const listeners = new Set<TraceTap>();
  const state = { displaced: 0 };
  const tap = new MessageTap({
    listen: (event, batch) => {
      const listener = { event, batch };
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    displaced: () => state.displaced,
    mono,
    wall: { now: () => 1_700_000_000_000 + mono.now() },
  });
  let sequence = 0;
  const send = (from: string | undefined, type = 'priced', thread = 'kernel') => {
    sequence += 1;
    const times = { sentAt: mono.now(), takenAt: mono.now() + 2, doneAt: mono.now() + 5 };
    const event: TraceEvent = { from, to: 'broker', kind: 'cast', type, sequence, ...times };
    for (const { event: tell, batch } of listeners) {
      if (thread === 'kernel') tell(event);
      else batch?.(batchOf(event));
    }
  };
  return { mono, listeners, state, tap, send };
}

describe('the tap of messages', () => {
  it('listens to nothing before somebody asks', () => {
    const { listeners, tap } = setUp();
    assert.equal(listeners.size, 0);
    tap.messages({ after: 0, limit: 10 });
    assert.equal(listeners.size, 1);
  });

  it('tells sender, receiver, type and times of what came since', () => {
    const { tap, send } = setUp();
    tap.messages({ after: 0, limit: 10 });
    send('greeks');
    send(undefined, 'order.submit');
    const { messages, last_id } = tap.messages({ after: 0, limit: 10 });
    assert.deepEqual(
      messages.map(({ id, from, to, type }) => [id, from, to, type]),
      [
        [1, 'greeks', 'broker', 'priced'],
        [2, null, 'broker', 'order.submit'],
      ],
    );
    assert.deepEqual([messages[0]?.waited_ms, messages[0]?.took_ms, last_id], [2, 3, 2]);
    assert.deepEqual(tap.messages({ after: 2, limit: 10 }).messages, []);
  });

  it('tells what threads took in the order in which it heard of it', () => {
    const { tap, send } = setUp();
    tap.messages({ after: 0, limit: 10 });
    for (const [type, thread] of [
      ['a', 'kernel'],
      ['b', 'market'],
      ['c', 'kernel'],
      ['d', 'kernel'],
    ] as const) {
      send(undefined, type, thread);
    }
    const told = (after: number, limit: number) =>
      tap.messages({ after, limit }).messages.map(({ id, type }) => `${id}${type}`);
    assert.deepEqual(told(0, 10), ['1a', '2b', '3c', '4d']);
    assert.deepEqual(told(0, 3), ['2b', '3c', '4d']);
    assert.deepEqual(told(3, 3), ['4d']);
  });

  it('ends when nobody has asked for a while, and begins again', () => {
    const { mono, listeners, tap, send } = setUp();
    tap.messages({ after: 0, limit: 10 });
    mono.advanceBy(4999);
    assert.equal(listeners.size, 1);
    mono.advanceBy(1);
    assert.equal(listeners.size, 0);
    send('greeks');
    assert.deepEqual(tap.messages({ after: 0, limit: 10 }).messages, []);
    assert.equal(listeners.size, 1);
  });

  it('says how many a slow reader and a flood have missed', () => {
    const { tap, send, state } = setUp();
    tap.messages({ after: 0, limit: 10 });
    for (let n = 0; n < 20; n += 1) send('greeks');
    state.displaced = 7;
    const { messages, missed, last_id } = tap.messages({ after: 1, limit: 10 });
    assert.deepEqual([messages.length, missed, last_id], [10, 9 + 7, 20]);
  });

  it('keeps a bounded number', () => {
    const { tap, send } = setUp();
    tap.messages({ after: 0, limit: 10 });
    for (let n = 0; n < 9000; n += 1) send('greeks');
    const { messages } = tap.messages({ after: 1, limit: 100_000 });
    assert.ok(messages.length < 4000 && messages.at(-1)?.id === 9000);
  });
});
