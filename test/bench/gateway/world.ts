/**
 * The least exchange that a daemon can trade on: a stock or many, four options of each held in one
 * account, two price levels, and every order filled the moment it is read. It has no market of its
 * own, no disk and no latency, so that it costs the run as little as it can.
 */

import assert from 'node:assert/strict';
import type {
  Contract,
  OptionContract,
  Right,
  StockContract,
} from '../../../src/domain/contract.ts';
import {
  findContracts,
  type Listing,
  MARKET_RULE_ID,
  optionParameters,
  PRICE_INCREMENTS,
  termsOf,
} from '../../../src/gateway/sim/listing.ts';
import type {
  Venue,
  VenueEvent,
  VenueExecution,
  VenueOrder,
  VenueOrderRequest,
  VenuePosition,
  VenueQuote,
} from '../../../src/gateway/sim/venue.ts';
import { priceEuropean } from '../../../src/pricing/black-scholes.ts';
import { yearsToExpiry } from '../../../src/pricing/time-to-expiry.ts';
import { CLIENT_IDS } from './protocol.ts';

export const SYMBOL = 'NVDA';
export const UNDERLYING_ID = 4815747;
const ACCOUNT = 'DU0000001';
const EXPIRY = '20261009';
const STRIKES = [177.5, 182.5] as const;
/** Contracts of each leg: the book's gamma is about 800 shares per dollar. */
const CONTRACTS = 100;
const VOLATILITY = 0.4;
const RATE = 0.05;
/** A Monday, 11:00 in New York: the session lasts five more hours. */
const OPENED = Date.UTC(2026, 8, 14, 15, 0, 0);
const FIRST_PERM_ID = 700_000_000;

/** Mids of the underlying between which ticks go: some 150 shares of delta lie between them. */
export const LEVELS = [180, 180.2] as const;
const HALF_SPREAD = 0.01;
const SIZE = 400;

/** What one book trades. */
interface Listed {
  readonly stock: StockContract;
  readonly options: readonly OptionContract[];
}

export class BenchWorld implements Venue {
  readonly exchangeId = 'bench';
  readonly accounts = [ACCOUNT];
  /** The first underlying's mid; the others stand still. */
  mid: number = LEVELS[0];
  orders = 0;
  /** One for each book, the first of them the one that `cross` moves. */
  readonly stocks: readonly StockContract[];
  readonly #listing: Listing;
  readonly #options: readonly OptionContract[];
  readonly #listeners = new Set<(event: VenueEvent) => void>();
  readonly #nextIds = new Map<number, number>();
  readonly #executions: VenueExecution[] = [];
  readonly #shares = new Map<number, number>();

