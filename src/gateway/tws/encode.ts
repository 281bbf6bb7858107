/**
 * Messages to clients, ticks and orders apart. Every layout is written whole, whatever the values:
 * clients read by position, and several of them raise on a message that is one field short. What
 * depends on the protocol version depends on the session's, never on a global.
 */

import type { Contract, ContractTerms } from '../../domain/contract.ts';
import type { OptionParameters, VenueExecution, VenuePosition } from '../sim/venue.ts';
import { formatExchangeMinute, formatZonedTime } from '../sim/zoned-time.ts';
import { type Field, type Message, UNSET_DOUBLE } from './framing.ts';
import { SINCE } from './versions.ts';
import { SERVER } from './wire-ids.ts';

/** The request id of executions that nobody asked for. */
export const LIVE_EXECUTION_ID = -1;

/** A number, or what stands for none. */
export function amount(value: number | null): Field {
  return value === null || !Number.isFinite(value) ? UNSET_DOUBLE : value;
}

export function encodeError(version: number, id: number, code: number, text: string): Message {
  const message: Field[] = [SERVER.error, 2, id, code, ascii(text)];
  if (version >= SINCE.advancedReject) message.push('');
  return message;
}

export function encodeManagedAccounts(accounts: readonly string[]): Message {
  return [SERVER.managedAccounts, 1, accounts.join(',')];
}

export function encodeNextValidId(orderId: number): Message {
  return [SERVER.nextValidId, 1, orderId];
}

/** Whole seconds: the protocol's clock has no finer unit before version 197. */
export function encodeCurrentTime(epochMs: number): Message {
  return [SERVER.currentTime, 1, Math.floor(epochMs / 1000)];
}

export function encodePosition(position: VenuePosition): Message {
  const { contract, account, quantity, avgCost } = position;
  return [SERVER.position, 3, account, ...heldContract(contract), quantity, amount(avgCost)];
}

export function encodePositionEnd(): Message {
  return [SERVER.positionEnd, 1];
}

export function encodePositionMulti(id: number, position: VenuePosition, model: string): Message {
  const { contract, account, quantity, avgCost } = position;
  const held = heldContract(contract);
  return [SERVER.positionMulti, 1, id, account, ...held, quantity, amount(avgCost), model];
}

export function encodePositionMultiEnd(id: number): Message {
  return [SERVER.positionMultiEnd, 1, id];
}

/** One value of an account, as four messages carry it. */
export interface AccountValue {
  readonly account: string;
  readonly key: string;
  readonly value: string;
}

export function encodeAccountSummary(id: number, { account, key, value }: AccountValue): Message {
  return [SERVER.accountSummary, 1, id, account, key, value, currencyOf(key, value)];
}

export function encodeAccountSummaryEnd(id: number): Message {
  return [SERVER.accountSummaryEnd, 1, id];
}

export function encodeAccountValue({ account, key, value }: AccountValue): Message {
  return [SERVER.accountValue, 2, key, value, currencyOf(key, value), account];
}

export function encodeAccountUpdateMulti(
  id: number,
  model: string,
  { account, key, value }: AccountValue,
): Message {
  const currency = currencyOf(key, value);
  return [SERVER.accountUpdateMulti, 1, id, account, model, key, value, currency];
}

export function encodeAccountUpdateMultiEnd(id: number): Message {
  return [SERVER.accountUpdateMultiEnd, 1, id];
}

export function encodePortfolioValue(position: VenuePosition): Message {
  const { account, contract, quantity, avgCost, marketPrice, realizedPnl } = position;
  const { value, unrealized } = positionWorth(position);
  const worth = [marketPrice, value, avgCost, unrealized, realizedPnl].map(amount);
  return [SERVER.portfolioValue, 8, ...heldContract(contract), quantity, ...worth, account];
}

/** Worth and open profit of a position at its market price; NaN where there is no price. */
function positionWorth(position: VenuePosition): { value: number; unrealized: number } {
  const { contract, quantity, avgCost, marketPrice } = position;
  const multiplier = contract.secType === 'OPT' ? contract.multiplier : 1;
  const value = quantity * marketPrice * multiplier;
  return { value, unrealized: value - quantity * avgCost };
}

