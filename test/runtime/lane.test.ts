import assert from 'node:assert/strict';
import { MessageChannel } from 'node:worker_threads';
import { describe, it, vi } from 'vitest';
import { LANE_BYTES, Lane, WINDOW } from '../../src/runtime/lane.ts';
import type { DataMessage } from '../../src/runtime/wire.ts';

interface Side {
  readonly lane: Lane;
  readonly received: number[];
  readonly lost: [number, number][];
  /** Slot, generation and count of what the other side still held when it ended. */
  readonly unsent: [number, number, number][];
  /** Posts that lie in this side's port. */
  readonly inbox: unknown[];
  /** Takes so many posts out of its port. */
  take(posts: number): void;
}

/** Two ends of a lane whose ports deliver when the test says so. */
function pair(beforePost: (words: SharedArrayBuffer) => void = () => undefined): [Side, Side] {
  const words = new SharedArrayBuffer(LANE_BYTES);
  const inboxes: [unknown[], unknown[]] = [[], []];
  const side = (mine: 0 | 1): Side => {
    const received: number[] = [];
    const lost: [number, number][] = [];
    const unsent: [number, number, number][] = [];
    let heard: (message: unknown) => void = () => undefined;
    const port = {
      postMessage: (message: unknown) => {
        beforePost(words);
        inboxes[mine === 0 ? 1 : 0].push(structuredClone(message));
      },
      on: (_name: string, listener: (message: unknown) => void) => {
        heard = listener;
      },
      close: () => undefined,
    };
    // What the lane uses of a port, and no more.
    const lane = new Lane(
      port as never,
      { words, side: mine },
      {
        underWay: new Int32Array(1),
        received: (message) => received.push(numberOf(message)),
        lost: (message, sender) => lost.push([numberOf(message), sender]),
        unsent: (...what) => unsent.push(what),
      },
    );
    const inbox = inboxes[mine];
    return {
      lane,
      received,
      lost,
      unsent,
      inbox,
      take(posts) {
        for (const message of inbox.splice(0, posts)) heard(message);
      },
    };
  };
  return [side(0), side(1)];
}

const cast = (number: number, more: object = {}): DataMessage => {
  return {
    type: 'cast',
    to: 1,
    generation: 1,
    message: { number, ...more },
    sender: 0,
    sentAt: undefined,
  };
};

function numberOf(message: DataMessage): number {
  assert(message.type === 'cast');
  return (message.message as { readonly number: number }).number;
}

/** Messages in its port: a credit is none, and a batch is an array of such as are posted alone. */
const inPort = (side: Side): number =>
  side.inbox.map(messagesIn).reduce((sum, one) => sum + one, 0);
const messagesIn = (post: unknown): number =>
  !Array.isArray(post) ? 0 : typeof post[0] === 'number' ? 1 : post.length;
const upTo = (count: number): number[] => Array.from({ length: count }, (_, number) => number);

