/**
 * Prices on the venue's grid. A limit rounds to the side that keeps its promise: a price that must
 * stay inside a bound rounds away from it, never across.
 */

import type { PriceIncrement } from './contract.ts';
import type { OrderSide } from './order.ts';
import type { OrderSettings } from './settings.ts';

/** USD per share. */
export interface PriceRange {
  readonly low: number;
  readonly high: number;
}

/** The step that applies at `price`; `fallback` (USD) where the market rule says nothing. */
export function tickAt(price: number, increments: readonly PriceIncrement[]): number {
  throw new Error(`not built: ${price} ${increments.length}`);
}

/** The nearest price on the grid that is not above (`down`) or not below (`up`) `price`. */
export function roundToTick(
  price: number,
  increments: readonly PriceIncrement[],
  direction: 'down' | 'up' | 'nearest',
): number {
  throw new Error(`not built: ${price} ${increments.length} ${direction}`);
}

export function isOnTick(price: number, increments: readonly PriceIncrement[]): boolean {
  throw new Error(`not built: ${price} ${increments.length}`);
}

/** Where an order's price may lie: `collarPct` percent around the mid of a fresh quote. */
export function priceCollar(bid: number, ask: number, collarPct: number): PriceRange {
  throw new Error(`not built: ${bid} ${ask} ${collarPct}`);
}

export interface LimitInput {
  readonly side: OrderSide;
  readonly bid: number;
  readonly ask: number;
  readonly increments: readonly PriceIncrement[];
  readonly collarPct: number;
  readonly order: Pick<OrderSettings, 'order_type' | 'limit_offset_ticks'>;
  /** D3 in an extreme spread: at mid instead of across it. */
  readonly atMid: boolean;
}

/**
 * The limit price of a hedge: across the spread by the offset (`limit`), at the collar's edge
 * (`market`), or at mid; on the grid and inside the collar. Null without a two-sided quote.
 */
export function limitPrice(input: LimitInput): number | null {
  throw new Error(`not built: ${input.side}`);
}
