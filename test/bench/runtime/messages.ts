/** Messages of the runtime beside messages over a bare port. */

import { once } from 'node:events';
import { Fault } from '../../../src/fault.ts';
import { atLeast, atMost, type Bench, type Metric } from '../harness/benchmark.ts';
import type { BenchMessage } from './actor.ts';
import { blockMetric, inTurns, quantileMetric } from './blocks.ts';
import type { Pair } from './pair.ts';
import type { PeerMessage } from './peer.ts';

const CALLS = 2000;
const CASTS = 50_000;
/** Of the bare port: posts between two turns. Ours has one with each message it waits for. */
const SENDS_PER_TURN = 256;
const CALL_MS = 10_000;

/** A small message to the other thread and its answer, one at a time. */
export async function roundTrip(
  bench: Bench,
  { system, port }: Pair,
  suffix: string,
): Promise<readonly Metric[]> {
  const ref = system.ref<BenchMessage>('bench');
  const timesOf = async (ask: (number: number) => Promise<unknown>): Promise<number[]> => {
    const times: number[] = [];
    for (let number = 0; number < CALLS; number += 1) {
      const start = performance.now();
      await ask(number);
      times.push((performance.now() - start) * 1000);
    }
    return times;
  };
  let heard: (number: number) => void = () => undefined;
  const listen = (number: number): void => heard(number);
  const ask = (number: number): Promise<unknown> =>
    new Promise((resolve) => {
      heard = resolve;
      const message: PeerMessage = { type: 'echo', number };
      port.postMessage(message);
    });
  port.on('message', listen);
  const blocks = await inTurns(bench, {
    name: `runtime.round-trip${suffix}`,
    unit: 'µs',
    baseline: 'µs MessagePort',
    ours: () => timesOf((number) => ref.call({ type: 'echo', number }, CALL_MS)),
    bare: () => timesOf(ask),
  });
  port.off('message', listen);
  return [quantileMetric(blocks, 0.5, atMost(1.5)), quantileMetric(blocks, 0.99, atMost(1.5))];
}

/** Messages one way, until the last was taken. */
export async function oneWay(
  bench: Bench,
  { system, port }: Pair,
  suffix: string,
): Promise<readonly Metric[]> {
  const ref = system.ref<BenchMessage>('bench');
  const perSecond = async (send: () => Promise<void>): Promise<number[]> => {
    const start = performance.now();
    await send();
    return [(CASTS / (performance.now() - start)) * 1000];
  };
  const ours = async (): Promise<void> => {
    for (let number = 0; number < CASTS; number += 1) {
      await ref.send({ type: 'sink', number }, CALL_MS);
    }
    // Its place behind the last of them is free when they have been taken, or nearly so.
    for (let taken = false; !taken; ) {
      taken = await ref.call({ type: 'echo', number: 0 }, CALL_MS).then(() => true, noRoom);
    }
  };
  const bare = async (): Promise<void> => {
    for (let number = 0; number < CASTS; number += 1) {
      const message: PeerMessage = { type: 'sink', number };
      port.postMessage(message);
      if (number % SENDS_PER_TURN === 0) await undefined;
    }
    const answered = once(port, 'message');
    const last: PeerMessage = { type: 'echo', number: 0 };
    port.postMessage(last);
    await answered;
  };
  const blocks = await inTurns(bench, {
    name: `runtime.one-way${suffix}`,
    unit: '1/s',
    baseline: '1/s MessagePort',
    ours: () => perSecond(ours),
    bare: () => perSecond(bare),
  });
  return [blockMetric(blocks, atLeast(0.7))];
}

async function noRoom(thrown: unknown): Promise<false> {
  if (!(thrown instanceof Fault) || thrown.code !== 'mailbox_full') throw thrown;
  await new Promise((resolve) => setImmediate(resolve));
  return false;
}
