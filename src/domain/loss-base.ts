/**
 * What a loss limit looks at while the day's P&L cannot be known: a close of the day before is
 * missing, or is of other terms. From a moment on everything is known but where the day began, so
 * what was lost since then is counted, on top of what the day had made when it was known last.
 */

import type { DailyPnlInput } from './pnl.ts';

export interface LossBase {
  /** Trading day, `YYYYMMDD`. */
  readonly day: string;
  /** Trading time, epoch ms. */
  readonly ts: number;
  /** P&L of the day as it was known last before, USD; 0 where it never was. */
  readonly pnl: number;
  /** What was held was worth then, and the day's cash by then, USD. */
  readonly total: number;
  /** What was counted from it last, USD; what is held may be other legs when that is asked for. */
  readonly counted?: number;
  /** Trading time of that. */
  readonly countedAt?: number;
}

/** What is held now, and the cash of the day, USD; NaN while a mark is missing. */
export function totalWorth(input: Omit<DailyPnlInput, 'previousClose' | 'ownedAtClose'>): number {
  let total = input.executionCash + input.adjustmentCash - input.commissions;
  if (input.owned !== 0) total += input.owned * input.spot;
  for (const { quantity, mark, multiplier, tradeCash } of input.legs) {
    total += (quantity === 0 ? 0 : quantity * mark * multiplier) + tradeCash;
  }
  return total;
}

/** The P&L that limits are held against; null while what is held has no worth that is known. */
export function pnlFrom(base: LossBase, total: number): number | null {
  return Number.isFinite(total) ? base.pnl + total - base.total : null;
}
