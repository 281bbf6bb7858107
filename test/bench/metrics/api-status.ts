/**
 * Answers of GET /status a second at 64 connections, from the daemon while it hedges, beside a bare
 * Koa that answers with the same bytes.
 */

import type { Gateway } from '../gateway/control.ts';
import { atLeast, type Bench, type Benchmark, type Metric } from '../harness/benchmark.ts';
import { metricOf } from '../harness/paired.ts';
import { quantile } from '../harness/statistics.ts';
import type { Child } from '../harness/workspace.ts';

const CONNECTIONS = 64;
const BLOCKS = 5;
const HEDGES_PER_SECOND = 5;

export const apiStatus: Benchmark = {
  name: 'api.status',
  about: 'GET /status at 64 connections while a book is hedged, 1/s',
  run,
};

async function run(bench: Bench): Promise<readonly Metric[]> {
  const rig = await bench.rig();
  const blockMs = bench.quick ? 800 : 3000;
  const body = JSON.stringify(await rig.daemon.get('/status'));
  const koa = bench.workspace.fork(new URL('../peers/bare-koa.ts', import.meta.url));
  koa.process.send({ body });
  const koaPort = Number(await answer(koa));
  const load = bench.workspace.fork(new URL('../peers/load.ts', import.meta.url));
  const ask = async (port: number, ms: number): Promise<Answered> => {
    load.process.send({ port, path: '/status', connections: CONNECTIONS, ms });
    return (await answer(load)) as Answered;
  };
  const ours: Answered[] = [];
  const bare: Answered[] = [];
  for (const port of [rig.daemon.port(), koaPort]) await ask(port, blockMs);
  for (let block = 0; block < BLOCKS; block += 1) {
    bench.signal.throwIfAborted();
    bench.progress(`api.status: block ${block + 1} of ${BLOCKS}`);
    const hedging = hedge(rig.gateway, blockMs);
    ours.push(await ask(rig.daemon.port(), blockMs));
    await hedging;
    bare.push(await ask(koaPort, blockMs));
  }
  await koa.stop();
  await load.stop();
  const rates = (blocks: readonly Answered[]) => blocks.map(({ perSecond }) => perSecond);
  const baseline = { name: '1/s bare Koa', values: rates(bare) };
  const goal = atLeast(0.7);
  return [
    metricOf({ name: 'api.status', unit: '1/s', values: rates(ours), baseline, goal }),
    latency(ours, bare, 0.5, 'api.status.p50'),
    latency(ours, bare, 0.99, 'api.status.p99'),
  ];
}

/** What came of one block. */
interface Answered {
  readonly perSecond: number;
  /** Milliseconds of each answer. */
  readonly times: readonly number[];
}

/** From question to answer, of the 64 that ask at once. */
function latency(
  ours: readonly Answered[],
  bare: readonly Answered[],
  fraction: number,
  name: string,
): Metric {
  const of = (blocks: readonly Answered[]) => blocks.map(({ times }) => quantile(times, fraction));
  const baseline = { name: 'ms bare Koa', values: of(bare) };
  return metricOf({ name, unit: 'ms', values: of(ours), baseline });
}

function hedge(gateway: Gateway, ms: number): Promise<unknown> {
  const count = Math.ceil((ms / 1000) * HEDGES_PER_SECOND);
  return gateway.tick({ type: 'cross', link: 'daemon', count, perSecond: HEDGES_PER_SECOND });
}

function answer(child: Child): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error(`a peer ended:\n${child.tail()}`));
    child.process.once('exit', ended);
    child.process.once('message', (message) => {
      child.process.off('exit', ended);
      resolve(message);
    });
  });
}
