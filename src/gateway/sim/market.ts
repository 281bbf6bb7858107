/**
 * Where quotes come from, seen by the exchange: a seeded model, or a recording. Both say when they
 * next change, so that the exchange can bring time forward event by event and nothing happens
 * between two events.
 */

import type { VenueQuote } from './venue.ts';

/** What a market needs to go on after a restart; small, because every journal line carries it. */
export type MarketState = Readonly<Record<string, MarketStateEntry>>;
export interface MarketStateEntry {
  /** USD, unrounded. */
  readonly price: number;
  /** Recent variance over its expectation; 1 is calm. */
  readonly heat: number;
  /** Volatility over the scenario's own; absent: 1. */
  readonly level?: number;
  /** Where the price is pulled back to; absent: the scenario's price. */
  readonly anchor?: number;
  /** What a move is measured from, and until when it has halted trading; absent: neither. */
  readonly reference?: number;
  readonly haltedUntil?: number;
  readonly last: number;
  readonly close: number;
  readonly volume: number;
  readonly day: string;
}

export interface Market {
  /** Exchange time of the next change, epoch ms; Infinity when there is none. */
  nextTime(): number;
  /** Applies what is due at `ts`, not earlier than the last; reports each line that changed. */
  advance(ts: number, changed: (conId: number) => void): void;
  /** What the line shows at `ts`; null for a contract it does not quote. */
  quote(conId: number, ts: number): VenueQuote | null;
  /** Counted: a line that nobody wants need not be kept up to date. */
  want(conId: number): void;
  unwant(conId: number): void;
  /** False where prices are recorded and cannot be moved. */
  setPrice(conId: number, price: number, ts: number, changed: (conId: number) => void): boolean;
  /** Prices of a stock after a split, `ratio` new shares for each; false where it cannot be. */
  split(conId: number, ratio: number, ts: number, changed: (conId: number) => void): boolean;
  /** The listing has changed. */
  relist(): void;
  /** The time up to which `advance` may go now. */
  horizon(): number;
  /** Makes `horizon() >= to`; rejects with a `Fault` when the source fails. */
  prepare(to: number): Promise<void>;
  state(): MarketState;
}

/** Whether two quotes differ in anything a client sees. */
export function sameQuote(a: VenueQuote, b: VenueQuote): boolean {
  return (
    Object.is(a.bid, b.bid) &&
    Object.is(a.ask, b.ask) &&
    Object.is(a.last, b.last) &&
    a.bidSize === b.bidSize &&
    a.askSize === b.askSize &&
    a.volume === b.volume &&
    Object.is(a.close, b.close) &&
    a.halted === b.halted
  );
}

/** Between the sides where there are two, else the last trade, else the close. */
export function midOfQuote(quote: VenueQuote): number {
  if (quote.bid > 0 && quote.ask >= quote.bid) return (quote.bid + quote.ask) / 2;
  if (quote.last > 0) return quote.last;
  return quote.close;
}
