/**
 * What can be held or traded: shares and listed options, with the broker's ids and the terms that
 * bound a price. A contract is identified by `conId`; everything else may repeat.
 */

export type Right = 'C' | 'P';

export interface StockContract {
  readonly secType: 'STK';
  readonly conId: number;
  readonly symbol: string;
  readonly exchange: string;
  readonly primaryExchange: string;
  readonly currency: string;
}

export interface OptionContract {
  readonly secType: 'OPT';
  readonly conId: number;
  /** The underlying's symbol. */
  readonly symbol: string;
  /** The underlying's contract id; 0 while it is not known. */
  readonly underlyingConId: number;
  /** Last trading day, `YYYYMMDD`. */
  readonly expiry: string;
  /** In the contract's currency per share. */
  readonly strike: number;
  readonly right: Right;
  /** Shares for one contract. */
  readonly multiplier: number;
  readonly exchange: string;
  readonly currency: string;
  readonly tradingClass: string;
  readonly localSymbol: string;
}

export type Contract = StockContract | OptionContract;

/** A step of a market rule: from `lowEdge` (USD) upwards prices move by `increment` (USD). */
export interface PriceIncrement {
  readonly lowEdge: number;
  readonly increment: number;
}

/** What contract details say beyond identity. */
export interface ContractTerms {
  readonly contract: Contract;
  readonly longName: string;
  readonly minTick: number;
  readonly priceIncrements: readonly PriceIncrement[];
  /** IANA name, such as `America/New_York`. */
  readonly timeZone: string;
  /** As IB writes them: `20260803:0930-20260803:1600;20260804:CLOSED;…`. */
  readonly tradingHours: string;
  readonly liquidHours: string;
}

/** The key of price and position rows: `symbol|sec_type|expiry|strike|right`. */
export function contractKey(contract: Contract): string {
  if (contract.secType === 'STK') return `${contract.symbol}|STK|||`;
  const { symbol, expiry, strike, right } = contract;
  return `${symbol}|OPT|${expiry}|${strike}|${right}`;
}

/** How people write it: `SPY`, or `SPY 2023-09-01 430 P`. */
export function contractLabel(contract: Contract): string {
  if (contract.secType === 'STK') return contract.symbol;
  const { symbol, expiry, strike, right } = contract;
  const date = `${expiry.slice(0, 4)}-${expiry.slice(4, 6)}-${expiry.slice(6, 8)}`;
  return `${symbol} ${date} ${strike} ${right}`;
}
