/**
 * Takes the commands of `daemon_control` to the engine, in their order and as any other command,
 * and writes back what became of them. What may move shares or let hedges in again is taken before
 * it is executed and expires, so that nobody's wish of an hour ago is granted after an outage; what
 * only makes things safer never expires, and is executed before it is marked.
 */

import type { Logger } from '../log.ts';
import type { ControlRequest, ControlResult } from '../protocol/control.ts';
import { parseControl } from '../protocol/control.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import {
  answerControl,
  answerForTheDead,
  type ControlOutcome,
  databaseNow,
  openControls,
  type QueuedControl,
  takeControl,
} from '../store/control-queue.ts';
import { errorText } from '../store/database-error.ts';
import { listen } from '../store/listen.ts';
import type { Pool } from '../store/pool.ts';
import type { Writer } from '../store/recovery-store.ts';

export interface IntakeOptions {
  readonly pool: Pool;
  readonly url: string;
  readonly writer: Writer;
  readonly control: (request: ControlRequest) => Promise<ControlResult>;
  readonly mono: Clock;
  readonly log: Logger;
}

/** Woken by a notification; where those do not come, this is how long a command waits. */
const POLL_MS = 1000;
const EXPIRES_AFTER_S = 60;
/** Safe to execute twice, and never too late. */
const SAFE: ReadonlySet<string> = new Set(['suspend', 'cancel_all']);

/** Begins to take commands; returns what ends it. */
export function startControlIntake(options: IntakeOptions): () => Promise<void> {
  const intake = new Intake(options);
  const { url, mono, log } = options;
  const endListening = listen({
    ...{ url, mono, log },
    role: 'listen',
    channel: 'bifrost_control',
    onNotify: () => intake.wake(),
  });
  intake.wake();
  return async () => {
    intake.close();
    await endListening();
  };
}

/** Whether a row of this command came too late; why, for people. */
function lateness(command: string, { ageS, before }: QueuedControl): string | null {
  if (SAFE.has(command)) return null;
  if (command === 'stop') {
    return before ? 'this daemon began after the stop was asked for' : null;
  }
  if (ageS <= EXPIRES_AFTER_S) return null;
  return `asked for ${Math.round(ageS)} s ago: it holds for ${EXPIRES_AFTER_S} s`;
}

class Intake {
  readonly #options: IntakeOptions;
  /** Executed, and not yet marked so: an outage came in between. */
  readonly #answers = new Map<number, readonly [ControlOutcome, ControlResult]>();
  #since: number | null = null;
  #timer: Timer | null = null;
  #looking = false;
  #again = false;
  #closed = false;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  wake(): void {
    this.#again = true;
    void this.#look();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  async #look(): Promise<void> {
    if (this.#looking || this.#closed) return;
    this.#looking = true;
    this.#timer?.cancel();
    try {
      while (this.#again && !this.#closed) {
        this.#again = false;
        await this.#takeAll();
      }
    } catch (error) {
      const reason = errorText(error);
      this.#options.log.debug({ reason }, 'commands of the database cannot be read');
    } finally {
      this.#looking = false;
    }
    if (!this.#closed) this.#timer = this.#options.mono.setTimer(POLL_MS, () => this.wake());
  }

  async #takeAll(): Promise<void> {
    const { pool } = this.#options;
    this.#since ??= await this.#begin();
    for (const [id, [outcome, result]] of this.#answers) {
      await answerControl(pool, id, outcome, result);
      this.#answers.delete(id);
    }
    for (const row of await openControls(pool, this.#since)) {
      if (this.#closed) return;
      await this.#take(row);
    }
  }

  /** The moment of it; what was taken before and never answered is answered. */
  async #begin(): Promise<number> {
    const { pool, writer, log } = this.#options;
    const since = await databaseNow(pool);
    const rows = await answerForTheDead(pool, writer, since);
    if (rows > 0) log.warn({ rows }, 'commands of the database were taken and never answered');
    return since;
  }

  async #take(row: QueuedControl): Promise<void> {
    const { pool, writer } = this.#options;
    const parsed = parseControl(row.command, row.payload);
    if (!parsed.ok) {
      await this.#answer(row, 'invalid', refusal(409, parsed.message));
      return;
    }
    const late = lateness(parsed.control.command, row);
    if (late !== null) {
      await this.#answer(row, 'expired', refusal(409, `expired: ${late}`));
      return;
    }
    const isSafe = SAFE.has(parsed.control.command);
    if (!isSafe && !(await takeControl(pool, writer, row.id))) return;
    const origin = row.origin === null ? 'database' : `database:${row.origin}`;
    const result = await this.#execute({ control: parsed.control, origin });
    await this.#answer(row, result.ok ? 'done' : 'refused', result);
  }

  async #execute(request: ControlRequest): Promise<ControlResult> {
    try {
      return await this.#options.control(request);
    } catch (error) {
      return refusal(503, errorText(error));
    }
  }

  async #answer(row: QueuedControl, outcome: ControlOutcome, result: ControlResult): Promise<void> {
    const { log, pool } = this.#options;
    log.info({ command: row.command, origin: row.origin, outcome }, 'a command of the database');
    this.#answers.set(row.id, [outcome, result]);
    await answerControl(pool, row.id, outcome, result);
    this.#answers.delete(row.id);
  }
}

function refusal(status: 409 | 503, message: string): ControlResult {
  return { ok: false, status, message };
}
