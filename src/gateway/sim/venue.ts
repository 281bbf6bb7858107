/**
 * The simulated exchange as its TWS server sees it: no sockets on one side, no wire formats on the
 * other. Everything that changes comes as an event, in the order in which it happened; what the
 * server answers to a query it reads here. The exchange journals before it emits, so that what a
 * client was told is still true after a restart.
 */

import type { Contract, ContractTerms } from '../../domain/contract.ts';
import type { OrderSide } from '../../domain/order.ts';

/** A quote of one line; NaN where there is none. Sizes in shares or contracts. */
export interface VenueQuote {
  readonly conId: number;
  readonly bid: number;
  readonly ask: number;
  readonly last: number;
  readonly bidSize: number;
  readonly askSize: number;
  readonly lastSize: number;
  /** The previous session's close. */
  readonly close: number;
  readonly volume: number;
  readonly halted: boolean;
  /** Exchange time of the last change, epoch ms. */
  readonly ts: number;
  /** The line is dead, and nothing says so: whoever asks for its quote gets none. */
  readonly silent?: boolean;
  /** The exchange's own option model (tick 13); null for stocks and where it has none. */
  readonly model: {
    readonly iv: number;
    readonly delta: number;
    readonly gamma: number;
    readonly vega: number;
    readonly theta: number;
    readonly price: number;
    readonly underlyingPrice: number;
    /** Of the cash dividends that are known until expiry, USD per share; absent: none. */
    readonly pvDividend?: number;
  } | null;
}

/** `''` and 0 stand for "any", as on the wire. */
export interface ContractQuery {
  readonly conId: number;
  readonly symbol: string;
  readonly secType: string;
  readonly expiry: string;
  readonly strike: number;
  readonly right: string;
}

export interface OptionParameters {
  readonly exchange: string;
  readonly underlyingConId: number;
  readonly tradingClass: string;
  readonly multiplier: number;
  readonly expiries: readonly string[];
  readonly strikes: readonly number[];
}

export type VenueOrderType = 'MKT' | 'LMT' | 'MIDPRICE';
export type VenueTif = 'DAY' | 'IOC' | 'GTD' | 'GTC' | 'OPG';

/** What a client asked for, decoded and complete; the exchange decides whether it is acceptable. */
export interface VenueOrderRequest {
  readonly clientId: number;
  readonly orderId: number;
  readonly account: string;
  readonly conId: number;
  readonly side: OrderSide;
  readonly quantity: number;
  readonly orderType: string;
  readonly limitPrice: number | null;
  readonly tif: string;
  /** GTD: as the client wrote it, `yyyymmdd hh:mm:ss zone` or UTC `yyyymmdd-hh:mm:ss`. */
  readonly goodTill: string;
  readonly orderRef: string;
  readonly outsideRth: boolean;
  readonly transmit: boolean;
  readonly whatIf: boolean;
}

export type VenueOrderStatus =
  | 'PendingSubmit'
  | 'PreSubmitted'
  | 'Submitted'
  | 'PendingCancel'
  | 'Cancelled'
  | 'Filled'
  | 'Inactive';

export interface VenueOrder {
  readonly clientId: number;
  readonly orderId: number;
  readonly permId: number;
  readonly account: string;
  readonly contract: Contract;
  readonly side: OrderSide;
  readonly quantity: number;
  readonly orderType: string;
  readonly limitPrice: number | null;
  readonly tif: string;
  readonly goodTill: string;
  readonly orderRef: string;
  readonly outsideRth: boolean;
  readonly status: VenueOrderStatus;
  readonly filled: number;
  readonly remaining: number;
  readonly avgFillPrice: number;
  readonly lastFillPrice: number;
  readonly whyHeld: string;
  /** Exchange time of completion, epoch ms; null while it lives. */
  readonly completedAt: number | null;
}

export interface VenueExecution {
  readonly execId: string;
  readonly clientId: number;
  readonly orderId: number;
  readonly permId: number;
  readonly orderRef: string;
  readonly account: string;
  readonly contract: Contract;
  readonly side: OrderSide;
  readonly quantity: number;
  readonly price: number;
  readonly cumulativeQuantity: number;
  readonly averagePrice: number;
  readonly commission: number;
  /** USD; null where the fill closed nothing. */
  readonly realizedPnl: number | null;
  readonly ts: number;
}

