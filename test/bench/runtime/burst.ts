/**
 * A burst of records to another thread, through a ring and as messages to an actor: from how many
 * on at once a ring is the better carrier. What is timed ends with the answer to the last record.
 */

import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { createRing } from '../../../src/runtime/ring.ts';
import type { Bench, Metric } from '../harness/benchmark.ts';
import type { BenchMessage } from './actor.ts';
import { inTurns, quantileMetric } from './blocks.ts';
import type { Pair } from './pair.ts';
import { type PeerCommand, RING_RECORD, writeQuote } from './peer.ts';

const BURSTS = [1, 16, 256, 4096];
/** Records of a block, in so many bursts as that makes. */
const RECORDS = 8192;
const BURSTS_MAX = 500;
const CAPACITY = 8192;
const CALL_MS = 10_000;

/** Microseconds of a whole burst. */
export async function burst(
  bench: Bench,
  { system, raw }: Pair,
  suffix: string,
): Promise<readonly Metric[]> {
  const ref = system.ref<BenchMessage>('bench');
  const made = createRing(RING_RECORD, CAPACITY);
  const { port1: port, port2 } = new MessageChannel();
  const command: PeerCommand = { type: 'drain', ring: made.descriptor, port: port2 };
  raw.postMessage(command, [port2]);
  const writer = made.writer();
  const throughRing = async (records: number): Promise<void> => {
    const answered = once(port, 'message');
    for (let left = records; left > 0; left -= 1) {
      if (!writer.reserve()) await writer.room();
      writeQuote(writer.record, left === 1 ? 1 : 0);
      writer.commit();
    }
    await answered;
  };
  const asMessages = async (records: number): Promise<void> => {
    for (let left = records; left > 1; left -= 1) {
      ref.cast({ type: 'quote', quote: quoteOf(0) });
    }
    await ref.call({ type: 'quote', quote: quoteOf(1) }, CALL_MS);
  };
  const metrics: Metric[] = [];
  for (const records of BURSTS) {
    const blocks = await inTurns(bench, {
      name: `runtime.burst.${records}${suffix}`,
      unit: 'µs',
      baseline: 'µs as messages',
      ours: () => timesOf(records, throughRing),
      bare: () => timesOf(records, asMessages),
    });
    metrics.push(quantileMetric(blocks, 0.5));
  }
  writer.close();
  port.close();
  return metrics;
}

async function timesOf(records: number, send: (count: number) => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  for (let count = Math.min(RECORDS / records, BURSTS_MAX); count > 0; count -= 1) {
    const start = performance.now();
    await send(records);
    times.push((performance.now() - start) * 1000);
  }
  return times;
}

function quoteOf(number: number): Extract<BenchMessage, { type: 'quote' }>['quote'] {
  const quote = { number: 0, bid: 0, ask: 0, last: 0, iv: 0, delta: 0, gamma: 0, theta: 0 };
  writeQuote(quote, number);
  return quote;
}
