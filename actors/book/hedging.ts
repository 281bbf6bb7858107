/**
 * Performs what the hedge machine names: computes the need, has the order reviewed, sends it, asks
 * for its fate, and books its one output. Whatever leaves for the broker leaves from here.
 */

import assert from 'node:assert/strict';
import type { HedgeOutput, HedgeTimer } from '../../machines/hedge.ts';
import type { Effect } from '../../machines/step.ts';
import type { HedgeTarget } from '../../src/domain/assessment.ts';
import { quoteFreshTs } from '../../src/domain/freshness.ts';
import type { OrderPurpose, OrderSide, OrderTicket, OrderWork } from '../../src/domain/order.ts';
import { limitPrice } from '../../src/domain/price.ts';
import { type RiskContext, reviewOrder } from '../../src/domain/risk.ts';
import { dated } from '../../src/protocol/dated.ts';
import { ACTORS, bookId } from '../../src/protocol/decision.ts';
import { withOrderTime } from '../../src/protocol/durable.ts';
import type { IntentFact, OperationType } from '../../src/protocol/facts.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { degradedOf, executionOf, latch, orderTestOf } from './assess.ts';
import { tell, tellTrading } from './dispatch.ts';
import { accountSharesOf, nextRead } from './evidence.ts';
import { accountRiskOf, hedgeCostOf, limitPnlOf } from './money.ts';
import { noteOperation } from './operations.ts';
import { takeOutput } from './output.ts';
import { type BookState, type OpenIntent, underlyingOf } from './state.ts';

/** Reads are at least this far apart, and a late fill has this long to show up. */
const READ_GAP_MS = 2000;
const READ_DEADLINE_MS = 5000;
/** An unknown outcome is asked for this long before it is a fault. */
const RECOVER_LIMIT_MS = 30_000;
/** Status Filled without its executions. */
const MISSING_MS = 2000;
const BACKOFF_MS = 2000;
/** Of the 2.5 s that a stop has for orders: a fill that came before the cancel is told by then. */
const SETTLE_FOR_STOP_MS = 1500;
/** So many cancels in vain, and again after as many more, and somebody is told. */
const CANCELS_PER_ALERT = 5;

/** What the trading machine is told when an intent of this purpose is opened. */
const OPENED = {
  hedge: 'TARGET_EMITTED',
  hedge_now: 'HEDGE_NOW',
  flatten: 'FLATTEN_TARGET',
} as const satisfies Readonly<Record<OrderPurpose, string>>;

/** Opens an intent for a target and hands it to the hedge machine. */
export function openIntent(
  state: BookState,
  turn: Turn,
  target: HedgeTarget,
  purpose: OrderPurpose = 'hedge',
): void {
  const { deployment, journalId } = state.config;
  const orderRef = `${deployment}:${journalId}:${turn.uniqueId()}`;
  state.intent = {
    orderRef,
    purpose,
    targetShares: target.targetShares,
    quantity: target.quantity,
    clipped: target.clipped,
    forced: target.forced,
    atMid: target.atMid,
    spot: target.spot,
    ownedAtStart: state.ledger.sums.owned,
    fact: null,
    approved: null,
  };
  const { targetShares } = state.intent;
  tellTrading(state, { type: OPENED[purpose] });
  tell(state, { type: 'RECV_TARGET', intent: { orderRef, purpose, targetShares } });
}

/** What each effect of the hedge machine means here. */
const EFFECTS: Readonly<Record<string, (state: BookState, turn: Turn, effect: Effect) => void>> = {
  computeNeed,
  reviewOrder: review,
  sendOrder,
  planReprice,
  modifyOrder,
  cancelOrder,
  beginRecovery,
  requestRead,
  startTimer: (state, turn, effect) => startTimer(state, turn, effect.params['name'] as HedgeTimer),
  cancelTimer: (_, turn, effect) => turn.cancelTimer(`hedge.${String(effect.params['name'])}`),
  output: (state, turn, effect) => takeOutput(state, turn, effect.params as unknown as HedgeOutput),
  budgetSpent: (state, turn) =>
    latch(state, turn, 'exec_fault', 'the fate of an order could not be found out'),
};

