/** What a run traded: the sums of all of it, and as many rows as a result can show. */

import type { RunTrade } from './account.ts';

/** Years of a lively book by the minute; more are counted. */
const ROWS_MAX = 100_000;

export class TradeTally {
  /** The first of them. */
  readonly rows: RunTrade[] = [];
  readonly #rowsMax: number;
  #count = 0;
  #commissions = 0;
  #turnover = 0;

  constructor(rowsMax = ROWS_MAX) {
    this.#rowsMax = rowsMax;
  }

  get count(): number {
    return this.#count;
  }

  /** USD. */
  get commissions(): number {
    return this.#commissions;
  }

  /** USD of shares traded. */
  get turnover(): number {
    return this.#turnover;
  }

  add(trade: RunTrade): void {
    this.#count += 1;
    this.#commissions += trade.commission;
    if (trade.contract.secType === 'STK') {
      this.#turnover += Math.abs(trade.quantity) * trade.price;
    }
    if (this.rows.length < this.#rowsMax) this.rows.push(trade);
  }
}
