import { strict as assert } from 'node:assert';
import { setImmediate } from 'node:timers/promises';
import {
  BarSizeSetting,
  type Contract,
  IBApiNext,
  MarketDataType,
  OrderAction,
  OrderType,
  SecType,
  TimeInForce,
  WhatToShow,
} from '@stoqey/ib';
import { filter, firstValueFrom, type Observable } from 'rxjs';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { ACCOUNT, NOW, PUT, SPY } from './support/fake-venue.ts';
import { startGateway, type TestGateway } from './support/gateway.ts';

const STOCK: Contract = { symbol: 'SPY', secType: SecType.STK, exchange: 'SMART', currency: 'USD' };

/** The first update that fits; the subscription ends with it. */
function first<T>(stream: Observable<T>, fits: (value: T) => boolean = () => true): Promise<T> {
  return firstValueFrom(stream.pipe(filter(fits)));
}

describe('IBApiNext', () => {
  let gateway: TestGateway;
  let api: IBApiNext;

  beforeEach(async () => {
    gateway = await startGateway({ cap: 193 });
    api = new IBApiNext({ host: '127.0.0.1', port: gateway.port, maxReqPerSec: 1000 });
    api.connect(9);
    await first(api.connectionState, (state) => state === 2);
  });
  afterEach(async () => {
    api.disconnect();
    await gateway.server.close();
  });

  it('reads the time, the accounts and the next id', async () => {
    assert.equal(await api.getCurrentTime(), NOW / 1000);
    assert.deepEqual(await api.getManagedAccounts(), [ACCOUNT]);
    assert.equal(await api.getNextValidOrderId(), 1);
  });

  it('follows the account, its positions and its profit', async () => {
    const summary = await first(api.getAccountSummary('All', 'NetLiquidation'));
    assert.equal(summary.all.get(ACCOUNT)?.get('NetLiquidation')?.get('USD')?.value, '100000.00');
    const { all } = await first(api.getPositions());
    assert.equal(all.get(ACCOUNT)?.[0]?.pos, 10);
    const updates = await first(api.getAccountUpdates(ACCOUNT));
    assert.ok(updates.all.value !== undefined);
    assert.equal((await first(api.getPnL(ACCOUNT))).dailyPnL, 12.5);
    assert.equal((await first(api.getPnLSingle(ACCOUNT, '', PUT.conId))).position, 10);
  });

  it('finds contracts, chains, symbols and market rules', async () => {
    const [details] = await api.getContractDetails(STOCK);
    assert.equal(details?.contract.conId, SPY.conId);
    const [chain] = await api.getSecDefOptParams('SPY', '', SecType.STK, SPY.conId);
    assert.deepEqual(chain?.strikes, [430, 470]);
    const [found] = await api.getMatchingSymbols('SP');
    assert.equal(found?.contract?.conId, SPY.conId);
    assert.deepEqual(await api.getMarketRule(26), [{ lowEdge: 0, increment: 0.01 }]);
  });

  it('reads quotes, charts and ticks', async () => {
    api.setMarketDataType(MarketDataType.REALTIME);
    const snapshot = await api.getMarketDataSnapshot(STOCK, '', false);
    assert.equal(snapshot.get(1)?.value, 449.99);
    const line = await first(api.getMarketData(STOCK, '', false, false), ({ all }) => all.has(2));
    assert.equal(line.all.get(2)?.value, 450.01);
    const size = BarSizeSetting.MINUTES_ONE;
    const bars = await api.getHistoricalData(STOCK, '', '1 D', size, WhatToShow.TRADES, 1, 1);
    assert.equal(bars[0]?.close, 450.5);
    const head = await api.getHeadTimestamp(STOCK, WhatToShow.TRADES, true, 1);
    assert.equal(head, '20230802-13:31:00');
    const tick = await first(api.getTickByTickAllLastDataUpdates(STOCK));
    assert.equal(tick.price, 450);
  });

  it('places, sees and cancels an order, and reads what was filled', async () => {
    const terms = {
      action: OrderAction.BUY,
      totalQuantity: 100,
      orderType: OrderType.LMT,
      lmtPrice: 450,
      tif: TimeInForce.DAY,
      account: ACCOUNT,
      orderRef: 'next:1',
      transmit: true,
    };
    const orderId = await api.placeNewOrder({ ...STOCK, conId: SPY.conId }, terms);
    // Placing says nothing back by itself.
    for (let turn = 0; turn < 1000 && gateway.venue.placed.length === 0; turn += 1) {
      await setImmediate();
    }
    const [open] = await api.getAllOpenOrders();
    assert.deepEqual([open?.orderId, open?.order.orderRef], [orderId, 'next:1']);
    gateway.venue.fill(9, orderId, 449.9);
    const [filled] = await api.getExecutionDetails({});
    assert.equal(filled?.execution.price, 449.9);
    const [commission] = await api.getCommissionReport({});
    assert.equal(commission?.commission, 1);
  });
});
