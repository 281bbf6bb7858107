/**
 * One seed's world: exchange, connections, engine, faults, and the judge who looks after every
 * turn. Everything runs in this thread under the virtual clock, so a seed is a film that can be
 * shown again.
 */

import { createHash } from 'node:crypto';
import { createExchange, type Exchange } from '../../src/gateway/sim/exchange.ts';
import { createMemoryJournal } from '../../src/gateway/sim/exchange-journal.ts';
import { ACTORS } from '../../src/protocol/decision.ts';
import { type JournalRecord, outcomeText } from '../../src/protocol/records.ts';
import type { TurnRecord } from '../../src/runtime/kernel.ts';
import { createRandom, type Random } from '../../src/runtime/random.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { SimulatedBroker } from './broker.ts';
import { type Disk, SimulatedEngine, verifyDisk } from './engine.ts';
import { drawFaults, type Fault } from './faults.ts';
import { Judge } from './judge.ts';
import { SimulatedMarket } from './market.ts';
import { SYMBOL, simulationScenario } from './scenario.ts';

export interface SeedResult {
  readonly seed: number;
  /** What went wrong; null when nothing did. */
  readonly failure: string | null;
  readonly hash: string;
  readonly virtualMs: number;
  readonly turns: number;
  readonly orders: number;
  readonly faults: readonly Fault[];
  /** States, faults and outcomes that were really reached. */
  readonly sometimes: ReadonlyMap<string, number>;
}

export interface SeedOptions {
  readonly seed: number;
  /** Of the phase with faults, virtual minutes. */
  readonly minutes: number;
}

const START_MS = 1_789_394_400_000;
/** Without faults the engine must be healthy and hedged again within this. */
const HEALING_MS = 240_000;
const STEP_MS = 250;

export async function runSeed(options: SeedOptions): Promise<SeedResult> {
  const world = new World(options);
  await world.begin();
  return world.play();
}

class World {
  readonly #options: SeedOptions;
  readonly #clock = new VirtualClock(START_MS);
  readonly #random: Random;
  readonly #hash = createHash('sha256');
  readonly #disk: Disk;
  readonly #faults: readonly Fault[];
  readonly #sometimes = new Map<string, number>();
  readonly #judge: Judge;
  #exchange!: Exchange;
  #broker!: SimulatedBroker;
  #market!: SimulatedMarket;
  #engine: SimulatedEngine | null = null;
  #turns = 0;
  #requests = 0;
  #healing = false;

  constructor(options: SeedOptions) {
    this.#options = options;
    this.#random = createRandom(options.seed);
    this.#disk = { journalId: `sim${options.seed}`, records: [] };
    this.#faults = drawFaults(this.#random.split('faults'), options.minutes * 60_000);
    this.#judge = new Judge((name) => this.#count(name));
  }

