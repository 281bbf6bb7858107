/**
 * What the broker says of orders and executions, as events of the hedge machine and entries of the
 * ledger. Fills come from executions alone, once each, in whatever order and state they arrive;
 * a status is a hint, and an error is a rejection only where its code says so beyond doubt.
 */

import { READ_ONLY, READ_ONLY_REMEDY } from '../../src/domain/alerts.ts';
import { newYorkDate } from '../../src/domain/calendar.ts';
import { bookCommission, bookExecution } from '../../src/domain/ledger.ts';
import { describeCode, isReadOnlyRefusal } from '../../src/gateway/ib/codes.ts';
import type {
  BrokerRead,
  BrokerReport,
  CommissionReport,
  ExecutionReport,
  OrderReport,
} from '../../src/protocol/broker.ts';
import { dated } from '../../src/protocol/dated.ts';
import { commissionUsd, fillOf, signedShares } from '../../src/protocol/durable.ts';
import type { Turn } from '../../src/runtime/turn.ts';
import { latch } from './assess.ts';
import { tell } from './dispatch.ts';
import { noteOperation, remember } from './operations.ts';
import { noteOptionTrade } from './option-events.ts';
import { type BookState, type ForeignExecution, underlyingOf } from './state.ts';
import { tallyFill, tallyOf } from './tally.ts';
import { filledOf, takeBackSettled, tradedOf } from './untold.ts';

type ReportOf<T extends BrokerReport['type']> = Extract<BrokerReport, { readonly type: T }>;

const ACKNOWLEDGED = new Set(['PreSubmitted', 'Submitted', 'Filled']);
const CANCELLED = new Set(['Cancelled', 'ApiCancelled']);
const TERMINAL = new Set(['Filled', 'Cancelled', 'ApiCancelled']);

/** Whether a reference was made by this installation for this book. */
export function isOurs(state: BookState, orderRef: string): boolean {
  return orderRef.startsWith(`${state.config.deployment}:`);
}

/** Of this book: its account, and its underlying or an option of it. */
export function concerns(
  state: BookState,
  what: { readonly account: string; readonly contract: { readonly symbol: string } },
): boolean {
  return what.account === state.account && what.contract.symbol === state.settings.symbol;
}

/** Executions or positions were told of now; before the broker's first time there is no now. */
export function noteReport(state: BookState, turn: Turn): void {
  if (Number.isFinite(turn.at.trading)) state.reportedAt = turn.at.trading;
  state.evidence.current = false;
  state.evidence.news += 1;
}

/** Hands a report of an order of this book to its machine, and notes those of options. */
export function takeOrder(state: BookState, turn: Turn, order: OrderReport): void {
  if (!concerns(state, order)) return;
  if (order.contract.secType === 'OPT') {
    noteOptionOrder(state, turn, order);
    return;
  }
  if (order.orderRef === '' || order.orderRef !== state.hedge.context.orderRef) return;
  noteOrder(state, turn, order);
  // What we never asked for would be traded: the latch takes the order off the market.
  if (isAlive(order) && order.quantity > (state.hedge.context.order?.quantity ?? 0)) {
    latch(state, turn, 'exec_fault', `${order.orderRef} was raised to ${order.quantity} shares`);
  }
  if (order.permId > 0 && ACKNOWLEDGED.has(order.status))
    tell(state, { type: 'order.acknowledged' });
  if (order.status === 'Filled' && filledOf(state, order.orderRef) < order.quantity) {
    tell(state, { type: 'order.filled_reported', filled: order.quantity });
  }
  if (CANCELLED.has(order.status)) {
    const { status, filled } = order;
    tell(state, { type: 'order.cancelled', reason: `status ${status}`, filled });
  }
  if (order.status === 'Inactive') {
    const held = order.whyHeld === '' ? 'not working' : `held: ${order.whyHeld}`;
    tell(state, { type: 'order.unclear', reason: held });
  }
}

type OrderStand = Omit<OrderReport, 'remaining' | 'whyHeld'>;

function noteOrder(state: BookState, turn: Turn, order: OrderStand): void {
  turn.fact({
    fact: 'order',
    ...dated(turn),
    symbol: state.settings.symbol,
    account: order.account,
    conId: order.contract.conId,
    orderRef: order.orderRef,
    orderId: order.orderId,
    permId: order.permId,
    clientId: order.clientId,
    side: order.side,
    quantity: order.quantity,
    limitPrice: order.limitPrice,
    status: order.status,
    // The report of an open order does not tell; executions do.
    filled: Math.max(order.filled, filledOf(state, order.orderRef)),
  });
}

