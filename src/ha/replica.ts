/**
 * Brings what a successor must know into the database while the daemon writes: facts in their
 * order, as soon as the last ones are in. What waits for them (an order, the answer to a command)
 * asks how far they are.
 */

import { Fault } from '../fault.ts';
import type { Logger } from '../log.ts';
import { leavesMemory } from '../protocol/durable-fold.ts';
import type { Fact } from '../protocol/facts.ts';
import type { Clock, Timer } from '../runtime/clock.ts';
import { errorText } from '../store/database-error.ts';
import type { Pool } from '../store/pool.ts';
import {
  appendFacts,
  type NumberedFact,
  type RecoveryBase,
  type Writer,
  writeBase,
} from '../store/recovery-store.ts';
import { within } from '../store/wait.ts';

export interface ReplicaOptions {
  readonly pool: Pool;
  readonly writer: Writer;
  readonly mono: Clock;
  readonly log: Logger;
  /** The lease is somebody else's. */
  readonly onTaken: () => void;
}

/** Facts of one statement; a minute of busy trading has fewer. */
const BATCH_MAX = 1000;
/** What may wait: no order leaves meanwhile, so there is little that becomes true. */
const WAITING_MAX = 100_000;
const RETRY_MS = 250;
/** An attempt that hangs is given up; what it may still bring in is in once. */
const ATTEMPT_MS = 2000;

export class Replica {
  readonly #options: ReplicaOptions;
  readonly #waiting: NumberedFact[] = [];
  #base: RecoveryBase | null = null;
  #count = 0;
  #committed = 0;
  #writing = false;
  #retry: Timer | null = null;
  #closed = false;
  #onCommitted: () => void = () => undefined;

  constructor(options: ReplicaOptions) {
    this.#options = options;
  }

  /** The number of the last fact, and of the last one that is in the database. */
  get appended(): number {
    return this.#count;
  }

  get committed(): number {
    return this.#base === null ? this.#committed : -1;
  }

  /** The session's beginning; `onCommitted` is called whenever more is in the database. */
  begin(base: RecoveryBase, onCommitted: () => void): void {
    this.#base = base;
    this.#onCommitted = onCommitted;
    void this.#write();
  }

  /** Takes the facts of a turn that leave a memory. */
  append(sequence: number, facts: readonly Fact[]): void {
    for (const fact of facts) {
      if (!leavesMemory(fact)) continue;
      this.#count += 1;
      this.#waiting.push({ number: this.#count, sequence, fact });
    }
    if (this.#waiting.length > WAITING_MAX) {
      this.#options.log.error('the database has been away for too long to be told what happened');
      this.close();
      this.#options.onTaken();
      return;
    }
    void this.#write();
  }

  close(): void {
    this.#closed = true;
    this.#retry?.cancel();
  }

  async #write(): Promise<void> {
    if (this.#writing || this.#closed) return;
    this.#writing = true;
    try {
      while (!this.#closed && (this.#base !== null || this.#waiting.length > 0)) {
        await this.#writeNext();
        this.#onCommitted();
      }
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#writing = false;
    }
  }

  async #writeNext(): Promise<void> {
    const { pool, writer } = this.#options;
    if (this.#base !== null) {
      await this.#attempt(writeBase(pool, writer, this.#base));
      this.#base = null;
      return;
    }
    const batch = this.#waiting.slice(0, BATCH_MAX);
    await this.#attempt(appendFacts(pool, writer, batch));
    this.#waiting.splice(0, batch.length);
    this.#committed = batch.at(-1)?.number ?? this.#committed;
  }

  async #attempt(work: Promise<void>): Promise<void> {
    if (await within(this.#options.mono, ATTEMPT_MS, work)) return;
    work.catch(() => undefined);
    throw new Fault('database_unreachable', `no answer within ${ATTEMPT_MS} ms`);
  }

  #failed(error: unknown): void {
    const { log, mono, onTaken } = this.#options;
    if (error instanceof Fault && error.code === 'conflict') {
      this.close();
      onTaken();
      return;
    }
    log.debug({ reason: errorText(error) }, 'the database was not told what happened');
    if (this.#closed) return;
    this.#retry = mono.setTimer(RETRY_MS, () => void this.#write());
  }
}