  constructor(books = 1) {
    const listed = Array.from({ length: books }, (_, index) => list(index));
    this.stocks = listed.map(({ stock }) => stock);
    this.#options = listed.flatMap(({ options }) => options);
    const contracts = new Map<number, Contract>();
    for (const contract of [...this.stocks, ...this.#options]) {
      contracts.set(contract.conId, contract);
    }
    this.#listing = { contracts, names: new Map(), deliverables: new Map() };
  }

  now(): number {
    return OPENED + performance.now();
  }

  listen(listener: (event: VenueEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  findContracts(query: Parameters<Venue['findContracts']>[0]) {
    const found = findContracts(this.#listing, query);
    return found.map((contract) => termsOf(this.#listing, contract, this.now()));
  }

  optionParameters(conId: number) {
    return optionParameters(this.#listing, conId);
  }

  marketRule(id: number) {
    return id === MARKET_RULE_ID ? PRICE_INCREMENTS : null;
  }

  marketRuleId(): number {
    return MARKET_RULE_ID;
  }

  quote(conId: number): VenueQuote | null {
    const contract = this.#listing.contracts.get(conId);
    if (contract === undefined) return null;
    return contract.secType === 'STK'
      ? quoteOf(conId, this.#midOf(conId), HALF_SPREAD, this.now())
      : quoteOf(conId, midOfOption(contract), 0.02, this.now());
  }

  /** What is there, once: ticks are written past this, as the bytes they are. */
  watch(conId: number, listener: (quote: VenueQuote) => void): () => void {
    const quote = this.quote(conId);
    if (quote !== null) listener(quote);
    return () => undefined;
  }

  nextOrderId(clientId: number): number {
    return this.#nextIds.get(clientId) ?? 1;
  }

  /** Acknowledged, filled whole at its limit, and told in the order in which TWS tells it. */
  place(request: VenueOrderRequest): void {
    if (request.whatIf) {
      const order = this.#order(request, this.#midOf(request.conId));
      this.#tell({ type: 'whatIf', order, initMarginChange: 0 });
      return;
    }
    assert(request.limitPrice !== null);
    this.orders += 1;
    this.#nextIds.set(request.clientId, request.orderId + 1);
    const working = this.#order(request, request.limitPrice);
    const filled: VenueOrder = {
      ...working,
      status: 'Filled',
      filled: request.quantity,
      remaining: 0,
      avgFillPrice: request.limitPrice,
      lastFillPrice: request.limitPrice,
      completedAt: this.now(),
    };
    const execution = this.#execution(filled, request.limitPrice);
    this.#tell({ type: 'order', order: working });
    this.#tell({ type: 'execution', execution });
    this.#tell({ type: 'order', order: filled });
    // What the echo trades is nobody's: else the daemon would have foreign shares to explain.
    if (request.clientId !== CLIENT_IDS.daemon.orders) return;
    const signed = request.side === 'BUY' ? request.quantity : -request.quantity;
    this.#shares.set(request.conId, (this.#shares.get(request.conId) ?? 0) + signed);
    this.#executions.push(execution);
    this.#tell({ type: 'position', position: this.#sharePosition(this.#stockOf(request.conId)) });
  }

  cancel(): void {
    // Nothing works long enough to be cancelled.
  }

  exercise(): void {
    // Nobody asks for it here.
  }

  globalCancel(): void {
    // Likewise.
  }

  openOrders(): readonly VenueOrder[] {
    return [];
  }

  completedOrders(): readonly VenueOrder[] {
    return [];
  }

  executions(): readonly VenueExecution[] {
    return this.#executions;
  }

  positions(): readonly VenuePosition[] {
    const options = this.#options.map((contract) => ({
      account: ACCOUNT,
      contract,
      quantity: CONTRACTS,
      avgCost: midOfOption(contract) * contract.multiplier,
      marketPrice: midOfOption(contract),
      realizedPnl: 0,
      dailyPnl: 0,
    }));
    return [...options, ...this.stocks.map((stock) => this.#sharePosition(stock))];
  }

  accountValues() {
    return { NetLiquidation: '1000000', TotalCashValue: '500000', BuyingPower: '2000000' };
  }

  #midOf(conId: number): number {
    return conId === UNDERLYING_ID ? this.mid : LEVELS[0];
  }

  #stockOf(conId: number): StockContract {
    const contract = this.#listing.contracts.get(conId);
    assert(contract?.secType === 'STK', 'shares alone are traded here');
    return contract;
  }

  #sharePosition(contract: StockContract): VenuePosition {
    const mid = this.#midOf(contract.conId);
    return {
      account: ACCOUNT,
      contract,
      quantity: this.#shares.get(contract.conId) ?? 0,
      avgCost: mid,
      marketPrice: mid,
      realizedPnl: 0,
      dailyPnl: 0,
    };
  }

  #order(request: VenueOrderRequest, limitPrice: number): VenueOrder {
    const { clientId, orderId, side, quantity, orderType, tif, goodTill, orderRef } = request;
    return {
      clientId,
      orderId,
      permId: FIRST_PERM_ID + this.orders,
      account: ACCOUNT,
      contract: this.#stockOf(request.conId),
      side,
      quantity,
      orderType,
      limitPrice,
      tif,
      goodTill,
      orderRef,
      outsideRth: request.outsideRth,
      status: 'Submitted',
      filled: 0,
      remaining: quantity,
      avgFillPrice: 0,
      lastFillPrice: 0,
      whyHeld: '',
      completedAt: null,
    };
  }

  #execution(order: VenueOrder, price: number): VenueExecution {
    const { clientId, orderId, permId, orderRef, side, quantity } = order;
    return {
      execId: `0000e0d5.${this.orders.toString(16).padStart(8, '0')}.01.01`,
      clientId,
      orderId,
      permId,
      orderRef,
      account: ACCOUNT,
      contract: order.contract,
      side,
      quantity,
      price,
      cumulativeQuantity: quantity,
      averagePrice: price,
      commission: 1,
      realizedPnl: null,
      ts: this.now(),
    };
  }

  #tell(event: VenueEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

/** Names of six letters and a number for all but the first. */
export function symbolOf(index: number): string {
  return index === 0 ? SYMBOL : `BENCH${index}`;
}

function list(index: number): Listed {
  const conId = UNDERLYING_ID + index;
  const symbol = symbolOf(index);
  const options = STRIKES.flatMap((strike, row) =>
    (['C', 'P'] as const).map((right, column) =>
      option({ conId: 900_001 + index * 4 + row * 2 + column, symbol, strike, right }, conId),
    ),
  );
  return { stock: stock(conId, symbol), options };
}

function stock(conId: number, symbol: string): StockContract {
  return {
    secType: 'STK',
    conId,
    symbol,
    exchange: 'SMART',
    primaryExchange: 'NASDAQ',
    currency: 'USD',
  };
}

interface Series {
  readonly conId: number;
  readonly symbol: string;
  readonly strike: number;
  readonly right: Right;
}

function option(series: Series, underlyingConId: number): OptionContract {
  const { symbol, strike, right } = series;
  return {
    secType: 'OPT',
    ...series,
    underlyingConId,
    expiry: EXPIRY,
    multiplier: 100,
    exchange: 'SMART',
    currency: 'USD',
    tradingClass: symbol,
    localSymbol: `${symbol.padEnd(6)}${EXPIRY.slice(2)}${right}${thousandths(strike)}`,
  };
}

function thousandths(strike: number): string {
  return String(strike * 1000).padStart(8, '0');
}

/** At the lower level: option quotes stand still, as they mostly do between two stock ticks. */
function midOfOption({ right, strike, expiry }: OptionContract): number {
  const years = yearsToExpiry(expiry, OPENED);
  const terms = { right, strike, years, rate: RATE, dividendYield: 0, sigma: VOLATILITY };
  const priced = priceEuropean({ spot: LEVELS[0], ...terms });
  assert(priced.kind === 'priced');
  return Math.round(priced.price * 100) / 100;
}

function quoteOf(conId: number, mid: number, half: number, ts: number): VenueQuote {
  const cents = (price: number): number => Math.round(price * 100) / 100;
  return {
    conId,
    bid: cents(mid - half),
    ask: cents(mid + half),
    last: cents(mid),
    bidSize: SIZE,
    askSize: SIZE,
    lastSize: 100,
    close: cents(mid),
    volume: 1000,
    halted: false,
    ts,
    model: null,
  };
}
