/**
 * The engine as it runs: deciders behind the turn loop, the journal, boards, and the actors that
 * perform. This is the composition root of the live world; nothing here decides anything.
 */

import type { SinkPlace } from '../../actors/persistence/open-sink.ts';
import type { Contract } from '../domain/contract.ts';
import { toFault } from '../fault.ts';
import { MARKET_LINES } from '../limits.ts';
import type { Logger, LogOptions } from '../log.ts';
import { BOOK_RECORD_LENGTH } from '../protocol/book-board.ts';
import type { BrokerCommand, BrokerReport } from '../protocol/broker.ts';
import { ACTORS, bookId } from '../protocol/decision.ts';
import {
  type BootBody,
  type ConfigInput,
  type EngineConfig,
  slotsOf,
} from '../protocol/decision-config.ts';
import type { DurableState } from '../protocol/durable.ts';
import type { EngineMetrics, MetricsReads } from '../protocol/engine-metrics.ts';
import type { Fact } from '../protocol/facts.ts';
import type { MarketCommand, MarketReport } from '../protocol/market.ts';
import type { ParityCheck } from '../protocol/parity.ts';
import type { EngineControls, EngineReads } from '../protocol/ports.ts';
import type { QuoteTapDescriptor } from '../protocol/quote-tap.ts';
import { contractsOf } from '../protocol/recorder.ts';
import type { RecorderView } from '../protocol/recorder-view.ts';
import type { TapeLoss } from '../protocol/records.ts';
import type { ShadowReport } from '../protocol/shadows.ts';
import type { ChildSpec } from '../runtime/actor.ts';
import { type BoardSetDescriptor, createBoardSet } from '../runtime/board.ts';
import type { Clock, Timer, WallClock } from '../runtime/clock.ts';
import { EVENT_LOOP_TURNS } from '../runtime/dispatcher.ts';
import {
  type ActorStatus,
  type ActorSystem,
  type SystemOptions,
  startSystem,
} from '../runtime/system.ts';
import {
  createTradingClock,
  TIME_RTT_MAX_MS,
  type TradingClock,
} from '../runtime/trading-clock.ts';
import type { Stamp, TurnInput, TurnRecord } from '../runtime/turn.ts';
import { TurnLoop } from '../runtime/turn-loop.ts';
import { writeBootPointer } from '../store/boot-pointer.ts';
import type { Journal } from '../store/journal.ts';
import { listSegments } from '../store/journal-frame.ts';
import type { JournalMark } from '../store/journal-mark.ts';
import { logAlerts } from './alert-log.ts';
import { engineChildren, type MarketPlace, marketPlaces } from './children.ts';
import { Controls } from './controls.ts';
import { createDeciders, type Deciders } from './deciders.ts';
import { createFeed, type Feed } from './feed.ts';
import { LeaseFence, type LeaseTerm } from './lease-fence.ts';
import { LockStep } from './lock-step.ts';
import { Machines, summaryOf } from './machine-views.ts';
import { MarketFan } from './market-fan.ts';
import { MessageTap } from './message-tap.ts';
import { Meter } from './meter.ts';
import {
  type DiskReport,
  type GreeksReport,
  REPORT_PROTOCOLS,
  REPORTS,
  type SinkReport,
} from './reports.ts';
import type { TailOptions } from './shadows/journal-tail.ts';
import { Traces } from './traces.ts';
import { type JournalTurnLog, type OpenedLog, openTurnLog } from './turn-log.ts';
import { actorViews, configView, findBook, statusView } from './views.ts';

