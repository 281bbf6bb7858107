/** The actor runtime beside what it is made of: a bare port, a bare word, a bare worker. */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Fault } from '../../src/fault.ts';
import { createLogger } from '../../src/log.ts';
import { createBoardSet } from '../../src/runtime/board.ts';
import { createRing } from '../../src/runtime/ring.ts';
import { type ActorSystem, startSystem } from '../../src/runtime/system.ts';
import { atLeast, atMost, type Bench, type Benchmark, type Metric } from './harness/benchmark.ts';
import { metricOf, type Samples } from './harness/paired.ts';
import { quantile } from './harness/statistics.ts';
import { RING_RECORD } from './runtime-peer.ts';

const SILENT = { level: 'silent', pretty: false } as const;
const CALLS = 2000;
const CASTS = 50_000;
const ROUNDS = 20_000;
const RECORDS = 2_000_000;
const WARM_UP_BLOCKS = 1;

export const runtime: Benchmark = {
  name: 'runtime',
  about: 'messages, boards, rings and restarts beside bare ports, words and workers',
  run,
};

interface Pair {
  readonly system: ActorSystem;
  readonly raw: Worker;
}

type Block = () => Promise<number>;

async function run(bench: Bench): Promise<readonly Metric[]> {
  const system = startSystem({
    children: [
      {
        id: 'bench',
        module: new URL('./runtime-actor.ts', import.meta.url).href,
        args: {},
        placement: { kind: 'worker', thread: 'bench' },
        mailbox: { capacity: 10_000, policy: { kind: 'refuse' } },
        restart: 'permanent',
        stopDeadlineMs: 500,
      },
    ],
    log: createLogger(SILENT),
    workerLog: SILENT,
    seed: 1,
    onEscalate: (fault) => bench.progress(fault.message),
    intensity: { restarts: 1000, periodMs: 1000 },
    backoff: { msMin: 0, msMax: 0 },
    compileCacheDirectory: bench.workspace.folder('runtime-cache'),
  });
  const raw = await bootRaw();
  try {
    await system.ready;
    const pair = { system, raw };
    return [
      await roundTrip(bench, pair),
      await oneWay(bench, pair),
      await board(bench, pair),
      await ring(bench, pair),
      await restart(bench, pair),
    ];
  } finally {
    await raw.terminate();
    await system.stop(1000);
  }
}

async function bootRaw(): Promise<Worker> {
  const url = new URL('./runtime-peer.ts', import.meta.url);
  const raw = new Worker(url, { workerData: 'runtime-peer' });
  await once(raw, 'message');
  return raw;
}

/** Blocks of one and of the other in turns; what the machine does falls on both. */
async function blocks(
  bench: Bench,
  name: string,
  ours: Block,
  baseline: Block,
): Promise<[number[], number[]]> {
  const count = (bench.quick ? 5 : 11) + WARM_UP_BLOCKS;
  const values: [number[], number[]] = [[], []];
  for (let block = 0; block < count; block += 1) {
    bench.signal.throwIfAborted();
    bench.progress(`${name}: block ${block + 1} of ${count}`);
    const [one, other] = [await ours(), await baseline()];
    if (block < WARM_UP_BLOCKS) continue;
    values[0].push(one);
    values[1].push(other);
  }
  return values;
}