/** Does what the hedge machine named; an effect that nobody knows is a defect. */
export function performHedge(state: BookState, turn: Turn, effect: Effect): void {
  const perform = EFFECTS[effect.type];
  assert(perform, `the hedge machine names an unknown effect: ${effect.type}`);
  perform(state, turn, effect);
}

function computeNeed(state: BookState): void {
  const intent = state.intent;
  assert(intent, 'a need is computed without an intent');
  const need = intent.targetShares - state.ledger.sums.owned;
  const clipped = Math.min(Math.abs(need), Math.abs(intent.quantity));
  tell(state, {
    type: 'need.computed',
    need,
    // The last share that is ours is closed too.
    minShares:
      intent.purpose === 'flatten' ? 1 : state.settings.gates.intent.hedge.min_hedge_shares,
    order: {
      side: need > 0 ? 'BUY' : 'SELL',
      quantity: Math.round(clipped),
      limitPrice: priceFor(state, need > 0 ? 'BUY' : 'SELL', intent.atMid) ?? 0,
    },
  });
}

/** The limit price that an order of this side would go out at; null where there is none. */
export function priceFor(state: BookState, side: OrderSide, atMid: boolean): number | null {
  return limitPrice({
    side,
    bid: state.quotes.bid,
    ask: state.quotes.ask,
    increments: state.terms?.priceIncrements ?? [],
    collarPct: state.settings.gates.guard.risk.price_collar_pct,
    order: state.settings.order,
    atMid,
  });
}

/** The ticket of the open intent's order at a price. */
function ticketOf(state: BookState, turn: Turn, price: number): OrderTicket | null {
  const { intent } = state;
  const order = state.hedge.context.order;
  if (intent === null || order === null) return null;
  const { orderRef, purpose, approved } = intent;
  const ticket = makeTicket(state, turn, { ...order, orderRef, purpose, limitPrice: price });
  if (ticket === null || approved === null) return ticket;
  // A venue takes a new price of a working order and no other kind of order: settings that were
  // changed meanwhile are for the next one.
  const { tif, outsideRth, work = 'limit' } = approved;
  return { ...ticket, tif, outsideRth, work, goodTill: tif === 'GTD' ? endOf(state, turn) : null };
}

/** Just beyond an order's working life: if we go silent, it does not outlive us by much. */
function endOf(state: BookState, turn: Turn): number {
  const life = (state.settings.order.reprice_after_s + GTD_MARGIN_S) * 1000;
  return Math.ceil((turn.at.trading + life) / 1000) * 1000;
}

type Wanted = Pick<OrderTicket, 'orderRef' | 'purpose' | 'side' | 'quantity' | 'limitPrice'>;

/** An order of this book as its settings want it worked; null while the contract is not known. */
export function makeTicket(state: BookState, turn: Turn, wanted: Wanted): OrderTicket | null {
  const contract = underlyingOf(state);
  if (contract === null) return null;
  const { tif, outside_rth } = state.settings.order;
  return {
    ...wanted,
    account: state.account,
    contract,
    tif,
    goodTill: tif === 'GTD' ? endOf(state, turn) : null,
    outsideRth: outside_rth,
    work: workOf(state, wanted),
  };
}

/** What is forced, or closes our shares, crosses the spread and does not wait inside it. */
function workOf(state: BookState, { purpose }: Wanted): OrderWork {
  const type = state.settings.order.order_type;
  const hurried = purpose === 'flatten' || (state.intent?.forced ?? false);
  return hurried || type === 'market' ? 'limit' : type;
}

/** IB dates GTD orders by the second and takes a moment; a cancel comes long before. */
const GTD_MARGIN_S = 30;

