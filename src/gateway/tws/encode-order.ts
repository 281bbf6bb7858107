/**
 * The two longest messages, an order that lives and an order that is done, and the short ones
 * about orders. The order of the fields is the protocol's; values that a plain order does not have
 * are written as live captures show them, which is `''` for some and the largest double for others.
 */

import type { VenueOrder } from '../sim/venue.ts';
import { formatZonedTime } from '../sim/zoned-time.ts';
import { amount, tradedContract } from './encode.ts';
import { type Field, type Message, UNSET_DOUBLE, UNSET_INTEGER } from './framing.ts';
import { SINCE } from './versions.ts';
import { SERVER } from './wire-ids.ts';

/** What a what-if order would change; nothing of it is known for a real one. */
export interface OrderMargins {
  readonly initMarginBefore: number;
  readonly initMarginChange: number;
  readonly equityBefore: number;
  /** Null where the exchange names none. */
  readonly commission: number | null;
}

export function encodeOrderStatus(order: VenueOrder): Message {
  return [
    SERVER.orderStatus,
    order.orderId,
    order.status,
    order.filled,
    order.remaining,
    order.avgFillPrice,
    order.permId,
    0, // parent
    order.lastFillPrice,
    order.clientId,
    order.whyHeld,
    0, // market cap price
  ];
}

export function encodeOpenOrderEnd(): Message {
  return [SERVER.openOrderEnd, 1];
}

export function encodeCompletedOrdersEnd(): Message {
  return [SERVER.completedOrdersEnd];
}

export function encodeOrderBound(permId: number, clientId: number, orderId: number): Message {
  return [SERVER.orderBound, permId, clientId, orderId];
}

export function encodeOpenOrder(
  version: number,
  order: VenueOrder,
  margins: OrderMargins | null = null,
): Message {
  return [
    SERVER.openOrder,
    order.orderId,
    ...tradedContract(order.contract, '?'),
    ...orderTerms(order),
    order.clientId,
    order.permId,
    order.outsideRth,
    0, // hidden
    0, // discretionary amount
    '', // good after
    `${order.permId}.0/${order.account}/100`, // shares allocation, deprecated
    ...adviser(version),
    '', // model
    order.goodTill,
    ...saleTerms(),
    0, // auction strategy
    ...boxAndRange(),
    UNSET_INTEGER, // display size
    ...[0, 0, 0], // block, sweep to fill, all or none
    '', // minimum quantity
    3, // OCA type
    ...[0, 0], // e-trade only, firm quote only
    '', // NBBO price cap
    0, // parent
    0, // trigger method
    ...volatility(['', '', '', '?']),
    ...['', ''], // trailing stop price and percentage
    ...['', ''], // basis points and their type
    ...comboAndScale(),
    '', // hedge type
    0, // opt out of SMART routing
    ...clearing(),
    ...[0, margins !== null], // solicited, what-if
    order.status,
    ...marginFields(order, margins),
    ...randomAndConditions(),
    ...adjusted(),
    ...['', '', ''], // soft-dollar tier: name, value, display name
    0, // cash quantity
    1, // no automatic price for a hedge
    ...[0, 0, 0], // OMS container, discretionary up to limit, price management
    ...openOrderTail(version),
  ];
}

export function encodeCompletedOrder(version: number, order: VenueOrder): Message {
  const done = order.completedAt;
  return [
    SERVER.completedOrder,
    ...tradedContract(order.contract, '?'),
    ...orderTerms(order),
    order.permId,
    order.outsideRth,
    0, // hidden
    0, // discretionary amount
    '', // good after
    ...adviser(version),
    '', // model
    order.goodTill,
    ...saleTerms(),
    ...boxAndRange(),
    UNSET_INTEGER, // display size
    ...[0, 0], // sweep to fill, all or none
    '', // minimum quantity
    3, // OCA type
    0, // trigger method
    ...volatility([]),
    ...['', ''], // trailing stop price and percentage
    ...comboAndScale(),
    '', // hedge type
    ...clearing(),
    0, // solicited
    order.status,
    ...randomAndConditions(),
    ...[UNSET_DOUBLE, UNSET_DOUBLE], // trailing stop price, limit price offset
    0, // cash quantity
    1, // no automatic price for a hedge
    0, // OMS container
    '', // auto-cancel date
    order.filled,
    0, // reference futures contract
    0, // auto-cancel with the parent
    '', // shareholder
    ...[0, 0], // imbalance only, route marketable to BBO
    0, // permanent id of the parent
    done === null ? '' : formatZonedTime(done),
    completedText(order),
    ...(version >= SINCE.pegBestMid ? pegBestMid() : []),
    ...(version >= SINCE.customerAccount ? [''] : []),
    ...(version >= SINCE.professional ? [0] : []),
  ];
}

