/**
 * An exchange in memory that does what a test tells it, at once: orders are acknowledged when they
 * come and filled when the test says so. What it emits, and in which order, is the port's contract.
 */

import type {
  ContractTerms,
  OptionContract,
  StockContract,
} from '../../../../src/domain/contract.ts';
import type {
  ContractQuery,
  ExecutionFilter,
  OptionParameters,
  Research,
  Venue,
  VenueEvent,
  VenueExecution,
  VenueExercise,
  VenueOrder,
  VenueOrderRequest,
  VenuePosition,
  VenueQuote,
} from '../../../../src/gateway/sim/venue.ts';

export const ACCOUNT = 'DU1234567';
/** 2023-08-03 09:31:00 in New York. */
export const NOW = Date.UTC(2023, 7, 3, 13, 31, 0);

export const SPY: StockContract = {
  secType: 'STK',
  conId: 756733,
  symbol: 'SPY',
  exchange: 'SMART',
  primaryExchange: 'ARCA',
  currency: 'USD',
};

export const PUT: OptionContract = {
  secType: 'OPT',
  conId: 641_001,
  symbol: 'SPY',
  underlyingConId: SPY.conId,
  expiry: '20230901',
  strike: 430,
  right: 'P',
  multiplier: 100,
  exchange: 'SMART',
  currency: 'USD',
  tradingClass: 'SPY',
  localSymbol: 'SPY   230901P00430000',
};

export const CALL: OptionContract = {
  ...PUT,
  conId: 641_002,
  strike: 470,
  right: 'C',
  localSymbol: 'SPY   230901C00470000',
};

/** Half way: limited to a time, filled in part. */
export const SELL_ORDER: VenueOrder = {
  clientId: 7,
  orderId: 42,
  permId: 1_000_001,
  account: ACCOUNT,
  contract: SPY,
  side: 'SELL',
  quantity: 112,
  orderType: 'LMT',
  limitPrice: 450.25,
  tif: 'GTD',
  goodTill: '20230803 15:59:00 America/New_York',
  orderRef: 'demo:1:42',
  outsideRth: false,
  status: 'Submitted',
  filled: 12,
  remaining: 100,
  avgFillPrice: 450.3,
  lastFillPrice: 450.3,
  whyHeld: '',
  completedAt: null,
};

const CONTRACTS = [SPY, PUT, CALL];
const HOURS = '20230803:0930-20230803:1600;20230804:0930-20230804:1600';

export class FakeVenue implements Venue {
  readonly exchangeId = 'fake';
  readonly accounts: readonly string[] = [ACCOUNT];
  readonly research = RESEARCH;
  readonly placed: VenueOrderRequest[] = [];
  readonly exercised: VenueExercise[] = [];
  readonly values: Record<string, string> = {
    AccountType: 'INDIVIDUAL',
    NetLiquidation: '100000.00',
    TotalCashValue: '100000.00',
    InitMarginReq: '500.00',
    DailyPnL: '12.50',
  };
  readonly #listeners = new Set<(event: VenueEvent) => void>();
  readonly #watchers = new Map<number, Set<(quote: VenueQuote) => void>>();
  readonly #quotes = new Map<number, VenueQuote>();
  readonly #orders = new Map<string, VenueOrder>();
  readonly #executions: VenueExecution[] = [];
  readonly #positions = new Map<number, VenuePosition>();
  readonly #nextIds = new Map<number, number>();
  #now = NOW;
  #serial = 0;

  constructor() {
    const model = { iv: 0.15, delta: -0.2, gamma: 0.01, vega: 0.4, theta: -0.05, price: 2.1 };
    this.setQuote(SPY.conId, {});
    const premium = { bid: 2.08, ask: 2.12, last: 2.1, close: 2 };
    this.setQuote(PUT.conId, { ...premium, model: { ...model, underlyingPrice: 451 } });
    this.hold(PUT, 10, 210);
  }

  now(): number {
    return this.#now;
  }

