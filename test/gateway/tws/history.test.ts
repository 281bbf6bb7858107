import { strict as assert } from 'node:assert';
import { BarSizeSetting, type Contract, EventName, SecType, WhatToShow } from '@stoqey/ib';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { ApiClient } from './support/api-client.ts';
import { ACCOUNT, NOW, PUT, SPY } from './support/fake-venue.ts';
import { startGateway, type TestGateway } from './support/gateway.ts';
import { RawClient } from './support/raw-client.ts';

const STOCK: Contract = { symbol: 'SPY', secType: SecType.STK, exchange: 'SMART', currency: 'USD' };
const OPTION: Contract = { conId: PUT.conId, exchange: 'SMART' };
const FIELDS = [SPY.conId, 'SPY', 'STK', '', 0, '', '', 'SMART', '', 'USD', '', ''] as const;

describe.each([157, 178, 193])('@stoqey/ib at version %i', (cap) => {
  let gateway: TestGateway;
  let client: ApiClient;

  beforeEach(async () => {
    gateway = await startGateway({ cap });
    client = new ApiClient(gateway.port, 11);
    await client.connect();
  });
  afterEach(async () => {
    client.close();
    await gateway.server.close();
    assert.deepEqual(client.decodeErrors(), []);
  });

  it('reads bars, their end, and what follows', async () => {
    const size = BarSizeSetting.MINUTES_ONE;
    client.api.reqHistoricalData(1, STOCK, '', '1 D', size, WhatToShow.TRADES, 1, 1, true);
    const bar = await client.take(EventName.historicalData);
    assert.equal(bar[1], '20230803 09:30:00 America/New_York');
    assert.deepEqual(bar.slice(2, 7), [450, 451, 449, 450.5, 900]);
    assert.match(String((await client.take(EventName.historicalData))[1]), /^finished-2023/);
    gateway.venue.setQuote(SPY.conId, { bid: 450.5, ts: NOW + 10_000 });
    const update = await client.take(EventName.historicalDataUpdate);
    assert.deepEqual(update.slice(2, 7), [450, 451, 449, 450.5, 900]);
    client.api.cancelHistoricalData(1);
    client.api.cancelHistoricalData(1);
    assert.equal((await client.take(EventName.error))[1], 300);
  });

  it('reads the first moment of a history, in both forms', async () => {
    client.api.reqHeadTimestamp(1, STOCK, WhatToShow.TRADES, true, 1);
    assert.deepEqual(await client.take(EventName.headTimestamp), [1, '20230802-13:31:00']);
    client.api.reqHeadTimestamp(2, STOCK, WhatToShow.TRADES, true, 2);
    const seconds = String(NOW / 1000 - 86_400);
    assert.deepEqual(await client.take(EventName.headTimestamp), [2, seconds]);
    client.api.reqHeadTimestamp(3, OPTION, WhatToShow.TRADES, true, 1);
    assert.deepEqual((await client.take(EventName.error)).slice(1, 3), [162, 3]);
  });

  it('finds symbols by their beginning or a part of their name', async () => {
    client.api.reqMatchingSymbols(1, 'sp');
    const [, found] = await client.take(EventName.symbolSamples);
    const [sample] = found as { contract: Contract; derivativeSecTypes: string[] }[];
    assert.equal(sample?.contract.conId, SPY.conId);
    assert.deepEqual(sample?.derivativeSecTypes, ['OPT']);
    client.api.reqMatchingSymbols(2, 'zz');
    assert.deepEqual(await client.take(EventName.symbolSamples), [2, []]);
  });

  it('computes an option at a price and at a volatility', async () => {
    const option = { ...OPTION, secType: SecType.OPT };
    client.api.calculateImpliedVolatility(1, option, 2.5, 450);
    const implied = await client.take(EventName.tickOptionComputation);
    assert.deepEqual([implied[1], implied[3], implied[5], implied[10]], [53, 0.2, 2.5, 450]);
    client.api.calculateOptionPrice(2, option, 0.3, 450);
    const priced = await client.take(EventName.tickOptionComputation);
    assert.deepEqual([priced[1], priced[3], priced[5]], [53, 0.3, 3]);
    client.api.cancelCalculateOptionPrice(2);
    client.api.calculateOptionPrice(3, STOCK, 0.3, 450);
    assert.equal((await client.take(EventName.error))[2], 3);
  });

  it('reads tick by tick: trades, quotes, middles; none of options', async () => {
    client.api.reqTickByTickData(1, STOCK, 'Last' as never, 0, false);
    const trade = await client.take(EventName.tickByTickAllLast);
    assert.deepEqual(trade.slice(1, 5), [1, String(NOW / 1000), 450, 100]);
    client.api.reqTickByTickData(2, STOCK, 'BidAsk' as never, 0, false);
    const quote = await client.take(EventName.tickByTickBidAsk);
    assert.deepEqual(quote.slice(2, 6), [449.99, 450.01, 300, 500]);
    client.api.reqTickByTickData(3, STOCK, 'MidPoint' as never, 0, false);
    assert.equal((await client.take(EventName.tickByTickMidPoint))[2], 450);
    client.api.cancelTickByTickData(3);
    client.api.reqTickByTickData(4, OPTION, 'Last' as never, 0, false);
    assert.deepEqual((await client.take(EventName.error)).slice(1, 3), [10189, 4]);
  });

  it('reads the generic ticks it asks for', async () => {
    client.api.reqMktData(1, STOCK, '100,101,104,106,232,236', false, false);
    for (const [type, value] of [
      [23, 0.12],
      [24, 0.15],
      [46, 3],
    ]) {
      assert.deepEqual(await client.take(EventName.tickGeneric), [1, type, value]);
    }
    await client.take(EventName.tickPrice, (args) => args[1] === 37 && args[2] === 450);
  });
});

