/**
 * Inside the daemon, at a thousand ticks a second: from the socket read that brought a tick to the
 * turn that judges it. Both times stand in the tape and the journal, whoever measures or not.
 */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { BOOK } from '../../../src/protocol/book-board.ts';
import { decodeRecord } from '../../../src/protocol/records.ts';
import { readJournal } from '../../../src/store/journal.ts';
import type { Rig } from '../gateway/rig.ts';
import { atMost, type Bench, type Benchmark, type Metric } from '../harness/benchmark.ts';
import { quantile, spread } from '../harness/statistics.ts';

const PER_SECOND = 1000;
const WARM_UP = 500;
/** The journal has the last turn by then. */
const REST_MS = 200;

export const tickToDecision: Benchmark = {
  name: 'tick_to_decision',
  about: 'socket read of a tick → its evaluation begins, µs, 1,000 a second',
  run,
};

async function run(bench: Bench): Promise<readonly Metric[]> {
  const rig = await bench.rig();
  const blocks = bench.quick ? 5 : 10;
  const count = bench.quick ? 500 : 2000;
  const hops = startHops();
  const beside: number[][] = [];
  const windows: { from: number; until: number }[] = [];
  try {
    await ticks(rig, WARM_UP);
    await hops.measure(WARM_UP, PER_SECOND);
    for (let block = 0; block < blocks; block += 1) {
      bench.signal.throwIfAborted();
      bench.progress(`tick_to_decision: block ${block + 1} of ${blocks}`);
      windows.push(await ticks(rig, count));
      beside.push(await hops.measure(count, PER_SECOND));
    }
  } finally {
    await hops.close();
  }
  const ours = decisions(rig.daemon.dataDir, windows);
  const metric = (name: string, fraction: number, bound: number): Metric => {
    const value = quantile(ours.flat(), fraction);
    const baseline = { name: 'µs two hops', value: quantile(beside.flat(), fraction) };
    return {
      name,
      value,
      unit: 'µs',
      baseline,
      ratio: value / baseline.value,
      p50: quantile(ours.flat(), 0.5),
      p99: quantile(ours.flat(), 0.99),
      runs: ours.flat().length,
      spread: spread(ours.map((block) => quantile(block, fraction))),
      goal: atMost(bound),
    };
  };
  return [metric('tick_to_decision', 0.5, 3), metric('tick_to_decision.p99', 0.99, 4)];
}

/** Writes ticks that change nothing, and says when. */
export async function ticks(rig: Rig, count: number): Promise<{ from: number; until: number }> {
  const report = await rig.gateway.tick({
    type: 'quiet',
    link: 'daemon',
    count,
    perSecond: PER_SECOND,
  });
  await sleep(REST_MS);
  const from = report.written[0] ?? 0;
  return { from, until: (report.written.at(-1) ?? 0) + REST_MS };
}

/** Microseconds from read to turn of every evaluation in each window. */
export function decisions(
  dataDir: string,
  windows: readonly { from: number; until: number }[],
): readonly (readonly number[])[] {
  const found: number[][] = windows.map(() => []);
  for (const prefix of ['tape', 'journal'] as const) {
    for (const { payload } of readJournal(join(dataDir, 'journal'), prefix)) {
      const record = decodeRecord(payload);
      if (record.kind !== 'evaluation') continue;
      const { mono } = record.at;
      const index = windows.findIndex(({ from, until }) => mono >= from && mono <= until);
      const received = (record.body as Float64Array)[BOOK.recvMono] ?? Number.NaN;
      found[index]?.push((mono - received) * 1000);
    }
  }
  return found;
}

interface Hops {
  measure(count: number, perSecond: number): Promise<number[]>;
  close(): Promise<unknown>;
}

/** A message through two bare workers: from the first to the second, and on to here. */
function startHops(): Hops {
  const { port1, port2 } = new MessageChannel();
  const module = new URL('../peers/hop.ts', import.meta.url);
  const last = new Worker(module, { workerData: { from: port2 }, transferList: [port2] });
  const first = new Worker(module, { workerData: { to: port1 }, transferList: [port1] });
  return {
    measure: (count, perSecond) =>
      new Promise((resolve) => {
        const times: number[] = [];
        const take = (sent: number): void => {
          times.push((Number(process.hrtime.bigint()) / 1e6 - sent) * 1000);
          if (times.length < count) return;
          last.off('message', take);
          resolve(times);
        };
        last.on('message', take);
        first.postMessage({ count, perSecond });
      }),
    close: () => Promise.all([first.terminate(), last.terminate()]),
  };
}
