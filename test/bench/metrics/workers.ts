/**
 * What one to eight market-data connections make of the ticks of a hundred books: processor time of
 * a tick, and how many are late. Each connection has a thread and a client id of its own, so that
 * decoding and pricing take as many cores as there are; with two cores they only take turns.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { startGateway } from '../gateway/control.ts';
import { startDaemon } from '../gateway/daemon.ts';
import type { Bench, Benchmark, Metric } from '../harness/benchmark.ts';
import { allWatch, configOf, costOf, load, REST_MS, WARM_UP } from './capacity.ts';

const BOOKS = 100;
const WORKERS = [1, 2, 4, 8] as const;
const PER_SECOND = 5000;

export const workers: Benchmark = {
  name: 'workers',
  about: 'cost of a tick, and how many are late, with one to eight market-data connections',
  run,
};

interface Found {
  readonly count: number;
  readonly cost: number;
  readonly late: number;
}

async function run(bench: Bench): Promise<readonly Metric[]> {
  const all: Found[] = [];
  for (const count of WORKERS) {
    if (!bench.quick || count === 1 || count === 8) all.push(await measure(bench, count));
  }
  const [one] = all;
  if (one === undefined) return [];
  return all.flatMap(({ count, cost, late }) => [
    {
      ...{ name: `workers.cost.${count}`, unit: 'µs', value: cost, runs: 1 },
      ...{ baseline: { name: 'µs one connection', value: one.cost }, ratio: cost / one.cost },
    },
    {
      ...{ name: `workers.late.${count}`, unit: 'of ticks', value: late, runs: 1 },
      ...{ baseline: { name: 'of ticks, one', value: one.late }, ratio: late / one.late },
    },
  ]);
}

async function measure(bench: Bench, count: number): Promise<Found> {
  bench.signal.throwIfAborted();
  bench.progress(`${count} market-data connections: starting`);
  const gateway = await startGateway(bench.workspace, BOOKS);
  const daemon = startDaemon(bench, {
    config: configOf(bench, BOOKS, count),
    env: { IB_PORT: String(gateway.port) },
  });
  await daemon.until('/status', (answer) => allWatch(answer, BOOKS));
  await gateway.flood(WARM_UP);
  await sleep(REST_MS);
  const { cost } = await costOf(gateway, daemon);
  const { isLast, late } = await load(gateway, daemon, PER_SECOND);
  if (!isLast) throw new Error(`the last prices do not stand with ${count} connections`);
  await daemon.child.stop();
  return { count, cost, late };
}
