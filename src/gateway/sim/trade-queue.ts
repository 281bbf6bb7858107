/**
 * The place of a resting order among those at its price: behind what is displayed when it joins or
 * when its price becomes the best. Trades of others at its price, as the line prints them, first
 * serve who is before it. Who is before it may also leave: never more than is displayed.
 */

import type { ExchangeOrder } from './state.ts';
import type { Turn } from './turn.ts';
import type { VenueQuote } from './venue.ts';

export interface TradeQueue {
  /** The line has a new quote: what was traded with it waits to be shared out. */
  refresh(conId: number): void;
  /** What an order trades now; `ahead` is null where its price is not the best. */
  turnOf(order: ExchangeOrder, quote: VenueQuote): TurnInQueue;
}

export interface TurnInQueue {
  readonly quantity: number;
  readonly ahead: number | null;
}

interface Print {
  readonly price: number;
  left: number;
}

export function createTradeQueue(turn: Turn): TradeQueue {
  const volumes = new Map<number, number>();
  const prints = new Map<number, Print>();
  return {
    refresh(conId) {
      prints.delete(conId);
      const quote = turn.market.quote(conId, turn.now());
      if (quote === null) return;
      const grown = quote.volume - (volumes.get(conId) ?? quote.volume);
      volumes.set(conId, quote.volume);
      if (grown > 0 && quote.last > 0) prints.set(conId, { price: quote.last, left: grown });
    },
    turnOf(order, quote) {
      const ahead = aheadOf(order, quote);
      const print = prints.get(order.contract.conId);
      if (ahead === null || print === undefined || !reaches(order, print.price)) {
        return { quantity: 0, ahead };
      }
      // A trade beyond its price has passed everybody at it.
      const before = print.price === order.limitPrice ? ahead : 0;
      const quantity = Math.min(order.remaining, Math.max(0, print.left - before));
      const served = Math.min(before, print.left);
      print.left -= quantity;
      return { quantity, ahead: Math.max(0, before - served) };
    },
  };
}

/** Null where others have a better price, or it has none. */
function aheadOf(order: ExchangeOrder, quote: VenueQuote): number | null {
  const { side, limitPrice, orderType } = order;
  if (orderType !== 'LMT' || limitPrice === null || quote.halted) return null;
  const best = side === 'BUY' ? quote.bid : quote.ask;
  const displayed = side === 'BUY' ? quote.bidSize : quote.askSize;
  if (limitPrice === best) return Math.min(order.queueAhead ?? displayed, displayed);
  const isBetter = side === 'BUY' ? !(limitPrice < best) : !(limitPrice > best);
  return isBetter ? 0 : null;
}

/** Whether a trade at `price` could have been with the order. */
function reaches({ side, limitPrice }: ExchangeOrder, price: number): boolean {
  if (limitPrice === null) return false;
  return side === 'BUY' ? price <= limitPrice : price >= limitPrice;
}
