/** How late a timer of the kernel is while another thread floods it with messages. */

import { atMost, type Bench, type Metric } from '../harness/benchmark.ts';
import { type BenchMessage, FLOODED } from './actor.ts';
import { inTurns, quantileMetric } from './blocks.ts';
import type { Pair } from './pair.ts';
import type { PeerMessage } from './peer.ts';

/** What each message costs its receiver: a decision. */
const WORK_MS = 0.02;
const MESSAGES = 40_000;
const TIMER_MS = 1;

/** Milliseconds by which a timer of 1 ms is late, behind messages that take 20 µs each. */
export async function flood(
  bench: Bench,
  { system, port }: Pair,
  suffix: string,
): Promise<readonly Metric[]> {
  let left = 0;
  let emptied: () => void = () => undefined;
  const work = (): void => {
    const end = performance.now() + WORK_MS;
    while (performance.now() < end);
    left -= 1;
    if (left === 0) emptied();
  };
  const block = async (begin: () => void): Promise<number[]> => {
    left = MESSAGES;
    const drained = new Promise<void>((resolve) => {
      emptied = resolve;
    });
    const late = lateness();
    begin();
    await drained;
    return late.end();
  };
  system.register(FLOODED, work);
  const ref = system.ref<BenchMessage>('bench');
  const blocks = await inTurns(bench, {
    name: `runtime.flood${suffix}`,
    unit: 'ms',
    baseline: 'ms MessagePort',
    ours: () => block(() => ref.cast({ type: 'flood', messages: MESSAGES })),
    bare: async () => {
      port.on('message', work);
      const times = await block(() => {
        const message: PeerMessage = { type: 'flood', messages: MESSAGES };
        port.postMessage(message);
      });
      port.off('message', work);
      return times;
    },
  });
  return [quantileMetric(blocks, 0.5), quantileMetric(blocks, 0.99, atMost(10, 'value'))];
}

/** Arms one timer after the other, and tells how late each was. */
function lateness(): { end(): number[] } {
  const times: number[] = [];
  let due = performance.now() + TIMER_MS;
  let timer = setTimeout(tick, TIMER_MS);
  function tick(): void {
    const now = performance.now();
    times.push(now - due);
    due = now + TIMER_MS;
    timer = setTimeout(tick, TIMER_MS);
  }
  return {
    end() {
      clearTimeout(timer);
      return times;
    },
  };
}
