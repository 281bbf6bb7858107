/**
 * Tails the journal into the sink. It is woken when the journal grew, looks by itself now and
 * then, and tries for ever while the sink is away: what waits lies in the journal, not here, and
 * no decision waits for it. In between it keeps house: the months of the history, the age and the
 * size of the journal, and the room that is left on its disk.
 */

import { Fault } from '../src/fault.ts';
import type { DaemonMessage } from '../src/protocol/decision.ts';
import { openStages, type StagesDescriptor } from '../src/protocol/stages.ts';
import type { Actor, ActorContext, ActorFactory } from '../src/runtime/actor.ts';
import type { BoardSetDescriptor } from '../src/runtime/board.ts';
import type { Timer } from '../src/runtime/clock.ts';
import { defineProtocol } from '../src/runtime/protocol.ts';
import { isSystemError } from '../src/store/data-dir.ts';
import { databaseErrorKind, errorText } from '../src/store/database-error.ts';
import { openJournalMark } from '../src/store/journal-mark.ts';
import { giveWay } from '../src/store/priority.ts';
import { createShipper, type Shipper } from '../src/store/shipper.ts';
import { within } from '../src/store/wait.ts';
import { Housekeeping, type HousekeepingArgs } from './persistence/housekeeping.ts';
import { type OpenSink, openSink, type SinkPlace } from './persistence/open-sink.ts';
import { Pace } from './persistence/pace.ts';

export interface PersistenceArgs extends HousekeepingArgs {
  readonly sink: SinkPlace;
  readonly journalId: string;
  /** How far the journal may be shipped. */
  readonly journalMark: BoardSetDescriptor;
  /** The actor that hears of the sink's state. */
  readonly reportTo: string;
  readonly batchRows: number;
  /** How often to look without being woken. */
  readonly pollMs: number;
  /** With more than this unshipped the sink is `behind`, whether it answers or not. */
  readonly behindBytes: number;
  /** For the last rows at the stop; what is left then is shipped at the next start. */
  readonly flushMs: number;
  /** It has a thread of its own, which gives way to those that decide. */
  readonly givesWay?: boolean;
  /** Where it says how much is not shipped; absent: nowhere. */
  readonly stages?: StagesDescriptor;
}

/** The journal grew. */
export interface PersistenceMessage {
  readonly type: 'journal.advanced';
}

type SinkState = Extract<DaemonMessage, { type: 'sink' }>['state'];

const BACKOFF_MS_MIN = 100;
const BACKOFF_MS_MAX = 5_000;
/** One failure is a connection that broke; the next says that the sink is away. */
const FAILURES_UNTIL_DOWN = 2;
/** What was `behind` is so until it is well below the bound. */
const RECOVERED_SHARE = 0.5;
const SAY_PROGRESS_MS = 10_000;

const PROTOCOL = defineProtocol<PersistenceMessage>({ 'journal.advanced': true });

export const createActor = persistenceActor(({ wall, log }, { sink, givesWay, journalDir }) => {
  if (givesWay === true) giveWay();
  return openSink(sink, journalDir, wall, log);
});

/** The actor over a sink that is opened in another way, as a simulation needs it. */
export function persistenceActor(
  openFor: (context: ActorContext, args: PersistenceArgs) => OpenSink,
): ActorFactory<PersistenceArgs, PersistenceMessage> {
  return (context, args) => {
    const { log } = context;
    const open = openFor(context, args);
    const { journalDir, journalId, batchRows } = args;
    const until = openJournalMark(args.journalMark);
    const { sink } = open;
    const shipper =
      sink === null ? null : createShipper({ sink, journalDir, journalId, batchRows, until, log });
    const actor = new Persistence(context, args, open, shipper);
    actor.receive();
    return actor;
  };
}

class Persistence implements Actor<PersistenceMessage> {
  readonly protocol = PROTOCOL;
  readonly #context: ActorContext;
  readonly #args: PersistenceArgs;
  readonly #open: OpenSink;
  readonly #shipper: Shipper | null;
  readonly #house: Housekeeping;
  readonly #pace: Pace;
  #shipping: Promise<void> | undefined;
  /** Something came while shipping: look again. */
  #again = false;
  #timer: Timer | undefined;
  #failures = 0;
  #stopping = false;
  #told: SinkState | undefined;
  #saidAt: number;
  #defect: unknown;
  readonly #unshipped: Float64Array | undefined;

  constructor(
    context: ActorContext,
    args: PersistenceArgs,
    open: OpenSink,
    shipper: Shipper | null,
  ) {
    this.#context = context;
    this.#args = args;
    this.#open = open;
    this.#shipper = shipper;
    this.#saidAt = context.mono.now();
    this.#pace = new Pace(context.mono);
    if (args.stages !== undefined) this.#unshipped = openStages(args.stages).unshipped;
    const toDaemon = context.ref<DaemonMessage>(args.reportTo);
    this.#house = new Housekeeping(context, args, open, (disk) => toDaemon.cast(disk));
  }

