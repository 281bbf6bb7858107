/**
 * A broker on paper: it remembers orders, executions and positions, and says of them what it is
 * asked to say, when it is asked. Tests decide what is told, twice, late or never.
 */

import assert from 'node:assert/strict';
import type { OptionContract, StockContract } from '../../src/domain/contract.ts';
import { type ApprovedOrder, sideSign } from '../../src/domain/order.ts';
import type {
  BrokerOrderStatus,
  BrokerRead,
  CommissionReport,
  ExecutionReport,
  OrderReport,
} from '../../src/protocol/broker.ts';
import { optionContract } from './book.ts';

export const ACCOUNT = 'DU1';
export const SHARES: StockContract = {
  secType: 'STK',
  conId: 1001,
  symbol: 'SPY',
  exchange: 'SMART',
  primaryExchange: 'ARCA',
  currency: 'USD',
};

const DEAD = new Set<BrokerOrderStatus>(['Filled', 'Cancelled', 'ApiCancelled']);
const ANSWERS = { executions: [], commissions: [], accounts: [] };

interface VenueOrder {
  order: ApprovedOrder;
  readonly orderId: number;
  readonly permId: number;
  status: BrokerOrderStatus;
  filled: number;
}

export class Venue {
  readonly orders = new Map<string, VenueOrder>();
  executions: readonly ExecutionReport[] = [];
  commissions: readonly CommissionReport[] = [];
  /** Contracts of the book's only option. */
  contracts = 100;
  /** Shares of the account that no order of ours explains. */
  foreign = 0;
  /** Options that are no leg of the book. */
  others: readonly { readonly contract: OptionContract; readonly quantity: number }[] = [];
  #ids = 0;

  place(order: ApprovedOrder): void {
    assert(!this.orders.has(order.orderRef), `order ${order.orderRef} was sent twice`);
    this.#ids += 1;
    const permId = 9000 + this.#ids;
    this.orders.set(order.orderRef, {
      order,
      orderId: this.#ids,
      permId,
      status: 'Submitted',
      filled: 0,
    });
  }

  modify(order: ApprovedOrder): void {
    const known = this.get(order.orderRef);
    assert(order.quantity <= known.order.quantity, 'a modify never raises the quantity');
    if (!DEAD.has(known.status)) known.order = order;
  }

  get(orderRef: string): VenueOrder {
    const known = this.orders.get(orderRef);
    assert(known, `the venue never got order ${orderRef}`);
    return known;
  }

  /** Fills a part of an order; the execution is true from now on, told or not. */
  fill(orderRef: string, quantity: number, ts: number): ExecutionReport {
    const known = this.get(orderRef);
    known.filled += quantity;
    if (known.filled >= known.order.quantity) known.status = 'Filled';
    return this.#execute(known, quantity, ts);
  }

  /** A trade of somebody else in the same account. */
  tradeByHand(shares: number, ts: number): ExecutionReport {
    this.#ids += 1;
    this.foreign += shares;
    const side = shares > 0 ? 'BUY' : 'SELL';
    const order = { ...HAND, side, quantity: Math.abs(shares) } as ApprovedOrder;
    const known = { order, orderId: 0, permId: 5000, status: 'Filled', filled: 0 } as const;
    return this.#execute(known, Math.abs(shares), ts);
  }

  /** The book's option, traded by hand; `contracts` is set by whoever tells the positions. */
  tradeOption(contracts: number, price: number, ts: number): ExecutionReport {
    const side = contracts > 0 ? 'BUY' : 'SELL';
    const quantity = Math.abs(contracts);
    const order = { ...HAND, side, quantity, limitPrice: price } as ApprovedOrder;
    const known = { order, orderId: 0, permId: 5000, status: 'Filled', filled: 0 } as const;
    return this.#execute(known, quantity, ts, optionContract());
  }

  /** What the account holds of the underlying. */
  get shares(): number {
    const ours = [...this.orders.values()].map((one) => sideSign(one.order.side) * one.filled);
    return ours.reduce((sum, shares) => sum + shares, 0) + this.foreign;
  }

  get live(): readonly VenueOrder[] {
    return [...this.orders.values()].filter(({ status }) => !DEAD.has(status));
  }

  report(orderRef: string): OrderReport {
    const { order, orderId, permId, status, filled } = this.get(orderRef);
    const { account, contract, side, quantity, limitPrice } = order;
    return {
      orderRef,
      orderId,
      permId,
      clientId: 1,
      account,
      contract,
      side,
      quantity,
      limitPrice,
      status,
      filled,
      remaining: quantity - filled,
      whyHeld: status === 'Inactive' ? 'locate' : '',
    };
  }

  /** A complete read. */
  read(): BrokerRead {
    const all = [...this.orders.keys()].map((ref) => this.report(ref));
    return {
      ...ANSWERS,
      openOrders: all.filter(({ status }) => !DEAD.has(status)),
      completedOrders: all.filter(({ status }) => DEAD.has(status)),
      executions: this.executions,
      commissions: this.commissions,
      positions: [
        { account: ACCOUNT, contract: SHARES, quantity: this.shares, avgCost: 450 },
        { account: ACCOUNT, contract: optionContract(), quantity: this.contracts, avgCost: 1000 },
        ...this.others.map((one) => ({ account: ACCOUNT, ...one, avgCost: 1000 })),
      ].filter(({ quantity }) => quantity !== 0),
    };
  }

  #execute(
    known: VenueOrder,
    quantity: number,
    ts: number,
    contract: StockContract | OptionContract = SHARES,
  ): ExecutionReport {
    const execBase = `0000e0d5.${this.executions.length + 1}`;
    const { order, orderId, permId } = known;
    const execution: ExecutionReport = {
      execId: `${execBase}.01`,
      execBase,
      revision: 1,
      orderRef: order.orderRef,
      orderId,
      permId,
      clientId: 1,
      account: order.account,
      contract,
      side: order.side,
      quantity,
      price: order.limitPrice,
      ts: Math.floor(ts / 1000) * 1000,
    };
    this.executions = [...this.executions, execution];
    const commission = { execId: execution.execId, commission: 1, currency: 'USD' };
    this.commissions = [...this.commissions, { ...commission, realizedPnl: null }];
    return execution;
  }
}

const HAND = { orderRef: '', account: ACCOUNT, contract: SHARES, limitPrice: 450 };