/** Action to order reference: what the client itself said. */
function orderTerms(order: VenueOrder): readonly Field[] {
  return [
    order.side,
    order.quantity,
    order.orderType,
    order.limitPrice ?? 0,
    0, // auxiliary price
    order.tif,
    '', // OCA group
    order.account,
    '', // open or close
    0, // origin: the customer
    order.orderRef,
  ];
}

/** Group, method, percentage of an adviser's allocation, and its profile while there was one. */
function adviser(version: number): readonly Field[] {
  return version < SINCE.noFaProfile ? ['', '', '', ''] : ['', '', ''];
}

/** Rule 80A, percent offset, settling firm, short-sale slot, location, exempt code. */
function saleTerms(): readonly Field[] {
  return ['', '', '', 0, '', -1];
}

/** Starting price, stock reference price, delta, lower and upper end of the stock's range. */
function boxAndRange(): readonly Field[] {
  return ['', '', '', '', ''];
}

/**
 * Volatility and its type, then the hedging order: `None` is how IB writes that there is none, and
 * because it is not empty, its block follows. An open order has four fields more in that block.
 */
function volatility(openOrderOnly: readonly Field[]): readonly Field[] {
  const order: Field[] = ['', 0, 'None', ''];
  return [...order, 0, ...openOrderOnly, 0, 0, '', 0, 0];
}

/** A combination's description, legs, order legs, routing; the first three of a scale order. */
function comboAndScale(): readonly Field[] {
  return ['', 0, 0, 0, '', '', ''];
}

/** Clearing account and intent, not held, no delta-neutral contract, no algorithm. */
function clearing(): readonly Field[] {
  return ['', 'IB', 0, 0, ''];
}

/** Randomise size and price, then no conditions. */
function randomAndConditions(): readonly Field[] {
  return [0, 0, 0];
}

/** Adjusted order type, five prices about it and one more, then the unit of the trailing amount. */
function adjusted(): readonly Field[] {
  return ['None', ...Array<Field>(6).fill(UNSET_DOUBLE), 0];
}

/** Initial margin, maintenance margin, equity: before, change, after; then the commission. */
function marginFields(order: VenueOrder, margins: OrderMargins | null): readonly Field[] {
  if (margins === null) return [...Array<Field>(9).fill(UNSET_DOUBLE), '', '', '', '', ''];
  const { initMarginBefore: before, initMarginChange: change, equityBefore: equity } = margins;
  const commission = amount(margins.commission);
  return [
    ...[before, before, equity],
    ...[change, change, 0],
    ...[before + change, before + change, equity],
    commission,
    ...['', ''], // least and most commission: it is exact
    order.contract.currency,
    '', // warning
  ];
}

function openOrderTail(version: number): readonly Field[] {
  return [
    ...(version >= SINCE.duration ? [UNSET_INTEGER] : []),
    ...(version >= SINCE.postToAts ? [UNSET_INTEGER] : []),
    ...(version >= SINCE.autoCancelParent ? [0] : []),
    ...(version >= SINCE.pegBestMid ? pegBestMid() : []),
    ...(version >= SINCE.customerAccount ? [''] : []),
    ...(version >= SINCE.professional ? [0] : []),
    ...(version >= SINCE.bondInterest ? [''] : []),
    ...(version >= SINCE.overnight ? [0] : []),
    ...(version >= SINCE.cmeTaggingInOpenOrder ? ['', UNSET_INTEGER] : []),
  ];
}

/** Minimum trade, minimum compete size, compete offset, offset at a whole and at a half mid. */
function pegBestMid(): readonly Field[] {
  return [UNSET_INTEGER, 100, 0.02, UNSET_DOUBLE, UNSET_DOUBLE];
}

function completedText(order: VenueOrder): string {
  if (order.status === 'Filled') return `Filled Size: ${order.filled}`;
  return order.status === 'Cancelled' ? 'Cancelled by Trader' : order.status;
}
