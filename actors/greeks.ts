/**
 * The greeks actor: when quotes of a book changed it prices the book's legs, each at its own
 * volatility, and publishes one record that holds the quotes, the volatilities, the greeks and the
 * regime together. What the kernel decides on is that record and nothing else.
 */

import assert from 'node:assert/strict';
import { midOf } from '../src/domain/book-quotes.ts';
import { RegimeWindow } from '../src/domain/regime.ts';
import { Fault } from '../src/fault.ts';
import { MAX_BOOKS, MAX_LEGS } from '../src/limits.ts';
import { LegPricer, QUALITY } from '../src/pricing/leg.ts';
import {
  BOOK,
  BOOK_RECORD_LENGTH,
  LEG,
  legOffset,
  VOL_SOURCES,
} from '../src/protocol/book-board.ts';
import type { BookPriced, PricingMessage, WatchedBook } from '../src/protocol/market.ts';
import { QUOTE, QUOTE_RECORD_LENGTH } from '../src/protocol/quote-board.ts';
import type { Actor, ActorContext, ActorRef } from '../src/runtime/actor.ts';
import {
  type BoardReader,
  type BoardSet,
  type BoardSetDescriptor,
  type BoardWriter,
  openBoardSet,
} from '../src/runtime/board.ts';
import type { Timer } from '../src/runtime/clock.ts';
import { defineProtocol } from '../src/runtime/protocol.ts';

export interface GreeksArgs {
  readonly quoteBoard: BoardSetDescriptor;
  readonly bookBoard: BoardSetDescriptor;
  /** Takes `book.priced` after each record, and each `market.time` after the records before it. */
  readonly reportTo: string;
}

/** What it tells `reportTo`. */
export type GreeksReport = BookPriced | Extract<PricingMessage, { type: 'market.time' }>;

/** A kernel that had no room has some when it has taken a slice of what waits. */
const TELL_AGAIN_MS = 5;
/** Made once: a tick makes no text. */
const CONFLATE_KEYS = Array.from({ length: MAX_BOOKS }, (_, slot) => `quotes:${slot}`);

