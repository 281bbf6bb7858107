/**
 * The market-data lines: one for each contract that any book watches, whoever shares it, with its
 * place on the quote board and the ticket of its subscription. Ticks change the line's private
 * record; a publish shows it to the readers and names the books to be priced again.
 */

import { strict as assert } from 'node:assert';
import type { Contract, OptionContract } from '../../domain/contract.ts';
import type { WatchedBook } from '../../protocol/market.ts';
import { QUOTE_LAYOUT, QUOTE_RECORD_LENGTH, type QuoteView } from '../../protocol/quote-board.ts';
import type { BoardSet, BoardWriter } from '../../runtime/board.ts';
import { type TickEffect, UNDERLYING_TICKS } from './ticks.ts';

export interface MarketLine {
  readonly contract: Contract;
  /** What is asked for beside the default ticks. */
  readonly generic: string;
  /** Its index on the quote board. */
  readonly index: number;
  readonly record: Float64Array;
  /** The record by the names of its fields. */
  readonly quote: QuoteView;
  /** The books that need it, by slot; none of a strike that only a smile is fitted to. */
  slots: readonly number[];
  /** Symbols of the books whose underlying it is. */
  symbols: readonly string[];
  ticket: number | null;
  /** Changed since the last publish; with `ticked` by the market, with `modelled` by IB's model. */
  dirty: boolean;
  ticked: boolean;
  modelled: boolean;
}

export interface LineChanges {
  readonly added: readonly MarketLine[];
  readonly removed: readonly MarketLine[];
  /** Contracts for which the board has no room. */
  readonly refused: readonly Contract[];
}

interface Want {
  readonly contract: Contract;
  readonly slots: Set<number>;
  readonly symbols: Set<string>;
}

export class MarketLines {
  readonly #boards: BoardSet;
  readonly #writers = new Map<number, BoardWriter>();
  readonly #lines = new Map<number, MarketLine>();
  readonly #seen: (quote: QuoteView) => void;
  #dirty: MarketLine[] = [];

  /** `seen` hears of each quote that the market changed, as the readers see it. */
  constructor(boards: BoardSet, seen: (quote: QuoteView) => void = () => undefined) {
    assert(boards.length === QUOTE_RECORD_LENGTH, 'a board of quote records');
    this.#boards = boards;
    this.#seen = seen;
  }

  all(): Iterable<MarketLine> {
    return this.#lines.values();
  }

