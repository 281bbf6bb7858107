/**
 * The greeks actor: when quotes of a book changed it prices the book's legs, each at its own
 * volatility, and publishes one record that holds the quotes, the volatilities, the greeks and the
 * regime together. What the kernel decides on is that record and nothing else.
 */

import assert from 'node:assert/strict';
import { Fault } from '../src/fault.ts';
import { MAX_BOOKS } from '../src/limits.ts';
import { BOOK_RECORD_LENGTH } from '../src/protocol/book-board.ts';
import type { BookPriced, PricingMessage } from '../src/protocol/market.ts';
import { QUOTE_RECORD_LENGTH } from '../src/protocol/quote-board.ts';
import { openStages, type Stages, type StagesDescriptor } from '../src/protocol/stages.ts';
import type { Actor, ActorContext, ActorRef } from '../src/runtime/actor.ts';
import { type BoardSet, type BoardSetDescriptor, openBoardSet } from '../src/runtime/board.ts';
import type { Timer } from '../src/runtime/clock.ts';
import { defineProtocol } from '../src/runtime/protocol.ts';
import { BookPricer } from './greeks/book-pricer.ts';

export interface GreeksArgs {
  readonly quoteBoard: BoardSetDescriptor;
  readonly bookBoard: BoardSetDescriptor;
  /** Takes `book.priced` after each record, and each `market.time` after the records before it. */
  readonly reportTo: string;
  /** Where the times of pricing are recorded; absent: they are not. */
  readonly stages?: StagesDescriptor;
}

/** What it tells `reportTo`. */
export type GreeksReport = BookPriced | Extract<PricingMessage, { type: 'market.time' }>;

/** A kernel that had no room has some when it has taken a slice of what waits. */
const TELL_AGAIN_MS = 5;
/** Made once: a tick makes no text. */
const CONFLATE_KEYS = Array.from({ length: MAX_BOOKS }, (_, slot) => `quotes:${slot}`);

const PROTOCOL = defineProtocol<PricingMessage>({
  watch: true,
  strikes: true,
  quotes: true,
  'market.time': true,
});

export function createActor(context: ActorContext, args: GreeksArgs): Actor<PricingMessage> {
  return new GreeksActor(context, args);
}

class GreeksActor implements Actor<PricingMessage> {
  readonly protocol = PROTOCOL;
  readonly #quotes: BoardSet;
  readonly #records: BoardSet;
  readonly #context: ActorContext;
  readonly #report: ActorRef<GreeksReport>;
  readonly #books = new Map<number, BookPricer>();
  /** What the kernel had no room for, in order: of each book, and of the time, the newest. */
  readonly #untold = new Map<number | 'time', GreeksReport>();
  readonly #stages: Stages | undefined;
  #tellAgain: Timer | undefined;

  constructor(context: ActorContext, args: GreeksArgs) {
    this.#context = context;
    this.#quotes = openBoardSet(args.quoteBoard);
    this.#records = openBoardSet(args.bookBoard);
    assert(this.#quotes.length === QUOTE_RECORD_LENGTH, 'the quote board has this layout');
    assert(this.#records.length === BOOK_RECORD_LENGTH, 'the book board has this layout');
    this.#report = context.ref(args.reportTo);
    if (args.stages !== undefined) this.#stages = openStages(args.stages);
  }

  conflateKey(message: PricingMessage): string | undefined {
    return message.type === 'quotes' ? CONFLATE_KEYS[message.slot] : undefined;
  }

  receive(message: PricingMessage): void {
    switch (message.type) {
      case 'watch':
        this.#watch(message);
        break;
      case 'strikes':
        // They are in the record with the next quote of the book.
        this.#books.get(message.slot)?.setStrikes(message);
        break;
      case 'quotes': {
        const book = this.#books.get(message.slot);
        // A book that is not watched any more may still have had a tick under way.
        if (book !== undefined) this.#price(book, message.tradingTs);
        break;
      }
      case 'market.time':
        for (const book of this.#books.values()) {
          if (book.staleAt <= message.ts) this.#price(book, message.ts);
        }
        // After the newest record of each book, wherever an older time has waited.
        this.#untold.delete('time');
        this.#tell('time', message);
        break;
    }
  }

  #watch({ books, lines, strikes }: Extract<PricingMessage, { type: 'watch' }>): void {
    const lineOf = new Map(lines);
    const watched = new Set(books.map(({ slot }) => slot));
    for (const slot of this.#books.keys()) {
      if (!watched.has(slot)) this.#books.delete(slot);
    }
    for (const spec of books) {
      const before = this.#books.get(spec.slot);
      const book = new BookPricer(spec, lineOf, this.#quotes, this.#records, before);
      const own = strikes.find(({ slot }) => slot === spec.slot);
      if (own !== undefined) book.setStrikes(own);
      this.#books.set(spec.slot, book);
      // Its legs or settings may be others now, and no tick need come to show it.
      if (book.pricedTs > 0) this.#price(book, book.pricedTs);
    }
  }

  #price(book: BookPricer, tradingTs: number): void {
    const begun = this.#context.mono.now();
    book.price(tradingTs);
    if (this.#stages !== undefined) {
      this.#stages.record('quote', begun - book.readAt);
      this.#stages.record('price', this.#context.mono.now() - begun);
    }
    this.#tell(book.slot, { type: 'book.priced', slot: book.slot, tradingTs });
  }

  #tell(key: number | 'time', report: GreeksReport): void {
    if (this.#untold.size === 0 && this.#cast(report)) return;
    this.#untold.set(key, report);
    this.#tellAgain ??= this.#context.mono.setTimer(TELL_AGAIN_MS, () => this.#tellUntold());
  }

  #tellUntold(): void {
    this.#tellAgain = undefined;
    for (const [key, report] of this.#untold) {
      if (!this.#cast(report)) break;
      this.#untold.delete(key);
    }
    if (this.#untold.size === 0) return;
    this.#tellAgain = this.#context.mono.setTimer(TELL_AGAIN_MS, () => this.#tellUntold());
  }

  /** False where the kernel is so far behind that its mailbox is full. */
  #cast(report: GreeksReport): boolean {
    try {
      this.#report.cast(report);
      return true;
    } catch (thrown) {
      if (thrown instanceof Fault && thrown.code === 'mailbox_full') return false;
      throw thrown;
    }
  }
}
