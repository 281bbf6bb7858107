/**
 * Where orders meet quotes. The book is not modelled beyond what is displayed: an order trades
 * against the quote it sees, and what it takes is gone until the quote changes. With a queue a
 * resting order trades also with what others sell or buy at its price, when its turn has come.
 */

import { commissionOf } from './commission.ts';
import { type Fill, planFill } from './fill.ts';
import { priceWithImpact } from './impact.ts';
import { isOpenFor } from './order-hours.ts';
import { bookTrade, changesInFlight, type ExchangeOrder } from './state.ts';
import { createTradeQueue, type TradeQueue } from './trade-queue.ts';
import { reportError, reportOrder, saveOrder, type Turn } from './turn.ts';
import type { VenueExecution, VenueOrderStatus, VenueQuote } from './venue.ts';
import { positionOf } from './views.ts';

export interface Matcher {
  /** Trades what can be traded; `resting` orders were there before the quote. */
  match(order: ExchangeOrder, resting: boolean): ExchangeOrder;
  /** The line has a new quote: its displayed size is whole again. */
  refresh(conId: number): void;
  /** Trades all that is left of an order, whatever its state: the exchange was faster. */
  fillLate(order: ExchangeOrder): void;
}

export function createMatcher(turn: Turn): Matcher {
  const taken = new Map<number, { readonly BUY: number; readonly SELL: number }>();
  const queue = turn.scenario.fills.queue ? createTradeQueue(turn) : null;
  return {
    refresh: (conId) => {
      taken.delete(conId);
      queue?.refresh(conId);
    },
    match(order, resting) {
      const { conId } = order.contract;
      const now = turn.now();
      const quote = isOpenFor(order, now) ? turn.market.quote(conId, now) : null;
      if (quote === null) return order;
      const gone = taken.get(conId) ?? { BUY: 0, SELL: 0 };
      const { side, remaining, limitPrice } = order;
      const small = turn.faults.find('partial_fills');
      // Nothing trades, not by a turn in the queue either, until the fault ends.
      if (small?.max_size === 0) return order;
      const partial = turn.scenario.fills.partial || small !== null;
      const sizeMax = small?.max_size ?? Number.POSITIVE_INFINITY;
      const atMiddle = order.orderType === 'MIDPRICE';
      const input = {
        atMiddle,
        side,
        remaining,
        limitPrice,
        resting,
        partial,
        sizeMax,
        taken: gone[side],
      };
      const fill = planFill(quote, input);
      if (fill === null) return queue === null ? order : takeTurn(turn, queue, order, quote);
      taken.set(conId, { ...gone, [side]: gone[side] + fill.quantity });
      return execute(turn, order, withImpact(turn, order, fill, resting));
    },
    fillLate(order) {
      const quote = turn.market.quote(order.contract.conId, turn.now());
      const price = order.limitPrice ?? (order.side === 'BUY' ? quote?.ask : quote?.bid) ?? 0;
      if (price > 0) execute(turn, order, { quantity: order.remaining, price });
    },
  };
}

/** Who takes shares moves their price; who waited for it, and options, do not. */
function withImpact(turn: Turn, order: ExchangeOrder, fill: Fill, resting: boolean): Fill {
  if (resting || order.contract.secType !== 'STK' || order.orderType === 'MIDPRICE') return fill;
  return { ...fill, price: priceWithImpact(turn.scenario.fills.impact, fill.price, order) };
}

/** A resting order in its turn: what it trades, and how much is before it from now on. */
function takeTurn(
  turn: Turn,
  queue: TradeQueue,
  order: ExchangeOrder,
  quote: VenueQuote,
): ExchangeOrder {
  const { queueAhead: before, ...plain } = order;
  const { quantity, ahead } = queue.turnOf(order, quote);
  const next = ahead === null ? plain : { ...plain, queueAhead: ahead };
  const saved = (ahead ?? undefined) === before ? order : saveOrder(turn, next);
  if (quantity === 0 || order.limitPrice === null) return saved;
  return execute(turn, saved, { quantity, price: order.limitPrice });
}

const DONE = { working: false, expiresAt: null, change: null, changesBehind: [], cancelAt: null };

function execute(turn: Turn, order: ExchangeOrder, fill: Fill): ExchangeOrder {
  const execution = executionOf(turn, order, fill);
  turn.apply({ kind: 'execution', execution });
  const done = execution.cumulativeQuantity === order.quantity;
  const after = saveOrder(turn, {
    ...order,
    filled: execution.cumulativeQuantity,
    remaining: order.quantity - execution.cumulativeQuantity,
    avgFillPrice: execution.averagePrice,
    lastFillPrice: execution.price,
    commission: order.commission + execution.commission,
    status: statusAfter(order, done),
    ...(done ? { ...DONE, completedAt: turn.now() } : {}),
  });
  // Clients must not be told of a filled order whose execution they do not know.
  turn.emit({ type: 'execution', execution });
  reportOrder(turn, after);
  if (done && order.working) leave(turn, order);
  const { account, contract } = order;
  const position = positionOf(turn.state, turn.market, account, contract.conId);
  turn.emit({ type: 'position', position });
  turn.emit({ type: 'account', account });
  return after;
}

function statusAfter(order: ExchangeOrder, done: boolean): VenueOrderStatus {
  if (done) return 'Filled';
  return order.cancelAt === null ? 'Submitted' : 'PendingCancel';
}

/** The order leaves the book; whoever was changing or cancelling it came too late and is told. */
function leave(turn: Turn, order: ExchangeOrder): void {
  turn.market.unwant(order.contract.conId);
  for (let left = changesInFlight(order); left > 0; left -= 1) {
    reportError(turn, order, 104, 'Cannot modify a filled order.');
  }
  if (order.cancelAt !== null) {
    const subject = `OrderId ${order.orderId} that needs to be cancelled`;
    reportError(turn, order, 10148, `${subject} can not be cancelled, state: Filled.`);
  }
}

function executionOf(turn: Turn, order: ExchangeOrder, fill: Fill): VenueExecution {
  const { state, scenario } = turn;
  const { contract, account, side, permId, clientId, orderId, orderRef } = order;
  const { quantity, price } = fill;
  const filled = order.filled + quantity;
  const value = order.avgFillPrice * order.filled + price * quantity;
  const averagePrice = value / filled;
  const traded = { contract, side, filled, averagePrice, charged: order.commission };
  const commission = commissionOf(scenario.commissions, traded);
  const booked = bookTrade(state, { account, contract, side, quantity, price, commission });
  return {
    execId: executionId(state.exchangeId, state.executionCount + 1),
    clientId,
    orderId,
    permId,
    orderRef,
    account,
    contract,
    side,
    quantity,
    price,
    cumulativeQuantity: filled,
    averagePrice,
    commission,
    realizedPnl: booked.realizedPnl,
    ts: turn.now(),
  };
}

/** `1f2e3d4c.00000001.01.01`: the exchange, the fill, and its revision in the last part. */
function executionId(exchangeId: string, count: number): string {
  const exchange = exchangeId
    .replaceAll(/[^0-9a-f]/g, '')
    .slice(0, 8)
    .padStart(8, '0');
  return `${exchange}.${count.toString(16).padStart(8, '0')}.01.01`;
}
