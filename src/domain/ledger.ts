/**
 * The truth about what is ours in one book (an account and an underlying). Shares become ours by
 * an execution of our orders or by a typed adjustment, and by nothing else. Every entry is booked
 * once, however often and in whatever order the broker tells it: an execution is known by the base
 * of its id, a correction replaces it, and all sums run in one canonical order, so that the same
 * entries always give the same ledger to the last bit.
 */

import type { OrderSide } from './order.ts';

export interface LedgerFill {
  /** `execId` up to its last dot: the identity of the execution. */
  readonly execBase: string;
  /** The number behind the last dot; the highest counts. */
  readonly revision: number;
  readonly execId: string;
  readonly orderRef: string;
  readonly side: OrderSide;
  /** Shares, positive; 0 in a correction that takes the execution back. */
  readonly quantity: number;
  /** USD per share. */
  readonly price: number;
  /** Epoch ms, as the broker dates it. */
  readonly ts: number;
}

export type AdjustmentKind = 'adopt' | 'assignment' | 'exercise' | 'corporate_action';

/** Shares that became ours, or ceased to be, without an order of ours. */
export interface Adjustment {
  /** Unique; the idempotency key (the journal's id and sequence). */
  readonly id: string;
  readonly kind: AdjustmentKind;
  /** Signed. */
  readonly shares: number;
  /** USD per share at which they enter. */
  readonly price: number;
  readonly ts: number;
  readonly reason: string;
}

/** A ledger is a value: booking returns another one. Sums are kept, so reading them is free. */
export interface Ledger {
  /** Executions (latest revisions) and adjustments, by time and then by identity. */
  readonly entries: readonly LedgerEntry[];
  /** Commissions of executions not booked yet. */
  readonly early: readonly EarlyCommission[];
  readonly sums: LedgerSums;
}

/** Totals after an entry and all before it. */
export interface LedgerSums {
  /** Shares that are ours, signed. */
  readonly owned: number;
  /** USD per share of the open position by the average-cost method; 0 when flat. */
  readonly averageCost: number;
  /** USD, average-cost method, before commissions. */
  readonly realizedPnl: number;
  /** USD received (+) and paid (−) by executions. */
  readonly executionCash: number;
  /** USD at which adjusted shares came in (−) or went out (+). */
  readonly adjustmentCash: number;
  /** USD, positive is a cost. */
  readonly commissions: number;
  /** Digest of the entries so far; two unsigned 32-bit lanes. */
  readonly digestHigh: number;
  readonly digestLow: number;
}

export interface LedgerEntry {
  readonly key: string;
  readonly ts: number;
  readonly fill: LedgerFill | null;
  readonly adjustment: Adjustment | null;
  /** Signed shares. */
  readonly shares: number;
  readonly price: number;
  /** Of the highest revision whose commission is known. */
  readonly commission: number;
  readonly commissionRevision: number;
  readonly after: LedgerSums;
}

interface EarlyCommission {
  readonly execBase: string;
  readonly revision: number;
  readonly amount: number;
}

export type BookingOutcome =
  | 'booked'
  /** A higher revision took the place of an earlier one. */
  | 'corrected'
  | 'duplicate'
  /** An earlier revision than the one that counts. */
  | 'outdated'
  /** The same revision with another content: not applied; somebody must look. */
  | 'contradiction';

export interface Booking {
  readonly ledger: Ledger;
  readonly outcome: BookingOutcome;
  /** Booked or corrected. */
  readonly applied: boolean;
  /** Change of owned shares. */
  readonly delta: number;
}

/** What moved from a time on (that time included), for the day's P&L. */
export interface LedgerFlows {
  /** Owned shares just before that time. */
  readonly ownedBefore: number;
  readonly executionCash: number;
  readonly adjustmentCash: number;
  readonly commissions: number;
}

export function emptyLedger(): Ledger {
  return { entries: [], early: [], sums: NOTHING };
}

/** Books an execution of ours; idempotent by its base id and revision. */
export function bookExecution(ledger: Ledger, fill: LedgerFill): Booking {
  throw new Error(`not built: ${ledger.entries.length} ${fill.execId}`);
}

/** Books shares that became ours, or ceased to be, without an order; idempotent by id. */
export function bookAdjustment(ledger: Ledger, adjustment: Adjustment): Booking {
  throw new Error(`not built: ${ledger.entries.length} ${adjustment.id}`);
}

/**
 * Books the commission (USD, positive is a cost) of an execution; idempotent by `execId`. It may
 * come before its execution.
 */
export function bookCommission(ledger: Ledger, execId: string, amount: number): Ledger {
  throw new Error(`not built: ${ledger.entries.length} ${execId} ${amount}`);
}

/** Shares filled for an order, positive: the latest revisions of its executions, summed. */
export function filledQuantity(ledger: Ledger, orderRef: string): number {
  throw new Error(`not built: ${ledger.entries.length} ${orderRef}`);
}

/** Average price of an order's fills, USD per share; NaN without any. */
export function averageFillPrice(ledger: Ledger, orderRef: string): number {
  throw new Error(`not built: ${ledger.entries.length} ${orderRef}`);
}

/** What moved from `since` (epoch ms) on. */
export function flowsSince(ledger: Ledger, since: number): LedgerFlows {
  throw new Error(`not built: ${ledger.entries.length} ${since}`);
}

/** USD that the open position has gained at `mark`, average-cost method. */
export function unrealizedPnl(ledger: Ledger, mark: number): number {
  const { owned, averageCost } = ledger.sums;
  return owned === 0 ? 0 : owned * (mark - averageCost);
}

/** 16 hex digits; equal for equal entries and commissions, whatever order they came in. */
export function ledgerHash(ledger: Ledger): string {
  const { digestHigh, digestLow } = ledger.sums;
  return digestHigh.toString(16).padStart(8, '0') + digestLow.toString(16).padStart(8, '0');
}

const NOTHING: LedgerSums = {
  owned: 0,
  averageCost: 0,
  realizedPnl: 0,
  executionCash: 0,
  adjustmentCash: 0,
  commissions: 0,
  digestHigh: 0,
  digestLow: 0,
};
