/**
 * One seed's world: exchange and gateway, network and disk, the whole daemon, faults, and the judge
 * who looks after every step. Everything runs in this thread under the seeded scheduler, so a seed
 * is a film that can be shown again.
 */

import type { Deciders } from '../../src/engine/deciders.ts';
import type { Ending } from '../../src/engine/live.ts';
import { replay } from '../../src/engine/replay.ts';
import { createExchange, type Exchange } from '../../src/gateway/sim/exchange.ts';
import { createMemoryJournal } from '../../src/gateway/sim/exchange-journal.ts';
import { type FaultInput, faultSchema } from '../../src/gateway/sim/fault-schema.ts';
import { startTwsServer } from '../../src/gateway/tws/server.ts';
import { createLogger, type Logger } from '../../src/log.ts';
import type { Fact } from '../../src/protocol/facts.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import type { TurnRecord } from '../../src/runtime/kernel.ts';
import { createRandom, type Random } from '../../src/runtime/random.ts';
import { openWorld, type SimulatedWorld } from '../../src/runtime/simulation.ts';
import { JOURNAL_DIR, MODULES, SimulatedDaemon } from './daemon.ts';
import { SimulatedDisk } from './disk.ts';
import { type Breakable, drawFaults, type Fault, STANDING_FAULTS, strike } from './faults.ts';
import { Judge } from './judge.ts';
import { plainLog } from './log.ts';
import type { Plant } from './planted.ts';
import { START_MS, SYMBOLS, simulationConfig, simulationScenario } from './scenario.ts';
import { type Recorder, SimulatedNetwork } from './wires.ts';

export interface SeedResult {
  readonly seed: number;
  /** What went wrong; null when nothing did. */
  readonly failure: string | null;
  readonly hash: string;
  readonly virtualMs: number;
  readonly turns: number;
  /** Turns of actors and of event loops. */
  readonly steps: number;
  readonly orders: number;
  readonly faults: readonly Fault[];
  /** States, faults and outcomes that were really reached. */
  readonly sometimes: ReadonlyMap<string, number>;
}

export interface SeedOptions {
  readonly seed: number;
  /** Of the phase with faults, virtual minutes. */
  readonly minutes: number;
  /** Writes what the daemon and the gateway log. */
  readonly log?: boolean;
  /** Hears every byte that the gateway writes. */
  readonly record?: Recorder;
  /** Plants a bug, which the judge has to find. */
  readonly plant?: Plant;
}

/** Without faults the engine must be healthy and hedged again within this. */
const HEALING_MS = 150_000;
const RESTART_MS = 2000;
/** Every book is within its band at some moment of so long, looked at so often. */
const HEDGE_MS = 60_000;
const LOOK_MS = 1000;

/** Plays one seed from its first moment to the judge's last look. */
export async function runSeed(options: SeedOptions): Promise<SeedResult> {
  const world = new World(options);
  try {
    await world.begin();
    return await world.play();
  } finally {
    world.end();
  }
}

class World implements Breakable {
  readonly #options: SeedOptions;
  readonly #random: Random;
  readonly #faults: readonly Fault[];
  readonly #sometimes = new Map<string, number>();
  readonly #undos = new Set<() => void>();
  readonly #sink = { down: false };
  readonly #config = simulationConfig();
  readonly #log: Logger;
  #world!: SimulatedWorld;
  #disk!: SimulatedDisk;
  #network!: SimulatedNetwork;
  #exchange!: Exchange;
  #judge!: Judge;
  #daemon: SimulatedDaemon | null = null;
  #lives = 0;
  #turns = 0;
  #healing = false;
  /** Lives that broke because the disk was full are no defects. */
  #diskWasFull = false;
  #failure: unknown = null;

