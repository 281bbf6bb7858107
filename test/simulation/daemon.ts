/**
 * One life of the daemon in the simulation: the composition root of the live engine, on simulated
 * threads, over the world's disk and network. A kill takes all of it but the disk.
 */

import { readFileSync } from 'node:fs';
import { brokerActor } from '../../actors/broker.ts';
import { marketDataActor } from '../../actors/market-data.ts';
import { persistenceActor } from '../../actors/persistence.ts';
import type { Deciders } from '../../src/engine/deciders.ts';
import { createEngine, type Ending, type LiveEngine } from '../../src/engine/live.ts';
import { wireClients } from '../../src/gateway/wire/client.ts';
import type { Logger } from '../../src/log.ts';
import type { ControlCommand, ControlResult } from '../../src/protocol/control.ts';
import type { ConfigInput, EngineConfig } from '../../src/protocol/decision-config.ts';
import type { SimulatedProcess, SimulatedWorld } from '../../src/runtime/simulation.ts';
import type { TurnRecord } from '../../src/runtime/turn.ts';
import type { ActorModule } from '../../src/runtime/world.ts';
import type { SimulatedDatabase } from './database.ts';
import type { SimulatedDisk } from './disk.ts';
import type { Plant } from './planted.ts';
import type { SimulatedNetwork } from './wires.ts';

export const JOURNAL_DIR = '/data/journal';

const moduleOf = (name: string): string => new URL(`../../actors/${name}.ts`, import.meta.url).href;

/** What has to be imported before files are taken away. */
export const MODULES: readonly string[] = ['greeks', 'market-data', 'broker', 'persistence'].map(
  moduleOf,
);

/** What the program reads of itself while it runs: read here, before files are taken away. */
export const PROGRAM_FILES: readonly (readonly [URL, Buffer])[] = [
  new URL('../../src/pricing/kernels/pricing.wasm', import.meta.url),
].map((url) => [url, readFileSync(url)]);

export interface DaemonParts {
  readonly world: SimulatedWorld;
  readonly disk: SimulatedDisk;
  readonly network: SimulatedNetwork;
  readonly database: SimulatedDatabase;
  readonly config: Omit<EngineConfig, 'journalId'>;
  readonly exchangeId: string;
  readonly fsync: 'interval' | 'always';
  readonly log: Logger;
  /** Plants a bug. */
  readonly plant?: Plant;
  /** Its process runs, and its engine is about to be built: it can be killed. */
  readonly born: (daemon: SimulatedDaemon) => void;
  readonly observe: (record: TurnRecord, deciders: Deciders) => void;
  /** It has broken: what may be alive is taken back in this moment, and then it leaves. */
  readonly broke: () => void;
  /** It left by itself: stopped, or broken. Not after a kill. */
  readonly ended: (ending: Ending) => void;
}

export class SimulatedDaemon {
  readonly process: SimulatedProcess;
  readonly engine: LiveEngine;
  readonly #parts: DaemonParts;
  #deciders: Deciders | null = null;

  constructor(parts: DaemonParts, life: number) {
    this.#parts = parts;
    const { world, network, database, plant } = parts;
    const ownerOf = (thread: string): string => `${life}/${thread}`;
    const clients = (thread: string) => wireClients(network.dialer(ownerOf(thread)));
    const persistence = persistenceActor(({ mono }) => ({
      sink: database.sink(mono),
      maintain: () => Promise.resolve([]),
    }));
    const broker = brokerActor(clients('kernel'));
    // Each is the factory of the module it stands for, over other ports.
    const modules = new Map<string, unknown>([
      [moduleOf('broker'), { createActor: plant?.broker?.(broker) ?? broker }],
      [moduleOf('market-data'), { createActor: marketDataActor(clients('market')) }],
      [moduleOf('persistence'), { createActor: persistence }],
    ]) as Map<string, ActorModule>;
    this.process = world.startProcess({
      modules,
      ended: (thread) => {
        const all = `${life}/`;
        network.drop((owner) =>
          thread === undefined ? owner.startsWith(all) : owner === ownerOf(thread),
        );
      },
    });
    parts.born(this);
    this.engine = this.#createEngine();
    // It can die in what it writes there.
    if (!this.process.alive) return;
    this.engine.start().catch((error: unknown) => this.engine.fail(error));
    void this.engine.ended.then((ending) => this.#leave(ending));
  }

  /** After the first turn. */
  get deciders(): Deciders | null {
    return this.#deciders;
  }

  /** `answered` hears what became of it, unless the process dies first. */
  command(control: ControlCommand, answered: (result: ControlResult) => void): void {
    if (!this.process.alive) return;
    void this.engine.controls.control({ control, origin: 'simulation' }).then(answered);
  }

  reconfigure(input: ConfigInput): void {
    if (this.process.alive) this.engine.reconfigure(input);
  }

  /** As `kill -9`. */
  kill(): void {
    this.process.kill();
    this.#parts.disk.release();
  }

  #createEngine(): LiveEngine {
    const { process } = this;
    const { config, exchangeId, fsync, log, observe } = this.#parts;
    return createEngine({
      config,
      version: 'simulation',
      exchangeId,
      journalDir: JOURNAL_DIR,
      fsync,
      evaluationIntervalMs: 20,
      clockRate: 1,
      orderLink: { heartbeatMs: 5000, messagesPerSecond: 40 },
      history: {
        ...{ sink: { kind: 'postgres', url: 'simulated' }, journalDays: 30, historyDays: 90 },
        behindBytes: 1e9,
      },
      onSinkDown: () => undefined,
      neighbours: () => [],
      log,
      workerLog: { level: 'silent', pretty: false },
      compileCacheDirectory: '/data/cache',
      mono: process.mono,
      wall: process.wall,
      startSystem: (options) => process.startSystem(options),
      observe: (record, deciders) => {
        if (!process.alive) return;
        this.#deciders = deciders;
        observe(record, deciders);
      },
    });
  }

  async #leave(ending: Ending): Promise<void> {
    if (!this.process.alive) return;
    if (ending.defect !== null) this.#parts.broke();
    await this.engine.close().catch(() => undefined);
    if (!this.process.alive) return;
    this.kill();
    this.#parts.ended(ending);
  }
}
