/**
 * From a tick's bytes, written by the gateway, to the bytes of its order, read by it: through two
 * sockets, three threads, pricing, gates, machines, the last check and the journal. Compared with a
 * program that does nothing of it but the sockets and one hop.
 */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BOOK } from '../../../src/protocol/book-board.ts';
import { decodeRecord, type JournalRecord } from '../../../src/protocol/records.ts';
import { readJournal } from '../../../src/store/journal.ts';
import type { Link, TickReport } from '../gateway/protocol.ts';
import type { Rig } from '../gateway/rig.ts';
import { atMost, type Bench, type Benchmark, type Metric } from '../harness/benchmark.ts';
import { median, quantile, spread } from '../harness/statistics.ts';

const PER_SECOND = 100;
const WARM_UP = 150;
/** Between two blocks: what the last one left to do is done. */
const REST_MS = 300;

export const tickToOrder: Benchmark = {
  name: 'tick_to_order',
  about: 'gateway writes a tick → gateway has read the order, µs, 100 a second',
  run,
};

async function run(bench: Bench): Promise<readonly Metric[]> {
  const rig = await bench.rig();
  const { count, blocks } = bench.quick ? { count: 100, blocks: 5 } : { count: 500, blocks: 10 };
  const ours: TickReport[] = [];
  const echo: TickReport[] = [];
  for (const link of ['echo', 'daemon'] as const) await block(rig, link, WARM_UP);
  for (let index = 0; index < blocks; index += 1) {
    bench.signal.throwIfAborted();
    bench.progress(`tick_to_order: block ${index + 1} of ${blocks}`);
    ours.push(await block(rig, 'daemon', count));
    echo.push(await block(rig, 'echo', count));
  }
  return [...endToEnd(ours, echo), ...stages(rig, ours)];
}

async function block(rig: Rig, link: Link, count: number): Promise<TickReport> {
  const report = await rig.gateway.tick({ type: 'cross', link, count, perSecond: PER_SECOND });
  await sleep(REST_MS);
  return report;
}

function endToEnd(ours: readonly TickReport[], echo: readonly TickReport[]): readonly Metric[] {
  const all = ours.flatMap(latencies);
  const beside = echo.flatMap(latencies);
  const p50 = quantile(all, 0.5);
  const p99 = quantile(all, 0.99);
  const metric = (name: string, value: number, fraction: number, bound: number): Metric => {
    const baseline = { name: 'µs echo', value: quantile(beside, fraction) };
    return {
      name,
      value,
      unit: 'µs',
      baseline,
      ratio: value / baseline.value,
      p50,
      p99,
      runs: all.length,
      spread: spread(ours.map((report) => quantile(latencies(report), fraction))),
      goal: atMost(bound),
    };
  };
  const sent = ours.reduce((sum, { written }) => sum + written.length, 0);
  if (all.length < sent) throw new Error(`${sent - all.length} of ${sent} ticks had no order`);
  return [metric('tick_to_order', p50, 0.5, 3), metric('tick_to_order.p99', p99, 0.99, 4)];
}

/** Microseconds of the ticks that were answered. */
function latencies({ written, read }: TickReport): number[] {
  const all = written.map((at, index) => ((read[index] ?? Number.NaN) - at) * 1000);
  return all.filter((latency) => Number.isFinite(latency));
}

/**
 * Where the time goes, from the journal: every record holds when its tick was read from the socket
 * and when its turn began, on the clock by which the gateway stamps.
 */
function stages(rig: Rig, ours: readonly TickReport[]): readonly Metric[] {
  const turns = sendingTurns(rig.daemon.dataDir);
  const parts = { in: [] as number[], price: [] as number[], decide: [] as number[] };
  let next = 0;
  for (const { written, read } of ours) {
    for (const [index, at] of written.entries()) {
      const end = read[index] ?? Number.NaN;
      while (next < turns.length && (turns[next]?.began ?? 0) < at) next += 1;
      const turn = turns[next];
      if (turn === undefined || !(turn.began < end)) continue;
      parts.in.push((turn.received - at) * 1000);
      parts.price.push((turn.began - turn.received) * 1000);
      parts.decide.push((end - turn.began) * 1000);
    }
  }
  if (parts.in.length === 0) return [];
  const whole = median(ours.flatMap(latencies));
  return Object.entries(parts).map(([part, values]) => ({
    name: `tick_to_order.${part}`,
    value: median(values),
    unit: 'µs',
    baseline: { name: 'µs whole', value: whole },
    ratio: median(values) / whole,
    p50: median(values),
    p99: quantile(values, 0.99),
    runs: values.length,
  }));
}

function sendingTurns(dataDir: string): readonly { received: number; began: number }[] {
  const turns: { received: number; began: number }[] = [];
  for (const { payload } of readJournal(join(dataDir, 'journal'), 'journal')) {
    const record = decodeRecord(payload);
    if (record.kind !== 'evaluation' || !submits(record)) continue;
    const received = (record.body as Float64Array)[BOOK.recvMono] ?? Number.NaN;
    turns.push({ received, began: record.at.mono });
  }
  return turns;
}

function submits({ effects }: JournalRecord): boolean {
  return effects.some(
    (effect) =>
      effect.kind === 'send' && (effect.message as { type?: string }).type === 'order.submit',
  );
}
