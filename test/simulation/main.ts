/**
 * `npm run simulate -- --seeds N [--seed FIRST] [--minutes M]`: the whole daemon against the
 * simulated exchange, with faults drawn from each seed. Seeds know nothing of each other, so each
 * core plays its own. A failure prints how to see it again.
 */

import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { Tally } from './tally.ts';
import { runSeed, type SeedOptions, type SeedResult } from './world.ts';

if (isMainThread) await main();
else parentPort?.on('message', (options: SeedOptions) => void play(options));

/** In a thread of its own: one seed at a time, as it is asked. */
async function play(options: SeedOptions): Promise<void> {
  parentPort?.postMessage(await runSeed(options));
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '10' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      verbose: { type: 'boolean', default: false },
      log: { type: 'boolean', default: false },
    },
  });
  const count = Number(values.seeds);
  const minutes = Number(values.minutes);
  const tally = new Tally(minutes, values.verbose);
  const next = seedsFrom(Number(values.seed), count, { minutes, log: values.log });
  const jobs = Math.min(count, Number(values.jobs));
  if (jobs === 1) for (const options of next) tally.take(await runSeed(options));
  else await Promise.all(Array.from({ length: jobs }, () => drive(next, tally)));
  process.stdout.write(tally.summary());
  process.exitCode = tally.failed === 0 ? 0 : 1;
}

function* seedsFrom(
  first: number,
  count: number,
  options: Omit<SeedOptions, 'seed'>,
): Generator<SeedOptions, void> {
  for (let seed = first; seed < first + count; seed += 1) yield { seed, ...options };
}

/** One thread that takes seeds until none is left. */
async function drive(seeds: Iterator<SeedOptions>, tally: Tally): Promise<void> {
  const worker = new Worker(new URL(import.meta.url));
  try {
    for (let next = seeds.next(); next.done !== true; next = seeds.next()) {
      const { promise, resolve, reject } = Promise.withResolvers<SeedResult>();
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.postMessage(next.value);
      tally.take(await promise);
      worker.removeListener('error', reject);
    }
  } finally {
    await worker.terminate();
  }
}
