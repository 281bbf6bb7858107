import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { Fault } from '../../src/fault.ts';
import { ActorTable } from '../../src/runtime/actor-table.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { WAITING_MAX, WaitingRoom } from '../../src/runtime/waiting-room.ts';
import type { Address } from '../../src/runtime/wire.ts';

const SLOT = 1;
const THREADS = [1, 2] as const;

const addressOf = (capacity: number): Address => {
  return { id: 'a', slot: SLOT, thread: 0, capacity, policy: 'refuse' };
};

/** Two threads with senders, one receiver, and notices that arrive when the test says so. */
function world(capacity: number) {
  const table = new ActorTable();
  const mono = new VirtualClock();
  const address = addressOf(capacity);
  const mailbox: [thread: number, number: number][] = [];
  const notices: number[] = [];
  const rooms = THREADS.map((thread) => {
    const post = (_: Address, _generation: number, { message }: { message: unknown }): void => {
      mailbox.push([thread, message as number]);
    };
    return new WaitingRoom({ mono, table, thread, post });
  });
  table.open(SLOT);
  return {
    table,
    mono,
    mailbox,
    notices,
    send: (thread: 1 | 2, message: number, deadlineMs: number, isWanted = () => true) =>
      endOf(rooms[thread - 1]?.wait(address, { sender: 0, message, isWanted }, deadlineMs)),
    take() {
      const taken = mailbox.shift();
      if (taken === undefined) return undefined;
      table.release(SLOT, table.generation(SLOT));
      for (let untold = table.takeUntold(SLOT); untold !== 0; untold &= untold - 1) {
        notices.push(31 - Math.clz32(untold & -untold));
      }
      return taken;
    },
    hear() {
      const thread = notices.shift();
      if (thread !== undefined) rooms[thread - 1]?.look(address);
    },
    down() {
      const end = { slot: SLOT, generation: table.generation(SLOT), reason: undefined };
      table.close(SLOT);
      for (const room of rooms) room.lifeEnded(end);
    },
  };
}

const endOf = (sent: Promise<void> | undefined): Promise<string> =>
  Promise.resolve(sent).then(
    () => 'sent',
    (thrown: unknown) => (thrown instanceof Fault ? thrown.code : String(thrown)),
  );

const step = fc.oneof(
  fc.record({ kind: fc.constant('send'), thread: fc.constantFrom(...THREADS) }),
  fc.record({ kind: fc.constant('take') }),
  fc.record({ kind: fc.constant('hear') }),
);

describe('senders that wait for room', () => {
  it('are all served, in order for each thread, and never exceed the capacity', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 200 }),
        fc.integer({ min: 1, max: 5 }),
        async (steps, capacity) => {
          const { table, mailbox, notices, send, take, hear } = world(capacity);
          const sent = new Map<number, number[]>(THREADS.map((thread) => [thread, []]));
          const taken = new Map<number, number[]>(THREADS.map((thread) => [thread, []]));
          const ends: Promise<string>[] = [];
          const takeOne = (): void => {
            const [thread, number] = take() ?? [0, 0];
            taken.get(thread)?.push(number);
            assert(mailbox.length <= capacity && table.depth(SLOT) === mailbox.length);
          };
          for (const [index, one] of steps.entries()) {
            if (one.kind === 'send') {
              sent.get(one.thread)?.push(index);
              ends.push(send(one.thread, index, 1000));
            } else if (one.kind === 'take') takeOne();
            else hear();
            assert(mailbox.length <= capacity && table.depth(SLOT) === mailbox.length);
          }
          while (mailbox.length > 0 || notices.length > 0) {
            takeOne();
            hear();
          }
          assert.deepEqual(taken, sent);
          assert((await Promise.all(ends)).every((end) => end === 'sent'));
          // Nobody waits: the gate is open to all again.
          assert(table.admit(SLOT, capacity) >= 0);
        },
      ),
    );
  });

  it('go before those who did not wait [credit]', async () => {
    const { table, send, take, hear } = world(2);
    const ends = [1, 2, 3].map((number) => send(1, number, 1000));
    take();
    // A place is free, and it is the third's.
    assert(table.admit(SLOT, 2) < 0);
    hear();
    assert.deepEqual(await Promise.all(ends), ['sent', 'sent', 'sent']);
    take();
    assert(table.admit(SLOT, 2) >= 0);
  });

  it('leave at their deadline, and let those behind them go on', async () => {
    const { mono, mailbox, send, take, hear } = world(1);
    const ends = [send(1, 1, 1000), send(1, 2, 10), send(1, 3, 1000)];
    mono.advanceBy(10);
    assert.equal(await ends[1], 'deadline');
    take();
    hear();
    assert.deepEqual(mailbox, [[1, 3]]);
    assert.equal(await ends[2], 'sent');
    assert.equal(mono.pending, 0);
  });

  it('are told when the life they wait for ends, and do not wait for the next [credit]', async () => {
    const { table, mono, mailbox, send, down } = world(1);
    const ends = [send(1, 1, 1000), send(1, 2, 1000), send(2, 3, 1000)];
    down();
    assert.deepEqual(await Promise.all(ends), ['sent', 'actor_down', 'actor_down']);
    assert.equal(await send(1, 4, 1000), 'actor_down');
    table.open(SLOT);
    mailbox.splice(0);
    assert.equal(await send(2, 5, 1000), 'sent');
    assert.deepEqual([mailbox, mono.pending], [[[2, 5]], 0]);
  });

  it('are not delivered when the life that sends them has ended', async () => {
    const { mailbox, send, take, hear } = world(1);
    let lives = true;
    const ends = [send(1, 1, 1000), send(1, 2, 1000, () => lives), send(1, 3, 1000)];
    lives = false;
    take();
    hear();
    assert.deepEqual(await Promise.all(ends), ['sent', 'actor_down', 'sent']);
    assert.deepEqual(mailbox, [[1, 3]]);
  });

  it('are bounded, too [credit]', async () => {
    const { send, down } = world(1);
    const ends = Array.from({ length: WAITING_MAX + 1 }, (_, number) => send(1, number, 1000));
    assert.equal(await send(1, -1, 1000), 'mailbox_full');
    down();
    assert.equal((await Promise.all(ends)).filter((end) => end === 'actor_down').length, 10_000);
  });
});
