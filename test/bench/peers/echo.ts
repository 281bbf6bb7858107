/**
 * What the daemon is compared with: the same client library, market data in a worker, one hop to
 * the main thread, and an order that is the same every time. It decides and remembers nothing.
 */

import assert from 'node:assert/strict';
import { Worker } from 'node:worker_threads';
import {
  type Contract,
  EventName,
  IBApi,
  type Order,
  OrderAction,
  OrderType,
  SecType,
  TimeInForce,
} from '@stoqey/ib';
import { CLIENT_IDS } from '../gateway/protocol.ts';
import { SYMBOL, UNDERLYING_ID } from '../gateway/world.ts';

const port = Number(process.argv[2]);
assert(port > 0, 'the port of the gateway');

const contract: Contract = {
  conId: UNDERLYING_ID,
  symbol: SYMBOL,
  secType: SecType.STK,
  exchange: 'SMART',
  currency: 'USD',
};
const order: Order = {
  action: OrderAction.BUY,
  orderType: OrderType.LMT,
  totalQuantity: 150,
  lmtPrice: 180.03,
  tif: TimeInForce.GTD,
  goodTillDate: '20260914-15:30:00',
  account: 'DU0000001',
  orderRef: 'echo:0123456789:1000',
  transmit: true,
};

let nextId = 0;
const api = new IBApi({
  host: '127.0.0.1',
  port,
  clientId: CLIENT_IDS.echo.orders,
  maxReqPerSec: 1000,
});
api.once(EventName.nextValidId, (id: number) => {
  nextId = id;
  startMarket();
});
api.connect();
process.on('disconnect', () => process.exit(0));

function startMarket(): void {
  const worker = new Worker(new URL('./echo-market.ts', import.meta.url), {
    workerData: { port, clientId: CLIENT_IDS.echo.market, conId: UNDERLYING_ID, symbol: SYMBOL },
  });
  worker.on('message', (message: 'subscribed' | number) => {
    if (message === 'subscribed') {
      process.send?.('ready');
      return;
    }
    api.placeOrder(nextId, contract, order);
    nextId += 1;
  });
}
