/** What clients and the admin port see of the exchange's state. Reads only. */

import assert from 'node:assert/strict';
import { newYorkDate } from '../../domain/calendar.ts';
import { type Contract, contractKey } from '../../domain/contract.ts';
import { dailyPnlOf } from './daily-profit.ts';
import type { Margin } from './margin.ts';
import { type Market, midOfQuote } from './market.ts';
import type { ExchangeOrder, ExchangeState, PositionState } from './state.ts';
import type { ExecutionFilter, VenueExecution, VenueOrder, VenuePosition } from './venue.ts';

/** An order without what only the exchange knows. */
export function venueOrder(order: ExchangeOrder): VenueOrder {
  const { held, working, arrivesAt, expiresAt, change, cancelAt, ...rest } = order;
  const { commission, queueAhead, changesBehind, ...shown } = rest;
  return shown;
}

/** What an account holds of a contract, at the price of now; zero where it holds none. */
export function positionOf(
  state: ExchangeState,
  market: Market,
  account: string,
  conId: number,
): VenuePosition {
  const position = state.accounts.get(account)?.positions.get(conId);
  assert(position !== undefined);
  return positionView(state, market, account, position);
}

/** Every position that is not flat. */
export function positionsOf(state: ExchangeState, market: Market): readonly VenuePosition[] {
  return [...state.accounts].flatMap(([account, { positions }]) =>
    [...positions.values()]
      .filter((position) => position.quantity !== 0)
      .map((position) => positionView(state, market, account, position)),
  );
}

/** Orders that ended today, New York. */
export function completedToday(state: ExchangeState): readonly VenueOrder[] {
  const today = newYorkDate(state.now);
  return state.completed
    .filter((order) => newYorkDate(order.completedAt ?? 0) === today)
    .map(venueOrder);
}

/** Executions of today that a filter lets through; client 0 stands for all clients. */
export function executionsOf(
  state: ExchangeState,
  filter: ExecutionFilter,
): readonly VenueExecution[] {
  const today = newYorkDate(state.now);
  const side = filter.side.toUpperCase();
  return state.executions.filter((execution) => {
    const { contract } = execution;
    if (newYorkDate(execution.ts) !== today || execution.ts < filter.since) return false;
    if (filter.clientId !== 0 && execution.clientId !== filter.clientId) return false;
    if (filter.account !== '' && execution.account !== filter.account) return false;
    if (filter.symbol !== '' && contract.symbol !== filter.symbol) return false;
    if (filter.secType !== '' && contract.secType !== filter.secType) return false;
    return side === '' || side === execution.side || side === wireSide(execution.side);
  });
}

/** IB's account tags in US dollars, as text; without a margin the exchange asks for none. */
export function accountValuesOf(
  state: ExchangeState,
  market: Market,
  account: string,
  margin: Margin | null = null,
): Readonly<Record<string, string>> {
  const held = state.accounts.get(account);
  if (held === undefined) return {};
  const views = [...held.positions.values()].map((position) =>
    positionView(state, market, account, position),
  );
  const sum = (read: (position: VenuePosition) => number): number =>
    views.reduce((total, position) => total + read(position), 0);
  const stocks = sum((view) => (view.contract.secType === 'STK' ? marketValue(view) : 0));
  const options = sum((view) => (view.contract.secType === 'OPT' ? marketValue(view) : 0));
  const accrued = state.accruals.reduce(
    (total, entry) => (entry.account === account ? total + entry.amount : total),
    0,
  );
  const net = held.cash + stocks + options + accrued;
  const initial = margin?.initial ?? 0;
  const maintenance = margin?.maintenance ?? 0;
  const equity = margin?.equityWithLoan ?? net;
  const available = equity - initial;
  const excess = equity - maintenance;
  const money: Record<string, number> = {
    AccruedCash: 0,
    AccruedDividend: accrued,
    AvailableFunds: available,
    // Four times, as for a day trader's margin account.
    BuyingPower: Math.max(0, 4 * available),
    CashBalance: held.cash,
    DailyPnL: sum((view) => view.dailyPnl ?? 0),
    EquityWithLoanValue: equity,
    ExcessLiquidity: excess,
    FullAvailableFunds: available,
    FullExcessLiquidity: excess,
    FullInitMarginReq: initial,
    FullMaintMarginReq: maintenance,
    GrossPositionValue: sum((view) => Math.abs(marketValue(view))),
    InitMarginReq: initial,
    LookAheadAvailableFunds: available,
    LookAheadExcessLiquidity: excess,
    LookAheadInitMarginReq: initial,
    LookAheadMaintMarginReq: maintenance,
    MaintMarginReq: maintenance,
    NetLiquidation: net,
    OptionMarketValue: options,
    PreviousDayEquityWithLoanValue: net,
    RealizedPnL: sum((view) => view.realizedPnl),
    RegTEquity: net,
    RegTMargin: initial,
    SMA: net,
    SettledCash: held.cash,
    StockMarketValue: stocks,
    TotalCashBalance: held.cash,
    TotalCashValue: held.cash,
    UnrealizedPnL: sum((view) => marketValue(view) - view.quantity * view.avgCost),
  };
  // Adding zero turns the minus zero of a rounded sum into zero.
  const text = Object.entries(money).map(([tag, value]) => [
    tag,
    (Math.round(value * 100) / 100 + 0).toFixed(2),
  ]);
  const Cushion = cushionOf(excess, net);
  return { AccountType: 'INDIVIDUAL', Cushion, ...Object.fromEntries(text) };
}

