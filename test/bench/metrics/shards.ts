/**
 * Two daemons on one gateway, each with half of a hundred books, a database, client ids and a part
 * of the lines of its own: beside one daemon with all of them. What a tick costs, how many are
 * late, and that each book's last price stands with the daemon that has it.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { StatusView } from '../../../src/protocol/views.ts';
import { type Gateway, startGateway } from '../gateway/control.ts';
import { type Daemon, startDaemon } from '../gateway/daemon.ts';
import type { Bench, Benchmark, Metric } from '../harness/benchmark.ts';
import { allWatch, configOf, REST_MS, sampleOf, ticksWithin, WARM_UP } from './capacity.ts';

const BOOKS = 100;
const PER_SECOND = 2000;
const SECONDS = 4;
const SHARDS_MAX = 2;

export const shards: Benchmark = {
  name: 'shards',
  about: 'a hundred books of one daemon, and of two on the same gateway',
  run,
};

interface Found {
  readonly cost: number;
  readonly late: number;
  readonly residentMb: number;
}

async function run(bench: Bench): Promise<readonly Metric[]> {
  const one = await measure(bench, 1);
  const two = await measure(bench, SHARDS_MAX);
  const metric = (name: string, unit: string, of: (found: Found) => number): Metric => ({
    ...{ name: `shards.${name}`, unit, value: of(two), runs: 1 },
    ...{ baseline: { name: `${unit}, one daemon`, value: of(one) }, ratio: of(two) / of(one) },
  });
  return [
    metric('cost', 'µs', ({ cost }) => cost),
    metric('late', 'of ticks', ({ late }) => late),
    metric('resident', 'MB', ({ residentMb }) => residentMb),
  ];
}

async function measure(bench: Bench, count: number): Promise<Found> {
  bench.signal.throwIfAborted();
  bench.progress(`${count} daemons: starting`);
  const gateway = await startGateway(bench.workspace, BOOKS);
  const each = BOOKS / count;
  const env = { IB_PORT: String(gateway.port) };
  const daemons: Daemon[] = [];
  for (let shard = 0; shard < count; shard += 1) {
    const place = { shard, from: shard * each };
    daemons.push(startDaemon(bench, { config: configOf(bench, each, 1, place), env }));
  }
  for (const daemon of daemons) {
    await daemon.until('/status', (answer) => allWatch(answer, each));
  }
  await gateway.flood(WARM_UP);
  await sleep(REST_MS);
  const found = await flooded(gateway, daemons);
  for (const daemon of daemons) await daemon.child.stop();
  return found;
}

async function flooded(gateway: Gateway, daemons: readonly Daemon[]): Promise<Found> {
  const before = await readAll(daemons);
  const { sent, mids } = await gateway.flood({ perSecond: PER_SECOND, seconds: SECONDS });
  await sleep(REST_MS);
  const after = await readAll(daemons);
  const grew = (of: (metrics: string) => number): number => sum(after, of) - sum(before, of);
  const judged = grew((metrics) => ticksWithin(metrics, '+Inf'));
  const inTime = grew((metrics) => ticksWithin(metrics, '0.005'));
  const cpu = grew((metrics) => sampleOf(metrics, 'bifrost_process_cpu_seconds_total'));
  const spots: (number | null)[] = [];
  for (const daemon of daemons) {
    const { books } = (await daemon.get('/status')) as StatusView;
    spots.push(...books.map(({ spot }) => spot));
  }
  const isLast = mids.every((mid, book) => Math.abs((spots[book] ?? 0) - mid) < 1e-9);
  if (!isLast) throw new Error(`the last prices do not stand with ${daemons.length} daemons`);
  const resident = sum(after, (metrics) => sampleOf(metrics, 'bifrost_process_resident_bytes'));
  return {
    cost: (cpu * 1e6) / sent,
    late: (judged - inTime) / judged,
    residentMb: resident / 1e6,
  };
}

function readAll(daemons: readonly Daemon[]): Promise<readonly string[]> {
  return Promise.all(daemons.map((daemon) => daemon.metrics()));
}

function sum(metrics: readonly string[], of: (metrics: string) => number): number {
  return metrics.reduce((total, text) => total + of(text), 0);
}
