/** The greeks actor on boards of its own, its lines written by hand, its records read back. */

import assert from 'node:assert/strict';
import { createActor, type GreeksReport } from '../../../actors/greeks.ts';
import type { BookQuotes } from '../../../src/domain/book-quotes.ts';
import { epochOf } from '../../../src/domain/calendar.ts';
import type { OptionContract, StockContract } from '../../../src/domain/contract.ts';
import type { GreeksSettings } from '../../../src/domain/settings.ts';
import { Fault } from '../../../src/fault.ts';
import {
  BOOK,
  BOOK_RECORD_LENGTH,
  emptyBookQuotes,
  readBookRecord,
} from '../../../src/protocol/book-board.ts';
import type { BookStrikes, PricingMessage, WatchedBook } from '../../../src/protocol/market.ts';
import { QUOTE, QUOTE_RECORD_LENGTH } from '../../../src/protocol/quote-board.ts';
import type { Actor, ActorContext } from '../../../src/runtime/actor.ts';
import { type BoardWriter, createBoardSet } from '../../../src/runtime/board.ts';
import { VirtualClock } from '../../../src/runtime/virtual-clock.ts';
import { PLAIN_GREEKS } from '../../support/greeks-settings.ts';

export const NONE = Number.NaN;
export const NOW = epochOf('20230803', '10:00');
const SPOT_LINE = 3;
export const PUT_LINE = 5;
export const CALL_LINE = 7;
export const SLOT = 2;

export const SETTINGS: GreeksSettings = { ...PLAIN_GREEKS, dividend_yield: 0.015 };

const stock: StockContract = {
  secType: 'STK',
  conId: 756733,
  symbol: 'SPY',
  exchange: 'SMART',
  primaryExchange: 'ARCA',
  currency: 'USD',
};

export function option(conId: number, right: 'C' | 'P', strike: number): OptionContract {
  return {
    secType: 'OPT',
    conId,
    symbol: 'SPY',
    underlyingConId: stock.conId,
    expiry: '20230901',
    strike,
    right,
    multiplier: 100,
    exchange: 'SMART',
    currency: 'USD',
    tradingClass: 'SPY',
    localSymbol: '',
  };
}

export const put = option(11, 'P', 430);
export const call = option(12, 'C', 470);

type QuoteFields = Partial<Record<keyof typeof QUOTE, number>>;

/** Books on boards that nobody else writes. */
export class GreeksBench {
  readonly quotes = createBoardSet({ records: 24, length: QUOTE_RECORD_LENGTH });
  readonly records = createBoardSet({ records: 4, length: BOOK_RECORD_LENGTH });
  readonly reports: GreeksReport[] = [];
  readonly mono = new VirtualClock();
  /** Reports that the kernel's mailbox still takes. */
  room = Number.POSITIVE_INFINITY;
  readonly reader = this.records.reader(SLOT);
  readonly #writers = new Map<number, BoardWriter>();
  actor = this.start();

  /** A new life of the actor on the same boards. */
  start(): Actor<PricingMessage> {
    const ref = {
      id: 'kernel',
      cast: (message: GreeksReport) => {
        if (this.reports.length >= this.room) throw new Fault('mailbox_full', 'the kernel is busy');
        this.reports.push(message);
      },
      call: () => Promise.reject(new Error('not asked')),
    };
    const { mono } = this;
    const context = { id: 'greeks', mono, ref: () => ref } as unknown as ActorContext;
    const actor = createActor(context, {
      quoteBoard: this.quotes.descriptor,
      bookBoard: this.records.descriptor,
      reportTo: 'kernel',
    });
    this.actor = actor;
    return actor;
  }

  watch(
    change: Partial<WatchedBook> = {},
    more: readonly (readonly [conId: number, line: number])[] = [],
    strikes: readonly BookStrikes[] = [],
    others: readonly WatchedBook[] = [],
  ): void {
    const book = this.book(change);
    const lines = [
      [stock.conId, SPOT_LINE],
      [put.conId, PUT_LINE],
      [call.conId, CALL_LINE],
      ...more,
    ] as const;
    this.actor.receive({ type: 'watch', books: [book, ...others], lines, strikes });
  }

  book(change: Partial<WatchedBook> = {}): WatchedBook {
    return {
      symbol: 'SPY',
      slot: SLOT,
      underlying: stock,
      legs: [put, call],
      greeks: SETTINGS,
      volWindowMin: 5,
      volEstimator: 'realised',
      ivMaxAgeS: 900,
      ...change,
    };
  }

  quote(line: number, conId: number, fields: QuoteFields): void {
    let writer = this.#writers.get(line);
    if (writer === undefined) {
      writer = this.quotes.writer(line);
      writer.scratch.fill(NONE);
      this.#writers.set(line, writer);
    }
    const made = { ts: NOW, ibTs: NOW, recvMono: 1000, halted: 0, dataType: 1 };
    const all = { conId, ...made, ...fields };
    for (const [name, value] of Object.entries(all)) {
      writer.scratch[QUOTE[name as keyof typeof QUOTE]] = value;
    }
    writer.publish();
  }

  spot(bid: number, ask: number, more: QuoteFields = {}): void {
    this.quote(SPOT_LINE, stock.conId, { bid, ask, ...more });
  }

  legs(putBid: number, callBid: number): void {
    this.quote(PUT_LINE, put.conId, { bid: putBid, ask: putBid + 0.02 });
    this.quote(CALL_LINE, call.conId, { bid: callBid, ask: callBid + 0.02 });
  }

  /** Prices the book at `ts` and returns its record as the kernel sees it. */
  price(ts = NOW): BookQuotes {
    this.actor.receive({ type: 'quotes', slot: SLOT, tradingTs: ts });
    return this.read();
  }

  read(): BookQuotes {
    assert.equal(this.reader.read(), true);
    const into = emptyBookQuotes();
    readBookRecord(this.reader.record, at(this.reader.record, BOOK.recvMono), into);
    return into;
  }
}

/** A field of a record. */
export function at(record: Float64Array, index: number): number {
  return record[index] ?? NONE;
}

/** Watching a put and a call, with quotes for all three lines. */
export function bench(): GreeksBench {
  const made = new GreeksBench();
  made.watch();
  made.spot(450.99, 451.01, { close: 450.1, last: 451, bidSize: 300, askSize: 500 });
  made.legs(2.4, 1.3);
  return made;
}