/** While an option order is open the legs are about to change: hedging waits for it to settle. */
function noteOptionOrder(state: BookState, turn: Turn, order: OrderReport): void {
  if (TERMINAL.has(order.status) || order.status === 'Inactive') {
    state.optionOrders.delete(order.permId);
  } else if (!state.optionOrders.has(order.permId)) {
    state.optionOrders.set(order.permId, turn.at.trading);
  }
}

/** What is not in a complete read is not open any more, whatever was missed. */
export function takeOptionOrders(state: BookState, turn: Turn, read: BrokerRead): void {
  const open = read.openOrders.filter(
    (order) => concerns(state, order) && order.contract.secType === 'OPT',
  );
  const permIds = new Set(open.map(({ permId }) => permId));
  for (const permId of state.optionOrders.keys()) {
    if (!permIds.has(permId)) state.optionOrders.delete(permId);
  }
  for (const order of open) noteOptionOrder(state, turn, order);
}

/** An error about the order that works: a rejection only where its code says so beyond doubt. */
export function takeOrderError(state: BookState, turn: Turn, error: ReportOf<'order.error'>): void {
  if (error.orderRef === '' || error.orderRef !== state.hedge.context.orderRef) return;
  const { kind, meaning } = describeCode(error.code, true);
  const reason = `${error.code} ${error.message || meaning}`;
  if (error.code === HALTED) state.haltedUntil = turn.at.trading + HALT_HOLD_MS;
  const cancelling =
    String(state.hedge.value) === 'CANCEL' || String(state.hedge.value) === 'RECOVER';
  switch (kind) {
    case 'order_cancelled':
      tell(state, { type: 'order.cancelled', reason, filled: null });
      return;
    case 'order_reject':
    case 'program':
      // The next order would fare no better: nothing is tried until the setting was changed.
      if (isReadOnlyRefusal(error.code, error.message)) {
        latch(state, turn, 'exec_fault', `${READ_ONLY}: ${READ_ONLY_REMEDY}`);
        // It is the cancel that was refused: of the order it says nothing.
        if (cancelling) {
          tell(state, { type: 'cancel.refused', reason });
          return;
        }
      }
      tell(state, { type: 'order.rejected', definite: true, reason });
      return;
    case 'unknown_state':
      // 10147 and 10148 answer a cancel: the broker has nothing alive under this id.
      if (cancelling && NOTHING_ALIVE.has(error.code)) {
        tell(state, { type: 'cancel.answered', reason });
      } else if (cancelling) {
        tell(state, { type: 'cancel.refused', reason });
      } else {
        tell(state, { type: 'order.unclear', reason });
      }
      return;
    case 'order_message':
    case 'info':
      noteOperation(state, turn, 'alert', { stateReason: reason, orderRef: error.orderRef });
      return;
    default:
      tell(state, { type: 'order.unclear', reason });
  }
}

/** Orders for a halted security are refused; the tick that says so may come late, or not. */
const HALTED = 154;
/** Halts last minutes; an order a minute finds out when it is over and passes any rate. */
const HALT_HOLD_MS = 60_000;

const NOTHING_ALIVE = new Set([135, 10147, 10148]);

