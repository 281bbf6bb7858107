/**
 * One life of the engine in the simulation: the real deciders behind the real turn loop, its
 * journal on a simulated disk. A kill takes all of it but the disk.
 */

import { createDeciders, type Deciders } from '../../src/engine/deciders.ts';
import type { BrokerCommand, BrokerReport } from '../../src/protocol/broker.ts';
import { ACTORS, bookId } from '../../src/protocol/decision.ts';
import type { BootBody } from '../../src/protocol/decision-config.ts';
import { type DurableState, foldFact, NOTHING_DURABLE } from '../../src/protocol/durable.ts';
import type { MarketCommand } from '../../src/protocol/market.ts';
import {
  decodeRecord,
  encodeRecord,
  type JournalRecord,
  outcomeText,
} from '../../src/protocol/records.ts';
import type { Timer } from '../../src/runtime/clock.ts';
import { Kernel, type Stamp, type TurnRecord } from '../../src/runtime/kernel.ts';
import {
  createTradingClock,
  TIME_RTT_MAX_MS,
  type TradingClock,
} from '../../src/runtime/trading-clock.ts';
import type { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { SYMBOL, simulationConfig } from './scenario.ts';

/** What survives a kill: the bytes of the journal and of the tape. */
export interface Disk {
  readonly journalId: string;
  readonly records: Uint8Array[];
}

export interface EnginePorts {
  readonly toBroker: (command: BrokerCommand) => void;
  readonly toMarket: (command: MarketCommand) => void;
  readonly onTurn: (record: TurnRecord, engine: SimulatedEngine) => void;
  readonly readBoard: () => Float64Array | null;
}

export class SimulatedEngine {
  readonly deciders: Deciders;
  readonly #clock: VirtualClock;
  readonly #trading: TradingClock;
  readonly #kernel: Kernel;
  readonly #ports: EnginePorts;
  readonly #timers = new Set<Timer>();
  #alive = true;
  defect: unknown = null;

  constructor(clock: VirtualClock, disk: Disk, ports: EnginePorts) {
    this.#clock = clock;
    this.#ports = ports;
    this.#trading = createTradingClock({ mono: clock, mode: 'live', rate: 1 });
    const { durable, lastSeq } = recoverFrom(disk);
    const boot: BootBody = {
      type: 'boot',
      version: 'simulation',
      exchangeId: null,
      config: simulationConfig(disk.journalId),
      durable,
    };
    this.deciders = createDeciders(boot, lastSeq);
    const write = (record: TurnRecord) => {
      disk.records.push(encodeRecord(record as JournalRecord));
    };
    this.#kernel = new Kernel({
      runner: this.deciders.runner,
      log: { journal: write, tape: write },
      stamp: () => this.stamp(),
      setMonoTimer: (due, fire) =>
        this.#timer(clock.setTimer(Math.max(0, due - clock.now()), fire)),
      setTradingTimer: (due, fire) => this.#timer(this.#trading.setTimerAt(due, fire)),
      deliver: (to, message) => this.#deliver(to, message),
      onTurn: (record) => ports.onTurn(record, this),
      onDefect: (error) => {
        this.defect = error;
      },
      sliceMs: Number.POSITIVE_INFINITY,
      capacity: 10_000,
      evaluationIntervalMs: 20,
    });
    this.#kernel.addBoard(bookId(SYMBOL), ports.readBoard);
    this.#kernel.input({ kind: 'boot', to: ACTORS.daemon, body: boot });
  }

  stamp(): Stamp {
    const mono = this.#clock.now();
    return { mono, trading: this.#trading.now(), wall: mono };
  }

  takeBroker(report: BrokerReport): void {
    if (!this.#alive) return;
    if (report.type === 'time' && report.rttMs <= TIME_RTT_MAX_MS) this.#trading.sync(report.ts);
    // Through the codec of the journal, as a thread or a replay would see it.
    const body = JSON.parse(JSON.stringify({ type: 'broker', report })) as unknown;
    this.#kernel.input({ kind: 'broker', to: ACTORS.daemon, body });
  }

  input(kind: 'market' | 'command' | 'actor', body: unknown): void {
    if (this.#alive) this.#kernel.input({ kind, to: ACTORS.daemon, body });
  }

  wake(): void {
    if (this.#alive) this.#kernel.wake(bookId(SYMBOL));
  }

  kill(): void {
    this.#alive = false;
    this.#kernel.halt();
    for (const timer of this.#timers) timer.cancel();
  }

  #timer(timer: Timer): Timer {
    this.#timers.add(timer);
    return timer;
  }

  #deliver(to: string, message: unknown): void {
    if (!this.#alive) return;
    if (to === ACTORS.broker) this.#ports.toBroker(message as BrokerCommand);
    if (to === ACTORS.market) this.#ports.toMarket(message as MarketCommand);
  }
}

function recoverFrom(disk: Disk): { durable: DurableState; lastSeq: number } {
  let durable = NOTHING_DURABLE;
  let lastSeq = 0;
  for (const bytes of disk.records) {
    const record = decodeRecord(bytes);
    lastSeq = record.seq;
    if (record.kind === 'boot') durable = (record.body as BootBody).durable;
    for (const fact of record.facts) durable = foldFact(durable, fact);
  }
  return { durable, lastSeq };
}

/** Feeds the disk to fresh deciders; the first record that decides differently, or null. */
export function verifyDisk(disk: Disk): string | null {
  let deciders: Deciders | null = null;
  for (const bytes of disk.records) {
    const record = decodeRecord(bytes);
    if (record.kind === 'boot') deciders = createDeciders(record.body as BootBody, record.seq - 1);
    if (deciders === null) return 'the journal does not begin with a boot';
    const actual = outcomeText(deciders.runner.run(record, record.at) as JournalRecord);
    if (actual !== outcomeText(record)) return `record ${record.seq} (${record.kind}) differs`;
  }
  return null;
}
