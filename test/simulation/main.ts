/**
 * `npm run simulate -- --seeds N [--seed FIRST] [--minutes M]`: the whole daemon against the
 * simulated exchange, with faults drawn from each seed. Seeds know nothing of each other, so each
 * core plays its own. A failure is shrunk to the faults that it needs, and prints how to see it
 * again: `--faults LIST` plays that list, `--trace FILE` writes down what happened.
 */

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { Command, InvalidArgumentError } from 'commander';
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

interface Flags {
  readonly seeds: number;
  readonly seed: number;
  readonly minutes: number;
  readonly jobs: number;
  readonly faults?: readonly Fault[];
  readonly trace?: string;
  readonly verbose: boolean;
  readonly log: boolean;
}

function readFlags(): Flags {
  return new Command('npm run simulate --')
    .description('Plays the whole daemon against the simulated exchange, with faults by seed.')
    .option('--seeds <count>', 'as many, one after the other', toCount, 100)
    .option('--seed <first>', 'the first of them', toCount, 1)
    .option(
      '--minutes <minutes>',
      'with faults, of the virtual clock; a time to heal follows',
      toCount,
      10,
    )
    .option('--jobs <threads>', 'side by side', toCount, availableParallelism())
    .option('--faults <list>', 'these instead of those of the seed', toFaults)
    .option('--trace <file>', 'what happened with the first failure, or with the first seed')
    .option('--verbose', 'a line for each seed', false)
    .option('--log', "the daemon's log", false)
    .parse()
    .opts<Flags>();
}

function toFaults(text: string): readonly Fault[] {
  try {
    return parseFaults(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function toCount(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a whole number from 1 on.');
}

async function main(): Promise<void> {
  const { seeds: count, seed: first, minutes, faults, log, ...flags } = readFlags();
  const { verbose, trace: file } = flags;
  const base = { minutes, log, ...(faults !== undefined && { faults }) };
  const tally = new Tally(verbose);
  const failed: SeedResult[] = [];
  const take = (result: SeedResult): void => {
    tally.take(result);
    if (result.failure !== null) failed.push(result);
  };
  const seeds = seedsFrom(first, count, base);
  const jobs = Math.min(count, flags.jobs);
  if (jobs === 1) for (const options of seeds) take(await runSeed(options));
  else await inThreads(jobs, (show) => playAll(seeds, show, take));
  for (const [index, result] of failed.entries()) {
    const needed = index < SHRUNK_MAX ? await shrunk(result, minutes) : result.faults;
    process.stdout.write(tellFailure(result, needed, minutes));
    if (index === 0 && file !== undefined) await writeTrace(file, result, needed);
  }
  if (failed.length === 0 && file !== undefined) {
    const result = await runSeed({ seed: first, ...base });
    await writeTrace(file, result, result.faults);
  }
  process.stdout.write(tally.summary(count >= SEEDS_FOR_PROMISES));
  process.exitCode = failed.length === 0 && tally.keptPromises(count >= SEEDS_FOR_PROMISES) ? 0 : 1;

  async function writeTrace(
    path: string,
    { seed }: SeedResult,
    played: readonly Fault[],
  ): Promise<void> {
    const trace = new Trace();
    const { failure, hash } = await runSeed({ seed, minutes, faults: played, trace });
    trace.head({
      seed,
      minutes,
      revision: revision(),
      faults: formatFaults(played),
      failure,
      hash,
    });
    writeFileSync(path, trace.text);
    process.stdout.write(`the trace of seed ${seed} is in ${path}\n`);
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
