/**
 * What the exchange lists: the stocks and option chains of a scenario or a tape, with ids that are
 * the same in every run, because a client's stored positions name contracts by id.
 */

import assert from 'node:assert/strict';
import {
  isTradingDay,
  newYorkDate,
  previousTradingDay,
  tradingSession,
} from '../../domain/calendar.ts';
import { derivedConId } from '../../domain/con-id.ts';
import type {
  Contract,
  ContractTerms,
  OptionContract,
  PriceIncrement,
  Right,
  StockContract,
} from '../../domain/contract.ts';
import { contractKey } from '../../domain/contract.ts';
import type { RecordedTape } from '../../domain/tape.ts';
import type { Deliverable, ListingChange } from './rights.ts';
import type { Scenario, ScenarioUnderlying } from './scenario.ts';
import type { ContractQuery, OptionParameters } from './venue.ts';
import { EXCHANGE_ZONE, formatExchangeTime } from './zoned-time.ts';

/** One rule for all: cents everywhere. The id is the one IB announces for US stocks. */
export const MARKET_RULE_ID = 26;
export const MIN_TICK = 0.01;
export const PRICE_INCREMENTS: readonly PriceIncrement[] = [{ lowEdge: 0, increment: MIN_TICK }];

/** As many days of hours as TWS announces. */
const HOURS_DAYS = 6;
const MULTIPLIER = 100;

export interface Listing {
  readonly contracts: ReadonlyMap<number, Contract>;
  readonly names: ReadonlyMap<number, string>;
  /** Of contracts that bring something else than shares by their multiplier. */
  readonly deliverables: ReadonlyMap<number, Deliverable>;
}

/** The listing of a running exchange: contracts change when their underlying does. */
export interface LiveListing extends Listing {
  change(change: ListingChange): void;
}

/** What was listed first, with the changes since. */
export function liveListing(first: Listing, changes: readonly ListingChange[]): LiveListing {
  const contracts = new Map(first.contracts);
  const deliverables = new Map(first.deliverables);
  const change = ({ removed, contract, deliverable }: ListingChange): void => {
    if (removed !== null) {
      contracts.delete(removed);
      deliverables.delete(removed);
      add(contracts, contract);
    }
    contracts.set(contract.conId, contract);
    if (deliverable !== null) deliverables.set(contract.conId, deliverable);
  };
  for (const entry of changes) change(entry);
  return { contracts, deliverables, names: first.names, change };
}

/** What one option brings. */
export function deliverableOf(listing: Listing, option: OptionContract): Deliverable {
  return listing.deliverables.get(option.conId) ?? { shares: option.multiplier, cash: 0 };
}

/** Every contract of the model, with its name. */
export function listScenario(scenario: Scenario): Listing {
  const contracts = new Map<number, Contract>();
  const names = new Map<number, string>();
  for (const underlying of scenario.underlyings) {
    const stock = stockOf(underlying);
    add(contracts, stock);
    names.set(stock.conId, underlying.name === '' ? underlying.symbol : underlying.name);
    for (const expiry of chainExpiries(underlying, scenario.start)) {
      for (const strike of chainStrikes(underlying)) {
        for (const right of ['C', 'P'] as const) {
          add(contracts, optionOf(stock, expiry, strike, right));
        }
      }
    }
  }
  return { contracts, names, deliverables: new Map() };
}

/** Every contract that is recorded. */
export function listTape(tape: RecordedTape): Listing {
  const contracts = new Map<number, Contract>();
  for (const { contract } of tape.instruments) add(contracts, contract);
  return { contracts, names: new Map(), deliverables: new Map() };
}

/** The stock of a symbol, where it is listed. */
export function findStock(listing: Listing, symbol: string): StockContract | undefined {
  for (const contract of listing.contracts.values()) {
    if (contract.secType === 'STK' && contract.symbol === symbol) return contract;
  }
  return undefined;
}

/** Every listed contract a query fits, in a stable order. */
export function findContracts(listing: Listing, query: ContractQuery): readonly Contract[] {
  if (query.conId !== 0) {
    const contract = listing.contracts.get(query.conId);
    return contract === undefined ? [] : [contract];
  }
  const found = [...listing.contracts.values()].filter((contract) => fits(contract, query));
  return found.sort((a, b) => compare(sortKey(a), sortKey(b)));
}

/** Expiries and strikes of an underlying, by trading class and multiplier. */
export function optionParameters(
  listing: Listing,
  underlyingConId: number,
): readonly OptionParameters[] {
  const classes = new Map<string, OptionContract[]>();
  for (const option of optionsOf(listing, underlyingConId)) {
    const key = `${option.tradingClass}|${option.multiplier}`;
    const members = classes.get(key);
    if (members === undefined) classes.set(key, [option]);
    else members.push(option);
  }
  return [...classes.values()].flatMap((options) => {
    const [first] = options;
    if (first === undefined) return [];
    const { exchange, tradingClass, multiplier } = first;
    const expiries = [...new Set(options.map((option) => option.expiry))].sort();
    const strikes = [...new Set(options.map((option) => option.strike))].sort((a, b) => a - b);
    return [{ exchange, underlyingConId, tradingClass, multiplier, expiries, strikes }];
  });
}

