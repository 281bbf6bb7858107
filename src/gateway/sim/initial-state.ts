/** The state of an exchange that opens for the first time, from its scenario. */

import { type Contract, contractLabel, type OptionContract } from '../../domain/contract.ts';
import { Fault } from '../../fault.ts';
import { openingBasis } from './daily-profit.ts';
import { expiryAfter, findStock, type Listing, optionParameters } from './listing.ts';
import { type Market, midOfQuote } from './market.ts';
import { noRights } from './rights.ts';
import type { Scenario, ScenarioPosition } from './scenario.ts';
import type { AccountState, ExchangeState, PositionState } from './state.ts';

export interface InitialOptions {
  readonly scenario: Scenario;
  readonly listing: Listing;
  readonly market: Market;
  readonly exchangeId: string;
}

/** The exchange as its scenario begins: accounts with what they hold, and no order. */
export function initialState(options: InitialOptions): ExchangeState {
  const { scenario, market, exchangeId } = options;
  return {
    exchangeId,
    world: worldOf(scenario, options.listing),
    now: scenario.start,
    closedDay: '',
    resumes: 0,
    permIds: firstPermId(exchangeId),
    executionCount: 0,
    market: market.state(),
    orderIds: new Map(),
    live: new Map(),
    completed: [],
    executions: [],
    accounts: new Map(
      scenario.accounts.map((account) => [account.id, initialAccount(options, account)]),
    ),
    faults: [],
    ...noRights(),
  };
}

/** What makes two scenarios the same world: a state of one must not go on in another. */
export function worldOf(scenario: Scenario, listing: Listing): string {
  const accounts = scenario.accounts.map((account) => account.id).join(',');
  const source = scenario.recorded === undefined ? 'model' : 'recorded';
  const stocks = [...listing.contracts.values()].filter(({ secType }) => secType === 'STK');
  const symbols = stocks.map(({ symbol }) => symbol).sort();
  return `${scenario.start}|${source}|${symbols.join(',')}|${accounts}`;
}

function initialAccount(
  options: InitialOptions,
  account: Scenario['accounts'][number],
): AccountState {
  const positions = new Map<number, PositionState>();
  for (const entry of account.positions) {
    const contract = resolve(options, entry);
    const avgCost = entry.avg_cost ?? costOf(options, contract);
    const { quantity } = entry;
    const { market, scenario } = options;
    const basis = openingBasis(market, contract, { quantity, avgCost }, scenario.start);
    positions.set(contract.conId, { contract, quantity, avgCost, realizedPnl: 0, basis });
  }
  return { cash: account.cash, positions };
}

function costOf({ market, scenario }: InitialOptions, contract: Contract): number {
  const quote = market.quote(contract.conId, scenario.start);
  const mid = quote === null ? Number.NaN : midOfQuote(quote);
  if (!(mid > 0)) {
    throw invalid(`${contractLabel(contract)} has no price at start: give avg_cost`);
  }
  return Math.round(mid * (contract.secType === 'OPT' ? contract.multiplier : 1) * 1e4) / 1e4;
}

function resolve(options: InitialOptions, entry: ScenarioPosition): Contract {
  const symbol = entry.symbol ?? entry.option?.symbol ?? '';
  const stock = findStock(options.listing, symbol);
  if (stock === undefined) throw invalid(`${symbol} is not listed`);
  if (entry.option === undefined) return stock;
  const { dte, right } = entry.option;
  const { start } = options.scenario;
  const expiry = entry.option.expiry ?? expiryAfter(start, dte ?? 0);
  const series = [...options.listing.contracts.values()].filter(
    (contract): contract is OptionContract =>
      contract.secType === 'OPT' &&
      contract.symbol === symbol &&
      contract.expiry === expiry &&
      contract.right === right,
  );
  const strike = entry.option.strike === 'atm' ? spotOf(options, stock) : entry.option.strike;
  const [nearest] = series.sort(
    (a, b) => Math.abs(a.strike - strike) - Math.abs(b.strike - strike),
  );
  if (nearest === undefined) {
    const listed = optionParameters(options.listing, stock.conId)[0]?.expiries.join(', ') ?? 'none';
    throw invalid(`${symbol} has no options of ${expiry}, but of: ${listed}`);
  }
  if (entry.option.strike !== 'atm' && nearest.strike !== strike) {
    throw invalid(`${symbol} ${expiry} has no strike ${strike}`);
  }
  return nearest;
}

function spotOf({ market, scenario }: InitialOptions, stock: Contract): number {
  const quote = market.quote(stock.conId, scenario.start);
  return quote === null ? 0 : midOfQuote(quote);
}

/** A range of its own for each exchange, so that ids of two of them are not taken for one. */
function firstPermId(exchangeId: string): number {
  const digits = exchangeId.replaceAll(/[^0-9a-f]/g, '').slice(0, 3);
  return 100_000_000 + (Number.parseInt(digits === '' ? '0' : digits, 16) % 4000) * 500_000;
}

function invalid(message: string): Fault {
  return new Fault('config_invalid', `scenario: ${message}`);
}
