/** What becomes of a request to place an order: decided here, done by the desk. */

import assert from 'node:assert/strict';
import { sideSign } from '../../domain/order.ts';
import { type Margin, marginOf } from './margin.ts';
import { checkOrder, type OrderTerms } from './order-check.ts';
import { CLIENTS_MAX, changesInFlight, type ExchangeOrder, type OrderChange } from './state.ts';
import { findLive, type Turn } from './turn.ts';
import type { VenueOrderRequest } from './venue.ts';

export type Placing =
  /** An error and nothing else. */
  | { readonly kind: 'refuse'; readonly code: number; readonly message: string }
  /** An order that is turned down. */
  | {
      readonly kind: 'reject';
      readonly order: ExchangeOrder;
      readonly code: number;
      readonly message: string;
      readonly status?: 'Inactive' | 'Cancelled';
    }
  | { readonly kind: 'what_if'; readonly order: ExchangeOrder }
  /** Not transmitted yet. */
  | { readonly kind: 'hold'; readonly order: ExchangeOrder }
  | { readonly kind: 'send'; readonly order: ExchangeOrder }
  | {
      readonly kind: 'modify';
      readonly order: ExchangeOrder;
      readonly change: Omit<OrderChange, 'arrivesAt'>;
    };

/** Live orders; TWS itself allows 20 per contract, side and account. */
const LIVE_MAX = 5000;
/** Changes of one order on their way: each waits for its answer in any client that is sane. */
const CHANGES_MAX = 20;

/** Whether an order is new, changes a live one, or is refused; nothing is changed yet. */
export function decidePlacing(turn: Turn, request: VenueOrderRequest): Placing {
  const { state } = turn;
  const live = findLive(state, request);
  const highest = state.orderIds.get(request.clientId) ?? 0;
  if (live === undefined && request.orderId > 0 && request.orderId <= highest) {
    return refuse(103, 'Duplicate order id');
  }
  if (!state.orderIds.has(request.clientId) && state.orderIds.size >= CLIENTS_MAX) {
    return refuse(201, 'Order rejected - reason:too many clients');
  }
  const contract = turn.listing.contracts.get(request.conId);
  const check = checkOrder(request, contract, [...state.accounts.keys()], turn.now());
  if (check.kind === 'refused') return refuse(check.code, check.message);
  if (contract !== undefined && turn.market.quote(contract.conId, turn.now())?.halted === true) {
    return refuse(154, 'Order cannot be transmitted for halted security.');
  }
  const isWorking = live !== undefined && !live.held;
  if (check.kind === 'rejected' && (isWorking || request.whatIf)) {
    return refuse(check.code, check.message);
  }
  // A question about an order that works must not change it.
  if (isWorking && !request.whatIf) return decideModify(turn, live, request, check.terms);
  if (state.live.size >= LIVE_MAX) return refuse(201, 'Order rejected - reason:too many orders');
  const order = newOrder(request, check.terms, live?.permId ?? state.permIds + 1);
  if (check.kind === 'rejected') {
    const { code, message } = check;
    return { kind: 'reject', order, code, message };
  }
  if (request.whatIf) return { kind: 'what_if', order };
  const refusal = beyondMeans(turn, order) ?? beyondCollar(turn, order);
  if (refusal !== null) return { kind: 'reject', order, ...refusal };
  return { kind: request.transmit ? 'send' : 'hold', order };
}

type Refusal = Pick<Extract<Placing, { kind: 'reject' }>, 'code' | 'message' | 'status'>;

/** An order after which the account would need more than it has, and more than now. */
function beyondMeans(turn: Turn, order: ExchangeOrder): Refusal | null {
  if (turn.scenario.margin === 'none') return null;
  const { before, after } = marginsOf(turn, order);
  if (after.initial <= before.initial || after.initial <= after.equityWithLoan) return null;
  const figures = `[${after.equityWithLoan.toFixed(2)} USD], [${after.initial.toFixed(2)} USD]`;
  return {
    code: 201,
    message:
      'Order rejected - reason:YOUR ORDER IS NOT ACCEPTED. IN ORDER TO OBTAIN THE DESIRED ' +
      `POSITION YOUR EQUITY WITH LOAN VALUE ${figures} MUST EXCEED THE INITIAL MARGIN`,
  };
}