/** What the last check looks at now. */
export function riskContext(state: BookState, turn: Turn, modifies: boolean): RiskContext {
  const { quotes, engine, memory } = state;
  const now = turn.at.trading;
  const dailyPnl = limitPnlOf(state, now);
  const account = accountRiskOf(state, now, dailyPnl);
  const order = state.hedge.context.order;
  const execution = executionOf(state);
  return {
    now,
    mode: state.config.mode,
    liveAccount: state.config.liveAccount,
    account: state.account,
    conId: underlyingOf(state)?.conId ?? 0,
    gates: state.settings.gates,
    priceIncrements: state.terms?.priceIncrements ?? [],
    engine: {
      stopping: engine.stopping,
      standby: engine.standby,
      synced: engine.synced,
      compared: state.compared,
      brokerDown: !engine.brokerUp,
      suspended: engine.suspended || state.suspended,
      degraded: degradedOf(state, now),
      leaseHeld: engine.leaseHeld,
      orderTest: orderTestOf(state),
    },
    quote: state.hasQuotes
      ? {
          bid: quotes.bid,
          ask: quotes.ask,
          freshTs: quoteFreshTs(quotes.spotTs, state.probe),
          dataType: quotes.dataType,
          halted: quotes.halted || now < (state.haltedUntil ?? Number.NEGATIVE_INFINITY),
        }
      : null,
    owned: state.ledger.sums.owned,
    accountShares: accountSharesOf(state),
    netDelta: state.assessment?.netDelta ?? Number.NaN,
    working:
      modifies && order !== null
        ? {
            orderRef: state.hedge.context.orderRef ?? '',
            quantity: order.quantity,
            filled: state.hedge.context.filled,
          }
        : null,
    unresolved: !modifies && execution.class === 'E4' && execution.orderInFlight,
    rejectStreak: memory.rejectStreak,
    orderTimes: memory.orderTimes,
    accountOrderTimes: account.orderTimes,
    accountDailyNotional: account.dailyNotional,
    forced: state.intent?.forced ?? false,
    dailyPnl,
    accountDailyPnl: account.dailyPnl,
    lossAllowance: memory.lossAllowance,
    lossLatched: state.latches.has('daily_loss_limit'),
    dailyHedgeCost: hedgeCostOf(state, now),
  };
}

function review(state: BookState, turn: Turn): void {
  const intent = state.intent;
  const order = state.hedge.context.order;
  const ticket = order && ticketOf(state, turn, order.limitPrice);
  assert(intent && ticket, 'an order is reviewed without a ticket');
  intent.fact = intentFact(state, turn, intent, ticket);
  turn.fact(intent.fact);
  noteTicket(state, turn, 'hedge_intent', ticket, whyOf(intent));
  const verdict = reviewOrder(ticket, riskContext(state, turn, false));
  if (verdict.kind === 'approved') {
    intent.approved = verdict.order;
    tell(state, { type: 'order.approved' });
    return;
  }
  noteTicket(state, turn, 'denied', ticket, `${verdict.gate}: ${verdict.reason}`);
  state.denied = true;
  // By the trading clock, as all that decides whether to trade: a tape is one run at any speed.
  const backoffMs = BACKOFF_MS * 2 ** state.memory.rejectStreak;
  turn.startTimer('denied', turn.at.trading + backoffMs, 'trading');
  tell(state, { type: 'order.denied', reason: `${verdict.gate}: ${verdict.reason}` });
}

function whyOf({ purpose, forced }: OpenIntent): string {
  if (purpose !== 'hedge') return purpose;
  return forced ? 'D3' : 'D2';
}

function intentFact(
  state: BookState,
  turn: Turn,
  intent: OpenIntent,
  ticket: OrderTicket,
): IntentFact {
  return {
    fact: 'intent',
    ...dated(turn),
    symbol: state.settings.symbol,
    account: state.account,
    orderRef: intent.orderRef,
    purpose: intent.purpose,
    side: ticket.side,
    quantity: ticket.quantity,
    limitPrice: ticket.limitPrice,
    targetShares: intent.targetShares,
    spot: intent.spot,
    outcome: null,
    filled: 0,
  };
}

function sendOrder(state: BookState, turn: Turn): void {
  const order = state.intent?.approved;
  assert(order, 'an order is sent that was not approved');
  state.orderRefs.add(order.orderRef);
  noteOrderTime(state, turn);
  noteTicket(state, turn, 'order_sent', order, `target ${state.intent?.targetShares}`);
  turn.send(ACTORS.broker, { type: 'order.submit', order });
}