/** The part of what an account is worth that no margin holds; none where it is worth nothing. */
function cushionOf(excess: number, net: number): string {
  return net > 0 ? String(Math.round((excess / net) * 1e6) / 1e6) : '0';
}

/** The exchange's books as the admin port shows them; times in unix seconds. */
export function ledgerOf(state: ExchangeState, market: Market) {
  const orders = [...state.completed, ...state.live.values()].filter((order) => !order.held);
  return {
    orders: orders
      .sort((a, b) => a.permId - b.permId)
      .map((order) => ({
        ...identityOf(order),
        quantity: order.quantity,
        filled: order.filled,
        status: order.status,
        order_type: order.orderType,
        limit_price: order.limitPrice,
        tif: order.tif,
      })),
    executions: state.executions.map((execution) => ({
      exec_id: execution.execId,
      ...identityOf(execution),
      quantity: execution.quantity,
      price: execution.price,
      commission: execution.commission,
      ts: execution.ts / 1000,
    })),
    positions: positionsOf(state, market).map((position) => ({
      account: position.account,
      contract_key: contractKey(position.contract),
      con_id: position.contract.conId,
      symbol: position.contract.symbol,
      sec_type: position.contract.secType,
      position: position.quantity,
      avg_cost: position.avgCost,
    })),
    option_events: state.optionEvents.map(({ ts, contract, ...event }) => ({
      ts: ts / 1000,
      ...event,
      con_id: contract.conId,
      contract_key: contractKey(contract),
    })),
    cash: Object.fromEntries([...state.accounts].map(([id, account]) => [id, account.cash])),
    faults: state.faults.map((fault) => ({ ...fault, ts: fault.ts / 1000 })),
  };
}

export type ExchangeLedger = ReturnType<typeof ledgerOf>;

function positionView(
  state: ExchangeState,
  market: Market,
  account: string,
  position: PositionState,
): VenuePosition {
  const { contract, quantity, avgCost, realizedPnl } = position;
  const quote = market.quote(contract.conId, state.now);
  const price = quote === null ? Number.NaN : midOfQuote(quote);
  // What has no market is carried at cost, so that one line without a quote does not undo a sum.
  const marketPrice = price >= 0 ? price : avgCost / multiplierOf(contract);
  const view = { account, contract, quantity, avgCost, marketPrice, realizedPnl };
  return { ...view, dailyPnl: dailyPnlOf(state, position.basis, marketValue(view)) };
}

function identityOf(entry: ExchangeOrder | VenueExecution) {
  return {
    order_ref: entry.orderRef,
    perm_id: entry.permId,
    client_id: entry.clientId,
    order_id: entry.orderId,
    account: entry.account,
    con_id: entry.contract.conId,
    symbol: entry.contract.symbol,
    sec_type: entry.contract.secType,
    side: entry.side,
  };
}

/** USD, signed as the position is. */
export function marketValue(
  position: Pick<VenuePosition, 'contract' | 'quantity' | 'marketPrice'>,
): number {
  return position.quantity * position.marketPrice * multiplierOf(position.contract);
}

function multiplierOf(contract: Contract): number {
  return contract.secType === 'OPT' ? contract.multiplier : 1;
}

function wireSide(side: 'BUY' | 'SELL'): string {
  return side === 'BUY' ? 'BOT' : 'SLD';
}
