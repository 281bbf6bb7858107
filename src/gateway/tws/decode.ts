/**
 * Client messages to requests. Layouts depend on the version announced to this client; literals
 * of message versions are read and not believed, because clients differ in them.
 */

import { ERROR } from './client.ts';
import { readContract } from './decode-contract.ts';
import { HISTORY_DECODERS } from './decode-history.ts';
import { decodeOrder } from './decode-order.ts';
import { FieldReader, MalformedField } from './field-reader.ts';
import type {
  BareRequest,
  CancelRequest,
  ClientRequest,
  Decoded,
  Decoder,
  Decoding,
} from './requests.ts';
import { UNSERVED, UNSERVED_CANCELS, type Unserved } from './unserved.ts';
import { SINCE } from './versions.ts';
import { CLIENT } from './wire-ids.ts';

/** Decodes one message for a session of `version`; never throws, whatever the fields hold. */
export function decodeRequest(fields: readonly string[], version: number): Decoded {
  const [head = ''] = fields;
  const message = /^\d{1,5}$/.test(head) ? Number(head) : Number.NaN;
  const decoder = DECODERS.get(message);
  if (decoder === undefined) return unsupported(message, fields);

  const reader = new FieldReader(fields.slice(1));
  let requestId = -1;
  const id = (): number => {
    requestId = reader.id();
    return requestId;
  };
  try {
    return { kind: 'request', request: decoder({ reader, version, id }) };
  } catch (error) {
    if (!(error instanceof MalformedField)) throw error;
    return { kind: 'malformed', id: requestId, reason: `message ${message} ${error.message}` };
  }
}

function unsupported(message: number, fields: readonly string[]): Decoded {
  if (Number.isNaN(message)) {
    return { kind: 'malformed', id: -1, reason: 'message without an id' };
  }
  if (UNSERVED_CANCELS.has(message)) return { kind: 'ignored' };
  const { idAt, code, text } = UNSERVED.get(message) ?? unknown(message);
  const idText = idAt === null ? '' : (fields[idAt] ?? '');
  return { kind: 'unsupported', id: /^\d{1,9}$/.test(idText) ? Number(idText) : -1, code, text };
}

function unknown(message: number): Omit<Unserved, 'name'> {
  return { idAt: null, code: ERROR.invalid, text: `Message ${message} is not supported` };
}

function bare(type: BareRequest): Decoder {
  return () => ({ type });
}

/** `version, id`; the version is of no interest. */
function cancel(type: CancelRequest): Decoder {
  return ({ reader, id }) => {
    reader.skip(1);
    return { type, id: id() };
  };
}

function reqMktData({ reader, id }: Decoding): ClientRequest {
  reader.skip(1);
  const requestId = id();
  const contract = readContract(reader);
  if (contract.secType === 'BAG') {
    const legs = reader.count();
    reader.skip(legs * 4);
  }
  if (reader.flag()) reader.skip(3);
  const genericTicks = reader.text();
  return { type: 'reqMktData', id: requestId, contract, genericTicks, snapshot: reader.flag() };
}

function reqContractDetails({ reader, version, id }: Decoding): ClientRequest {
  reader.skip(1);
  const requestId = id();
  const contract = readContract(reader);
  reader.flag(); // include expired
  reader.skip(version >= SINCE.issuerId ? 3 : 2);
  return { type: 'reqContractDetails', id: requestId, contract };
}

function reqExecutions({ reader, id }: Decoding): ClientRequest {
  reader.skip(1);
  const requestId = id();
  const clientId = reader.integer();
  const account = reader.text().trim();
  const time = reader.text().trim();
  const symbol = reader.text().trim();
  const secType = reader.text().trim().toUpperCase();
  reader.skip(1); // exchange: this gateway has one
  const side = reader.text().trim().toUpperCase();
  return {
    type: 'reqExecutions',
    id: requestId,
    clientId,
    account,
    time,
    symbol,
    secType,
    side,
  };
}

function cancelOrder({ reader, version, id }: Decoding): ClientRequest {
  if (version < SINCE.cmeTagging) reader.skip(1);
  // What follows (time, operator, indicator) is for the regulator, not for the exchange.
  return { type: 'cancelOrder', orderId: id() };
}

/** Its contract is the only one without a primary exchange. What follows is for the regulator. */
function exerciseOptions({ reader, id }: Decoding): ClientRequest {
  reader.skip(1);
  const requestId = id();
  const contract = readContract(reader, false);
  const action = reader.integer();
  const quantity = reader.integer();
  const account = reader.text().trim();
  const override = reader.flag();
  const asked = { action, quantity, account, override };
  return { type: 'exerciseOptions', id: requestId, contract, ...asked };
}

function accountAndModel(
  type: 'reqPositionsMulti' | 'reqAccountUpdatesMulti' | 'reqPnl',
  hasVersion: boolean,
): Decoder {
  return ({ reader, id }) => {
    if (hasVersion) reader.skip(1);
    const requestId = id();
    const account = reader.text().trim();
    return { type, id: requestId, account, model: reader.text().trim() };
  };
}

