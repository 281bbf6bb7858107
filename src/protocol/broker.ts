/**
 * What crosses between the decision actors and the broker actor: commands down, reports up.
 * Everything is in our own words: the broker's ids stand beside `orderRef`, which is ours, and a
 * report says what was seen, never what to do about it. Reports are plain data (no class, no
 * `undefined` that matters), because each is written to the journal as the input of a turn.
 */

import type { Contract, ContractTerms, StockContract } from '../domain/contract.ts';
import type { ApprovedOrder, OrderSide } from '../domain/order.ts';
import type { OrderMargin } from '../domain/order-test.ts';

export interface BrokerTarget {
  readonly host: string;
  readonly port: number;
  readonly clientId: number;
  readonly connectTimeoutMs: number;
}

export type BrokerCommand =
  /** One attempt; answered by `link.up` or `link.failed`. */
  | { readonly type: 'link.open'; readonly target: BrokerTarget }
  | { readonly type: 'link.close' }
  /** One complete read; answered by `read.done` or `read.failed` with the same id. */
  | { readonly type: 'read'; readonly readId: string; readonly deadlineMs: number }
  /** Answered by `contract.terms` (one for each contract found) or `contract.failed`. */
  | { readonly type: 'contract.find'; readonly symbol: string; readonly conId: number | null }
  /**
   * Asks whether orders would be taken, by one that is never worked; answered by `order.tested`,
   * or not at all.
   */
  | {
      readonly type: 'order.test';
      readonly testId: string;
      readonly account: string;
      readonly contract: StockContract;
    }
  | { readonly type: 'order.submit'; readonly order: ApprovedOrder }
  /** The same order with another price; the quantity is never raised. */
  | { readonly type: 'order.modify'; readonly order: ApprovedOrder }
  | { readonly type: 'order.cancel'; readonly orderRef: string };

/** IB's own words for where an order stands; unknown words come as `Unknown`. */
export type BrokerOrderStatus =
  | 'ApiPending'
  | 'PendingSubmit'
  | 'PreSubmitted'
  | 'Submitted'
  | 'PendingCancel'
  | 'ApiCancelled'
  | 'Cancelled'
  | 'Filled'
  | 'Inactive'
  | 'Unknown';

/** An order as `openOrder`, `completedOrder` or `orderStatus` tells it. */
export interface OrderReport {
  /** Ours; empty for orders placed by hand or by programs that set none. */
  readonly orderRef: string;
  readonly orderId: number;
  readonly permId: number;
  readonly clientId: number;
  readonly account: string;
  readonly contract: Contract;
  readonly side: OrderSide;
  readonly quantity: number;
  readonly limitPrice: number | null;
  readonly status: BrokerOrderStatus;
  readonly filled: number;
  readonly remaining: number;
  readonly whyHeld: string;
}

/** A fill as the broker reports it. A correction repeats `execBase` with a higher `revision`. */
export interface ExecutionReport {
  readonly execId: string;
  /** `execId` up to its last dot. */
  readonly execBase: string;
  /** The number behind the last dot; the latest revision replaces the earlier ones. */
  readonly revision: number;
  readonly orderRef: string;
  readonly orderId: number;
  readonly permId: number;
  readonly clientId: number;
  readonly account: string;
  readonly contract: Contract;
  readonly side: OrderSide;
  /** Positive. */
  readonly quantity: number;
  readonly price: number;
  /** Epoch ms, as the broker dates it (its resolution is one second). */
  readonly ts: number;
}

export interface CommissionReport {
  readonly execId: string;
  readonly commission: number;
  readonly currency: string;
  readonly realizedPnl: number | null;
}

export interface PositionReport {
  readonly account: string;
  readonly contract: Contract;
  /** Signed; shares or contracts. */
  readonly quantity: number;
  /** Per share, or per contract including the multiplier, as IB gives it. */
  readonly avgCost: number;
}

/** IB's tags, such as `NetLiquidation`, `TotalCashValue`, `BuyingPower`, with their USD values. */
export interface AccountReport {
  readonly account: string;
  readonly values: Readonly<Record<string, string>>;
}

/** Everything one complete read of the broker's truth gave. */
export interface BrokerRead {
  readonly openOrders: readonly OrderReport[];
  readonly completedOrders: readonly OrderReport[];
  readonly executions: readonly ExecutionReport[];
  readonly commissions: readonly CommissionReport[];
  readonly positions: readonly PositionReport[];
  readonly accounts: readonly AccountReport[];
}

export type BrokerReport =
  /** Ready: next valid id and managed accounts have both come. */
  | {
      readonly type: 'link.up';
      readonly clientId: number;
      readonly serverVersion: number;
      readonly accounts: readonly string[];
    }
  | { readonly type: 'link.failed'; readonly code: number; readonly reason: string }
  | { readonly type: 'link.lost'; readonly reason: string }
  /** 1100, 2110: TWS has lost IB; the socket lives. */
  | { readonly type: 'upstream.lost'; readonly code: number }
  /** 1101 (subscriptions lost), 1102 (kept). */
  | { readonly type: 'upstream.restored'; readonly code: number; readonly dataLost: boolean }
  | { readonly type: 'farm'; readonly code: number; readonly farm: string; readonly ok: boolean }
  /**
   * The broker's clock, epoch ms, when it answered: `rttMs` (0 if it was not asked) bounds how long
   * ago that was.
   */
  | { readonly type: 'time'; readonly ts: number; readonly rttMs: number }
  | { readonly type: 'read.done'; readonly readId: string; readonly read: BrokerRead }
  | { readonly type: 'read.failed'; readonly readId: string; readonly reason: string }
  | { readonly type: 'contract.terms'; readonly terms: ContractTerms }
  | { readonly type: 'contract.failed'; readonly symbol: string; readonly reason: string }
  /** `code` 0 where no error told it. */
  | {
      readonly type: 'order.tested';
      readonly testId: string;
      readonly outcome: 'taken' | 'refused';
      readonly code: number;
      readonly message: string;
      /** Absent where the order was not priced. */
      readonly margin?: OrderMargin;
    }
  | { readonly type: 'order.report'; readonly order: OrderReport }
  | {
      readonly type: 'order.error';
      readonly orderRef: string;
      readonly orderId: number;
      readonly code: number;
      readonly message: string;
    }
  | { readonly type: 'execution'; readonly execution: ExecutionReport }
  | { readonly type: 'commission'; readonly commission: CommissionReport }
  | { readonly type: 'position'; readonly position: PositionReport }
  | { readonly type: 'account'; readonly account: AccountReport }
  /** Any other message of the broker, for the log and the page. */
  | { readonly type: 'notice'; readonly code: number; readonly message: string };
