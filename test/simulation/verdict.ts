/**
 * What a seed came to when its faults are over: it runs and is hedged, the ledger is the exchange's
 * truth, the database is the journal's, and nothing was lost on the way.
 */

import type { Exchange } from '../../src/gateway/sim/exchange.ts';
import type { Fact } from '../../src/protocol/facts.ts';
import type { ActorView, BookView, StatusView } from '../../src/protocol/views.ts';
import type { Judge } from './judge.ts';
import { SYMBOLS } from './scenario.ts';
import { executionsOf, isOurs, sharesOf } from './truth.ts';

const LATCHES = new Set([
  'exec_fault',
  'position_break',
  'ownership_unconfirmed',
  'corporate_action',
  'daily_loss_limit',
]);
const HEALTHY = new Set(['MONITOR', 'NO_TRADE', 'PAUSE_COST', 'NEED_HEDGE', 'HEDGING']);

/** Whether every book runs well and is where no hedge is needed. */
export function isHealed({ books }: StatusView, judge: Judge): boolean {
  return books.every((book) => {
    return judge.wasSplit(book.symbol) || (illnessOf(book) === null && isHedged(book));
  });
}

export function mustBeHealed(status: StatusView, judge: Judge): void {
  const books = status.books.filter((book) => !judge.wasSplit(book.symbol));
  for (const book of books) {
    const illness = illnessOf(book);
    if (illness !== null) throw new Error(illness);
  }
  if (books.every(isHedged)) return;
  const where = books.map(({ symbol, net_delta: delta, why }) => `${symbol} ${delta}: ${why}`);
  throw new Error(`not hedged in minutes: ${where.join('; ')}`);
}

function isHedged({ net_delta: delta, band }: BookView): boolean {
  return delta !== null && Math.abs(delta) < band.threshold;
}

/** No mailbox was too small for what came, and no message vanished without a death. */
export function losesNothing(actors: readonly ActorView[], aThreadDied: boolean): void {
  for (const { id, dropped, refused, mailbox_high: high, ...actor } of actors) {
    if (dropped + refused > 0) throw new Error(`${id}: ${dropped} dropped, ${refused} refused`);
    if (high > MAILBOX_HIGH_MAX) throw new Error(`${id}: ${high} messages waited`);
    if (actor.dead_letters === 0 || actor.restarts > 0 || aThreadDied) continue;
    const { dead_letters: dead, last_dead_letter: last } = actor;
    throw new Error(`${id}: ${dead} dead letters (${last}) that nothing explains`);
  }
}

/** What waits for a thread that hangs for its longest, in the liveliest market. */
const MAILBOX_HIGH_MAX = 5000;

/** After healing: running, hedged, and the ledger is the exchange's truth. */
export function truthHolds(
  status: StatusView,
  facts: readonly Fact[],
  exchange: Exchange,
  judge: Judge,
): void {
  for (const symbol of SYMBOLS) {
    const view = status.books.find((book) => book.symbol === symbol);
    if (view === undefined) throw new Error(`no book ${symbol} at the end`);
    mustOwn(view, judge.ownedOf(symbol));
    // Whose the new shares are, nobody has said; but the book has to know that terms changed.
    if (!judge.wasSplit(symbol)) mustAddUp(view, exchange);
    else if (!judge.wasAltered(symbol)) throw new Error(`the split of ${symbol} was not seen`);
  }
  mustBookExecutions(facts, exchange);
  mustBookCommissions(facts, exchange);
  mustKnowOrders(facts, exchange);
}

/** What a book suffers from, in one sentence. */
function illnessOf(view: BookView): string | null {
  const where = `${view.symbol} ${view.daemon_state} ${view.trading_state} ${view.hedge_state}`;
  const latched = view.block_reasons.filter((reason) => LATCHES.has(reason));
  if (latched.length > 0) return `latched at the end: ${latched.join()} (${where})`;
  if (view.daemon_state !== 'running') return `not running at the end: ${where}: ${view.why}`;
  if (HEALTHY.has(view.trading_state)) return null;
  return `not healthy at the end: ${where}: ${view.why}`;
}

function mustOwn({ symbol, stock_position: stock }: BookView, owned: number): void {
  if (stock === owned) return;
  throw new Error(`invariant 4: ${symbol} owned ${stock}, by the exchange ${owned}`);
}

function mustAddUp(view: BookView, exchange: Exchange): void {
  const { symbol, stock_position: owned, foreign_shares: foreign } = view;
  const shares = sharesOf(exchange, symbol);
  if (foreign !== null && foreign + owned !== shares) {
    throw new Error(`${symbol}: account ${shares} is not owned ${owned} + foreign ${foreign}`);
  }
}

/** Invariant 3: each execution of ours is in the journal once, at its price. */
function mustBookExecutions(facts: readonly Fact[], exchange: Exchange): void {
  const booked = new Map<string, string>();
  for (const fact of facts) {
    if (fact.fact !== 'execution') continue;
    const { execId, orderRef, quantity, price } = fact.execution;
    if (!isOurs(orderRef)) continue;
    if (booked.has(execId)) throw new Error(`invariant 3: ${execId} is booked twice`);
    booked.set(execId, `${orderRef} ${quantity} at ${price}`);
  }
  for (const { execId, orderRef, quantity, price } of executionsOf(exchange)) {
    const expected = `${orderRef} ${quantity} at ${price}`;
    const is = booked.get(execId) ?? 'not booked';
    if (is !== expected) throw new Error(`invariant 3: ${execId} is ${expected}, and ${is}`);
  }
}

/** Cash: what was charged for each execution, wherever a report of it came. */
function mustBookCommissions(facts: readonly Fact[], exchange: Exchange): void {
  const charged = new Map<string, number>();
  for (const fact of facts) {
    if (fact.fact === 'commission') {
      charged.set(fact.commission.execId, fact.commission.commission);
    }
  }
  for (const { execId, commission } of executionsOf(exchange)) {
    const is = charged.get(execId) ?? commission;
    if (Math.abs(is - commission) < 1e-9) continue;
    throw new Error(`cash: ${execId} was charged ${commission}, and ${is} is booked`);
  }
}

/** The exchange has no order under our name that the journal did not hold first. */
function mustKnowOrders(facts: readonly Fact[], exchange: Exchange): void {
  const known = new Set(facts.flatMap((fact) => (fact.fact === 'order' ? [fact.orderRef] : [])));
  for (const { orderRef } of [...exchange.openOrders(), ...exchange.completedOrders()]) {
    if (!isOurs(orderRef) || known.has(orderRef)) continue;
    throw new Error(`the exchange has ${orderRef}, of which the journal knows nothing`);
  }
}
