/**
 * The two longest messages: an order that lives, and an order that is done. Blocks that are there
 * only for some orders shift all that follows, so the message is walked to its end; what nobody
 * here wants is passed over.
 */

import type { IbContract } from '../ib/client.ts';
import { SINCE } from '../tws/versions.ts';
import { CONDITION_FIELDS } from '../tws/wire-ids.ts';
import { rightOf } from './decode-contracts.ts';
import type { Fields, WireEvent } from './fields.ts';

const LEG_FIELDS = 8;
const SCALE_FIELDS = 7;
const BENCHMARK_FIELDS = 5;

/** An order that lives, whoever placed it. */
export function decodeOpenOrder(fields: Fields, version: number): readonly WireEvent[] {
  const orderId = fields.integer();
  const contract = readContract(fields);
  const terms = readTerms(fields);
  const clientId = fields.integer();
  const permId = fields.integer();
  const outsideRth = fields.flag();
  fields.skip(4); // hidden, discretionary amount, good after, shares allocation
  const goodTillDate = readAdviser(fields, version);
  fields.skip(6 + 1); // sale terms, auction strategy
  fields.skip(5 + 1); // box and range, display size
  fields.skip(8); // block, sweep, all or none, minimum, OCA type, e-trade, firm quote, NBBO cap
  fields.skip(2); // parent, trigger method
  skipVolatility(fields, true);
  fields.skip(2 + 2); // trailing stop price and percentage, basis points and their type
  skipComboAndScale(fields);
  skipHedge(fields);
  fields.skip(1); // opt out of SMART
  skipClearing(fields);
  fields.skip(1); // solicited
  const whatIf = fields.flag();
  const status = fields.text();
  fields.skip(9 + 5); // margins before, change, after; commissions, currency, warning
  skipBenchmarkAndConditions(fields, terms.orderType);
  fields.skip(8); // adjusted order
  fields.skip(3 + 1 + 1 + 1 + 1 + 1); // soft-dollar tier … price management
  skipOpenTail(fields, version);
  const order = { ...terms, orderId, clientId, permId, outsideRth, goodTillDate, whatIf };
  return [{ name: 'openOrder', args: [orderId, contract, order, { status }] }];
}

/** An order that is done; it has lost the id by which its client knew it. */
export function decodeCompletedOrder(fields: Fields, version: number): readonly WireEvent[] {
  const contract = readContract(fields);
  const terms = readTerms(fields);
  const permId = fields.integer();
  const outsideRth = fields.flag();
  fields.skip(3); // hidden, discretionary amount, good after
  const goodTillDate = readAdviser(fields, version);
  fields.skip(6); // sale terms
  fields.skip(5 + 1); // box and range, display size
  fields.skip(5); // sweep, all or none, minimum, OCA type, trigger method
  skipVolatility(fields, false);
  fields.skip(2); // trailing stop price and percentage
  skipComboAndScale(fields);
  skipHedge(fields);
  skipClearing(fields);
  fields.skip(1); // solicited
  const status = fields.text();
  skipBenchmarkAndConditions(fields, terms.orderType);
  fields.skip(6); // stop price, limit offset, cash, automatic price, OMS container, cancel date
  const filledQuantity = fields.decimal();
  fields.skip(6); // reference futures … permanent id of the parent
  const completedTime = fields.text();
  const completedStatus = fields.text();
  if (version >= SINCE.pegBestMid) fields.skip(5);
  if (version >= SINCE.customerAccount) fields.skip(1);
  if (version >= SINCE.professional) fields.skip(1);
  const order = { ...terms, permId, outsideRth, goodTillDate, filledQuantity };
  const state = { status, completedTime, completedStatus };
  return [{ name: 'completedOrder', args: [contract, order, state] }];
}

/** Like that of an execution, but for the multiplier, which has to be a whole number's text. */
function readContract(fields: Fields): IbContract {
  const raw = {
    conId: fields.integer(),
    symbol: fields.text(),
    secType: fields.text(),
    lastTradeDateOrContractMonth: fields.text(),
    strike: fields.double(),
    right: rightOf(fields.text()),
    multiplier: Number(fields.text()),
    exchange: fields.text(),
    currency: fields.text(),
    localSymbol: fields.text(),
    tradingClass: fields.text(),
  };
  // The words of the wire are the library's own; what they are worth is checked in conversion.
  return raw as unknown as IbContract;
}

/** Action to order reference: what the client itself said. */
function readTerms(fields: Fields) {
  const action = fields.text();
  const totalQuantity = fields.decimal();
  const orderType = fields.text();
  const lmtPrice = fields.doubleOrNone();
  fields.skip(1); // auxiliary price
  const tif = fields.text();
  fields.skip(1); // OCA group
  const account = fields.text();
  fields.skip(2); // open or close, origin
  const orderRef = fields.text();
  return { action, totalQuantity, orderType, lmtPrice, tif, account, orderRef };
}

/** The adviser's allocation and the model, then the date that is wanted. */
function readAdviser(fields: Fields, version: number): string {
  fields.skip((version < SINCE.noFaProfile ? 4 : 3) + 1);
  return fields.text();
}

/** The block about the hedging order is there only when it has a type. */
function skipVolatility(fields: Fields, isOpen: boolean): void {
  fields.skip(2); // volatility and its type
  const hedgeType = fields.text();
  fields.skip(1); // its auxiliary price
  if (hedgeType !== '') fields.skip(isOpen ? 8 : 4);
  fields.skip(2); // continuous update, reference price type
}

function skipComboAndScale(fields: Fields): void {
  fields.skip(1); // description of the legs
  skipList(fields, LEG_FIELDS);
  skipList(fields, 1); // prices of the legs
  skipList(fields, 2); // routing parameters
  fields.skip(2); // initial and subsequent level size
  const increment = fields.doubleOrNone();
  if (increment !== undefined && increment > 0) fields.skip(SCALE_FIELDS);
}

function skipList(fields: Fields, width: number): void {
  const count = fields.integer();
  if (count > 0) fields.skip(count * width);
}

function skipHedge(fields: Fields): void {
  if (fields.text() !== '') fields.skip(1);
}

/** Clearing account and intent, not held, delta-neutral contract, algorithm. */
function skipClearing(fields: Fields): void {
  fields.skip(3);
  if (fields.flag()) fields.skip(3);
  if (fields.text() !== '') skipList(fields, 2);
}

function skipBenchmarkAndConditions(fields: Fields, orderType: string): void {
  fields.skip(2); // randomise size and price
  if (orderType === 'PEG BENCH' || orderType === 'PEGBENCH') fields.skip(BENCHMARK_FIELDS);
  const conditions = fields.integer();
  if (!(conditions > 0)) return;
  for (let index = 0; index < conditions; index += 1) {
    const type = fields.integer();
    fields.skip(1 + (CONDITION_FIELDS.get(type) ?? 0));
  }
  fields.skip(2); // outside regular hours, cancel when met
}

function skipOpenTail(fields: Fields, version: number): void {
  if (version >= SINCE.duration) fields.skip(1);
  if (version >= SINCE.postToAts) fields.skip(1);
  if (version >= SINCE.autoCancelParent) fields.skip(1);
  if (version >= SINCE.pegBestMid) fields.skip(5);
  if (version >= SINCE.customerAccount) fields.skip(1);
  if (version >= SINCE.professional) fields.skip(1);
  if (version >= SINCE.bondInterest) fields.skip(1);
  if (version >= SINCE.overnight) fields.skip(1);
  if (version >= SINCE.cmeTaggingInOpenOrder) fields.skip(2);
}
