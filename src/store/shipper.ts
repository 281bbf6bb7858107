/**
 * Ships the journal to a sink, exactly once: a batch of changes and the position behind them are
 * written together. Nothing is kept in memory that a restart would miss; after any error the sink
 * is asked again how far it came. While the sink works on one batch the next one is prepared, so
 * that a backlog is shipped as fast as the slower of the two can.
 */

import type { Logger } from '../log.ts';
import type { Fact } from '../protocol/facts.ts';
import { readRecordFacts } from '../protocol/records.ts';
import { databaseErrorKind, errorText } from './database-error.ts';
import { type Change, changesOf, type Source } from './fact-rows.ts';
import {
  bytesAfter,
  type JournalEntry,
  type JournalPosition,
  journalEnd,
  readJournal,
} from './journal.ts';
import { firstProgress, readableFrom, readOrigin } from './journal-origin.ts';
import type { Batch, Progress, Refused, Sink } from './sink.ts';

export interface ShipperOptions<B extends Batch = Batch> {
  readonly sink: Sink<B>;
  readonly journalDir: string;
  readonly journalId: string;
  /** A batch ends with the record that reaches this many changes. */
  readonly batchRows: number;
  /** How far a journal that is being written may be shipped; without it to its end. */
  readonly until?: () => JournalPosition;
  readonly log: Logger;
}

interface Shipped {
  readonly records: number;
  readonly rows: number;
  /** There was nothing more in the journal that may be shipped. */
  readonly caughtUp: boolean;
}

export interface Shipper {
  /** Ships one batch. Throws what the sink threw; then it can be called again. */
  ship(): Promise<Shipped>;
  /** Bytes of the journal that are not shipped; at first, those written since this began. */
  lagBytes(): number;
  /** The segment up to which all is shipped; 0 before the sink was asked. */
  shipped(): { readonly segment: number };
}

/** Bounds the memory of a batch, and what is read again after a restart when no rows come. */
const RECORDS_MAX = 5_000;
/** What is prepared at once while the sink works, a millisecond: its connection must be served. */
const SLICE_RECORDS = 100;

export function createShipper<B extends Batch>(options: ShipperOptions<B>): Shipper {
  return new JournalShipper(options);
}

class JournalShipper<B extends Batch> implements Shipper {
  readonly #options: ShipperOptions<B>;
  /** As the sink has it; undefined: to be asked. */
  #committed: Progress | undefined;
  /** Up to here the journal was read, and held no rows since `#committed`. */
  #read: Progress | undefined;
  /** What was prepared while the sink worked. */
  #next: Collection<B> | undefined;
  readonly #spare: B[] = [];
  /** As it was known last, also while the sink is away. */
  #shipped: JournalPosition | undefined;
  /** Where the journal ended when this began. */
  readonly #begun: JournalPosition;
  /** Records to ship one by one, because one of them holds a row that is refused. */
  #singly = 0;

  constructor(options: ShipperOptions<B>) {
    this.#options = options;
    this.#begun = journalEnd(options.journalDir, 'journal');
  }

  async ship(): Promise<Shipped> {
    const committed = this.#committed ?? (await this.#loadProgress());
    this.#committed = committed;
    const collection = this.#next ?? this.#collect(this.#read ?? committed);
    this.#next = undefined;
    collection.advance(Number.POSITIVE_INFINITY);
    this.#read = collection.end;
    const { batch, records, refused, caughtUp } = collection;
    const rows = batch.size;
    // Records without rows wait for the next that has some, unless they become many.
    const isDue = rows > 0 || refused.length > 0 || records >= RECORDS_MAX;
    const isShipped = !isDue || (await this.#write(committed, collection));
    this.#recycle(batch);
    if (!isShipped) return { records: 0, rows: 0, caughtUp: false };
    return { records, rows, caughtUp };
  }

  lagBytes(): number {
    const { journalDir } = this.#options;
    return bytesAfter(journalDir, 'journal', this.#shipped ?? this.#begun);
  }

  shipped(): { readonly segment: number } {
    return { segment: this.#shipped?.segment ?? 0 };
  }

  #collect(from: Progress): Collection<B> {
    const { journalDir, journalId, batchRows, sink } = this.#options;
    const until = this.#options.until?.() ?? null;
    const entries = readJournal(journalDir, 'journal', startPosition(from));
    const batch = this.#spare.pop() ?? sink.createBatch();
    const recordsMax = this.#singly > 0 ? 1 : RECORDS_MAX;
    const bounds = { journalId, rowsMax: batchRows, recordsMax, until };
    return new Collection(entries, from, batch, bounds);
  }

  /** A batch's buffers are used again: a backlog leaves little for the garbage collector. */
  #recycle(batch: B): void {
    batch.clear();
    this.#spare.push(batch);
  }

  /** False: nothing was written, and the same records come again one by one. */
  async #write(from: Progress, collection: Collection<B>): Promise<boolean> {
    const { records } = collection;
    try {
      await this.#deliver(from, collection);
    } catch (error) {
      this.#forget();
      if (databaseErrorKind(error) !== 'data') throw error;
      // Which record it is shows when each has a transaction of its own.
      if (records > 1) {
        this.#singly = records;
        return false;
      }
      collection.refuseAll(errorText(error));
      await this.#deliver(from, collection);
    }
    this.#singly = Math.max(0, this.#singly - 1);
    return true;
  }

