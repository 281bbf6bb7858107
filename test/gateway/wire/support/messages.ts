/** Every message that a gateway sends this program, and how one of them can be broken. */

import fc from 'fast-check';

import type { VenueExecution } from '../../../../src/gateway/sim/venue.ts';
import {
  encodeAccountSummary,
  encodeAccountSummaryEnd,
  encodeCommission,
  encodeContractDetails,
  encodeContractDetailsEnd,
  encodeCurrentTime,
  encodeError,
  encodeExecution,
  encodeExecutionsEnd,
  encodeManagedAccounts,
  encodeMarketRule,
  encodeNextValidId,
  encodePosition,
  encodePositionEnd,
  encodeSecDefOptParam,
  encodeSecDefOptParamEnd,
} from '../../../../src/gateway/tws/encode.ts';
import {
  encodeCompletedOrder,
  encodeCompletedOrdersEnd,
  encodeOpenOrder,
  encodeOpenOrderEnd,
  encodeOrderBound,
  encodeOrderStatus,
} from '../../../../src/gateway/tws/encode-order.ts';
import type { Message } from '../../../../src/gateway/tws/framing.ts';
import { ACCOUNT, FakeVenue, NOW, PUT, SELL_ORDER, SPY } from '../../tws/support/fake-venue.ts';

/** On both sides of every version at which a layout that we read changes. */
export const VERSIONS = [157, 159, 161, 163, 165, 167, 171, 176, 177, 178, 182, 184, 186, 189, 193];

const EXECUTION: VenueExecution = {
  ...{ execId: '0001.01', clientId: 7, orderId: 42, permId: 1_000_001, orderRef: 'demo:1:42' },
  ...{ account: ACCOUNT, contract: SPY, side: 'SELL', quantity: 12, price: 450.3 },
  ...{ cumulativeQuantity: 12, averagePrice: 450.3, commission: 1.01, realizedPnl: null, ts: NOW },
};

const MARGINS = {
  ...{ initMarginBefore: 500, initMarginChange: 20, equityBefore: 100_000, commission: 1 },
};

const CHAIN = {
  ...{ exchange: 'SMART', underlyingConId: SPY.conId, tradingClass: 'SPY', multiplier: 100 },
  ...{ expiries: ['20230901', '20230915'], strikes: [425, 430, 437.5] },
};

/** One message of every kind that this program is sent. */
export function messages(version: number): readonly Message[] {
  const venue = new FakeVenue();
  const terms = venue.findContracts({
    ...{ conId: 0, symbol: 'SPY', secType: '', expiry: '', strike: 0, right: '' },
  });
  const [position] = venue.positions();
  const details = { marketRuleId: 26, underlyingConId: SPY.conId };
  const done = { ...SELL_ORDER, status: 'Filled', filled: 112, completedAt: NOW } as const;
  const value = { account: ACCOUNT, key: 'NetLiquidation', value: '100000.00' };
  // The library reads a completed order before 177 as if it were later, and loses its place.
  const completed = version >= 177 ? [encodeCompletedOrder(version, done)] : [];
  return [
    encodeManagedAccounts([ACCOUNT, 'DU2']),
    encodeNextValidId(5),
    encodeError(version, -1, 2104, 'Market data farm connection is OK:usfarm'),
    encodeError(version, 42, 201, 'Order rejected – reason: señal'),
    encodeCurrentTime(NOW),
    ...[
      encodeOpenOrder(version, SELL_ORDER),
      encodeOpenOrder(version, { ...SELL_ORDER, contract: PUT }),
    ],
    encodeOpenOrder(version, SELL_ORDER, MARGINS),
    ...[encodeOrderStatus(SELL_ORDER), encodeOpenOrderEnd(), encodeOrderBound(1_000_001, 7, 42)],
    ...[...completed, encodeCompletedOrdersEnd()],
    encodeExecution(version, 9, EXECUTION),
    encodeExecution(version, -1, { ...EXECUTION, contract: PUT }),
    ...[encodeExecutionsEnd(9), encodeCommission(EXECUTION)],
    ...(position === undefined ? [] : [encodePosition(position)]),
    ...[encodePositionEnd(), encodeAccountSummary(3, value), encodeAccountSummaryEnd(3)],
    ...terms.map((one) => encodeContractDetails(version, 11, one, details)),
    encodeContractDetailsEnd(11),
    encodeSecDefOptParam(12, CHAIN),
    encodeSecDefOptParamEnd(12),
    encodeMarketRule(26, [
      { lowEdge: 0, increment: 0.01 },
      { lowEdge: 3, increment: 0.05 },
    ]),
    ...TICKS,
  ];
}

/** Price, size, model, generic, text, end of a snapshot, kind of data, parameters of the line. */
const TICKS: readonly Message[] = [
  [1, 6, 1, 1, 450.25, 300, 1],
  [1, 6, 1, 2, 450.27, 500, 1],
  [1, 6, 1, 4, -1, 0, 0],
  [1, 6, 1, 66, 450.25, '1,200', 1],
  [2, 6, 1, 0, 300],
  [21, 2, 13, 0, 0.15, -0.2, 2.1, 0, 0.01, 0.4, -0.05, 451],
  [21, 2, 83, 0, -1, -2, -1, 0, -2, -2, -2, -1],
  [45, 6, 1, 49, 0],
  [46, 6, 1, 45, '1691069460'],
  [57, 1, 1],
  [58, 1, 1, 3],
  [81, 1, 0.01, 'SMART', 3],
];

export const EVERY = new Map(VERSIONS.map((version) => [version, messages(version)]));

/** What stands in fields that are broken, unset or somebody else's. */
const ODD_FIELDS = [
  ...['', '0', '-1', '-2', '2147483647', '1.7976931348623157E308', '1e400', 'Infinity', 'NaN'],
  ...['abc', '12abc', '1,234', ' 7', '0x10', '1.5', 'true', 'P', 'CALL', 'None', 'PEG BENCH'],
  ...['\\u00e9', '\\u00', '\\uzzzz', '{"reason":1}', '{', '3', '5', '20230901-16:00:00', 'é'],
];

/** Changes the fields behind the first `kept` ones. */
export type Change = (fields: string[], kept: number) => void;

const oddField = fc.constantFrom(...ODD_FIELDS);
const place = fc.nat({ max: 140 });

export const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(place, oddField).map(
    ([at, field]): Change =>
      (fields, kept) => {
        if (fields.length > kept) fields[kept + (at % (fields.length - kept))] = field;
      },
  ),
  place.map(
    (at): Change =>
      (fields, kept) => {
        fields.length = Math.min(fields.length, kept + at);
      },
  ),
  fc.tuple(place, oddField).map(
    ([at, field]): Change =>
      (fields, kept) => {
        fields.splice(kept + (at % (fields.length - kept + 1)), 0, field);
      },
  ),
  place.map(
    (at): Change =>
      (fields, kept) => {
        if (fields.length > kept) fields.splice(kept + (at % (fields.length - kept)), 1);
      },
  ),
);

/**
 * The message's number stays, or it would be another message; and so does the literal version of
 * contract details, by which the library reads layouts that no gateway writes any more.
 */
export function keptFields(fields: readonly string[], version: number): number {
  return fields[0] === '10' && version < 164 ? 2 : 1;
}
