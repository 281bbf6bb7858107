/**
 * The market-data actor's place in the simulation: what is watched goes to the quote boards, and
 * the real greeks actor prices it in this thread.
 */

import { createActor, type GreeksReport } from '../../actors/greeks.ts';
import type { Exchange } from '../../src/gateway/sim/exchange.ts';
import { createLogger } from '../../src/log.ts';
import { BOOK_RECORD_LENGTH, usedLength } from '../../src/protocol/book-board.ts';
import type { MarketCommand, MarketReport, WatchedBook } from '../../src/protocol/market.ts';
import { QUOTE, QUOTE_RECORD_LENGTH } from '../../src/protocol/quote-board.ts';
import type { ActorContext, ActorRef } from '../../src/runtime/actor.ts';
import { type BoardWriter, createBoardSet } from '../../src/runtime/board.ts';
import type { Random } from '../../src/runtime/random.ts';
import type { VirtualClock } from '../../src/runtime/virtual-clock.ts';

const LINES = 16;
const CONNECT_MS = 30;
const PROBE_MS = 20;

export interface MarketPorts {
  readonly report: (report: MarketReport) => void;
  readonly priced: (slot: number) => void;
}

export class SimulatedMarket {
  readonly #exchange: Exchange;
  readonly #clock: VirtualClock;
  readonly #ports: MarketPorts;
  readonly #greeks: ReturnType<typeof createActor>;
  readonly #quotes = createBoardSet({ records: LINES, length: QUOTE_RECORD_LENGTH });
  readonly #books = createBoardSet({ records: 1, length: BOOK_RECORD_LENGTH });
  readonly #writers = new Map<number, { line: number; writer: BoardWriter; stop: () => void }>();
  #up = false;
  #watched: readonly WatchedBook[] = [];
  /** Quotes that the exchange sends are not passed on. */
  stale = false;

  constructor(exchange: Exchange, clock: VirtualClock, random: Random, ports: MarketPorts) {
    this.#exchange = exchange;
    this.#clock = clock;
    this.#ports = ports;
    const context = contextOf(clock, random, (report: GreeksReport) => {
      if (report.type === 'book.priced') ports.priced(report.slot);
    });
    this.#greeks = createActor(context, {
      quoteBoard: this.#quotes.descriptor,
      bookBoard: this.#books.descriptor,
      reportTo: 'kernel',
    });
  }

  /** Reads the newest record of the only book. */
  reader(): () => Float64Array | null {
    const reader = this.#books.reader(0);
    return () => (reader.read() ? reader.record.slice(0, usedLength(reader.record)) : null);
  }

  receive(command: MarketCommand): void {
    switch (command.type) {
      case 'link.open':
        this.#clock.setTimer(CONNECT_MS, () => this.#connected());
        break;
      case 'link.close':
        this.lose('closed', Number.POSITIVE_INFINITY);
        break;
      case 'watch':
        this.#watched = command.books;
        if (this.#up) this.#subscribe();
        break;
      case 'resubscribe':
        if (this.#up) this.#subscribe();
        break;
      case 'probe':
        this.#probe(command.symbol);
        break;
    }
  }

  /** The connection breaks and comes back by itself. */
  lose(reason: string, backAfterMs: number): void {
    if (!this.#up) return;
    this.#up = false;
    this.#unsubscribe();
    this.#ports.report({ type: 'market.lost', reason, retryInMs: 0 });
    if (Number.isFinite(backAfterMs)) this.#clock.setTimer(backAfterMs, () => this.#connected());
  }

  #connected(): void {
    this.#up = true;
    this.#ports.report({ type: 'market.up', clientId: 2, serverVersion: 178 });
    this.#subscribe();
  }

  #unsubscribe(): void {
    for (const { stop } of this.#writers.values()) stop();
    this.#writers.clear();
  }

  #subscribe(): void {
    this.#unsubscribe();
    const [book] = this.#watched;
    if (book === undefined) return;
    const conIds = [book.underlying.conId, ...book.legs.map((leg) => leg.conId)];
    const lines = conIds.map((conId, line) => [conId, line] as const);
    for (const [conId, line] of lines) {
      const writer = this.#quotes.writer(line);
      this.#writers.set(conId, { line, writer, stop: () => undefined });
    }
    this.#greeks.receive({ type: 'watch', books: this.#watched, lines });
    for (const conId of conIds) this.#follow(book, conId);
  }

  #follow(book: WatchedBook, conId: number): void {
    const entry = this.#writers.get(conId);
    if (entry === undefined) return;
    entry.stop = this.#exchange.watch(conId, (quote) => {
      if (this.stale || !this.#up) return;
      const { scratch } = entry.writer;
      scratch.fill(Number.NaN);
      scratch[QUOTE.conId] = conId;
      for (const name of ['bid', 'ask', 'last', 'bidSize', 'askSize', 'close'] as const) {
        scratch[QUOTE[name]] = quote[name];
      }
      scratch[QUOTE.ts] = this.#exchange.now();
      scratch[QUOTE.recvMono] = this.#clock.now();
      scratch[QUOTE.halted] = quote.halted ? 1 : 0;
      scratch[QUOTE.dataType] = 1;
      entry.writer.publish();
      const tradingTs = this.#exchange.now();
      this.#greeks.receive({ type: 'quotes', slot: book.slot, tradingTs });
    });
  }

  #probe(symbol: string): void {
    this.#clock.setTimer(PROBE_MS, () => {
      const answered = this.#up && !this.stale;
      if (answered) this.#subscribe();
      this.#ports.report({ type: 'market.probed', symbol, answered });
    });
  }
}

function contextOf(
  clock: VirtualClock,
  random: Random,
  report: (message: GreeksReport) => void,
): ActorContext {
  const ref = { id: 'kernel', cast: report, call: () => Promise.reject(new Error('no calls')) };
  return {
    id: 'greeks',
    mono: clock,
    wall: clock,
    random,
    log: createLogger({ level: 'silent', pretty: false }),
    ref: <M>() => ref as unknown as ActorRef<M>,
    watch() {
      throw new Error('it watches nobody');
    },
  };
}
