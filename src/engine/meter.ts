/**
 * What the engine counts and times while it runs. It stands on the hot path: a turn takes two more
 * looks at the clock, and makes no object once every label has been seen.
 */

import type { Book } from '../../actors/book.ts';
import { BOOK } from '../protocol/book-board.ts';
import type { EngineMetrics, Tally } from '../protocol/engine-metrics.ts';
import type { Fact } from '../protocol/facts.ts';
import { openStages, STAGE_NAMES, type Stages } from '../protocol/stages.ts';
import type { Clock } from '../runtime/clock.ts';
import type { HistogramView } from '../runtime/histogram.ts';
import type { InputKind, Stamp, TurnInput, TurnRecord } from '../runtime/turn.ts';
import type { TurnMeter } from '../runtime/turn-loop.ts';
import type { Deciders } from './deciders.ts';

export class Meter implements TurnMeter {
  readonly stages: Stages = openStages();
  readonly #mono: Clock;
  readonly #turns = new Counter();
  readonly #operations = new Counter();
  readonly #transitions = new Counter();
  readonly #gateBlocks = new Counter();
  #books: Deciders['books'] = [];
  #bookById: ReadonlyMap<string, Book> = new Map();
  #at = Number.NaN;
  /** When the tick that the turn judges was read, or the turn began where there is none. */
  #cameAt = Number.NaN;

  constructor(mono: Clock) {
    this.#mono = mono;
  }

  begun({ kind, body }: TurnInput, { mono }: Stamp): void {
    this.#at = mono;
    const read = kind === 'evaluation' ? readAt(body) : Number.NaN;
    this.stages.record('tick', mono - read);
    this.#cameAt = Number.isNaN(read) ? mono : read;
  }

  decided(): void {
    const now = this.#mono.now();
    this.stages.record('turn', now - this.#at);
    this.#at = now;
  }

  logged(): void {
    const now = this.#mono.now();
    this.stages.record('journal', now - this.#at);
    this.#at = now;
  }

  /** An order leaves for the connection, which tells when it has it. */
  orderLeaves(): void {
    this.stages.order[0] = this.#at;
    this.stages.order[1] = this.#cameAt;
  }

  /** Counts what a turn did. */
  take(record: TurnRecord, { books }: Deciders): void {
    this.#turns.add(record.kind satisfies InputKind, '');
    if (record.kind === 'evaluation') {
      const book = this.#bookOf(record.to, books);
      for (const gate of book?.assessment()?.blocked ?? [])
        this.#gateBlocks.add(book?.symbol ?? '', gate);
    }
    for (const fact of record.facts as readonly Fact[]) {
      if (fact.fact === 'operation') this.#operations.add(fact.symbol, fact.type);
      else if (fact.fact === 'transition') this.#transitions.add(fact.machine, fact.to);
    }
  }

  read(waiting: number, tapeLost: number): EngineMetrics {
    const [unshipped = Number.NaN] = this.stages.unshipped;
    const { histograms } = this.stages;
    const views = STAGE_NAMES.map((name, index) => [name, histograms.read(index)] as const);
    return {
      // Made of every stage's name.
      stages: Object.fromEntries(views) as Record<(typeof STAGE_NAMES)[number], HistogramView>,
      turns: this.#turns.read().map(({ labels, count }) => ({ labels: labels.slice(0, 1), count })),
      operations: this.#operations.read(),
      transitions: this.#transitions.read(),
      gateBlocks: this.#gateBlocks.read(),
      waiting,
      tapeLost,
      unshippedBytes: Number.isNaN(unshipped) ? null : unshipped,
    };
  }

  /** Looked up: a tick of one of 500 books must not look at the others. */
  #bookOf(id: string, books: Deciders['books']): Book | undefined {
    if (books !== this.#books) {
      this.#books = books;
      this.#bookById = new Map(books.map((book) => [book.id, book]));
    }
    return this.#bookById.get(id);
  }
}

/** Counts by two labels. Their values are few and known: books, gates, states, kinds. */
class Counter {
  readonly #counts = new Map<string, Map<string, { count: number }>>();

  add(first: string, second: string): void {
    let seconds = this.#counts.get(first);
    if (seconds === undefined) {
      seconds = new Map();
      this.#counts.set(first, seconds);
    }
    const known = seconds.get(second);
    if (known === undefined) seconds.set(second, { count: 1 });
    else known.count += 1;
  }

  read(): readonly Tally[] {
    return [...this.#counts].flatMap(([first, seconds]) =>
      [...seconds].map(([second, { count }]) => ({ labels: [first, second], count })),
    );
  }
}

function readAt(body: unknown): number {
  return (body as Float64Array)[BOOK.recvMono] ?? Number.NaN;
}
