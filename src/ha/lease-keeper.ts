/**
 * Keeps the lease of a daemon that writes. Its deadline runs on the monotonic clock from before a
 * renewal is sent, so it is over before anybody else may take the row, whatever the network does;
 * `held` is asked synchronously, in the last check before the wire.
 */

import type { Logger } from '../log.ts';
import type { Clock, Timer, WallClock } from '../runtime/clock.ts';
import { errorText } from '../store/database-error.ts';
import { type LeaseHolder, type ReleaseReason, releaseLease, renewLease } from '../store/lease.ts';
import type { Pool } from '../store/pool.ts';
import { within } from '../store/wait.ts';

export type LeaseState =
  | 'held'
  /** Not renewed in time; nobody is known to have taken it. */
  | 'over'
  /** Somebody else writes now; for good. */
  | 'taken';

export interface KeeperOptions {
  readonly pool: Pool;
  readonly me: LeaseHolder;
  readonly epoch: number;
  readonly leaseS: number;
  /** Without it the lease never ends by itself: only another writer ends it. */
  readonly fenced: boolean;
  /** Taken before the claim was sent. */
  readonly claimedAt: LeaseMoment;
  readonly mono: Clock;
  readonly wall: WallClock;
  readonly log: Logger;
}

/** One moment by both clocks. */
export interface LeaseMoment {
  readonly mono: number;
  readonly wall: number;
}

/** Renewals in the time of one lease: three may be lost before it is over. */
const RENEWALS = 5;
/** What the way from the check to the wire may take, and clocks may differ in their pace. */
const MARGIN_MS_MIN = 250;
const MARGIN_PART = 0.1;

export class LeaseKeeper {
  readonly #options: KeeperOptions;
  readonly #leaseMs: number;
  readonly #marginMs: number;
  #deadline: LeaseMoment;
  #state: LeaseState = 'held';
  #tell: (state: LeaseState) => void = () => undefined;
  #renewal: Timer | null = null;
  #end: Timer | null = null;
  #told: { url: string | null; journalId: string | null } = { url: null, journalId: null };
  #closed = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#leaseMs = options.leaseS * 1000;
    this.#marginMs = Math.max(MARGIN_MS_MIN, this.#leaseMs * MARGIN_PART);
    this.#deadline = this.#after(options.claimedAt);
  }

  get state(): LeaseState {
    return this.#state;
  }

  /** Whether anything may be sent now, by both clocks: one stands still while a host sleeps. */
  held(): boolean {
    if (this.#state === 'taken' || this.#closed) return false;
    const { mono, wall, fenced } = this.#options;
    if (!fenced) return true;
    return mono.now() < this.#deadline.mono && wall.now() < this.#deadline.wall;
  }

  /** Begins to renew. `tell` hears each change of the state. */
  start(tell: (state: LeaseState) => void): void {
    this.#tell = tell;
    this.#watchEnd();
    this.#renewLater();
  }

  /** What the row tells of this daemon from the next renewal on. */
  announce(url: string, journalId: string | null): void {
    this.#told = { url, journalId };
  }

  /** Gives the lease back and renews no more. A database that does not answer lets it run out. */
  async release(reason: ReleaseReason, deadlineMs: number): Promise<void> {
    if (this.#closed) return;
    this.close();
    const { pool, me, epoch, mono, log } = this.#options;
    const released = releaseLease(pool, me, epoch, reason).catch((error) => {
      log.warn({ reason: errorText(error) }, 'the lease could not be given back: it runs out');
    });
    await within(mono, deadlineMs, released);
  }

  close(): void {
    this.#closed = true;
    this.#renewal?.cancel();
    this.#end?.cancel();
  }

  /** Somebody found the row to be another's. */
  noteTaken(): void {
    this.#enter('taken');
    this.close();
  }

  #after({ mono, wall }: LeaseMoment): LeaseMoment {
    const ms = this.#leaseMs - this.#marginMs;
    return { mono: mono + ms, wall: wall + ms };
  }

  #renewLater(): void {
    if (this.#closed) return;
    this.#renewal = this.#options.mono.setTimer(this.#leaseMs / RENEWALS, () => {
      void this.#renew();
    });
  }

  async #renew(): Promise<void> {
    const { pool, me, epoch, mono, wall, log } = this.#options;
    const asked = { mono: mono.now(), wall: wall.now() };
    const answer = renewLease(pool, me, { epoch, ...this.#told }).then(
      (ours) => this.#renewed(ours, asked),
      (error) => log.debug({ reason: errorText(error) }, 'the lease was not renewed'),
    );
    // One that hangs does not hold up the next, which has another connection.
    await within(mono, this.#leaseMs / RENEWALS, answer);
    this.#renewLater();
  }

  #renewed(ours: boolean, asked: LeaseMoment): void {
    if (this.#closed) return;
    if (!ours) {
      this.noteTaken();
      return;
    }
    const next = this.#after(asked);
    if (next.mono <= this.#deadline.mono) return;
    this.#deadline = next;
    if (!this.held()) return;
    this.#watchEnd();
    this.#enter('held');
  }

  #watchEnd(): void {
    const { mono, fenced } = this.#options;
    if (!fenced) return;
    this.#end?.cancel();
    const left = Math.max(0, this.#deadline.mono - mono.now());
    this.#end = mono.setTimer(left, () => this.#enter('over'));
  }

  #enter(state: LeaseState): void {
    if (this.#state === state || this.#state === 'taken') return;
    this.#state = state;
    const { log, epoch } = this.#options;
    log[state === 'held' ? 'info' : 'warn']({ epoch }, `the lease is ${state}`);
    this.#tell(state);
  }
}
