/**
 * The day's profit and loss of a book: what legs and owned shares gained since the previous
 * session's close, plus the cash of today's executions, less commissions. Legs that were traded by
 * hand count at their trade price.
 */

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
  throw new Error(`not built: ${input.owned}`);
}