/** Books an execution, whoever made it, and tells the hedge machine when it is its order's. */
export function takeExecution(state: BookState, turn: Turn, execution: ExecutionReport): void {
  if (!concerns(state, execution)) return;
  if (!isOurs(state, execution.orderRef)) {
    takeForeign(state, turn, execution);
    return;
  }
  if (!state.orderRefs.has(execution.orderRef)) {
    // Ours by its name, but not of this journal: nothing is booked, somebody must look.
    if (state.memory.acceptedExecutions.includes(execution.execBase)) return;
    if (state.unknownOwn.has(execution.execBase)) return;
    noteReport(state, turn);
    state.unknownOwn.set(execution.execBase, execution.execId);
    latch(state, turn, 'position_break', `execution ${execution.execId} is not in the journal`);
    return;
  }
  const tally = tallyOf(state, execution.orderRef);
  const booking = bookExecution(state.ledger, fillOf(execution));
  if (booking.outcome === 'contradiction') {
    latch(state, turn, 'position_break', `execution ${execution.execId} came twice, not the same`);
  }
  // Each read tells it again: that is no news, and nothing has to settle after it.
  if (!booking.applied) {
    state.ledger = booking.ledger;
    return;
  }
  noteReport(state, turn);
  const early =
    booking.outcome === 'booked'
      ? state.ledger.early.find(({ execBase }) => execBase === execution.execBase)
      : undefined;
  const before = state.ledger;
  state.ledger = booking.ledger;
  takeBackSettled(state, turn, execution, before);
  state.filledAt = turn.at.trading;
  turn.fact({ fact: 'execution', ...dated(turn), execution });
  if (early !== undefined) noteEarlyCommission(state, turn, execution.execId, early.amount);
  tallyFill(state, turn, execution, tally);
  // What a hedge had brought is not there any more, or there is more of it: neither waits its turn.
  if (booking.outcome === 'corrected' && booking.delta !== 0) {
    remember(state, turn, { remainder: true });
  }
  noteOperation(state, turn, 'fill', {
    stateReason: booking.outcome === 'corrected' ? 'correction' : 'execution',
    side: execution.side,
    quantity: execution.quantity,
    price: execution.price,
    orderRef: execution.orderRef,
    permId: execution.permId,
    execId: execution.execId,
  });
  if (execution.orderRef === state.hedge.context.orderRef) {
    noteFilled(state, turn, execution);
    const filled = filledOf(state, execution.orderRef);
    tell(state, { type: 'order.executed', filled, traded: tradedOf(state, execution.orderRef) });
  }
}

/** A status may come later than the execution, or (after a restart) never. */
function noteFilled(state: BookState, turn: Turn, execution: ExecutionReport): void {
  const { order } = state.hedge.context;
  if (order === null) return;
  const { orderRef, orderId, permId, clientId, account, contract } = execution;
  const filled = filledOf(state, orderRef);
  const status = filled >= order.quantity ? 'Filled' : 'Submitted';
  const identity = { orderRef, orderId, permId, clientId, account, contract };
  noteOrder(state, turn, { ...identity, ...order, status, filled });
}

/** A commission that came before its execution was not known to be ours until now. */
function noteEarlyCommission(state: BookState, turn: Turn, execId: string, amount: number): void {
  const { symbol } = state.settings;
  const commission = { execId, commission: amount, currency: 'USD', realizedPnl: null };
  turn.fact({ fact: 'commission', ...dated(turn), symbol, account: state.account, commission });
}

/** TWS tells executions of seven days at most: what is older cannot come twice. */
const FOREIGN_KEPT_MS = 8 * 86_400_000;

/** By hand, or by another program: known, so that a change of the position is explained. */
function takeForeign(state: BookState, turn: Turn, execution: ExecutionReport): void {
  const { execId, execBase, revision, contract, side, quantity, price, ts } = execution;
  const corrected = state.foreignExecutions.get(execBase);
  if (corrected !== undefined && corrected.revision >= revision) return;
  noteReport(state, turn);
  for (const [id, { ts: old }] of state.foreignExecutions) {
    if (old < ts - FOREIGN_KEPT_MS) state.foreignExecutions.delete(id);
  }
  state.dayTrades = null;
  if (corrected !== undefined) noteOptionTrade(state, turn, corrected, -1);
  noteOptionTrade(state, turn, execution, 1);
  const kept = { execId, execBase, revision, contract, side, quantity, price, ts };
  state.foreignExecutions.set(execBase, kept);
  countForeign(state, turn, kept, corrected);
}

/**
 * What others traded in the underlying, since it was explained last. Executions that are read
 * before it is known which contract that is are counted when it shows.
 */
