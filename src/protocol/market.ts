/**
 * What crosses between the decision actors, the market-data actor and the greeks actor. Prices
 * themselves go through shared memory (`book-board.ts`, `quote-board.ts`); messages carry what to
 * watch, that something changed, and how the connection is.
 */

import type { OptionContract, StockContract } from '../domain/contract.ts';
import type { GreeksSettings, VolEstimator } from '../domain/settings.ts';

/** What one book needs watched and priced. The whole list is sent each time; actors diff it. */
export interface WatchedBook {
  readonly symbol: string;
  /** The book's slot on the boards, 0 … MAX_BOOKS−1; stable while the daemon lives. */
  readonly slot: number;
  readonly underlying: StockContract;
  /** In the order in which they stand on the board. */
  readonly legs: readonly OptionContract[];
  readonly greeks: GreeksSettings;
  readonly volWindowMin: number;
  readonly volEstimator: VolEstimator;
  readonly ivMaxAgeS: number;
}

export interface MarketTarget {
  readonly host: string;
  readonly port: number;
  readonly clientId: number;
  readonly connectTimeoutMs: number;
}

export type MarketCommand =
  /** Keeps the connection up by itself, with back-off, until `link.close`. */
  | { readonly type: 'link.open'; readonly target: MarketTarget }
  | { readonly type: 'link.close' }
  | {
      readonly type: 'watch';
      readonly books: readonly WatchedBook[];
      /** What this connection may watch at once; absent: what it was started with. */
      readonly lines?: number;
    }
  /** Ask for a snapshot of the book's underlying: it may be quiet, or the line may be dead. */
  | { readonly type: 'probe'; readonly symbol: string }
  /** Every subscription again (after 1101, or no tick after a farm came back). */
  | { readonly type: 'resubscribe' };

export type MarketReport =
  | { readonly type: 'market.up'; readonly clientId: number; readonly serverVersion: number }
  | { readonly type: 'market.lost'; readonly reason: string; readonly retryInMs: number }
  /** 1 live, 2 frozen, 3 delayed, 4 delayed-frozen, for the book's underlying. */
  | { readonly type: 'market.dataType'; readonly symbol: string; readonly dataType: 1 | 2 | 3 | 4 }
  | { readonly type: 'market.probed'; readonly symbol: string; readonly answered: boolean }
  /** No data for this contract (200, 354, 10089, …). */
  | {
      readonly type: 'market.refused';
      readonly conId: number;
      readonly code: number;
      readonly message: string;
    }
  /** Of an option chain: no answer, or a refusal. It is asked for again, later each time. */
  | {
      readonly type: 'market.untold';
      readonly request: string;
      readonly code: number | null;
      readonly retryInMs: number;
    }
  /** Lock-step, from the greeks actor: every record up to this trading time is on the boards. */
  | { readonly type: 'market.time'; readonly ts: number };

/** Options beside the legs of one book that its smiles are fitted to, and for nothing else. */
export interface BookStrikes {
  readonly slot: number;
  /** With the line of the quote board that carries each. */
  readonly strikes: readonly { readonly contract: OptionContract; readonly line: number }[];
  /** As many more were wanted; there was no market-data line for them. */
  readonly dropped: number;
}

/** From the market-data actor to the greeks actor. */
export type PricingMessage =
  | {
      readonly type: 'watch';
      readonly books: readonly WatchedBook[];
      /** Contract id and the line of the quote board that carries it. */
      readonly lines: readonly (readonly [conId: number, line: number])[];
      /** Of the books that have any. */
      readonly strikes: readonly BookStrikes[];
    }
  /** A watched book has other strikes now. */
  | ({ readonly type: 'strikes' } & BookStrikes)
  /** Quotes of this book changed since the last such message (conflated by slot). */
  | { readonly type: 'quotes'; readonly slot: number; readonly tradingTs: number }
  | { readonly type: 'market.time'; readonly ts: number };

/** From the greeks actor to the kernel: the book's record on the board is new. */
export interface BookPriced {
  readonly type: 'book.priced';
  readonly slot: number;
  /** Trading time of the record, epoch ms. */
  readonly tradingTs: number;
}