export function encodeAccountTime(epochMs: number): Message {
  return [SERVER.accountTime, 1, formatExchangeMinute(epochMs)];
}

export function encodeAccountDownloadEnd(account: string): Message {
  return [SERVER.accountDownloadEnd, 1, account];
}

export interface Pnl {
  readonly daily: number | null;
  readonly unrealized: number | null;
  readonly realized: number | null;
}

export function encodePnl(id: number, { daily, unrealized, realized }: Pnl): Message {
  return [SERVER.pnl, id, amount(daily), amount(unrealized), amount(realized)];
}

/** Of one contract, in one account or as the sum of several. */
export function encodePnlSingle(id: number, positions: readonly VenuePosition[]): Message {
  const sum = (read: (position: VenuePosition) => number): number =>
    positions.reduce((total, position) => total + read(position), 0);
  const quantity = sum((position) => position.quantity);
  // A part that is not known makes the sum unknown, which is sent as unset.
  const daily = sum(({ dailyPnl }) => dailyPnl ?? Number.NaN);
  const unrealized = sum((position) => positionWorth(position).unrealized);
  const realized = sum(({ realizedPnl }) => realizedPnl);
  const value = sum((position) => positionWorth(position).value);
  return [SERVER.pnlSingle, id, quantity, ...[daily, unrealized, realized, value].map(amount)];
}

/** What contract details need beyond the terms themselves. */
export interface DetailsContext {
  readonly marketRuleId: number;
  readonly underlyingConId: number;
}

export function encodeContractDetails(
  version: number,
  id: number,
  terms: ContractTerms,
  context: DetailsContext,
): Message {
  const { contract, minTick } = terms;
  const option = contract.secType === 'OPT' ? contract : null;
  const exchanges = validExchanges(contract);
  const expiry = option?.expiry ?? '';
  const message: Field[] = [SERVER.contractDetails];
  if (version < SINCE.sizeRules) message.push(8);
  message.push(id, contract.symbol, contract.secType, expiry);
  if (version >= SINCE.lastTradeDate) message.push(expiry);
  message.push(option?.strike ?? 0, option?.right ?? '', contract.exchange, contract.currency);
  message.push(localSymbolOf(contract), tradingClassOf(contract), tradingClassOf(contract));
  message.push(contract.conId, minTick);
  if (version < SINCE.sizeRules) message.push(option?.multiplier ?? 100);
  message.push(option?.multiplier ?? '', orderTypesOf(contract), exchanges.join(','), 1);
  message.push(context.underlyingConId, ascii(terms.longName));
  message.push(contract.secType === 'STK' ? contract.primaryExchange : '', expiry.slice(0, 6));
  message.push('', '', '', terms.timeZone, terms.tradingHours, terms.liquidHours);
  // Economic value rule and multiplier, security ids, aggregation group.
  message.push('', '', 0, 1);
  message.push(option === null ? '' : option.symbol, option === null ? '' : 'STK');
  message.push(exchanges.map(() => context.marketRuleId).join(','), expiry);
  message.push(option === null ? 'COMMON' : '');
  if (version === SINCE.suggestedSize) message.push(1);
  if (version >= SINCE.sizeRules) message.push(1, 1, option === null ? 100 : 1);
  if (version >= SINCE.ineligibilityReasons) message.push(0);
  return message;
}

export function encodeContractDetailsEnd(id: number): Message {
  return [SERVER.contractDetailsEnd, 1, id];
}

export function encodeSecDefOptParam(id: number, parameters: OptionParameters): Message {
  const { exchange, underlyingConId, tradingClass, multiplier, expiries, strikes } = parameters;
  const head: Field[] = [SERVER.secDefOptParam, id, exchange, underlyingConId, tradingClass];
  return [...head, multiplier, expiries.length, ...expiries, strikes.length, ...strikes];
}

export function encodeSecDefOptParamEnd(id: number): Message {
  return [SERVER.secDefOptParamEnd, id];
}

