/**
 * Messages of the gateway to events, in the words and with the arguments of the client library, so
 * that one can stand in for the other. Only what this program asks for is known: any other message
 * is told as an error, as the library tells what it cannot read.
 */

import type { IbContract } from '../ib/client.ts';
import { SINCE } from '../tws/versions.ts';
import { SERVER } from '../tws/wire-ids.ts';
import { readDetails, readTradedContract } from './decode-contracts.ts';
import { decodeCompletedOrder, decodeOpenOrder } from './decode-orders.ts';
import { decodeOptionTick, decodeTickPrice } from './decode-ticks.ts';
import { Fields, plainText, Underrun, type WireEvent } from './fields.ts';

/** Reads behind the message's number; the second argument is the version of the session. */
type Decoder = (fields: Fields, version: number) => readonly WireEvent[];

/** What the library says of a message that it cannot read: no request's id, code 505. */
const UNREADABLE = 505;
const NO_ID = -1;

/** Throws where the library throws: details of a reject that are no JSON, a list of −1 things. */
export function decodeMessage(tokens: readonly string[], version: number): readonly WireEvent[] {
  const message = Number.parseInt(tokens[0] ?? '', 10);
  const decoder = DECODERS.get(message);
  if (decoder === undefined) return [unreadable(`message ${tokens[0]} is not known`)];
  const fields = new Fields(tokens, 1);
  try {
    const events = decoder(fields, version);
    if (fields.left === 0) return events;
    const surplus = unreadable(`message ${message} has ${fields.left} fields too many`);
    // The library tells errors while it reads, and everything else when it has read.
    return message === SERVER.error ? [...events, surplus] : [surplus, ...events];
  } catch (thrown) {
    if (!(thrown instanceof Underrun)) throw thrown;
    return [unreadable(`message ${message} ${thrown.message}`)];
  }
}

function unreadable(text: string): WireEvent {
  return { name: 'error', args: [new Error(text), UNREADABLE, NO_ID] };
}

function one(name: string, ...args: readonly unknown[]): readonly WireEvent[] {
  return [{ name, args }];
}

/** Nothing but a version, or not even that. */
function end(name: string, hasVersion = true): Decoder {
  return (fields) => {
    if (hasVersion) fields.skip(1);
    return one(name);
  };
}

/** A version and a request's id. */
function endOf(name: string): Decoder {
  return (fields) => {
    fields.skip(1);
    return one(name, fields.integer());
  };
}

function decodeError(fields: Fields, version: number): readonly WireEvent[] {
  const kind = fields.integer();
  if (kind < 2) return [unreadable(fields.text())];
  const id = fields.integer();
  const code = fields.integer();
  const text = fields.text();
  const message = version >= SINCE.encodedText ? plainText(text) : text;
  const details = version >= SINCE.advancedReject ? fields.text() : '';
  // What is no JSON throws here: the connection above takes it for a reject without details.
  const reject: unknown = details === '' ? undefined : JSON.parse(plainText(details));
  if (id === NO_ID) return one('info', message, code);
  return one('error', new Error(message), code, id, reject);
}

function decodeOrderStatus(fields: Fields): readonly WireEvent[] {
  const orderId = fields.integer();
  const status = fields.text();
  const filled = fields.decimal();
  const remaining = fields.decimal();
  const averagePrice = fields.double();
  const permId = fields.integer();
  const parentId = fields.integer();
  const lastPrice = fields.double();
  const clientId = fields.integer();
  const whyHeld = fields.text();
  const capPrice = fields.double();
  const identity = [permId, parentId, lastPrice, clientId, whyHeld, capPrice];
  return one('orderStatus', orderId, status, filled, remaining, averagePrice, ...identity);
}

function decodeExecution(fields: Fields, version: number): readonly WireEvent[] {
  const requestId = fields.integer();
  const orderId = fields.integer();
  const contract = readTradedContract(fields);
  const execution = {
    orderId,
    execId: fields.text(),
    time: fields.text(),
    acctNumber: fields.text(),
    exchange: fields.text(),
    side: fields.text(),
    shares: fields.decimal(),
    price: fields.double(),
    permId: fields.integer(),
    clientId: fields.integer(),
    liquidation: fields.integer(),
    cumQty: fields.decimal(),
    avgPrice: fields.double(),
    orderRef: fields.text(),
    evRule: fields.text(),
    evMultiplier: fields.double(),
    modelCode: fields.text(),
    lastLiquidity: fields.integer(),
    ...(version >= SINCE.pendingPriceRevision && { pendingPriceRevision: fields.flag() }),
  };
  return one('execDetails', requestId, contract, execution);
}

function decodeCommission(fields: Fields): readonly WireEvent[] {
  fields.skip(1);
  return one('commissionReport', {
    execId: fields.text(),
    commission: fields.double(),
    currency: fields.text(),
    realizedPNL: fields.double(),
    yield: fields.double(),
    yieldRedemptionDate: fields.integer(),
  });
}

