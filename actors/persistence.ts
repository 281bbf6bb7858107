/**
 * Tails the journal into PostgreSQL. It is woken when the journal grew, looks by itself now and
 * then, and tries for ever while the database is away: what waits lies in the journal, not here,
 * and no decision waits for it.
 */

import { Fault } from '../src/fault.ts';
import type { DaemonMessage } from '../src/protocol/decision.ts';
import type { Actor, ActorContext, ActorFactory } from '../src/runtime/actor.ts';
import type { Timer } from '../src/runtime/clock.ts';
import { defineProtocol } from '../src/runtime/protocol.ts';
import { databaseErrorKind, errorText } from '../src/store/database-error.ts';
import { createPool, type Pool } from '../src/store/pool.ts';
import { createShipper, type Shipper } from '../src/store/shipper.ts';
import { within } from '../src/store/wait.ts';

export interface PersistenceArgs {
  readonly databaseUrl: string;
  readonly journalDir: string;
  readonly journalId: string;
  /** The actor that hears of the sink's state. */
  readonly reportTo: string;
  readonly batchRows: number;
  /** How often to look without being woken. */
  readonly pollMs: number;
  /** With more than this unshipped the sink is `behind`. */
  readonly behindBytes: number;
  /** For the last rows at the stop; what is left then is shipped at the next start. */
  readonly flushMs: number;
}

/** The journal grew. */
export interface PersistenceMessage {
  readonly type: 'journal.advanced';
}

type SinkState = Extract<DaemonMessage, { type: 'sink' }>['state'];

const BACKOFF_MS_MIN = 100;
const BACKOFF_MS_MAX = 5_000;
/** One failure is a connection that broke; the next says that the database is away. */
const FAILURES_UNTIL_DOWN = 2;
const STATEMENT_TIMEOUT_MS = 30_000;

const PROTOCOL = defineProtocol<PersistenceMessage>({ 'journal.advanced': true });

export const createActor: ActorFactory<PersistenceArgs, PersistenceMessage> = (context, args) => {
  const pool = createPool({
    url: args.databaseUrl,
    role: 'persistence',
    connectionsMax: 1,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    log: context.log,
  });
  const { journalDir, journalId, batchRows } = args;
  const shipper = createShipper({ pool, journalDir, journalId, batchRows, log: context.log });
  const actor = new Persistence(context, args, pool, shipper);
  actor.receive();
  return actor;
};

class Persistence implements Actor<PersistenceMessage> {
  readonly protocol = PROTOCOL;
  readonly #context: ActorContext;
  readonly #args: PersistenceArgs;
  readonly #pool: Pool;
  readonly #shipper: Shipper;
  #shipping: Promise<void> | undefined;
  /** Something came while shipping: look again. */
  #again = false;
  #timer: Timer | undefined;
  #failures = 0;
  #stopping = false;
  #told: SinkState | undefined;
  #defect: unknown;

  constructor(context: ActorContext, args: PersistenceArgs, pool: Pool, shipper: Shipper) {
    this.#context = context;
    this.#args = args;
    this.#pool = pool;
    this.#shipper = shipper;
  }

  conflateKey(message: PersistenceMessage): string {
    return message.type;
  }

  /** Wakes the shipping, which goes on by itself: the mailbox never waits for the database. */
  receive(): void {
    if (this.#defect !== undefined) throw this.#defect;
    this.#again = true;
    // While the database is away the back-off says when to look.
    if (this.#failures === 0) this.#start();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#timer?.cancel();
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
    await within(mono, flushMs, this.#pool.end());
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
      while (this.#again && !this.#stopping) {
        this.#again = false;
        await this.#shipAll();
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
    for (;;) {
      const { caughtUp } = await this.#shipper.ship();
      this.#failures = 0;
      const lag = caughtUp ? 0 : (this.#shipper.lagBytes() ?? 0);
      if (lag > this.#args.behindBytes) {
        this.#tell('behind', `${Math.round(lag / 1024)} kB of the journal are not in the database`);
      } else if (caughtUp || this.#told !== 'behind') {
        this.#tell('ok', '');
      }
      if (caughtUp) return;
    }
  }

  /** Returns when to try again; what is no failure of the database ends this actor. */
  #failed(error: unknown): number {
    const isConflict = error instanceof Fault && error.code === 'conflict';
    if (databaseErrorKind(error) === 'foreign' && !(error instanceof Fault)) {
      this.#defect = error;
      return 0;
    }
    this.#failures += 1;
    const reason = errorText(error);
    this.#context.log.debug({ reason, failures: this.#failures }, 'shipping the journal failed');
    if (this.#failures >= FAILURES_UNTIL_DOWN) this.#tell('down', reason);
    if (isConflict) return 0;
    const longest = Math.min(BACKOFF_MS_MIN * 2 ** (this.#failures - 1), BACKOFF_MS_MAX);
    return longest * (0.5 + this.#context.random.next() / 2);
  }

  #tell(state: SinkState, reason: string): void {
    if (this.#told === state) return;
    this.#told = state;
    this.#context.log[state === 'ok' ? 'info' : 'warn']({ reason }, `the database is ${state}`);
    this.#context.ref<DaemonMessage>(this.#args.reportTo).cast({ type: 'sink', state, reason });
  }
}
