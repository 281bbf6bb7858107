/** Boards and rings beside the words and doubles they are made of. */

import { Fault } from '../../../src/fault.ts';
import { createBoardSet } from '../../../src/runtime/board.ts';
import { createRing } from '../../../src/runtime/ring.ts';
import { atLeast, type Bench, type Metric } from '../harness/benchmark.ts';
import { createBareRing, readAll } from './bare-ring.ts';
import { blockMetric, inTurns, quantileMetric } from './blocks.ts';
import { createMeeting, waitFor, wake } from './meeting.ts';
import type { Pair } from './pair.ts';
import { ANSWER, type PeerCommand, RING_RECORD } from './peer.ts';

const ROUNDS = 2000;
const RECORDS = 2_000_000;
const RING_CAPACITY = 4096;

/** Half of a round trip of a record of 16 doubles, and of a word. */
export async function board(
  bench: Bench,
  { raw, sharesCore }: Pair,
  suffix: string,
): Promise<readonly Metric[]> {
  const timesOf = (publish: (round: number) => void): number[] => {
    const times: number[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const start = performance.now();
      publish(round);
      // The first round waits for the other thread to come.
      if (round > 1) times.push(((performance.now() - start) * 1000) / 2);
    }
    return times;
  };
  const ours = async (): Promise<number[]> => {
    const set = createBoardSet({ records: 2, length: 16 });
    const meeting = createMeeting(sharesCore);
    const command: PeerCommand = { type: 'board', meeting, board: set.descriptor, rounds: ROUNDS };
    raw.postMessage(command);
    const writer = set.writer(0);
    const reader = set.reader(1);
    return timesOf(() => {
      writer.publish();
      wake(meeting, 1);
      waitFor(meeting, 0, () => reader.read());
    });
  };
  const bare = async (): Promise<number[]> => {
    const words = new Int32Array(new SharedArrayBuffer(128));
    const meeting = createMeeting(sharesCore);
    const command: PeerCommand = { type: 'words', meeting, words, rounds: ROUNDS };
    raw.postMessage(command);
    return timesOf((round) => {
      Atomics.store(words, 0, round);
      wake(meeting, 1);
      waitFor(meeting, 0, () => Atomics.load(words, ANSWER) === round);
    });
  };
  const blocks = await inTurns(bench, {
    name: `runtime.board${suffix}`,
    unit: 'µs',
    baseline: 'µs Atomics word',
    ours,
    bare,
  });
  return [quantileMetric(blocks, 0.5), quantileMetric(blocks, 0.99)];
}

/** Records of 64 bytes a second, written and read. */
export async function ring(
  bench: Bench,
  { raw }: Pair,
  suffix: string,
): Promise<readonly Metric[]> {
  const perSecond = (start: number, sum: number): number[] => {
    if (sum !== (RECORDS * (RECORDS + 1)) / 2) throw new Fault('internal', 'records were lost');
    return [(RECORDS / (performance.now() - start)) * 1000];
  };
  const ours = async (): Promise<number[]> => {
    const made = createRing(RING_RECORD, RING_CAPACITY);
    const reader = made.reader();
    const command: PeerCommand = { type: 'ring', ring: made.descriptor, records: RECORDS };
    raw.postMessage(command);
    await reader.wait();
    const start = performance.now();
    let sum = 0;
    while (await reader.wait()) {
      while (reader.peek()) {
        sum += reader.record.number;
        reader.release();
      }
    }
    reader.close();
    return perSecond(start, sum);
  };
  const bare = async (): Promise<number[]> => {
    const made = createBareRing(RING_CAPACITY);
    const command: PeerCommand = { type: 'bare_ring', ring: made, records: RECORDS };
    raw.postMessage(command);
    while (Atomics.load(made.words, ANSWER) === 0) Atomics.wait(made.words, ANSWER, 0, 1);
    const start = performance.now();
    return perSecond(start, readAll(made, RECORDS));
  };
  const blocks = await inTurns(bench, {
    name: `runtime.ring${suffix}`,
    unit: '1/s',
    baseline: '1/s bare words and doubles',
    ours,
    bare,
  });
  return [blockMetric(blocks, atLeast(4_000_000, 'value'))];
}
