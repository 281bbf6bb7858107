/**
 * The life of orders at the exchange: taken, in flight, working, changed, cancelled, filled. Each
 * step happens at its own exchange time, so a change or a cancel can lose its race with a fill.
 */

import { commissionOf } from './commission.ts';
import { afterSending, beforeSending, LOCATE_TEXT, type Rejection } from './fault-orders.ts';
import { createMatcher } from './matcher.ts';
import { isOpenFor, nextOpening, openingAt } from './order-hours.ts';
import { decidePlacing, expectedPrice, marginsOf } from './placing.ts';
import type { ExchangeOrder, OrderChange } from './state.ts';
import {
  findLive,
  noteHit,
  type OrderKey,
  reportError,
  reportOrder,
  saveOrder,
  type Turn,
} from './turn.ts';
import type { VenueOrderRequest } from './venue.ts';
import { venueOrder } from './views.ts';
import { formatExchangeTime } from './zoned-time.ts';

export interface OrderDesk {
  place(request: VenueOrderRequest): void;
  cancel(key: OrderKey): void;
  cancelAll(): void;
  /** The exchange itself ends every order in a stock and its options, at once. */
  cancelFor(symbol: string, reason: string): void;
  /** Lets the orders on a line meet its new quote. */
  meet(conId: number): void;
  /** When something happens by time alone; Infinity when nothing will. */
  nextDue(): number;
  /** Does what is due by now. */
  runDue(): void;
}

export function createOrderDesk(turn: Turn): OrderDesk {
  const matcher = createMatcher(turn);
  for (const order of turn.state.live.values()) {
    if (order.working) turn.market.want(order.contract.conId);
  }
  const flow: Flow = { turn, match: matcher.match, fillLate: matcher.fillLate };
  return {
    place: (request) => place(flow, request),
    cancel: (key) => cancel(flow, key),
    cancelAll() {
      for (const order of [...turn.state.live.values()]) requestCancel(flow, order);
    },
    cancelFor(symbol, reason) {
      for (const order of [...turn.state.live.values()]) {
        if (order.contract.symbol === symbol) end(flow, order, reason);
      }
    },
    meet(conId) {
      matcher.refresh(conId);
      for (const order of inTurn(turn, conId)) matcher.match(order, true);
    },
    nextDue() {
      let due = Number.POSITIVE_INFINITY;
      for (const order of turn.state.live.values()) due = Math.min(due, dueTime(order));
      return due;
    },
    runDue() {
      for (const { permId } of [...turn.state.live.values()]) runOrder(flow, permId);
    },
  };
}

/** The working orders of a line as they came; with a queue by their place in it. */
function inTurn({ state, scenario }: Turn, conId: number): readonly ExchangeOrder[] {
  const found: ExchangeOrder[] = [];
  for (const order of state.live.values()) {
    if (order.working && order.contract.conId === conId) found.push(order);
  }
  const ahead = ({ queueAhead }: ExchangeOrder): number => queueAhead ?? Number.MAX_VALUE;
  return scenario.fills.queue ? found.sort((a, b) => ahead(a) - ahead(b)) : found;
}

interface Flow {
  readonly turn: Turn;
  readonly match: (order: ExchangeOrder, resting: boolean) => ExchangeOrder;
  readonly fillLate: (order: ExchangeOrder) => void;
}

function place(flow: Flow, request: VenueOrderRequest): void {
  const { turn } = flow;
  const placing = decidePlacing(turn, request);
  switch (placing.kind) {
    case 'refuse':
      reportError(turn, request, placing.code, placing.message);
      return;
    case 'reject':
      reject(turn, placing);
      return;
    case 'what_if':
      reportWhatIf(turn, placing.order);
      return;
    case 'hold':
      useOrderId(turn, request);
      saveOrder(turn, { ...placing.order, status: 'PendingSubmit', held: true });
      return;
    case 'send':
      useOrderId(turn, request);
      send(flow, placing.order);
      return;
    case 'modify':
      sendChange(flow, placing.order, placing.change);
      return;
  }
}

/** An order that existed for a moment: Inactive, then the reason. */
function reject(
  turn: Turn,
  { order, code, message, status = 'Inactive' }: Rejection & { readonly order: ExchangeOrder },
): void {
  useOrderId(turn, order);
  const ended = { ...order, status, completedAt: turn.now(), expiresAt: null };
  reportOrder(turn, saveOrder(turn, ended));
  reportError(turn, order, code, message);
}