export interface LiveOptions {
  readonly config: Omit<EngineConfig, 'journalId'>;
  readonly version: string;
  readonly exchangeId: string | null;
  readonly journalDir: string;
  readonly fsync: 'interval' | 'always';
  readonly evaluationIntervalMs: number;
  /** Trading milliseconds per monotonic one. */
  readonly clockRate: number;
  readonly orderLink: { readonly heartbeatMs: number; readonly messagesPerSecond: number };
  /** What the account may watch at once, and what is sent; as IB grants it where nobody says. */
  readonly marketLink?: {
    readonly marketLines: number;
    readonly messagesPerSecond: number;
    /** Connections, each with a thread and a client id; 1 unless it is said. */
    readonly workers?: number;
  };
  readonly history: HistoryOptions;
  /** Actors beside the engine's own, which are shown with them. */
  readonly neighbours: () => readonly ActorStatus[];
  /** The database is away: the composition root may bring an embedded one back. */
  readonly onSinkDown: () => void;
  readonly log: Logger;
  readonly workerLog: LogOptions;
  readonly compileCacheDirectory: string;
  readonly mono: Clock;
  readonly wall: WallClock;
  /** The lease under which it writes; absent: nobody else may, and nothing is asked. */
  readonly lease?: LeaseTerm;
  /** What the writer before knew; where it wrote another journal, that is what this one knows. */
  readonly inherited?: EngineSession;
  /** Default: the platform's threads. A simulation has its own. */
  readonly startSystem?: (options: SystemOptions) => ActorSystem;
  /** Where the market-data actor passes quotes on, and how what takes them there is. */
  readonly recorder?: RecorderPorts;
  /** After each turn, behind its effects: where a simulation looks at the deciders. */
  readonly observe?: (record: TurnRecord, deciders: Deciders) => void;
}

/** A recorder beside the engine, which does not know whether one runs. */
export interface RecorderPorts {
  readonly tap: QuoteTapDescriptor;
  /** Hears of the contracts that are watched, each time all of them. */
  watch(contracts: readonly Contract[]): void;
  /** Hears that the market-data connection is away. */
  lost(): void;
  /** Null where none runs. */
  view(): RecorderView | null;
}

/** Where history goes, and how much of it and of the journal is kept. */
export interface HistoryOptions {
  readonly sink: SinkPlace;
  readonly journalDays: number;
  readonly historyDays: number;
  /** With more of the journal than this unshipped the engine is degraded. */
  readonly behindBytes: number;
}

export interface Ending {
  /** An order of ours could not be proven dead. */
  readonly orderLeftLive: boolean;
  /** The login is not of the account that the configuration names; null otherwise. */
  readonly refusal: string | null;
  /** What broke the engine; null after an ordinary stop. */
  readonly defect: unknown;
}

export interface LiveEngine extends Pick<MetricsReads, 'metrics'> {
  readonly reads: EngineReads;
  readonly controls: EngineControls;
  readonly feed: Feed;
  /** Messages between its actors, for who looks. */
  readonly messages: MessageTap;
  /** The broker's time, epoch ms; null while it is not known. */
  tradingTs(): number | null;
  /** What it began with: the base of what a successor must know. */
  readonly session: EngineSession;
  /** Where its records begin, for who follows them. */
  readonly begins: TailOptions;
  /** Resolves when the daemon machine has stopped, or the engine broke. */
  readonly ended: Promise<Ending>;
  /** Resolves when the actors run and the first turn is in the journal. */
  start(): Promise<void>;
  /** Hears what became true, turn by turn; it must return at once. The result ends it. */
  onFacts(listener: (facts: readonly Fact[]) => void): () => void;
  /** A changed configuration, or why it is refused: the input of a turn. */
  reconfigure(input: ConfigInput): void;
  /** The lease was won or renewed, or is over. */
  leaseChanged(state: 'held' | 'over'): void;
  /** More of what a successor must know is where it finds it. */
  leaseCommitted(): void;
  /** The recorder failed, or records again, or is not wanted any more. */
  recorderChanged(state: 'off' | 'ok' | 'failed', reason: string): void;
  /** The journal was replayed; `known`: before this session. */
  parityChecked(check: ParityCheck, known: boolean): void;
  /** What the shadows did so far, for the history: no decision looks at it. */
  shadowsReported(report: ShadowReport): void;
  /** An error that nobody caught: ends the engine as a defect does. */
  fail(error: unknown): void;
  /** Flushes the journal and stops the actors, each within its deadline. */
  close(): Promise<void>;
}

