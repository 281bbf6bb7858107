/**
 * What clients do in an hour, by the library that this project does not write: one stays, watches
 * a hundred lines, charts and trades; another comes and goes.
 */

import assert from 'node:assert/strict';
import type { EventEmitter } from 'node:events';
import {
  BarSizeSetting,
  type Contract,
  EventName,
  IBApi,
  OrderAction,
  OrderType,
  SecType,
  TimeInForce,
  WhatToShow,
} from '@stoqey/ib';
import type { ClientsReport } from './protocol.ts';

const STOCK: Contract = {
  symbol: 'NVDA',
  secType: SecType.STK,
  exchange: 'SMART',
  currency: 'USD',
};
const LINES = 100;
const VISITOR_LINES = 20;
const ORDER_EVERY_MS = 2000;
const VISIT_EVERY_MS = 3000;

const port = Number(process.argv[2]);
assert(port > 0);
const counts = { ticks: 0, fills: 0, logins: 0 };
let lastRequest = 1000;

const holder = await login(1);
holder.on(EventName.tickPrice, () => {
  counts.ticks += 1;
});
holder.on(EventName.execDetails, () => {
  counts.fills += 1;
});
const options = await chain(holder);
assert(options.length >= LINES, `${options.length} options`);
holder.reqAccountUpdates(true, 'DU0000001');
holder.reqPositions();
holder.reqAccountSummary(1, 'All', 'NetLiquidation,TotalCashValue');
holder.reqPnL(2, 'DU0000001');
const bars = BarSizeSetting.MINUTES_ONE;
holder.reqHistoricalData(3, STOCK, '', '1 D', bars, WhatToShow.TRADES, 1, 1, true);
watch(holder, [STOCK, ...options.slice(1, LINES)]);
setInterval(trade, ORDER_EVERY_MS);
setInterval(() => void visit(), VISIT_EVERY_MS);
process.on('message', () => {
  process.send?.({ type: 'report', ...counts } satisfies ClientsReport);
});
process.send?.('ready');

async function login(clientId: number): Promise<IBApi> {
  const api = new IBApi({ host: '127.0.0.1', port, clientId, maxReqPerSec: 1000 });
  // Errors are answers here: an order that the market has left behind, a snapshot at the close.
  api.on(EventName.error, () => undefined);
  api.connect();
  await heard(api, EventName.nextValidId);
  counts.logins += 1;
  return api;
}

async function chain(api: IBApi): Promise<readonly Contract[]> {
  const found: Contract[] = [];
  api.on(EventName.contractDetails, (_id, details) => found.push(details.contract));
  const ended = heard(api, EventName.contractDetailsEnd);
  api.reqContractDetails(nextRequest(), { ...STOCK, secType: SecType.OPT });
  await ended;
  return found;
}

function watch(api: IBApi, contracts: readonly Contract[]): readonly number[] {
  return contracts.map((contract) => {
    const id = nextRequest();
    api.reqMktData(id, contract, '', false, false);
    return id;
  });
}

let orderId = 0;

/** Buys and sells in turn; every fourth order rests far away and is cancelled by the next. */
function trade(): void {
  const resting = orderId % 4 === 3;
  if (orderId > 0 && orderId % 4 === 0) holder.cancelOrder(orderId);
  orderId += 1;
  holder.placeOrder(orderId, STOCK, {
    action: orderId % 2 === 0 ? OrderAction.SELL : OrderAction.BUY,
    orderType: resting ? OrderType.LMT : OrderType.MKT,
    ...(resting ? { lmtPrice: 1 } : {}),
    totalQuantity: 10,
    tif: resting ? TimeInForce.DAY : TimeInForce.IOC,
    account: 'DU0000001',
    transmit: true,
  });
}

/** A client that looks around and goes, half of the time without a word. */
async function visit(): Promise<void> {
  const api = await login(1 + counts.logins);
  const ids = watch(api, options.slice(LINES, LINES + VISITOR_LINES));
  api.reqAllOpenOrders();
  api.reqExecutions(1, {});
  await heard(api, EventName.execDetailsEnd);
  if (counts.logins % 2 === 0) for (const id of ids) api.cancelMktData(id);
  api.disconnect();
}

/** Resolves at the next event of this name. */
function heard(api: IBApi, event: EventName): Promise<void> {
  return new Promise((resolve) => {
    (api as unknown as EventEmitter).once(event, () => resolve());
  });
}

function nextRequest(): number {
  lastRequest += 1;
  return lastRequest;
}