/** Margins of the order's account as it is, and with the order filled. */
export function marginsOf(
  { state, market, listing }: Turn,
  order: ExchangeOrder,
): { readonly before: Margin; readonly after: Margin } {
  const account = state.accounts.get(order.account);
  assert(account !== undefined);
  const { contract } = order;
  const price = expectedPrice({ state, market }, order);
  const quantity = sideSign(order.side) * order.remaining;
  const multiplier = contract.secType === 'OPT' ? contract.multiplier : 1;
  const change = { conId: contract.conId, quantity, cash: -quantity * price * multiplier };
  return {
    before: marginOf(state, market, account, null, listing.contracts),
    after: marginOf(state, market, account, change, listing.contracts),
  };
}

/** What an order would trade at: its limit, or what is shown; 0 where nothing is. */
export function expectedPrice(
  { state, market }: Pick<Turn, 'state' | 'market'>,
  { side, limitPrice, contract }: ExchangeOrder,
): number {
  const quote = market.quote(contract.conId, state.now);
  const shown = side === 'BUY' ? quote?.ask : quote?.bid;
  return limitPrice ?? (shown !== undefined && shown > 0 ? shown : 0);
}

/** A limit far on the wrong side of the market: the exchange would not let it trade there. */
function beyondCollar(turn: Turn, order: ExchangeOrder): Refusal | null {
  const { collar_pct: collar } = turn.scenario;
  const { limitPrice, side } = order;
  if (collar === null || limitPrice === null) return null;
  const quote = turn.market.quote(order.contract.conId, turn.now());
  const shown = side === 'BUY' ? quote?.ask : quote?.bid;
  if (shown === undefined || !(shown > 0)) return null;
  const cap = shown * (1 + (sideSign(side) * collar) / 100);
  if (side === 'BUY' ? limitPrice <= cap : limitPrice >= cap) return null;
  const message =
    'Order Canceled - reason:The order price is outside of the allowable limits; ' +
    `cap price ${cap.toFixed(2)}`;
  return { code: 202, message, status: 'Cancelled' };
}

function decideModify(
  turn: Turn,
  live: ExchangeOrder,
  request: VenueOrderRequest,
  terms: OrderTerms,
): Placing {
  const same =
    request.side === live.side &&
    request.orderType === live.orderType &&
    terms.contract.conId === live.contract.conId &&
    terms.account === live.account;
  if (!same) return refuse(105, 'Order being modified does not match original order');
  if (changesInFlight(live) >= CHANGES_MAX) {
    return refuse(2102, 'Unable to modify this order as it is still being processed.');
  }
  if (live.cancelAt !== null) return refuse(104, 'Cannot modify an order that is being cancelled.');
  if (request.quantity < live.filled) {
    return refuse(201, 'Order rejected - reason:the new size is below what is filled');
  }
  const change = {
    quantity: request.quantity,
    limitPrice: live.orderType === 'MKT' ? null : request.limitPrice,
    tif: terms.tif,
    goodTill: request.goodTill,
    expiresAt: terms.expiresAt,
  };
  const { quantity, limitPrice } = change;
  const changed = { ...live, quantity, limitPrice, remaining: quantity - live.filled };
  const refusal = beyondMeans(turn, changed) ?? beyondCollar(turn, changed);
  // An error alone: the order works on as it was.
  if (refusal !== null) return refuse(refusal.code, refusal.message);
  return { kind: 'modify', order: live, change };
}

function newOrder(request: VenueOrderRequest, terms: OrderTerms, permId: number): ExchangeOrder {
  return {
    clientId: request.clientId,
    orderId: request.orderId,
    permId,
    account: terms.account,
    contract: terms.contract,
    side: request.side,
    quantity: request.quantity,
    orderType: request.orderType,
    limitPrice: request.orderType === 'MKT' ? null : request.limitPrice,
    tif: terms.tif,
    goodTill: request.goodTill,
    orderRef: request.orderRef,
    outsideRth: request.outsideRth,
    status: 'PreSubmitted',
    filled: 0,
    remaining: request.quantity,
    avgFillPrice: 0,
    lastFillPrice: 0,
    whyHeld: '',
    completedAt: null,
    held: false,
    working: false,
    arrivesAt: null,
    expiresAt: terms.expiresAt,
    change: null,
    cancelAt: null,
    commission: 0,
  };
}

function refuse(code: number, message: string): Placing {
  return { kind: 'refuse', code, message };
}
