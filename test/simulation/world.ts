/**
 * One seed's world: exchange and gateway, network and disk, the whole daemon, faults, and the judge
 * who looks after every step. Everything runs in this thread under the seeded scheduler, so a seed
 * with its faults is a film that can be shown again.
 */

import type { Deciders } from '../../src/engine/deciders.ts';
import type { Ending } from '../../src/engine/live.ts';
import { replay } from '../../src/engine/replay.ts';
import { type FaultInput, faultSchema } from '../../src/gateway/sim/fault-schema.ts';
import { createLogger, type Logger } from '../../src/log.ts';
import type { JournalRecord } from '../../src/protocol/records.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { createRandom, type Random } from '../../src/runtime/random.ts';
import { openWorld, type SimulatedWorld } from '../../src/runtime/simulation.ts';
import type { TurnRecord } from '../../src/runtime/turn.ts';
import { JOURNAL_DIR, MODULES, PROGRAM_FILES, SimulatedDaemon } from './daemon.ts';
import { SimulatedDatabase } from './database.ts';
import { SimulatedDisk } from './disk.ts';
import { ExchangeLives } from './exchange-life.ts';
import { Excuses } from './excuses.ts';
import { drawFaults } from './fault-list.ts';
import { type Breakable, type Fault, STANDING_FAULTS, strike } from './faults.ts';
import { Judge } from './judge.ts';
import { plainLog } from './log.ts';
import { Operator } from './operator.ts';
import type { Plant } from './planted.ts';
import { START_MS, SYMBOLS, simulationConfig } from './scenario.ts';
import type { Trace } from './trace.ts';
import { isHealed, losesNothing, mustBeHealed, truthHolds } from './verdict.ts';
import { type Recorder, SimulatedNetwork } from './wires.ts';
import { Witness } from './witness.ts';

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
  /** In the place of the faults that the seed draws. */
  readonly faults?: readonly Fault[];
  /** Writes what the daemon and the gateway log. */
  readonly log?: boolean;
  /** Keeps what happened. */
  readonly trace?: Trace;
  /** Hears every byte that the gateway writes. */
  readonly record?: Recorder;
  /** Plants a bug, which the judge has to find. */
  readonly plant?: Plant;
}

