/** The worker of the echo: one market-data line, and one message for each quote. */

import assert from 'node:assert/strict';
import { parentPort, workerData } from 'node:worker_threads';
import { EventName, IBApi, SecType } from '@stoqey/ib';

const ASK = 2;
const TICKER = 1;

const main = parentPort;
assert(main !== null, 'it runs in a worker');
const { port, clientId, conId, symbol } = workerData as {
  readonly port: number;
  readonly clientId: number;
  readonly conId: number;
  readonly symbol: string;
};

/** The first ask is what is there at the subscription; those after it are ticks. */
let subscribed = false;
const api = new IBApi({ host: '127.0.0.1', port, clientId, maxReqPerSec: 1000 });
api.on(EventName.tickPrice, (_id: number, field: number, price: number) => {
  if (field !== ASK) return;
  main.postMessage(subscribed ? price : 'subscribed');
  subscribed = true;
});
api.once(EventName.nextValidId, () => {
  const contract = { conId, symbol, secType: SecType.STK, exchange: 'SMART', currency: 'USD' };
  api.reqMktData(TICKER, contract, '', false, false);
});
api.connect();
