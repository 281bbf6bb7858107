import { strict as assert } from 'node:assert';
import {
  BarSizeSetting,
  type Contract,
  EventName,
  OptionExerciseAction,
  OrderAction,
  OrderType,
  SecType,
  TimeInForce,
  WhatToShow,
} from '@stoqey/ib';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { startTwsServer, type TwsServer } from '../../../src/gateway/tws/server.ts';
import { createLogger } from '../../../src/log.ts';
import { ACCOUNT, openWorld, SECOND, type World } from '../sim/support/world.ts';
import { ApiClient } from './support/api-client.ts';

const STOCK: Contract = { conId: 77, symbol: 'ABC', secType: SecType.STK, exchange: 'SMART' };

const SECOND_ACCOUNT = 'DU0000002';
const ACCOUNTS = [ACCOUNT, SECOND_ACCOUNT].map((id) => ({ id, cash: 100_000, positions: [] }));

/** The exchange that the gateway runs behind this server, in lock-step so that a test moves it. */
describe('the simulated exchange behind the TWS server', () => {
  let world: World;
  let server: TwsServer;
  let client: ApiClient;
  beforeEach(async () => {
    world = await openWorld({ scenario: { lock_step: true } });
    const log = createLogger({ level: 'silent', pretty: false });
    const { exchange: venue, clock: mono } = world;
    server = await startTwsServer({ venue, host: '127.0.0.1', port: 0, mono, log });
    client = new ApiClient(server.port, 3);
    await client.connect();
  });
  afterEach(async () => {
    client.close();
    await server.close();
    assert.deepEqual(client.decodeErrors(), []);
  });

  it('fills a hedge and tells it before the time of the step', async () => {
    client.api.reqPositions();
    await client.take(EventName.positionEnd);
    client.api.reqMktData(1, STOCK, '', false, false);
    await client.take(EventName.tickPrice);
    client.api.placeOrder(1, STOCK, {
      action: OrderAction.BUY,
      orderType: OrderType.LMT,
      lmtPrice: 100.01,
      totalQuantity: 10,
      tif: TimeInForce.DAY,
      account: ACCOUNT,
      orderRef: 'demo:1:1',
      transmit: true,
    });
    await client.take(EventName.openOrder);
    const to = Math.ceil(world.exchange.now() / SECOND) * SECOND + SECOND;
    await world.exchange.step(to);
    const time = await client.take(EventName.currentTime);
    assert.deepEqual(time, [to / SECOND]);
    const names = client.events.map(({ name }) => name);
    for (const name of [EventName.execDetails, EventName.commissionReport, EventName.position]) {
      assert(names.includes(name), name);
      assert(names.lastIndexOf(name) < names.lastIndexOf(EventName.currentTime), name);
    }
  });

  it('tells profits of each second in which prices move, and values every three minutes', async () => {
    const { exchange } = world;
    exchange.trade({ what: { symbol: 'ABC' }, side: 'BUY', quantity: 100 });
    client.api.reqPnL(1, ACCOUNT);
    client.api.reqPnLSingle(2, ACCOUNT, '', 77);
    client.api.reqAccountUpdates(true, ACCOUNT);
    await client.take(EventName.accountDownloadEnd);
    exchange.movePrice('ABC', { price: 110 });
    const start = Math.ceil(exchange.now() / SECOND) * SECOND;
    const heardIn = async (to: number): Promise<readonly string[]> => {
      const before = client.events.length;
      await exchange.step(to);
      await client.take(EventName.currentTime);
      return client.events.slice(before).map(({ name }) => name);
    };
    const moved = await heardIn(start + SECOND);
    assert.deepEqual(moved, [EventName.pnl, EventName.pnlSingle, EventName.currentTime]);
    const profit = client.events.findLast(({ name }) => name === EventName.pnl);
    assert(Number(profit?.args[2]) > 900, String(profit?.args));
    assert.deepEqual(await heardIn(start + 2 * SECOND), [EventName.currentTime]);
    const later = await heardIn(start + 200 * SECOND);
    assert(later.includes(EventName.updateAccountValue), later.join());
    assert(later.includes(EventName.updatePortfolio), later.join());
  });

  it('tells what its options have traded and how many are open', async () => {
    await world.exchange.step(world.exchange.now() + 3600 * SECOND);
    client.api.reqMktData(1, STOCK, '100,101', false, false);
    for (const type of [29, 30, 27, 28]) {
      const size = await client.take(EventName.tickSize, (args) => args[1] === type);
      assert(Number(size[2]) > 0, String(size));
    }
  });

  it("tells the day's profit of an account and of a position", async () => {
    const { exchange } = world;
    exchange.trade({ what: { symbol: 'ABC' }, side: 'BUY', quantity: 100 });
    exchange.movePrice('ABC', { price: 110 });
    client.api.reqPnL(1, ACCOUNT);
    const [, daily] = await client.take(EventName.pnl);
    client.api.reqPnLSingle(2, ACCOUNT, '', 77);
    const [, held, single] = await client.take(EventName.pnlSingle);
    assert.equal(held, 100);
    assert(Number(daily) > 990 && Number(daily) < 1000, String(daily));
    assert(Math.abs(Number(single) - Number(daily)) < 0.01, String(single));
  });

  it('answers for its options: chain, details and a model', async () => {
    client.api.reqSecDefOptParams(1, 'ABC', '', SecType.STK, 77);
    const chain = await client.take(EventName.securityDefinitionOptionParameter);
    const [expiry = ''] = chain[5] as readonly string[];
    const option = { symbol: 'ABC', secType: SecType.OPT, exchange: 'SMART', currency: 'USD' };
    const wanted = { ...option, lastTradeDateOrContractMonth: expiry, strike: 100 };
    client.api.reqContractDetails(2, wanted);
    await client.take(EventName.contractDetails);
    await client.take(EventName.contractDetailsEnd);
    client.api.reqMktData(3, wanted, '', false, false);
    assert.equal((await client.take(EventName.error))[1], 200);
  });

  it('takes no exercise of an option that is not held, and says so in the words of TWS', async () => {
    const option = { symbol: 'ABC', secType: SecType.OPT, exchange: 'SMART', currency: 'USD' };
    client.api.reqContractDetails(1, option);
    const [, details] = await client.take(EventName.contractDetails);
    const { contract } = details as { contract: Contract };
    client.api.exerciseOptions(2, contract, OptionExerciseAction.EXERCISE, 1, ACCOUNT, 0);
    const [error, code, id] = await client.take(EventName.error);
    assert.deepEqual([code, id], [322, 2]);
    assert.match(String(error), /No unlapsed position exists in this option in account/);
  });

  it('shows charts, past ticks and dividends of what its lines showed', async () => {
    client.api.reqMktData(1, STOCK, '', false, false);
    await client.take(EventName.tickPrice);
    const to = Math.ceil(world.exchange.now() / SECOND) * SECOND + 60 * SECOND;
    await world.exchange.step(to);
    const { BID_ASK, MIDPOINT, TRADES } = WhatToShow;
    const size = BarSizeSetting.SECONDS_FIVE;
    for (const [index, what] of [TRADES, MIDPOINT, WhatToShow.BID, BID_ASK].entries()) {
      client.api.reqHistoricalData(10 + index, STOCK, '', '60 S', size, what, 1, 2, false);
      const bar = await client.take(EventName.historicalData);
      assert.equal(bar[0], 10 + index);
      assert(Number(bar[5]) > 0, String(bar));
      await client.take(EventName.historicalData, (args) => /^finished/.test(String(args[1])));
    }
    client.api.reqHistoricalTicks(20, STOCK, '', 'now', 5, BID_ASK, 1, true);
    assert.equal((await client.take(EventName.error))[1], 321);
    const until = new Date(to).toISOString().replaceAll('-', '').replace('T', '-').slice(0, 17);
    client.api.reqHistoricalTicks(21, STOCK, '', until, 5, BID_ASK, 1, true);
    const [, ticks] = await client.take(EventName.historicalTicksBidAsk);
    assert.equal((ticks as unknown[]).length, 5);
  });
});

