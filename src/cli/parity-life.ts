/**
 * When the journal is replayed: once each trading day, at the configured time of New York, and
 * after a start that came too late for it. The result outlives the process in a small file.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newYorkDate, newYorkTime } from '../domain/calendar.ts';
import { toFault } from '../fault.ts';
import type { Logger } from '../log.ts';
import { moduleUrl } from '../package.ts';
import { type ParityCheck, parityView } from '../protocol/parity.ts';
import type { Clock, Timer, WallClock } from '../runtime/clock.ts';
import { createPool, type Pool } from '../runtime/pool.ts';
import { writeAtomically } from '../store/data-dir.ts';
import { within } from '../store/wait.ts';

export interface ParityLifeOptions {
  readonly dataDir: string;
  /** `HH:MM` of New York; null: never. */
  readonly at: string | null;
  readonly mono: Clock;
  readonly wall: WallClock;
  readonly log: Logger;
  /** The broker's time, epoch ms; null while it is not known. */
  readonly tradingTs: () => number | null;
  /** `known`: it was found by a process before this one. */
  readonly report: (check: ParityCheck, known: boolean) => void;
  /** Replays what was written since (wall time, unix seconds); default: in a thread of a pool. */
  readonly check?: (since: number) => Promise<Found>;
}

type Found = Omit<ParityCheck, 'checked_at' | 'took_s'>;

const LOOK_MS = 5000;
const DAY_S = 86_400;
/** Weeks of one session take an hour on a busy machine. */
const DEADLINE_MS = 2 * 3_600_000;
const FILE = 'parity.json';
const CLOSE_MS = 100;

export class ParityLife {
  readonly #options: ParityLifeOptions;
  #timer: Timer | null = null;
  #pool: Pool | null = null;
  #checking: Promise<void> | null = null;
  /** The trading day that was checked last. */
  #day = '';
  #closed = false;

  constructor(options: ParityLifeOptions) {
    this.#options = options;
  }

  /** Tells what is known, and looks at the clock from now on. */
  begin(): void {
    const known = this.#known();
    if (known !== null) {
      this.#day = known.day;
      this.#options.report(known.check, true);
    }
    this.#look();
  }

  /** A stop does not wait for a check: its thread ends with the process, and the next makes it. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    const pool = this.#pool;
    this.#pool = null;
    const ended = pool?.close().catch(() => undefined) ?? Promise.resolve();
    await within(this.#options.mono, CLOSE_MS, ended);
  }

  #look(): void {
    if (this.#closed) return;
    const { at, mono, tradingTs } = this.#options;
    const now = tradingTs();
    if (at !== null && now !== null && this.#checking === null) {
      const day = newYorkDate(now);
      const isDue = new Date(newYorkTime(now)).toISOString().slice(11, 16) >= at;
      if (isDue && day !== this.#day) {
        this.#checking = this.#check(day).finally(() => {
          this.#checking = null;
        });
      }
    }
    this.#timer = mono.setTimer(LOOK_MS, () => this.#look());
  }

  async #check(day: string): Promise<void> {
    const { wall, mono, log, report, dataDir } = this.#options;
    const begun = mono.now();
    const since = wall.now() / 1000 - DAY_S;
    this.#day = day;
    let found: Found;
    try {
      found = await (this.#options.check ?? ((from) => this.#replay(from)))(since);
    } catch (thrown) {
      if (this.#closed) return;
      const nothing = { from_sequence: 0, to_sequence: 0, records: 0, evaluations: 0 };
      const rest = { sessions: 0, missing: 0, decisions: 0, orders: 0 };
      found = { state: 'failed', reason: toFault(thrown).message, ...nothing, ...rest };
    }
    if (this.#closed) return;
    const took = (mono.now() - begun) / 1000;
    const check = { ...found, checked_at: wall.now() / 1000, took_s: took };
    log[check.state === 'identical' ? 'info' : 'error']({ parity: check }, 'the journal replayed');
    try {
      writeAtomically(join(dataDir, FILE), `${JSON.stringify({ day, check })}\n`, 0o600);
    } catch (thrown) {
      log.warn({ err: thrown }, 'the result of the replay cannot be kept');
    }
    report(check, false);
  }

  #replay(since: number): Promise<Found> {
    const { mono, dataDir } = this.#options;
    this.#pool ??= createPool({
      module: moduleUrl(new URL('../backtest/parity-job.ts', import.meta.url)).href,
      mono,
      threadsMax: 1,
      queueMax: 1,
    });
    const task = { dir: join(dataDir, 'journal'), since };
    return this.#pool.run<Found>('checkParity', task, DEADLINE_MS);
  }

  #known(): { readonly day: string; readonly check: ParityCheck } | null {
    const file = join(this.#options.dataDir, FILE);
    if (!existsSync(file)) return null;
    try {
      const { day, check } = JSON.parse(readFileSync(file, 'utf8'));
      return { day: String(day), check: parityView.parse(check) };
    } catch {
      // Torn, or of another version: it is made anew within a day.
      return null;
    }
  }
}
