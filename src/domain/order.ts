/**
 * An order as we mean it, before and after the last check. `ApprovedOrder` is a type that only
 * `risk.review` can make, and the broker actor takes nothing else: whatever was decided above,
 * nothing reaches the wire that has not passed there.
 */

import type { StockContract } from './contract.ts';

export type OrderSide = 'BUY' | 'SELL';

/** What an order is for; it decides which gates apply. */
export type OrderPurpose = 'hedge' | 'flatten' | 'hedge_now';

/**
 * How the venue is to work the order; its limit price holds in every case. `midprice`: at the
 * middle of the best quotes, while it moves. `adaptive`: by IB's algorithm, between the quotes.
 */
export type OrderWork = 'limit' | 'midprice' | 'adaptive';

export interface OrderTicket {
  /** `deployment:journal_id:sequence`, unique for each intent; the idempotency key. */
  readonly orderRef: string;
  readonly account: string;
  readonly contract: StockContract;
  readonly purpose: OrderPurpose;
  readonly side: OrderSide;
  /** Shares, positive. */
  readonly quantity: number;
  /** USD per share; on the contract's tick. A market order goes out as a limit at the collar. */
  readonly limitPrice: number;
  readonly tif: 'DAY' | 'IOC' | 'GTD';
  /** Trading time, epoch ms; only with GTD. */
  readonly goodTill: number | null;
  readonly outsideRth: boolean;
  /** Absent in journals from before there was a choice: limit. */
  readonly work?: OrderWork;
}

declare const approved: unique symbol;

/** A ticket that passed the last check. Made by `src/domain/risk.ts` alone. */
export type ApprovedOrder = OrderTicket & { readonly [approved]: true };

/** +1 for a buy, −1 for a sell. */
export function sideSign(side: OrderSide): 1 | -1 {
  return side === 'BUY' ? 1 : -1;
}
