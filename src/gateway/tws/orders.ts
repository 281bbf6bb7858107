/**
 * Orders of one client: what it sends goes to the exchange when it means what the exchange can do,
 * what happens to its orders comes back in the shape and order in which TWS tells it.
 */

import type {
  ExecutionFilter,
  Venue,
  VenueEvent,
  VenueExecution,
  VenueOrder,
  VenueOrderRequest,
} from '../sim/venue.ts';
import { parseZonedTime } from '../sim/zoned-time.ts';
import { type Client, ERROR, invalidText } from './client.ts';
import { resolveContract } from './contracts.ts';
import {
  encodeCommission,
  encodeExecution,
  encodeExecutionsEnd,
  LIVE_EXECUTION_ID,
} from './encode.ts';
import {
  encodeCompletedOrder,
  encodeCompletedOrdersEnd,
  encodeOpenOrder,
  encodeOpenOrderEnd,
  encodeOrderStatus,
} from './encode-order.ts';
import type { ClientRequest, WireOrder } from './requests.ts';

type ExecutionsRequest = Extract<ClientRequest, { type: 'reqExecutions' }>;

/** Passes a new or changed order on; what cannot go on costs one error under the order's id. */
export function placeOrder(venue: Venue, client: Client, order: WireOrder): void {
  const { orderId } = order;
  // Such ids are those of orders typed by hand, which no client can change or cancel.
  if (orderId <= 0) {
    client.error(orderId, ERROR.invalid, invalidText(`Invalid order id ${orderId}`));
    return;
  }
  const unsupported = unsupportedTerm(order);
  if (unsupported !== null) {
    const text = invalidText(`${unsupported} is not supported by this gateway`);
    client.error(orderId, ERROR.invalid, text);
    return;
  }
  const side = sideOf(order.action);
  if (side === null) {
    const text = invalidText(`Invalid order action "${order.action}"`);
    client.error(orderId, ERROR.invalid, text);
    return;
  }
  const account = order.account === '' ? onlyAccount(venue) : order.account;
  if (account === null) {
    client.error(orderId, ERROR.accountNeeded, 'You must specify an account.');
    return;
  }
  if (!venue.accounts.includes(account)) {
    client.error(orderId, ERROR.invalid, invalidText(`Invalid account code "${account}"`));
    return;
  }
  const resolution = resolveContract(venue, order.contract);
  if (resolution.kind === 'missing') {
    client.error(orderId, ERROR.noDefinition, resolution.text);
    return;
  }
  const { conId } = resolution.terms.contract;
  venue.place(toRequest(client.clientId, order, { account, side, conId }));
}

/** Answers reqOpenOrders with the client's own orders, reqAllOpenOrders with everybody's. */
export function answerOpenOrders(venue: Venue, client: Client, whose: 'own' | 'all'): void {
  for (const order of venue.openOrders()) {
    if (whose === 'all' || order.clientId === client.clientId) sendOrder(client, order);
  }
  client.send(encodeOpenOrderEnd());
}

/** `apiOnly` leaves out what was typed by hand, which has no order id. */
export function answerCompletedOrders(venue: Venue, client: Client, apiOnly: boolean): void {
  for (const order of venue.completedOrders()) {
    if (!apiOnly || order.orderId > 0) client.send(encodeCompletedOrder(client.version, order));
  }
  client.send(encodeCompletedOrdersEnd());
}

/** Answers reqExecutions; commission reports come again with them. */
export function answerExecutions(venue: Venue, client: Client, request: ExecutionsRequest): void {
  const since = request.time === '' ? 0 : parseZonedTime(request.time);
  if (since === null) {
    const text = invalidText(`Invalid time "${request.time}"`);
    client.error(request.id, ERROR.invalid, text);
    return;
  }
  const { id, clientId, account, symbol, secType } = request;
  const side = sideOf(request.side) ?? '';
  const filter: ExecutionFilter = { clientId, account, since, symbol, secType, side };
  for (const execution of venue.executions(filter)) sendExecution(client, id, execution);
  client.send(encodeExecutionsEnd(id));
}

