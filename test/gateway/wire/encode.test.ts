import { EventName, IBApi, OptionType, OrderAction, OrderType, SecType } from '@stoqey/ib';
import { describe, expect, it } from 'vitest';
import type { IbClient, IbContract, IbOrder } from '../../../src/gateway/ib/client.ts';
import { whatIfOrder } from '../../../src/gateway/ib/convert.ts';
import { encodeFrame } from '../../../src/gateway/tws/framing.ts';
import { type PipeEvents, wireClients } from '../../../src/gateway/wire/client.ts';
import { VirtualClock } from '../../../src/runtime/virtual-clock.ts';

const VERSIONS = [157, 159, 161, 165, 166, 169, 176, 177, 178, 183, 184, 187, 188, 189, 190, 193];

const STOCK: IbContract = {
  ...{ conId: 756733, symbol: 'SPY', secType: SecType.STK, exchange: 'SMART', currency: 'USD' },
  primaryExch: 'ARCA',
};
const OPTION: IbContract = {
  ...{ conId: 641_001, symbol: 'SPY', secType: SecType.OPT, exchange: 'SMART', currency: 'USD' },
  ...{ lastTradeDateOrContractMonth: '20230901', strike: 430, right: OptionType.Put },
  ...{ multiplier: 100, tradingClass: 'SPY' },
};
const ORDER: IbOrder = {
  ...{ orderType: OrderType.LMT, action: OrderAction.SELL, totalQuantity: 112, lmtPrice: 450.25 },
  ...{ tif: 'GTD' as const, goodTillDate: '20230803-19:59:00', account: 'DU1', transmit: true },
  ...{ orderRef: 'demo:1:42', outsideRth: false },
};

const FILTER = {
  ...{ clientId: '0', acctCode: '', time: '', symbol: '', exchange: '', side: '' },
};

const REQUESTS: Readonly<Record<string, (client: IbClient) => void>> = {
  'the time': (client) => client.reqCurrentTime(),
  'the next id': (client) => client.reqIds(),
  'all open orders': (client) => client.reqAllOpenOrders(),
  'our open orders': (client) => client.reqOpenOrders(),
  'completed orders': (client) => client.reqCompletedOrders(true),
  executions: (client) => client.reqExecutions(7, FILTER),
  positions: (client) => client.reqPositions(),
  'account values': (client) => client.reqAccountSummary(7, 'All', 'NetLiquidation'),
  'the end of account values': (client) => client.cancelAccountSummary(7),
  'details of a stock': (client) => client.reqContractDetails(7, STOCK),
  'details by id alone': (client) => client.reqContractDetails(7, { conId: 1, exchange: 'SMART' }),
  'the chains of an underlying': (client) =>
    client.reqSecDefOptParams(7, 'SPY', '', SecType.STK, 756_733),
  'details of an option by its terms': (client) =>
    client.reqContractDetails(7, { ...OPTION, conId: 0 }),
  'a market rule': (client) => client.reqMarketRule(26),
  'a kind of data': (client) => client.reqMarketDataType(3),
  'quotes of a stock': (client) => client.reqMktData(7, STOCK, '', false, false),
  'a snapshot of an option': (client) => client.reqMktData(7, OPTION, '', true, false),
  'the end of quotes': (client) => client.cancelMktData(7),
  'an order': (client) => client.placeOrder(42, STOCK, ORDER),
  'an order that ends with the day': (client) =>
    client.placeOrder(42, STOCK, { ...ORDER, tif: 'DAY' }),
  'an order that asks what it would change': (client) =>
    client.placeOrder(42, STOCK, whatIfOrder('DU1')),
  'the end of an order': (client) => client.cancelOrder(42),
};

/** What the gateway gets: the login first, then the request. */
function sent(request: (client: IbClient) => void, ...[client, feed, written]: Bench): string {
  feed(encodeFrame([9, 1, 5]));
  request(client);
  return Buffer.concat(written).toString('latin1').replaceAll('\0', '|');
}

type Bench = readonly [IbClient, (chunk: Buffer) => void, Buffer[]];

function ofWire(version: number): Bench {
  const written: Buffer[] = [];
  const pipes: PipeEvents[] = [];
  const client = wireClients((_, events) => {
    pipes.push(events);
    return { write: (bytes) => written.push(bytes), destroy: () => undefined };
  })({
    ...{ host: 'nowhere', port: 1, clientId: 3 },
    ...{ clock: new VirtualClock(), undecodable: () => undefined },
  });
  client.connect();
  pipes[0]?.data(encodeFrame([version, 'now']));
  return [client, (chunk) => pipes[0]?.data(chunk), written];
}

interface Internals {
  readonly controller: { readonly socket: { onData(chunk: Buffer): void; client: unknown } };
}

function ofLibrary(version: number): Bench {
  const written: Buffer[] = [];
  const api = new IBApi({ host: 'nowhere', port: 1, clientId: 3, maxReqPerSec: 1000 });
  api.on(EventName.error, () => undefined);
  const { socket } = (api as unknown as Internals).controller;
  socket.client = { write: (bytes: Buffer) => written.push(bytes) };
  socket.onData(encodeFrame([version, 'now']));
  return [api as unknown as IbClient, (chunk) => socket.onData(chunk), written];
}

describe.each(Object.entries(REQUESTS))('asking for %s', (_, request) => {
  it('sends the bytes that the client library sends, in every version', () => {
    for (const version of VERSIONS) {
      const wire = sent(request, ...ofWire(version));
      expect(wire, `version ${version}`).toBe(sent(request, ...ofLibrary(version)));
    }
  });
});

describe('our client', () => {
  it('sends what is asked for at its first id', () => {
    const [client, feed, written] = ofWire(178);
    client.on('nextValidId', () => client.reqCurrentTime());
    feed(encodeFrame([9, 1, 5]));
    expect(written.at(-1)).toEqual(encodeFrame([49, 1]));
  });

  it('sends nothing before the gateway has given it an id', () => {
    const [client, , written] = ofWire(178);
    const login = written.length;
    client.reqCurrentTime();
    expect(written).toHaveLength(login);
  });
});