async function roundTrip(bench: Bench, { system, raw }: Pair): Promise<Metric> {
  const ref = system.ref('bench');
  const times: number[] = [];
  const measure = async (ask: (number: number) => Promise<unknown>): Promise<number[]> => {
    const taken: number[] = [];
    for (let number = 0; number < CALLS; number += 1) {
      const start = performance.now();
      await ask(number);
      taken.push((performance.now() - start) * 1000);
    }
    return taken;
  };
  let heard: (number: number) => void = () => undefined;
  const listen = (number: number): void => heard(number);
  raw.on('message', listen);
  const [values, bare] = await blocks(
    bench,
    'runtime.round-trip',
    async () => {
      const taken = await measure((number) => ref.call({ type: 'echo', number }, 10_000));
      times.push(...taken);
      return quantile(taken, 0.5);
    },
    async () => {
      const ask = (number: number): Promise<unknown> =>
        new Promise((resolve) => {
          heard = resolve;
          raw.postMessage({ type: 'echo', number });
        });
      return quantile(await measure(ask), 0.5);
    },
  );
  raw.off('message', listen);
  const metric = metricOf({
    name: 'runtime.round-trip',
    unit: 'µs',
    values,
    baseline: { name: 'µs MessagePort', values: bare },
    goal: atMost(1.5),
  });
  return { ...metric, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

async function oneWay(bench: Bench, { system, raw }: Pair): Promise<Metric> {
  const ref = system.ref('bench');
  const perSecond = async (send: () => Promise<void>): Promise<number> => {
    const start = performance.now();
    await send();
    return (CASTS / (performance.now() - start)) * 1000;
  };
  // The mailbox is full: that is the credit. The other thread takes meanwhile.
  const refused = (thrown: unknown): Promise<void> => {
    if (!(thrown instanceof Fault) || thrown.code !== 'mailbox_full') throw thrown;
    return new Promise((resolve) => setImmediate(resolve));
  };
  const ours = async (): Promise<void> => {
    for (let number = 0; number < CASTS; ) {
      try {
        ref.cast({ type: 'sink', number });
        number += 1;
      } catch (thrown) {
        await refused(thrown);
      }
      // A turn now and then, as whatever makes so many messages has them.
      if (number % 256 === 0) await undefined;
    }
    for (let answered = false; !answered; ) {
      answered =
        (await ref.call({ type: 'echo', number: 0 }, 10_000).then(() => true, refused)) === true;
    }
  };
  const bare = async (): Promise<void> => {
    for (let number = 0; number < CASTS; number += 1) {
      raw.postMessage({ type: 'sink', number });
      if (number % 256 === 0) await undefined;
    }
    const answered = once(raw, 'message');
    raw.postMessage({ type: 'echo', number: 0 });
    await answered;
  };
  const [values, baseline] = await blocks(
    bench,
    'runtime.one-way',
    () => perSecond(ours),
    () => perSecond(bare),
  );
  return metricOf({
    name: 'runtime.one-way',
    unit: '1/s',
    values,
    baseline: { name: '1/s MessagePort', values: baseline },
    goal: atLeast(0.7),
  });
}

/** Half of a round trip of a record of 16 doubles, and of a word. Both sides look all the time. */
async function board(bench: Bench, { raw }: Pair): Promise<Metric> {
  const seen = (start: number): number => ((performance.now() - start) * 1000) / ROUNDS / 2;
  const ours = async (): Promise<number> => {
    const set = createBoardSet({ records: 2, length: 16 });
    raw.postMessage({ type: 'board', board: set.descriptor, rounds: ROUNDS });
    const writer = set.writer(0);
    const reader = set.reader(1);
    let start = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      writer.publish();
      while (!reader.read());
      // The first round waits for the other thread to come.
      if (round === 0) start = performance.now();
    }
    return seen(start);
  };
  const bare = async (): Promise<number> => {
    const words = new Int32Array(new SharedArrayBuffer(128));
    raw.postMessage({ type: 'words', words, rounds: ROUNDS });
    let start = 0;
    for (let round = 1; round <= ROUNDS; round += 1) {
      Atomics.store(words, 0, round);
      while (Atomics.load(words, 16) !== round);
      if (round === 1) start = performance.now();
    }
    return seen(start);
  };
  const [values, baseline] = await blocks(bench, 'runtime.board', ours, bare);
  return withQuantiles({
    name: 'runtime.board',
    unit: 'µs',
    values,
    baseline: { name: 'µs Atomics word', values: baseline },
  });
}

async function ring(bench: Bench, { raw }: Pair): Promise<Metric> {
  const ours = async (): Promise<number> => {
    const made = createRing(RING_RECORD, 4096);
    const reader = made.reader();
    raw.postMessage({ type: 'ring', ring: made.descriptor, records: RECORDS });
    await reader.wait();
    const start = performance.now();
    let sum = 0;
    while (await reader.wait()) {
      while (reader.peek()) {
        sum += reader.record.number;
        reader.release();
      }
    }
    reader.close();
    if (sum !== (RECORDS * (RECORDS + 1)) / 2) throw new Fault('internal', 'records were lost');
    return (RECORDS / (performance.now() - start)) * 1000;
  };
  const words = new Int32Array(new SharedArrayBuffer(128));
  const bare = async (): Promise<number> => {
    const start = performance.now();
    for (let record = 0; record < RECORDS; record += 1) {
      Atomics.store(words, 0, record);
      if (Atomics.load(words, 0) !== record) throw new Fault('internal', 'a word was lost');
    }
    return (RECORDS / (performance.now() - start)) * 1000;
  };
  const [values, baseline] = await blocks(bench, 'runtime.ring', ours, bare);
  return metricOf({
    name: 'runtime.ring',
    unit: '1/s',
    values,
    baseline: { name: '1/s Atomics store and load, one thread', values: baseline },
    goal: atLeast(4_000_000, 'value'),
  });
}

async function restart(bench: Bench, { system }: Pair): Promise<Metric> {
  const ref = system.ref('bench');
  const ours = async (): Promise<number> => {
    const start = performance.now();
    const again = Promise.withResolvers<void>();
    const end = system.onLifecycle(({ state }) => {
      if (state === 'running') again.resolve();
    });
    ref.cast({ type: 'exit' });
    await again.promise;
    end();
    await ref.call({ type: 'echo', number: 0 }, 10_000);
    return performance.now() - start;
  };
  const bare = async (): Promise<number> => {
    const start = performance.now();
    const worker = await bootRaw();
    const took = performance.now() - start;
    await worker.terminate();
    return took;
  };
  const [values, baseline] = await blocks(bench, 'runtime.restart', ours, bare);
  return withQuantiles({
    name: 'runtime.restart',
    unit: 'ms',
    values,
    baseline: { name: 'ms boot of a bare worker', values: baseline },
    goal: atMost(3),
  });
}

function withQuantiles(samples: Samples): Metric {
  const { values } = samples;
  return { ...metricOf(samples), p50: quantile(values, 0.5), p99: quantile(values, 0.99) };
}
