/**
 * What the parts of the exchange work on during one turn: they change the state only by `apply`,
 * and speak only by `emit`; the exchange writes the one down before it lets the other out.
 */

import type { FaultBoard } from './fault-board.ts';
import type { FaultType } from './fault-schema.ts';
import type { Listing } from './listing.ts';
import type { Market } from './market.ts';
import type { Scenario } from './scenario.ts';
import type { ExchangeOrder, ExchangeRecord, ExchangeState } from './state.ts';
import type { VenueEvent } from './venue.ts';
import { venueOrder } from './views.ts';

export interface Turn {
  readonly state: ExchangeState;
  readonly listing: Listing;
  readonly market: Market;
  readonly scenario: Scenario;
  readonly now: () => number;
  /** Changes the state, at once and in the journal. */
  readonly apply: (record: ExchangeRecord) => void;
  readonly emit: (event: VenueEvent) => void;
  /** Emits past the faults of reports. */
  readonly tell: (event: VenueEvent) => void;
  readonly faults: FaultBoard;
  /** Does something at a later exchange time, unless the process ends before. */
  readonly later: (at: number, work: () => void) => void;
  /** How long the way to the exchange takes this time, ms. */
  readonly latency: () => number;
}

/** Journals the order as it is now, and gives it back. */
export function saveOrder(turn: Turn, order: ExchangeOrder): ExchangeOrder {
  turn.apply({ kind: 'order', order });
  return order;
}

/** Tells clients of the order as it is now. */
export function reportOrder(turn: Turn, order: ExchangeOrder): void {
  turn.emit({ type: 'order', order: venueOrder(order) });
}

/** Notes in the ledger which order a fault has hit. */
export function noteHit(
  turn: Turn,
  type: FaultType,
  order: OrderKey & { readonly orderRef: string },
): void {
  const { clientId, orderId, orderRef } = order;
  const hit = { order_ref: orderRef, client_id: clientId, order_id: orderId };
  turn.apply({ kind: 'fault', fault: { ts: turn.now(), type, ...hit } });
}

export interface OrderKey {
  readonly clientId: number;
  readonly orderId: number;
}

/** Tells the order’s client an error about it. */
export function reportError(turn: Turn, key: OrderKey, code: number, message: string): void {
  const { clientId, orderId } = key;
  turn.emit({ type: 'orderError', clientId, orderId, code, message });
}

/** The live order of a client. Manual orders all have id 0 and are nobody's to change. */
export function findLive(state: ExchangeState, key: OrderKey): ExchangeOrder | undefined {
  if (key.orderId <= 0) return undefined;
  for (const order of state.live.values()) {
    if (order.clientId === key.clientId && order.orderId === key.orderId) return order;
  }
  return undefined;
}
