/** Contracts, orders and fills that several tests of the gateway share. */

import type { OptionContract, StockContract } from '../../../../src/domain/contract.ts';
import type { ApprovedOrder, OrderTicket } from '../../../../src/domain/order.ts';
import type { VenueExecution, VenueOrder } from '../../../../src/gateway/sim/venue.ts';

export const SPY: StockContract = {
  secType: 'STK',
  conId: 756733,
  symbol: 'SPY',
  exchange: 'SMART',
  primaryExchange: 'ARCA',
  currency: 'USD',
};

export const SPY_PUT: OptionContract = {
  secType: 'OPT',
  conId: 652806383,
  symbol: 'SPY',
  underlyingConId: 756733,
  expiry: '20230901',
  strike: 430,
  right: 'P',
  multiplier: 100,
  exchange: 'SMART',
  currency: 'USD',
  tradingClass: 'SPY',
  localSymbol: 'SPY   230901P00430000',
};

/** An order that passed the last check; only the check itself may make one in the program. */
export function approved(change: Partial<OrderTicket> = {}): ApprovedOrder {
  const ticket: OrderTicket = {
    orderRef: 'gs:a:1',
    account: 'DU1',
    contract: SPY,
    purpose: 'hedge',
    side: 'SELL',
    quantity: 112,
    limitPrice: 451.2,
    tif: 'DAY',
    goodTill: null,
    outsideRth: false,
    ...change,
  };
  return ticket as ApprovedOrder;
}

/** That order as TWS reports it. */
export function venueOrder(change: Partial<VenueOrder> = {}): VenueOrder {
  return {
    clientId: 7,
    orderId: 29,
    permId: 9001,
    account: 'DU1',
    contract: SPY,
    side: 'SELL',
    quantity: 112,
    orderType: 'LMT',
    limitPrice: 451.2,
    tif: 'DAY',
    goodTill: '',
    orderRef: 'gs:a:1',
    outsideRth: false,
    status: 'Submitted',
    filled: 0,
    remaining: 112,
    avgFillPrice: 0,
    lastFillPrice: 0,
    whyHeld: '',
    completedAt: null,
    ...change,
  };
}

/** A fill of it. */
export function venueExecution(change: Partial<VenueExecution> = {}): VenueExecution {
  return {
    execId: '0000e0d5.6450c0ff.01.01',
    clientId: 7,
    orderId: 29,
    permId: 9001,
    orderRef: 'gs:a:1',
    account: 'DU1',
    contract: SPY,
    side: 'SELL',
    quantity: 112,
    price: 451.2,
    cumulativeQuantity: 112,
    averagePrice: 451.2,
    commission: 1,
    realizedPnl: null,
    ts: Date.UTC(2023, 7, 3, 14, 0, 5),
    ...change,
  };
}