export interface VenuePosition {
  readonly account: string;
  readonly contract: Contract;
  readonly quantity: number;
  /** Per share; options: per contract, multiplier included. */
  readonly avgCost: number;
  readonly marketPrice: number;
  readonly realizedPnl: number;
  /** USD since the close of the session before, commissions included; null: not known. */
  readonly dailyPnl: number | null;
}

/** What a holder of options wants done with them; numbers as the wire has them. */
export interface VenueExercise {
  readonly clientId: number;
  /** The request's own id, under which it is refused. */
  readonly id: number;
  /** `''`: the only one there is. */
  readonly account: string;
  readonly conId: number;
  /** 1: exercise, 2: let lapse. */
  readonly action: number;
  /** Contracts. */
  readonly quantity: number;
  /** Against what would happen by itself: an exercise out of the money, a lapse in it. */
  readonly override: boolean;
}

export type VenueEvent =
  | { readonly type: 'order'; readonly order: VenueOrder }
  /** A refusal or a message about an order (201, 202, 110, 103, 321, 399, …). */
  | {
      readonly type: 'orderError';
      readonly clientId: number;
      readonly orderId: number;
      readonly code: number;
      readonly message: string;
    }
  | {
      readonly type: 'whatIf';
      readonly order: VenueOrder;
      readonly initMarginChange: number;
      /** USD; what the order would cost if it filled whole. */
      readonly commission?: number;
    }
  /** The commission report follows it on the wire, unless it is withheld. */
  | {
      readonly type: 'execution';
      readonly execution: VenueExecution;
      readonly withheld?: boolean;
    }
  /** A commission report that was withheld. */
  | { readonly type: 'commission'; readonly execution: VenueExecution }
  | { readonly type: 'position'; readonly position: VenuePosition }
  | { readonly type: 'account'; readonly account: string }
  /** Lock-step: the market has been brought to this time and everything due was emitted before. */
  | { readonly type: 'time'; readonly ts: number }
  /** A fault of the gateway itself, which its server performs. */
  | { readonly type: 'connection'; readonly fault: ConnectionFault };

export type ConnectionFault =
  | { readonly kind: 'disconnect' }
  /** Half-open: connections stand, and nothing is read or written. */
  | { readonly kind: 'silence'; readonly on: boolean }
  | { readonly kind: 'refuse'; readonly on: boolean }
  /** A client id (null: every one) counts as taken. */
  | { readonly kind: 'claim'; readonly on: boolean; readonly clientId: number | null }
  /** The API lets clients look, and neither trade nor ask for orders. */
  | { readonly kind: 'read_only'; readonly on: boolean }
  /** Each write waits so many real ms; 0 ends it. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  | { readonly kind: 'system'; readonly code: number }
  | { readonly kind: 'pacing'; readonly disconnect: boolean }
  /** Every market-data line is refused or degraded with this code. */
  | { readonly kind: 'lines'; readonly code: number };

/** What a bar is made of; all but trades have no volume. */
export const BAR_KINDS = [
  'TRADES',
  'MIDPOINT',
  'BID',
  'ASK',
  'BID_ASK',
  'ADJUSTED_LAST',
  'HISTORICAL_VOLATILITY',
  'OPTION_IMPLIED_VOLATILITY',
] as const;
export type BarKind = (typeof BAR_KINDS)[number];

/**
 * Prices of a stretch of time; `ts` is its beginning, epoch ms. Volume and count are −1 where the
 * kind has none. BID_ASK: the open is the mean bid, the close the mean ask, low and high the
 * extremes of both.
 */
export interface VenueBar {
  readonly ts: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly count: number;
}

export type PastTickKind = 'TRADES' | 'MIDPOINT' | 'BID_ASK';

export interface PastTicksQuery {
  readonly conId: number;
  readonly kind: PastTickKind;
  /** Epoch ms, `[from, to)`. */
  readonly from: number;
  readonly to: number;
  readonly countMax: number;
  /** Which of them, where there are more: the first after `from` or the last before `to`. */
  readonly keep: 'first' | 'last';
}

