/**
 * How many ticks a second one daemon takes, and what a tick and a book cost, from one book to five
 * hundred: each has a gateway and a daemon of its own. A rate is sustained when 99 of 100 ticks are
 * judged within five milliseconds of their socket read and the last price of every book is the one
 * that stands. A tick that is overtaken by the next of its book need not be judged.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import type { StatusView } from '../../../src/protocol/views.ts';
import { type Gateway, startGateway } from '../gateway/control.ts';
import { type Daemon, startDaemon, watching } from '../gateway/daemon.ts';
import { symbolOf } from '../gateway/world.ts';
import { atLeast, atMost, type Bench, type Benchmark, type Metric } from '../harness/benchmark.ts';
import { type ThreadTimes, threadTimes } from '../harness/threads.ts';

const BOOKS = [1, 10, 100, 500] as const;
const RATES = [2000, 5000, 10_000, 15_000, 20_000, 30_000, 40_000, 50_000, 75_000] as const;
const SECONDS = 3;
export const WARM_UP = { perSecond: 2000, seconds: 3 } as const;
const COST_RATE = 2000;
/** What waited is judged by then, and the next rate begins with nothing behind it. */
export const REST_MS = 700;
/** A bound of the daemon's own histogram, seconds. */
const JUDGED_WITHIN = '0.005';
const LATE_MAX = 0.01;
const LEGS = 4;

export const capacity: Benchmark = {
  name: 'capacity',
  about: 'ticks a second that are judged within 5 ms, cost of a tick and of a book, 1 to 500 books',
  run,
};

interface Found {
  readonly books: number;
  /** The highest rate that was sustained, ticks a second; 0 for none. */
  readonly rate: number;
  /** Processor time of the daemon, µs a tick, and for each of those that were judged. */
  readonly cost: number;
  readonly judgedCost: number;
  readonly residentMb: number;
  /** From spawning it until every book watches its market, s. */
  readonly start: number;
  /** At the first rate that was not sustained, or at the highest. */
  readonly at: Load;
}

async function run(bench: Bench): Promise<readonly Metric[]> {
  const all: Found[] = [];
  for (const books of BOOKS) {
    bench.signal.throwIfAborted();
    if (!bench.quick || books === 1 || books === 100) all.push(await measure(bench, books));
  }
  const [one] = all;
  if (one === undefined) return [];
  return all.flatMap((found) => metricsOf(found, one));
}

function metricsOf(found: Found, one: Found): readonly Metric[] {
  const { books } = found;
  const metric = (
    name: string,
    of: (found: Found) => number,
    rest: Pick<Metric, 'unit' | 'goal'>,
  ): Metric => ({
    name: `capacity.${name}.${books}`,
    value: of(found),
    baseline: { name: `${rest.unit} one book`, value: of(one) },
    ratio: of(found) / of(one),
    runs: 1,
    ...rest,
  });
  const perBook = (found.residentMb - one.residentMb) / Math.max(1, books - one.books);
  return [
    metric('ticks', ({ rate }) => rate, { unit: '1/s', goal: atLeast(50_000, 'value') }),
    metric('cost', ({ cost }) => cost, { unit: 'µs', goal: atMost(1.5) }),
    // Of one book's ticks many are overtaken before they are judged: of a hundred books' none is.
    metric('judged', ({ judgedCost }) => judgedCost, { unit: 'µs' }),
    // Why it is not more: a thread that runs all the time is at its end; one that is ready and
    // waits for a core has too few of them.
    metric('decides', ({ at }) => at.deciding.ran, { unit: 'of a core' }),
    metric('decides.waits', ({ at }) => at.deciding.waited, { unit: 'of the time' }),
    metric('prices', ({ at }) => at.pricing.ran, { unit: 'of a core' }),
    metric('prices.waits', ({ at }) => at.pricing.waited, { unit: 'of the time' }),
    metric('start', ({ start }) => start, { unit: 's' }),
    metric('resident', ({ residentMb }) => residentMb, { unit: 'MB' }),
    ...(books === one.books
      ? []
      : [metric('book', (it) => (it === one ? one.residentMb : perBook), { unit: 'MB' })]),
  ];
}

async function measure(bench: Bench, books: number): Promise<Found> {
  const say = (text: string): void => bench.progress(`capacity of ${books} books: ${text}`);
  say('starting');
  const gateway = await startGateway(bench.workspace, books);
  const daemon = startDaemon(bench, {
    config: configOf(bench, books),
    env: { IB_PORT: String(gateway.port) },
  });
  await daemon.until('/status', (answer) => allWatch(answer, books));
  const start = (performance.now() - daemon.spawnedAt) / 1000;
  await gateway.flood(WARM_UP);
  await sleep(REST_MS);
  const { cost, judgedCost } = await costOf(gateway, daemon);
  let rate = 0;
  let at = NO_LOAD;
  for (const perSecond of RATES) {
    bench.signal.throwIfAborted();
    say(`${perSecond} ticks a second`);
    at = await load(gateway, daemon, perSecond);
    if (!at.isWhole || !at.isLast || at.late > LATE_MAX) break;
    rate = perSecond;
  }
  const residentMb = sampleOf(await daemon.metrics(), 'bifrost_process_resident_bytes') / 1e6;
  await daemon.child.stop();
  return { books, rate, cost, judgedCost, residentMb, start, at };
}

