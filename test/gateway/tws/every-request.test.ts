/**
 * Every request of the server's table, made by the client library itself at each version: the
 * table of this test has the names of the server's, so that none can be left out.
 */

import { strict as assert } from 'node:assert';
import {
  BarSizeSetting,
  type Contract,
  EventName,
  type IBApi,
  MarketDataType,
  OptionExerciseAction,
  OrderAction,
  OrderType,
  SecType,
  TickByTickDataType,
  TimeInForce,
  WhatToShow,
} from '@stoqey/ib';
import { describe, it } from 'vitest';
import { UNSERVED, UNSERVED_CANCELS } from '../../../src/gateway/tws/unserved.ts';
import { CLIENT } from '../../../src/gateway/tws/wire-ids.ts';
import { ApiClient } from './support/api-client.ts';
import { ACCOUNT, NOW, PUT, SPY } from './support/fake-venue.ts';
import { startGateway } from './support/gateway.ts';
import { VERSIONS } from './support/layout.ts';

type RequestName = keyof typeof CLIENT;

interface Request {
  readonly ask: (api: IBApi) => unknown;
  /** The event that ends the answer; null: the server says nothing. */
  readonly hears: EventName | null;
  /** The first version at which the library can ask. */
  readonly since?: number;
}

const STOCK: Contract = { symbol: 'SPY', secType: SecType.STK, exchange: 'SMART', currency: 'USD' };
const OPTION: Contract = { conId: PUT.conId, exchange: 'SMART' };
const ORDER = {
  action: OrderAction.BUY,
  orderType: OrderType.LMT,
  lmtPrice: 450,
  totalQuantity: 100,
  tif: TimeInForce.DAY,
  account: ACCOUNT,
  transmit: true,
};
const { TRADES } = WhatToShow;
const MINUTE = BarSizeSetting.MINUTES_ONE;