  async #deliver(from: Progress, collection: Collection<B>): Promise<void> {
    const { sink, journalDir, journalId, log } = this.#options;
    const { batch, end: to, refused, ts, caughtUp } = collection;
    const lagBytes = caughtUp ? 0 : bytesAfter(journalDir, 'journal', to.position);
    const meanwhile = () => !caughtUp && this.#prepare(to);
    try {
      await sink.write(journalId, { from, to, batch, refused, ts, lagBytes, meanwhile });
    } catch (error) {
      this.#forget();
      throw error;
    }
    for (const { sequence, error } of refused) {
      log.error({ sequence, reason: error }, 'the sink refuses a fact; see facts_rejected');
    }
    this.#committed = to;
    this.#shipped = to.position;
    this.#read = to;
  }

  /** False when the next batch is whole, or cannot be prepared. */
  #prepare(from: Progress): boolean {
    try {
      this.#next ??= this.#collect(from);
      this.#next.advance(SLICE_RECORDS);
      return !this.#next.isWhole;
    } catch {
      // Called from within the sink, which has no part in it: the next batch fails the same way.
      this.#next = undefined;
      return false;
    }
  }

  async #loadProgress(): Promise<Progress> {
    const { journalDir, log } = this.#options;
    const known = await this.#knownProgress();
    const from = readableFrom(journalDir, known);
    if (from !== known) {
      const [shipped, next] = [known.position.segment, from.position.segment];
      log.error({ shipped, next }, 'segments of the journal are gone that were not shipped');
    }
    this.#read = from;
    this.#shipped = from.position;
    return known;
  }

  async #knownProgress(): Promise<Progress> {
    const { sink, journalId, journalDir } = this.#options;
    const known = await sink.progress(journalId);
    if (known !== null) return known;
    const origin = readOrigin(journalDir);
    const ofOrigin = origin === null ? null : await sink.progress(origin.journalId);
    return await sink.begin(journalId, firstProgress(origin, ofOrigin));
  }

  #forget(): void {
    this.#committed = undefined;
    this.#read = undefined;
    this.#next = undefined;
  }
}

interface Bounds {
  readonly journalId: string;
  readonly rowsMax: number;
  readonly recordsMax: number;
  /** What lies behind it is not taken; null: the journal's end. */
  readonly until: JournalPosition | null;
}

/** A batch while it is gathered from the journal, a slice at a time. */
class Collection<B extends Batch> {
  readonly batch: B;
  readonly refused: Refused[] = [];
  records = 0;
  end: Progress;
  /** Wall time of the newest record, unix seconds. */
  ts = 0;
  /** It holds the last record that may be shipped. */
  caughtUp = false;
  readonly #entries: Generator<JournalEntry, void, undefined>;
  readonly #bounds: Bounds;
  #done = false;
  /** Of the last record, for a record that is alone. */
  #facts: readonly string[] = [];

  constructor(
    entries: Generator<JournalEntry, void, undefined>,
    from: Progress,
    batch: B,
    bounds: Bounds,
  ) {
    this.#entries = entries;
    this.end = from;
    this.batch = batch;
    this.#bounds = bounds;
  }

  /** It takes no more records. */
  get isWhole(): boolean {
    return this.#done;
  }

  /** Takes up to so many records more, within the batch's bounds. */
  advance(records: number): void {
    const { rowsMax, recordsMax, until } = this.#bounds;
    for (let taken = 0; !this.#done && taken < records; taken += 1) {
      const step = this.#entries.next();
      if (step.done === true || (until !== null && isBehind(step.value.next, until))) {
        this.caughtUp = true;
        this.#done = true;
        this.#entries.return();
        return;
      }
      this.#take(step.value);
      if (this.batch.size < rowsMax && this.records < recordsMax) continue;
      this.#done = true;
      this.#entries.return();
    }
  }

  /** The sink refused the one record there is, for a reason that was not foreseen. */
  refuseAll(error: string): void {
    this.batch.clear();
    this.refused.push({ sequence: this.end.sequence, facts: this.#facts, error });
  }

  #take({ payload, next }: JournalEntry): void {
    const { seq, wall, facts } = readRecordFacts(payload);
    const source = { journalId: this.#bounds.journalId, sequence: seq };
    const found = this.#changes(facts, source);
    const isRefused = typeof found === 'string';
    if (this.#bounds.recordsMax === 1 || isRefused) {
      this.#facts = facts.map((fact) => JSON.stringify(fact));
    }
    if (isRefused) this.refused.push({ sequence: seq, facts: this.#facts, error: found });
    else for (const change of found) this.batch.add(change);
    this.records += 1;
    this.end = { position: next, sequence: seq };
    this.ts = wall / 1000;
  }

  /** What the record changes, or why the sink cannot take it. */
  #changes(facts: readonly Fact[], source: Source): readonly Change[] | string {
    const changes: Change[] = [];
    try {
      for (const fact of facts) changes.push(...changesOf(fact, source));
    } catch (error) {
      // A value that no fact of ours should have. The record stays in the journal, so every start
      // would meet it again: it is kept whole, and holds up none behind it.
      return errorText(error);
    }
    for (const change of changes) {
      const refusal = this.batch.refusal(change);
      if (refusal !== null) return refusal;
    }
    return changes;
  }
}

function isBehind(one: JournalPosition, other: JournalPosition): boolean {
  if (one.segment !== other.segment) return one.segment > other.segment;
  return one.offset > other.offset;
}

function startPosition({ position }: Progress) {
  return position.segment === 0 ? undefined : position;
}