function decodePosition(fields: Fields): readonly WireEvent[] {
  const kind = fields.integer();
  const account = fields.text();
  const contract: IbContract = readTradedContract(fields, kind >= 2);
  const quantity = fields.decimal();
  const averageCost = kind >= 3 ? fields.double() : 0;
  return one('position', account, contract, quantity, averageCost);
}

function decodeAccountSummary(fields: Fields): readonly WireEvent[] {
  fields.skip(1);
  const id = fields.integer();
  const [account, tag, value, currency] = [
    fields.text(),
    fields.text(),
    fields.text(),
    fields.text(),
  ];
  return one('accountSummary', id, account, tag, value, currency);
}

/** A count that is none throws, as it does in the library; one that is too large underruns. */
function decodeMarketRule(fields: Fields): readonly WireEvent[] {
  const id = fields.integer();
  const count = fields.integer();
  if (!(count >= 0)) throw new RangeError(`a list of ${count} steps`);
  const steps: { lowEdge: number | undefined; increment: number | undefined }[] = [];
  for (let index = 0; index < count; index += 1) {
    steps.push({ lowEdge: fields.double(), increment: fields.double() });
  }
  return one('marketRule', id, steps);
}

/** Expiries and strikes of one trading class at one exchange, each list with its length. */
function decodeOptionParameters(fields: Fields): readonly WireEvent[] {
  const id = fields.integer();
  const exchange = fields.text();
  const underlyingConId = fields.integer();
  const tradingClass = fields.text();
  const multiplier = fields.double();
  const expiries: string[] = [];
  for (let left = fields.integer(); left > 0; left -= 1) expiries.push(fields.text());
  const strikes: number[] = [];
  for (let left = fields.integer(); left > 0; left -= 1) {
    const strike = fields.double();
    if (strike !== undefined) strikes.push(strike);
  }
  const terms = [exchange, underlyingConId, tradingClass, multiplier];
  return one('securityDefinitionOptionParameter', id, ...terms, expiries, strikes);
}

const DECODERS: ReadonlyMap<number, Decoder> = new Map<number, Decoder>([
  [SERVER.tickPrice, decodeTickPrice],
  [
    SERVER.tickSize,
    (fields) => {
      fields.skip(1);
      return one('tickSize', fields.integer(), fields.integer(), fields.decimal());
    },
  ],
  [SERVER.orderStatus, decodeOrderStatus],
  [SERVER.error, decodeError],
  [SERVER.openOrder, decodeOpenOrder],
  [SERVER.nextValidId, endOf('nextValidId')],
  [
    SERVER.contractDetails,
    (fields, version) => one('contractDetails', ...readDetails(fields, version)),
  ],
  [SERVER.execDetails, decodeExecution],
  [
    SERVER.managedAccounts,
    (fields) => {
      fields.skip(1);
      return one('managedAccounts', fields.text());
    },
  ],
  [SERVER.tickOptionComputation, decodeOptionTick],
  [
    SERVER.tickGeneric,
    (fields) => {
      fields.skip(1);
      return one('tickGeneric', fields.integer(), fields.integer(), fields.double());
    },
  ],
  [
    SERVER.tickString,
    (fields) => {
      fields.skip(1);
      return one('tickString', fields.integer(), fields.integer(), fields.text());
    },
  ],
  [SERVER.currentTime, endOf('currentTime')],
  [SERVER.contractDetailsEnd, endOf('contractDetailsEnd')],
  [SERVER.openOrderEnd, end('openOrderEnd')],
  [SERVER.execDetailsEnd, endOf('execDetailsEnd')],
  [SERVER.tickSnapshotEnd, endOf('tickSnapshotEnd')],
  [
    SERVER.marketDataType,
    (fields) => {
      fields.skip(1);
      return one('marketDataType', fields.integer(), fields.integer());
    },
  ],
  [SERVER.commissionReport, decodeCommission],
  [SERVER.position, decodePosition],
  [SERVER.positionEnd, end('positionEnd')],
  [SERVER.accountSummary, decodeAccountSummary],
  [SERVER.accountSummaryEnd, endOf('accountSummaryEnd')],
  [
    SERVER.tickReqParams,
    (fields) =>
      one('tickReqParams', fields.integer(), fields.integer(), fields.text(), fields.integer()),
  ],
  [SERVER.secDefOptParam, decodeOptionParameters],
  [
    SERVER.secDefOptParamEnd,
    (fields) => one('securityDefinitionOptionParameterEnd', fields.integer()),
  ],
  [SERVER.marketRule, decodeMarketRule],
  [
    SERVER.orderBound,
    (fields) => one('orderBound', fields.integer(), fields.double(), fields.integer()),
  ],
  [SERVER.completedOrder, decodeCompletedOrder],
  [SERVER.completedOrdersEnd, end('completedOrdersEnd', false)],
]);
