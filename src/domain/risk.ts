/**
 * The last check before the wire, and the only maker of `ApprovedOrder`. It trusts nothing that
 * was decided above: every limit that must hold for any order is tested again, against the state
 * of this very turn.
 */

import type { EngineView } from './assessment-input.ts';
import type { PriceIncrement } from './contract.ts';
import { accountLossFloor, isLost, type LossAllowance, lossFloor } from './day-limits.ts';
import { type FlattenAccount, planFlatten } from './flatten.ts';
import { orderableAgeMs } from './freshness.ts';
import { GATE_BY_ID, type GateId, TICKET_FAULTS, type TicketFault } from './gates.ts';
import { type ApprovedOrder, type OrderTicket, sideSign } from './order.ts';
import { takesOrders } from './order-test.ts';
import { isOnTick, priceCollar } from './price.ts';
import { countRecent } from './rate.ts';
import type { GateSettings } from './settings.ts';
import { reducesRisk } from './sizing.ts';
import { inTradingHours, tradingDay } from './trading-day.ts';

interface RiskQuote {
  readonly bid: number;
  readonly ask: number;
  /** Last tick of the underlying or answered probe, trading time. */
  readonly freshTs: number;
  readonly dataType: 1 | 2 | 3 | 4;
  readonly halted: boolean;
}

/** The order of this book that is live now; a ticket with its reference modifies it. */
interface WorkingOrder {
  readonly orderRef: string;
  readonly quantity: number;
  /** Already part of owned. */
  readonly filled: number;
}

export interface RiskContext {
  /** Trading time, epoch ms. */
  readonly now: number;
  readonly mode: 'simulated' | 'paper' | 'live';
  /** From the configuration; must match in mode `live`. */
  readonly liveAccount: string | null;
  /** The book's account and underlying. */
  readonly account: string;
  readonly conId: number;
  readonly gates: GateSettings;
  readonly priceIncrements: readonly PriceIncrement[];
  readonly engine: Omit<EngineView, 'calendarMismatch'>;
  readonly quote: RiskQuote | null;
  readonly owned: number;
  readonly accountShares: FlattenAccount;
  /** NaN when not known. */
  readonly netDelta: number;
  readonly working: WorkingOrder | null;
  /** The outcome of an earlier order is not known. */
  readonly unresolved: boolean;
  readonly rejectStreak: number;
  /** Trading times of orders and modifications, those of the last minute among them, ascending. */
  readonly orderTimes: readonly number[];
  readonly accountOrderTimes: readonly number[];
  /** USD traded today by all books of the account. */
  readonly accountDailyNotional: number;
  /** Net delta is past `max_delta_limit`: some limits let such an order pass. */
  readonly forced: boolean;
  /** Of today, USD; null while it cannot be known. */
  readonly dailyPnl: number | null;
  readonly accountDailyPnl: number | null;
  readonly lossAllowance: LossAllowance | null;
  /** The loss limit was reached, and nobody cleared it. */
  readonly lossLatched: boolean;
  /** USD of today, commissions included. */
  readonly dailyHedgeCost: number;
}

export type RiskVerdict =
  | { readonly kind: 'approved'; readonly order: ApprovedOrder }
  | { readonly kind: 'denied'; readonly gate: GateId | TicketFault; readonly reason: string };

/** Approves the ticket unchanged, or denies it with the first reason. Never throws. */
export function reviewOrder(ticket: OrderTicket, context: RiskContext): RiskVerdict {
  const denial =
    reviewTicket(ticket, context) ??
    reviewEngine(ticket, context) ??
    reviewMarket(ticket, context) ??
    reviewSize(ticket, context) ??
    reviewDay(ticket, context) ??
    reviewPace(ticket, context);
  return denial ?? { kind: 'approved', order: approve(ticket) };
}

type Denial = Extract<RiskVerdict, { kind: 'denied' }>;

/** An order with an end of its own: a day is beyond any working life, and not "until cancelled". */
const GOOD_TILL_MS_MAX = 86_400_000;

/** Quotes are dated by the broker's clock, ours follows it: more ahead than this is no date. */
const CLOCK_TOLERANCE_MS = 2000;

function approve(ticket: OrderTicket): ApprovedOrder {
  // The one cast in the program that makes an order; every check above earned it.
  return ticket as ApprovedOrder;
}

function deny(gate: GateId | TicketFault, detail = ''): Denial {
  const meaning = isTicketFault(gate) ? TICKET_FAULTS[gate] : GATE_BY_ID[gate].meaning;
  return { kind: 'denied', gate, reason: detail === '' ? meaning : `${meaning}: ${detail}` };
}

