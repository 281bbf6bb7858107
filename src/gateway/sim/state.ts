/**
 * What the exchange knows and must still know after a crash, and the records that change it. The
 * running exchange and a restart go through the same `applyRecord`, so that what is rebuilt is what
 * was.
 */

import assert from 'node:assert/strict';
import type { Contract } from '../../domain/contract.ts';
import { sideSign } from '../../domain/order.ts';
import { type CloseRecord, type DailyBasis, NO_BASIS, paidIn } from './daily-profit.ts';
import { type Booked, bookFill } from './fill.ts';
import type { MarketState } from './market.ts';
import { applyRights, noRights, type RightsRecord, type RightsState } from './rights.ts';
import type { VenueExecution, VenueOrder } from './venue.ts';

/** New terms on their way to the exchange. */
export interface OrderChange {
  readonly quantity: number;
  readonly limitPrice: number | null;
  readonly tif: string;
  readonly goodTill: string;
  readonly expiresAt: number | null;
  readonly arrivesAt: number;
}

/** An order with what only the exchange knows of it. Times are exchange time, epoch ms. */
export interface ExchangeOrder extends VenueOrder {
  /** Not transmitted: nobody hears of it. */
  readonly held: boolean;
  /** In the book, where quotes can fill it. */
  readonly working: boolean;
  /** When it reaches the exchange (or, while that is closed, its opening); null once it did. */
  readonly arrivesAt: number | null;
  readonly expiresAt: number | null;
  readonly change: OrderChange | null;
  /** Those that follow `change` on the same way, in their order; absent: none. */
  readonly changesBehind?: readonly OrderChange[];
  readonly cancelAt: number | null;
  /** Shares or contracts that trade before it at its price; absent: it is not the best price. */
  readonly queueAhead?: number;
  /** USD, charged so far. */
  readonly commission: number;
}

/** Changes of an order that are on their way. */
export function changesInFlight({ change, changesBehind = [] }: ExchangeOrder): number {
  return change === null ? 0 : 1 + changesBehind.length;
}

export interface PositionState {
  readonly contract: Contract;
  readonly quantity: number;
  readonly avgCost: number;
  readonly realizedPnl: number;
  /** What the day's profit is measured from; absent in a journal of before it was kept. */
  readonly basis?: DailyBasis | undefined;
}

export interface AccountState {
  readonly cash: number;
  readonly positions: ReadonlyMap<number, PositionState>;
}

interface FaultRecord {
  readonly ts: number;
  readonly type: string;
  readonly [detail: string]: unknown;
}

export type ExchangeRecord =
  /** Adds or replaces an order; one with `completedAt` leaves the live ones. */
  | { readonly kind: 'order'; readonly order: ExchangeOrder }
  | { readonly kind: 'execution'; readonly execution: VenueExecution }
  /** An execution at another price in place of an earlier one. */
  | {
      readonly kind: 'correction';
      readonly replaces: string;
      readonly execution: VenueExecution;
    }
  /** A position changes without an order: an exercise, an assignment, an expiry. */
  | {
      readonly kind: 'booking';
      readonly account: string;
      readonly contract: Contract;
      /** Signed. */
      readonly traded: number;
      readonly price: number;
    }
  | { readonly kind: 'cash'; readonly account: string; readonly amount: number }
  /** A position becomes another by a corporate action; `from` is its id before. */
  | {
      readonly kind: 'replacement';
      readonly account: string;
      readonly from: number;
      readonly position: PositionState;
    }
  | RightsRecord
  | CloseRecord
  | { readonly kind: 'order_id'; readonly clientId: number; readonly orderId: number }
  | { readonly kind: 'fault'; readonly fault: FaultRecord }
  /** The exchange process began, again. */
  | { readonly kind: 'resumed' };

export interface ExchangeState extends RightsState {
  readonly exchangeId: string;
  /** Names the scenario's world; another world must not go on from this state. */
  readonly world: string;
  now: number;
  /** The last day whose close has passed, New York; '' before the first. */
  closedDay: string;
  resumes: number;
  permIds: number;
  executionCount: number;
  market: MarketState;
  /** The highest order id of each client. */
  readonly orderIds: Map<number, number>;
  /** By perm id, in the order in which they came. */
  readonly live: Map<number, ExchangeOrder>;
  completed: ExchangeOrder[];
  executions: VenueExecution[];
  readonly accounts: Map<string, AccountState>;
  faults: FaultRecord[];
}