/** One past tick. TRADES and MIDPOINT have price and size (0 of a middle), BID_ASK the rest. */
export interface VenueTick {
  readonly ts: number;
  readonly price: number;
  readonly size: number;
  readonly bid: number;
  readonly ask: number;
  readonly bidSize: number;
  readonly askSize: number;
}

/** What tick 59 tells; USD per share. */
export interface VenueDividends {
  readonly past12Months: number;
  readonly next12Months: number;
  /** The next ex-date, `YYYYMMDD`; `''` where none is known. */
  readonly nextDate: string;
  readonly nextAmount: number;
}

/** What generic ticks tell of a line; volatilities annualised. */
/** Contracts of all options of a stock. */
export interface OptionActivity {
  readonly callOpenInterest: number;
  readonly putOpenInterest: number;
  /** Today's. */
  readonly callVolume: number;
  readonly putVolume: number;
}

export interface VenueStatistics {
  /** Absent: not known. */
  readonly options?: OptionActivity;
  readonly impliedVol: number;
  readonly historicalVol: number;
  /** Shares that can be borrowed. */
  readonly shortableShares: number;
}

export interface ExecutionFilter {
  readonly clientId: number;
  readonly account: string;
  /** Epoch ms, 0 = all of today. */
  readonly since: number;
  readonly symbol: string;
  readonly secType: string;
  readonly side: string;
}

/** What helps a client to decide and has no part in trading. */
export interface Research {
  /** Bars that begin in `[from, to)`, oldest first; default: MIDPOINT. */
  bars(conId: number, from: number, to: number, barMs: number, kind?: BarKind): readonly VenueBar[];
  /** The earliest moment there are bars of; null where there are none. */
  headTime(conId: number, kind?: BarKind): number | null;
  /** Past ticks, oldest first. */
  pastTicks(query: PastTicksQuery): readonly VenueTick[];
  /** Null for what pays none. */
  dividends(conId: number): VenueDividends | null;
  /** Null for an option, and where nobody knows. */
  statistics(conId: number): VenueStatistics | null;
  /** The exchange's model of an option at a given price or volatility; null without an answer. */
  computeOption(
    conId: number,
    spot: number,
    given: { readonly price: number } | { readonly volatility: number },
  ): VenueQuote['model'];
}

export interface Venue {
  readonly exchangeId: string;
  readonly accounts: readonly string[];
  /** Exchange time, epoch ms. */
  now(): number;
  /** Every event, in order; returns the function that ends it. */
  listen(listener: (event: VenueEvent) => void): () => void;

  findContracts(query: ContractQuery): readonly ContractTerms[];
  optionParameters(underlyingConId: number): readonly OptionParameters[];
  marketRule(
    id: number,
  ): readonly { readonly lowEdge: number; readonly increment: number }[] | null;
  /** The market-rule id that contract details announce for a contract. */
  marketRuleId(conId: number): number;

  /** Null for a contract the exchange does not quote. */
  quote(conId: number): VenueQuote | null;
  /** Each change of one line; the first call comes at once with what is there. */
  watch(conId: number, listener: (quote: VenueQuote) => void): () => void;

  /** Charts and computations, where the venue has any. */
  readonly research?: Research;

  /** One above every id this client has used. */
  nextOrderId(clientId: number): number;
  /** A new order, or (same client and order id, still live) a modification. Answers by events. */
  place(request: VenueOrderRequest): void;
  cancel(clientId: number, orderId: number): void;
  /**
   * Takes an instruction for the evening, or refuses it by an `orderError` under its id. As at IB
   * nothing else is told before positions and cash change.
   */
  exercise(request: VenueExercise): void;
  globalCancel(clientId: number): void;

  openOrders(): readonly VenueOrder[];
  completedOrders(): readonly VenueOrder[];
  executions(filter: ExecutionFilter): readonly VenueExecution[];
  positions(): readonly VenuePosition[];
  /** IB's account tags, such as `NetLiquidation`, with their values as text. */
  accountValues(account: string): Readonly<Record<string, string>>;
}