/** Tells the client what happened to an order of its own; of other events it takes none. */
export function tellOrderEvent(venue: Venue, client: Client, event: VenueEvent): void {
  switch (event.type) {
    case 'order':
      if (event.order.clientId === client.clientId) sendOrder(client, event.order);
      return;
    case 'execution':
      if (event.execution.clientId === client.clientId) {
        client.send(encodeExecution(client.version, LIVE_EXECUTION_ID, event.execution));
        if (event.withheld !== true) client.send(encodeCommission(event.execution));
      }
      return;
    case 'commission':
      if (event.execution.clientId === client.clientId) {
        client.send(encodeCommission(event.execution));
      }
      return;
    case 'orderError':
      if (event.clientId === client.clientId) {
        client.error(event.orderId, event.code, event.message);
      }
      return;
    case 'whatIf':
      if (event.order.clientId === client.clientId) sendWhatIf(venue, client, event);
      return;
    default:
      return;
  }
}

function sendOrder(client: Client, order: VenueOrder): void {
  client.send(encodeOpenOrder(client.version, order));
  client.send(encodeOrderStatus(order));
}

function sendExecution(client: Client, id: number, execution: VenueExecution): void {
  client.send(encodeExecution(client.version, id, execution));
  client.send(encodeCommission(execution));
}

/** One openOrder and no status: nothing is working. */
function sendWhatIf(
  venue: Venue,
  client: Client,
  event: Extract<VenueEvent, { type: 'whatIf' }>,
): void {
  const { order, initMarginChange } = event;
  const { InitMarginReq, EquityWithLoanValue, NetLiquidation } = venue.accountValues(order.account);
  const margins = {
    initMarginBefore: numberOf(InitMarginReq),
    initMarginChange,
    equityBefore: numberOf(EquityWithLoanValue ?? NetLiquidation),
    commission: event.commission ?? null,
  };
  client.send(encodeOpenOrder(client.version, order, margins));
}

function numberOf(text: string | undefined): number {
  const value = Number(text ?? 0);
  return Number.isFinite(value) ? value : 0;
}

/** What would change the order's meaning and the exchange cannot do; null for a plain order. */
function unsupportedTerm(order: WireOrder): string | null {
  if (order.contract.secType === 'BAG') return 'A combination';
  if (order.conditions > 0) return 'A conditional order';
  // Adaptive works an order between its limit and the other side: here it is that plain order.
  if (order.algoStrategy !== '' && order.algoStrategy !== 'Adaptive')
    return `The algorithm ${order.algoStrategy}`;
  if (order.parentId !== 0) return 'An attached order';
  if (order.ocaGroup !== '') return 'A one-cancels-all group';
  if (order.hedgeType !== '' || order.hasDeltaNeutralContract) return 'A hedging order';
  if (order.goodAfter !== '') return 'A good-after time';
  return null;
}

/** Exchange's side of an action or of an execution filter; a short sale is a sale. */
function sideOf(action: string): 'BUY' | 'SELL' | null {
  if (action === 'BUY' || action === 'BOT') return 'BUY';
  if (action === 'SELL' || action === 'SLD' || action === 'SSHORT') return 'SELL';
  return null;
}

function onlyAccount(venue: Venue): string | null {
  const [first] = venue.accounts;
  return first !== undefined && venue.accounts.length === 1 ? first : null;
}

function toRequest(
  clientId: number,
  order: WireOrder,
  resolved: Pick<VenueOrderRequest, 'account' | 'side' | 'conId'>,
): VenueOrderRequest {
  const { orderId, quantity, orderType, limitPrice, goodTill } = order;
  const { orderRef, outsideRth, transmit, whatIf } = order;
  return {
    clientId,
    orderId,
    ...resolved,
    quantity,
    orderType,
    // Clients write 0 where there is no limit, and no contract here trades at 0.
    limitPrice: orderType === 'MKT' || limitPrice === 0 ? null : limitPrice,
    tif: order.tif === '' ? 'DAY' : order.tif,
    goodTill,
    orderRef,
    outsideRth,
    transmit,
    whatIf,
  };
}