/** What is kept of the past: weeks of hedging, and a snapshot that is still written in a moment. */
const HISTORY_MAX = 10_000;
const FAULTS_MAX = 1000;
/** Clients that are remembered by id; TWS serves 32 at a time. Others' orders are refused. */
export const CLIENTS_MAX = 4096;

/** Brings the state to what the record says; what is replayed goes the same way. */
export function applyRecord(state: ExchangeState, record: ExchangeRecord): void {
  switch (record.kind) {
    case 'order':
      applyOrder(state, record.order);
      return;
    case 'execution':
      applyExecution(state, record.execution);
      return;
    case 'correction':
      applyCorrection(state, record.replaces, record.execution);
      return;
    case 'booking': {
      const { account, contract, traded, price } = record;
      const side = traded > 0 ? 'BUY' : 'SELL';
      const quantity = Math.abs(traded);
      book(state, { account, contract, side, quantity, price, commission: 0 });
      return;
    }
    case 'cash': {
      const account = state.accounts.get(record.account);
      assert(account !== undefined);
      const cash = roundMoney(account.cash + record.amount);
      state.accounts.set(record.account, { ...account, cash });
      return;
    }
    case 'replacement':
      applyReplacement(state, record.account, record.from, record.position);
      return;
    case 'close':
      applyClose(state, record);
      return;
    case 'order_id': {
      const highest = state.orderIds.get(record.clientId) ?? 0;
      assert(state.orderIds.size <= CLIENTS_MAX, 'too many client ids');
      state.orderIds.set(record.clientId, Math.max(highest, record.orderId));
      return;
    }
    case 'fault':
      state.faults = bounded([...state.faults, record.fault], FAULTS_MAX);
      return;
    case 'resumed':
      state.resumes += 1;
      return;
    default:
      applyRights(state, record);
      return;
  }
}

function applyClose(state: ExchangeState, { day, worths }: CloseRecord): void {
  state.closedDay = day;
  const marks = new Map(worths.map(({ account, conId, worth }) => [`${account} ${conId}`, worth]));
  for (const [id, account] of state.accounts) {
    const positions = new Map<number, PositionState>();
    for (const [conId, position] of account.positions) {
      const closed = marks.get(`${id} ${conId}`) ?? 0;
      const basis = { before: position.basis?.closed ?? closed, closed };
      positions.set(conId, { ...position, basis });
    }
    state.accounts.set(id, { ...account, positions });
  }
}

function applyReplacement(
  state: ExchangeState,
  id: string,
  from: number,
  position: PositionState,
): void {
  const account = state.accounts.get(id);
  assert(account !== undefined);
  const positions = new Map(account.positions);
  const before = positions.get(from);
  // What is replaced stays as a flat position, because clients are told that it is; what was gained
  // with it goes over.
  if (before !== undefined) positions.set(from, flatPosition(before.contract));
  positions.set(position.contract.conId, position);
  state.accounts.set(id, { ...account, positions });
}

/** Of a contract that is no longer held, and whose past is another's. */
export function flatPosition(contract: Contract): PositionState {
  return { contract, quantity: 0, avgCost: 0, realizedPnl: 0, basis: NO_BASIS };
}

function applyOrder(state: ExchangeState, order: ExchangeOrder): void {
  state.permIds = Math.max(state.permIds, order.permId);
  if (order.completedAt === null) {
    state.live.set(order.permId, order);
    return;
  }
  // An order that is done can still be filled, late; it stays one order.
  if (!state.live.delete(order.permId)) {
    const before = state.completed.findLastIndex(({ permId }) => permId === order.permId);
    if (before !== -1) state.completed.splice(before, 1);
  }
  state.completed.push(order);
  state.completed = bounded(state.completed, HISTORY_MAX);
}

function applyExecution(state: ExchangeState, execution: VenueExecution): void {
  state.executionCount += 1;
  state.executions.push(execution);
  state.executions = bounded(state.executions, HISTORY_MAX);
  book(state, execution);
}

