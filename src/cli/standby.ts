/**
 * A daemon that waits while another one writes: its API shows it in `standby`, what is asked of it
 * goes to the writer through the database, and when the lease is free it becomes the writer, on the
 * same port.
 */

import { join } from 'node:path';

import { createStandbyViews, type StandbyOptions } from '../engine/standby.ts';
import { createDatabaseControls } from '../monitor/controls.ts';
import type { EngineControls } from '../protocol/ports.ts';
import type { Timer } from '../runtime/clock.ts';
import { errorText } from '../store/database-error.ts';
import { type ClaimOutcome, forgetStandby, noteStandby, releaseLease } from '../store/lease.ts';
import { shipLeftover } from '../store/leftover.ts';
import { startDaemonApi } from './daemon-api.ts';
import type { Close, DaemonEnding, DaemonOptions, RunningDaemon } from './daemon-options.ts';
import { packageVersion } from './version.ts';
import { type Candidate, claim, describeHolder, type Won } from './writer.ts';

type Held = Extract<ClaimOutcome, { readonly kind: 'held' }>;
type Started = Omit<RunningDaemon, 'close'>;

export interface WaitingOptions {
  readonly options: DaemonOptions;
  readonly candidate: Candidate;
  readonly url: string;
  readonly closers: Close[];
  readonly held: Held;
  readonly config: StandbyOptions['config'];
  /** Begins to write; null when a stop comes first. */
  readonly takeOver: (won: Won, former: FormerApi) => Promise<Started | null>;
}

/** The API of the wait: the writer's has its port, and begins when this one has ended. */
export interface FormerApi {
  readonly port: number;
  close(): Promise<unknown>;
}

/** How often it is looked whether the lease is free; each look also says that we are here. */
const LOOK_MS = 1000;

const STOPPED: DaemonEnding = {
  orderLeftLive: false,
  refusal: null,
  defect: null,
  deposed: null,
};

/** Begins to wait. The daemon that is returned lives on when it has taken over. */
export async function startStandby(waiting: WaitingOptions): Promise<Started> {
  const { options, candidate, url } = waiting;
  const { mono, wall } = options;
  const standby = new Standby(waiting);
  const views = createStandbyViews({
    config: waiting.config,
    version: packageVersion(),
    mono,
    wall,
    reason: () => standby.reason,
  });
  const [name = ''] = candidate.me.host.split('/', 1);
  const others = createDatabaseControls(candidate.pool, mono, `standby ${name}`);
  const controls: EngineControls = {
    control: async (request) => {
      if (request.control.command !== 'stop') return others.control(request);
      standby.stop();
      return { ok: true, status: 202, message: 'this standby stops; the writer goes on' };
    },
    machineEvent: async (machine, event, origin) => {
      if (machine !== 'daemon' || event.type !== 'STOP') {
        return others.machineEvent(machine, event, origin);
      }
      return controls.control({ control: { command: 'stop' }, origin });
    },
  };
  // What this wait has started ends before it writes, whatever else is ended later.
  const own: Close[] = [];
  const journalDir = join(options.dataDir, 'journal');
  own.push(shipLeftover({ url, journalDir, mono, log: options.log }));
  const api = await startDaemonApi(options, { ...views, controls }, url, own);
  const onLook = (): void => views.feed.publish([]);
  standby.begin(api, onLook, async () => {
    views.feed.close();
    for (const close of own.splice(0).reverse()) await close();
  });
  waiting.closers.push(() => standby.close());
  return {
    port: api.port,
    url: api.url,
    loginCode: api.onePageLoginCode(),
    standsBy: true,
    ended: standby.ended,
    requestStop: (origin) => standby.requestStop(origin),
    fail: (error) => standby.fail(error),
  };
}

class Standby {
  readonly ended: Promise<DaemonEnding>;
  readonly #waiting: WaitingOptions;
  #end: (ending: DaemonEnding | Promise<DaemonEnding>) => void = () => undefined;
  #held: Held;
  #away: string | null = null;
  #writing: Started | null = null;
  #place = { url: '', port: 0 };
  #closeOwn: Close = async () => undefined;
  #onLook: () => void = () => undefined;
  #timer: Timer | null = null;
  #done = false;

  constructor(waiting: WaitingOptions) {
    this.#waiting = waiting;
    this.#held = waiting.held;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Why it waits, for people. */
  get reason(): string {
    if (this.#away !== null) return `the database does not answer: ${this.#away}`;
    const { by, why } = this.#held;
    return `${why}: ${describeHolder(by)}`;
  }

  begin(
    place: { readonly url: string; readonly port: number },
    onLook: () => void,
    closeOwn: Close,
  ): void {
    this.#place = place;
    this.#onLook = onLook;
    this.#closeOwn = closeOwn;
    void this.#look();
  }

  stop(): void {
    if (this.#done) return;
    this.#done = true;
    this.#timer?.cancel();
    this.#end(STOPPED);
  }

  async requestStop(origin: string): Promise<void> {
    if (this.#writing !== null) await this.#writing.requestStop(origin);
    else this.stop();
  }

  fail(error: unknown): void {
    if (this.#writing !== null) this.#writing.fail(error);
    else this.#end({ ...STOPPED, defect: error });
  }

  async close(): Promise<void> {
    this.#done = true;
    this.#timer?.cancel();
    await this.#closeOwn();
    const { pool, me } = this.#waiting.candidate;
    await forgetStandby(pool, me).catch(() => undefined);
  }

  async #look(): Promise<void> {
    const { candidate, options } = this.#waiting;
    const { mono, log } = options;
    try {
      const outcome = await claim(candidate, true);
      this.#away = null;
      if (outcome.kind === 'won') {
        await this.#takeOver(outcome);
        return;
      }
      this.#held = outcome;
      await noteStandby(candidate.pool, candidate.me, this.#place.url, this.reason);
    } catch (error) {
      this.#away = errorText(error);
      log.debug({ reason: this.#away }, 'the lease could not be looked at');
    }
    this.#onLook();
    if (!this.#done) this.#timer = mono.setTimer(LOOK_MS, () => void this.#look());
  }

  async #takeOver(won: Won): Promise<void> {
    const { takeOver, options } = this.#waiting;
    if (this.#done) {
      const { pool, me } = this.#waiting.candidate;
      await releaseLease(pool, me, won.epoch, 'handover');
      return;
    }
    options.log.warn({ epoch: won.epoch }, 'this standby takes over');
    this.#done = true;
    try {
      const close = this.#closeOwn;
      this.#writing = await takeOver(won, { port: this.#place.port, close });
      this.#closeOwn = async () => undefined;
      this.#end(this.#writing === null ? STOPPED : this.#writing.ended);
    } catch (error) {
      this.#end({ ...STOPPED, defect: error });
    }
  }
}