export function encodeMarketRule(
  ruleId: number,
  steps: readonly { readonly lowEdge: number; readonly increment: number }[],
): Message {
  const pairs = steps.flatMap(({ lowEdge, increment }) => [lowEdge, increment]);
  return [SERVER.marketRule, ruleId, steps.length, ...pairs];
}

export function encodeExecution(version: number, id: number, execution: VenueExecution): Message {
  const { contract, execId, account, side, price, permId, clientId } = execution;
  const message: Field[] = [SERVER.execDetails, id, execution.orderId, ...tradedContract(contract)];
  message.push(execId, formatZonedTime(execution.ts), account, contract.exchange);
  message.push(side === 'BUY' ? 'BOT' : 'SLD', execution.quantity, price, permId, clientId);
  message.push(0, execution.cumulativeQuantity, execution.averagePrice, execution.orderRef);
  // Economic value rule and multiplier, model; 0: added or removed liquidity, nobody says.
  message.push('', '', '', 0);
  if (version >= SINCE.pendingPriceRevision) message.push(0);
  return message;
}

export function encodeExecutionsEnd(id: number): Message {
  return [SERVER.execDetailsEnd, 1, id];
}

export function encodeCommission(execution: VenueExecution): Message {
  const { execId, commission, contract, realizedPnl } = execution;
  const realized = amount(realizedPnl);
  const unsetYield = UNSET_DOUBLE;
  const fields = [execId, amount(commission), contract.currency, realized, unsetYield, ''];
  return [SERVER.commissionReport, 1, ...fields];
}

/** conId to trading class, as orders and executions name a contract. */
export function tradedContract(contract: Contract, stockRight = ''): readonly Field[] {
  const option = contract.secType === 'OPT' ? contract : null;
  return [
    contract.conId,
    contract.symbol,
    contract.secType,
    option?.expiry ?? '',
    option?.strike ?? 0,
    option?.right ?? stockRight,
    option?.multiplier ?? '',
    contract.exchange,
    contract.currency,
    localSymbolOf(contract),
    tradingClassOf(contract),
  ];
}

/** Non-ASCII as `\uXXXX`, which clients undo in messages and long names. */
export function ascii(text: string): string {
  return text.replace(/[^ -~]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** Like `tradedContract`, with the exchange that IB shows for holdings. */
function heldContract(contract: Contract): readonly Field[] {
  const fields = [...tradedContract(contract)];
  fields[7] = contract.secType === 'STK' ? contract.primaryExchange : '';
  return fields;
}

/** Order types and times in force in one list, in IB's own words: `MIDPX` is MIDPRICE. */
function orderTypesOf({ secType }: Contract): string {
  return secType === 'STK' ? 'DAY,GTC,GTD,IOC,LMT,MIDPX,MKT,OPG' : 'DAY,GTC,GTD,IOC,LMT,MKT,OPG';
}

function validExchanges(contract: Contract): readonly string[] {
  if (contract.secType === 'OPT' || contract.primaryExchange === contract.exchange) {
    return [contract.exchange];
  }
  return [contract.exchange, contract.primaryExchange];
}

function localSymbolOf(contract: Contract): string {
  return contract.secType === 'OPT' ? contract.localSymbol : contract.symbol;
}

function tradingClassOf(contract: Contract): string {
  return contract.secType === 'OPT' ? contract.tradingClass : contract.symbol;
}

/** Tags that are numbers and no money. */
const PURE_NUMBERS: ReadonlySet<string> = new Set([
  'Cushion',
  'LookAheadNextChange',
  'DayTradesRemaining',
  'DayTradesRemainingT+1',
  'DayTradesRemainingT+2',
  'DayTradesRemainingT+3',
  'DayTradesRemainingT+4',
  'Leverage',
  'Leverage-S',
  'ExchangeRate',
  'HighestSeverity',
]);

function currencyOf(key: string, value: string): string {
  return PURE_NUMBERS.has(key) || value.trim() === '' || Number.isNaN(Number(value)) ? '' : 'USD';
}
