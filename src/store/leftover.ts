/**
 * What a daemon had written down and not shipped when it was killed, froze or was deposed: it goes
 * into the history as soon as the daemon is there again and waits, though another one writes now.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Fault } from '../fault.ts';
import type { Logger } from '../log.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import { databaseErrorKind, errorText } from './database-error.ts';
import { createPool } from './pool.ts';
import { createPostgresSink } from './postgres-sink.ts';
import { createShipper, type Shipper } from './shipper.ts';
import { within } from './wait.ts';

export interface LeftoverOptions {
  readonly url: string;
  readonly journalDir: string;
  readonly mono: Clock;
  readonly log: Logger;
}

const BATCH_ROWS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;
const AGAIN_MS = 1_000;
const CLOSE_MS = 800;
/** No lease has it: every row of this journal is behind the daemon that writes now. */
const NO_EPOCH = -1;
const NO_BOOT = { segment: Number.MAX_SAFE_INTEGER, offset: 0 };

/** Begins to ship it, and tries until it is in; the returned function ends that. */
export function shipLeftover(options: LeftoverOptions): () => Promise<void> {
  const { url, journalDir, mono, log } = options;
  const journalId = readJournalId(journalDir);
  if (journalId === null) return async () => undefined;
  const limits = { connectionsMax: 1, statementTimeoutMs: STATEMENT_TIMEOUT_MS };
  const pool = createPool({ url, role: 'leftover', ...limits, log });
  const sink = createPostgresSink(pool, { epoch: NO_EPOCH, boot: NO_BOOT });
  const shipper = createShipper({ sink, journalDir, journalId, batchRows: BATCH_ROWS, log });
  const work = new Leftover(shipper, mono, log);
  const running = work.run().finally(() => pool.end());
  return async () => {
    work.close();
    await within(mono, CLOSE_MS, running);
  };
}

class Leftover {
  readonly #shipper: Shipper;
  readonly #mono: Clock;
  readonly #log: Logger;
  #timer: Timer | null = null;
  #wake: () => void = () => undefined;
  #closed = false;

  constructor(shipper: Shipper, mono: Clock, log: Logger) {
    this.#shipper = shipper;
    this.#mono = mono;
    this.#log = log;
  }

  async run(): Promise<void> {
    let records = 0;
    for (let isDone = false; !isDone && !this.#closed; ) {
      try {
        const shipped = await this.#shipper.ship();
        records += shipped.records;
        isDone = shipped.caughtUp;
      } catch (error) {
        isDone = this.#isHopeless(error);
        if (!isDone) await this.#pause();
      }
    }
    if (records > 0) this.#log.info({ records }, 'what was left of this journal is in the history');
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#wake();
  }

  /** What waiting does not mend, such as a damaged journal, is left to the start that writes. */
  #isHopeless(error: unknown): boolean {
    const reason = errorText(error);
    const isElsewhere = error instanceof Fault && error.code === 'conflict';
    const isHopeless = !isElsewhere && databaseErrorKind(error) === 'foreign';
    const level = isHopeless ? 'warn' : 'debug';
    this.#log[level]({ reason }, 'the rest of this journal is not in the history yet');
    return isHopeless;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#timer = this.#mono.setTimer(AGAIN_MS, resolve);
    });
  }
}

/** Null where this daemon has never written. */
function readJournalId(journalDir: string): string | null {
  try {
    return readFileSync(join(journalDir, 'journal-id'), 'utf8').trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
