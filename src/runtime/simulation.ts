/**
 * A whole actor system in one thread, under a virtual clock and a seed: the same hosts, mailboxes,
 * supervisors and messages as in life, without its threads and its time.
 */

import { createLogger, type Logger } from '../log.ts';
import type { Clock, WallClock } from './clock.ts';
import { installGuard } from './guard.ts';
import { Scheduler } from './scheduler.ts';
import { SimulatedThreads } from './simulated-threads.ts';
import { actorsOf } from './supervisor-spec.ts';
import { type ActorSystem, type SystemOptions, startSystem } from './system.ts';
import { type ActorModule, loadModule } from './world.ts';

export interface SimulationOptions
  extends Pick<
    SystemOptions,
    'children' | 'seed' | 'onEscalate' | 'strategy' | 'intensity' | 'backoff' | 'startDeadlineMs'
  > {
  /** Default: silent. A logger that writes to a file would meet the guard. */
  readonly log?: Logger;
  /** Epoch milliseconds of the wall clock when the monotonic one is 0. */
  readonly wallStartMs?: number;
  /** A message between threads travels at most this long. Default 1. */
  readonly latencyMsMax?: number;
  /** After every step: the place for invariants; what it throws ends the run. */
  readonly onStep?: () => void;
}

export interface Simulation {
  readonly system: ActorSystem;
  readonly mono: Clock;
  readonly wall: WallClock;
  /** Steps taken so far. */
  readonly steps: number;
  /** Lets this much time pass. */
  advance(ms: number): Promise<void>;
  /** Goes on until the promise has settled; throws if it has not within this time. */
  complete<T>(promise: Promise<T>, withinMs: number): Promise<T>;
  /** Ends a thread where it stands. */
  killThread(name: string): void;
  /** Of every step, delivery and message so far: equal hashes are equal runs. */
  traceHash(): string;
  /** Gives the platform back to this thread; the system is left as it stands. */
  end(): void;
}

const WALL_START_MS = Date.UTC(2026, 0, 5, 14, 30);
const SILENT = { level: 'silent', pretty: false } as const;

/** Loads the actors' modules, then guards this thread until `end`. */
export async function simulate(options: SimulationOptions): Promise<Simulation> {
  const { latencyMsMax = 1, wallStartMs = WALL_START_MS, onStep = () => undefined } = options;
  const modules = new Map<string, ActorModule>();
  for (const { module } of actorsOf(options.children)) {
    modules.set(module, await loadModule(module));
  }
  const log = options.log ?? createLogger(SILENT);
  const scheduler = new Scheduler({ seed: options.seed, startMs: 0, latencyMsMax, onStep });
  const mono = scheduler.clock;
  const wall = { now: () => wallStartMs + mono.now() };
  const load = (module: string): Promise<ActorModule> =>
    Promise.resolve(modules.get(module) ?? loadModule(module));
  let threads: SimulatedThreads | undefined;
  const unguard = installGuard();
  const system = startSystem({
    ...options,
    log,
    workerLog: SILENT,
    mono,
    wall,
    world: {
      turns: scheduler.turns,
      dispatcher: scheduler.dispatcher('kernel'),
      load,
      threads: (ports) => {
        threads = new SimulatedThreads({ scheduler, log, wall, load }, ports);
        return threads;
      },
    },
  });
  system.trace(({ from = '', to, kind, type, sequence, sentAt }) => {
    scheduler.note(`${from} ${kind} ${to} ${type} ${sequence} ${sentAt}`);
  });
  return {
    system,
    mono,
    wall,
    get steps() {
      return scheduler.steps;
    },
    advance: (ms) => scheduler.advance(ms),
    complete: (promise, withinMs) => scheduler.complete(promise, withinMs),
    killThread: (name) => threads?.kill(name),
    traceHash: () => scheduler.traceHash(),
    end: unguard,
  };
}
