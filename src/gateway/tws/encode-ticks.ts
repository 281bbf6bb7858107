/**
 * Market data to clients: one message for each thing that changed on a line. A tick is the same for
 * every client but for the ticker id it goes under, so it is made without one. Its layouts do not
 * depend on the protocol version, from 157 to 193.
 */

import type { VenueQuote } from '../sim/venue.ts';
import type { Field, Message } from './framing.ts';
import { SERVER } from './wire-ids.ts';

/** A message around the ticker id that it is sent under. */
export interface Tick {
  readonly before: readonly Field[];
  readonly after: readonly Field[];
}

/** What IB writes for a price that is not there; the size beside it is 0. */
const NO_PRICE = -1;
/** What it writes for a Greek that is not computed. */
const NO_GREEK = -2;
/** The price can be traded against automatically: true of quotes, not of trades. */
const CAN_AUTO_EXECUTE = 1;
/** Literal of the messages that have a version. */
const VERSION = 6;

export type VenueModel = NonNullable<VenueQuote['model']>;

/** The message that one client gets. */
export function addressed({ before, after }: Tick, id: number): Message {
  return [...before, id, ...after];
}

/** NaN becomes −1 with size 0. */
export function tickPrice(
  tickType: number,
  price: number,
  size: number,
  kind: 'quote' | 'trade',
): Tick {
  const before = [SERVER.tickPrice, VERSION];
  if (!Number.isFinite(price)) return { before, after: [tickType, NO_PRICE, 0, 0] };
  const mask = kind === 'quote' ? CAN_AUTO_EXECUTE : 0;
  return { before, after: [tickType, price, sizeOf(size), mask] };
}

/** NaN becomes 0. */
export function tickSize(tickType: number, size: number): Tick {
  return { before: [SERVER.tickSize, VERSION], after: [tickType, sizeOf(size)] };
}

/** A number that is no price: a flag, a volatility. */
export function tickGeneric(tickType: number, value: number): Tick {
  return { before: [SERVER.tickGeneric, VERSION], after: [tickType, value] };
}

/** A value that is text, such as the second of the last trade. */
export function tickString(tickType: number, value: string): Tick {
  return { before: [SERVER.tickString, VERSION], after: [tickType, value] };
}

/** What is NaN goes out as IB's own sign of a value that is not computed. */
export function optionComputation(tickType: number, model: VenueModel): Tick {
  return {
    before: [SERVER.tickOptionComputation],
    after: [
      tickType,
      0, // computed from returns, not from prices
      orElse(model.iv, NO_PRICE),
      orElse(model.delta, NO_GREEK),
      orElse(model.price, NO_PRICE),
      model.pvDividend ?? 0,
      orElse(model.gamma, NO_GREEK),
      orElse(model.vega, NO_GREEK),
      orElse(model.theta, NO_GREEK),
      orElse(model.underlyingPrice, NO_PRICE),
    ],
  };
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
