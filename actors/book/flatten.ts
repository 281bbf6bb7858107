/**
 * Flatten: our shares of this book go back to 0. One order after the other, each through the last
 * check and the hedge machine, until nothing is ours, the deadline passes, or orders cannot be sent
 * any more. Foreign shares are never traded. By hand, the book is suspended before the first order.
 */

import { midOf } from '../../src/domain/book-quotes.ts';
import { type FlattenPlan, planFlatten } from '../../src/domain/flatten.ts';
import type { OrderTicket } from '../../src/domain/order.ts';
import { reviewOrder } from '../../src/domain/risk.ts';
import { ACTORS } from '../../src/protocol/decision.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { executionOf, hedgeValue, spotOf, tradingValue } from './assess.ts';
import { tell } from './dispatch.ts';
import { accountSharesOf, askAccount, isFresh } from './evidence.ts';
import { makeTicket, openIntent, priceFor, riskContext } from './hedging.ts';
import { noteOperation } from './operations.ts';
import type { BookState } from './state.ts';

/** A marketable limit fills in seconds; clips and reprices have a minute. */
export const DEADLINE_MS = 60_000;
/** What blocks an order may pass by itself: asked again this often. */
const RETRY_MS = 1000;

/** Who asked for a flatten that nobody asked for: it neither suspends, nor outlives new legs. */
export const ON_EMPTY_BOOK = 'on_empty_book';

/** What a flatten would do now, for people. Prices and cost in USD. */
export interface FlattenPreview {
  readonly symbol: string;
  readonly owned: number;
  readonly account_shares: number | null;
  readonly side: 'BUY' | 'SELL' | null;
  readonly quantity: number;
  /** In orders of at most this many shares. */
  readonly orders: number;
  readonly limit_price: number | null;
  readonly notional_usd: number | null;
  /** At most, against the mid; commissions come on top. */
  readonly cost_usd: number | null;
  /** Shares that only an `adopt` can resolve. */
  readonly needs_adopt: number;
  /** Why no order could go out now; null where it could. */
  readonly blocked: string | null;
}

/** Suspends what is under way and begins; a flatten that runs already goes on, as a person's. */
export function startFlatten(state: BookState, turn: Turn, origin: string): void {
  if (state.flatten !== null && state.flatten.origin !== ON_EMPTY_BOOK) return;
  state.flatten = { origin, blocked: '', reread: 'no' };
  state.redeliver = true;
  turn.startTimer('flatten', turn.at.mono + DEADLINE_MS, 'mono');
  noteOperation(state, turn, 'control', {
    stateReason: `flatten of ${state.ledger.sums.owned} shares by ${origin}`,
  });
  // The budget of an order whose fate was not found out is spent: this asks the broker again.
  if (hedgeValue(state) === 'FAIL') tell(state, { type: 'MANUAL_RESUME' });
}

/** Ends it, whatever it came to: what works is cancelled, a book that is suspended stays so. */
export function endFlatten(state: BookState, turn: Turn, reason: string): void {
  if (state.flatten === null) return;
  const { blocked, origin } = state.flatten;
  const residual = state.ledger.sums.owned;
  state.flatten = null;
  state.redeliver = true;
  for (const name of ['flatten', 'flatten.retry']) turn.cancelTimer(name);
  const because = residual === 0 || blocked === '' ? reason : `${reason}; ${blocked}`;
  noteOperation(state, turn, residual === 0 ? 'control' : 'alert', {
    stateReason: `flatten ended with ${residual} shares left: ${because}`,
  });
  // The daemon waits for what was asked of it: no more than that ends with this word.
  if (origin === ON_EMPTY_BOOK) return;
  const { symbol } = state.settings;
  turn.send(ACTORS.daemon, { type: 'book.flattened', symbol, residual, reason: because });
}

/** Goes one step on, if there is one now; called at the end of every turn. */
export function workFlatten(state: BookState, turn: Turn): void {
  if (state.flatten === null) return;
  const { engine } = state;
  if (!engine.synced || !engine.brokerUp) {
    endFlatten(state, turn, engine.stopping ? 'the daemon stops' : 'the broker is lost');
    return;
  }
  if (!isFree(state)) return;
  const account = accountSharesOf(state);
  const plan = planFlatten(state.ledger.sums.owned, account);
  if (state.ledger.sums.owned === 0) {
    endFlatten(state, turn, 'nothing is left');
  } else if (
    (plan.needsAdopt !== 0 && state.flatten.reread !== 'done') ||
    (account.inDoubt && !isFresh(state))
  ) {
    // Fills overtake positions: what looks like nobody's shares may only not have been told yet,
    // and what looks like ours may be gone.
    if (state.flatten.reread !== 'asked') askAccount(state, turn);
    state.flatten.reread = 'asked';
  } else if (plan.quantity === 0 && plan.needsAdopt !== 0) {
    endFlatten(state, turn, needsAdopt(state, plan));
  } else {
    sendNext(state, turn, plan);
  }
}