describe('a lane', () => {
  it('sends one message at once, by itself', () => {
    const [here, there] = pair();
    here.lane.post(cast(0), 5);
    assert.equal(there.inbox.length, 1);
  });

  it('sends each by itself while the other thread keeps up', () => {
    const [here, there] = pair();
    for (const number of upTo(100)) {
      here.lane.post(cast(number), 5);
      assert.equal(there.inbox.length, 1);
      there.take(1);
    }
    assert.deepEqual(there.received, upTo(100));
  });

  it('sends what follows in one turn together, in order [batch]', async () => {
    const [here, there] = pair();
    for (const number of upTo(200)) here.lane.post(cast(number), 5);
    await Promise.resolve();
    assert.equal(inPort(there), 200);
    assert(there.inbox.length < 10, `${there.inbox.length} posts`);
    there.take(100);
    assert.deepEqual(there.received, upTo(200));
  });

  it('never has more in the port than its window, and loses nothing [window]', async () => {
    const [here, there] = pair();
    const count = 20 * WINDOW;
    for (const number of upTo(count)) here.lane.post(cast(number), 5);
    for (let turn = 0; turn < count && there.received.length < count; turn += 1) {
      await Promise.resolve();
      assert(inPort(there) <= WINDOW, `${inPort(there)}`);
      there.take(1 + (turn % 3));
      here.take(10);
    }
    assert.deepEqual(there.received, upTo(count));
  });

  it('does not sleep when the window was emptied before it had said so', async () => {
    const [here, there] = pair();
    for (const number of upTo(WINDOW)) here.lane.post(cast(number), 5);
    await Promise.resolve();
    const store = vi.spyOn(Atomics, 'store');
    store.mockImplementationOnce((words, index, value) => {
      store.mockRestore();
      // Between its look at the window and its word that it waits the other side takes all.
      there.take(WINDOW);
      return Atomics.store(words, index, value);
    });
    here.lane.post(cast(WINDOW), 5);
    await Promise.resolve();
    there.take(1);
    assert.deepEqual(there.received, upTo(WINDOW + 1));
  });

  it('gives its sender what cannot be cloned: at once, or at the end of the turn', async () => {
    const [here, there] = pair();
    assert.throws(() => here.lane.post(cast(0, { call: () => undefined }), 5), /cloned/);
    for (const number of upTo(10)) here.lane.post(cast(number), 5);
    here.lane.post(cast(10, { call: () => undefined }), 7);
    here.lane.post(cast(11), 5);
    await Promise.resolve();
    there.take(100);
    assert.deepEqual(here.lost, [[10, 7]]);
    assert.deepEqual(there.received, [...upTo(10), 11]);
  });

  it('tells what the other side held when it ended, of each receiver’s last life', async () => {
    const [here, there] = pair();
    const to = (slot: number, generation: number): DataMessage => {
      return {
        type: 'cast',
        to: slot,
        generation,
        message: { number: 0 },
        sender: 0,
        sentAt: undefined,
      };
    };
    for (const _ of upTo(WINDOW)) here.lane.post(to(1, 1), 5);
    await Promise.resolve();
    for (const _ of upTo(10)) here.lane.post(to(2, 2047), 5);
    for (const _ of upTo(20)) here.lane.post(to(3, 1), 5);
    for (const _ of upTo(30)) here.lane.post(to(3, 2), 5);
    await Promise.resolve();
    there.lane.drain(new MessageChannel().port1);
    assert.deepEqual(there.unsent, [
      [2, 2047, 10],
      [3, 2, 30],
    ]);
    here.lane.empty();
    there.unsent.length = 0;
    there.lane.drain(new MessageChannel().port1);
    assert.deepEqual(there.unsent, []);
  });

  it('tells of a batch that the other side was posting when it was ended', async () => {
    const ends: [slot: number, generation: number, count: number][][] = [];
    const [here, there] = pair((words) => {
      // As it stands when the other thread is ended before this post.
      const copy = new SharedArrayBuffer(words.byteLength);
      new Uint8Array(copy).set(new Uint8Array(words));
      const unsent: (typeof ends)[number] = [];
      const fail = (): never => assert.fail('nothing came');
      const port = { postMessage: fail, on: () => undefined, close: () => undefined };
      new Lane(
        port as never,
        { words: copy, side: 1 },
        {
          underWay: new Int32Array(1),
          received: fail,
          lost: fail,
          unsent: (...what) => unsent.push(what),
        },
      ).drain(new MessageChannel().port1);
      ends.push(unsent);
    });
    for (const number of upTo(10)) here.lane.post(cast(number), 5);
    await Promise.resolve();
    // Four alone, of which nothing is held; six together.
    assert.deepEqual(ends.at(-1), [[1, 1, 6]]);
    assert.equal(inPort(there), 10);
  });

  it('posts all that it holds when its thread ends', () => {
    const [here, there] = pair();
    for (const number of upTo(3 * WINDOW)) here.lane.post(cast(number), 5);
    here.lane.empty();
    there.take(10_000);
    assert.deepEqual(there.received, upTo(3 * WINDOW));
  });
});
