/** Splits, dividends and exercises as a client of IB's protocol sees them, over a real socket. */

import assert from 'node:assert/strict';
import {
  EventName,
  OptionExerciseAction,
  type Order,
  OrderAction,
  OrderType,
  SecType,
  TimeInForce,
} from '@stoqey/ib';
import { afterEach, describe, it } from 'vitest';
import { type GatewayHost, startGatewayHost } from '../../../src/gateway/host.ts';
import { faultSchema } from '../../../src/gateway/sim/fault-schema.ts';
import { createLogger } from '../../../src/log.ts';
import { VirtualClock } from '../../../src/runtime/virtual-clock.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { ApiClient } from '../tws/support/api-client.ts';
import { ACCOUNT, MINUTE, optionId, STILL, scenarioOf } from './support/world.ts';

const log = createLogger({ level: 'silent', pretty: false });
const clients: ApiClient[] = [];
const hosts: GatewayHost[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.api.disconnect();
  for (const host of hosts.splice(0)) await host.close();
});

async function open(dividends: readonly unknown[] = []) {
  const [stock] = STILL.underlyings;
  const option = { symbol: 'ABC', dte: 28, strike: 90, right: 'C' };
  const positions = [
    { symbol: 'ABC', quantity: 50 },
    { option, quantity: 3 },
  ];
  const scenario = scenarioOf({
    tick_ms: 60_000,
    lock_step: true,
    accounts: [{ id: ACCOUNT, cash: 100_000, positions }],
    underlyings: [{ ...stock, dividends }],
  });
  const host = await startGatewayHost({
    scenario,
    dataDir: tempDir('rights-host'),
    host: '127.0.0.1',
    port: 0,
    adminPort: 0,
    mono: new VirtualClock(0),
    log,
  });
  hosts.push(host);
  const client = new ApiClient(host.port, 1);
  clients.push(client);
  await client.connect();
  return { host, client };
}

interface Held {
  readonly conId: number;
  readonly tradingClass: string;
  readonly strike: number;
}

/** The next position that is told of a contract: its terms, and how many. */
async function nextPosition(client: ApiClient, conId: number): Promise<readonly [Held, unknown]> {
  const fits = (args: readonly unknown[]): boolean => (args[1] as Held).conId === conId;
  const [, contract, quantity] = await client.take(EventName.position, fits);
  return [contract as Held, quantity];
}

describe('a client of the protocol', () => {
  it('sees its order cancelled, its positions split, and the new contract in the details', async () => {
    const { host, client } = await open();
    const before = optionId(host.exchange, 90, 'C');
    client.api.reqPositions();
    await client.take(EventName.positionEnd);
    const stock = { conId: 77, symbol: 'ABC', secType: SecType.STK, exchange: 'SMART' };
    const order: Order = {
      action: OrderAction.BUY,
      totalQuantity: 5,
      orderType: OrderType.LMT,
      lmtPrice: 90,
      tif: TimeInForce.GTC,
      transmit: true,
    };
    client.api.placeOrder(1, stock, order);
    await client.take(EventName.orderStatus, ([, status]) => status === 'Submitted');
    host.exchange.inject(faultSchema.parse({ type: 'split', symbol: 'ABC', to: 2 }));
    await client.take(EventName.orderStatus, ([, status]) => status === 'Cancelled');
    const after = optionId(host.exchange, 45, 'C');
    assert.equal((await nextPosition(client, 77))[1], 100);
    assert.equal((await nextPosition(client, before))[1], 0);
    const [contract, quantity] = await nextPosition(client, after);
    assert.deepEqual([contract.strike, quantity], [45, 6]);
    client.api.reqContractDetails(9, { conId: before });
    await client.take(EventName.error, ([, code]) => code === 200);
    client.api.reqContractDetails(10, { conId: after });
    await client.take(EventName.contractDetails);
    assert.deepEqual(client.decodeErrors(), []);
  });

  it('sees an adjusted option by its class under the same id', async () => {
    const { host, client } = await open();
    const conId = optionId(host.exchange, 90, 'C');
    client.api.reqPositions();
    await client.take(EventName.positionEnd);
    host.exchange.inject(faultSchema.parse({ type: 'split', symbol: 'ABC', to: 1, from: 10 }));
    const [contract, quantity] = await nextPosition(client, conId);
    assert.deepEqual([contract.tradingClass, contract.strike, quantity], ['ABC1', 90, 3]);
  });

  it('exercises: silent until the evening, then other positions; refused by 322', async () => {
    const { host, client } = await open();
    const conId = optionId(host.exchange, 90, 'C');
    client.api.reqPositions();
    await client.take(EventName.positionEnd);
    const contract = { conId, symbol: 'ABC', secType: SecType.OPT, exchange: 'SMART' };
    const otm = { ...contract, conId: optionId(host.exchange, 110, 'C') };
    client.api.exerciseOptions(31, otm, OptionExerciseAction.EXERCISE, 1, ACCOUNT, 0);
    const [, , id] = await client.take(EventName.error, ([, code]) => code === 322);
    assert.equal(id, 31);
    client.api.exerciseOptions(32, contract, OptionExerciseAction.EXERCISE, 2, ACCOUNT, 0);
    client.api.reqCurrentTime();
    await client.take(EventName.currentTime);
    await host.exchange.step(Date.UTC(2026, 8, 14, 20) + 2 * MINUTE);
    assert.equal((await nextPosition(client, conId))[1], 1);
    assert.equal((await nextPosition(client, 77))[1], 250);
    assert.deepEqual(client.decodeErrors(), []);
  });

  it('is told of dividends by tick 59', async () => {
    const { client } = await open([{ ex_date: '20260918', amount: 0.5 }]);
    const stock = { conId: 77, symbol: 'ABC', secType: SecType.STK, exchange: 'SMART' };
    client.api.reqMktData(5, stock, '456', false, false);
    const [, , text] = await client.take(EventName.tickString, ([, type]) => type === 59);
    assert.equal(text, '0,0.5,20260918,0.5');
  });
});
