/** The other thread of the runtime's baselines: a bare port, a bare word, a board and a ring. */

import assert from 'node:assert/strict';
import { parentPort, workerData } from 'node:worker_threads';
import { type BoardSetDescriptor, openBoardSet } from '../../src/runtime/board.ts';
import { defineLayout } from '../../src/runtime/layout.ts';
import { openRing, type RingDescriptor } from '../../src/runtime/ring.ts';

/** 64 bytes: a quote with its greeks. */
export const RING_RECORD = defineLayout({
  number: 'f64',
  bid: 'f64',
  ask: 'f64',
  last: 'f64',
  iv: 'f64',
  delta: 'f64',
  gamma: 'f64',
  theta: 'f64',
});

export type PeerCommand =
  | { readonly type: 'echo'; readonly number: number }
  | { readonly type: 'sink'; readonly number: number }
  | { readonly type: 'words'; readonly words: Int32Array; readonly rounds: number }
  | { readonly type: 'board'; readonly board: BoardSetDescriptor; readonly rounds: number }
  | { readonly type: 'ring'; readonly ring: RingDescriptor; readonly records: number };

if (workerData === 'runtime-peer') serve();

function serve(): void {
  const port = parentPort;
  assert(port !== null);
  port.on('message', (command: PeerCommand) => {
    if (command.type === 'echo') port.postMessage(command.number);
    else if (command.type === 'words') echoWords(command.words, command.rounds);
    else if (command.type === 'board') echoBoard(command.board, command.rounds);
    else if (command.type === 'ring') void fill(command.ring, command.records);
  });
  port.postMessage('up');
}

function echoWords(words: Int32Array, rounds: number): void {
  for (let round = 1; round <= rounds; round += 1) {
    while (Atomics.load(words, 0) !== round);
    Atomics.store(words, 16, round);
  }
}

function echoBoard(descriptor: BoardSetDescriptor, rounds: number): void {
  const set = openBoardSet(descriptor);
  const reader = set.reader(0);
  const writer = set.writer(1);
  for (let round = 1; round <= rounds; round += 1) {
    while (!reader.read());
    writer.scratch.set(reader.record);
    writer.publish();
  }
}

async function fill(descriptor: RingDescriptor, records: number): Promise<void> {
  const writer = openRing(RING_RECORD, descriptor).writer();
  const { record } = writer;
  for (let number = 1; number <= records; number += 1) {
    if (!writer.reserve()) await writer.room();
    record.number = number;
    record.bid = number + 0.25;
    record.ask = number + 0.5;
    record.last = number;
    record.iv = 0.2;
    record.delta = 0.5;
    record.gamma = 0.01;
    record.theta = -0.02;
    writer.commit();
  }
  writer.close();
}
