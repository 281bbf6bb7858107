import { strict as assert } from 'node:assert';
import {
  type CommissionReport,
  type Contract,
  type ContractDetails,
  EventName,
  type Execution,
  type Order,
  OrderAction,
  type OrderState,
  OrderType,
  SecType,
  TimeInForce,
} from '@stoqey/ib';
import { afterEach, beforeEach, describe, it } from 'vitest';
import { ApiClient } from './support/api-client.ts';
import { ACCOUNT, CALL, NOW, PUT, SPY } from './support/fake-venue.ts';
import { startGateway, type TestGateway } from './support/gateway.ts';

const STOCK: Contract = {
  symbol: 'SPY',
  secType: SecType.STK,
  exchange: 'SMART',
  currency: 'USD',
};
const OPTION: Contract = { conId: PUT.conId, exchange: 'SMART' };

const HEDGE: Order = {
  action: OrderAction.BUY,
  totalQuantity: 100,
  orderType: OrderType.LMT,
  lmtPrice: 450,
  tif: TimeInForce.DAY,
  account: ACCOUNT,
  orderRef: 'demo:1:1',
  transmit: true,
};

describe.each([157, 176, 177, 178, 193])('@stoqey/ib at version %i', (cap) => {
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

  it('connects, with version, accounts and farm notices', async () => {
    const server = client.events.find(({ name }) => name === EventName.server);
    assert.deepEqual(server?.args, [cap, '20230803 13:31:00 UTC']);
    const accounts = client.events.find(({ name }) => name === EventName.managedAccounts);
    assert.deepEqual(accounts?.args, [ACCOUNT]);
    const notice = await client.take(EventName.info, (args) => args[1] === 2158);
    assert.match(String(notice[0]), /farm connection is OK/);
    client.api.reqCurrentTime();
    assert.deepEqual(await client.take(EventName.currentTime), [NOW / 1000]);
    client.api.reqIds();
    assert.deepEqual(await client.take(EventName.nextValidId), [1]);
    client.api.reqManagedAccts();
    await client.take(EventName.managedAccounts);
  });

  it('reads accounts and positions', async () => {
    client.api.reqAccountSummary(1, 'All', 'NetLiquidation,TotalCashValue');
    const summary = await client.take(EventName.accountSummary);
    assert.deepEqual(summary, [1, ACCOUNT, 'NetLiquidation', '100000.00', 'USD']);
    await client.take(EventName.accountSummaryEnd);
    client.api.reqPositions();
    const [account, contract, quantity, avgCost] = await client.take(EventName.position);
    assert.deepEqual([account, quantity, avgCost], [ACCOUNT, 10, 210]);
    assert.equal((contract as Contract).conId, PUT.conId);
    assert.equal((contract as Contract).multiplier, 100);
    await client.take(EventName.positionEnd);
    client.api.reqAccountUpdates(true, ACCOUNT);
    const portfolio = await client.take(EventName.updatePortfolio);
    assert.deepEqual(portfolio.slice(1), [10, 2.1, 2100, 210, 0, 0, ACCOUNT]);
    assert.deepEqual(await client.take(EventName.updateAccountTime), ['09:31']);
    await client.take(EventName.accountDownloadEnd);
    client.api.reqAccountUpdatesMulti(2, ACCOUNT, '', false);
    await client.take(EventName.accountUpdateMultiEnd);
    client.api.reqPositionsMulti(3, ACCOUNT, '');
    await client.take(EventName.positionMultiEnd);
    client.api.reqPnL(4, ACCOUNT);
    assert.equal((await client.take(EventName.pnl))[1], 12.5);
    client.api.reqPnLSingle(5, ACCOUNT, '', PUT.conId);
    assert.equal((await client.take(EventName.pnlSingle))[1], 10);
  });

  it('reads contract details, chains and market rules', async () => {
    client.api.reqContractDetails(1, STOCK);
    const [, stock] = await client.take(EventName.contractDetails);
    const stockDetails = stock as ContractDetails;
    assert.equal(stockDetails.contract.conId, SPY.conId);
    assert.equal(stockDetails.contract.primaryExch, 'ARCA');
    assert.equal(stockDetails.longName, 'SPDR S&P 500 – TRUST');
    assert.equal(stockDetails.minTick, 0.01);
    assert.equal(stockDetails.marketRuleIds, '26,26');
    await client.take(EventName.contractDetailsEnd);

    const wanted = { ...STOCK, secType: SecType.OPT, lastTradeDateOrContractMonth: '202309' };
    client.api.reqContractDetails(2, { ...wanted, strike: 470 });
    const [, option] = await client.take(EventName.contractDetails);
    const details = option as ContractDetails;
    assert.equal(details.contract.conId, CALL.conId);
    assert.equal(details.contract.lastTradeDateOrContractMonth, '20230901');
    assert.equal(details.contract.strike, 470);
    assert.equal(details.contract.right, 'C');
    assert.equal(details.contract.multiplier, 100);
    assert.equal(details.underConId, SPY.conId);
    assert.equal(details.timeZoneId, 'America/New_York');
    assert.equal(details.realExpirationDate, '20230901');
    await client.take(EventName.contractDetailsEnd);

    client.api.reqSecDefOptParams(3, 'SPY', '', SecType.STK, SPY.conId);
    const chain = await client.take(EventName.securityDefinitionOptionParameter);
    assert.deepEqual(chain.slice(5), [['20230901'], [430, 470]]);
    await client.take(EventName.securityDefinitionOptionParameterEnd);
    client.api.reqMarketRule(26);
    assert.deepEqual(await client.take(EventName.marketRule), [
      26,
      [{ lowEdge: 0, increment: 0.01 }],
    ]);
  });

  it('reads market data of the stock and of the option', async () => {
    client.api.reqMarketDataType(1);
    client.api.reqMktData(1, STOCK, '', false, false);
    await client.take(EventName.tickReqParams);
    assert.deepEqual(await client.take(EventName.marketDataType), [1, 1]);
    assert.deepEqual(await client.take(EventName.tickPrice), [1, 1, 449.99, true]);
    assert.deepEqual(await client.take(EventName.tickSize), [1, 0, 300]);
    assert.deepEqual(await client.take(EventName.tickPrice), [1, 2, 450.01, true]);
    assert.deepEqual(await client.take(EventName.tickString), [1, 45, String(NOW / 1000)]);
    assert.deepEqual(await client.take(EventName.tickGeneric), [1, 49, 0]);
    client.api.reqMktData(2, OPTION, '106', false, false);
    const model = await client.take(EventName.tickOptionComputation);
    assert.deepEqual(model, [2, 13, 0, 0.15, -0.2, 2.1, 0, 0.01, 0.4, -0.05, 451]);
    gateway.venue.setQuote(PUT.conId, { bid: 2.05 });
    const isOption = (args: readonly unknown[]) => args[0] === 2;
    assert.deepEqual(await client.take(EventName.tickPrice, isOption), [2, 1, 2.05, true]);
    client.api.cancelMktData(2);
    client.api.reqMktData(3, STOCK, '', true, false);
    assert.deepEqual(await client.take(EventName.tickSnapshotEnd), [3]);
  });

  it('places, fills and reports an order, and finds it again', async () => {
    client.api.placeOrder(1, { ...STOCK, conId: SPY.conId }, HEDGE);
    const [orderId, contract, order, state] = await client.take(EventName.openOrder);
    assert.equal(orderId, 1);
    assert.equal((contract as Contract).conId, SPY.conId);
    assert.equal((order as Order).orderRef, 'demo:1:1');
    assert.equal((order as Order).lmtPrice, 450);
    assert.equal((order as Order).account, ACCOUNT);
    assert.equal((state as OrderState).status, 'Submitted');
    assert.equal((state as OrderState).initMarginAfter, undefined);
    const status = await client.take(EventName.orderStatus);
    assert.deepEqual(status.slice(0, 4), [1, 'Submitted', 0, 100]);

    client.api.reqPositions();
    await client.take(EventName.positionEnd);
    const filled = gateway.venue.fill(11, 1, 449.9);
    const [reqId, , execution] = await client.take(EventName.execDetails);
    const report = execution as Execution;
    assert.equal(reqId, -1);
    assert.equal(report.execId, filled.execId);
    assert.equal(report.time, '20230803 09:31:00 America/New_York');
    assert.deepEqual([report.side, report.shares, report.price], ['BOT', 100, 449.9]);
    assert.equal(report.orderRef, 'demo:1:1');
    const [commission] = await client.take(EventName.commissionReport);
    assert.equal((commission as CommissionReport).execId, filled.execId);
    assert.equal((commission as CommissionReport).commission, 1);
    assert.equal((commission as CommissionReport).realizedPNL, undefined);
    await client.take(EventName.orderStatus, (args) => args[1] === 'Filled');
    assert.equal((await client.take(EventName.position))[2], 100);

    client.api.reqExecutions(5, { clientId: '11', time: '20230803-13:00:00' });
    assert.equal((await client.take(EventName.execDetails))[0], 5);
    assert.deepEqual(await client.take(EventName.execDetailsEnd), [5]);
    client.api.reqExecutions(6, { time: '20230803-13:32:00' });
    assert.deepEqual(await client.take(EventName.execDetailsEnd), [6]);
  });

  it('modifies, cancels and asks for open orders', async () => {
    client.api.placeOrder(1, { ...STOCK, conId: SPY.conId }, HEDGE);
    client.api.placeOrder(1, { ...STOCK, conId: SPY.conId }, { ...HEDGE, lmtPrice: 451 });
    const isNew = (args: readonly unknown[]) => (args[2] as Order).lmtPrice === 451;
    await client.take(EventName.openOrder, isNew);
    client.api.reqOpenOrders();
    await client.take(EventName.openOrder);
    await client.take(EventName.openOrderEnd);
    client.api.reqAllOpenOrders();
    await client.take(EventName.openOrder);
    await client.take(EventName.openOrderEnd);
    client.api.cancelOrder(1);
    await client.take(EventName.orderStatus, (args) => args[1] === 'Cancelled');
    assert.deepEqual((await client.take(EventName.error)).slice(1, 3), [202, 1]);
    client.api.placeOrder(2, { ...STOCK, conId: SPY.conId }, { ...HEDGE, tif: TimeInForce.GTD });
    await client.take(EventName.orderStatus);
    client.api.reqGlobalCancel();
    await client.take(EventName.orderStatus, (args) => args[1] === 'Cancelled');
  });

  it('asks what an order would change', async () => {
    client.api.placeOrder(9, { ...STOCK, conId: SPY.conId }, { ...HEDGE, whatIf: true });
    const [, , order, state] = await client.take(EventName.openOrder);
    assert.equal((order as Order).whatIf, true);
    assert.equal((state as OrderState).initMarginAfter, 750);
    assert.equal((state as OrderState).commission, 1.25);
    assert.equal((state as OrderState).commissionCurrency, 'USD');
    client.api.reqCurrentTime();
    await client.take(EventName.currentTime);
    assert.equal(client.events.filter(({ name }) => name === EventName.orderStatus).length, 0);
  });

  it('hears errors under the id they belong to', async () => {
    const unknown = { ...STOCK, symbol: 'XYZ' };
    client.api.reqMktData(1, unknown, '', false, false);
    assert.deepEqual((await client.take(EventName.error)).slice(1, 3), [200, 1]);
    client.api.reqContractDetails(2, unknown);
    assert.deepEqual((await client.take(EventName.error)).slice(1, 3), [200, 2]);
    client.api.placeOrder(3, unknown, HEDGE);
    assert.deepEqual((await client.take(EventName.error)).slice(1, 3), [200, 3]);
    client.api.reqHistogramData(4, STOCK, true, 1, 'week' as never);
    assert.deepEqual((await client.take(EventName.error)).slice(1, 3), [321, 4]);
    const twap = { ...HEDGE, algoStrategy: 'Twap', algoParams: [{ tag: 'a', value: 'b' }] };
    client.api.placeOrder(5, STOCK, twap);
    assert.deepEqual((await client.take(EventName.error)).slice(1, 3), [321, 5]);
    gateway.server.faults.broadcast(1100);
    assert.equal((await client.take(EventName.info, (args) => args[1] === 1100))[1], 1100);
  });
});

// The library reads completed orders of servers before 177 without the profile they then had.
describe.each([177, 178, 193])('@stoqey/ib and completed orders at version %i', (cap) => {
  it('reads completed orders', async () => {
    const gateway = await startGateway({ cap });
    const client = new ApiClient(gateway.port, 11);
    await client.connect();
    client.api.placeOrder(1, { ...STOCK, conId: SPY.conId }, HEDGE);
    await client.take(EventName.orderStatus);
    gateway.venue.fill(11, 1, 449.9);
    client.api.reqCompletedOrders(false);
    const [contract, order, state] = await client.take(EventName.completedOrder);
    assert.equal((contract as Contract).conId, SPY.conId);
    assert.equal((order as Order).orderRef, 'demo:1:1');
    assert.equal((order as Order).filledQuantity, 100);
    assert.equal((state as OrderState).status, 'Filled');
    assert.equal((state as OrderState).completedTime, '20230803 09:31:00 America/New_York');
    await client.take(EventName.completedOrdersEnd);
    client.close();
    await gateway.server.close();
    assert.deepEqual(client.decodeErrors(), []);
  });
});
