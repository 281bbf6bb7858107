/**
 * The database, as a sink in memory: what it takes it takes whole, a server that goes away breaks
 * what is under way, and a commit can come through though nobody hears of it. What it holds at last
 * is compared with the journal.
 */

import { Fault } from '../../src/fault.ts';
import type { Fact } from '../../src/protocol/facts.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { type Change, changesOf } from '../../src/store/fact-rows.ts';
import { ChangeBatch } from '../../src/store/jsonl-sink.ts';
import {
  type Delivery,
  isSameProgress,
  NOTHING_SHIPPED,
  type Progress,
  type Sink,
} from '../../src/store/sink.ts';

/** There and back; half of it each way. */
const TRIP_MS = 60;

export class SimulatedDatabase {
  readonly #apart: boolean;
  readonly #clock: Clock;
  readonly #count: (name: string) => void;
  /** All changes, in the order in which they were committed. */
  readonly #changes: Change[] = [];
  #progress: Progress | null = null;
  #down = false;
  /** Connections of before an outage are none any more. */
  #starts = 0;

  /** `apart` plants a mistake: rows are committed first, and their position when that is heard. */
  constructor(clock: Clock, count: (name: string) => void, apart = false) {
    this.#apart = apart;
    this.#clock = clock;
    this.#count = count;
  }

  get down(): boolean {
    return this.#down;
  }

  set down(down: boolean) {
    this.#down = down;
    this.#starts += 1;
  }

  /** A connection; `near` is the clock of the thread that holds it. */
  sink(near: Clock): Sink<ChangeBatch> {
    return {
      createBatch: () => new ChangeBatch(),
      progress: () => this.#ask(near, () => this.#progress),
      begin: (_, at) =>
        this.#ask(near, () => {
          this.#progress ??= at;
          return this.#progress;
        }),
      write: (_, delivery) => {
        // The batch is used again by whoever gave it.
        const changes = [...delivery.batch.changes];
        return this.#ask(near, () => this.#commit(delivery, changes)).then(() => {
          if (this.#apart) this.#progress = delivery.to;
        });
      },
      close: () => Promise.resolve(),
    };
  }

  /** Throws where it is not what the journal says: each fact once, in its order. */
  mustBe(records: readonly { readonly seq: number; readonly facts: readonly Fact[] }[]): void {
    const journalId = String(this.#changes.find(isRow)?.row['journal_id'] ?? '');
    let next = 0;
    for (const { seq: sequence, facts } of records) {
      for (const change of facts.flatMap((fact) => changesOf(fact, { journalId, sequence }))) {
        const [is, expected] = [this.#changes[next], change].map((one) => JSON.stringify(one));
        if (is !== expected) {
          throw new Error(`database: change ${next} is ${is}, in the journal ${expected}`);
        }
        next += 1;
      }
    }
    const more = this.#changes.length - next;
    if (more > 0) throw new Error(`database: ${more} changes that are in no journal`);
  }

  #commit({ from, to }: Delivery<ChangeBatch>, changes: readonly Change[]): void {
    if (!isSameProgress(this.#progress ?? NOTHING_SHIPPED, from)) {
      throw new Fault('conflict', 'the journal was shipped further by another session');
    }
    if (!this.#apart) this.#progress = to;
    this.#changes.push(...changes);
    this.#count('batch committed');
  }

  #ask<T>(near: Clock, perform: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const connection = this.#starts;
    const answer = (tell: () => void): void => {
      near.setTimer(TRIP_MS / 2, () => {
        if (this.#starts === connection) tell();
        else reject(new Error('Connection terminated unexpectedly'));
      });
    };
    // The server's own clock: what has left a process that is killed then still arrives.
    this.#clock.setTimer(TRIP_MS / 2, () => {
      if (this.#down || this.#starts !== connection) {
        answer(() => reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })));
        return;
      }
      try {
        const result = perform();
        answer(() => resolve(result));
      } catch (error) {
        answer(() => reject(error));
      }
    });
    return promise;
  }
}

function isRow(change: Change): change is Extract<Change, { readonly kind: 'row' }> {
  return change.kind === 'row' && 'journal_id' in change.row;
}