  conflateKey(message: PersistenceMessage): string {
    return message.type;
  }

  /** Wakes the shipping, which goes on by itself: the mailbox never waits for the sink. */
  receive(): void {
    if (this.#defect !== undefined) throw this.#defect;
    this.#again = true;
    // While the sink is away the back-off says when to look.
    if (this.#failures === 0) this.#start();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#timer?.cancel();
    this.#pace.hurry();
    const flush = async (): Promise<void> => {
      await this.#shipping;
      await this.#shipAll();
    };
    const { mono, log } = this.#context;
    const { flushMs } = this.#args;
    const flushed = flush().catch((error) => this.#failed(error));
    if (!(await within(mono, flushMs, flushed))) {
      log.warn('the last rows are still in the journal; the next start ships them');
    }
    await within(mono, flushMs, this.#open.sink?.close() ?? Promise.resolve());
  }

  #start(): void {
    if (this.#shipping !== undefined || this.#stopping) return;
    this.#timer?.cancel();
    this.#shipping = this.#run().finally(() => {
      this.#shipping = undefined;
    });
  }

  async #run(): Promise<void> {
    let delayMs = this.#args.pollMs;
    try {
      this.#house.lookAtDisk();
      this.#pace.begin();
      while (this.#again && !this.#stopping) {
        this.#again = false;
        await this.#shipAll();
        await this.#house.keep(this.#shipper?.shipped() ?? null);
        await this.#pace.rest(0);
      }
    } catch (error) {
      delayMs = this.#failed(error);
    }
    if (this.#stopping || this.#defect !== undefined) return;
    this.#timer = this.#context.mono.setTimer(delayMs, () => {
      this.#again = true;
      this.#start();
    });
  }

  async #shipAll(): Promise<void> {
    const shipper = this.#shipper;
    if (shipper === null) return;
    for (;;) {
      const { caughtUp } = await shipper.ship();
      this.#failures = 0;
      const lag = caughtUp ? 0 : shipper.lagBytes();
      if (this.#unshipped !== undefined) this.#unshipped[0] = lag;
      if (this.#isBehind(lag)) this.#tell('behind', behindText(lag));
      else this.#tell('ok', '');
      if (caughtUp) return;
      this.#sayProgress(lag);
      await this.#pace.rest(lag);
    }
  }

  #isBehind(lag: number): boolean {
    const { behindBytes } = this.#args;
    return lag > behindBytes * (this.#told === 'behind' ? RECOVERED_SHARE : 1);
  }

  /** Returns when to try again; what is no failure of the sink or of a disk ends this actor. */
  #failed(error: unknown): number {
    const isForeign = databaseErrorKind(error) === 'foreign' && !isSystemError(error);
    if (isForeign && !(error instanceof Fault)) {
      this.#defect = error;
      return 0;
    }
    this.#failures += 1;
    const reason = errorText(error);
    this.#context.log.debug({ reason, failures: this.#failures }, 'shipping the journal failed');
    const lag = this.#lagWhileFailing();
    if (this.#unshipped !== undefined) this.#unshipped[0] = lag;
    if (this.#isBehind(lag)) this.#tell('behind', `${behindText(lag)}: ${reason}`);
    else if (this.#failures >= FAILURES_UNTIL_DOWN) this.#tell('down', reason);
    if (error instanceof Fault && error.code === 'conflict') return 0;
    const longest = Math.min(BACKOFF_MS_MIN * 2 ** (this.#failures - 1), BACKOFF_MS_MAX);
    return longest * (0.5 + this.#context.random.next() / 2);
  }

  /** The disk that failed may not tell how much lies on it either: then what was known last. */
  #lagWhileFailing(): number {
    try {
      return this.#shipper?.lagBytes() ?? 0;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return this.#unshipped?.[0] ?? 0;
    }
  }

  #tell(state: SinkState, reason: string): void {
    if (this.#told === state) return;
    this.#told = state;
    this.#context.log[state === 'ok' ? 'info' : 'warn']({ reason }, `the database is ${state}`);
    this.#context.ref<DaemonMessage>(this.#args.reportTo).cast({ type: 'sink', state, reason });
  }

  #sayProgress(lag: number): void {
    const now = this.#context.mono.now();
    if (now - this.#saidAt < SAY_PROGRESS_MS) return;
    this.#saidAt = now;
    this.#context.log.info({ megabytesLeft: Math.ceil(lag / 1e6) }, 'shipping a backlog');
  }
}

function behindText(lag: number): string {
  return `${Math.ceil(lag / 1e6)} MB of the journal are not in the database`;
}
