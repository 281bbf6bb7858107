import assert from 'node:assert/strict';
import { MessageChannel } from 'node:worker_threads';
import { it } from 'vitest';
import { ActorTable } from '../../src/runtime/actor-table.ts';
import { LANE_BYTES, Lane } from '../../src/runtime/lane.ts';
import { Peers } from '../../src/runtime/peers.ts';
import type { DataMessage } from '../../src/runtime/wire.ts';

const THERE = 2;

const cast = (message: number): DataMessage => {
  return { type: 'cast', to: 1, generation: 1, message, sender: 0, sentAt: undefined };
};

/** Peers whose system port holds these commands. */
function peersWith(commands: (() => void)[]) {
  const table = new ActorTable();
  const fail = (): never => assert.fail('only the one message comes');
  const ports = { underWay: table.underWay, received: fail, lost: fail, unsent: fail };
  const { promise: arrived, resolve } = Promise.withResolvers<DataMessage>();
  const pull = (): boolean => {
    const next = commands.shift();
    next?.();
    return next !== undefined;
  };
  const peers = new Peers(table, pull, ports);
  const connect = (life: number): void => {
    const { port1, port2 } = new MessageChannel();
    const words = new SharedArrayBuffer(LANE_BYTES);
    new Lane(port2, { words, side: 1 }, { ...ports, received: resolve });
    peers.add(THERE, life, { port: port1, words, side: 0 });
  };
  return { table, peers, connect, arrived };
}

it('sends to a new life of which its thread has not heard yet, nor of the old one’s end', async () => {
  const commands: (() => void)[] = [];
  const { table, peers, connect, arrived } = peersWith(commands);
  connect(1);
  // A thread that is busy for a while has this in its system port.
  commands.push(
    () => peers.remove(THERE),
    () => connect(2),
    () => assert.fail('what comes after the lane waits'),
  );
  table.setLife(THERE, 2);
  peers.post(THERE, cast(7), 0);
  assert.equal((await arrived).type, 'cast');
  assert.equal(commands.length, 1);
  peers.remove(THERE);
});

it('keeps nothing for a life that is over', () => {
  const { table, peers } = peersWith([]);
  table.setLife(THERE, 2);
  const generation = table.open(1);
  table.admit(1, 10);
  peers.post(THERE, cast(7), 0);
  assert.equal(generation, 1);
  assert.equal(table.takeUnderWay(0), undefined);
});