/** In an order in which each finds what it needs; cancels end what was asked before. */
const REQUESTS: Readonly<Record<RequestName, Request>> = {
  startApi: { ask: () => undefined, hears: null },
  setServerLogLevel: { ask: (api) => api.setServerLogLevel(5), hears: null },
  reqMarketDataType: { ask: (api) => api.reqMarketDataType(MarketDataType.FROZEN), hears: null },
  reqMktData: {
    ask: (api) => api.reqMktData(1, STOCK, '100,101,104,106,232,236,456', false, false),
    hears: EventName.tickPrice,
  },
  cancelMktData: { ask: (api) => api.cancelMktData(1), hears: null },
  placeOrder: { ask: (api) => api.placeOrder(1, STOCK, ORDER), hears: EventName.orderStatus },
  reqOpenOrders: { ask: (api) => api.reqOpenOrders(), hears: EventName.openOrderEnd },
  reqAllOpenOrders: { ask: (api) => api.reqAllOpenOrders(), hears: EventName.openOrderEnd },
  reqAutoOpenOrders: { ask: (api) => api.reqAutoOpenOrders(false), hears: null },
  cancelOrder: { ask: (api) => api.cancelOrder(1), hears: EventName.orderStatus },
  reqGlobalCancel: { ask: (api) => api.reqGlobalCancel(), hears: null },
  reqIds: { ask: (api) => api.reqIds(), hears: EventName.nextValidId },
  exerciseOptions: {
    ask: (api) => api.exerciseOptions(2, OPTION, OptionExerciseAction.EXERCISE, 99, ACCOUNT, 1),
    hears: EventName.error,
  },
  reqExecutions: { ask: (api) => api.reqExecutions(3, {}), hears: EventName.execDetailsEnd },
  reqManagedAccounts: { ask: (api) => api.reqManagedAccts(), hears: EventName.managedAccounts },
  reqFamilyCodes: { ask: (api) => api.reqFamilyCodes(), hears: EventName.familyCodes },
  reqUserInfo: { ask: (api) => api.reqUserInfo(4), hears: EventName.userInfo, since: 161 },
  reqCurrentTime: { ask: (api) => api.reqCurrentTime(), hears: EventName.currentTime },
  reqNewsBulletins: { ask: (api) => api.reqNewsBulletins(true), hears: null },
  cancelNewsBulletins: { ask: (api) => api.cancelNewsBulletins(), hears: null },
  reqNewsProviders: { ask: (api) => api.reqNewsProviders(), hears: EventName.newsProviders },
  reqSoftDollarTiers: { ask: (api) => api.reqSoftDollarTiers(5), hears: EventName.softDollarTiers },
  reqMktDepthExchanges: {
    ask: (api) => api.reqMktDepthExchanges(),
    hears: EventName.mktDepthExchanges,
  },
  reqSmartComponents: {
    ask: (api) => api.reqSmartComponents(6, 'SMART'),
    hears: EventName.smartComponents,
  },
  reqAccountUpdates: {
    ask: (api) => api.reqAccountUpdates(true, ACCOUNT),
    hears: EventName.accountDownloadEnd,
  },
  reqAccountSummary: {
    ask: (api) => api.reqAccountSummary(7, 'All', 'NetLiquidation'),
    hears: EventName.accountSummaryEnd,
  },
  cancelAccountSummary: { ask: (api) => api.cancelAccountSummary(7), hears: null },
  reqPositions: { ask: (api) => api.reqPositions(), hears: EventName.positionEnd },
  cancelPositions: { ask: (api) => api.cancelPositions(), hears: null },
  reqPositionsMulti: {
    ask: (api) => api.reqPositionsMulti(8, ACCOUNT, ''),
    hears: EventName.positionMultiEnd,
  },
  cancelPositionsMulti: { ask: (api) => api.cancelPositionsMulti(8), hears: null },
  reqAccountUpdatesMulti: {
    ask: (api) => api.reqAccountUpdatesMulti(9, ACCOUNT, '', false),
    hears: EventName.accountUpdateMultiEnd,
  },
  cancelAccountUpdatesMulti: { ask: (api) => api.cancelAccountUpdatesMulti(9), hears: null },
  reqPnl: { ask: (api) => api.reqPnL(10, ACCOUNT), hears: EventName.pnl },
  cancelPnl: { ask: (api) => api.cancelPnL(10), hears: null },
  reqPnlSingle: {
    ask: (api) => api.reqPnLSingle(11, ACCOUNT, '', PUT.conId),
    hears: EventName.pnlSingle,
  },
  cancelPnlSingle: { ask: (api) => api.cancelPnLSingle(11), hears: null },
  reqContractDetails: {
    ask: (api) => api.reqContractDetails(12, STOCK),
    hears: EventName.contractDetailsEnd,
  },
  reqSecDefOptParams: {
    ask: (api) => api.reqSecDefOptParams(13, 'SPY', '', SecType.STK, SPY.conId),
    hears: EventName.securityDefinitionOptionParameterEnd,
  },
  reqMatchingSymbols: {
    ask: (api) => api.reqMatchingSymbols(14, 'SP'),
    hears: EventName.symbolSamples,
  },
  reqMarketRule: { ask: (api) => api.reqMarketRule(26), hears: EventName.marketRule },
  calculateImpliedVolatility: {
    ask: (api) => api.calculateImpliedVolatility(15, OPTION, 2.1, 450),
    hears: EventName.tickOptionComputation,
  },
  cancelCalculateImpliedVolatility: {
    ask: (api) => api.cancelCalculateImpliedVolatility(15),
    hears: null,
  },
  calculateOptionPrice: {
    ask: (api) => api.calculateOptionPrice(16, OPTION, 0.2, 450),
    hears: EventName.tickOptionComputation,
  },
  cancelCalculateOptionPrice: { ask: (api) => api.cancelCalculateOptionPrice(16), hears: null },
  reqHistoricalData: {
    ask: (api) => api.reqHistoricalData(17, STOCK, '', '1 D', MINUTE, TRADES, 1, 1, true),
    hears: EventName.historicalData,
  },
  cancelHistoricalData: { ask: (api) => api.cancelHistoricalData(17), hears: null },
  reqHeadTimestamp: {
    ask: (api) => api.reqHeadTimestamp(18, STOCK, TRADES, true, 1),
    hears: EventName.headTimestamp,
  },
  cancelHeadTimestamp: { ask: (api) => api.cancelHeadTimestamp(18), hears: null },
  reqHistoricalTicks: {
    ask: (api) => api.reqHistoricalTicks(19, STOCK, '', '20230803-13:31:00', 9, TRADES, 1, true),
    hears: EventName.historicalTicksLast,
  },
  reqRealTimeBars: { ask: (api) => api.reqRealTimeBars(20, STOCK, 5, TRADES, true), hears: null },
  cancelRealTimeBars: { ask: (api) => api.cancelRealTimeBars(20), hears: null },
  reqTickByTickData: {
    ask: (api) => api.reqTickByTickData(21, STOCK, TickByTickDataType.BidAsk, 0, true),
    hears: EventName.tickByTickBidAsk,
  },
  cancelTickByTickData: { ask: (api) => api.cancelTickByTickData(21), hears: null },
  reqCompletedOrders: {
    ask: (api) => api.reqCompletedOrders(true),
    hears: EventName.completedOrdersEnd,
  },
};

const NAMES = Object.keys(REQUESTS) as readonly RequestName[];
describe('the table of requests', () => {
  it('has each message id of the protocol once: served, refused, or a cancel of what is refused', () => {
    const gaps = new Set([60, ...Array.from({ length: 23 }, (_, index) => 26 + index)]);
    const protocol = Array.from({ length: 104 }, (_, index) => index + 1);
    const known = [...Object.values(CLIENT), ...UNSERVED.keys(), ...UNSERVED_CANCELS.keys()];
    assert.deepEqual(
      known.toSorted((a, b) => a - b),
      protocol.filter((id) => !gaps.has(id)),
    );
  });
});

