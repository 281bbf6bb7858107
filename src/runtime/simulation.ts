/**
 * A whole actor system in one thread, under a virtual clock and a seed: the same hosts, mailboxes,
 * supervisors and messages as in life, without its threads and its time. A simulated world holds
 * processes, which can be killed and started again, and whatever else runs on its clock.
 */

import { createLogger, type Logger } from '../log.ts';
import type { Clock, WallClock } from './clock.ts';
import { installGuard, type Substitutes } from './guard.ts';
import { Scheduler } from './scheduler.ts';
import { SimulatedThreads } from './simulated-threads.ts';
import type { Strand } from './strand.ts';
import { actorsOf } from './supervisor-spec.ts';
import { type ActorSystem, type SystemOptions, startSystem } from './system.ts';
import { type ActorModule, loadModule } from './world.ts';

export interface SimulatedWorldOptions {
  readonly seed: number | string;
  /** Modules of actors that will be started: imported before files are taken away. */
  readonly modules: readonly string[];
  /** Default: silent. A logger that writes to a file would meet the guard. */
  readonly log?: Logger;
  /** Epoch milliseconds of the wall clock when the monotonic one is 0. */
  readonly wallStartMs?: number;
  /** A message between threads travels at most this long. Default 1. */
  readonly latencyMsMax?: number;
  /** After every step: the place for invariants; what it throws ends the run. */
  readonly onStep?: () => void;
  /** The world's own disk and network, in the place of the platform's. */
  readonly substitutes?: Substitutes;
  /** Hears every line of the trace whose hash tells two runs apart. */
  readonly onNote?: (ms: number, text: string) => void;
}

export interface SimulatedWorld {
  /** Of the world itself: what no process takes with it when it ends. */
  readonly mono: Clock;
  readonly wall: WallClock;
  /** Steps taken so far. */
  readonly steps: number;
  startProcess(options?: ProcessOptions): SimulatedProcess;
  /** Sets the wall clock of every process forward, or back. */
  stepWall(ms: number): void;
  /** Lets this much time pass. */
  advance(ms: number): Promise<void>;
  /** Goes on until the promise has settled; throws if it has not within this time. */
  complete<T>(promise: Promise<T>, withinMs: number): Promise<T>;
  /** Adds to the trace. */
  note(text: string): void;
  /** Of every step, delivery and message so far: equal hashes are equal runs. */
  traceHash(): string;
  /** Gives the platform back to this thread; everything is left as it stands. */
  end(): void;
}

export interface ProcessOptions {
  /** Actors whose module reaches out of the process, made to reach into the world. */
  readonly modules?: ReadonlyMap<string, ActorModule>;
  /** A thread ended, or with no name the whole process: its sockets are closed. */
  readonly ended?: (thread: string | undefined) => void;
}

export interface SimulatedProcess {
  readonly mono: Clock;
  readonly wall: WallClock;
  readonly alive: boolean;
  /** As the platform's `startSystem`; one system in a process. */
  startSystem(options: SystemOptions): ActorSystem;
  /** Ends it where it stands: nothing of it acts any more. */
  kill(): void;
  /** Stops all its threads, as a debugger or a sleeping machine does. */
  freeze(): void;
  thaw(): void;
  /** Ends a thread where it stands. */
  killThread(name: string): void;
  /** Stops a thread's event loop, until it is ended for that or goes on. */
  hangThread(name: string): void;
  resumeThread(name: string): void;
}

const WALL_START_MS = Date.UTC(2026, 0, 5, 14, 30);
const SILENT = { level: 'silent', pretty: false } as const;

/** Loads the modules, then guards this thread until `end`. */
export async function openWorld(options: SimulatedWorldOptions): Promise<SimulatedWorld> {
  const { latencyMsMax = 1, wallStartMs = WALL_START_MS, onStep = () => undefined } = options;
  const modules = new Map<string, ActorModule>();
  for (const module of options.modules) modules.set(module, await loadModule(module));
  const log = options.log ?? createLogger(SILENT);
  const { seed, onNote } = options;
  const scheduler = new Scheduler({ seed, startMs: 0, latencyMsMax, onStep, onNote });
  const mono = scheduler.clock;
  let stepped = 0;
  const wall = { now: () => wallStartMs + stepped + mono.now() };
  const unguard = installGuard(options.substitutes);
  return {
    mono,
    wall,
    get steps() {
      return scheduler.steps;
    },
    startProcess: (process = {}) => new Process({ scheduler, wall, log, modules }, process),
    stepWall: (ms) => {
      stepped += ms;
    },
    advance: (ms) => scheduler.advance(ms),
    complete: (promise, withinMs) => scheduler.complete(promise, withinMs),
    note: (text) => scheduler.note(text),
    traceHash: () => scheduler.traceHash(),
    end: unguard,
  };
}

