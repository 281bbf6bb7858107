/**
 * Requests of this program to the bytes that the client library would send for them. Every layout
 * is written whole; what an order of ours never has is empty, as the library writes it.
 */

import type { ExecutionFilter, IbContract, IbOrder } from '../ib/client.ts';
import type { Field, Message } from '../tws/framing.ts';
import { SINCE } from '../tws/versions.ts';
import { CLIENT } from '../tws/wire-ids.ts';

const INTEGER_UNSET = 2147483647;

export function encodeStartApi(clientId: number): Message {
  return [CLIENT.startApi, 2, clientId, ''];
}

/** Requests of nothing but their number and a version. */
export function encodeBare(request: number): Message {
  return [request, 1];
}

export function encodeIds(): Message {
  return [CLIENT.reqIds, 1, 0];
}

/** Cancels of requests by their id. */
export function encodeCancel(request: number, id: number): Message {
  return [request, 1, id];
}

export function encodeCompletedOrders(apiOnly: boolean): Message {
  return [CLIENT.reqCompletedOrders, apiOnly];
}

export function encodeExecutions(id: number, filter: ExecutionFilter): Message {
  const { clientId = '', acctCode = '', time = '', symbol = '', side = '' } = filter;
  const { secType = '', exchange = '' } = filter;
  return [CLIENT.reqExecutions, 3, id, clientId, acctCode, time, symbol, secType, exchange, side];
}

export function encodeAccountSummary(id: number, group: string, tags: string): Message {
  return [CLIENT.reqAccountSummary, 1, id, group, tags];
}

/** The chains of options on an underlying. */
export function encodeOptionParameters(
  id: number,
  symbol: string,
  exchange: string,
  secType: string,
  conId: number,
): Message {
  return [CLIENT.reqSecDefOptParams, id, symbol, exchange, secType, conId];
}

export function encodeMarketRule(id: number): Message {
  return [CLIENT.reqMarketRule, id];
}

export function encodeMarketDataType(type: number): Message {
  return [CLIENT.reqMarketDataType, 1, type];
}

export function encodeContractDetails(version: number, id: number, contract: IbContract): Message {
  const message: Field[] = [CLIENT.reqContractDetails, 8, id, ...contractFields(contract)];
  message.push(contract.includeExpired ?? '', '', '');
  if (version >= SINCE.issuerId) message.push('');
  return message;
}

export function encodeMarketData(
  id: number,
  contract: IbContract,
  genericTicks: string,
  snapshot: boolean,
  regulatory: boolean,
): Message {
  const asked = [false, genericTicks, snapshot, regulatory, ''];
  return [CLIENT.reqMktData, 11, id, ...contractFields(contract), ...asked];
}

export function encodeCancelOrder(version: number, id: number): Message {
  const message: Field[] = [CLIENT.cancelOrder];
  if (version < SINCE.cmeTagging) message.push(1);
  message.push(id);
  if (version >= SINCE.manualTime) message.push('');
  if (version >= SINCE.rfq && version < SINCE.noRfq) message.push('', '', INTEGER_UNSET);
  if (version >= SINCE.cmeTagging) message.push('', INTEGER_UNSET);
  return message;
}

/** A plain order, of one leg and without an algorithm: the only kind there is here. */
export function encodeOrder(
  version: number,
  id: number,
  contract: IbContract,
  order: IbOrder,
): Message {
  const { action = '', totalQuantity = '', orderType = '', lmtPrice = '', tif = '' } = order;
  const { account = '', orderRef = '', transmit = '', outsideRth = '', goodTillDate = '' } = order;
  return [
    ...[CLIENT.placeOrder, id, ...contractFields(contract)],
    ...['', ''], // security id type and id
    ...[action, totalQuantity, orderType, lmtPrice],
    '', // auxiliary price
    tif,
    '', // OCA group
    account,
    ...['', ''], // open or close, origin
    orderRef,
    transmit,
    ...empty(5), // parent, block, sweep, display size, trigger method
    outsideRth,
    ...empty(4), // hidden, shares allocation, discretionary amount, good after
    goodTillDate,
    ...empty(version < SINCE.noFaProfile ? 4 : 3), // adviser
    // Model, short sale (3), OCA type, 80A, firm, all-or-none, minimum, offset, e-trade, firm
    // quote, NBBO cap, auction, box (3), range (2), override, volatility (2), hedging order (2),
    // continuous update, reference price, trailing (2), scale (6), hedge, opt out, clearing (2),
    // not held.
    ...empty(39),
    false, // delta-neutral contract
    ...['', '', order.whatIf ?? ''], // algorithm and its id, what-if
    ...empty(4), // options, solicited, randomise size and price
    0, // conditions
    ...empty(7), // adjusted order
    ...empty(12), // operator, soft-dollar tier … price management
    ...orderTail(version),
  ];
}

function orderTail(version: number): readonly Field[] {
  return [
    ...empty(version >= SINCE.duration ? 1 : 0),
    ...empty(version >= SINCE.postToAts ? 1 : 0),
    ...empty(version >= SINCE.autoCancelParent ? 1 : 0),
    ...empty(version >= SINCE.advancedReject ? 1 : 0),
    ...empty(version >= SINCE.manualTime ? 1 : 0),
    ...empty(version >= SINCE.customerAccount ? 1 : 0),
    ...empty(version >= SINCE.professional ? 1 : 0),
    ...(version >= SINCE.rfq && version < SINCE.noRfq ? ['', INTEGER_UNSET] : []),
    ...empty(version >= SINCE.overnight ? 1 : 0),
    ...empty(version >= SINCE.cmeTagging ? 1 : 0),
  ];
}

function empty(count: number): readonly Field[] {
  return Array<Field>(count).fill('');
}

/** The twelve fields by which every request names a contract. */
function contractFields(contract: IbContract): readonly Field[] {
  return [
    contract.conId ?? '',
    contract.symbol ?? '',
    contract.secType ?? '',
    contract.lastTradeDateOrContractMonth ?? '',
    contract.strike ?? '',
    contract.right ?? '',
    contract.multiplier ?? '',
    contract.exchange ?? '',
    contract.primaryExch ?? '',
    contract.currency ?? '',
    contract.localSymbol ?? '',
    contract.tradingClass ?? '',
  ];
}
