/**
 * Parameter sets a second of a sweep on all cores, beside as many independent processes as there
 * are cores, each with its share of the same sets: what threads cost over processes.
 */

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { realMono } from '../../../src/runtime/real-clock.ts';
import { atLeast, type Bench, type Benchmark, type Metric } from '../harness/benchmark.ts';
import { metricOf } from '../harness/paired.ts';
import { writeReplaySet } from './replay.ts';

export const sweepBench: Benchmark = {
  name: 'sweep',
  about: 'parameter sets/s of a sweep on all cores, beside independent processes',
  run,
};

const MAIN = join(import.meta.dirname, '../../../src/main.ts');
const CONFIG = join(import.meta.dirname, '../../../config/demo.yaml');
const KEY = 'gates.state.delta.threshold_hedge_shares';

async function run(bench: Bench): Promise<readonly Metric[]> {
  const dir = bench.workspace.folder('sweep');
  const data = writeReplaySet(dir, bench.quick ? 1500 : 6000);
  const cores = availableParallelism();
  const sets = Array.from({ length: (bench.quick ? 2 : 6) * cores }, (_, index) => 15 + index);
  const blocks = bench.quick ? 3 : 5;
  const values: { ours: number[]; processes: number[] } = { ours: [], processes: [] };
  for (let block = 0; block < blocks; block += 1) {
    bench.signal.throwIfAborted();
    bench.progress(`sweep: block ${block + 1} of ${blocks}`);
    const whole = (): Promise<unknown> => sweep(join(dir, `threads-${block}`), data, sets, cores);
    values.ours.push(await perSecond(sets.length, whole));
    const shares = Array.from({ length: cores }, (_, core) =>
      sets.filter((_set, index) => index % cores === core),
    );
    const all = (): Promise<unknown> =>
      Promise.all(
        shares.map((share, core) => sweep(join(dir, `own-${block}-${core}`), data, share, 0)),
      );
    values.processes.push(await perSecond(sets.length, all));
  }
  return [
    metricOf({
      name: 'sweep',
      unit: '1/s',
      values: values.ours,
      baseline: { name: `${cores} processes`, values: values.processes },
      goal: atLeast(0.9),
    }),
  ];
}

async function perSecond(sets: number, work: () => Promise<unknown>): Promise<number> {
  const begun = realMono().now();
  await work();
  return (1000 * sets) / (realMono().now() - begun);
}

function sweep(out: string, data: string, sets: readonly number[], threads: number): Promise<void> {
  const grid = `${out}.yaml`;
  writeFileSync(grid, JSON.stringify({ parameters: { [KEY]: sets } }));
  const flags = ['--data', data, '--symbol', 'ABC', '--config', CONFIG, '--open', 'straddle:10'];
  const args = [MAIN, 'sweep', ...flags, '--grid', grid, '--out', out, '--workers', `${threads}`];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: 'ignore' });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`the sweep ended with ${code}`));
    });
  });
}
