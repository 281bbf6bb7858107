/** Contracts as messages name them, and the details of one. */

import type { IbContract } from '../ib/client.ts';
import { SINCE } from '../tws/versions.ts';
import { type Fields, plainText } from './fields.ts';

const FUND_FIELD_COUNT = 17;

/** conId to trading class, as executions and positions name a contract. */
export function readTradedContract(fields: Fields, hasClass = true): IbContract {
  const raw = {
    conId: fields.integer(),
    symbol: fields.text(),
    secType: fields.text(),
    lastTradeDateOrContractMonth: fields.text(),
    strike: fields.double(),
    right: rightOf(fields.text()),
    multiplier: fields.double(),
    exchange: fields.text(),
    currency: fields.text(),
    localSymbol: fields.text(),
    ...(hasClass && { tradingClass: fields.text() }),
  };
  // The words of the wire are the library's own; what they are worth is checked in conversion.
  return raw as IbContract;
}

/** The library knows a right by one letter and drops every other word. */
export function rightOf(word: string): string | undefined {
  return word === 'C' || word === 'P' ? word : undefined;
}

/** The request's id, and the details as far as anybody here wants them. */
export function readDetails(fields: Fields, version: number): readonly [number, object] {
  if (version < SINCE.sizeRules) fields.skip(1);
  const id = fields.integer();
  const symbol = fields.text();
  const secType = fields.text();
  const lastTradeDateOrContractMonth = dateOf(fields.text());
  if (version >= SINCE.lastTradeDate) fields.skip(1);
  const strike = fields.double();
  const right = rightOf(fields.text());
  const exchange = fields.text();
  const currency = fields.text();
  const localSymbol = fields.text();
  const marketName = fields.text();
  const tradingClass = fields.text();
  const conId = fields.integer();
  const minTick = fields.double();
  if (version < SINCE.sizeRules) fields.skip(1);
  const multiplier = fields.double();
  const orderTypes = fields.text();
  const validExchanges = fields.text();
  fields.skip(1); // price magnifier
  const underConId = fields.integer();
  const longName = plainText(fields.text());
  const primaryExch = fields.text();
  fields.skip(4); // contract month, industry, category, subcategory
  const timeZoneId = fields.text();
  const tradingHours = fields.text();
  const liquidHours = fields.text();
  fields.skip(2); // economic value rule and multiplier
  const ids = fields.integer();
  if (ids > 0) fields.skip(ids * 2);
  fields.skip(3); // aggregation group, symbol and type of the underlying
  const marketRuleIds = fields.text();
  fields.skip(2); // real expiration date, type of the stock
  if (version === SINCE.suggestedSize) fields.skip(1);
  if (version >= SINCE.sizeRules) fields.skip(3);
  if (version >= SINCE.fundFields && secType === 'FUND') fields.skip(FUND_FIELD_COUNT);
  if (version >= SINCE.ineligibilityReasons) skipReasons(fields);
  const terms = { symbol, secType, strike, right, exchange, currency, localSymbol, tradingClass };
  const contract = { ...terms, conId, multiplier, primaryExch };
  const expiry = lastTradeDateOrContractMonth === '' ? {} : { lastTradeDateOrContractMonth };
  const names = { marketName, orderTypes, validExchanges, underConId, longName, marketRuleIds };
  const hours = { timeZoneId, tradingHours, liquidHours };
  return [id, { contract: { ...contract, ...expiry }, minTick, ...names, ...hours }];
}

/** A time may follow the date, behind a dash. */
function dateOf(text: string): string {
  const dash = text.indexOf('-');
  return dash > 0 ? text.slice(0, dash) : text;
}

function skipReasons(fields: Fields): void {
  const count = fields.integer();
  if (count > 0) fields.skip(count * 2);
}
