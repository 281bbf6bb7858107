/**
 * A session of the engine on the simulated exchange, in one thread and without sockets: the
 * deciders, their turn loop, the greeks actor and lock-step are those of the live engine, and only
 * the ports are others. Time is the driver's: between two steps nothing happens but timers, and at
 * a step everything that the exchange knows of that moment arrives before a book is evaluated.
 */

import { createDeciders, type Deciders } from '../engine/deciders.ts';
import { LockStep } from '../engine/lock-step.ts';
import { Fault } from '../fault.ts';
import type { DrivenExchange } from '../gateway/sim/exchange.ts';
import { createVenueBroker, type VenueBroker } from '../gateway/sim/venue-broker.ts';
import type { Logger } from '../log.ts';
import type { BrokerCommand, BrokerReport } from '../protocol/broker.ts';
import type { ControlCommand } from '../protocol/control.ts';
import { ACTORS, bookId } from '../protocol/decision.ts';
import { type BootBody, type EngineConfig, slotsOf } from '../protocol/decision-config.ts';
import { NOTHING_DURABLE } from '../protocol/durable.ts';
import type { MarketCommand } from '../protocol/market.ts';
import { createTradingClock, type TradingClock } from '../runtime/trading-clock.ts';
import type { Stamp, TurnInput, TurnRecord } from '../runtime/turn.ts';
import { TurnLoop } from '../runtime/turn-loop.ts';
import type { VirtualClock } from '../runtime/virtual-clock.ts';
import { VenueMarket } from './venue-market.ts';

export interface SessionOptions {
  readonly exchange: DrivenExchange;
  /** The exchange's own; it stands at 0 when the exchange stands at its start. */
  readonly mono: VirtualClock;
  readonly config: EngineConfig;
  readonly version: string;
  readonly log: Logger;
  /** After each turn, and whether the turn changed anything. */
  readonly onTurn: (record: TurnRecord, isSilent: boolean) => void;
}

const INPUTS_MAX = 100_000;
/** Turns of a step that only answer each other: an order and its fills need a few dozen. */
const ROUNDS_MAX = 10_000;

export class Session {
  readonly deciders: Deciders;
  readonly #options: SessionOptions;
  readonly #boot: BootBody;
  readonly #loop: TurnLoop;
  readonly #clock: TradingClock;
  readonly #lockStep: LockStep;
  readonly #broker: VenueBroker;
  readonly #market: VenueMarket;
  readonly #start: number;
  #defect: unknown = null;
  #silent = false;
  #requests = 0;

  constructor(options: SessionOptions) {
    const { exchange, mono, config, version, log } = options;
    this.#options = options;
    this.#start = exchange.now();
    const { exchangeId } = exchange;
    this.#boot = { type: 'boot', version, exchangeId, config, durable: NOTHING_DURABLE };
    this.deciders = createDeciders(this.#boot, 0);
    this.#clock = createTradingClock({ mono, mode: 'lockstep', rate: 1 });
    this.#loop = this.#createLoop();
    this.#lockStep = new LockStep(this.#clock, this.#loop);
    const { clientId, marketDataClientId } = config.broker;
    this.#broker = createVenueBroker(exchange, clientId, (report) => this.#takeReport(report));
    this.#market = new VenueMarket({
      ...{ venue: exchange, mono, clientId: marketDataClientId, log },
      slots: slotsOf(config.books),
      onReport: (report) => this.#daemon('market', { type: 'market', report }),
      onPriced: (report) => {
        if (report.type === 'book.priced') this.#priced(report.slot, report.tradingTs);
        else {
          this.#lockStep.takeMarketTime(report.ts);
          this.#daemon('market', { type: 'market', report });
        }
      },
    });
    for (const { settings, slot } of config.books) {
      this.#loop.addBoard(bookId(settings.symbol), () => this.#market.read(slot));
    }
  }

  /** Trading time, epoch ms. */
  get now(): number {
    return this.#lockStep.now();
  }

  /** The first turn, and all that follows from it at this moment. */
  start(): void {
    this.#loop.input({ kind: 'boot', to: ACTORS.daemon, body: this.#boot });
    this.#rest();
  }

  /**
   * One step: timers until `ts`, then the exchange's events until `ts`, then its time. The caller
   * has prepared the exchange. Throws what broke a turn.
   */
  step(ts: number): void {
    const { exchange, mono } = this.#options;
    mono.advanceTo(Math.max(mono.now(), ts - this.#start));
    exchange.advance(ts);
    this.#broker.tellTime(ts);
    this.#market.step(ts);
    this.#rest();
  }

  /** As an operator would say it; what follows from it at this moment follows. */
  control(control: ControlCommand): void {
    this.#requests += 1;
    const request = { control, origin: 'backtest' };
    const body = { type: 'control', request, requestId: this.#requests };
    this.#loop.input({ kind: 'command', to: ACTORS.daemon, body });
    this.#rest();
  }

  /** The newest record of the book in a slot; null before the first. */
  record(slot: number): Float64Array | null {
    return this.#market.newest(slot);
  }

  close(): void {
    this.#loop.halt();
    this.#market.close();
    this.#broker.close();
  }

  /** Timers that this moment made due are set for now, and may set others. */
  #rest(): void {
    const { mono } = this.#options;
    for (let round = 0; (mono.nextDue() ?? Number.POSITIVE_INFINITY) <= mono.now(); round += 1) {
      if (round >= ROUNDS_MAX) throw new Fault('conflict', 'a step does not come to rest');
      mono.advanceTo(mono.now());
    }
    if (this.#defect !== null) throw this.#defect;
  }

  #createLoop(): TurnLoop {
    const { mono, onTurn } = this.#options;
    return new TurnLoop({
      runner: this.deciders.runner,
      log: {
        journal: () => {
          this.#silent = false;
        },
        tape: () => {
          this.#silent = true;
        },
        endSlice: () => undefined,
      },
      stamp: () => this.#stamp(),
      setMonoTimer: (due, fire) => mono.setTimer(Math.max(0, due - mono.now()), fire),
      setTradingTimer: (due, fire) => this.#clock.setTimerAt(due, fire),
      deliver: (to, message) => this.#deliver(to, message),
      onTurn: (record) => onTurn(record, this.#silent),
      onDefect: (error) => {
        this.#defect = error;
      },
      // Virtual time does not pass during a slice.
      sliceMs: Number.POSITIVE_INFINITY,
      capacity: INPUTS_MAX,
      evaluationIntervalMs: 0,
    });
  }

  #stamp(): Stamp {
    const mono = this.#options.mono.now();
    return { mono, trading: this.#lockStep.now(), wall: this.#start + mono };
  }

  #deliver(to: string, message: unknown): void {
    if (to === ACTORS.broker) this.#broker.receive(message as BrokerCommand);
    else if (to === ACTORS.market) this.#market.receive(message as MarketCommand);
  }

  #takeReport(report: BrokerReport): void {
    if (report.type === 'time') this.#lockStep.takeBrokerTime(report.ts);
    this.#daemon('broker', { type: 'broker', report });
  }

  #priced(slot: number, tradingTs: number): void {
    const book = this.#boot.config.books.find((one) => one.slot === slot);
    if (book !== undefined) this.#lockStep.hold(bookId(book.settings.symbol), tradingTs);
  }

  #daemon(kind: TurnInput['kind'], body: unknown): void {
    this.#loop.input({ kind, to: ACTORS.daemon, body });
  }
}