/** What it would do now, with the price it would be done at and whatever stands in the way. */
export function previewFlatten(state: BookState, turn: Turn): FlattenPreview {
  const plan = planFlatten(state.ledger.sums.owned, accountSharesOf(state));
  const ticket = ticketOf(state, turn, plan);
  const most = state.settings.gates.intent.hedge.max_hedge_shares_per_order;
  const quantity = Math.abs(plan.quantity);
  const price = ticket?.limitPrice ?? null;
  const mid = midOf(state.quotes.bid, state.quotes.ask);
  return {
    symbol: state.settings.symbol,
    owned: state.ledger.sums.owned,
    account_shares: state.accountShares,
    side: plan.quantity === 0 ? null : plan.quantity > 0 ? 'BUY' : 'SELL',
    quantity,
    orders: Math.ceil(quantity / most),
    limit_price: price,
    notional_usd: price === null ? null : quantity * price,
    cost_usd: price === null ? null : quantity * Math.abs(price - mid),
    needs_adopt: plan.needsAdopt,
    blocked: plan.quantity === 0 ? null : whyNot(state, turn, ticket),
  };
}

/**
 * The account was read: what it holds is known now. A read that failed is asked for again, and one
 * that was out already when this was wanted is followed by another.
 */
export function noteReread(state: BookState, done: boolean): void {
  if (state.evidence.again) return;
  if (state.flatten?.reread === 'asked') state.flatten.reread = done ? 'done' : 'no';
}

/** No order of ours is under way, and the machines take another one. */
function isFree(state: BookState): boolean {
  if (state.intent !== null || executionOf(state).orderInFlight) return false;
  const trading = tradingValue(state);
  const idle = ['EXEC_IDLE', 'FILLED'].includes(hedgeValue(state));
  return idle && trading !== 'BOOT' && trading !== 'SYNC' && trading !== 'HEDGING';
}

function sendNext(state: BookState, turn: Turn, plan: FlattenPlan): void {
  if (state.flatten !== null) state.flatten.reread = 'no';
  const ticket = ticketOf(state, turn, plan);
  const blocked = whyNot(state, turn, ticket);
  if (state.flatten !== null) state.flatten.blocked = blocked ?? '';
  if (ticket === null || blocked !== null) {
    turn.startTimer('flatten.retry', turn.at.mono + RETRY_MS, 'mono');
    return;
  }
  // The level that holds hedges back is not for this order.
  tell(state, { type: 'CANCEL_WANTED', wanted: false, reason: '' });
  const { owned } = state.ledger.sums;
  const quantity = Math.sign(plan.quantity) * ticket.quantity;
  openIntent(
    state,
    turn,
    {
      targetShares: owned + quantity,
      quantity,
      clipped: quantity !== plan.quantity,
      forced: false,
      atMid: false,
      spot: spotOf(state),
    },
    'flatten',
  );
}

/** The next order, before the last check; null while there is no price for it. */
function ticketOf(state: BookState, turn: Turn, plan: FlattenPlan): OrderTicket | null {
  if (plan.quantity === 0) return null;
  const side = plan.quantity > 0 ? 'BUY' : 'SELL';
  const price = priceFor(state, side, false);
  const most = state.settings.gates.intent.hedge.max_hedge_shares_per_order;
  const quantity = Math.min(Math.abs(plan.quantity), Math.max(1, Math.floor(most)));
  const order = { orderRef: 'flatten', purpose: 'flatten', side, quantity } as const;
  return price === null ? null : makeTicket(state, turn, { ...order, limitPrice: price });
}

function whyNot(state: BookState, turn: Turn, ticket: OrderTicket | null): string | null {
  if (state.terms === null) return 'contract: not known yet';
  if (ticket === null) return 'no_quote: no two-sided quote to price it from';
  const verdict = reviewOrder(ticket, riskContext(state, turn, false));
  return verdict.kind === 'denied' ? `${verdict.gate}: ${verdict.reason}` : null;
}

function needsAdopt(state: BookState, plan: FlattenPlan): string {
  const { symbol } = state.settings;
  const held = `the account holds ${state.accountShares}`;
  return `needs_adopt: ${plan.needsAdopt} shares are ours, but ${held}: adopt ${symbol} tells`;
}
