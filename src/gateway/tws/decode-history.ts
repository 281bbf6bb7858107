/** Requests about charts, symbols and computations, in the shape of the other decoders. */

import { readContract } from './decode-contract.ts';
import type { CancelRequest, ClientRequest, Decoder, Decoding } from './requests.ts';
import { CLIENT } from './wire-ids.ts';

const COMBO_LEG_FIELDS = 4;

function reqHistoricalData({ reader, id }: Decoding): ClientRequest {
  const requestId = id();
  const contract = readContract(reader);
  reader.flag(); // include expired
  const end = reader.text().trim();
  const barSize = reader.text().trim();
  const duration = reader.text().trim();
  reader.text(); // regular hours only: there are prices of no others
  const what = reader.text().trim().toUpperCase();
  const dateFormat = reader.integer();
  if (contract.secType === 'BAG') {
    const legs = reader.count();
    reader.skip(legs * COMBO_LEG_FIELDS);
  }
  const keepUpToDate = reader.flag();
  const asked = { end, barSize, duration, what, dateFormat, keepUpToDate };
  return { type: 'reqHistoricalData', id: requestId, contract, ...asked };
}

function reqHeadTimestamp({ reader, id }: Decoding): ClientRequest {
  const requestId = id();
  const contract = readContract(reader);
  reader.skip(2); // include expired, regular hours
  const what = reader.text().trim().toUpperCase();
  return { type: 'reqHeadTimestamp', id: requestId, contract, what, dateFormat: reader.integer() };
}

function reqRealTimeBars({ reader, id }: Decoding): ClientRequest {
  reader.skip(1);
  const requestId = id();
  const contract = readContract(reader);
  reader.skip(1); // length of the bars: there is one
  const what = reader.text().trim().toUpperCase();
  reader.flag(); // regular hours only: there are prices of no others
  return { type: 'reqRealTimeBars', id: requestId, contract, what };
}

function reqHistoricalTicks({ reader, id }: Decoding): ClientRequest {
  const requestId = id();
  const contract = readContract(reader);
  reader.flag(); // include expired
  const start = reader.text().trim();
  const end = reader.text().trim();
  const count = reader.integer();
  const what = reader.text().trim().toUpperCase();
  reader.skip(2); // regular hours only, ignore size
  return { type: 'reqHistoricalTicks', id: requestId, contract, start, end, count, what };
}

function reqTickByTickData({ reader, id }: Decoding): ClientRequest {
  const requestId = id();
  const contract = readContract(reader);
  return { type: 'reqTickByTickData', id: requestId, contract, tickType: reader.text().trim() };
}

function calculate(type: 'calculateImpliedVolatility' | 'calculateOptionPrice'): Decoder {
  return ({ reader, id }) => {
    reader.skip(1);
    const requestId = id();
    const contract = readContract(reader);
    const given = reader.decimal() ?? 0;
    return { type, id: requestId, contract, given, underlyingPrice: reader.decimal() ?? 0 };
  };
}

function cancel(type: CancelRequest, hasVersion: boolean): Decoder {
  return ({ reader, id }) => {
    if (hasVersion) reader.skip(1);
    return { type, id: id() };
  };
}

export const HISTORY_DECODERS: readonly (readonly [number, Decoder])[] = [
  [CLIENT.reqHistoricalData, reqHistoricalData],
  [CLIENT.cancelHistoricalData, cancel('cancelHistoricalData', true)],
  [CLIENT.reqHeadTimestamp, reqHeadTimestamp],
  [CLIENT.cancelHeadTimestamp, cancel('cancelHeadTimestamp', false)],
  [CLIENT.reqRealTimeBars, reqRealTimeBars],
  [CLIENT.cancelRealTimeBars, cancel('cancelRealTimeBars', true)],
  [CLIENT.reqHistoricalTicks, reqHistoricalTicks],
  [CLIENT.reqTickByTickData, reqTickByTickData],
  [CLIENT.cancelTickByTickData, cancel('cancelTickByTickData', false)],
  [
    CLIENT.reqMatchingSymbols,
    ({ reader, id }) => ({ type: 'reqMatchingSymbols', id: id(), pattern: reader.text().trim() }),
  ],
  [CLIENT.calculateImpliedVolatility, calculate('calculateImpliedVolatility')],
  [CLIENT.calculateOptionPrice, calculate('calculateOptionPrice')],
  [CLIENT.cancelCalculateImpliedVolatility, cancel('cancelCalculateImpliedVolatility', true)],
  [CLIENT.cancelCalculateOptionPrice, cancel('cancelCalculateOptionPrice', true)],
];
