/**
 * From spawning the daemon on an empty data directory, database and all, to the first answer of
 * /status (the lamp) and to the first fill in /operations. Beside it a Node that loads nothing.
 */

import { spawnSync } from 'node:child_process';
import { startDaemon } from '../gateway/daemon.ts';
import { atMost, type Bench, type Benchmark, type Metric } from '../harness/benchmark.ts';
import { metricOf } from '../harness/paired.ts';

export const start: Benchmark = {
  name: 'start',
  about: 'spawn on an empty directory → first /status, → first fill in /operations, s',
  run,
};

interface Operations {
  readonly operations: readonly { readonly type: string }[];
}

async function run(bench: Bench): Promise<readonly Metric[]> {
  const runs = bench.quick ? 1 : 3;
  const lamps: number[] = [];
  const hedges: number[] = [];
  const bare: number[] = [];
  for (let index = 0; index < runs; index += 1) {
    bench.progress(`start: run ${index + 1} of ${runs}`);
    const daemon = startDaemon(bench, { config: 'config/demo.yaml' });
    const seconds = (): number => (performance.now() - daemon.spawnedAt) / 1000;
    lamps.push(await daemon.until('/status', () => seconds()));
    hedges.push(
      await daemon.until('/operations?type=fill', (answer) =>
        (answer as Operations).operations.length > 0 ? seconds() : null,
      ),
    );
    await daemon.child.stop();
    const before = performance.now();
    spawnSync(process.execPath, ['-e', '0']);
    bare.push((performance.now() - before) / 1000);
  }
  const baseline = { name: 's bare node', values: bare };
  const metric = (name: string, values: readonly number[], bound: number): Metric =>
    metricOf({ name, unit: 's', values, baseline, goal: atMost(bound, 'value') });
  return [metric('start.lamp', lamps, 4), metric('start.hedge', hedges, 10)];
}
