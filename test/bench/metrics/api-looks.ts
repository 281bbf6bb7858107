/**
 * What it costs that somebody looks: decisions while an inspector is open, and while 64 streams of
 * events are, each beside the same daemon while nobody looks, in stretches that take turns; what of
 * the deciding thread that takes; how far the streams lie apart; and what a scrape takes. And what
 * decisions lose when the questions of the inspector go to another process, which has the answers
 * as bytes: what is left where the thread that decides answers nothing.
 */

import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import type { Rig } from '../gateway/rig.ts';
import { atMost, type Bench, type Benchmark, type Metric } from '../harness/benchmark.ts';
import { metricOf, pairedMetric } from '../harness/paired.ts';
import { quantile } from '../harness/statistics.ts';
import type { Child } from '../harness/workspace.ts';
import { INSPECTOR_PATHS } from '../peers/inspector-paths.ts';
import { decisions, ticks } from './tick-to-decision.ts';

const WARM_UP = 500;
const STREAMS = 64;
const SCRAPES = 60;
const SETTLE = 300;

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
  const port = rig.daemon.port();
  const inspector = await looking(bench, rig, lookers, { type: 'inspector', port });
  const koa = await answersOf(bench, rig);
  const elsewhere = await looking(bench, rig, lookers, { type: 'elsewhere', port: koa.port });
  await koa.child.stop();
  const streams = await looking(bench, rig, lookers, { type: 'streams', port });
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
    ...inspector.metrics.map((one) =>
      one.name === 'api.inspector' ? { ...one, goal: atMost(1.02) } : one,
    ),
    ...elsewhere.metrics,
    ...streams.metrics,
    apart,
    await scrapes(bench, rig),
  ];
}

/**
 * Rounds of one engine: nobody, then the looker for twice as long, then nobody. What drifts or
 * comes in bursts falls on both; what lies apart where nobody looked is what no ratio can tell.
 */
async function looking(bench: Bench, rig: Rig, lookers: Child, { type, port }: Looker) {
  const rounds = bench.quick ? 6 : 12;
  const count = bench.quick ? 700 : 1000;
  const found: Round[] = [];
  const spreads: number[] = [];
  // Whoever looks first pays for what is compiled then.
  await tell(lookers, { type, port, count: STREAMS });
  await ticks(rig, 2 * count);
  await tell(lookers, { type: 'rest', port: 0, count: 0 });
  for (let round = 0; round < rounds; round += 1) {
    bench.signal.throwIfAborted();
    bench.progress(`api.${type}: round ${round + 1} of ${rounds}`);
    const before = [await watched(rig, count)];
    await tell(lookers, { type, port, count: STREAMS });
    // What it is sent on coming is no part of looking.
    await ticks(rig, SETTLE);
    // Of the same length as those of nobody: each ends with a pause, in which less is done.
    const looked = [await watched(rig, count), await watched(rig, count)];
    spreads.push(...(await tell(lookers, { type: 'rest', port: 0, count: 0 })).spreads);
    await ticks(rig, SETTLE);
    found.push({ before, looked, after: [await watched(rig, count)] });
  }
  return { metrics: metricsOf(`api.${type}`, rig, found), spreads };
}

/** A server that has what the daemon answers to an inspector, and nothing else to do. */
async function answersOf(bench: Bench, rig: Rig) {
  const asked = INSPECTOR_PATHS.map(async (path) => {
    const answer = await fetch(`http://127.0.0.1:${rig.daemon.port()}${path}`);
    return [path, await answer.text()] as const;
  });
  const bodies = Object.fromEntries(await Promise.all(asked));
  const child = bench.workspace.fork(new URL('../peers/bare-koa.ts', import.meta.url));
  child.process.send({ body: '', bodies });
  const [port] = await once(child.process, 'message', { signal: bench.signal });
  return { child, port: Number(port) };
}

interface Looker {
  readonly type: 'inspector' | 'elsewhere' | 'streams';
  readonly port: number;
}

interface Round {
  readonly before: readonly Stretch[];
  readonly looked: readonly Stretch[];
  readonly after: readonly Stretch[];
}

interface Stretch {
  readonly window: Window;
  /** Of the deciding thread, ms a second; null where the system does not tell. */
  readonly busy: number | null;
}

async function watched(rig: Rig, count: number): Promise<Stretch> {
  const [from, used] = [performance.now(), usedMs(rig)];
  const window = await ticks(rig, count);
  const now = usedMs(rig);
  const seconds = (performance.now() - from) / 1000;
  return { window, busy: now === null || used === null ? null : (now - used) / seconds };
}

/** Processor time of the daemon's main thread, which decides and answers. */
function usedMs(rig: Rig): number | null {
  const { pid } = rig.daemon.child.process;
  const path = `/proc/${pid}/task/${pid}/schedstat`;
  return existsSync(path) ? Number(readFileSync(path, 'utf8').split(' ', 1)[0]) / 1e6 : null;
}

function metricsOf(name: string, rig: Rig, rounds: readonly Round[]): readonly Metric[] {
  const of = (part: keyof Round) => {
    const windows = rounds.flatMap((round) => round[part].map(({ window }) => window));
    const found = decisions(rig.daemon.dataDir, windows);
    const each = windows.length / rounds.length;
    return rounds.map((_, round) => found.slice(round * each, (round + 1) * each).flat());
  };
  const [before, looked, after] = [of('before'), of('looked'), of('after')];
  const p99 = (values: readonly number[]): number => quantile(values, 0.99);
  const alone = before.map((values, round) => [...values, ...(after[round] ?? [])]);
  const baseline = { name: 'µs p99, nobody', values: alone.map(p99) };
  const decided: Metric = {
    ...pairedMetric({ name, unit: 'µs', values: looked.map(p99), baseline }),
    p50: quantile(looked.flat(), 0.5),
    p99: p99(looked.flat()),
  };
  const early = { name: 'µs p99, nobody before', values: before.map(p99) };
  const late = { name: `${name}.noise`, unit: 'µs', values: after.map(p99) };
  const noise = pairedMetric({ ...late, baseline: early });
  return [decided, noise, ...busyMetric(`${name}.busy`, rounds)];
}

/** What looking takes of the thread that decides, whatever else the machine does. */
function busyMetric(name: string, rounds: readonly Round[]): readonly Metric[] {
  const known = (stretches: readonly Stretch[]): readonly number[] =>
    stretches.flatMap(({ busy }) => busy ?? []);
  const values = rounds.flatMap(({ looked }) => known(looked));
  const alone = rounds.flatMap(({ before, after }) => [...known(before), ...known(after)]);
  if (values.length === 0) return [];
  const baseline = { name: 'ms/s, nobody', values: alone };
  return [metricOf({ name, unit: 'ms/s', values, baseline })];
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
