/**
 * What a fill does: which quantity trades at which price, and how it changes a position. Pure
 * arithmetic, as IB does it: the average cost and the realised profit include commissions.
 */

import type { OrderSide } from '../../domain/order.ts';
import type { VenueQuote } from './venue.ts';

export interface FillInput {
  readonly side: OrderSide;
  readonly remaining: number;
  /** Null for a market order. */
  readonly limitPrice: number | null;
  /** Trades in the middle of the market. */
  readonly atMiddle?: boolean;
  /** In the book before this quote: it is hit at its own price. */
  readonly resting: boolean;
  /** At most the displayed size. */
  readonly partial: boolean;
  /** At most so much of the displayed size. */
  readonly sizeMax: number;
  /** Of the displayed size, already taken by others since the quote changed. */
  readonly taken: number;
}

export interface Fill {
  readonly quantity: number;
  readonly price: number;
}

/** What trades now against the displayed quote; null when nothing does. */
export function planFill(quote: VenueQuote, input: FillInput): Fill | null {
  const { side, limitPrice } = input;
  const price = priceFor(quote, input);
  const displayed = side === 'BUY' ? quote.askSize : quote.bidSize;
  if (!(price > 0) || quote.halted) return null;
  const crosses =
    limitPrice === null || (side === 'BUY' ? price <= limitPrice : price >= limitPrice);
  if (!crosses) return null;
  const quantity = input.partial
    ? Math.min(input.remaining, Math.max(0, Math.min(displayed, input.sizeMax) - input.taken))
    : input.remaining;
  if (quantity <= 0) return null;
  const atLimit = input.resting && limitPrice !== null && input.atMiddle !== true;
  return { quantity, price: atLimit ? limitPrice : price };
}

function priceFor({ bid, ask }: VenueQuote, { side, atMiddle = false }: FillInput): number {
  if (atMiddle) return bid > 0 && ask >= bid ? Math.round((bid + ask) * 50) / 100 : Number.NaN;
  return side === 'BUY' ? ask : bid;
}

export interface BookInput {
  readonly quantity: number;
  readonly avgCost: number;
  /** Signed. */
  readonly traded: number;
  readonly price: number;
  readonly multiplier: number;
  readonly commission: number;
}

export interface Booked {
  readonly quantity: number;
  readonly avgCost: number;
  /** Net of commissions; null where nothing was closed. */
  readonly realizedPnl: number | null;
  readonly cashChange: number;
}

/**
 * Books a trade on a position. `quantity × avgCost − realizedPnl + cash` does not change, whatever
 * is booked.
 */
export function bookFill(input: BookInput): Booked {
  const { quantity, traded, commission, multiplier } = input;
  const value = input.price * multiplier;
  const cashChange = -traded * value - commission;
  const after = quantity + traded;
  const closing = Math.sign(quantity) === -Math.sign(traded);
  const closed = closing ? Math.min(Math.abs(quantity), Math.abs(traded)) : 0;
  const opened = Math.abs(traded) - closed;
  const direction = Math.sign(traded);
  // A trade through zero pays for both halves in proportion.
  const closingCommission = (commission * closed) / Math.abs(traded);
  const openingCommission = commission - closingCommission;
  const realizedPnl = closing
    ? -direction * closed * (value - input.avgCost) - closingCommission
    : null;
  const kept = quantity + direction * closed;
  const cost = kept * input.avgCost + direction * opened * value + openingCommission;
  return { quantity: after, avgCost: after === 0 ? 0 : cost / after, realizedPnl, cashChange };
}
