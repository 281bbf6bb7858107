/**
 * A tape: recorded quotes of some instruments in the order in which they became known. The data set
 * reader makes it, the simulated exchange and the backtest play it; neither knows the other.
 */

import type { Contract } from './contract.ts';

export interface TapeInstrument {
  readonly contract: Contract;
  /** USD per share, of the session before the first event; NaN where it is not known. */
  readonly previousClose: number;
}

/** What a line shows from `ts` on. A side without a quote is NaN with size 0. */
export interface TapeQuote {
  /** The END of the bar, epoch ms: nobody could know it earlier. */
  readonly ts: number;
  readonly conId: number;
  readonly bid: number;
  readonly ask: number;
  /** Shares or contracts. */
  readonly bidSize: number;
  readonly askSize: number;
  /** The last trade's price, where the data has trades. */
  readonly last?: number;
}

export interface RecordedTape {
  readonly instruments: readonly TapeInstrument[];
  /**
   * The quotes in the order of `ts`, from the first, or from `from` (epoch ms) on. A bar that
   * repeats the one before it may be missing: the quote persists. Each call starts afresh.
   */
  events(from?: number): Iterable<TapeQuote> | AsyncIterable<TapeQuote>;
}