function planReprice(state: BookState, turn: Turn): void {
  const intent = state.intent;
  const order = state.hedge.context.order;
  const price = intent && order && priceFor(state, order.side, intent.atMid);
  const ticket = price === null ? null : ticketOf(state, turn, price);
  const verdict = ticket && reviewOrder(ticket, riskContext(state, turn, true));
  if (intent === null || verdict?.kind !== 'approved') {
    const reason = verdict?.kind === 'denied' ? verdict.reason : 'no quote to price it from';
    tell(state, { type: 'reprice.denied', reason });
    return;
  }
  intent.approved = verdict.order;
  tell(state, { type: 'reprice.approved', limitPrice: verdict.order.limitPrice });
}

function modifyOrder(state: BookState, turn: Turn): void {
  const order = state.intent?.approved;
  assert(order, 'an order is modified that was not approved');
  noteOrderTime(state, turn);
  noteTicket(state, turn, 'modify', order, 'working timeout');
  turn.send(ACTORS.broker, { type: 'order.modify', order });
}

function cancelOrder(state: BookState, turn: Turn): void {
  const { orderRef, reason } = state.hedge.context;
  assert(orderRef, 'a cancel without an order');
  turn.send(ACTORS.broker, { type: 'order.cancel', orderRef });
  const order = state.hedge.context.order;
  noteOperation(state, turn, 'cancel', {
    stateReason: `cancel asked: ${reason}`,
    orderRef,
    side: order?.side ?? null,
    quantity: order?.quantity ?? null,
  });
  const { cancels } = state.hedge.context;
  if (cancels % CANCELS_PER_ALERT !== 0) return;
  const tried = `its cancel was asked ${cancels} times`;
  const stateReason = `${orderRef} lives on though ${tried}: ${reason}`;
  noteOperation(state, turn, 'alert', { stateReason, orderRef });
}

function beginRecovery(state: BookState, turn: Turn, effect: Effect): void {
  if (effect.params['brokerUp'] !== true) return;
  startTimer(state, turn, 'limit');
  // A cancel that is refused at once leads back here at once: reads keep their distance.
  if (turn.at.mono - state.lastReadMono < READ_GAP_MS) startTimer(state, turn, 'read');
  else requestRead(state, turn);
}

function requestRead(state: BookState, turn: Turn): void {
  state.readCount += 1;
  state.readId = `${bookId(state.settings.symbol)}#${state.readCount}`;
  state.lastReadMono = turn.at.mono;
  state.evidence.hedgeRead = nextRead(state, turn.at.trading);
  const deadlineMs = READ_DEADLINE_MS;
  turn.send(ACTORS.broker, { type: 'read', readId: state.readId, deadlineMs });
}

function startTimer(state: BookState, turn: Turn, name: HedgeTimer): void {
  const { order } = state.settings;
  const { mono, trading } = turn.at;
  // How long an order works is a matter of the market's time; how long we wait for an answer is
  // not: in lock-step the market stands still while the broker answers.
  if (name === 'working') {
    turn.startTimer('hedge.working', trading + order.reprice_after_s * 1000, 'trading');
    return;
  }
  const delays: Readonly<Record<Exclude<HedgeTimer, 'working'>, number>> = {
    ack: order.ack_timeout_s * 1000,
    cancel: order.ack_timeout_s * 1000,
    missing: MISSING_MS,
    read: READ_GAP_MS,
    grace: READ_GAP_MS,
    settle: SETTLE_FOR_STOP_MS,
    limit: RECOVER_LIMIT_MS,
    backoff: BACKOFF_MS * 2 ** state.hedge.context.resyncs,
  };
  turn.startTimer(`hedge.${name}`, mono + delays[name], 'mono');
}

/** Not written down by itself: the operation that follows has the same time. */
function noteOrderTime(state: BookState, turn: Turn): void {
  const { memory } = state;
  const orderTimes = withOrderTime(memory.orderTimes, turn.at.trading);
  state.memory = { ...memory, orderTimes };
}

function noteTicket(
  state: BookState,
  turn: Turn,
  type: OperationType,
  ticket: OrderTicket,
  stateReason: string,
): void {
  const { side, quantity, limitPrice: price, orderRef } = ticket;
  noteOperation(state, turn, type, { stateReason, side, quantity, price, orderRef });
}
