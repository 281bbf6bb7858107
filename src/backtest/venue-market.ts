/**
 * The market-data port on the simulated exchange: watched lines are written to the quote board as
 * the market-data actor writes them, once for each step, and the greeks actor itself prices the
 * books. What a line shows is what the exchange shows at that moment, so nothing is known early.
 */

import { createActor as createGreeks, type GreeksReport } from '../../actors/greeks.ts';
import { placeStrikes, shareLines } from '../../actors/market-data/line-budget.ts';
import { SmileWatch } from '../../actors/market-data/smile-watch.ts';
import { midOf } from '../domain/book-quotes.ts';
import { epochOf } from '../domain/calendar.ts';
import { type MarketLine, MarketLines } from '../gateway/ib/market-lines.ts';
import { effectiveAt } from '../gateway/sim/dividends.ts';
import type { Venue, VenueQuote } from '../gateway/sim/venue.ts';
import { MAX_LINES } from '../limits.ts';
import type { Logger } from '../log.ts';
import { BOOK_RECORD_LENGTH, usedLength } from '../protocol/book-board.ts';
import type {
  BookStrikes,
  MarketCommand,
  MarketReport,
  PricingMessage,
  WatchedBook,
} from '../protocol/market.ts';
import { QUOTE, QUOTE_RECORD_LENGTH } from '../protocol/quote-board.ts';
import type { Actor, ActorContext, ActorRef } from '../runtime/actor.ts';
import { type BoardReader, type BoardSet, createBoardSet } from '../runtime/board.ts';
import type { Clock } from '../runtime/clock.ts';
import { createRandom } from '../runtime/random.ts';
import { venueChains } from './venue-chains.ts';

export interface VenueMarketOptions {
  readonly venue: Venue;
  readonly mono: Clock;
  readonly clientId: number;
  /** Of its books, how many there are: each has a board. */
  readonly slots: number;
  readonly log: Logger;
  readonly onReport: (report: MarketReport) => void;
  /** The greeks actor has a new record, or passes the time on behind the records of a step. */
  readonly onPriced: (report: GreeksReport) => void;
}

/** No exchange tells more of a recorded line than this: live data. */
const LIVE = 1;

export class VenueMarket {
  readonly #options: VenueMarketOptions;
  readonly #lines: MarketLines;
  readonly #records: BoardSet;
  readonly #greeks: Actor<PricingMessage>;
  readonly #smiles: SmileWatch;
  #books: readonly WatchedBook[] = [];
  readonly #ends = new Map<MarketLine, () => void>();
  readonly #readers = new Map<number, BoardReader>();
  readonly #newest = new Map<number, Float64Array>();
  /** When a line's next dividend is another. */
  #paidAt = Number.POSITIVE_INFINITY;
  #now = Number.NaN;
  #isUp = false;

