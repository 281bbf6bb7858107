import assert from 'node:assert/strict';
import { MessageChannel } from 'node:worker_threads';
import { it } from 'vitest';
import { ActorTable } from '../../src/runtime/actor-table.ts';
import { LANE_BYTES, Lane } from '../../src/runtime/lane.ts';
import { Peers } from '../../src/runtime/peers.ts';
import type { DataMessage } from '../../src/runtime/wire.ts';

const THERE = 2;

const cast = (message: number): DataMessage => {
  return { type: 'cast', to: 1, generation: 1, message, trace: undefined };
};

it('sends what waits for a new life, though the end of the old one is heard late', async () => {
  const table = new ActorTable();
  const fail = (): never => assert.fail('only the one message comes');
  const unexpected = { received: fail, lost: fail, unsent: fail };
  const peers = new Peers(table, unexpected);
  const { promise: arrived, resolve } = Promise.withResolvers<DataMessage>();
  const connect = (life: number): void => {
    const { port1, port2 } = new MessageChannel();
    const words = new SharedArrayBuffer(LANE_BYTES);
    new Lane(port2, { words, side: 1 }, { ...unexpected, received: resolve });
    peers.add(THERE, life, { port: port1, words, side: 0 });
  };
  connect(1);
  // A thread that is busy for a while hears of the end and of the new lane after this send.
  table.setLife(THERE, 2);
  peers.post(THERE, cast(7), 0);
  peers.remove(THERE);
  connect(2);
  assert.equal((await arrived).type, 'cast');
  peers.remove(THERE);
});
