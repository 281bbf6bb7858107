/** Market data to clients: one message for each thing that changed on a line. */

import type { VenueQuote } from '../sim/venue.ts';
import type { Message } from './framing.ts';
import { SERVER } from './wire-ids.ts';

/** What IB writes for a price that is not there; the size beside it is 0. */
const NO_PRICE = -1;
/** What it writes for a Greek that is not computed. */
const NO_GREEK = -2;
/** The price can be traded against automatically: true of quotes, not of trades. */
const CAN_AUTO_EXECUTE = 1;

export type VenueModel = NonNullable<VenueQuote['model']>;

/** NaN becomes −1 with size 0. */
export function encodeTickPrice(
  id: number,
  tickType: number,
  price: number,
  size: number,
  kind: 'quote' | 'trade',
): Message {
  const mask = kind === 'quote' ? CAN_AUTO_EXECUTE : 0;
  if (!Number.isFinite(price)) return [SERVER.tickPrice, 6, id, tickType, NO_PRICE, 0, 0];
  return [SERVER.tickPrice, 6, id, tickType, price, sizeOf(size), mask];
}

export function encodeTickSize(id: number, tickType: number, size: number): Message {
  return [SERVER.tickSize, 6, id, tickType, sizeOf(size)];
}

export function encodeTickGeneric(id: number, tickType: number, value: number): Message {
  return [SERVER.tickGeneric, 6, id, tickType, value];
}

export function encodeTickString(id: number, tickType: number, value: string): Message {
  return [SERVER.tickString, 6, id, tickType, value];
}

export function encodeOptionComputation(id: number, tickType: number, model: VenueModel): Message {
  return [
    SERVER.tickOptionComputation,
    id,
    tickType,
    0, // computed from returns, not from prices
    orElse(model.iv, NO_PRICE),
    orElse(model.delta, NO_GREEK),
    orElse(model.price, NO_PRICE),
    0, // present value of dividends
    orElse(model.gamma, NO_GREEK),
    orElse(model.vega, NO_GREEK),
    orElse(model.theta, NO_GREEK),
    orElse(model.underlyingPrice, NO_PRICE),
  ];
}

/** 1 live, 2 frozen, 3 delayed, 4 delayed and frozen. */
export function encodeMarketDataType(id: number, marketDataType: number): Message {
  return [SERVER.marketDataType, 1, id, marketDataType];
}

export function encodeTickReqParams(id: number, minTick: number, exchange: string): Message {
  const snapshotPermissions = 3;
  return [SERVER.tickReqParams, id, minTick, exchange, snapshotPermissions];
}

export function encodeSnapshotEnd(id: number): Message {
  return [SERVER.tickSnapshotEnd, 1, id];
}

function sizeOf(size: number): number {
  return Number.isFinite(size) ? size : 0;
}

function orElse(value: number, missing: number): number {
  return Number.isFinite(value) ? value : missing;
}
