import assert from 'node:assert/strict';
import { it } from 'vitest';
import { Outbox } from '../../src/runtime/outbox.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';

const ADDRESS = { id: 'a', slot: 1, thread: 1, capacity: 3, policy: 'drop_oldest' } as const;

function world() {
  const mono = new VirtualClock();
  const sent: number[] = [];
  const dropped: number[] = [];
  const target = { room: 0 };
  const outbox = new Outbox<number>({
    mono,
    trySend(_address, item) {
      if (item < 0) throw new Error('cannot be cloned');
      if (target.room === 0) return false;
      target.room -= 1;
      sent.push(item);
      return true;
    },
    dropped: (_address, item) => dropped.push(item),
  });
  return { mono, sent, dropped, target, outbox };
}

it('sends at once while the target has room', () => {
  const { mono, sent, target, outbox } = world();
  target.room = 2;
  outbox.send(ADDRESS, 1);
  outbox.send(ADDRESS, 2);
  assert.deepEqual(sent, [1, 2]);
  assert.equal(mono.pending, 0);
});

it('holds the newest in order until there is room, and drops the oldest', () => {
  const { mono, sent, dropped, target, outbox } = world();
  for (const item of [1, 2, 3, 4, 5]) outbox.send(ADDRESS, item);
  assert.deepEqual(dropped, [1, 2]);
  target.room = 2;
  mono.advanceBy(5);
  assert.deepEqual(sent, [3, 4]);
  target.room = 5;
  // Behind what is held, although there is room.
  outbox.send(ADDRESS, 6);
  assert.deepEqual(sent, [3, 4]);
  mono.advanceBy(5);
  assert.deepEqual(sent, [3, 4, 5, 6]);
  assert.equal(mono.pending, 0);
});

it('drops what it cannot send at all, and goes on', () => {
  const { mono, sent, dropped, target, outbox } = world();
  outbox.send(ADDRESS, 1);
  outbox.send(ADDRESS, -1);
  outbox.send(ADDRESS, 2);
  target.room = 5;
  mono.advanceBy(5);
  assert.deepEqual([sent, dropped], [[1, 2], [-1]]);
});

it('ends with what it holds', () => {
  const { mono, sent, target, outbox } = world();
  outbox.send(ADDRESS, 1);
  outbox.end();
  target.room = 5;
  mono.advanceBy(100);
  assert.deepEqual(sent, []);
});
