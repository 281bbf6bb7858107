/**
 * Decisions while a backlog is shipped at full speed into the daemon's own database, beside those
 * of the same daemon while nothing is: blocks in turns, so that the machine is the same for both.
 */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { atMost, type Bench, type Benchmark, type Metric } from '../harness/benchmark.ts';
import { pairedMetric } from '../harness/paired.ts';
import { quantile } from '../harness/statistics.ts';
import { writeBacklog } from '../peers/backlog.ts';
import { decisions, ticks } from './tick-to-decision.ts';

const WARM_UP = 500;
/** Shipped in about half a second, so that a block ends soon after it is told to. */
const HEDGES = 300;

export const persistDecisions: Benchmark = {
  name: 'persist.decisions',
  about: 'tick → decision while a backlog is shipped, beside the same without, p99 in µs',
  run,
};

interface Window {
  readonly from: number;
  readonly until: number;
}

async function run(bench: Bench): Promise<readonly Metric[]> {
  const rig = await bench.rig();
  const { dataDir } = rig.daemon;
  const url = readFileSync(join(dataDir, 'database-url'), 'utf8').trim();
  const { dir } = writeBacklog(bench.workspace.folder('backlog'), HEDGES);
  const { process: child } = bench.workspace.fork(
    new URL('../peers/shipping.ts', import.meta.url),
    [...[url, dir]],
  );
  await once(child, 'message');
  const blocks = bench.quick ? 5 : 15;
  const count = bench.quick ? 1000 : 2000;
  const quiet: Window[] = [];
  const busy: Window[] = [];
  await ticks(rig, WARM_UP);
  for (let block = 0; block < blocks; block += 1) {
    bench.signal.throwIfAborted();
    bench.progress(`persist.decisions: block ${block + 1} of ${blocks}`);
    quiet.push(await ticks(rig, count));
    child.send('go');
    busy.push(await ticks(rig, count));
    child.send('rest');
    await once(child, 'message');
  }
  // After the last, so that each has what was without it before and behind.
  quiet.push(await ticks(rig, count));
  const without = decisions(dataDir, quiet);
  const during = decisions(dataDir, busy);
  const p99 = (block: readonly number[]) => quantile(block, 0.99);
  const around = during.map((_, block) => [
    ...(without[block] ?? []),
    ...(without[block + 1] ?? []),
  ]);
  const name = 'persist.decisions';
  const baseline = { name: 'µs without', values: around.map(p99) };
  const alone = without.map(p99);
  return [
    {
      ...pairedMetric({ name, unit: 'µs', values: during.map(p99), baseline }),
      p50: quantile(during.flat(), 0.5),
      p99: quantile(during.flat(), 0.99),
      goal: atMost(1.25),
    },
    // Two blocks without, one after the other: what no ratio can tell.
    pairedMetric({
      ...{ name: `${name}.noise`, unit: 'µs', values: alone.slice(1) },
      baseline: { name: 'µs without, before', values: alone.slice(0, -1) },
    }),
  ];
}