function book(state: ExchangeState, trade: Trade): void {
  const account = state.accounts.get(trade.account);
  assert(account !== undefined);
  const { contract } = trade;
  const booked = bookTrade(state, trade);
  const before = account.positions.get(contract.conId);
  const position: PositionState = {
    contract,
    quantity: booked.quantity,
    avgCost: booked.avgCost,
    realizedPnl: (before?.realizedPnl ?? 0) + (booked.realizedPnl ?? 0),
    basis: paidIn(before === undefined ? NO_BASIS : before.basis, -booked.cashChange),
  };
  state.accounts.set(trade.account, {
    cash: roundMoney(account.cash + booked.cashChange),
    positions: new Map(account.positions).set(contract.conId, position),
  });
}

/** Moves the price of a booked trade; like a fill it changes no wealth beyond what it costs. */
function applyCorrection(state: ExchangeState, replaces: string, execution: VenueExecution): void {
  const index = state.executions.findIndex(({ execId }) => execId === replaces);
  const before = state.executions[index];
  if (before === undefined) return;
  state.executions[index] = execution;
  const { contract } = execution;
  const account = state.accounts.get(execution.account);
  const position = account?.positions.get(contract.conId);
  assert(account !== undefined && position !== undefined);
  const traded = sideSign(execution.side) * execution.quantity;
  const multiplier = contract.secType === 'OPT' ? contract.multiplier : 1;
  const paid = traded * (execution.price - before.price) * multiplier;
  const stillHeld = Math.sign(position.quantity) === Math.sign(traded);
  const basis = paidIn(position.basis, paid);
  const corrected = stillHeld
    ? { ...position, basis, avgCost: position.avgCost + paid / position.quantity }
    : { ...position, basis, realizedPnl: position.realizedPnl - paid };
  state.accounts.set(execution.account, {
    cash: roundMoney(account.cash - paid),
    positions: new Map(account.positions).set(contract.conId, corrected),
  });
}

type Trade = Pick<
  VenueExecution,
  'account' | 'contract' | 'side' | 'quantity' | 'price' | 'commission'
>;

/** What a trade would do to its position; changes nothing. */
export function bookTrade(state: ExchangeState, trade: Trade): Booked {
  const { contract } = trade;
  const before = state.accounts.get(trade.account)?.positions.get(contract.conId);
  return bookFill({
    quantity: before?.quantity ?? 0,
    avgCost: before?.avgCost ?? 0,
    traded: sideSign(trade.side) * trade.quantity,
    price: trade.price,
    multiplier: contract.secType === 'OPT' ? contract.multiplier : 1,
    commission: trade.commission,
  });
}

/** Drops the oldest, a tenth at a time, so that the cost of dropping is not paid at each entry. */
function bounded<T>(entries: T[], max: number): T[] {
  return entries.length <= max * 1.1 ? entries : entries.slice(-max);
}

/** To a millionth of a dollar: commissions have half cents, and binary dust does not add up. */
function roundMoney(amount: number): number {
  return Math.round(amount * 1e6) / 1e6;
}

export interface StoredState extends Omit<ExchangeState, 'orderIds' | 'live' | 'accounts'> {
  readonly orderIds: readonly (readonly [number, number])[];
  readonly live: readonly ExchangeOrder[];
  readonly accounts: readonly {
    readonly id: string;
    readonly cash: number;
    readonly positions: readonly PositionState[];
  }[];
}

/** The state as JSON holds it; equal states give equal text. */
export function storeState(state: ExchangeState): StoredState {
  return {
    ...state,
    orderIds: [...state.orderIds],
    live: [...state.live.values()],
    accounts: [...state.accounts].map(([id, account]) => ({
      id,
      cash: account.cash,
      positions: [...account.positions.values()],
    })),
  };
}

/** The state of a snapshot, of any version that was ever written. */
export function restoreState(stored: StoredState): ExchangeState {
  // A journal of before there were rights or closes has none of them.
  const none = { ...noRights(), closedDay: '' };
  return {
    ...none,
    ...stored,
    completed: [...stored.completed],
    executions: [...stored.executions],
    faults: [...stored.faults],
    orderIds: new Map(stored.orderIds),
    live: new Map(stored.live.map((order) => [order.permId, order])),
    accounts: new Map(
      stored.accounts.map(({ id, cash, positions }) => [
        id,
        {
          cash,
          positions: new Map(positions.map((position) => [position.contract.conId, position])),
        },
      ]),
    ),
  };
}