const PROTOCOL = defineProtocol<PricingMessage>({
  watch: true,
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
  #tellAgain: Timer | undefined;

  constructor(context: ActorContext, args: GreeksArgs) {
    this.#context = context;
    this.#quotes = openBoardSet(args.quoteBoard);
    this.#records = openBoardSet(args.bookBoard);
    assert(this.#quotes.length === QUOTE_RECORD_LENGTH, 'the quote board has this layout');
    assert(this.#records.length === BOOK_RECORD_LENGTH, 'the book board has this layout');
    this.#report = context.ref(args.reportTo);
  }

  conflateKey(message: PricingMessage): string | undefined {
    return message.type === 'quotes' ? CONFLATE_KEYS[message.slot] : undefined;
  }

  receive(message: PricingMessage): void {
    switch (message.type) {
      case 'watch':
        this.#watch(message);
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

  #watch({ books, lines }: Extract<PricingMessage, { type: 'watch' }>): void {
    const lineOf = new Map(lines);
    const watched = new Set(books.map(({ slot }) => slot));
    for (const slot of this.#books.keys()) {
      if (!watched.has(slot)) this.#books.delete(slot);
    }
    for (const spec of books) {
      const before = this.#books.get(spec.slot);
      const book = new BookPricer(spec, lineOf, this.#quotes, this.#records, before);
      this.#books.set(spec.slot, book);
      // Its legs or settings may be others now, and no tick need come to show it.
      if (book.pricedTs > 0) this.#price(book, book.pricedTs);
    }
  }

  #price(book: BookPricer, tradingTs: number): void {
    book.price(tradingTs);
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

interface Line {
  readonly conId: number;
  /** Null while no market-data line carries the contract. */
  readonly reader: BoardReader | null;
}

interface Leg extends Line {
  readonly pricer: LegPricer;
  readonly strike: number;
  /** As the record has them: 1 a call, −1 a put; `YYYYMMDD`. */
  readonly right: number;
  readonly expiry: number;
}

/** One book's record, from the lines it needs. */
class BookPricer {
  readonly slot: number;
  /** Trading time of the newest record; 0 before the first. */
  pricedTs = 0;
  /** Trading time at which a volatility in the record becomes too old; or Infinity. */
  staleAt = Number.POSITIVE_INFINITY;
  readonly #spec: WatchedBook;
  readonly #underlying: Line;
  readonly #legs: readonly Leg[];
  readonly #writer: BoardWriter;
  readonly #regime: RegimeWindow;
  readonly #market = { bid: Number.NaN, ask: Number.NaN, ibIv: Number.NaN };
  #version = 0;
  /** The last mid the underlying had: one side alone, or a crossed quote, gives none. */
  #spot = Number.NaN;

  constructor(
    spec: WatchedBook,
    lineOf: ReadonlyMap<number, number>,
    quotes: BoardSet,
    records: BoardSet,
    before: BookPricer | undefined,
  ) {
    assert(spec.legs.length <= MAX_LEGS, 'a book has at most MAX_LEGS legs');
    const lineFor = (conId: number): Line => {
      const line = lineOf.get(conId);
      return { conId, reader: line === undefined ? null : quotes.reader(line) };
    };
    this.slot = spec.slot;
    this.#spec = spec;
    this.#underlying = lineFor(spec.underlying.conId);
    this.#legs = spec.legs.map((contract) => ({
      ...lineFor(contract.conId),
      strike: contract.strike,
      right: contract.right === 'C' ? 1 : -1,
      expiry: Number(contract.expiry),
      pricer: new LegPricer(contract, spec.greeks, spec.ivMaxAgeS),
    }));
    this.#writer = records.writer(spec.slot);
    const same =
      before !== undefined &&
      before.#spec.underlying.conId === spec.underlying.conId &&
      before.#spec.volWindowMin === spec.volWindowMin;
    this.#regime = same ? before.#regime : new RegimeWindow(spec.volWindowMin);
    const last = records.reader(spec.slot);
    if (last.read()) this.#continue(last.record);
    if (before !== undefined) this.#inherit(before);
  }

  /** Prices every leg at `tradingTs` and publishes the record. */
  price(tradingTs: number): void {
    const record = this.#writer.scratch;
    record.fill(Number.NaN);
    this.#version += 1;
    this.pricedTs = tradingTs;
    this.staleAt = Number.POSITIVE_INFINITY;
    record[BOOK.slot] = this.slot;
    record[BOOK.version] = this.#version;
    record[BOOK.tradingTs] = tradingTs;
    record[BOOK.recvMono] = Number.NaN;
    record[BOOK.legCount] = this.#legs.length;
    const { greeks } = this.#spec;
    record[BOOK.rate] = greeks.risk_free_rate;
    record[BOOK.dividendYield] = greeks.dividend_yield;
    record[BOOK.volatility] = greeks.volatility;
    record[BOOK.volSource] = VOL_SOURCES.indexOf(greeks.vol_source);
    this.#writeUnderlying(record);
    let volSum = 0;
    let volCount = 0;
    for (const [index, leg] of this.#legs.entries()) {
      this.#writeLeg(record, legOffset(index), leg, tradingTs);
      this.staleAt = Math.min(this.staleAt, leg.pricer.staleAt);
      if (leg.pricer.quality === QUALITY.invalid) continue;
      volSum += leg.pricer.iv;
      volCount += 1;
    }
    this.#writeRegime(record, volCount > 0 ? volSum / volCount : this.#spec.greeks.volatility);
    this.#writer.publish();
  }

  #writeUnderlying(record: Float64Array): void {
    const quote = readLine(this.#underlying);
    record[BOOK.halted] = 0;
    record[BOOK.dataType] = 1;
    if (quote === null) return;
    const bid = at(quote, QUOTE.bid);
    const ask = at(quote, QUOTE.ask);
    record[BOOK.bid] = bid;
    record[BOOK.ask] = ask;
    record[BOOK.last] = at(quote, QUOTE.last);
    record[BOOK.bidSize] = at(quote, QUOTE.bidSize);
    record[BOOK.askSize] = at(quote, QUOTE.askSize);
    record[BOOK.close] = at(quote, QUOTE.close);
    record[BOOK.spotTs] = at(quote, QUOTE.ts);
    record[BOOK.halted] = at(quote, QUOTE.halted);
    record[BOOK.dataType] = at(quote, QUOTE.dataType);
    record[BOOK.shortable] = at(quote, QUOTE.shortable);
    record[BOOK.shortableShares] = at(quote, QUOTE.shortableShares);
    record[BOOK.recvMono] = at(quote, QUOTE.recvMono);
    const mid = midOf(bid, ask);
    if (mid > 0) this.#spot = mid;
  }

  #writeLeg(record: Float64Array, base: number, leg: Leg, tradingTs: number): void {
    const { pricer } = leg;
    const market = this.#market;
    const quote = readLine(leg);
    market.bid = quote === null ? Number.NaN : at(quote, QUOTE.bid);
    market.ask = quote === null ? Number.NaN : at(quote, QUOTE.ask);
    market.ibIv = quote === null ? Number.NaN : at(quote, QUOTE.ibIv);
    pricer.price(market, this.#spot, tradingTs);
    record[base + LEG.conId] = leg.conId;
    record[base + LEG.bid] = market.bid;
    record[base + LEG.ask] = market.ask;
    record[base + LEG.iv] = pricer.iv;
    record[base + LEG.ivTs] = pricer.ivTs;
    record[base + LEG.quality] = pricer.quality;
    record[base + LEG.value] = pricer.greeks.price;
    record[base + LEG.delta] = pricer.greeks.delta;
    record[base + LEG.gamma] = pricer.greeks.gamma;
    record[base + LEG.vega] = pricer.greeks.vega;
    record[base + LEG.theta] = pricer.greeks.theta;
    record[base + LEG.spot] = this.#spot;
    record[base + LEG.ibIv] = market.ibIv;
    record[base + LEG.strike] = leg.strike;
    record[base + LEG.right] = leg.right;
    record[base + LEG.expiry] = leg.expiry;
    if (quote === null) return;
    record[base + LEG.last] = at(quote, QUOTE.last);
    record[base + LEG.close] = at(quote, QUOTE.close);
    record[base + LEG.quoteTs] = at(quote, QUOTE.ts);
    record[base + LEG.ibDelta] = at(quote, QUOTE.ibDelta);
    // The newest read is the one that caused this record.
    const recvMono = at(quote, QUOTE.recvMono);
    if (!(at(record, BOOK.recvMono) >= recvMono)) record[BOOK.recvMono] = recvMono;
  }

  #writeRegime(record: Float64Array, referenceVol: number): void {
    const mid = midOf(at(record, BOOK.bid), at(record, BOOK.ask));
    const ts = at(record, BOOK.tradingTs);
    this.#regime.update(ts, mid, at(record, BOOK.close), referenceVol);
    record[BOOK.regime] = this.#regime.classify(referenceVol);
    record[BOOK.realizedVol] = this.#regime.realizedVol();
  }

  /** Goes on from a record of the actor's last life: versions grow, volatilities are held. */
  #continue(record: Float64Array): void {
    this.#version = at(record, BOOK.version);
    for (let index = 0; index < at(record, BOOK.legCount); index += 1) {
      const base = legOffset(index);
      const conId = at(record, base + LEG.conId);
      const leg = this.#legs.find((candidate) => candidate.conId === conId);
      if (leg === undefined) continue;
      // No time means the volatility was not from a quote; `hold` refuses it.
      leg.pricer.hold(at(record, base + LEG.iv), at(record, base + LEG.ivTs));
      // The same contract has the same underlying.
      this.#spot = at(record, base + LEG.spot);
    }
  }

  /** What a record does not carry: volatilities held behind another source, the last mid. */
  #inherit(before: BookPricer): void {
    if (before.#spec.underlying.conId !== this.#spec.underlying.conId) return;
    this.pricedTs = before.pricedTs;
    this.#spot = before.#spot;
    for (const leg of this.#legs) {
      const held = before.#legs.find(({ conId }) => conId === leg.conId)?.pricer.held;
      if (held !== undefined) leg.pricer.hold(held.iv, held.ivTs);
    }
  }
}

/** The line's record, if it is there and (lines are reused) carries this contract. */
function readLine({ conId, reader }: Line): Float64Array | null {
  if (reader === null) return null;
  reader.read();
  const { record, version } = reader;
  return version !== 0 && record[QUOTE.conId] === conId ? record : null;
}

function at(record: Float64Array, index: number): number {
  return record[index] ?? Number.NaN;
}