/** Without faults the engine must be healthy, and at some moment hedged, within this. */
const HEALING_MS = 210_000;
/** What was late has come by then, and the operator has looked; then it is looked at so often. */
const LATE_MS = 60_000;
const LOOK_MS = 1000;
const RESTART_MS = 2000;

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
  readonly disk: SimulatedDisk;
  readonly network: SimulatedNetwork;
  readonly database: SimulatedDatabase;
  readonly operator: Operator;
  readonly #options: SeedOptions;
  readonly #random: Random;
  readonly #faults: readonly Fault[];
  readonly #fsync: 'interval' | 'always';
  readonly #sometimes = new Map<string, number>();
  readonly #undos = new Set<() => void>();
  readonly #log: Logger;
  readonly #exchange: ExchangeLives;
  readonly #witness: Witness;
  readonly #judge: Judge;
  readonly #excuses: Excuses;
  #world!: SimulatedWorld;
  #daemon: SimulatedDaemon | null = null;
  #lives = 0;
  #turns = 0;
  #healing = false;
  #exchangeIsDown = false;
  #failure: unknown = null;

  constructor(options: SeedOptions) {
    const { seed, minutes, log, record, plant } = options;
    this.#options = options;
    this.#random = createRandom(seed);
    const drawn = drawFaults(this.#random.split('faults'), minutes * 60_000, SYMBOLS);
    this.#faults = options.faults ?? drawn;
    // Only with `always` may a power cut lose nothing; with `interval` it may cost a second. A list
    // that was shrunk keeps the policy of the seed's own.
    const cutsPower = [...drawn, ...this.#faults].some(({ name }) => name === 'power_cut');
    this.#fsync = cutsPower ? 'always' : 'interval';
    // The world's clock is made with the world, and what stands on it is asked for later.
    const clock: Clock = {
      now: () => this.#world.mono.now(),
      setTimer: (delayMs, fire) => this.#world.mono.setTimer(delayMs, fire),
    };
    this.#log = log ? plainLog(clock.now) : createLogger({ level: 'silent', pretty: false });
    const count = (name: string): void => this.#count(name);
    this.disk = new SimulatedDisk(clock, plant?.disk);
    this.network = new SimulatedNetwork(clock, this.#random.split('network'), count, record);
    this.database = new SimulatedDatabase(clock, count, plant?.splitsCommits);
    this.operator = new Operator(simulationConfig(), () => this.#daemon, count);
    const guarded = (look: () => void): void => this.#guarded(look);
    this.#witness = new Witness(this.disk, this.#fsync === 'always', guarded);
    this.#exchange = new ExchangeLives({
      ...{ seed, mono: clock, log: this.#log },
      beside: (exchange) => this.#witness.beside(exchange),
    });
    this.#excuses = new Excuses(this.disk, clock.now);
    this.#judge = new Judge(() => this.#exchange.exchange, this.operator, count);
  }

  async begin(): Promise<void> {
    const { seed, trace } = this.#options;
    // The id of a journal is drawn by chance; here it is the seed's.
    this.disk.seed(`${JOURNAL_DIR}/journal-id`, `sim${seed}`);
    for (const [url, bytes] of PROGRAM_FILES) this.disk.install(url, bytes);
    this.#world = await openWorld({
      seed,
      modules: MODULES,
      wallStartMs: START_MS,
      onStep: () => this.#afterStep(),
      substitutes: { fs: this.disk.functions(), net: this.network.functions() },
      ...(trace && { onNote: (ms, text) => trace.note(ms, text) }),
    });
    await this.#exchange.start();
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
      await this.#world.advance(LATE_MS);
      await this.#healed();
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
    if (!this.#exchangeIsDown) this.#exchange.exchange.inject(fault);
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
    this.disk.killDuringWrite(share, () => {
      this.#count('died in a write');
      this.kill(restartMs);
    });
  }

  powerCut(share: number, restartMs: number): void {
    this.#kill();
    this.disk.powerCut(share);
    this.#startAfter(restartMs);
  }

  freeze(): void {
    this.#daemon?.process.freeze();
  }

  thaw(): void {
    this.#daemon?.process.thaw();
  }

  killThread(name: string): void {
    this.#excuses.threadDies();
    this.#daemon?.process.killThread(name);
  }

  hangThread(name: string): void {
    this.#excuses.threadDies();
    this.#daemon?.process.hangThread(name);
  }

  resumeThread(name: string): void {
    this.#daemon?.process.resumeThread(name);
  }

  restartExchange(downMs: number): void {
    if (this.#exchangeIsDown) return;
    this.#exchangeIsDown = true;
    void this.#exchange.end();
    this.later(downMs, () => {
      void this.#exchange.start();
      this.#exchangeIsDown = false;
    });
  }

  split(symbol: string): void {
    if (this.#exchangeIsDown || this.#judge.wasSplit(symbol)) return;
    this.#judge.split(symbol);
    this.inject(faultSchema.parse({ type: 'split', symbol, to: 2 }));
  }

  stepWall(ms: number): void {
    this.#world.stepWall(ms);
  }

  #start(): void {
    this.#lives += 1;
    this.#excuses.lifeBegins();
    const { plant } = this.#options;
    const { config } = this.operator;
    try {
      const daemon = new SimulatedDaemon(
        {
          ...{ world: this.#world, disk: this.disk, network: this.network, log: this.#log },
          ...{ database: this.database, fsync: this.#fsync },
          config: plant?.config?.(config) ?? config,
          exchangeId: this.#exchange.exchange.exchangeId,
          ...(plant && { plant }),
          born: (born) => {
            this.#daemon = born;
          },
          observe: (record, deciders) => this.#guarded(() => this.#afterTurn(record, deciders)),
          broke: () => this.#witness.engineBroke(),
          ended: (ending) => this.#left(ending),
        },
        this.#lives,
      );
      if (this.#lives > 1) plant?.restarted?.(daemon, this.#world.mono);
    } catch (error) {
      // It died in a write of its own, and the next one is on its way.
      if (this.#daemon === null) return;
      this.#kill();
      // Not a single byte could be written: the daemon says so and leaves.
      if (!this.#excuses.ofDisk(error)) throw error;
      this.#count('no start on a bad disk');
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
      if (defect !== null && !this.#excuses.covers(defect)) throw defect;
      if (defect !== null) this.#judge.engineBroke(JOURNAL_DIR);
    });
    this.#startAfter(RESTART_MS);
  }

  #afterTurn(record: TurnRecord, deciders: Deciders): void {
    this.#turns += 1;
    const { seq, kind, to, digest, effects, facts } = record;
    this.#world.note(`${seq} ${kind} ${to} ${effects.length} ${facts.length} ${digest}`);
    this.#options.trace?.turn(this.#world.mono.now(), record);
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
    this.#excuses.look();
  }

  /** No more faults, everything lowered, the operator resumes: it must become well by itself. */
  #heal(): void {
    this.#healing = true;
    for (const undo of [...this.#undos]) undo();
    for (const type of STANDING_FAULTS) this.inject(faultSchema.parse({ type, on: false }));
    if (this.#daemon === null) this.#start();
    this.#world.mono.setTimer(20_000, () => this.operator.resumeAll());
    // What a split did to a book takes more than a look; it has to stay where it is.
    for (const symbol of SYMBOLS.filter((one) => !this.#judge.wasSplit(one))) {
      this.#world.mono.setTimer(40_000, () => this.operator.look(symbol));
    }
  }

  /** The truth of exchange and journal, and the journal replayed. */
  async #finish(): Promise<void> {
    const daemon = this.#living();
    const { reads } = daemon.engine;
    const status = reads.status();
    losesNothing(reads.actors(), this.#excuses.aThreadDied);
    await this.#world.complete(daemon.engine.close(), 10_000);
    const records: JournalRecord[] = [];
    const { difference } = replay({
      dir: JOURNAL_DIR,
      onRecord: (record) => records.push(record),
    });
    if (difference !== null) {
      const { seq, kind, expected, actual } = difference;
      throw new Error(`replay: record ${seq} (${kind}) differs: ${expected} is ${actual}`);
    }
    const facts = records.flatMap((record) => record.facts);
    this.database.mustBe(records);
    truthHolds(status, facts, this.#exchange.exchange, this.#judge);
    this.#world.note(this.disk.digest());
  }

  /** A cooldown may stand in the way of a hedge, but not for long. */
  async #healed(): Promise<void> {
    for (let waited = LATE_MS; waited < HEALING_MS; waited += LOOK_MS) {
      const daemon = this.#daemon;
      if (daemon !== null && isHealed(daemon.engine.reads.status(), this.#judge)) return;
      await this.#world.advance(LOOK_MS);
    }
    mustBeHealed(this.#living().engine.reads.status(), this.#judge);
  }

  #living(): SimulatedDaemon {
    if (this.#daemon === null) throw new Error('no engine runs at the end');
    return this.#daemon;
  }
}
