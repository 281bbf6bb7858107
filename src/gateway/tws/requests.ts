/** What clients ask, decoded: the shape between the wire and the part that serves it. */

import type { FieldReader } from './field-reader.ts';

/** A contract as a client describes it; `''` and 0 where it left a field out. */
export interface WireContract {
  readonly conId: number;
  readonly symbol: string;
  readonly secType: string;
  readonly expiry: string;
  readonly strike: number;
  /** `C`, `P` or `''`, whatever spelling came. */
  readonly right: string;
  readonly multiplier: string;
  readonly exchange: string;
  readonly primaryExchange: string;
  readonly currency: string;
  readonly localSymbol: string;
  readonly tradingClass: string;
}

/** An order as it came, with what would change its meaning and this gateway cannot do. */
export interface WireOrder {
  readonly orderId: number;
  readonly contract: WireContract;
  readonly action: string;
  readonly quantity: number;
  readonly orderType: string;
  readonly limitPrice: number | null;
  readonly tif: string;
  readonly account: string;
  readonly orderRef: string;
  readonly transmit: boolean;
  readonly parentId: number;
  readonly ocaGroup: string;
  readonly outsideRth: boolean;
  readonly goodAfter: string;
  readonly goodTill: string;
  readonly hedgeType: string;
  readonly hasDeltaNeutralContract: boolean;
  readonly algoStrategy: string;
  readonly whatIf: boolean;
  readonly conditions: number;
}

export type ClientRequest =
  | { readonly type: 'startApi'; readonly clientId: number }
  | {
      readonly type: 'reqMktData';
      readonly id: number;
      readonly contract: WireContract;
      readonly genericTicks: string;
      readonly snapshot: boolean;
    }
  | { readonly type: 'placeOrder'; readonly order: WireOrder }
  | { readonly type: 'cancelOrder'; readonly orderId: number }
  | { readonly type: 'reqAccountUpdates'; readonly subscribe: boolean; readonly account: string }
  | {
      readonly type: 'reqExecutions';
      readonly id: number;
      readonly clientId: number;
      readonly account: string;
      readonly time: string;
      readonly symbol: string;
      readonly secType: string;
      readonly side: string;
    }
  | { readonly type: 'reqContractDetails'; readonly id: number; readonly contract: WireContract }
  | { readonly type: 'reqMarketDataType'; readonly marketDataType: number }
  | { readonly type: 'reqAccountSummary'; readonly id: number; readonly tags: string }
  | {
      readonly type: 'reqPositionsMulti' | 'reqAccountUpdatesMulti' | 'reqPnl';
      readonly id: number;
      readonly account: string;
      readonly model: string;
    }
  | {
      readonly type: 'reqPnlSingle';
      readonly id: number;
      readonly account: string;
      readonly conId: number;
    }
  | {
      readonly type: 'reqSecDefOptParams';
      readonly id: number;
      readonly symbol: string;
      readonly conId: number;
    }
  | { readonly type: 'reqMarketRule'; readonly ruleId: number }
  | { readonly type: 'reqCompletedOrders'; readonly apiOnly: boolean }
  | {
      readonly type: 'reqHistoricalData';
      readonly id: number;
      readonly contract: WireContract;
      readonly end: string;
      readonly barSize: string;
      readonly duration: string;
      readonly what: string;
      readonly dateFormat: number;
      readonly keepUpToDate: boolean;
    }
  | {
      readonly type: 'reqHeadTimestamp';
      readonly id: number;
      readonly contract: WireContract;
      readonly what: string;
      readonly dateFormat: number;
    }
  | {
      readonly type: 'reqTickByTickData';
      readonly id: number;
      readonly contract: WireContract;
      readonly tickType: string;
    }
  | {
      readonly type: 'reqRealTimeBars';
      readonly id: number;
      readonly contract: WireContract;
      readonly what: string;
    }
  | {
      readonly type: 'reqHistoricalTicks';
      readonly id: number;
      readonly contract: WireContract;
      readonly start: string;
      readonly end: string;
      readonly count: number;
      readonly what: string;
    }
  | {
      readonly type: 'exerciseOptions';
      readonly id: number;
      readonly contract: WireContract;
      readonly action: number;
      readonly quantity: number;
      readonly account: string;
      readonly override: boolean;
    }
  | {
      readonly type: 'reqSoftDollarTiers' | 'reqSmartComponents' | 'reqUserInfo';
      readonly id: number;
    }
  | { readonly type: 'reqMatchingSymbols'; readonly id: number; readonly pattern: string }
  | {
      readonly type: 'calculateImpliedVolatility' | 'calculateOptionPrice';
      readonly id: number;
      readonly contract: WireContract;
      /** The option's price or its volatility. */
      readonly given: number;
      readonly underlyingPrice: number;
    }
  | { readonly type: CancelRequest; readonly id: number }
  | { readonly type: BareRequest };

/** Requests that end another one, named by its id. */
export type CancelRequest =
  | 'cancelMktData'
  | 'cancelAccountSummary'
  | 'cancelPositionsMulti'
  | 'cancelAccountUpdatesMulti'
  | 'cancelPnl'
  | 'cancelHistoricalData'
  | 'cancelHeadTimestamp'
  | 'cancelRealTimeBars'
  | 'cancelTickByTickData'
  | 'cancelCalculateImpliedVolatility'
  | 'cancelCalculateOptionPrice'
  | 'cancelPnlSingle';

/** Requests whose arguments, if they have any, change nothing here. */
export type BareRequest =
  | 'reqOpenOrders'
  | 'reqAllOpenOrders'
  | 'reqAutoOpenOrders'
  | 'reqIds'
  | 'reqManagedAccounts'
  | 'reqCurrentTime'
  | 'reqGlobalCancel'
  | 'reqPositions'
  | 'cancelPositions'
  | 'setServerLogLevel'
  | 'reqNewsBulletins'
  | 'cancelNewsBulletins'
  | 'reqFamilyCodes'
  | 'reqMktDepthExchanges'
  | 'reqNewsProviders';

export type Decoded =
  | { readonly kind: 'request'; readonly request: ClientRequest }
  /** `id` is the request's own where it could be read, else −1. */
  | { readonly kind: 'malformed'; readonly id: number; readonly reason: string }
  /** The protocol has it, or may have it, and this gateway does not serve it. */
  | {
      readonly kind: 'unsupported';
      readonly id: number;
      readonly code: number;
      readonly text: string;
    }
  | { readonly kind: 'ignored' };

/** What one decoder needs: the fields after the message id, and where to note the request's. */
export interface Decoding {
  readonly reader: FieldReader;
  readonly version: number;
  /** Reads the request id and keeps it, so that an error after it goes to that request. */
  id(): number;
}

export type Decoder = (decoding: Decoding) => ClientRequest;