  constructor(options: SeedOptions) {
    this.#options = options;
    this.#random = createRandom(options.seed);
    this.#log = options.log
      ? plainLog(() => this.#world.mono.now())
      : createLogger({ level: 'silent', pretty: false });
    this.#faults = drawFaults(this.#random.split('faults'), options.minutes * 60_000, SYMBOLS);
  }

  async begin(): Promise<void> {
    const { seed } = this.#options;
    const count = (name: string): void => this.#count(name);
    // The world's clock is made with the world, and what stands on it is asked for later.
    const clock: Clock = {
      now: () => this.#world.mono.now(),
      setTimer: (delayMs, fire) => this.#world.mono.setTimer(delayMs, fire),
    };
    this.#disk = new SimulatedDisk(clock);
    // The id of a journal is drawn by chance; here it is the seed's.
    this.#disk.seed(`${JOURNAL_DIR}/journal-id`, `sim${seed}`);
    const roads = this.#random.split('network');
    this.#network = new SimulatedNetwork(clock, roads, count, this.#options.record);
    this.#world = await openWorld({
      seed,
      modules: MODULES,
      wallStartMs: START_MS,
      onStep: () => this.#afterStep(),
      substitutes: { fs: this.#disk.functions(), net: this.#network.functions() },
    });
    this.#exchange = await createExchange({
      scenario: simulationScenario(seed),
      mono: clock,
      random: createRandom(seed).split('exchange'),
      journal: createMemoryJournal(),
      newExchangeId: () => `${seed.toString(16).padStart(8, '0')}-0000`,
      onFault: (fault) => {
        throw fault;
      },
    });
    this.#judge = new Judge(this.#exchange, count);
    await startTwsServer({
      ...{ venue: this.#exchange, host: 'simulated', port: 1, mono: clock, log: this.#log },
    });
    this.#exchange.start();
    this.#start();
  }

  async play(): Promise<SeedResult> {
    const { seed, minutes } = this.#options;
    let failure: string | null = null;
    try {
      for (const fault of this.#faults) {
        this.#world.mono.setTimer(fault.at, () => this.#strike(fault));
      }
      await this.#world.advance(minutes * 60_000);
      this.#heal();
      await this.#world.advance(HEALING_MS);
      await this.#finish();
    } catch (error) {
      failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    return {
      seed,
      failure,
      hash: this.#world.traceHash().slice(0, 16),
      virtualMs: this.#world.mono.now(),
      turns: this.#turns,
      steps: this.#world.steps,
      orders: this.#judge.orders,
      faults: this.#faults,
      sometimes: this.#sometimes,
    };
  }

  end(): void {
    this.#world.end();
  }

  inject(fault: FaultInput): void {
    this.#exchange.inject(fault);
  }

  command(command: Parameters<SimulatedDaemon['command']>[0]): void {
    this.#daemon?.command(command);
  }

  later(ms: number, undo: () => void): void {
    const once = (): void => {
      if (this.#undos.delete(once)) undo();
    };
    this.#undos.add(once);
    this.#world.mono.setTimer(ms, once);
  }

  kill(restartMs: number): void {
    this.#kill();
    this.#startAfter(restartMs);
  }

  killDuringWrite(share: number, restartMs: number): void {
    // Whichever life writes next.
    this.#disk.killDuringWrite(share, () => {
      this.#count('died in a write');
      this.kill(restartMs);
    });
  }

  powerCut(share: number, restartMs: number): void {
    this.#kill();
    this.#disk.powerCut(share);
    this.#startAfter(restartMs);
  }

  freeze(): void {
    this.#daemon?.process.freeze();
  }

  thaw(): void {
    this.#daemon?.process.thaw();
  }

  killThread(name: string): void {
    this.#daemon?.process.killThread(name);
  }

  hangThread(name: string): void {
    this.#daemon?.process.hangThread(name);
  }

  resumeThread(name: string): void {
    this.#daemon?.process.resumeThread(name);
  }

  resetConnections(): void {
    this.#network.resetAll();
  }

  stall(on: boolean): void {
    this.#network.stall(on);
  }

  delay(ms: number): void {
    this.#network.weather.delayMs = ms;
  }

  cutBytes(share: number): void {
    this.#network.weather.cuts = share;
  }

  sinkDown(on: boolean): void {
    this.#sink.down = on;
  }

  diskFull(on: boolean): void {
    this.#disk.full = on;
    this.#diskWasFull ||= on;
  }

  #start(): void {
    this.#judge.restarted();
    this.#lives += 1;
    try {
      const daemon: SimulatedDaemon = new SimulatedDaemon(
        {
          ...{ world: this.#world, disk: this.#disk, network: this.#network, sink: this.#sink },
          ...{ config: this.#config, exchangeId: this.#exchange.exchangeId, log: this.#log },
          // Only then may a power cut lose nothing; otherwise it may cost the last second.
          fsync: this.#faults.some(({ name }) => name === 'power_cut') ? 'always' : 'interval',
          ...(this.#options.plant && { plant: this.#options.plant }),
          observe: (record, deciders) => this.#guarded(() => this.#afterTurn(record, deciders)),
          ended: (ending) => {
            if (this.#daemon === daemon) this.#left(ending);
          },
        },
        this.#lives,
      );
      this.#daemon = daemon;
    } catch (error) {
      // Not a single byte could be written: the daemon says so and leaves.
      if (!this.#diskWasFull) throw error;
      this.#count('no start on a full disk');
      this.#startAfter(RESTART_MS);
    }
  }

  #startAfter(ms: number): void {
    this.#world.mono.setTimer(ms, () => {
      if (this.#daemon === null) this.#start();
    });
  }

  #kill(): void {
    this.#daemon?.kill();
    this.#daemon = null;
  }

  #left({ defect, refusal }: Ending): void {
    this.#daemon = null;
    this.#count(defect === null ? 'stopped' : 'broke');
    this.#guarded(() => {
      if (refusal !== null) throw new Error(`refused the login: ${refusal}`);
      if (defect !== null && !this.#diskWasFull) throw defect;
    });
    this.#startAfter(RESTART_MS);
  }

  #afterTurn(record: TurnRecord, deciders: Deciders): void {
    this.#turns += 1;
    const { seq, kind, to, digest, effects, facts } = record;
    this.#world.note(`${seq} ${kind} ${to} ${effects.length} ${facts.length} ${digest}`);
    this.#judge.afterTurn(record, deciders);
  }

  #afterStep(): void {
    if (this.#failure !== null) throw this.#failure;
    this.#judge.oneAlive();
  }

  /** What is thrown inside an actor would be the actor's defect; it is the run's. */
  #guarded(look: () => void): void {
    try {
      look();
    } catch (error) {
      this.#failure ??= error;
    }
  }

  #count(name: string): void {
    this.#sometimes.set(name, (this.#sometimes.get(name) ?? 0) + 1);
  }

  #strike(fault: Fault): void {
    if (this.#healing) return;
    this.#count(`fault ${fault.name}`);
    this.#world.note(`fault ${fault.name}`);
    strike(this, fault);
  }

  /** No more faults, everything lowered, the operator resumes: it must become well by itself. */
  #heal(): void {
    this.#healing = true;
    for (const undo of [...this.#undos]) undo();
    for (const type of STANDING_FAULTS) {
      this.#exchange.inject(faultSchema.parse({ type, on: false }));
    }
    if (this.#daemon === null) this.#start();
    this.#world.mono.setTimer(20_000, () => this.command({ command: 'resume' }));
    for (const symbol of SYMBOLS) this.#world.mono.setTimer(40_000, () => this.#look(symbol));
  }

  /** A manual trade may have broken a book rightly; the operator looks and lets it go on. */
  #look(symbol: string): void {
    const books = this.#daemon?.engine.reads.status().books ?? [];
    const book = books.find((one) => one.symbol === symbol);
    // It closed nothing of ours, though it looks so: by the exchange, ours are what we traded.
    const broken = book?.block_reasons.includes('position_break') ?? false;
    if (broken) this.command({ command: 'adopt', symbol, shares: 0 });
    this.command({ command: 'manual_resume', symbol, reason: 'looked at' });
  }

  /** The truth of exchange and journal, and the journal replayed. */
  async #finish(): Promise<void> {
    await this.#hedged();
    const daemon = this.#living();
    const { reads } = daemon.engine;
    const status = reads.status();
    this.#judge.losesNothing(reads.actors());
    await this.#world.complete(daemon.engine.close(), 10_000);
    const facts: Fact[] = [];
    const { difference } = replay({
      dir: JOURNAL_DIR,
      onRecord: (record) => facts.push(...record.facts),
    });
    if (difference !== null) {
      const { seq, kind, expected, actual } = difference;
      throw new Error(`replay: record ${seq} (${kind}) differs: ${expected} is ${actual}`);
    }
    this.#judge.atTheEnd(status, facts);
    this.#world.note(this.#disk.digest());
  }

  /** A cooldown may stand in the way of a hedge, but not for long. */
  async #hedged(): Promise<void> {
    for (let waited = 0; waited < HEDGE_MS; waited += LOOK_MS) {
      if (this.#judge.isHedged(this.#living().engine.reads.status())) return;
      await this.#world.advance(LOOK_MS);
    }
    this.#judge.mustBeHedged(this.#living().engine.reads.status());
  }

  #living(): SimulatedDaemon {
    if (this.#daemon === null) throw new Error('no engine runs at the end');
    return this.#daemon;
  }
}