/** What a session begins with. */
export interface EngineSession {
  readonly journalId: string;
  /** The last number that was used in the journal before. */
  readonly sequence: number;
  readonly exchangeId: string | null;
  readonly durable: DurableState;
}

/** The journal of whoever wrote last: ours, or what of another's is in the database. */
function latest({ journal, known }: OpenedLog, inherited?: EngineSession): OpenedLog['known'] {
  if (inherited === undefined || inherited.journalId === journal.journalId) return known;
  const { durable, exchangeId } = inherited;
  return { ...known, durable, exchangeId };
}

/** Commands, an edited configuration, and what the actors tell of sink and disk. */
const HEARD_LATER: ReadonlySet<string> = new Set(['command', 'config', 'actor']);
/** A start takes a second; a thousand commands wait for an answer at most. */
const EARLY_MAX = 2000;
const SLICE_MS = 3;
const INPUTS_MAX = 100_000;
/** The persistence actor's pace; a second of trading is a few hundred rows. */
const SHIPPING = { batchRows: 5000, pollMs: 1000, flushMs: 800, givesWay: true };
/** How long the persistence actor may be behind before it is woken. */
const SHIP_MS = 25;
const CLOSE_MS = 1500;

/** Makes the engine: recovered, its actors starting, but deciding nothing until `start`. */
export function createEngine(options: LiveOptions): LiveEngine {
  return new Engine(options);
}

class Engine implements LiveEngine {
  readonly ended: Promise<Ending>;
  readonly feed: Feed;
  readonly messages: MessageTap;
  readonly session: EngineSession;
  readonly begins: TailOptions;
  readonly controls: Controls;
  readonly reads: EngineReads;
  readonly #options: LiveOptions;
  readonly #boot: BootBody;
  readonly #deciders: Deciders;
  readonly #traces: Traces;
  readonly #journal: Journal;
  readonly #journalMark: JournalMark;
  readonly #log: JournalTurnLog;
  readonly #clock: TradingClock;
  readonly #loop: TurnLoop;
  readonly #system: ActorSystem;
  readonly #places: readonly MarketPlace[];
  /** Where there are several market-data connections. */
  readonly #fan: MarketFan | null;
  readonly #lockStep: LockStep | null;
  readonly #fence: LeaseFence | null;
  readonly #meter: Meter;
  /** By slot. */
  readonly #bookIds = new Map<number, string>();
  readonly #factListeners = new Set<(facts: readonly Fact[]) => void>();
  #ship: Timer | null = null;
  #end: (ending: Ending) => void = () => undefined;
  /** Between the boot record and the close; before it nothing may be decided. */
  #running = false;
  /** Since this process began. */
  #turns = 0;
  /** What came before the boot record. */
  readonly #early: TurnInput[] = [];
  #closed = false;