  /** What books hold first: who subscribes to many waits for the last of them. */
  inOrder(): readonly MarketLine[] {
    const isOwn = ({ slots }: MarketLine): boolean => slots.length > 0;
    return [...this.#lines.values()].sort((a, b) => Number(isOwn(b)) - Number(isOwn(a)));
  }

  /** The underlying's line of a book. */
  underlyingOf(symbol: string): MarketLine | null {
    for (const line of this.#lines.values()) if (line.symbols.includes(symbol)) return line;
    return null;
  }

  /** Contract ids with their places on the board. */
  places(): (readonly [conId: number, line: number])[] {
    return [...this.#lines].map(([conId, line]) => [conId, line.index] as const);
  }

  /** What is known of a contract now, published or not. */
  quoteOf(conId: number): QuoteView | undefined {
    return this.#lines.get(conId)?.quote;
  }

  /** Where a contract stands on the board; undefined where it has no line. */
  placeOf(conId: number): number | undefined {
    return this.#lines.get(conId)?.index;
  }

  /**
   * Makes the lines those that `books` need, and `strikes` beside them, whose ticks have no book
   * priced; lines that stay keep ticket and record.
   */
  setBooks(books: readonly WatchedBook[], strikes: readonly OptionContract[] = []): LineChanges {
    const wants = wantsOf(books, strikes);
    const removed = [...this.#lines.values()].filter((line) => !wants.has(line.contract.conId));
    for (const line of removed) this.#free(line);

    const added: MarketLine[] = [];
    const refused: Contract[] = [];
    for (const [conId, want] of wants) {
      const former = this.#lines.get(conId);
      const line = former ?? this.#allocate(want.contract);
      if (line === undefined) {
        refused.push(want.contract);
        continue;
      }
      const joined = [...want.slots].some((slot) => !line.slots.includes(slot));
      if (former === undefined) added.push(line);
      // A book that joins a line hears of it with the next ticks, whosever they are.
      else if (joined) this.touch(line, 'fact');
      line.slots = [...want.slots];
      line.symbols = [...want.symbols];
    }
    return { added, removed, refused };
  }

  /** Notes that a tick changed the line's record. */
  touch(line: MarketLine, effect: TickEffect): void {
    if (effect === 'none') return;
    if (effect === 'market') line.ticked = true;
    if (effect === 'model') line.modelled = true;
    if (line.dirty) return;
    line.dirty = true;
    this.#dirty.push(line);
  }

  /** Publishes what changed; returns the slots of the books that it concerns. */
  publish(tradingTs: number, recvMono: number): readonly number[] {
    if (this.#dirty.length === 0) return [];
    const slots = new Set<number>();
    const lines = this.#dirty;
    this.#dirty = [];
    for (const line of lines) {
      this.#show(line, tradingTs, recvMono);
      for (const slot of line.slots) slots.add(slot);
    }
    return [...slots];
  }

  /** Publishes one line, ahead of the others. */
  publishOne(line: MarketLine, tradingTs: number, recvMono: number): readonly number[] {
    this.#dirty = this.#dirty.filter((other) => other !== line);
    this.#show(line, tradingTs, recvMono);
    return line.slots;
  }

  #show(line: MarketLine, tradingTs: number, recvMono: number): void {
    if (line.ticked) {
      line.quote.ts = tradingTs;
      line.quote.recvMono = recvMono;
      // What no book holds is nobody's to record.
      if (line.slots.length > 0) this.#seen(line.quote);
    }
    if (line.modelled) line.quote.ibTs = tradingTs;
    line.dirty = false;
    line.ticked = false;
    line.modelled = false;
    this.#writerOf(line.index).publish();
  }

  #allocate(contract: Contract): MarketLine | undefined {
    const taken = new Set([...this.#lines.values()].map((line) => line.index));
    let index = 0;
    while (taken.has(index)) index += 1;
    if (index >= this.#boards.records) return undefined;

    const writer = this.#writerOf(index);
    const record = writer.scratch;
    record.fill(Number.NaN);
    const quote = QUOTE_LAYOUT.over(record);
    quote.conId = contract.conId;
    writer.publish();
    const line: MarketLine = {
      contract,
      generic: contract.secType === 'STK' ? UNDERLYING_TICKS : '',
      index,
      record,
      quote,
      slots: [],
      symbols: [],
      ticket: null,
      dirty: false,
      ticked: false,
      modelled: false,
    };
    this.#lines.set(contract.conId, line);
    return line;
  }

  /** A freed place says so, lest a reader that still looks there takes the old quote for fresh. */
  #free(line: MarketLine): void {
    this.#lines.delete(line.contract.conId);
    this.#dirty = this.#dirty.filter((other) => other !== line);
    line.record.fill(Number.NaN);
    this.#writerOf(line.index).publish();
  }

  #writerOf(index: number): BoardWriter {
    const known = this.#writers.get(index);
    if (known !== undefined) return known;
    const writer = this.#boards.writer(index);
    this.#writers.set(index, writer);
    return writer;
  }
}

function wantsOf(
  books: readonly WatchedBook[],
  strikes: readonly OptionContract[],
): Map<number, Want> {
  const wants = new Map<number, Want>();
  const want = (contract: Contract): Want => {
    assert(contract.conId > 0, 'a watched contract is known');
    const known = wants.get(contract.conId) ?? { contract, slots: new Set(), symbols: new Set() };
    wants.set(contract.conId, known);
    return known;
  };
  for (const { underlying, legs, slot, symbol } of books) {
    want(underlying).symbols.add(symbol);
    for (const contract of [underlying, ...legs]) want(contract).slots.add(slot);
  }
  // Last: what the books hold has the board's places first.
  for (const strike of strikes) want(strike);
  return wants;
}
