/** What the exchange knows of us: the ledger that ours is compared with. */

import { sideSign } from '../../src/domain/order.ts';
import type { Exchange } from '../../src/gateway/sim/exchange.ts';
import type { VenueExecution, VenueOrder } from '../../src/gateway/sim/venue.ts';

const OURS = /^sim:/;

export function isOurs(orderRef: string): boolean {
  return OURS.test(orderRef);
}

/** The last revision of each execution of our own orders. */
export function executionsOf(exchange: Exchange): readonly VenueExecution[] {
  const all = { clientId: 0, account: '', since: 0, symbol: '', secType: '', side: '' };
  return exchange.executions(all).filter(({ orderRef }) => isOurs(orderRef));
}

/** Shares that our orders bought and sold. */
export function tradedBy(exchange: Exchange, symbol: string): number {
  return executionsOf(exchange)
    .filter(({ contract }) => contract.symbol === symbol)
    .reduce((sum, one) => sum + sideSign(one.side) * one.quantity, 0);
}

/** Shares of the account, ours and others'. */
export function sharesOf(exchange: Exchange, symbol: string): number {
  return exchange
    .positions()
    .filter(({ contract }) => contract.secType === 'STK' && contract.symbol === symbol)
    .reduce((sum, position) => sum + position.quantity, 0);
}

/** Shares that exercise and assignment brought, event by event. */
export function deliveriesOf(exchange: Exchange, symbol: string): readonly number[] {
  return exchange
    .ledger()
    .option_events.filter((event) => event.contract_key.startsWith(`${symbol}|`))
    .map(({ shares }) => shares);
}

/** Orders under our name that live. */
export function aliveOf(exchange: Exchange): readonly VenueOrder[] {
  return exchange.openOrders().filter(({ orderRef }) => isOurs(orderRef));
}