function useOrderId(turn: Turn, { clientId, orderId }: OrderKey): void {
  if (orderId > 0) turn.apply({ kind: 'order_id', clientId, orderId });
}

function reportWhatIf(turn: Turn, order: ExchangeOrder): void {
  const { before, after } = marginsOf(turn, order);
  const { contract, side, quantity: filled } = order;
  const averagePrice = expectedPrice(turn, order);
  const whole = { contract, side, filled, averagePrice, charged: 0 };
  const commission = commissionOf(turn.scenario.commissions, whole);
  const initMarginChange = Math.round((after.initial - before.initial) * 100) / 100;
  turn.emit({ type: 'whatIf', order: venueOrder(order), initMarginChange, commission });
}

function send(flow: Flow, order: ExchangeOrder): void {
  const { turn } = flow;
  const way = beforeSending(turn, order);
  switch (way.kind) {
    case 'lost':
      return;
    case 'rejected':
      reject(turn, { ...way.rejection, order });
      return;
    case 'sent': {
      const arrivesAt = turn.now() + turn.latency() + way.delayMs;
      const sent = saveOrder(turn, { ...order, ...way.held, arrivesAt });
      if (!way.quiet) reportOrder(turn, sent);
      afterSending(turn, sent);
      runOrder(flow, order.permId);
    }
  }
}

function sendChange(
  flow: Flow,
  order: ExchangeOrder,
  change: Omit<OrderChange, 'arrivesAt'>,
): void {
  const { turn } = flow;
  const { changesBehind = [] } = order;
  const soonest = turn.now() + turn.latency();
  // One connection keeps its order: what follows overtakes nothing.
  const arrivesAt = Math.max(soonest, (changesBehind.at(-1) ?? order.change)?.arrivesAt ?? 0);
  const sent = { ...change, arrivesAt };
  const pending =
    order.change === null ? { change: sent } : { changesBehind: [...changesBehind, sent] };
  saveOrder(turn, { ...order, ...pending });
  runOrder(flow, order.permId);
}

function cancel(flow: Flow, key: OrderKey): void {
  const { turn } = flow;
  const live = findLive(turn.state, key);
  if (live !== undefined) {
    requestCancel(flow, live);
    return;
  }
  const ended = turn.state.completed.findLast(
    ({ clientId, orderId }) => clientId === key.clientId && orderId === key.orderId,
  );
  const subject = `OrderId ${key.orderId} that needs to be cancelled`;
  if (ended === undefined) reportError(turn, key, 10147, `${subject} is not found.`);
  else reportError(turn, key, 10148, `${subject} can not be cancelled, state: ${ended.status}.`);
}

function requestCancel(flow: Flow, order: ExchangeOrder): void {
  const { turn } = flow;
  if (order.cancelAt !== null) return;
  // What was never transmitted has no way to go.
  const cancelAt = turn.now() + (order.held ? 0 : turn.latency());
  const status = 'PendingCancel';
  const pending = saveOrder(turn, { ...order, cancelAt, held: false, status });
  if (cancelAt > turn.now()) reportOrder(turn, pending);
  runOrder(flow, order.permId);
}

/** Does to one order what is due, in the order in which it would happen. */
function runOrder(flow: Flow, permId: number): void {
  const { live } = flow.turn.state;
  const now = flow.turn.now();
  const arriving = live.get(permId);
  if (arriving !== undefined && isDue(arriving.arrivesAt, now)) arrive(flow, arriving);
  let changing = live.get(permId);
  while (changing?.change != null && isDue(changing.change.arrivesAt, now)) {
    applyChange(flow, changing, changing.change);
    changing = live.get(permId);
  }
  const ending = live.get(permId);
  if (ending === undefined || ending.held) return;
  if (isDue(ending.cancelAt, now) || isDue(ending.expiresAt, now)) end(flow, ending);
}

function arrive(flow: Flow, order: ExchangeOrder): void {
  const { turn } = flow;
  const now = turn.now();
  if (mustWait(order, now)) {
    const opens = nextOpening(order, now);
    saveOrder(turn, { ...order, arrivesAt: opens });
    const until = `${formatExchangeTime(opens)} US/Eastern`;
    const text = `${order.side} ${order.quantity} ${order.contract.symbol}`;
    const warning = `Warning: your order will not be placed at the exchange until ${until}`;
    reportError(turn, order, 399, `Order Message:\n${text}\n${warning}`);
    return;
  }
  if (lacksShares(turn, order)) {
    holdForLocate(turn, order);
    return;
  }
  const status = order.cancelAt === null ? 'Submitted' : order.status;
  const arrived = { arrivesAt: null, working: true, whyHeld: '', status } as const;
  const working = saveOrder(turn, { ...order, ...arrived });
  turn.market.want(order.contract.conId);
  reportOrder(turn, working);
  endIfImmediate(flow, flow.match(working, false));
}