  listen(listener: (event: VenueEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  findContracts(query: ContractQuery): readonly ContractTerms[] {
    return CONTRACTS.filter((contract) => {
      if (query.conId !== 0) return contract.conId === query.conId;
      if (query.symbol !== '' && contract.symbol !== query.symbol) return false;
      if (query.secType !== '' && contract.secType !== query.secType) return false;
      if (contract.secType === 'STK') return true;
      if (query.expiry !== '' && contract.expiry !== query.expiry) return false;
      if (query.strike !== 0 && contract.strike !== query.strike) return false;
      return query.right === '' || contract.right === query.right;
    }).map((contract) => ({
      contract,
      longName: contract.secType === 'STK' ? 'SPDR S&P 500 – TRUST' : 'SPY option',
      minTick: 0.01,
      priceIncrements: [{ lowEdge: 0, increment: 0.01 }],
      timeZone: 'America/New_York',
      tradingHours: HOURS,
      liquidHours: HOURS,
    }));
  }

  optionParameters(underlyingConId: number): readonly OptionParameters[] {
    if (underlyingConId !== SPY.conId) return [];
    const expiries = ['20230901'];
    const strikes = [430, 470];
    return [
      {
        exchange: 'SMART',
        underlyingConId,
        tradingClass: 'SPY',
        multiplier: 100,
        expiries,
        strikes,
      },
    ];
  }

  marketRule(id: number): readonly { lowEdge: number; increment: number }[] | null {
    return id === 26 ? [{ lowEdge: 0, increment: 0.01 }] : null;
  }

  marketRuleId(): number {
    return 26;
  }

  quote(conId: number): VenueQuote | null {
    return this.#quotes.get(conId) ?? null;
  }

  /** Who watches any line: what a closed session leaves here is a leak. */
  get watching(): number {
    return [...this.#watchers.values()].reduce((sum, { size }) => sum + size, 0);
  }

  watch(conId: number, listener: (quote: VenueQuote) => void): () => void {
    const watchers = this.#watchers.get(conId) ?? new Set();
    this.#watchers.set(conId, watchers.add(listener));
    const quote = this.quote(conId);
    if (quote !== null) listener(quote);
    return () => watchers.delete(listener);
  }

  nextOrderId(clientId: number): number {
    return this.#nextIds.get(clientId) ?? 1;
  }

  place(request: VenueOrderRequest): void {
    this.placed.push(request);
    const { clientId, orderId } = request;
    const live = this.#orders.get(keyOf(clientId, orderId));
    const isLive = live !== undefined && live.completedAt === null;
    if (!isLive && orderId < this.nextOrderId(clientId)) {
      this.#refuse(clientId, orderId, 103, 'Duplicate order id');
      return;
    }
    this.#serial += 1;
    const order: VenueOrder = {
      ...request,
      permId: live?.permId ?? 1_000_000 + this.#serial,
      contract: CONTRACTS.find(({ conId }) => conId === request.conId) ?? SPY,
      status: 'Submitted',
      filled: live?.filled ?? 0,
      remaining: request.quantity - (live?.filled ?? 0),
      avgFillPrice: 0,
      lastFillPrice: 0,
      whyHeld: '',
      completedAt: null,
    };
    if (request.whatIf) {
      this.emit({ type: 'whatIf', order, initMarginChange: 250, commission: 1.25 });
      return;
    }
    this.#nextIds.set(clientId, Math.max(this.nextOrderId(clientId), orderId + 1));
    this.#tell(order);
  }

  cancel(clientId: number, orderId: number): void {
    const order = this.#orders.get(keyOf(clientId, orderId));
    if (order === undefined || order.completedAt !== null) {
      this.#refuse(clientId, orderId, 10147, `OrderId ${orderId} that needs to be cancelled`);
      return;
    }
    this.#tell({ ...order, status: 'Cancelled', completedAt: this.#now });
    this.#refuse(clientId, orderId, 202, 'Order Canceled - reason:');
  }

  exercise(request: VenueExercise): void {
    this.exercised.push(request);
    const { clientId, id, quantity } = request;
    if (quantity > 10) this.#refuse(clientId, id, 322, 'Exercise failed');
  }

  globalCancel(clientId: number): void {
    for (const order of this.openOrders()) {
      if (order.clientId === clientId) this.cancel(clientId, order.orderId);
    }
  }

  openOrders(): readonly VenueOrder[] {
    return [...this.#orders.values()].filter((order) => order.completedAt === null);
  }

  completedOrders(): readonly VenueOrder[] {
    return [...this.#orders.values()].filter((order) => order.completedAt !== null);
  }

  executions(filter: ExecutionFilter): readonly VenueExecution[] {
    return this.#executions.filter((execution) => {
      if (filter.clientId !== 0 && execution.clientId !== filter.clientId) return false;
      if (filter.side !== '' && execution.side !== filter.side) return false;
      if (filter.symbol !== '' && execution.contract.symbol !== filter.symbol) return false;
      return execution.ts >= filter.since;
    });
  }

  positions(): readonly VenuePosition[] {
    return [...this.#positions.values()];
  }

  accountValues(): Readonly<Record<string, string>> {
    return this.values;
  }

  /** Trades the whole order at `price`: status, execution and position, as an exchange would. */
  fill(clientId: number, orderId: number, price: number): VenueExecution {
    const order = this.#orders.get(keyOf(clientId, orderId));
    if (order === undefined) throw new Error(`no order ${clientId}/${orderId}`);
    const { permId, orderRef, account, contract, side, remaining: quantity } = order;
    const execution: VenueExecution = {
      execId: `0000e0d5.${this.#executions.length + 1}.01.01`,
      ...{ clientId, orderId, permId, orderRef, account, contract, side, quantity, price },
      cumulativeQuantity: order.filled + quantity,
      averagePrice: price,
      commission: 1,
      realizedPnl: null,
      ts: this.#now,
    };
    this.#executions.push(execution);
    this.emit({ type: 'execution', execution });
    const status = 'Filled';
    const done = { filled: order.quantity, remaining: 0, completedAt: this.#now };
    this.#tell({ ...order, ...done, status, avgFillPrice: price, lastFillPrice: price });
    this.hold(contract, side === 'BUY' ? quantity : -quantity, price);
    return execution;
  }

  hold(contract: VenuePosition['contract'], quantity: number, avgCost: number): void {
    const held = this.#positions.get(contract.conId)?.quantity ?? 0;
    const position: VenuePosition = {
      account: ACCOUNT,
      contract,
      quantity: held + quantity,
      avgCost,
      marketPrice: contract.secType === 'STK' ? 450 : 2.1,
      realizedPnl: 0,
      dailyPnl: null,
    };
    this.#positions.set(contract.conId, position);
    this.emit({ type: 'position', position });
  }

  setQuote(conId: number, change: Partial<VenueQuote>): void {
    const before = this.#quotes.get(conId) ?? FIRST_QUOTE;
    const quote = { ...before, ...change, conId };
    this.#quotes.set(conId, quote);
    for (const watcher of this.#watchers.get(conId) ?? []) watcher(quote);
  }

  setValue(key: string, value: string): void {
    this.values[key] = value;
    this.emit({ type: 'account', account: ACCOUNT });
  }

  /** Lock-step: the market stands at `ts`. */
  stepTo(ts: number): void {
    this.#now = ts;
    this.emit({ type: 'time', ts });
  }

  emit(event: VenueEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #tell(order: VenueOrder): void {
    this.#orders.set(keyOf(order.clientId, order.orderId), order);
    this.emit({ type: 'order', order });
  }

  #refuse(clientId: number, orderId: number, code: number, message: string): void {
    this.emit({ type: 'orderError', clientId, orderId, code, message });
  }
}

const RESEARCH: Research = {
  bars(conId, from, to, barMs) {
    const ts = NOW - 60_000;
    if (conId !== SPY.conId || from > ts || to <= ts || barMs <= 0) return [];
    return [{ ts, open: 450, high: 451, low: 449, close: 450.5, volume: 900, count: 9 }];
  },
  headTime: (conId) => (conId === SPY.conId ? NOW - 86_400_000 : null),
  pastTicks({ conId, from, to, countMax, keep }) {
    if (conId !== SPY.conId) return [];
    const ticks = [-3, -2, -1].map((second) => {
      const quote = { bid: 449 - second, ask: 450 - second, bidSize: 3, askSize: 4 };
      return { ts: NOW + second * 1000, price: 450 + second, size: 100, ...quote };
    });
    const found = ticks.filter(({ ts }) => ts >= from && ts < to);
    return keep === 'first' ? found.slice(0, countMax) : found.slice(-countMax);
  },
  dividends: (conId) =>
    conId === SPY.conId
      ? { past12Months: 6.3, next12Months: 6.6, nextDate: '20230915', nextAmount: 1.58 }
      : null,
  statistics: (conId) =>
    conId === SPY.conId ? { impliedVol: 0.15, historicalVol: 0.12, shortableShares: 1000 } : null,
  computeOption(conId, spot, given) {
    if (conId === SPY.conId) return null;
    const iv = 'volatility' in given ? given.volatility : 0.2;
    const price = 'price' in given ? given.price : 3;
    return { iv, delta: -0.3, gamma: 0.01, vega: 0.4, theta: -0.05, price, underlyingPrice: spot };
  },
};

const FIRST_QUOTE: VenueQuote = {
  conId: 0,
  bid: 449.99,
  ask: 450.01,
  last: 450,
  bidSize: 300,
  askSize: 500,
  lastSize: 100,
  close: 448,
  volume: 1000,
  halted: false,
  ts: NOW,
  model: null,
};

function keyOf(clientId: number, orderId: number): string {
  return `${clientId}/${orderId}`;
}
