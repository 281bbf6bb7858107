/**
 * The day's profit and loss of a book: what legs and owned shares gained since the previous
 * session's close, plus the cash of today's executions, less commissions. Legs that were traded by
 * hand count at their trade price.
 */

import { type LegQuote, midOf } from './book-quotes.ts';

export interface LegPnl {
  /** Contracts now and at the previous close, signed. */
  readonly quantity: number;
  readonly quantityAtClose: number;
  readonly multiplier: number;
  /** USD per share; NaN when unknown. */
  readonly mark: number;
  readonly previousClose: number;
  /** USD received (+) and paid (−) for today's changes of its quantity. */
  readonly tradeCash: number;
}

export interface DailyPnlInput {
  readonly legs: readonly LegPnl[];
  /** USD per share; NaN when unknown. */
  readonly spot: number;
  readonly previousClose: number;
  readonly owned: number;
  readonly ownedAtClose: number;
  /** Of today's executions and adjustments, USD, received is positive. */
  readonly executionCash: number;
  readonly adjustmentCash: number;
  /** USD, positive is a cost. */
  readonly commissions: number;
}

/** USD; null when a mark that it needs is unknown. */
export function dailyPnl(input: DailyPnlInput): number | null {
  let pnl = input.executionCash + input.adjustmentCash - input.commissions;
  pnl += worth(input.owned, input.spot) - worth(input.ownedAtClose, input.previousClose);
  for (const leg of input.legs) {
    const now = worth(leg.quantity, leg.mark);
    const before = worth(leg.quantityAtClose, leg.previousClose);
    pnl += (now - before) * leg.multiplier + leg.tradeCash;
  }
  return Number.isNaN(pnl) ? null : pnl;
}

/** The mark of a leg: mid of its quote, else the model's value, else NaN. USD per share. */
export function legMark(quote: Pick<LegQuote, 'bid' | 'ask' | 'value'>): number {
  const mid = midOf(quote.bid, quote.ask);
  return Number.isNaN(mid) ? quote.value : mid;
}

/** What is not held needs no price. */
function worth(quantity: number, price: number): number {
  return quantity === 0 ? 0 : quantity * price;
}
