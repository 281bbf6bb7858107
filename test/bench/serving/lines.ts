/**
 * The share of one core that the gateway needs to serve 32 clients with a hundred lines each, in
 * real time, exchange and all; beside it a process that writes the same bytes to as many sockets.
 */

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { atLeast, atMost, type Bench, type Benchmark, type Metric } from '../harness/benchmark.ts';
import type { Child } from '../harness/workspace.ts';
import {
  CLIENTS,
  type Counts,
  LINES,
  type ReadersAnswer,
  type ServerAnswer,
  TICK_MS,
} from './protocol.ts';

/** The first seconds compile. */
const WARM_UP_MS = 5000;
const MEASURE_MS = 60_000;
const QUICK_MS = 8000;

export const gatewayLines: Benchmark = {
  name: 'gateway.lines',
  about: `${CLIENTS} clients with ${LINES} lines each at 10 quotes a second, % of one core`,
  run,
};

async function run(bench: Bench): Promise<readonly Metric[]> {
  const ours = await measure(
    bench,
    'gateway',
    new URL('./server.ts', import.meta.url),
    bench.workspace.folder('exchange'),
  );
  const beat = Math.round((ours.bytesPerSecond * TICK_MS) / 1000 / CLIENTS);
  const bare = await measure(
    bench,
    'bare sockets',
    new URL('./bare.ts', import.meta.url),
    String(beat),
  );
  const perLine = ours.framesPerSecond / CLIENTS / LINES;
  return [
    {
      name: 'gateway.lines',
      value: ours.corePct,
      unit: '% of a core',
      baseline: { name: '% bare sockets, same bytes', value: bare.corePct },
      ratio: ours.corePct / bare.corePct,
      runs: 1,
      goal: atMost(50, 'value'),
    },
    {
      name: 'gateway.lines.messages',
      value: perLine,
      unit: '1/s a line',
      baseline: { name: 'messages/s in all', value: ours.framesPerSecond },
      ratio: 1,
      runs: 1,
      goal: atLeast(10, 'value'),
    },
  ];
}

interface Measured {
  readonly corePct: number;
  readonly framesPerSecond: number;
  readonly bytesPerSecond: number;
}

async function measure(
  bench: Bench,
  what: string,
  module: URL,
  argument: string,
): Promise<Measured> {
  const ms = bench.quick ? QUICK_MS : MEASURE_MS;
  const { profileDir, workspace } = bench;
  const profiling = profileDir === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`];
  bench.progress(`gateway.lines: starting ${what}`);
  const server = workspace.fork(module, [argument], {
    execArgv: profiling,
  });
  const listening = await next<ServerAnswer>(server);
  assert(listening.type === 'listening');
  const addresses = [listening.port, ...listening.conIds].map(String);
  const readers = workspace.fork(new URL('./readers.ts', import.meta.url), addresses);
  await next<ReadersAnswer>(readers);
  const look = async () => {
    const usage = await ask<ServerAnswer>(server, { type: 'usage' });
    const counts = await ask<ReadersAnswer>(readers, { type: 'counts' });
    assert(usage.type === 'usage' && counts.type === 'counts');
    assert.equal(counts.clients, CLIENTS, 'every client is still connected');
    return { usage, counts: counts satisfies Counts };
  };
  bench.progress(`gateway.lines: ${what} for ${ms / 1000} s`);
  await sleep(WARM_UP_MS, undefined, { signal: bench.signal });
  const from = await look();
  await sleep(ms, undefined, { signal: bench.signal });
  const to = await look();
  await readers.stop();
  await server.stop();
  const elapsedMs = to.usage.elapsedMs - from.usage.elapsedMs;
  return {
    corePct: (100 * (to.usage.cpuMs - from.usage.cpuMs)) / elapsedMs,
    framesPerSecond: (1000 * (to.counts.frames - from.counts.frames)) / elapsedMs,
    bytesPerSecond: (1000 * (to.counts.bytes - from.counts.bytes)) / elapsedMs,
  };
}

function ask<T>(child: Child, command: object): Promise<T> {
  const answer = next<T>(child);
  child.process.send(command);
  return answer;
}

function next<T>(child: Child): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new Error(`a process ended:\n${child.tail()}`));
    child.process.once('exit', ended);
    child.process.once('message', (message) => {
      child.process.off('exit', ended);
      resolve(message as T);
    });
  });
}
