/**
 * The boundary between the client library's words and ours. The library leaves most fields
 * optional, maps some sentinels and not others, and passes on what TWS sent; here each value is
 * checked once, and what cannot be represented becomes null, so that nothing behind this file ever
 * meets an unset double.
 */

import {
  type Execution,
  type Contract as IbContract,
  type ContractDetails as IbContractDetails,
  type Order as IbOrder,
  type OrderState as IbOrderState,
  OptionType,
  OrderAction,
  OrderType,
  SecType,
  type TimeInForce,
} from '@stoqey/ib';
import type {
  Contract,
  ContractTerms,
  OptionContract,
  PriceIncrement,
  Right,
  StockContract,
} from '../../domain/contract.ts';
import type { OrderSide, OrderTicket, OrderWork } from '../../domain/order.ts';
import type {
  BrokerOrderStatus,
  CommissionReport,
  ExecutionReport,
  OrderReport,
  PositionReport,
} from '../../protocol/broker.ts';
import { formatBrokerTime, parseBrokerTime } from './broker-time.ts';

/** Unset doubles and decimals are 2^127 − 1 or 1.797e308; nothing real is that large. */
const UNSET_ABOVE = 1e30;

/** A finite, set number; NaN otherwise. */
export function numberOf(value: unknown): number {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) return Number.NaN;
  return Math.abs(number) < UNSET_ABOVE ? number : Number.NaN;
}

/** A price; NaN for none, which IB writes as −1 or 0. */
export function priceOf(value: unknown): number {
  const price = numberOf(value);
  return price > 0 ? price : Number.NaN;
}

/** What holds neither stock nor listed option is null: this program can do nothing with it. */
export function toContract(raw: IbContract): Contract | null {
  const conId = raw.conId ?? 0;
  const symbol = raw.symbol ?? '';
  if (!(conId > 0) || symbol === '') return null;
  if (raw.secType === SecType.STK) return toStock(raw, conId, symbol);
  if (raw.secType === SecType.OPT) return toOption(raw, conId, symbol);
  return null;
}

function toStock(raw: IbContract, conId: number, symbol: string): StockContract {
  return {
    secType: 'STK',
    conId,
    symbol,
    // We trade by smart routing alone; positions and executions name other venues here.
    exchange: 'SMART',
    primaryExchange: raw.primaryExch ?? '',
    currency: raw.currency ?? '',
  };
}

function toOption(raw: IbContract, conId: number, symbol: string): OptionContract | null {
  const expiry = (raw.lastTradeDateOrContractMonth ?? '').slice(0, 8);
  const strike = numberOf(raw.strike);
  const multiplier = numberOf(raw.multiplier);
  const right = toRight(raw);
  // A leg with a guessed right, strike or multiplier would be hedged wrongly without a word.
  if (right === null || !(strike > 0) || !(multiplier > 0) || !/^\d{8}$/.test(expiry)) return null;
  return {
    secType: 'OPT',
    conId,
    symbol,
    underlyingConId: 0,
    expiry,
    strike,
    right,
    multiplier,
    exchange: 'SMART',
    currency: raw.currency ?? '',
    tradingClass: raw.tradingClass ?? '',
    localSymbol: raw.localSymbol ?? '',
  };
}

/** The library drops `CALL` and `PUT`, which TWS sends too; the OCC symbol still tells them. */
function toRight(raw: IbContract): Right | null {
  const word = String(raw.right ?? '').toUpperCase();
  if (word === 'C' || word === 'CALL') return 'C';
  if (word === 'P' || word === 'PUT') return 'P';
  const occ = /\d{6}([CP])\d{8}$/.exec(raw.localSymbol ?? '')?.[1];
  return occ === 'C' || occ === 'P' ? occ : null;
}

/** Terms without a market rule yet: one increment, the minimum tick, everywhere. */
export function toTerms(details: IbContractDetails): ContractTerms | null {
  const contract = toContract(details.contract);
  const minTick = numberOf(details.minTick);
  if (contract === null || !(minTick > 0)) return null;
  return {
    contract:
      contract.secType === 'OPT'
        ? { ...contract, underlyingConId: details.underConId ?? 0 }
        : contract,
    longName: details.longName ?? '',
    minTick,
    priceIncrements: [{ lowEdge: 0, increment: minTick }],
    timeZone: details.timeZoneId ?? '',
    tradingHours: details.tradingHours ?? '',
    liquidHours: details.liquidHours ?? '',
  };
}