/** Which of several daemons on one gateway it is, and where its books begin. */
export interface ShardPlace {
  readonly shard: number;
  readonly from: number;
}

const ALONE: ShardPlace = { shard: 0, from: 0 };
/** Between the client ids of two daemons. */
const IDS_APART = 20;

/** `config/bench.yaml` with so many books, and as many connections for market data. */
export function configOf(bench: Bench, books: number, workers = 1, place = ALONE): string {
  const text = readFileSync(new URL('../../../config/bench.yaml', import.meta.url), 'utf8');
  const config = parse(text, { intAsBigInt: false }) as Record<string, Record<string, unknown>>;
  const { shard, from } = place;
  const file = join(bench.workspace.folder('config'), `capacity-${shard}.yaml`);
  const symbols = Array.from({ length: books }, (_, index) => ({ symbol: symbolOf(from + index) }));
  const broker = {
    ...config['broker'],
    deployment: `bench${shard}`,
    client_id: 1 + IDS_APART * shard,
    market_data_client_id: 2 + IDS_APART * shard,
    messages_per_second: 10_000,
    market_data_lines: Math.max(100, books * (1 + LEGS)),
    market_data_workers: workers,
  };
  writeFileSync(file, stringify({ ...config, broker, books: symbols }));
  return file;
}

export function allWatch(answer: unknown, books: number): StatusView | null {
  const status = answer as StatusView;
  const each = status.books.map((book) => watching({ ...status, books: [book] }));
  return each.length === books && each.every((one) => one !== null) ? status : null;
}

/** Processor time that a tick adds to what the daemon needs when there is none. */
export async function costOf(
  gateway: Gateway,
  daemon: Daemon,
): Promise<Pick<Found, 'cost' | 'judgedCost'>> {
  const cpu = (metrics: string): number =>
    sampleOf(metrics, 'bifrost_process_cpu_seconds_total') * 1e6;
  const seconds = SECONDS;
  const idle = await daemon.metrics();
  await sleep(seconds * 1000);
  const before = await daemon.metrics();
  const { sent } = await gateway.flood({ perSecond: COST_RATE, seconds });
  const after = await daemon.metrics();
  const spent = cpu(after) - cpu(before) - (cpu(before) - cpu(idle));
  const judged = ticksWithin(after, '+Inf') - ticksWithin(before, '+Inf');
  return { cost: spent / sent, judgedCost: spent / judged };
}

export interface Load {
  /** The gateway could write all that it should. */
  readonly isWhole: boolean;
  /** The last price of each book is the one that stands. */
  readonly isLast: boolean;
  /** Of the ticks that were judged, the share that was not judged within 5 ms. */
  readonly late: number;
  readonly deciding: ThreadShare;
  readonly pricing: ThreadShare;
}

/** Shares of the time; NaN where the platform does not tell. */
interface ThreadShare {
  readonly ran: number;
  /** Ready to run, and waiting for a core. */
  readonly waited: number;
}

const UNKNOWN: ThreadShare = { ran: Number.NaN, waited: Number.NaN };
const NO_LOAD: Load = {
  ...{ isWhole: true, isLast: true, late: 0, deciding: UNKNOWN, pricing: UNKNOWN },
};

/** Some seconds of so many ticks. */
export async function load(gateway: Gateway, daemon: Daemon, perSecond: number): Promise<Load> {
  const before = await daemon.metrics();
  const { pid } = daemon.child.process;
  const begun = { threads: threadTimes(pid), at: performance.now() };
  const { sent, mids } = await gateway.flood({ perSecond, seconds: SECONDS });
  const ended = { threads: threadTimes(pid), at: performance.now() };
  const share = (is: (thread: ThreadTimes) => boolean) => shareOf(begun, ended, is);
  await sleep(REST_MS);
  const after = await daemon.metrics();
  const judged = ticksWithin(after, '+Inf') - ticksWithin(before, '+Inf');
  const inTime = ticksWithin(after, JUDGED_WITHIN) - ticksWithin(before, JUDGED_WITHIN);
  const status = (await daemon.get('/status')) as StatusView;
  const isLast = mids.every((mid, book) => Math.abs((status.books[book]?.spot ?? 0) - mid) < 1e-9);
  return {
    ...{ isWhole: sent >= perSecond * SECONDS, isLast, late: (judged - inTime) / judged },
    deciding: share(({ id }) => id === pid),
    pricing: share(({ name }) => name === 'market'),
  };
}

interface Look {
  readonly threads: readonly ThreadTimes[];
  readonly at: number;
}

function shareOf(begun: Look, ended: Look, is: (thread: ThreadTimes) => boolean): ThreadShare {
  const [first, last] = [begun.threads.find(is), ended.threads.find(is)];
  if (first === undefined || last === undefined) return UNKNOWN;
  const ns = (ended.at - begun.at) * 1e6;
  return { ran: (last.ran - first.ran) / ns, waited: (last.waited - first.waited) / ns };
}

export function ticksWithin(metrics: string, bound: string): number {
  return sampleOf(metrics, `bifrost_stage_seconds_bucket{stage="tick",le="${bound}"}`);
}

export function sampleOf(metrics: string, series: string): number {
  const line = metrics.split('\n').find((text) => text.startsWith(`${series} `));
  return Number(line?.slice(series.length) ?? Number.NaN);
}