  async begin(): Promise<void> {
    const { seed } = this.#options;
    this.#exchange = await createExchange({
      scenario: simulationScenario(seed),
      mono: this.#clock,
      random: createRandom(seed).split('exchange'),
      journal: createMemoryJournal(),
      newExchangeId: () => `${seed.toString(16).padStart(8, '0')}-0000`,
      onFault: (fault) => {
        throw fault;
      },
    });
    this.#exchange.start();
    this.#broker = new SimulatedBroker(
      this.#exchange,
      this.#clock,
      this.#random.split('network'),
      (report) => this.#engine?.takeBroker(report),
    );
    this.#start();
  }

  play(): SeedResult {
    const { minutes } = this.#options;
    const until = START_MS + minutes * 60_000;
    let failure: string | null = null;
    try {
      for (const fault of this.#faults) {
        this.#clock.setTimer(fault.at, () => this.#inject(fault));
      }
      this.#run(until);
      this.#heal();
      this.#run(until + HEALING_MS);
      this.#judge.atTheEnd(this.#exchange, this.#engine);
      failure = verifyDisk(this.#disk);
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
    return {
      seed: this.#options.seed,
      failure,
      hash: this.#hash.digest('hex').slice(0, 16),
      virtualMs: this.#clock.now() - START_MS,
      turns: this.#turns,
      orders: this.#judge.orders,
      faults: this.#faults,
      sometimes: this.#sometimes,
    };
  }

  #run(until: number): void {
    while (this.#clock.now() < until) {
      this.#clock.advanceBy(STEP_MS);
      const defect = this.#engine?.defect;
      if (defect) throw defect;
    }
  }

  /** A new life on the old disk. */
  #start(): void {
    const market = new SimulatedMarket(this.#exchange, this.#clock, this.#random.split('market'), {
      report: (report) => {
        if (this.#market === market) this.#engine?.input('market', { type: 'market', report });
      },
      priced: () => {
        if (this.#market === market) this.#engine?.wake();
      },
    });
    this.#market = market;
    this.#judge.restarted();
    this.#engine = new SimulatedEngine(this.#clock, this.#disk, {
      toBroker: (command) => this.#broker.receive(command),
      toMarket: (command) => market.receive(command),
      onTurn: (record, engine) => this.#afterTurn(record, engine),
      readBoard: market.reader(),
    });
  }

  #afterTurn(record: TurnRecord, engine: SimulatedEngine): void {
    this.#turns += 1;
    this.#hash.update(outcomeText(record as JournalRecord));
    this.#judge.afterTurn(record, engine, this.#exchange);
    if (engine.deciders.daemon.state() === 'stopped') this.#restartAfter(2000);
  }

  #kill(): void {
    this.#engine?.kill();
    this.#broker.kill();
    this.#market.lose('killed', Number.POSITIVE_INFINITY);
    this.#engine = null;
  }

  #restartAfter(ms: number): void {
    const engine = this.#engine;
    this.#clock.setTimer(0, () => {
      if (this.#engine !== engine) return;
      this.#kill();
      this.#clock.setTimer(ms, () => {
        if (this.#engine === null) this.#start();
      });
    });
  }

  #count(name: string): void {
    this.#sometimes.set(name, (this.#sometimes.get(name) ?? 0) + 1);
  }

  #command(command: object): void {
    this.#requests += 1;
    const request = { control: command, origin: 'simulation' };
    this.#engine?.input('command', { type: 'control', request, requestId: this.#requests });
  }

  #inject(fault: Fault): void {
    if (this.#healing) return;
    this.#count(`fault ${fault.name}`);
    this.#hash.update(fault.name);
    const { weather } = this.#broker.faults;
    const after = (undo: () => void) => this.#clock.setTimer(fault.forMs, undo);
    switch (fault.name) {
      case 'disconnect':
        this.#broker.disconnect('connection reset');
        break;
      case 'half_open':
        this.#broker.silence();
        break;
      case 'refuse_connect':
        this.#broker.faults.refusing = true;
        this.#broker.disconnect('connection reset');
        after(() => {
          this.#broker.faults.refusing = false;
        });
        break;
      case 'upstream_1101':
      case 'upstream_1102':
        this.#broker.upstream(fault.forMs, fault.name === 'upstream_1101');
        break;
      case 'slow_network':
        weather.delayMs = 300 + Math.abs(fault.size) * 2000;
        after(() => {
          weather.delayMs = 0;
        });
        break;
      case 'duplicate_reports':
        weather.duplicate = 0.5;
        after(() => {
          weather.duplicate = 0;
        });
        break;
      case 'reorder_reports':
        weather.reorder = 0.3;
        after(() => {
          weather.reorder = 0;
        });
        break;
      case 'drop_order':
        this.#broker.faults.dropOrders = 1;
        break;
      case 'market_lost':
        this.#market.lose('connection reset', fault.forMs);
        break;
      case 'stale_quotes':
        this.#market.stale = true;
        after(() => {
          this.#market.stale = false;
        });
        break;
      case 'gap':
        this.#exchange.movePrice(SYMBOL, { pct: Math.max(-5, Math.min(5, fault.size)) });
        break;
      case 'kill':
        if (this.#engine !== null) this.#restartAfter(500 + (fault.forMs % 5000));
        break;
      case 'suspend':
        this.#command({ command: 'suspend' });
        break;
      case 'resume':
        this.#command({ command: 'resume' });
        break;
      case 'stop':
        this.#command({ command: 'stop' });
        break;
      case 'manual_trade':
        this.#trade(fault);
        break;
      case 'sink_down':
        this.#engine?.input('actor', { type: 'sink', state: 'down', reason: 'test' });
        after(() => this.#engine?.input('actor', { type: 'sink', state: 'ok', reason: '' }));
        break;
      case 'greeks_restart':
        this.#actor(ACTORS.greeks, false);
        this.#clock.setTimer(300, () => this.#actor(ACTORS.greeks, true));
        break;
    }
  }

  #actor(id: string, up: boolean): void {
    this.#engine?.input('actor', { type: 'actor', id, up, reason: 'test' });
  }

  /** Somebody trades the stock by hand in the shared account. */
  #trade(fault: Fault): void {
    const quantity = 10 + Math.round(Math.abs(fault.size) * 50);
    this.#exchange.trade({ symbol: SYMBOL, side: fault.size > 0 ? 'BUY' : 'SELL', quantity });
  }

  /** No more faults, everything lowered, the operator resumes: it must become well by itself. */
  #heal(): void {
    this.#healing = true;
    this.#broker.faults.refusing = false;
    this.#broker.faults.dropOrders = 0;
    Object.assign(this.#broker.faults.weather, { delayMs: 0, duplicate: 0, reorder: 0 });
    this.#market.stale = false;
    if (this.#engine === null) this.#start();
    this.#engine?.input('actor', { type: 'sink', state: 'ok', reason: '' });
    this.#actor(ACTORS.greeks, true);
    this.#clock.setTimer(20_000, () => this.#command({ command: 'resume' }));
    // A manual trade may have broken the book rightly; the operator looks and lets it go on.
    this.#clock.setTimer(40_000, () =>
      this.#command({ command: 'manual_resume', symbol: SYMBOL, reason: 'looked at' }),
    );
    // A price that stands makes "hedged" a fact that can be checked.
    this.#clock.setTimer(60_000, () => this.#judge.expectCalm());
  }
}
