/** The other thread of the baselines: a bare port and bare words; and of boards and rings. */

import assert from 'node:assert/strict';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { type BoardSetDescriptor, openBoardSet } from '../../../src/runtime/board.ts';
import { defineDoubles } from '../../../src/runtime/layout.ts';
import { openRing, type RingDescriptor } from '../../../src/runtime/ring.ts';
import { type BareRing, write } from './bare-ring.ts';
import { type Meeting, waitFor, wake } from './meeting.ts';

/** 64 bytes: a quote with its greeks. */
export const RING_RECORD = defineDoubles(
  'number',
  'bid',
  'ask',
  'last',
  'iv',
  'delta',
  'gamma',
  'theta',
);

/** Fills a record with the number it is known by. */
export function writeQuote(record: ReturnType<typeof RING_RECORD.over>, number: number): void {
  record.number = number;
  record.bid = number + 0.25;
  record.ask = number + 0.5;
  record.last = number;
  record.iv = 0.2;
  record.delta = 0.5;
  record.gamma = 0.01;
  record.theta = -0.02;
}

/** On the bare port. */
export type PeerMessage =
  | { readonly type: 'echo'; readonly number: number }
  | { readonly type: 'sink'; readonly number: number }
  | { readonly type: 'flood'; readonly messages: number };

export type PeerCommand =
  | { readonly type: 'port'; readonly port: MessagePort }
  | {
      readonly type: 'words';
      readonly meeting: Meeting;
      readonly words: Int32Array;
      readonly rounds: number;
    }
  | {
      readonly type: 'board';
      readonly meeting: Meeting;
      readonly board: BoardSetDescriptor;
      readonly rounds: number;
    }
  | { readonly type: 'drain'; readonly ring: RingDescriptor; readonly port: MessagePort }
  | { readonly type: 'ring'; readonly ring: RingDescriptor; readonly records: number }
  | { readonly type: 'bare_ring'; readonly ring: BareRing; readonly records: number };

/** Where the baseline's answer lies among its words: in another cache line. */
export const ANSWER = 16;

if (workerData === 'runtime-peer') serve();

function serve(): void {
  assert(parentPort !== null);
  parentPort.on('message', obey);
  parentPort.postMessage('up');
}

function obey(command: PeerCommand): void {
  switch (command.type) {
    case 'port':
      command.port.on('message', (message: PeerMessage) => {
        if (message.type === 'echo') command.port.postMessage(message.number);
        if (message.type === 'flood') {
          for (let n = 0; n < message.messages; n += 1) command.port.postMessage(n);
        }
      });
      return;
    case 'words':
      echoWords(command.meeting, command.words, command.rounds);
      return;
    case 'board':
      echoBoard(command.meeting, command.board, command.rounds);
      return;
    case 'ring':
      void fill(command.ring, command.records);
      return;
    case 'drain':
      void drain(command.ring, command.port);
      return;
    case 'bare_ring':
      for (let number = 1; number <= command.records; number += 1) write(command.ring, number);
  }
}

function echoWords(meeting: Meeting, words: Int32Array, rounds: number): void {
  for (let round = 1; round <= rounds; round += 1) {
    waitFor(meeting, 1, () => Atomics.load(words, 0) === round);
    Atomics.store(words, ANSWER, round);
    wake(meeting, 0);
  }
}

function echoBoard(meeting: Meeting, descriptor: BoardSetDescriptor, rounds: number): void {
  const set = openBoardSet(descriptor);
  const reader = set.reader(0);
  const writer = set.writer(1);
  for (let round = 1; round <= rounds; round += 1) {
    waitFor(meeting, 1, () => reader.read());
    writer.scratch.set(reader.record);
    writer.publish();
    wake(meeting, 0);
  }
}

/** Reads what comes, and answers each record whose number is positive: the last of a burst. */
async function drain(descriptor: RingDescriptor, port: MessagePort): Promise<void> {
  const reader = openRing(RING_RECORD, descriptor).reader();
  const { record } = reader;
  while (await reader.wait()) {
    while (reader.peek()) {
      const { number } = record;
      reader.release();
      if (number > 0) port.postMessage(number);
    }
  }
  reader.close();
  port.close();
}

async function fill(descriptor: RingDescriptor, records: number): Promise<void> {
  const writer = openRing(RING_RECORD, descriptor).writer();
  const { record } = writer;
  for (let number = 1; number <= records; number += 1) {
    if (!writer.reserve()) await writer.room();
    writeQuote(record, number);
    writer.commit();
  }
  writer.close();
}
