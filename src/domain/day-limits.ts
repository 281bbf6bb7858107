/**
 * How much a day may lose and cost: the floors under the P&L of a book and of its account, with
 * what an operator allowed on top. The assessment and the last check both ask here, so that a
 * limit cannot mean two things.
 */

import type { GateSettings } from './settings.ts';

export interface LossAllowance {
  /** Trading day it was given for, `YYYYMMDD`. */
  readonly day: string;
  /** Daily P&L of the book when it was given, USD. */
  readonly fromPnl: number;
  /** The same of all books of the account; null when it was not known. */
  readonly fromAccountPnl: number | null;
  /** What may be lost from there, USD. */
  readonly usd: number;
}

/** Daily P&L of a book at or below this is too much, USD. */
export function lossFloor(
  { guard }: GateSettings,
  allowance: LossAllowance | null,
  day: string,
): number {
  if (allowance?.day === day) return allowance.fromPnl - allowance.usd;
  return -guard.risk.max_daily_loss_usd;
}

/** The same for all books of the account together; −Infinity without a limit. */
export function accountLossFloor(
  { guard }: GateSettings,
  allowance: LossAllowance | null,
  day: string,
): number {
  const limit = guard.account.max_daily_loss_usd;
  if (limit === null) return Number.NEGATIVE_INFINITY;
  const from = allowance?.day === day ? allowance.fromAccountPnl : null;
  return from === null || allowance === null ? -limit : Math.min(-limit, from - allowance.usd);
}

/** What is not known has not been lost: greeks and marks that are missing close other gates. */
export function isLost(pnl: number | null, floor: number): boolean {
  return pnl !== null && pnl <= floor;
}
