/**
 * Spoils a daemon from inside: Node loads this module (`--import`) before the daemon's first one,
 * and again in each of its threads, so that the product holds nothing that could be misused. What
 * to do comes over a socket in a test's own directory; `sabotage.ts` is its other side.
 */

import assert from 'node:assert/strict';
import { syncBuiltinESMExports } from 'node:module';
import { createServer } from 'node:net';
import workerThreads, { BroadcastChannel, isMainThread, threadName } from 'node:worker_threads';

import { Fault } from '../../../src/fault.ts';
import { Host } from '../../../src/runtime/host.ts';

/** What is done to a thread, or from it. */
export type Deed =
  /** From outside, wherever it stands. */
  | { readonly type: 'terminate' }
  | { readonly type: 'exit'; readonly code: number }
  | { readonly type: 'throw' }
  | { readonly type: 'reject' }
  /** A loop that never returns to the event loop. */
  | { readonly type: 'burn' }
  /** Takes memory until there is none. */
  | { readonly type: 'exhaust' }
  /** Casts from an actor system's thread as an actor there would. */
  | {
      readonly type: 'flood';
      readonly to: string;
      readonly count: number;
      readonly message: object;
    }
  /** How threads of this name start from now on; one that is held starts when it is let. */
  | { readonly type: 'starts'; readonly fate: Fate };

/** `dies` at once, `waits` until its fate is another one, or `lives`. */
type Fate = 'lives' | 'dies' | 'waits';

export interface Order {
  /** `kernel`, or the name of a thread. */
  readonly thread: string;
  readonly deed: Deed;
}

/** Of a flood: how many were taken, and how many were refused because the mailbox was full. */
export interface Done {
  readonly sent: number;
  readonly refused: number;
  readonly error?: string;
}

interface ToThread {
  readonly thread: string;
  readonly number: number;
  readonly deed: Deed;
}

interface FromThread {
  readonly thread: string;
  readonly number: number;
  /** Null: it asks how it starts. */
  readonly done: Done | null;
}

const NOTHING: Done = { sent: 0, refused: 0 };
const SOCKET = process.env['BIFROST_TEST_SABOTAGE'];
const HEAP_MB = Number(process.env['BIFROST_TEST_HEAP_MB'] ?? Number.POSITIVE_INFINITY);
const toThreads = new BroadcastChannel('sabotage');
const fromThreads = new BroadcastChannel('sabotaged');
const hosts: Host[] = [];

fromThreads.unref();
const { learn } = Host.prototype;
Host.prototype.learn = function (addresses) {
  if (!hosts.includes(this)) hosts.push(this);
  learn.call(this, addresses);
};

if (SOCKET !== undefined && isMainThread) command(SOCKET);
else if (SOCKET !== undefined) await obey(threadName ?? '');

/** In a worker: waits until it may start, does what it is told, and says so before it does. */
async function obey(self: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let started = false;
  toThreads.onmessage = (event) => {
    const { number, thread, deed } = (event as { data: ToThread }).data;
    if (thread !== self) return;
    if (deed.type === 'starts') {
      if (started) return;
      if (deed.fate === 'dies') throw new Error('sabotage: it dies while it starts');
      if (deed.fate === 'lives') resolve();
      return;
    }
    const done = deed.type === 'flood' ? flood(deed) : NOTHING;
    fromThreads.postMessage({ thread, number, done } satisfies FromThread);
    // A throw in a listener of the channel would not be this thread's.
    setImmediate(() => perform(deed));
  };
  fromThreads.postMessage({ thread: self, number: 0, done: null } satisfies FromThread);
  await promise;
  started = true;
  toThreads.unref();
}

function perform({ type, ...details }: Deed): void {
  if (type === 'exit' && 'code' in details) process.exit(details.code);
  if (type === 'throw') throw new Error('sabotage: thrown');
  if (type === 'reject') void Promise.reject(new Error('sabotage: rejected'));
  let turns = 0;
  while (type === 'burn') turns += 1;
  const hoard: unknown[] = [];
  while (type === 'exhaust') hoard.push({ turns, parts: [hoard.length, 2, 3] });
}

function flood({ to, count, message }: Extract<Deed, { type: 'flood' }>): Done {
  const host = hosts.find((one) => one.address(to) !== undefined);
  assert(host !== undefined, `nobody here knows ${to}`);
  const ref = host.ref<object>(to);
  let refused = 0;
  for (let sent = 0; sent < count; sent += 1) {
    try {
      ref.cast(message);
    } catch (thrown) {
      assert(thrown instanceof Fault && thrown.code === 'mailbox_full', String(thrown));
      refused += 1;
    }
  }
  return { sent: count - refused, refused };
}

/** In the main thread: takes orders, does what is its own, and passes the others on. */
function command(path: string): void {
  const workers = spyOnWorkers();
  const fates = new Map<string, Fate>();
  const waiting = new Map<number, (done: Done) => void>();
  let number = 0;
  const tellFate = (thread: string): void => {
    const fate = fates.get(thread) ?? 'lives';
    toThreads.postMessage({ thread, number: 0, deed: { type: 'starts', fate } } satisfies ToThread);
  };
  fromThreads.onmessage = (event) => {
    const answer = (event as { data: FromThread }).data;
    if (answer.done === null) tellFate(answer.thread);
    else waiting.get(answer.number)?.(answer.done);
    waiting.delete(answer.number);
  };
  const take = async ({ thread, deed }: Order): Promise<Done> => {
    if (deed.type === 'starts') {
      fates.set(thread, deed.fate);
      tellFate(thread);
    } else if (deed.type === 'terminate') await workers.get(thread)?.terminate();
    else if (thread !== 'kernel') {
      number += 1;
      const { promise, resolve } = Promise.withResolvers<Done>();
      waiting.set(number, resolve);
      toThreads.postMessage({ number, thread, deed } satisfies ToThread);
      return promise;
    } else if (deed.type === 'flood') return flood(deed);
    else setImmediate(() => perform(deed));
    return NOTHING;
  };
  toThreads.unref();
  const server = createServer((socket) => {
    socket.setEncoding('utf8').once('data', (text) => {
      // The one who connects is `sabotage.ts`, with an order.
      const taken = take(JSON.parse(String(text)) as Order);
      const told = taken.catch((thrown) => ({ ...NOTHING, error: String(thrown) }));
      void told.then((done) => socket.end(JSON.stringify(done)));
    });
  });
  server.listen(path).unref();
}

/** The living worker of each name, each with no more memory than the test lets it have. */
function spyOnWorkers(): ReadonlyMap<string, workerThreads.Worker> {
  const workers = new Map<string, workerThreads.Worker>();
  class Worker extends workerThreads.Worker {
    constructor(file: string | URL, options: workerThreads.WorkerOptions = {}) {
      const limits = { ...options.resourceLimits };
      const heapMb = limits.maxOldGenerationSizeMb;
      // Only what is limited is limited further.
      if (heapMb !== undefined) limits.maxOldGenerationSizeMb = Math.min(heapMb, HEAP_MB);
      super(file, { ...options, resourceLimits: limits });
      workers.set(options.name ?? '', this);
    }
  }
  workerThreads.Worker = Worker;
  syncBuiltinESMExports();
  return workers;
}