const DECODERS: ReadonlyMap<number, Decoder> = new Map<number, Decoder>([
  [CLIENT.reqMktData, reqMktData],
  [CLIENT.cancelMktData, cancel('cancelMktData')],
  [
    CLIENT.placeOrder,
    ({ reader, version, id }) => ({
      type: 'placeOrder',
      order: decodeOrder(reader, version, id()),
    }),
  ],
  [CLIENT.cancelOrder, cancelOrder],
  [CLIENT.reqOpenOrders, bare('reqOpenOrders')],
  [
    CLIENT.reqAccountUpdates,
    ({ reader }) => {
      reader.skip(1);
      const subscribe = reader.flag();
      return { type: 'reqAccountUpdates', subscribe, account: reader.optionalText().trim() };
    },
  ],
  [CLIENT.reqExecutions, reqExecutions],
  [CLIENT.reqIds, bare('reqIds')],
  [CLIENT.reqNewsBulletins, bare('reqNewsBulletins')],
  [CLIENT.cancelNewsBulletins, bare('cancelNewsBulletins')],
  [CLIENT.exerciseOptions, exerciseOptions],
  [CLIENT.reqContractDetails, reqContractDetails],
  [CLIENT.setServerLogLevel, bare('setServerLogLevel')],
  [CLIENT.reqAutoOpenOrders, bare('reqAutoOpenOrders')],
  [CLIENT.reqAllOpenOrders, bare('reqAllOpenOrders')],
  [CLIENT.reqManagedAccounts, bare('reqManagedAccounts')],
  [CLIENT.reqCurrentTime, bare('reqCurrentTime')],
  [CLIENT.reqGlobalCancel, bare('reqGlobalCancel')],
  [
    CLIENT.reqMarketDataType,
    ({ reader }) => {
      reader.skip(1);
      return { type: 'reqMarketDataType', marketDataType: reader.id() };
    },
  ],
  [CLIENT.reqPositions, bare('reqPositions')],
  [
    CLIENT.reqAccountSummary,
    ({ reader, id }) => {
      reader.skip(1);
      const requestId = id();
      reader.skip(1); // group: there is only "All"
      return { type: 'reqAccountSummary', id: requestId, tags: reader.text() };
    },
  ],
  [CLIENT.cancelAccountSummary, cancel('cancelAccountSummary')],
  [CLIENT.cancelPositions, bare('cancelPositions')],
  [
    CLIENT.startApi,
    ({ reader }) => {
      reader.skip(1);
      const clientId = reader.id();
      if (clientId < 0) throw new MalformedField('has a negative client id');
      return { type: 'startApi', clientId };
    },
  ],
  [CLIENT.reqPositionsMulti, accountAndModel('reqPositionsMulti', true)],
  [CLIENT.cancelPositionsMulti, cancel('cancelPositionsMulti')],
  [CLIENT.reqAccountUpdatesMulti, accountAndModel('reqAccountUpdatesMulti', true)],
  [CLIENT.cancelAccountUpdatesMulti, cancel('cancelAccountUpdatesMulti')],
  [
    CLIENT.reqSecDefOptParams,
    ({ reader, id }) => {
      const requestId = id();
      const symbol = reader.text().trim();
      reader.skip(2); // futures exchange, security type of the underlying
      return { type: 'reqSecDefOptParams', id: requestId, symbol, conId: reader.integer() };
    },
  ],
  [CLIENT.reqMarketRule, ({ reader }) => ({ type: 'reqMarketRule', ruleId: reader.id() })],
  [CLIENT.reqPnl, accountAndModel('reqPnl', false)],
  [CLIENT.cancelPnl, ({ id }) => ({ type: 'cancelPnl', id: id() })],
  [
    CLIENT.reqPnlSingle,
    ({ reader, id }) => {
      const requestId = id();
      const account = reader.text().trim();
      reader.skip(1); // model
      return { type: 'reqPnlSingle', id: requestId, account, conId: reader.integer() };
    },
  ],
  [CLIENT.cancelPnlSingle, ({ id }) => ({ type: 'cancelPnlSingle', id: id() })],
  [
    CLIENT.reqCompletedOrders,
    ({ reader }) => ({ type: 'reqCompletedOrders', apiOnly: reader.flag() }),
  ],
  [CLIENT.reqFamilyCodes, bare('reqFamilyCodes')],
  [CLIENT.reqMktDepthExchanges, bare('reqMktDepthExchanges')],
  [CLIENT.reqNewsProviders, bare('reqNewsProviders')],
  [CLIENT.reqSoftDollarTiers, ({ id }) => ({ type: 'reqSoftDollarTiers', id: id() })],
  [CLIENT.reqSmartComponents, ({ id }) => ({ type: 'reqSmartComponents', id: id() })],
  [CLIENT.reqUserInfo, ({ id }) => ({ type: 'reqUserInfo', id: id() })],
  ...HISTORY_DECODERS,
]);