/** How often shares are looked for that an order waits for. */
const LOCATE_MS = 60_000;

/** Sold short beyond what can be borrowed: the order stands aside until shares are found. */
function holdForLocate(turn: Turn, order: ExchangeOrder): void {
  const isNew = order.whyHeld !== 'locate';
  const held = {
    status: 'Inactive',
    whyHeld: 'locate',
    arrivesAt: turn.now() + LOCATE_MS,
  } as const;
  const waiting = saveOrder(turn, { ...order, ...held });
  if (!isNew) return;
  reportOrder(turn, waiting);
  reportError(turn, order, 404, LOCATE_TEXT);
}

/** Whether all accounts together would be short of more shares than can be borrowed. */
function lacksShares({ state, scenario }: Turn, order: ExchangeOrder): boolean {
  const { contract, side, account, remaining } = order;
  if (contract.secType !== 'STK' || side === 'BUY') return false;
  const underlying = scenario.underlyings.find(({ symbol }) => symbol === contract.symbol);
  if (underlying === undefined) return false;
  let short = 0;
  for (const [id, { positions }] of state.accounts) {
    const held = positions.get(contract.conId)?.quantity ?? 0;
    const after = id === account ? held - remaining : held;
    short += Math.max(0, -after);
    if (id === account && after >= 0) return false;
  }
  return short > underlying.shortable_shares;
}

/** Closed; or it is for the opening, and this is not the instant of one. */
function mustWait(order: ExchangeOrder, now: number): boolean {
  if (order.tif === 'OPG') return now !== openingAt(order, now);
  return order.tif !== 'IOC' && !isOpenFor(order, now);
}

function applyChange(flow: Flow, order: ExchangeOrder, change: OrderChange): void {
  const { turn } = flow;
  const { arrivesAt: _, ...terms } = change;
  if (terms.quantity <= order.filled) {
    end(flow, order);
    return;
  }
  const remaining = terms.quantity - order.filled;
  // Another price, or more at the old one, goes to the end of the queue.
  const keepsPlace = terms.limitPrice === order.limitPrice && terms.quantity <= order.quantity;
  const { queueAhead, ...moved } = order;
  const placed = keepsPlace ? order : moved;
  const [next = null, ...changesBehind] = order.changesBehind ?? [];
  const pending = { change: next, changesBehind };
  const changed = saveOrder(turn, { ...placed, ...terms, remaining, ...pending });
  reportOrder(turn, changed);
  if (changed.working) endIfImmediate(flow, flow.match(changed, false));
}

/** What is immediate-or-cancel and did not trade at once is over. */
function endIfImmediate(flow: Flow, order: ExchangeOrder): void {
  if (order.completedAt === null && (order.tif === 'IOC' || order.tif === 'OPG')) {
    end(flow, order);
  }
}

/** Cancels what is left of an order. */
function end(flow: Flow, order: ExchangeOrder, reason = ''): void {
  const { turn } = flow;
  if (order.working) turn.market.unwant(order.contract.conId);
  const pending = { arrivesAt: null, change: null, changesBehind: [], cancelAt: null };
  const ended = { working: false, ...pending, expiresAt: null };
  const completedAt = turn.now();
  reportOrder(turn, saveOrder(turn, { ...order, ...ended, status: 'Cancelled', completedAt }));
  reportError(turn, order, 202, `Order Canceled - reason:${reason}`);
  // What a corporate action has ended has no shares any more that could trade late.
  const canBeLate = order.working && order.orderId > 0 && reason === '';
  const late = canBeLate ? turn.faults.take('late_fill_after_cancel') : null;
  if (late === null) return;
  noteHit(turn, 'late_fill_after_cancel', order);
  turn.later(completedAt + late.delay_ms, () => {
    const ended = turn.state.completed.findLast(({ permId }) => permId === order.permId);
    if (ended !== undefined) flow.fillLate(ended);
  });
}

function dueTime(order: ExchangeOrder): number {
  const never = Number.POSITIVE_INFINITY;
  if (order.held) return never;
  return Math.min(
    order.arrivesAt ?? never,
    order.change?.arrivesAt ?? never,
    order.cancelAt ?? never,
    order.expiresAt ?? never,
  );
}

function isDue(due: number | null, now: number): boolean {
  return due !== null && due <= now;
}
