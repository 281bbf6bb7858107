/**
 * A daemon that is sent ten times what it can judge: it conflates, and stays one that can be asked
 * and commanded. While the flood lasts the status is asked for over and over, and the whole is
 * suspended and resumed; behind it the last price of each book must be the one that stands. Beside
 * it the same daemon with nothing to do.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StatusView } from '../../../src/protocol/views.ts';
import { type Gateway, startGateway } from '../gateway/control.ts';
import { type Daemon, startDaemon } from '../gateway/daemon.ts';
import { atMost, type Bench, type Benchmark, type Metric } from '../harness/benchmark.ts';
import { quantile } from '../harness/statistics.ts';
import { allWatch, configOf, ticksWithin } from './capacity.ts';

const BOOKS = 100;
/** Ten times what a hundred books sustain on two cores, and more. */
const PER_SECOND = 100_000;
const ASK_MS = 25;
/** Megabytes wait in sockets by then, and are decoded before what came last. */
const RECOVERED_MS_MAX = 60_000;

export const overload: Benchmark = {
  name: 'overload',
  about: 'ten times as many ticks as can be judged: /status, a command, and what stands behind it',
  run,
};

interface Looks {
  /** Of each answer of /status, ms. */
  readonly answers: readonly number[];
  /** From the command until the status says that it was done, ms. */
  readonly acted: readonly number[];
}

async function run(bench: Bench): Promise<readonly Metric[]> {
  bench.progress(`overload of ${BOOKS} books: starting`);
  const gateway = await startGateway(bench.workspace, BOOKS);
  const daemon = startDaemon(bench, {
    config: configOf(bench, BOOKS),
    env: { IB_PORT: String(gateway.port) },
  });
  await daemon.until('/status', (answer) => allWatch(answer, BOOKS));
  const seconds = bench.quick ? 4 : 12;
  const idle = await look(daemon, sleep(seconds * 1000));
  bench.progress('overload: the flood');
  const before = await judged(daemon);
  const flooded = flood(gateway, seconds, bench.signal);
  const busy = await look(daemon, flooded);
  const { sent, mids } = await flooded;
  const recovered = await untilLast(daemon, mids);
  const share = ((await judged(daemon)) - before) / sent;
  const runs = busy.answers.length;
  const p99 = (answers: readonly number[]): number => quantile(answers, 0.99);
  const [api, calm] = [p99(busy.answers), p99(idle.answers)];
  const [acted, usual] = [Math.max(...busy.acted), Math.max(...idle.acted)];
  return [
    {
      ...{ name: 'overload.api', unit: 'ms', value: api, runs, goal: atMost(250, 'value') },
      ...{ baseline: { name: 'ms, idle', value: calm }, ratio: api / calm },
      ...{ p50: quantile(busy.answers, 0.5), p99: api },
    },
    {
      ...{ name: 'overload.control', unit: 'ms', value: acted, runs: busy.acted.length },
      ...{ baseline: { name: 'ms, idle', value: usual }, ratio: acted / usual },
      goal: atMost(1000, 'value'),
    },
    {
      ...{ name: 'overload.judged', unit: 'of ticks', value: share, runs: sent },
      ...{ baseline: { name: 'all of them', value: 1 }, ratio: share },
    },
    {
      ...{ name: 'overload.recovery', unit: 'ms', value: recovered, runs: 1 },
      ...{ baseline: { name: 'ms of flood', value: seconds * 1000 } },
      ratio: recovered / (seconds * 1000),
    },
  ];
}

/** As much as the connection takes: what it does not take waits at the gateway, as at TWS. */
async function flood(gateway: Gateway, seconds: number, signal: AbortSignal) {
  const end = performance.now() + seconds * 1000;
  let sent = 0;
  let mids: readonly number[] = [];
  while (performance.now() < end) {
    signal.throwIfAborted();
    const report = await gateway.flood({ perSecond: PER_SECOND, seconds: 1 });
    sent += report.sent;
    mids = report.mids;
  }
  return { sent, mids };
}

/** Asks and commands until it is over. */
async function look(daemon: Daemon, over: Promise<unknown>): Promise<Looks> {
  const token = readFileSync(join(daemon.dataDir, 'api-token'), 'utf8').trim();
  const answers: number[] = [];
  const acted: number[] = [];
  let isOver = false;
  const end = over.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    for (const command of ['suspend', 'resume'] as const) {
      const from = performance.now();
      await fetch(`http://127.0.0.1:${daemon.port()}/control/${command}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: '{}',
      });
      const wanted = command === 'suspend';
      let isDone = false;
      for (let asked = 0; asked < 20 || !isDone; asked += 1) {
        const at = performance.now();
        const status = (await daemon.get('/status')) as StatusView | null;
        const now = performance.now();
        answers.push(now - at);
        if (!isDone && status?.trading_suspended === wanted) {
          isDone = true;
          acted.push(now - from);
        }
        await sleep(ASK_MS);
      }
    }
  }
  await end;
  return { answers, acted };
}

async function judged(daemon: Daemon): Promise<number> {
  return ticksWithin(await daemon.metrics(), '+Inf');
}

/** Until the last price of every book is the one that stands, ms. */
async function untilLast(daemon: Daemon, mids: readonly number[]): Promise<number> {
  const from = performance.now();
  for (;;) {
    const status = (await daemon.get('/status')) as StatusView | null;
    const took = performance.now() - from;
    const isLast = mids.every((mid, at) => Math.abs((status?.books[at]?.spot ?? 0) - mid) < 1e-9);
    if (isLast) return took;
    if (took > RECOVERED_MS_MAX) throw new Error('the last prices did not come');
    await sleep(ASK_MS);
  }
}
