/**
 * Parameter sets a second of a sweep on all cores, and of one by way of the database over a worker
 * for each core, beside as many independent processes as there are cores, each with its share of
 * the same sets: what threads, and what a queue, cost over processes.
 */

import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { realMono } from '../../../src/runtime/real-clock.ts';
import { waitFor } from '../../../src/store/wait.ts';
import { atLeast, type Bench, type Benchmark, type Metric } from '../harness/benchmark.ts';
import { metricOf } from '../harness/paired.ts';
import { writeReplaySet } from './replay.ts';

export const sweepBench: Benchmark = {
  name: 'sweep',
  about: 'parameter sets/s of a sweep on all cores and over workers, beside independent processes',
  run,
};

const ROOT = join(import.meta.dirname, '../../..');
const MAIN = join(ROOT, 'src/main.ts');
const CONFIG = join(ROOT, 'config/demo.yaml');
const KEY = 'gates.state.delta.threshold_hedge_shares';

async function run(bench: Bench): Promise<readonly Metric[]> {
  const dir = bench.workspace.folder('sweep');
  const data = writeReplaySet(dir, bench.quick ? 1500 : 6000);
  const cores = availableParallelism();
  const sets = Array.from({ length: (bench.quick ? 2 : 6) * cores }, (_, index) => 15 + index);
  const blocks = bench.quick ? 3 : 5;
  const values = { ours: [] as number[], queued: [] as number[], processes: [] as number[] };
  const workers = await startWorkers(bench, data, cores);
  for (let block = 0; block < blocks; block += 1) {
    bench.signal.throwIfAborted();
    bench.progress(`sweep: block ${block + 1} of ${blocks}`);
    const whole = { out: join(dir, `threads-${block}`), data, sets, seed: block };
    values.ours.push(await perSecond(sets.length, () => sweep(whole, ['--workers', `${cores}`])));
    const queued = { ...whole, out: join(dir, `queued-${block}`) };
    values.queued.push(
      await perSecond(sets.length, () => sweep(queued, ['--distributed'], workers.env)),
    );
    const shares = Array.from({ length: cores }, (_, core) => ({
      ...{ out: join(dir, `own-${block}-${core}`), data, seed: block },
      sets: sets.filter((_set, index) => index % cores === core),
    }));
    const all = (): Promise<unknown> =>
      Promise.all(shares.map((share) => sweep(share, ['--workers', '0'])));
    values.processes.push(await perSecond(sets.length, all));
  }
  await workers.stop();
  const baseline = { name: `${cores} processes`, values: values.processes };
  const unit = '1/s';
  return [
    metricOf({ name: 'sweep', unit, values: values.ours, baseline, goal: atLeast(0.9) }),
    metricOf({
      ...{ name: 'sweep.distributed', unit, values: values.queued, baseline },
      goal: atLeast(0.8),
    }),
  ];
}

/** One for each core, as an operator would start them on a host; up before anything is measured. */
async function startWorkers({ workspace }: Bench, data: string, cores: number) {
  const env = { BIFROST_DATA_DIR: workspace.folder('database') };
  const args = [MAIN, 'worker', '--data', data, '--config', CONFIG, '--threads', '1'];
  const started = Array.from({ length: cores }, () => workspace.node(args, env, ROOT));
  const up = await waitFor(realMono(), 60_000, () => {
    return started.every((worker) => worker.tail().includes('takes parameter sets')) || null;
  });
  if (up === null) throw new Error(`the workers do not start: ${started[0]?.tail()}`);
  const stop = async (): Promise<void> => {
    for (const worker of started) await worker.stop();
  };
  return { env, stop };
}

async function perSecond(sets: number, work: () => Promise<unknown>): Promise<number> {
  const begun = realMono().now();
  await work();
  return (1000 * sets) / (realMono().now() - begun);
}

interface Sweep {
  readonly out: string;
  readonly data: string;
  readonly sets: readonly number[];
  /** Another in each block: what a worker has done once it does not do again. */
  readonly seed: number;
}

function sweep(
  { out, data, sets, seed }: Sweep,
  how: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const grid = `${out}.yaml`;
  writeFileSync(grid, JSON.stringify({ parameters: { [KEY]: sets }, seeds: [seed] }));
  const flags = ['--data', data, '--symbol', 'ABC', '--config', CONFIG, '--open', 'straddle:10'];
  const args = [MAIN, 'sweep', ...flags, '--grid', grid, '--out', out, ...how];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      stdio: 'ignore',
      env: { ...process.env, ...env },
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`the sweep ended with ${code}`));
    });
  });
}
