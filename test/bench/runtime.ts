/**
 * The actor runtime beside what it is made of: a bare port, bare words, a bare worker. Each is
 * measured across cores and with all threads on one.
 */

import type { Bench, Benchmark, Metric } from './harness/benchmark.ts';
import { allowedCores, firstOf, moveTo } from './runtime/affinity.ts';
import { burst } from './runtime/burst.ts';
import { flood } from './runtime/flood.ts';
import { board, ring } from './runtime/memory.ts';
import { oneWay, roundTrip } from './runtime/messages.ts';
import { createPair } from './runtime/pair.ts';
import { restart } from './runtime/restart.ts';

export const runtime: Benchmark = {
  name: 'runtime',
  about: 'messages, boards, rings and restarts beside bare ports, words and workers',
  run,
};

const PARTS = [roundTrip, oneWay, flood, board, ring, burst, restart];

async function run(bench: Bench): Promise<readonly Metric[]> {
  const cores = allowedCores();
  const one = cores === undefined ? undefined : firstOf(cores);
  // Started on one core, it has no others to measure across.
  const metrics = cores === one && one !== undefined ? [] : [...(await measure(bench, false, ''))];
  if (cores === undefined || one === undefined || !moveTo(one)) {
    bench.progress('runtime: one core cannot be had here (taskset of Linux)');
    return metrics;
  }
  try {
    return [...metrics, ...(await measure(bench, true, '.pinned'))];
  } finally {
    moveTo(cores);
  }
}

async function measure(bench: Bench, sharesCore: boolean, suffix: string): Promise<Metric[]> {
  const pair = await createPair(bench, sharesCore);
  try {
    const metrics: Metric[] = [];
    for (const part of PARTS) metrics.push(...(await part(bench, pair, suffix)));
    return metrics;
  } finally {
    await pair.close();
  }
}
