/**
 * placeOrder, the longest message. Blocks that are there only for some orders shift all that
 * follows, so the message is walked field by field; what the exchange cannot do is kept where it
 * changes the order's meaning, so that the order is refused and not executed as a plainer one.
 */

import { readContract } from './decode-contract.ts';
import { type FieldReader, MalformedField } from './field-reader.ts';
import type { WireOrder } from './requests.ts';
import { SINCE } from './versions.ts';
import { CONDITION_FIELDS } from './wire-ids.ts';

const COMBO_LEG_FIELDS = 8;
const TAG_VALUE_FIELDS = 2;
const DELTA_NEUTRAL_ORDER_FIELDS = 8;
const DELTA_NEUTRAL_CONTRACT_FIELDS = 3;
const SCALE_FIELDS = 7;
const PEG_BENCH_FIELDS = 5;

/** Reads from behind the order id to the conditions; what stands after them changes nothing. */
export function decodeOrder(reader: FieldReader, version: number, orderId: number): WireOrder {
  const contract = readContract(reader);
  reader.skip(2); // security id type and id
  const action = reader.text().trim().toUpperCase();
  const quantity = reader.decimal() ?? 0;
  const orderType = reader.text().trim().toUpperCase();
  const limitPrice = reader.decimal();
  reader.decimal(); // auxiliary price
  const tif = reader.text().trim().toUpperCase();
  const ocaGroup = reader.text().trim();
  const account = reader.text().trim();
  reader.skip(2); // open or close, origin
  const orderRef = reader.text();
  const transmit = reader.flag();
  const parentId = reader.integer();
  reader.skip(4); // block, sweep, display size, trigger method
  const outsideRth = reader.flag();
  reader.skip(1); // hidden
  if (contract.secType === 'BAG') skipCombo(reader);
  reader.skip(2); // shares allocation, discretionary amount
  const goodAfter = reader.text().trim();
  const goodTill = reader.text().trim();
  reader.skip(version < SINCE.noFaProfile ? 4 : 3); // adviser: group, method, percentage, profile
  reader.skip(4); // model, short-sale slot, location, exempt code
  // OCA type, 80A, settling firm, all-or-none, minimum, percent offset, e-trade, firm quote, NBBO
  // cap, auction, starting price, stock reference, delta, range (2), override percentages
  reader.skip(16);
  skipVolatility(reader);
  reader.skip(2); // trailing stop price and percentage
  skipScale(reader);
  const hedgeType = reader.text().trim();
  if (hedgeType !== '') reader.skip(1);
  reader.skip(4); // opt out of SMART, clearing account and intent, not held
  const hasDeltaNeutralContract = reader.flag();
  if (hasDeltaNeutralContract) reader.skip(DELTA_NEUTRAL_CONTRACT_FIELDS);
  const algoStrategy = reader.text().trim();
  if (algoStrategy !== '') {
    const params = reader.count();
    reader.skip(params * TAG_VALUE_FIELDS);
  }
  reader.skip(1); // algorithm id
  const whatIf = reader.flag();
  reader.skip(4); // miscellaneous options, solicited, randomise size and price
  if (orderType === 'PEG BENCH' || orderType === 'PEGBENCH') reader.skip(PEG_BENCH_FIELDS);
  const conditions = reader.count();
  for (let index = 0; index < conditions; index += 1) skipCondition(reader);

  return {
    orderId,
    contract,
    action,
    quantity,
    orderType,
    limitPrice,
    tif,
    account,
    orderRef,
    transmit,
    parentId,
    ocaGroup,
    outsideRth,
    goodAfter,
    goodTill,
    hedgeType,
    hasDeltaNeutralContract,
    algoStrategy,
    whatIf,
    conditions,
  };
}

function skipCombo(reader: FieldReader): void {
  const legs = reader.count();
  reader.skip(legs * COMBO_LEG_FIELDS);
  const prices = reader.count();
  reader.skip(prices);
  const params = reader.count();
  reader.skip(params * TAG_VALUE_FIELDS);
}

/** Volatility orders; the block about the hedging order is there only when it has a type. */
function skipVolatility(reader: FieldReader): void {
  reader.skip(2); // volatility and its type
  const deltaNeutralOrderType = reader.text().trim();
  reader.skip(1); // its auxiliary price
  if (deltaNeutralOrderType !== '') reader.skip(DELTA_NEUTRAL_ORDER_FIELDS);
  reader.skip(2); // continuous update, reference price type
}

function skipScale(reader: FieldReader): void {
  reader.skip(2); // initial and subsequent level size
  const increment = reader.decimal();
  if (increment !== null && increment > 0) reader.skip(SCALE_FIELDS);
  reader.skip(3); // table, start, stop
}

function skipCondition(reader: FieldReader): void {
  const type = reader.id();
  const fields = CONDITION_FIELDS.get(type);
  if (fields === undefined) throw new MalformedField(`has an unknown condition ${type}`);
  reader.skip(1 + fields);
}