/** The market rule of smart routing, whose place in one list is that of SMART in the other. */
export function marketRuleOf(details: IbContractDetails): number | null {
  const exchanges = (details.validExchanges ?? '').split(',');
  const rules = (details.marketRuleIds ?? '').split(',');
  const smart = exchanges.indexOf('SMART');
  const rule = Number(rules[smart === -1 ? 0 : smart] ?? '');
  return Number.isInteger(rule) && rule > 0 ? rule : null;
}

/** Ascending steps; null when the rule holds anything that cannot be a price step. */
export function toIncrements(raw: readonly unknown[]): readonly PriceIncrement[] | null {
  const steps: PriceIncrement[] = [];
  for (const item of raw) {
    const { lowEdge, increment } = item as { lowEdge?: unknown; increment?: unknown };
    const step = { lowEdge: numberOf(lowEdge), increment: numberOf(increment) };
    if (!(step.lowEdge >= 0) || !(step.increment > 0)) return null;
    steps.push(step);
  }
  return steps.length === 0 ? null : steps.sort((a, b) => a.lowEdge - b.lowEdge);
}

const STATUSES: ReadonlySet<string> = new Set<BrokerOrderStatus>([
  'ApiPending',
  'PendingSubmit',
  'PreSubmitted',
  'Submitted',
  'PendingCancel',
  'ApiCancelled',
  'Cancelled',
  'Filled',
  'Inactive',
]);

/** A word of TWS as ours; one that we do not know is `Unknown`, never a guess. */
export function toStatus(word: string): BrokerOrderStatus {
  // The set's members are the type's, so the check is what earns the cast.
  return STATUSES.has(word) ? (word as BrokerOrderStatus) : 'Unknown';
}

/** Null where the word is none of a side. */
export function toSide(word: string | undefined): OrderSide | null {
  if (word === 'BUY' || word === 'BOT') return 'BUY';
  return word === 'SELL' || word === 'SLD' || word === 'SSHORT' ? 'SELL' : null;
}

/** An order as `openOrder` tells it, which does not say what has been filled. */
export function toOrderReport(
  orderId: number,
  raw: { contract: IbContract; order: IbOrder; state: IbOrderState },
  seen: { filled: number; whyHeld: string } | null,
): OrderReport | null {
  const contract = toContract(raw.contract);
  const side = toSide(raw.order.action);
  const quantity = numberOf(raw.order.totalQuantity);
  const identity = identityOf(orderId, raw.order);
  if (contract === null || side === null || !(quantity >= 0) || identity === null) return null;

  const filled = seen?.filled ?? 0;
  return {
    ...identity,
    contract,
    side,
    quantity,
    limitPrice: limitOf(raw.order),
    status: toStatus(raw.state.status),
    filled,
    remaining: Math.max(0, quantity - filled),
    whyHeld: seen?.whyHeld ?? '',
  };
}

/** A completed order: TWS has forgotten its ids but the permanent one, and often its size. */
export function toCompletedReport(raw: {
  contract: IbContract;
  order: IbOrder;
  state: IbOrderState;
}): OrderReport | null {
  const filled = numberOf(raw.order.filledQuantity ?? 0);
  if (!(filled >= 0)) return null;
  const report = toOrderReport(0, raw, { filled, whyHeld: '' });
  return report === null ? null : { ...report, quantity: Math.max(report.quantity, filled) };
}

interface Identified {
  readonly orderRef?: string | undefined;
  readonly permId?: number | undefined;
  readonly clientId?: number | undefined;
  readonly account?: string | undefined;
}

/** Null where an id is no number: with it, it could not be known whose order it is. */
function identityOf(orderId: number, order: Identified) {
  const { orderRef = '', permId = 0, clientId = 0, account = '' } = order;
  const isWhole = [orderId, permId, clientId].every(Number.isSafeInteger);
  return isWhole ? { orderRef, orderId, permId, clientId, account } : null;
}

function limitOf(order: IbOrder): number | null {
  const price = priceOf(order.lmtPrice);
  return Number.isNaN(price) ? null : price;
}

/** `…01.02` is the second revision of `…01`; an id without a number at its end has only one. */
export function splitExecId(execId: string): { execBase: string; revision: number } {
  const dot = execId.lastIndexOf('.');
  const revision = execId.slice(dot + 1);
  if (dot <= 0 || !/^\d{1,6}$/.test(revision)) return { execBase: execId, revision: 0 };
  return { execBase: execId.slice(0, dot), revision: Number(revision) };
}