  constructor(options: LiveOptions) {
    this.#options = options;
    const { mono, log, journalDir: dir, fsync, exchangeId } = options;
    this.#meter = new Meter(mono);
    const onLost = (loss: TapeLoss) => this.#noteTapeLoss(loss);
    const opened = openTurnLog({ dir, fsync, mono, log, onLost });
    const known = latest(opened, options.inherited);
    this.#journal = opened.journal;
    this.#journalMark = opened.mark;
    this.#log = opened.log;
    // Another simulated exchange is another account: what was known of the old one is not of it.
    const sameWorld = known.exchangeId === null || known.exchangeId === exchangeId;
    const ha = options.lease === undefined ? {} : { ha: true };
    this.#boot = {
      type: 'boot',
      version: options.version,
      exchangeId,
      config: { ...options.config, journalId: this.#journal.journalId, ...ha },
      durable: sameWorld ? known.durable : { ...known.durable, books: {} },
    };
    const { durable } = this.#boot;
    const { journalId } = this.#journal;
    const tapeAfter = listSegments(dir, 'tape').at(-1) ?? 0;
    this.begins = { dir, from: this.#journal.position(), tapeAfter };
    this.session = { journalId, sequence: known.lastSeq, exchangeId, durable };
    this.#fence = options.lease === undefined ? null : this.#createFence(options.lease);
    this.#deciders = createDeciders(this.#boot, known.lastSeq);
    this.#traces = new Traces(this.#deciders);
    const mode = options.config.lockStep ? 'lockstep' : 'live';
    this.#clock = createTradingClock({ mono, mode, rate: options.clockRate });
    this.#loop = this.#createLoop();
    this.#lockStep = options.config.lockStep ? new LockStep(this.#clock, this.#loop) : null;
    this.controls = new Controls((body) => {
      this.#input({ kind: 'command', to: ACTORS.daemon, body });
    });
    this.reads = this.#createReads();
    this.feed = createFeed(
      mono,
      () => this.reads.status(),
      ({ machine, from, to, event }) => this.#traces.newest(machine, from, to, event),
    );
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#places = marketPlaces(options.marketLink?.workers ?? 1);
    this.#fan = this.#places.length === 1 ? null : this.#createFan(this.#places);
    this.#system = this.#createSystem();
    this.messages = new MessageTap({
      listen: (event, batch) => this.#system.trace(event, batch),
      displaced: () => this.#system.tracesDropped,
      ...{ mono, wall: options.wall },
    });
  }

  async start(): Promise<void> {
    await this.#system.ready;
    // A start that was given up meanwhile decides nothing any more.
    if (this.#closed) return;
    writeBootPointer(this.#options.journalDir, this.#journal.position());
    this.#running = true;
    this.#input({ kind: 'boot', to: ACTORS.daemon, body: this.#boot });
    for (const input of this.#early.splice(0)) this.#input(input);
    if (this.#options.lease?.held() === true) this.leaseChanged('held');
  }

  metrics(): EngineMetrics {
    return this.#meter.read(this.#loop.depth, this.#log.tapeLost);
  }

  onFacts(listener: (facts: readonly Fact[]) => void): () => void {
    this.#factListeners.add(listener);
    return () => this.#factListeners.delete(listener);
  }

  reconfigure(input: ConfigInput): void {
    this.#input({ kind: 'config', to: ACTORS.daemon, body: input });
  }

  leaseChanged(state: 'held' | 'over'): void {
    const { epoch = 0, predecessor = null } = this.#options.lease ?? {};
    const body = { type: 'lease', state, epoch, ...(predecessor === null ? {} : { predecessor }) };
    this.#input({ kind: 'lease', to: ACTORS.daemon, body });
    if (state === 'over') this.#fence?.refuseAll();
  }

  leaseCommitted(): void {
    this.#fence?.release();
  }

  recorderChanged(state: 'off' | 'ok' | 'failed', reason: string): void {
    const body = { type: 'recorder', state, reason };
    this.#input({ kind: 'actor', to: ACTORS.daemon, body });
  }

  parityChecked(check: ParityCheck, known: boolean): void {
    const body = { type: 'parity', check, known };
    this.#input({ kind: 'actor', to: ACTORS.daemon, body });
  }

  shadowsReported(report: ShadowReport): void {
    this.#input({ kind: 'actor', to: ACTORS.daemon, body: report });
  }

  fail(error: unknown): void {
    this.#break(error, null);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#running = false;
    this.#loop.halt();
    this.#ship?.cancel();
    this.feed.close();
    this.messages.close();
    this.controls.close();
    this.#fence?.close();
    await this.#system.stop(CLOSE_MS);
    this.#log.close();
  }

  #stamp(): Stamp {
    const trading = this.#lockStep?.now() ?? this.#clock.now();
    return { mono: this.#options.mono.now(), trading, wall: this.#options.wall.now() };
  }

  #createLoop(): TurnLoop {
    const { mono } = this.#options;
    return new TurnLoop({
      runner: this.#deciders.runner,
      log: this.#log,
      stamp: () => this.#stamp(),
      setMonoTimer: (due, fire) => mono.setTimer(Math.max(0, due - mono.now()), fire),
      setTradingTimer: (due, fire) => this.#clock.setTimerAt(due, fire),
      deliver: (to, message) => this.#deliver(to, message),
      onTurn: (record) => this.#afterTurn(record),
      onDefect: (error, input) => this.#break(error, input),
      sliceMs: SLICE_MS,
      capacity: INPUTS_MAX,
      // In lock-step a step is evaluated once, whatever the hardware's pace.
      evaluationIntervalMs: this.#options.config.lockStep ? 0 : this.#options.evaluationIntervalMs,
      meter: this.#meter,
      soon: EVENT_LOOP_TURNS.soon,
    });
  }

  #createSystem(): ActorSystem {
    const { log, workerLog, compileCacheDirectory, mono, wall } = this.#options;
    const records = slotsOf(this.#boot.config.books);
    const bookBoard = createBoardSet({ records, length: BOOK_RECORD_LENGTH });
    for (const { settings, slot } of this.#boot.config.books) {
      const reader = bookBoard.reader(slot);
      this.#bookIds.set(slot, bookId(settings.symbol));
      this.#loop.addBoard(bookId(settings.symbol), () => (reader.read() ? reader.published : null));
    }
    const start = this.#options.startSystem ?? startSystem;
    const system = start({
      children: this.#children(bookBoard.descriptor),
      log,
      workerLog,
      compileCacheDirectory,
      seed: this.#journal.journalId,
      mono,
      wall,
      onEscalate: (fault) => this.#break(fault, null),
    });
    this.#receive(system);
    return system;
  }

  #children(bookBoard: BoardSetDescriptor): readonly ChildSpec[] {
    const { config, clockRate, orderLink, marketLink, history, recorder } = this.#options;
    const stages = this.#meter.stages.descriptor;
    // The tap has one writer.
    const isTapped = recorder !== undefined && this.#places.length === 1;
    return engineChildren({
      places: this.#places,
      bookBoard,
      persistence: {
        ...history,
        journalDir: this.#options.journalDir,
        journalId: this.#journal.journalId,
        journalMark: this.#journalMark.descriptor,
        reportTo: REPORTS.sink,
        stages,
        ...SHIPPING,
      },
      market: {
        ...(isTapped ? { quoteTap: recorder.tap } : {}),
        clock: config.lockStep ? 'lockstep' : 'live',
        tradingRate: clockRate,
        heartbeatMs: orderLink.heartbeatMs,
        ...(marketLink === undefined ? {} : { marketLines: marketLink.marketLines }),
        retryIntervalMs: config.broker.retryIntervalMs,
      },
      marketMessages: marketLink?.messagesPerSecond,
      broker: { reportTo: REPORTS.broker, ...orderLink, stages },
      stages,
    });
  }

  /** What the actors report becomes the input of turns. */
  #receive(system: ActorSystem): void {
    const daemon = ACTORS.daemon;
    const { broker, market, greeks, sink } = REPORT_PROTOCOLS;
    const onBroker = (report: BrokerReport): void => {
      if (report.type === 'time') this.#takeBrokerTime(report.ts, report.rttMs);
      this.#input({ kind: 'broker', to: daemon, body: { type: 'broker', report } });
    };
    const onMarket = (report: MarketReport): void => this.#takeMarket(report);
    const onSink = (report: SinkReport | DiskReport): void => {
      if (report.type === 'disk') {
        this.#input({ kind: 'actor', to: daemon, body: report });
        return;
      }
      const { state, reason = '' } = report;
      if (state !== 'ok') this.#options.onSinkDown();
      this.#input({ kind: 'actor', to: daemon, body: { type: 'sink', state, reason } });
    };
    system.register(REPORTS.broker, onBroker, { protocol: broker });
    for (const [index, { reports }] of this.#places.entries()) {
      const fan = this.#fan;
      const take = fan === null ? onMarket : (report: MarketReport) => fan.take(index, report);
      system.register(reports, take, { protocol: market });
    }
    system.register(REPORTS.greeks, (report) => this.#takeGreeks(report), { protocol: greeks });
    system.register(REPORTS.sink, onSink, { protocol: sink });
    system.onLifecycle((event) => {
      const { id, state, error } = event;
      const transition = this.#traces.live(event, this.#options.wall.now() / 1000);
      this.feed.actorChanged(
        transition,
        this.reads.actors().find((actor) => actor.id === id),
      );
      if (!this.#running || (state !== 'running' && state !== 'restarting')) return;
      const reason = error?.message ?? '';
      if (state === 'restarting') {
        this.#options.log.error({ actor: id, err: error }, 'restarting');
        if (id === ACTORS.market) this.#options.recorder?.lost();
      }
      if (this.#fan?.lifecycle(id, state === 'running', reason) === true) return;
      const body = { type: 'actor', id, up: state === 'running', reason };
      this.#input({ kind: 'actor', to: daemon, body });
    });
  }

  #takeMarket(report: MarketReport): void {
    if (report.type === 'market.lost') this.#options.recorder?.lost();
    this.#input({ kind: 'market', to: ACTORS.daemon, body: { type: 'market', report } });
  }

  #takeBrokerTime(ts: number, rttMs: number): void {
    if (this.#lockStep !== null) this.#lockStep.takeBrokerTime(ts);
    else if (rttMs <= TIME_RTT_MAX_MS) this.#clock.sync(ts);
  }

  #takeGreeks(report: GreeksReport): void {
    if (report.type === 'book.priced') {
      const to = this.#bookIds.get(report.slot);
      if (to === undefined) return;
      if (this.#lockStep === null) this.#loop.wake(to);
      else this.#lockStep.hold(to, report.tradingTs);
      return;
    }
    this.#lockStep?.takeMarketTime(report.ts);
    const body = { type: 'market', report };
    this.#input({ kind: 'market', to: ACTORS.daemon, body });
  }

  /** The daemon hears of it, so that it is in the journal; false where it cannot be told now. */
  #noteTapeLoss(loss: TapeLoss): boolean {
    this.#options.log.warn({ loss }, 'evaluations that changed nothing are on no tape');
    if (!this.#running || this.#loop.depth >= INPUTS_MAX) return false;
    this.#input({ kind: 'tape_lost', to: ACTORS.daemon, body: loss });
    return true;
  }

  #input(input: TurnInput): void {
    if (this.#running) this.#loop.input(input);
    // Told once and not again, or waited for: what comes while the actors start is heard after it.
    else if (HEARD_LATER.has(input.kind) && this.#early.length < EARLY_MAX) this.#early.push(input);
  }

  #createFan(workers: readonly MarketPlace[]): MarketFan {
    return new MarketFan({
      workers,
      lines: this.#options.marketLink?.marketLines ?? MARKET_LINES,
      send: (to, command) => this.#cast(to, command),
      report: (report) => this.#takeMarket(report),
    });
  }

  #createFence(lease: LeaseTerm): LeaseFence {
    return new LeaseFence(lease, {
      send: (to, message) => this.#send(to, message),
      report: (report) => {
        const body = { type: 'broker', report };
        this.#input({ kind: 'broker', to: ACTORS.daemon, body });
      },
      mono: this.#options.mono,
    });
  }

  #deliver(to: string, message: unknown): void {
    if (to === ACTORS.market) this.#tellRecorder(message as MarketCommand);
    if (this.#fence === null) this.#send(to, message);
    else this.#fence.deliver(to, message);
  }

  #tellRecorder(command: MarketCommand): void {
    if (command.type === 'watch') this.#options.recorder?.watch(contractsOf(command.books));
  }

  #send(to: string, message: unknown): void {
    if (to === ACTORS.control) {
      this.controls.answer(message);
      return;
    }
    if (to === ACTORS.market && this.#fan !== null) {
      this.#fan.command(message as MarketCommand);
      return;
    }
    this.#cast(to, message);
  }

  #cast(to: string, message: unknown): void {
    if (to === ACTORS.broker && (message as BrokerCommand).type === 'order.submit') {
      this.#meter.orderLeaves();
    }
    try {
      this.#system.ref(to).cast(message);
    } catch (thrown) {
      // A full mailbox loses this message, as a dead actor would: what hangs on it has its own
      // deadline. The other effects of the turn must leave all the same.
      this.#options.log.error({ err: toFault(thrown), to }, 'a message was not taken');
    }
  }