function isTicketFault(gate: GateId | TicketFault): gate is TicketFault {
  return gate in TICKET_FAULTS;
}

/** Is this an order that anybody should ever have made? */
function reviewTicket(ticket: OrderTicket, context: RiskContext): Denial | null {
  const { quantity, limitPrice, account } = ticket;
  if (ticket.side !== 'BUY' && ticket.side !== 'SELL') return deny('side', String(ticket.side));
  if (!Number.isSafeInteger(quantity) || quantity <= 0) return deny('quantity', `${quantity}`);
  if (ticket.orderRef.trim() === '') return deny('order_ref');
  if (account === '' || account !== context.account) return deny('account', account || 'none');
  if (ticket.contract.conId !== context.conId || ticket.contract.secType !== 'STK') {
    return deny('contract', `${ticket.contract.conId}`);
  }
  if (!isAllowedAccount(account, context)) return deny('live_interlock', account);
  if (!hasEnd(ticket, context.now)) return deny('tif', `${ticket.tif} ${ticket.goodTill ?? ''}`);
  if (!(Number.isFinite(limitPrice) && limitPrice > 0)) return deny('price', `${limitPrice}`);
  const onTick = isOnTick(limitPrice, context.priceIncrements);
  return onTick ? null : deny('tick_size', `${limitPrice} USD`);
}

/** Live money needs mode and account to agree; IB's paper accounts begin with D. */
function isAllowedAccount(account: string, { mode, liveAccount }: RiskContext): boolean {
  switch (mode) {
    case 'live':
      return liveAccount !== null && account === liveAccount;
    case 'paper':
      return account.startsWith('D');
    case 'simulated':
      return true;
    default:
      return false;
  }
}

function hasEnd({ tif, goodTill }: OrderTicket, now: number): boolean {
  if (tif === 'DAY' || tif === 'IOC') return goodTill === null;
  if (tif !== 'GTD' || goodTill === null) return false;
  return goodTill > now && goodTill <= now + GOOD_TILL_MS_MAX;
}

function reviewEngine(ticket: OrderTicket, context: RiskContext): Denial | null {
  const { engine } = context;
  const flattens = ticket.purpose === 'flatten';
  if (engine.stopping) return deny('stopping');
  if (engine.standby) return deny('standby');
  if (!engine.synced || engine.brokerDown) return deny('not_synced');
  // What is closed is counted against the account by a check of its own.
  if (!engine.compared && !flattens) return deny('not_synced', 'whose shares are there is unknown');
  if (engine.suspended && !flattens) return deny('suspended');
  const bad = engine.degraded.find((one) => (flattens ? one.blocksFlatten : one.blocksHedge));
  if (bad !== undefined) return deny('degraded', bad.reason);
  // To close what is ours is tried whatever was said: the broker has the last word.
  if (!takesOrders(engine.orderTest) && !flattens) return deny('order_test');
  return engine.leaseHeld ? null : deny('lease');
}

function reviewMarket(ticket: OrderTicket, context: RiskContext): Denial | null {
  const { now, quote, gates } = context;
  const day = tradingDay(now, gates.strategy);
  if (day.window === null) return deny('holiday', day.day);
  const lateOrder = ticket.outsideRth && gates.strategy.trading_hours_only;
  if (!inTradingHours(day, now) || lateOrder) return deny('outside_rth');
  if (quote === null) return deny('no_quote');
  if (quote.halted) return deny('halted');
  if (quote.dataType !== 1) return deny('delayed_data');
  const age = now - quote.freshTs;
  const limit = orderableAgeMs(gates.state.market.stale_ts_threshold_ms);
  if (!(age < limit && age >= -CLOCK_TOLERANCE_MS)) return deny('data_stale', `${age} ms old`);
  const { low, high } = priceCollar(quote.bid, quote.ask, gates.guard.risk.price_collar_pct);
  if (Number.isNaN(low)) return deny('no_quote', `${quote.bid} × ${quote.ask}`);
  const { limitPrice } = ticket;
  const inside = limitPrice >= low - PRICE_EPSILON && limitPrice <= high + PRICE_EPSILON;
  return inside ? null : deny('price_collar', `${limitPrice} is not in ${low} … ${high} USD`);
}

/** Below any tick: a limit at the collar's edge is inside. */
const PRICE_EPSILON = 1e-9;