describe('two accounts behind the TWS server', () => {
  let world: World;
  let server: TwsServer;
  let client: ApiClient;
  beforeEach(async () => {
    world = await openWorld({ scenario: { lock_step: true, accounts: ACCOUNTS } });
    const log = createLogger({ level: 'silent', pretty: false });
    const { exchange: venue, clock: mono } = world;
    server = await startTwsServer({ venue, host: '127.0.0.1', port: 0, mono, log });
    client = new ApiClient(server.port, 3);
    await client.connect();
    const hundred = { what: { symbol: 'ABC' }, side: 'BUY', quantity: 100 } as const;
    venue.trade({ ...hundred, account: ACCOUNT });
    venue.trade({ ...hundred, quantity: 50, account: SECOND_ACCOUNT });
  });
  afterEach(async () => {
    client.close();
    await server.close();
    assert.deepEqual(client.decodeErrors(), []);
  });

  for (const asked of ['', 'All']) {
    it(`are both told of to a client that asks for account "${asked}"`, async () => {
      client.api.reqPositionsMulti(1, asked, '');
      await client.take(EventName.positionMultiEnd);
      client.api.reqAccountUpdatesMulti(2, asked, '', false);
      await client.take(EventName.accountUpdateMultiEnd);
      for (const name of [EventName.positionMulti, EventName.accountUpdateMulti]) {
        const heard = client.events.filter((event) => event.name === name);
        const accounts = new Set(heard.map(({ args }) => args[1]));
        assert.deepEqual([...accounts], [ACCOUNT, SECOND_ACCOUNT], name);
      }
    });

    it(`add their profits up for account "${asked}"`, async () => {
      world.exchange.movePrice('ABC', { price: 110 });
      client.api.reqPnL(3, asked, '');
      const [, daily] = await client.take(EventName.pnl);
      assert(Number(daily) > 1490 && Number(daily) < 1500, String(daily));
      client.api.reqPnLSingle(4, asked, '', 77);
      const [, held, single] = await client.take(EventName.pnlSingle);
      assert.equal(held, 150);
      assert(Math.abs(Number(single) - Number(daily)) < 0.02, String(single));
    });
  }

  it('have no completed orders by hand for a client that wants those of the API only', async () => {
    client.api.reqCompletedOrders(true);
    await client.take(EventName.completedOrdersEnd);
    const completed = () => client.events.filter(({ name }) => name === EventName.completedOrder);
    assert.equal(completed().length, 0);
    client.api.reqCompletedOrders(false);
    await client.take(EventName.completedOrdersEnd);
    assert.equal(completed().length, 2);
  });
});