describe.each(VERSIONS)('@stoqey/ib at version %i', (cap) => {
  it('makes every request, and reads the answer to each', async () => {
    const gateway = await startGateway({ cap });
    const client = new ApiClient(gateway.port, 11);
    const sent: number[] = [];
    client.api.on(EventName.sent, (tokens) => sent.push(Number(String(tokens).split(',', 1)[0])));
    await client.connect();
    const heard = new Set<RequestName>(['startApi']);
    for (const name of NAMES) {
      const { ask, hears, since = 0 } = REQUESTS[name];
      if (cap < since) continue;
      sent.length = 0;
      const errors = client.errors().length;
      ask(client.api);
      if (hears !== null) await client.take(hears);
      client.api.reqCurrentTime();
      await client.take(EventName.currentTime);
      if (sent.includes(CLIENT[name])) heard.add(name);
      const expected = name === 'exerciseOptions' || name === 'cancelOrder' ? 1 : 0;
      assert.equal(client.errors().length - errors, expected, `${name}: ${client.errors().at(-1)}`);
    }
    const possible = NAMES.filter((name) => cap >= (REQUESTS[name].since ?? 0));
    assert.deepEqual([...heard].sort(), [...possible].sort());
    assert.deepEqual(client.decodeErrors(), []);
    client.close();
    await gateway.server.close();
  });

  it('reads the bars of five seconds, dividends and past ticks of each kind', async () => {
    const gateway = await startGateway({ cap });
    const client = new ApiClient(gateway.port, 11);
    await client.connect();
    const { api } = client;
    api.reqRealTimeBars(1, STOCK, 5, TRADES, true);
    api.reqMktData(2, STOCK, '456', false, false);
    const dividends = await client.take(EventName.tickString, (args) => Number(args[1]) === 59);
    assert.equal(dividends[2], '6.3,6.6,20230915,1.58');
    for (const second of [-58, -57, -52]) {
      gateway.venue.setQuote(SPY.conId, { ts: NOW + second * 1000 });
    }
    const bar = await client.take(EventName.realtimeBar);
    assert.deepEqual(bar, [1, NOW / 1000 - 60, 450, 451, 449, 450.5, 900, 450, 9]);
    const start = '20230803 09:30:58';
    const past = (id: number, what: WhatToShow): IBApi =>
      api.reqHistoricalTicks(id, STOCK, start, '', 1, what, 1, true);
    past(3, WhatToShow.MIDPOINT);
    const [, middles] = await client.take(EventName.historicalTicks);
    assert.deepEqual(middles, [{ time: NOW / 1000 - 2, price: 448, size: 100 }]);
    past(4, WhatToShow.BID_ASK);
    const [, quotes, done] = await client.take(EventName.historicalTicksBidAsk);
    const [quote] = quotes as { priceBid: number; sizeAsk: number }[];
    assert.deepEqual([quote?.priceBid, quote?.sizeAsk, done], [451, 4, true]);
    past(5, TRADES);
    const [, trades] = await client.take(EventName.historicalTicksLast);
    assert.equal((trades as { exchange: string }[])[0]?.exchange, 'SMART');
    api.reqHistoricalTicks(6, STOCK, start, start, 1, TRADES, 1, true);
    assert.deepEqual((await client.take(EventName.error)).slice(1, 3), [321, 6]);
    assert.deepEqual(client.decodeErrors(), []);
    client.close();
    await gateway.server.close();
  });

  it('exercises options, and hears why not', async () => {
    const gateway = await startGateway({ cap });
    const client = new ApiClient(gateway.port, 11);
    await client.connect();
    client.api.exerciseOptions(5, OPTION, OptionExerciseAction.LAPSE, 3, ACCOUNT, 1);
    client.api.exerciseOptions(6, OPTION, OptionExerciseAction.EXERCISE, 99, ACCOUNT, 0);
    client.api.exerciseOptions(7, OPTION, OptionExerciseAction.EXERCISE, 1, 'DU999', 0);
    const codes = [];
    for (let index = 0; index < 2; index += 1) {
      codes.push((await client.take(EventName.error)).slice(1, 3));
    }
    assert.deepEqual(codes, [
      [322, 6],
      [321, 7],
    ]);
    const [lapse] = gateway.venue.exercised;
    const asked = { clientId: 11, id: 5, account: ACCOUNT, conId: PUT.conId };
    assert.deepEqual(lapse, { ...asked, action: 2, quantity: 3, override: true });
    client.close();
    await gateway.server.close();
  });
});