  #afterTurn(record: TurnRecord): void {
    this.#turns += 1;
    this.#fence?.turnDone(record.seq, record.facts as readonly Fact[]);
    this.#traces.take(record);
    this.feed.publish(record.facts as readonly Fact[]);
    logAlerts(this.#options.log, record.facts as readonly Fact[]);
    this.#meter.take(record, this.#deciders);
    if (record.facts.length > 0) {
      for (const listener of this.#factListeners) listener(record.facts as readonly Fact[]);
    }
    const { sink } = this.#options.history;
    if (sink.kind !== 'none' && record.facts.length > 0) this.#wakePersistence();
    this.#options.observe?.(record, this.#deciders);
    const { daemon } = this.#deciders;
    if (daemon.state() === 'stopped') {
      const { orderLeftLive, refusal } = daemon.data;
      this.#end({ orderLeftLive, refusal, defect: null });
    }
  }

  #wakePersistence(): void {
    this.#ship ??= this.#options.mono.setTimer(SHIP_MS, () => {
      this.#ship = null;
      this.#deliver(ACTORS.persistence, { type: 'journal.advanced' });
    });
  }

  /** A defect: no decision can be trusted now. What may be alive is cancelled, then we leave. */
  #break(defect: unknown, input: TurnInput | null): void {
    this.#options.log.fatal({ err: defect, input }, 'the engine broke: trading halts');
    this.#loop.halt();
    const atRisk = this.#deciders.books.flatMap((book) => book.ordersAtRisk());
    for (const orderRef of atRisk) this.#deliver(ACTORS.broker, { type: 'order.cancel', orderRef });
    this.#end({ orderLeftLive: atRisk.length > 0, refusal: null, defect });
  }

  #createReads(): EngineReads {
    const machines = new Machines(this.#deciders, () => this.reads.actors(), this.#traces);
    return {
      status: () =>
        statusView({
          deciders: this.#deciders,
          at: this.#stamp(),
          quiescent: this.#quiescent(),
          tradingTs: this.tradingTs(),
          recorder: this.#options.recorder?.view() ?? null,
        }),
      // In lock-step what waits matters as much as what was decided.
      revision: () => (this.#lockStep === null ? this.#turns : null),
      machines: () => machines.all().map(summaryOf),
      machine: (id) => machines.find(id),
      transitions: (id, refused, limit) =>
        this.#traces.transitions(machines.find(id).id, refused, limit),
      explain: (symbol) => findBook(this.#deciders, symbol).explain(this.#stamp()),
      config: () => configView(this.#deciders),
      actors: () => actorViews([...this.#system.status(), ...this.#options.neighbours()]),
    };
  }

  tradingTs(): number | null {
    const now = this.#stamp().trading;
    return Number.isFinite(now) ? now : null;
  }

  /** Nothing is under way at this trading time: a lock-step driver may go on. */
  #quiescent(): boolean {
    const calm = this.#loop.idle && this.#clock.dueTimers() === 0;
    const settled = this.#lockStep === null || this.#lockStep.settled;
    return calm && settled && this.#deciders.books.every((book) => book.quiescent());
  }
}