/** Null where contract, side, time or numbers cannot be read: it is told, and not booked. */
export function toExecution(
  rawContract: IbContract,
  raw: Execution,
  zone: string,
): ExecutionReport | null {
  const contract = toContract(rawContract);
  const side = toSide(raw.side);
  const quantity = numberOf(raw.shares);
  const price = numberOf(raw.price);
  const execId = raw.execId ?? '';
  const ts = parseBrokerTime(raw.time ?? '', zone);
  // A correction may bring the quantity to 0; nothing may bring it below.
  if (contract === null || side === null || execId === '') return null;
  if (!(quantity >= 0) || !(price >= 0) || Number.isNaN(ts)) return null;
  const { orderId = 0, orderRef = '', permId, clientId, acctNumber: account } = raw;
  const identity = identityOf(orderId, { orderRef, permId, clientId, account });
  if (identity === null) return null;
  return {
    execId,
    ...splitExecId(execId),
    ...identity,
    contract,
    side,
    quantity,
    price,
    ts,
  };
}

/** Null without an execution or an amount. */
export function toCommission(raw: {
  readonly execId?: string;
  readonly commission?: number;
  readonly currency?: string;
  readonly realizedPNL?: number;
}): CommissionReport | null {
  const commission = numberOf(raw.commission);
  if ((raw.execId ?? '') === '' || Number.isNaN(commission)) return null;
  const realizedPnl = numberOf(raw.realizedPNL);
  return {
    execId: raw.execId ?? '',
    commission,
    currency: raw.currency ?? '',
    realizedPnl: Number.isNaN(realizedPnl) ? null : realizedPnl,
  };
}

/** Null where the contract or the quantity cannot be read. */
export function toPosition(
  account: string,
  rawContract: IbContract,
  quantity: unknown,
  avgCost: unknown,
): PositionReport | null {
  // A position names the primary exchange where other messages name the routing.
  const primaryExch = rawContract.primaryExch ?? rawContract.exchange ?? '';
  const contract = toContract({ ...rawContract, primaryExch });
  const signed = numberOf(quantity);
  if (contract === null || Number.isNaN(signed)) return null;
  const cost = numberOf(avgCost);
  return { account, contract, quantity: signed, avgCost: Number.isNaN(cost) ? 0 : cost };
}

/** A contract as a request names it; the id decides, the rest must not contradict it. */
export function fromContract(contract: Contract): IbContract {
  const { conId, symbol, exchange, currency } = contract;
  const common = { conId, symbol, exchange: exchange === '' ? 'SMART' : exchange, currency };
  if (contract.secType === 'STK') {
    const primaryExch = contract.primaryExchange;
    return { ...common, secType: SecType.STK, ...(primaryExch === '' ? {} : { primaryExch }) };
  }
  return {
    ...common,
    secType: SecType.OPT,
    lastTradeDateOrContractMonth: contract.expiry,
    strike: contract.strike,
    right: contract.right === 'C' ? OptionType.Call : OptionType.Put,
    multiplier: contract.multiplier,
    tradingClass: contract.tradingClass,
  };
}

/** The limit price bounds each of them; IB takes it as the cap of a midprice order. */
const WORK: Readonly<
  Record<OrderWork, Pick<IbOrder, 'orderType' | 'algoStrategy' | 'algoParams'>>
> = {
  limit: { orderType: OrderType.LMT },
  midprice: { orderType: OrderType.MIDPRICE },
  adaptive: {
    orderType: OrderType.LMT,
    algoStrategy: 'Adaptive',
    algoParams: [{ tag: 'adaptivePriority', value: 'Normal' }],
  },
};

/** One share at the market, priced and never worked. */
export function whatIfOrder(account: string): IbOrder {
  return {
    action: OrderAction.BUY,
    totalQuantity: 1,
    orderType: OrderType.MKT,
    tif: 'DAY' satisfies TimeInForce,
    account,
    whatIf: true,
    // A what-if that is not transmitted is an error of its own (413).
    transmit: true,
  };
}

/**
 * An order as it goes to the wire. Without `transmit` TWS would hold it in silence, and without a
 * time in force a preset could make it live for ever, so both are always said.
 */
export function fromOrder(ticket: OrderTicket): IbOrder {
  const tif: TimeInForce = ticket.tif;
  return {
    ...WORK[ticket.work ?? 'limit'],
    action: ticket.side === 'BUY' ? OrderAction.BUY : OrderAction.SELL,
    totalQuantity: ticket.quantity,
    lmtPrice: ticket.limitPrice,
    tif,
    ...(ticket.goodTill === null ? {} : { goodTillDate: formatBrokerTime(ticket.goodTill) }),
    account: ticket.account,
    orderRef: ticket.orderRef,
    outsideRth: ticket.outsideRth,
    transmit: true,
  };
}