describe('requests that cannot be served', () => {
  let gateway: TestGateway;
  let client: RawClient;
  beforeEach(async () => {
    gateway = await startGateway({ linesMax: 2 });
    client = await RawClient.login(gateway.port, 1);
  });
  afterEach(() => gateway.server.close());

  it.each([
    ['a bar size of nothing', ['', '3 parsecs', '1 D', 1, 'TRADES', 1, 0, ''], '321'],
    ['a bar of seven seconds', ['', '7 secs', '1 D', 1, 'TRADES', 1, 0, ''], '321'],
    ['a bar of two days', ['', '2 day', '1 D', 1, 'TRADES', 1, 0, ''], '321'],
    ['an endless duration', ['', '1 min', '9999 Y', 1, 'TRADES', 1, 0, ''], '321'],
    ['an end that is no time', ['soon', '1 min', '1 D', 1, 'TRADES', 1, 0, ''], '321'],
    ['fees of borrowing', ['', '1 min', '1 D', 1, 'FEE_RATE', 1, 0, ''], '321'],
    ['a future', ['20200101-00:00:00', '1 min', '1 D', 1, 'TRADES', 1, 0, ''], '162'],
  ])('%s is answered with one error', async (_, fields, code) => {
    client.send(20, 7, ...FIELDS, 0, ...fields);
    const heard = await client.settle();
    assert.deepEqual(
      heard.map((message) => message.slice(2, 4)),
      [['7', code]],
    );
  });

  it('are one line more than the client has: 101', async () => {
    for (const id of [1, 2, 3]) client.send(1, 11, id, ...FIELDS, 0, '', 0, 0, '');
    assert.deepEqual((await client.take(4)).slice(2, 4), ['3', '101']);
  });
});

it('a client that is too fast is told so, and dropped at the third time', async () => {
  const gateway = await startGateway({ messagesPerSecond: 5 });
  const client = await RawClient.login(gateway.port, 1);
  for (let count = 0; count < 12; count += 1) client.send(49, 1);
  await client.whenClosed();
  const codes = client.messages.filter(([id]) => id === '4').map((fields) => fields[3]);
  assert.deepEqual(codes.slice(-3), ['100', '100', '100']);
  assert.equal(gateway.venue.accounts[0], ACCOUNT);
  await gateway.server.close();
});