interface WorldParts {
  readonly scheduler: Scheduler;
  readonly wall: WallClock;
  readonly log: Logger;
  readonly modules: ReadonlyMap<string, ActorModule>;
}

class Process implements SimulatedProcess {
  readonly wall: WallClock;
  readonly #parts: WorldParts;
  readonly #options: ProcessOptions;
  readonly #strand: Strand;
  #threads: SimulatedThreads | undefined;

  constructor(parts: WorldParts, options: ProcessOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#strand = parts.scheduler.strand();
    this.wall = parts.wall;
  }

  get mono(): Clock {
    return this.#strand.clock;
  }

  get alive(): boolean {
    return !this.#strand.ended;
  }

  startSystem(options: SystemOptions): ActorSystem {
    const { scheduler, wall, log } = this.#parts;
    const strand = this.#strand;
    const load = (module: string): Promise<ActorModule> => this.#load(module);
    const ended = (thread: string): void => this.#options.ended?.(thread);
    const system = startSystem({
      ...options,
      log: options.log ?? log,
      workerLog: SILENT,
      mono: this.mono,
      wall,
      world: {
        turns: scheduler.turns(strand),
        dispatcher: scheduler.dispatcher('kernel', strand),
        load,
        threads: (ports) => {
          this.#threads = new SimulatedThreads(
            { scheduler, strand, ended, log, wall, load },
            ports,
          );
          return this.#threads;
        },
      },
    });
    system.trace(({ from = '', to, kind, type, sequence, sentAt }) => {
      scheduler.note(`${from} ${kind} ${to} ${type} ${sequence} ${sentAt}`);
    });
    return system;
  }

  kill(): void {
    if (this.#strand.ended) return;
    this.#parts.scheduler.note('kill');
    this.#strand.end();
    this.#options.ended?.(undefined);
  }

  freeze(): void {
    this.#strand.hang();
  }

  thaw(): void {
    this.#strand.resume();
  }

  killThread(name: string): void {
    this.#threads?.kill(name);
  }

  hangThread(name: string): void {
    this.#threads?.hang(name);
  }

  resumeThread(name: string): void {
    this.#threads?.resume(name);
  }

  #load(module: string): Promise<ActorModule> {
    const known = this.#options.modules?.get(module) ?? this.#parts.modules.get(module);
    return known === undefined ? loadModule(module) : Promise.resolve(known);
  }
}

export interface SimulationOptions
  extends Pick<
      SystemOptions,
      'children' | 'onEscalate' | 'strategy' | 'intensity' | 'backoff' | 'startDeadlineMs'
    >,
    Omit<SimulatedWorldOptions, 'modules'> {}

/** One system in a world of its own. */
export interface Simulation extends Omit<SimulatedWorld, 'startProcess'> {
  readonly system: ActorSystem;
  readonly process: SimulatedProcess;
  /** Ends a thread where it stands. */
  killThread(name: string): void;
}

/** Loads the actors' modules, guards this thread until `end`, and starts the system. */
export async function simulate(options: SimulationOptions): Promise<Simulation> {
  const modules = actorsOf(options.children).map(({ module }) => module);
  const log = options.log ?? createLogger(SILENT);
  const world = await openWorld({ ...options, modules });
  try {
    const process = world.startProcess();
    const system = process.startSystem({ ...options, log, workerLog: SILENT });
    const killThread = (name: string): void => process.killThread(name);
    return Object.assign(world, { system, process, killThread });
  } catch (thrown) {
    // A system that cannot be must not keep the platform from who has no world to end.
    world.end();
    throw thrown;
  }
}
