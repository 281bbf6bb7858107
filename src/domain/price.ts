/**
 * Prices on the venue's grid. A limit rounds to the side that keeps its promise: a price that must
 * stay inside a bound rounds away from it, never across.
 */

import { midOf } from './book-quotes.ts';
import type { PriceIncrement } from './contract.ts';
import type { OrderSide } from './order.ts';
import type { OrderSettings } from './settings.ts';

/** USD per share. */
export interface PriceRange {
  readonly low: number;
  readonly high: number;
}

/** The step that applies at `price`, USD; the default where the market rule says nothing. */
export function tickAt(price: number, increments: readonly PriceIncrement[]): number {
  let tick = DEFAULT_TICK;
  let edge = Number.NEGATIVE_INFINITY;
  for (const { lowEdge, increment } of increments) {
    if (lowEdge > price + EPSILON || lowEdge < edge || !(increment > 0)) continue;
    tick = increment;
    edge = lowEdge;
  }
  return tick;
}

/** The nearest price on the grid that is not above (`down`) or not below (`up`) `price`. */
export function roundToTick(
  price: number,
  increments: readonly PriceIncrement[],
  direction: 'down' | 'up' | 'nearest',
): number {
  const tick = tickAt(price, increments);
  const steps = price / tick;
  // A price on the grid is rarely a whole number of steps in binary: it must not move by one.
  const slack = direction === 'nearest' ? 0 : STEP_EPSILON;
  const whole =
    direction === 'nearest'
      ? Math.round(steps)
      : direction === 'down'
        ? Math.floor(steps + slack)
        : Math.ceil(steps - slack);
  return clean(whole * tick);
}

/** Whether an order may have this price, but for what doubles round. */
export function isOnTick(price: number, increments: readonly PriceIncrement[]): boolean {
  const steps = price / tickAt(price, increments);
  return Math.abs(steps - Math.round(steps)) < STEP_EPSILON;
}

/** Where an order's price may lie: `collarPct` percent around the mid of a fresh quote. */
export function priceCollar(bid: number, ask: number, collarPct: number): PriceRange {
  const mid = midOf(bid, ask);
  const reach = (mid * collarPct) / 100;
  return { low: mid - reach, high: mid + reach };
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
 * (`market`), or at mid; on the grid and inside the collar. Null where there is no such price.
 */
export function limitPrice(input: LimitInput): number | null {
  const { side, bid, ask, increments, collarPct } = input;
  const mid = midOf(bid, ask);
  if (Number.isNaN(mid)) return null;
  const { low, high } = priceCollar(bid, ask, collarPct);
  const buys = side === 'BUY';
  const edge = roundToTick(buys ? high : low, increments, buys ? 'down' : 'up');
  const wanted = wantedPrice(input, mid, edge);
  const price = buys ? Math.min(wanted, edge) : Math.max(wanted, edge);
  const inside = price > 0 && price >= low - EPSILON && price <= high + EPSILON;
  return inside ? price : null;
}

/** USD; US stocks above one dollar trade in cents. */
const DEFAULT_TICK = 0.01;
const EPSILON = 1e-9;
/** In steps of the grid: far below what a price can mean, far above its binary noise. */
const STEP_EPSILON = 1e-6;

function wantedPrice(input: LimitInput, mid: number, edge: number): number {
  const { side, bid, ask, increments, order, atMid } = input;
  const buys = side === 'BUY';
  // At mid it rounds to its own side of the book; across the spread it rounds further across.
  if (atMid) return roundToTick(mid, increments, buys ? 'down' : 'up');
  if (order.order_type === 'market') return edge;
  const touch = buys ? ask : bid;
  const offset = order.limit_offset_ticks * tickAt(touch, increments);
  return roundToTick(touch + (buys ? offset : -offset), increments, buys ? 'up' : 'down');
}

/** Market rules have at most eight decimals; what is behind them is binary noise. */
function clean(price: number): number {
  return Math.round(price * 1e8) / 1e8;
}