export function countForeign(
  state: BookState,
  turn: Turn,
  execution: ForeignExecution,
  corrected?: ForeignExecution,
): void {
  const { execId, execBase, revision, contract, side, quantity, price } = execution;
  if (contract.conId !== underlyingOf(state)?.conId) return;
  // What a session before has explained is told again to this one: of the day on which it did, each
  // execution is known, and what is older is in the foreign shares of then.
  const { foreignSeen } = state.memory;
  const { day, until = Number.NEGATIVE_INFINITY } = foreignSeen;
  if (corrected === undefined && (newYorkDate(execution.ts) < day || execution.ts <= until)) return;
  const seen = foreignSeen.executions.find((one) => one.execBase === execBase);
  if (corrected === undefined && seen !== undefined && seen.revision >= revision) return;
  const before = corrected === undefined ? (seen?.shares ?? 0) : signedShares(corrected);
  state.foreignSince += signedShares(execution) - before;
  const what = corrected === undefined && seen === undefined ? 'execution' : 'correction';
  noteOperation(state, turn, 'foreign_change', {
    stateReason: `${what} of another client or by hand`,
    side,
    quantity,
    price,
    execId,
  });
}

/** Books a commission to its execution, which may come later. */
export function takeCommission(state: BookState, turn: Turn, commission: CommissionReport): void {
  const { currency, execId } = commission;
  const next = bookCommission(state.ledger, execId, commissionUsd(commission));
  // Not by the sum: a commission of zero is one, and what waits for its execution is not booked.
  const booked = next.entries !== state.ledger.entries;
  // The next read tells it again: what waits does so as an amount of dollars, and this is none.
  if (booked || currency === 'USD') state.ledger = next;
  if (!booked) return;
  const { symbol } = state.settings;
  if (currency !== 'USD') {
    const amount = `${commission.commission} ${currency}`;
    noteOperation(state, turn, 'alert', {
      stateReason: `the commission is ${amount}: P&L and limits count dollars, and are without it`,
      execId,
    });
  }
  turn.fact({ fact: 'commission', ...dated(turn), symbol, account: state.account, commission });
}

/** What a complete read says of the order that the hedge machine asks about, its fills apart. */
export function takeRead(state: BookState, turn: Turn, read: BrokerRead): void {
  const orderRef = state.hedge.context.orderRef;
  if (orderRef === null) return;
  const open = read.openOrders.find((order) => order.orderRef === orderRef && isAlive(order));
  const done = read.completedOrders.find((order) => order.orderRef === orderRef);
  const filled = filledOf(state, orderRef);
  const total = state.hedge.context.order?.quantity ?? 0;
  const complete = total > 0 && filled >= total;
  const shares = read.positions
    .filter((position) => concerns(state, position) && position.contract.secType === 'STK')
    .map((position) => position.quantity);
  const outcome = open && !complete ? 'live' : done || complete ? 'dead' : 'absent';
  const signature = `${outcome}/${filled}/${shares.join()}`;
  const isNews = signature !== state.hedge.context.readSignature;
  if (isNews) noteFound(state, turn, read.executions, done ?? open);
  const held = heldState(state, turn, open?.status === 'Inactive');
  const reported = reportedFilled(done ?? open, total);
  const traded = tradedOf(state, orderRef);
  tell(state, { type: 'read.done', outcome, held, filled, traded, reported, signature });
}

/** Completed orders come without their size, and often without what was filled. */
function reportedFilled(order: OrderReport | undefined, total: number): number {
  if (order === undefined) return 0;
  return order.status === 'Filled' ? Math.max(order.filled, total) : order.filled;
}

/** What happened to the order while nobody listened stands in no report but this. */
function noteFound(
  state: BookState,
  turn: Turn,
  executions: readonly ExecutionReport[],
  found: OrderReport | undefined,
): void {
  const { orderRef } = state.hedge.context;
  const execution = executions.findLast((one) => one.orderRef === orderRef);
  if (found === undefined) {
    if (execution !== undefined) noteFilled(state, turn, execution);
    return;
  }
  // Completed orders come without their ids.
  const { orderId, clientId } = execution ?? found;
  noteOrder(state, turn, { ...found, orderId, clientId });
}

/** Shares may have to be located first: an order waits for them for a while, and no longer. */
function heldState(state: BookState, turn: Turn, held: boolean): 'no' | 'waiting' | 'overdue' {
  state.heldSince = held ? (state.heldSince ?? turn.at.mono) : null;
  if (state.heldSince === null) return 'no';
  const limit = state.settings.order.held_timeout_s * 1000;
  return turn.at.mono - state.heldSince < limit ? 'waiting' : 'overdue';
}

/** It may still be filled. */
export function isAlive(order: OrderReport): boolean {
  return !TERMINAL.has(order.status);
}