/** Every listed option of a stock. */
export function optionsOf(listing: Listing, underlyingConId: number): readonly OptionContract[] {
  const options: OptionContract[] = [];
  for (const contract of listing.contracts.values()) {
    if (contract.secType === 'OPT' && contract.underlyingConId === underlyingConId) {
      options.push(contract);
    }
  }
  return options;
}

/** OCC's symbol: root, day, right and thousandths of the strike. */
export function optionSymbol(root: string, option: OptionContract, strike: number): string {
  const thousandths = String(Math.round(strike * 1000)).padStart(8, '0');
  return `${root.padEnd(6)}${option.expiry.slice(2)}${option.right}${thousandths}`;
}

/** Contract details as of `now`, which the hours start from. */
export function termsOf(listing: Listing, contract: Contract, now: number): ContractTerms {
  const liquid = hoursText(now, '0930', null);
  return {
    contract,
    longName: listing.names.get(contract.conId) ?? contract.symbol,
    minTick: MIN_TICK,
    priceIncrements: PRICE_INCREMENTS,
    timeZone: EXCHANGE_ZONE,
    tradingHours: contract.secType === 'STK' ? hoursText(now, '0400', '2000') : liquid,
    liquidHours: liquid,
  };
}

/** `YYYYMMDD` so many calendar days after `start`, moved back to a trading day. */
export function expiryAfter(start: number, dte: number): string {
  const day = addDays(newYorkDate(start), dte);
  return isTradingDay(day) ? day : previousTradingDay(day);
}

function stockOf(underlying: ScenarioUnderlying): StockContract {
  const { symbol } = underlying;
  return {
    secType: 'STK',
    conId: underlying.con_id ?? derivedConId(`${symbol}|STK|||`),
    symbol,
    exchange: 'SMART',
    primaryExchange: underlying.primary_exchange,
    currency: 'USD',
  };
}

function optionOf(
  stock: StockContract,
  expiry: string,
  strike: number,
  right: Right,
): OptionContract {
  const { symbol } = stock;
  const option: OptionContract = {
    secType: 'OPT',
    conId: derivedConId(`${symbol}|OPT|${expiry}|${strike}|${right}`),
    symbol,
    underlyingConId: stock.conId,
    expiry,
    strike,
    right,
    multiplier: MULTIPLIER,
    exchange: 'SMART',
    currency: 'USD',
    tradingClass: symbol,
    localSymbol: '',
  };
  return { ...option, localSymbol: optionSymbol(symbol, option, strike) };
}

function add(contracts: Map<number, Contract>, contract: Contract): void {
  const taken = contracts.get(contract.conId);
  // A collision of derived ids would merge two instruments; better no exchange than a wrong one.
  assert(taken === undefined, `${contractKey(contract)} has the id of another contract`);
  contracts.set(contract.conId, contract);
}

function chainExpiries(underlying: ScenarioUnderlying, start: number): readonly string[] {
  if (underlying.chain === undefined) return [];
  const { expiries, dtes } = underlying.chain;
  return [...new Set([...expiries, ...dtes.map((dte) => expiryAfter(start, dte))])].sort();
}

function chainStrikes(underlying: ScenarioUnderlying): readonly number[] {
  const strikes = underlying.chain?.strikes ?? [];
  if (Array.isArray(strikes)) return [...new Set(strikes)];
  const count = Math.floor((strikes.to - strikes.from) / strikes.step + 1e-9) + 1;
  return Array.from({ length: count }, (_, index) => {
    return Math.round((strikes.from + index * strikes.step) * 1000) / 1000;
  });
}

function fits(contract: Contract, query: ContractQuery): boolean {
  if (query.symbol !== '' && contract.symbol !== query.symbol) return false;
  if (query.secType !== '' && contract.secType !== query.secType) return false;
  if (contract.secType === 'STK') return query.secType === 'STK' || query.expiry === '';
  // IB also takes a month, `YYYYMM`.
  if (query.expiry !== '' && !contract.expiry.startsWith(query.expiry)) return false;
  if (query.strike !== 0 && contract.strike !== query.strike) return false;
  return query.right === '' || query.right.charAt(0) === contract.right;
}

function sortKey(contract: Contract): string {
  if (contract.secType === 'STK') return `${contract.symbol} 0`;
  const strike = contract.strike.toFixed(3).padStart(12, '0');
  return `${contract.symbol} 1 ${contract.expiry} ${strike} ${contract.right}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** As IB writes hours; `opens` and `closes` are `HHMM`, a null close is the session's own. */
function hoursText(now: number, opens: string, closes: string | null): string {
  const today = newYorkDate(now);
  return Array.from({ length: HOURS_DAYS }, (_, ahead) => {
    const day = addDays(today, ahead);
    const session = tradingSession(day);
    if (session === null) return `${day}:CLOSED`;
    const close = closes ?? formatExchangeTime(session.close).slice(9, 14).replace(':', '');
    return `${day}:${opens}-${day}:${close}`;
  }).join(';');
}

function addDays(day: string, days: number): string {
  const [year, month, date] = [day.slice(0, 4), day.slice(4, 6), day.slice(6, 8)].map(Number);
  const moved = new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, (date ?? 1) + days));
  return moved.toISOString().slice(0, 10).replaceAll('-', '');
}