  constructor(options: VenueMarketOptions) {
    this.#options = options;
    const quotes = createBoardSet({ records: MAX_LINES, length: QUOTE_RECORD_LENGTH });
    this.#lines = new MarketLines(quotes);
    this.#records = createBoardSet({ records: options.slots, length: BOOK_RECORD_LENGTH });
    this.#greeks = createGreeks(this.#context(), {
      quoteBoard: quotes.descriptor,
      bookBoard: this.#records.descriptor,
      reportTo: 'kernel',
    });
    this.#smiles = new SmileWatch({
      chains: venueChains(options.venue),
      spotOf: (conId) => {
        const quote = this.#lines.quoteOf(conId);
        return quote === undefined ? Number.NaN : midOf(quote.bid, quote.ask);
      },
      volatilityOf: (conId) => this.#lines.quoteOf(conId)?.ibIv ?? Number.NaN,
      now: () => this.#now,
    });
  }

  /** The newest record of a book, as the kernel takes it; null before the first. */
  read(slot: number): Float64Array | null {
    const known = this.#readers.get(slot);
    const reader = known ?? this.#records.reader(slot);
    if (known === undefined) this.#readers.set(slot, reader);
    if (!reader.read()) return null;
    const record = reader.record.slice(0, usedLength(reader.record));
    this.#newest.set(slot, record);
    return record;
  }

  /** What was read last. */
  newest(slot: number): Float64Array | null {
    return this.#newest.get(slot) ?? null;
  }

  receive(command: MarketCommand): void {
    switch (command.type) {
      case 'link.open':
        this.#isUp = true;
        this.#options.onReport({
          type: 'market.up',
          clientId: this.#options.clientId,
          serverVersion: 0,
        });
        break;
      case 'link.close':
        this.close();
        break;
      case 'watch':
        this.#watch(command);
        break;
      case 'probe':
        this.#probe(command.symbol);
        break;
      case 'resubscribe':
        break;
    }
  }

  /** The step is complete: its quotes are shown, priced, and told before its time is. */
  step(ts: number): void {
    this.#now = ts;
    if (!this.#isUp) return;
    if (ts >= this.#paidAt) this.#tellDividends([...this.#ends.keys()]);
    const mono = this.#options.mono.now();
    for (const slot of this.#lines.publish(ts, mono)) {
      this.#greeks.receive({ type: 'quotes', slot, tradingTs: ts });
    }
    this.#greeks.receive({ type: 'market.time', ts });
    if (!this.#smiles.follow(false)) return;
    for (const one of this.#setLines()) this.#greeks.receive({ type: 'strikes', ...one });
  }

  close(): void {
    this.#isUp = false;
    for (const end of this.#ends.values()) end();
    this.#ends.clear();
  }

  #watch({ books }: Extract<MarketCommand, { type: 'watch' }>): void {
    this.#books = books;
    this.#smiles.setBooks(books);
    this.#smiles.follow(true);
    const strikes = this.#setLines();
    this.#greeks.receive({ type: 'watch', books, lines: this.#lines.places(), strikes });
  }

  /** A recording has no limit of lines but the board's. */
  #setLines(): readonly BookStrikes[] {
    const shares = shareLines(this.#books, this.#smiles.wanted, MAX_LINES);
    const contracts = [...shares.values()].flatMap((share) => share.contracts);
    const { added, removed } = this.#lines.setBooks(this.#books, contracts);
    for (const line of removed) {
      this.#ends.get(line)?.();
      this.#ends.delete(line);
    }
    for (const line of added) {
      line.record[QUOTE.dataType] = LIVE;
      const show = (quote: VenueQuote): void => this.#show(line, quote);
      this.#ends.set(line, this.#options.venue.watch(line.contract.conId, show));
      for (const symbol of line.symbols) {
        this.#options.onReport({ type: 'market.dataType', symbol, dataType: LIVE });
      }
    }
    this.#tellDividends(added);
    return placeStrikes(this.#smiles.slots, shares, this.#lines);
  }

  /** The next one, as IB tells it (tick 59): options are priced with it. */
  #tellDividends(lines: readonly MarketLine[]): void {
    for (const line of lines) {
      if (line.contract.secType === 'OPT') continue;
      const told = this.#options.venue.research?.dividends(line.contract.conId) ?? null;
      if (told === null) continue;
      const { nextDate: date, nextAmount } = told;
      this.#paidAt = date === '' ? Number.POSITIVE_INFINITY : effectiveAt(date);
      const changed =
        set(line.record, QUOTE.dividendTs, date === '' ? Number.NaN : epochOf(date, '00:00')) +
        set(line.record, QUOTE.dividendAmount, priceOf(nextAmount));
      if (changed > 0) this.#lines.touch(line, 'fact');
    }
  }

  #show(line: MarketLine, quote: VenueQuote): void {
    const { record } = line;
    const changed =
      set(record, QUOTE.bid, priceOf(quote.bid)) +
      set(record, QUOTE.ask, priceOf(quote.ask)) +
      set(record, QUOTE.bidSize, priceOf(quote.bidSize)) +
      set(record, QUOTE.askSize, priceOf(quote.askSize)) +
      set(record, QUOTE.last, priceOf(quote.last)) +
      set(record, QUOTE.halted, quote.halted ? 1 : 0);
    const facts = set(record, QUOTE.close, priceOf(quote.close));
    if (changed > 0) this.#lines.touch(line, 'market');
    else if (facts > 0) this.#lines.touch(line, 'fact');
    if (this.#model(record, quote) > 0) this.#lines.touch(line, 'model');
  }

  #model(record: Float64Array, { model }: VenueQuote): number {
    if (model === null) return 0;
    return (
      set(record, QUOTE.ibIv, priceOf(model.iv)) +
      set(record, QUOTE.ibDelta, model.delta) +
      set(record, QUOTE.ibGamma, model.gamma) +
      set(record, QUOTE.ibVega, model.vega) +
      set(record, QUOTE.ibTheta, model.theta)
    );
  }

  /** A snapshot: the line lives where the tape has quoted it, even if it has nothing new. */
  #probe(symbol: string): void {
    const line = this.#lines.underlyingOf(symbol);
    const bid = line?.record[QUOTE.bid] ?? Number.NaN;
    const ask = line?.record[QUOTE.ask] ?? Number.NaN;
    const answered = line !== null && (bid > 0 || ask > 0);
    if (answered) {
      this.#lines.touch(line, 'market');
      const slots = this.#lines.publishOne(line, this.#now, this.#options.mono.now());
      for (const slot of slots) {
        this.#greeks.receive({ type: 'quotes', slot, tradingTs: this.#now });
      }
    }
    this.#options.onReport({ type: 'market.probed', symbol, answered });
  }

  #context(): ActorContext {
    const { mono, log, onPriced } = this.#options;
    const none = (): Promise<never> => Promise.reject(new Error('the greeks actor only casts'));
    const kernel: ActorRef<GreeksReport> = { id: 'kernel', cast: onPriced, send: none, call: none };
    return {
      id: 'greeks',
      mono,
      wall: mono,
      random: createRandom('greeks'),
      log,
      ref: <M>() => kernel as unknown as ActorRef<M>,
      watch: () => () => undefined,
    };
  }
}

/** 1 where the field has changed. */
function set(record: Float64Array, field: number, value: number): number {
  if (Object.is(record[field], value)) return 0;
  record[field] = value;
  return 1;
}

/** As on the wire, where 0 and less stand for none. */
function priceOf(value: number): number {
  return value > 0 ? value : Number.NaN;
}