function reviewSize(ticket: OrderTicket, context: RiskContext): Denial | null {
  const { working, owned, netDelta } = context;
  const { risk } = context.gates.guard;
  const { quantity, limitPrice } = ticket;
  // Beyond whole numbers sums are no longer exact, and NaN compares with nothing.
  if (!(Math.abs(owned) <= Number.MAX_SAFE_INTEGER)) return deny('position_break', `${owned}`);
  const modified = working?.orderRef === ticket.orderRef ? working : null;
  if (modified !== null && quantity > modified.quantity) return deny('modify_raises');
  const open = quantity - (modified?.filled ?? 0);
  if (!(open > 0)) return deny('quantity', `${open} left to fill`);
  if (!(quantity <= context.gates.intent.hedge.max_hedge_shares_per_order)) {
    return deny('max_hedge_shares_per_order', `${quantity} shares`);
  }
  const signed = sideSign(ticket.side) * open;
  if (ticket.purpose === 'flatten') return reviewFlatten(signed, context);

  // Less of our shares and less of net delta is less risk, whatever its size.
  if (reducesRisk(owned, netDelta, signed)) return null;
  const after = Math.abs(owned + signed);
  if (!(after <= risk.max_position_shares)) return deny('max_position', `${after} shares`);
  const notional = quantity * limitPrice;
  const turnover = open * limitPrice;
  if (!(notional <= (risk.max_notional_usd ?? Number.POSITIVE_INFINITY))) {
    return deny('max_notional', `${notional} USD`);
  }
  return reviewExposure(signed, turnover, context);
}

/** Closing goes towards 0 and not through it, for our shares and for the account's. */
function reviewFlatten(signed: number, { owned, accountShares }: RiskContext): Denial | null {
  const closes = Math.sign(signed) === -Math.sign(owned) && Math.abs(signed) <= Math.abs(owned);
  if (!closes) return deny('not_reducing', `${signed} shares while ${owned} are ours`);
  const shrinks = Math.abs(signed) <= Math.abs(planFlatten(owned, accountShares).quantity);
  const { told } = accountShares;
  return shrinks ? null : deny('not_reducing', `${signed} shares while ${told} are there`);
}

function reviewExposure(signed: number, open: number, context: RiskContext): Denial | null {
  const { netDelta, gates } = context;
  const { account, risk } = gates.guard;
  const limit = risk.max_net_delta_shares;
  const after = Math.abs(netDelta + signed);
  if (limit !== null && !(after <= limit || after < Math.abs(netDelta))) {
    return deny('max_net_delta', `${after} shares`);
  }
  const turnover = context.accountDailyNotional + open;
  const most = account.max_daily_notional_usd ?? Number.POSITIVE_INFINITY;
  return turnover <= most ? null : deny('account_daily_notional', `${turnover} USD`);
}

/** What the day has lost and cost already. Closing our position is never refused for it. */
function reviewDay(ticket: OrderTicket, context: RiskContext): Denial | null {
  if (ticket.purpose === 'flatten') return null;
  const { now, gates, forced, lossAllowance, dailyPnl, accountDailyPnl } = context;
  const { risk } = gates.guard;
  const { day } = tradingDay(now, gates.strategy);
  const lost = context.lossLatched || isLost(dailyPnl, lossFloor(gates, lossAllowance, day));
  if (lost && !(forced && risk.on_daily_loss === 'force_only')) {
    return deny('daily_loss_limit', `${dailyPnl} USD`);
  }
  if (isLost(accountDailyPnl, accountLossFloor(gates, lossAllowance, day))) {
    return deny('account_daily_loss', `${accountDailyPnl} USD`);
  }
  const most = risk.max_daily_hedge_cost_usd ?? Number.POSITIVE_INFINITY;
  const cost = context.dailyHedgeCost;
  return cost < most ? null : deny('max_daily_hedge_cost', `${cost} USD`);
}

/** Orders that are still out, and orders that were just sent. */
function reviewPace(ticket: OrderTicket, context: RiskContext): Denial | null {
  const { now, working, orderTimes, accountOrderTimes, gates } = context;
  if (context.unresolved) return deny('order_in_flight', 'its fate is not known');
  if (working !== null && working.orderRef !== ticket.orderRef) {
    return deny('order_in_flight', working.orderRef);
  }
  const { max_orders_per_minute, max_reject_streak } = gates.guard.risk;
  if (countRecent(orderTimes, now) >= max_orders_per_minute) return deny('order_rate');
  if (ticket.purpose === 'flatten') return null;
  if (context.rejectStreak >= max_reject_streak) {
    return deny('reject_streak', `${context.rejectStreak} rejects`);
  }
  const most = gates.guard.account.max_orders_per_minute;
  return countRecent(accountOrderTimes, now) >= most ? deny('account_order_rate') : null;
}
