/**
 * The last check before the wire, and the only maker of `ApprovedOrder`. It trusts nothing that
 * was decided above: every limit that must hold for any order is tested again, against the state
 * of this very turn.
 */

import type { DegradedReason } from './assessment-input.ts';
import type { PriceIncrement } from './contract.ts';
import type { GateId, TicketFault } from './gates.ts';
import type { ApprovedOrder, OrderTicket } from './order.ts';
import type { GateSettings } from './settings.ts';

export interface RiskQuote {
  readonly bid: number;
  readonly ask: number;
  /** Last tick of the underlying or answered probe, trading time. */
  readonly freshTs: number;
  readonly dataType: 1 | 2 | 3 | 4;
  readonly halted: boolean;
}

/** The order of this book that is live now; a ticket with its reference modifies it. */
export interface WorkingOrder {
  readonly orderRef: string;
  readonly quantity: number;
  /** Already part of owned. */
  readonly filled: number;
}

export interface RiskContext {
  /** Trading time, epoch ms. */
  readonly now: number;
  readonly mode: 'simulated' | 'paper' | 'live';
  /** From the configuration; must match in mode `live`. */
  readonly liveAccount: string | null;
  /** The book's account and underlying. */
  readonly account: string;
  readonly conId: number;
  readonly gates: GateSettings;
  readonly priceIncrements: readonly PriceIncrement[];
  readonly engine: {
    readonly stopping: boolean;
    readonly standby: boolean;
    readonly synced: boolean;
    readonly brokerDown: boolean;
    readonly suspended: boolean;
    readonly degraded: readonly DegradedReason[];
    readonly leaseHeld: boolean;
  };
  readonly quote: RiskQuote | null;
  readonly owned: number;
  readonly accountShares: number | null;
  /** NaN when not known. */
  readonly netDelta: number;
  readonly working: WorkingOrder | null;
  /** The outcome of an earlier order is not known. */
  readonly unresolved: boolean;
  readonly rejectStreak: number;
  /** Trading times of orders and modifications of the last minute, ascending. */
  readonly orderTimes: readonly number[];
  readonly accountOrderTimes: readonly number[];
  /** USD traded today by all books of the account. */
  readonly accountDailyNotional: number;
}

export type RiskVerdict =
  | { readonly kind: 'approved'; readonly order: ApprovedOrder }
  | { readonly kind: 'denied'; readonly gate: GateId | TicketFault; readonly reason: string };

/** Approves the ticket unchanged, or denies it with the first reason. Never throws. */
export function reviewOrder(ticket: OrderTicket, context: RiskContext): RiskVerdict {
  throw new Error(`not built: ${ticket.orderRef} ${context.now}`);
}
