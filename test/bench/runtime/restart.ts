/** From the end of a thread to the first answer of its next life, beside the boot of a worker. */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { atMost, type Bench, type Metric } from '../harness/benchmark.ts';
import type { BenchMessage } from './actor.ts';
import { blockMetric, inTurns } from './blocks.ts';
import type { Pair } from './pair.ts';

const CALL_MS = 10_000;

/** Crash, restart and first answer. */
export async function restart(
  bench: Bench,
  { system }: Pair,
  suffix: string,
): Promise<readonly Metric[]> {
  const ref = system.ref<BenchMessage>('bench');
  const ours = async (): Promise<number[]> => {
    const start = performance.now();
    const again = Promise.withResolvers<void>();
    const end = system.onLifecycle(({ state }) => {
      if (state === 'running') again.resolve();
    });
    ref.cast({ type: 'exit' });
    await again.promise;
    end();
    await ref.call({ type: 'echo', number: 0 }, CALL_MS);
    return [performance.now() - start];
  };
  const bare = async (): Promise<number[]> => {
    const start = performance.now();
    const worker = new Worker(new URL('./bare-worker.ts', import.meta.url));
    await once(worker, 'message');
    const took = performance.now() - start;
    await worker.terminate();
    return [took];
  };
  const blocks = await inTurns(bench, {
    name: `runtime.restart${suffix}`,
    unit: 'ms',
    baseline: 'ms boot of a bare worker',
    ours,
    bare,
  });
  return [blockMetric(blocks, atMost(3))];
}
