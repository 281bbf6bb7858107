/**
 * What it costs that somebody looks: decisions while an inspector is open, and while 64 streams of
 * events are, each beside the same daemon while nobody looks, in blocks that take turns; how far
 * the streams lie apart; and what a scrape of the metrics takes.
 */

import type { Rig } from '../gateway/rig.ts';
import { atMost, type Bench, type Benchmark, type Metric } from '../harness/benchmark.ts';
import { metricOf } from '../harness/paired.ts';
import { quantile, spread } from '../harness/statistics.ts';
import type { Child } from '../harness/workspace.ts';
import { decisions, ticks } from './tick-to-decision.ts';

const WARM_UP = 500;
const STREAMS = 64;
const SCRAPES = 60;

export const apiLooks: Benchmark = {
  name: 'api.looks',
  about: 'decisions while an inspector or 64 event streams look, scrapes of /metrics',
  run,
};

interface Looked {
  readonly events: number;
  readonly spreads: readonly number[];
}

type Window = Awaited<ReturnType<typeof ticks>>;

async function run(bench: Bench): Promise<readonly Metric[]> {
  const rig = await bench.rig();
  const lookers = bench.workspace.fork(new URL('../peers/lookers.ts', import.meta.url));
  await ticks(rig, WARM_UP);
  const inspector = await looking(bench, rig, lookers, 'inspector');
  const streams = await looking(bench, rig, lookers, 'streams');
  await lookers.stop();
  const { spreads } = streams;
  const apart: Metric = {
    ...{ name: 'api.streams.spread', unit: 'ms', value: quantile(spreads, 0.5) },
    baseline: { name: 'streams', value: STREAMS },
    ratio: quantile(spreads, 0.5) / STREAMS,
    p50: quantile(spreads, 0.5),
    p99: quantile(spreads, 0.99),
    runs: spreads.length,
  };
  return [
    { ...inspector.metric, name: 'api.inspector', goal: atMost(1.02) },
    { ...streams.metric, name: 'api.streams' },
    apart,
    await scrapes(bench, rig),
  ];
}

/** The decisions' p99 in blocks with and without. */
async function looking(bench: Bench, rig: Rig, lookers: Child, type: 'inspector' | 'streams') {
  const blocks = bench.quick ? 5 : 11;
  const count = bench.quick ? 1000 : 2000;
  const alone: Window[] = [];
  const looked: Window[] = [];
  const spreads: number[] = [];
  for (let block = 0; block < blocks; block += 1) {
    bench.signal.throwIfAborted();
    bench.progress(`api.${type}: block ${block + 1} of ${blocks}`);
    alone.push(await ticks(rig, count));
    await tell(lookers, { type, port: rig.daemon.port(), count: STREAMS });
    looked.push(await ticks(rig, count));
    spreads.push(...(await tell(lookers, { type: 'rest', port: 0, count: 0 })).spreads);
  }
  const { dataDir } = rig.daemon;
  const p99 = (block: readonly number[]): number => quantile(block, 0.99);
  const without = decisions(dataDir, alone);
  const withIt = decisions(dataDir, looked);
  // Each block beside the one before it: what the machine did then fell on both.
  const ratios = withIt.map((block, index) => p99(block) / p99(without[index] ?? []));
  const value = quantile(withIt.map(p99), 0.5);
  const metric: Metric = {
    ...{ name: '', unit: 'µs', value },
    baseline: { name: 'µs p99, nobody', value: quantile(without.map(p99), 0.5) },
    ratio: quantile(ratios, 0.5),
    p50: quantile(withIt.flat(), 0.5),
    p99: quantile(withIt.flat(), 0.99),
    runs: blocks,
    spread: spread(ratios),
  };
  return { metric, spreads };
}

/** Milliseconds of a scrape, beside those of the smallest answer there is. */
async function scrapes(bench: Bench, rig: Rig): Promise<Metric> {
  const ours: number[] = [];
  const least: number[] = [];
  const timed = async (path: string): Promise<number> => {
    const from = performance.now();
    const answer = await fetch(`http://127.0.0.1:${rig.daemon.port()}${path}`);
    await answer.text();
    return performance.now() - from;
  };
  for (const path of ['/metrics', '/healthz']) for (let n = 0; n < 10; n += 1) await timed(path);
  for (let n = 0; n < (bench.quick ? SCRAPES / 3 : SCRAPES); n += 1) {
    least.push(await timed('/healthz'));
    ours.push(await timed('/metrics'));
  }
  const baseline = { name: 'ms /healthz', values: least };
  const metric = metricOf({ name: 'api.metrics', unit: 'ms', values: ours, baseline });
  return { ...metric, p50: quantile(ours, 0.5), p99: quantile(ours, 0.99) };
}

function tell(child: Child, command: object): Promise<Looked> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error(`who looks ended:\n${child.tail()}`));
    child.process.once('exit', ended);
    child.process.once('message', (message) => {
      child.process.off('exit', ended);
      resolve(message as Looked);
    });
    child.process.send(command);
  });
}
