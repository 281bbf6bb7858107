/**
 * `npm run simulate -- --seeds N [--seed FIRST] [--minutes M]`: the whole daemon against the
 * simulated exchange, with faults drawn from each seed. Seeds know nothing of each other, so each
 * core plays its own. A failure is shrunk to the faults that it needs, and prints how to see it
 * again: `--faults LIST` plays that list, `--trace FILE` writes down what happened.
 */

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { formatFaults, parseFaults } from './fault-list.ts';
import type { Fault } from './faults.ts';
import { type Show, shrinkFaults } from './shrink.ts';
import { Tally } from './tally.ts';
import { Trace } from './trace.ts';
import { runSeed, type SeedOptions, type SeedResult } from './world.ts';

/** From so many seeds on, whatever was promised must have happened in one of them. */
const SEEDS_FOR_PROMISES = 100;
/** Failures beyond these are told as they are: shrinking one takes as long as many seeds. */
const SHRUNK_MAX = 3;

if (isMainThread) await main();
else parentPort?.on('message', (options: SeedOptions) => void play(options));

/** In a thread of its own: one seed at a time, as it is asked. */
async function play(options: SeedOptions): Promise<void> {
  parentPort?.postMessage(await runSeed(options));
}

type Play = (options: SeedOptions) => Promise<SeedResult>;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '10' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      faults: { type: 'string' },
      trace: { type: 'string' },
      verbose: { type: 'boolean', default: false },
      log: { type: 'boolean', default: false },
    },
  });
  const count = Number(values.seeds);
  const minutes = Number(values.minutes);
  const { faults: list, log } = values;
  const base = { minutes, log, ...(list !== undefined && { faults: parseFaults(list) }) };
  const tally = new Tally(values.verbose);
  const failed: SeedResult[] = [];
  const take = (result: SeedResult): void => {
    tally.take(result);
    if (result.failure !== null) failed.push(result);
  };
  const seeds = seedsFrom(Number(values.seed), count, base);
  const jobs = Math.min(count, Number(values.jobs));
  if (jobs === 1) for (const options of seeds) take(await runSeed(options));
  else await inThreads(jobs, (show) => playAll(seeds, show, take));
  for (const [index, result] of failed.entries()) {
    const faults = index < SHRUNK_MAX ? await shrunk(result, minutes) : result.faults;
    process.stdout.write(tellFailure(result, faults, minutes));
    if (index === 0 && values.trace !== undefined) await writeTrace(values.trace, result, faults);
  }
  if (failed.length === 0 && values.trace !== undefined) {
    const result = await runSeed({ seed: Number(values.seed), ...base });
    await writeTrace(values.trace, result, result.faults);
  }
  process.stdout.write(tally.summary(count >= SEEDS_FOR_PROMISES));
  process.exitCode = failed.length === 0 && tally.keptPromises(count >= SEEDS_FOR_PROMISES) ? 0 : 1;

  async function writeTrace(
    file: string,
    { seed }: SeedResult,
    faults: readonly Fault[],
  ): Promise<void> {
    const trace = new Trace();
    const { failure, hash } = await runSeed({ seed, minutes, faults, trace });
    trace.head({
      seed,
      minutes,
      revision: revision(),
      faults: formatFaults(faults),
      failure,
      hash,
    });
    writeFileSync(file, trace.text);
    process.stdout.write(`the trace of seed ${seed} is in ${file}\n`);
  }
}

function* seedsFrom(
  first: number,
  count: number,
  options: Omit<SeedOptions, 'seed'>,
): Generator<SeedOptions, void> {
  for (let seed = first; seed < first + count; seed += 1) yield { seed, ...options };
}

/** One thread's part: it takes seeds until none is left. */
async function playAll(
  seeds: Iterator<SeedOptions>,
  show: Play,
  take: (result: SeedResult) => void,
): Promise<void> {
  for (let next = seeds.next(); next.done !== true; next = seeds.next())
    take(await show(next.value));
}

/** Runs `work` beside itself, each with a thread of its own to play in. */
async function inThreads(jobs: number, work: (show: Play) => Promise<void>): Promise<void> {
  const one = async (): Promise<void> => {
    const worker = new Worker(new URL(import.meta.url));
    try {
      await work((options) => playIn(worker, options));
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: jobs }, one));
}

async function playIn(worker: Worker, options: SeedOptions): Promise<SeedResult> {
  const { promise, resolve, reject } = Promise.withResolvers<SeedResult>();
  worker.once('message', resolve);
  worker.once('error', reject);
  worker.postMessage(options);
  try {
    return await promise;
  } finally {
    worker.removeListener('error', reject);
  }
}

/** The faults that the failure needs, found by playing the seed again with fewer. */
async function shrunk(result: SeedResult, minutes: number): Promise<readonly Fault[]> {
  const { seed, failure, virtualMs: atMs } = result;
  if (failure === null) return result.faults;
  const show: Show = async (faults) => (await runSeed({ seed, minutes, faults })).failure;
  return shrinkFaults(result.faults, { text: failure, atMs }, show);
}

function tellFailure(
  { seed, failure, virtualMs, faults }: SeedResult,
  needed: readonly Fault[],
  minutes: number,
): string {
  const again = `npm run simulate -- --seeds 1 --seed ${seed} --minutes ${minutes}`;
  return (
    `seed ${seed} FAILED at ${revision()} after ${Math.round(virtualMs / 1000)} s: ${failure}\n` +
    `  ${needed.length} of its ${faults.length} faults are needed\n` +
    `  again  ${again} --faults ${formatFaults(needed)}\n` +
    `  whole  ${again}\n`
  );
}

function revision(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim();
  } catch {
    return 'an unknown revision';
  }
}
