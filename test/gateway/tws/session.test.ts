import { strict as assert } from 'node:assert';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, it } from 'vitest';
import type { Field } from '../../../src/gateway/tws/framing.ts';
import type { TwsServerOptions } from '../../../src/gateway/tws/server.ts';
import { ACCOUNT, NOW, PUT, SPY } from './support/fake-venue.ts';
import { startGateway, type TestGateway } from './support/gateway.ts';
import { hello, RawClient } from './support/raw-client.ts';

const STOCK = [756733, 'SPY', 'STK', '', 0, '', '', 'SMART', '', 'USD', '', ''] as const;
const OPTION = ['', 'SPY', 'OPT', '20230901', 430, 'P', '100', 'SMART', '', 'USD', '', ''] as const;

/** A plain order as version 178 lays it out, up to its conditions. */
function placeOrder(
  client: RawClient,
  orderId: number,
  change: { quantity?: number; price?: number; account?: string; algo?: readonly Field[] } = {},
): void {
  const { quantity = 100, price = 450, account = ACCOUNT, algo = [''] } = change;
  const terms = ['', '', 'BUY', quantity, 'LMT', price, '', 'DAY', '', account, '', 0];
  const rest = Array<string>(16).fill('');
  client.send(
    ...[3, orderId, ...STOCK, ...terms],
    ...[`ref:${orderId}`, 1, 0, 0, 0, '', 0, 0, 0],
    ...['', 0, '', '', '', '', ''], // shares allocation to the adviser's three
    ...['', 0, '', -1, ...rest],
    ...['', '', '', '', 0, '', '', ''], // volatility and trailing stop
    ...['', '', '', '', '', '', ''], // scale and hedge
    ...[0, '', '', 0, 0, ...algo, '', 0, '', 0, 0, 0, 0],
  );
}

let gateway: TestGateway;
const clients: RawClient[] = [];

async function start(options: Partial<TwsServerOptions> = {}): Promise<void> {
  gateway = await startGateway(options);
}

async function login(clientId: number, version = 178): Promise<RawClient> {
  const client = await RawClient.login(gateway.port, clientId, version);
  clients.push(client);
  return client;
}

beforeEach(() => start());
afterEach(async () => {
  for (const client of clients.splice(0)) client.socket.destroy();
  await gateway.server.close();
});

function ids(messages: readonly (readonly string[])[]): readonly string[] {
  return messages.map((fields) => fields[0] ?? '');
}

describe('client ids', () => {
  it('answers 326 to an id in use, closes 0.7 s later, and serves the holder on', async () => {
    const holder = await login(7);
    const second = await RawClient.open(gateway.port);
    second.write(hello('v157..178'));
    await second.next();
    second.send(71, 2, 7, '');
    assert.deepEqual((await second.next()).slice(2, 4), ['-1', '326']);
    second.send(49, 1);
    gateway.mono.advanceBy(699);
    assert.deepEqual(await holder.settle(), []);
    assert.equal(second.isClosed, false);
    gateway.mono.advanceBy(1);
    await second.whenClosed();
    assert.deepEqual(second.rest(), []);
    assert.deepEqual(await holder.settle(), []);
  });

  it('frees an id when its client has gone', async () => {
    const first = await login(7);
    await first.close();
    // The server hears of the close on its own; an id still held would be answered with 326.
    const other = await login(8);
    await other.settle();
    await login(7);
  });

  it('serves two clients at once, each with its own orders and one account', async () => {
    const one = await login(1);
    const two = await login(2);
    placeOrder(one, 1);
    await one.take(3);
    placeOrder(two, 1, { quantity: 5 });
    await two.take(3);
    one.send(5, 1);
    assert.deepEqual(ids(await one.settle()), ['5', '3', '53']);
    two.send(16, 1);
    assert.deepEqual(ids(await two.settle()), ['5', '3', '5', '3', '53']);

    two.send(61, 1);
    await two.take(62);
    gateway.venue.fill(1, 1, 450);
    assert.deepEqual(ids(await one.settle()), ['11', '59', '5', '3']);
    assert.deepEqual(ids(await two.settle()), ['61']);
  });
});

describe('orders', () => {
  it('come back with their reference and the next id grows', async () => {
    const client = await login(7);
    placeOrder(client, 5);
    const open = await client.take(5);
    assert.equal(open[1], '5');
    assert(open.includes('ref:5'));
    assert.equal((await client.take(3))[2], 'Submitted');
    client.send(8, 1, 1);
    assert.deepEqual(await client.take(9), ['9', '1', '6']);
    const [request] = gateway.venue.placed;
    assert.equal(request?.limitPrice, 450);
    assert.equal(request?.tif, 'DAY');
    assert.equal(request?.transmit, true);
  });

  it('are modified under the same id, and a used id that is done is a duplicate', async () => {
    const client = await login(7);
    placeOrder(client, 5);
    placeOrder(client, 5, { price: 451 });
    await client.take(3);
    assert((await client.take(5)).includes('451'));
    gateway.venue.fill(7, 5, 451);
    placeOrder(client, 5);
    assert.deepEqual((await client.take(4)).slice(2, 4), ['5', '103']);
  });

  it('are cancelled with status and 202; an unknown one is 10147', async () => {
    const client = await login(7);
    placeOrder(client, 1);
    client.send(4, 1, 1, '');
    await client.take(3, (fields) => fields[2] === 'Cancelled');
    assert.deepEqual((await client.take(4)).slice(2, 4), ['1', '202']);
    client.send(4, 1, 9, '');
    assert.deepEqual((await client.take(4)).slice(2, 4), ['9', '10147']);
  });

  it('are refused under their id when the gateway cannot do what they say', async () => {
    const client = await login(7);
    placeOrder(client, 1, { algo: ['Twap', 1, 'strategyType', 'Normal'] });
    assert.deepEqual((await client.take(4)).slice(2, 4), ['1', '321']);
    placeOrder(client, 2, { account: 'DU999' });
    assert.deepEqual((await client.take(4)).slice(2, 4), ['2', '321']);
    client.send(3, 3, 999, 'XXX');
    assert.deepEqual((await client.take(4)).slice(2, 4), ['3', '320']);
    // Ids of orders typed by hand: nobody could change or cancel one.
    placeOrder(client, 0);
    assert.deepEqual((await client.take(4)).slice(2, 4), ['0', '321']);
    placeOrder(client, -5);
    assert.deepEqual((await client.take(4)).slice(2, 4), ['-5', '321']);
    assert.deepEqual(gateway.venue.placed, []);
  });

  it('go to the only account when they name none', async () => {
    const client = await login(7);
    placeOrder(client, 1, { account: '' });
    await client.take(3);
    assert.equal(gateway.venue.placed[0]?.account, ACCOUNT);
  });

  it('stay, with their executions, when their client comes back', async () => {
    const client = await login(7);
    placeOrder(client, 1);
    placeOrder(client, 2);
    await client.take(3, (fields) => fields[1] === '2');
    await client.close();
    gateway.venue.fill(7, 1, 450);
    const again = await login(7);
    again.send(5, 1);
    assert.equal((await again.take(5))[1], '2');
    again.send(7, 3, 4, 0, '', '', '', '', '', '');
    assert.deepEqual((await again.take(11)).slice(1, 3), ['4', '1']);
    await again.take(59);
    assert.deepEqual(await again.take(55), ['55', '1', '4']);
    again.send(99, 0);
    assert.equal((await again.take(101))[1], String(SPY.conId));
    assert.deepEqual(await again.take(102), ['102']);
  });
});

describe('market data', () => {
  it('begins with parameters and what is there, then sends only what changed', async () => {
    const client = await login(7);
    client.send(1, 11, 3, ...STOCK, 0, '', 0, 0, '');
    const first = await client.settle();
    assert.deepEqual(ids(first).join(' '), '81 58 1 2 1 2 46 1 2 2 1 45');
    assert.deepEqual(first[2], ['1', '6', '3', '1', '449.99', '300', '1']);
    assert.deepEqual(first[3], ['2', '6', '3', '0', '300']);
    assert.deepEqual(first[10]?.slice(3, 5), ['9', '448']);

    gateway.venue.setQuote(SPY.conId, { ts: NOW + 1 });
    assert.deepEqual(await client.settle(), []);
    gateway.venue.setQuote(SPY.conId, { bid: 449.98, askSize: 400 });
    assert.deepEqual(await client.settle(), [
      ['1', '6', '3', '1', '449.98', '300', '1'],
      ['2', '6', '3', '3', '400'],
    ]);
    gateway.venue.setQuote(SPY.conId, { halted: true, bid: Number.NaN });
    assert.deepEqual(await client.settle(), [
      ['1', '6', '3', '1', '-1', '0', '0'],
      ['2', '6', '3', '0', '0'],
      ['45', '6', '3', '49', '1'],
    ]);
    client.send(2, 2, 3);
    await client.settle();
    gateway.venue.setQuote(SPY.conId, { bid: 1 });
    assert.deepEqual(await client.settle(), []);
  });

  it('sends the model of an option, and that it is gone', async () => {
    const client = await login(7);
    client.send(1, 11, 3, ...OPTION, 0, '', 0, 0, '');
    const model = await client.take(21);
    assert.deepEqual(model, '21|3|13|0|0.15|-0.2|2.1|0|0.01|0.4|-0.05|451'.split('|'));
    gateway.venue.setQuote(PUT.conId, { model: null });
    const gone = await client.take(21, (fields) => fields[2] === '13');
    assert.deepEqual(gone.slice(4), ['-1', '-2', '-1', '0', '-2', '-2', '-2', '-1']);
    gateway.venue.setQuote(PUT.conId, { ts: NOW + 5 });
    assert.deepEqual(await client.settle(), []);
  });

  it('ends a snapshot and keeps no line', async () => {
    const client = await login(7);
    client.send(1, 11, 3, ...STOCK, 0, '', 1, 0, '');
    assert.equal(ids(await client.settle()).at(-1), '57');
    assert.equal(gateway.server.sessions()[0]?.lines, 0);
  });

  it('leaves a snapshot of a line that is silent unanswered', async () => {
    const client = await login(7);
    gateway.venue.setQuote(SPY.conId, { silent: true });
    client.send(1, 11, 3, ...STOCK, 0, '', 1, 0, '');
    const told = ids(await client.settle());
    assert.ok(!told.includes('1') && !told.includes('57'), told.join(' '));
  });

  it('answers 200, 300, 322, 354 and 414', async () => {
    const client = await login(7);
    const unknown = ['', 'XYZ', 'STK', '', 0, '', '', 'SMART', '', 'USD', '', ''];
    const unquoted = ['', 'SPY', 'OPT', '20230901', 470, 'C', '', 'SMART', '', 'USD', '', ''];
    const ambiguous = ['', 'SPY', 'OPT', '20230901', 0, '', '', 'SMART', '', 'USD', '', ''];
    client.send(1, 11, 1, ...unknown, 0, '', 0, 0, '');
    client.send(1, 11, 2, ...ambiguous, 0, '', 0, 0, '');
    client.send(2, 2, 9);
    client.send(1, 11, 3, ...STOCK, 0, '', 0, 0, '');
    client.send(1, 11, 3, ...STOCK, 0, '', 0, 0, '');
    client.send(1, 11, 4, ...unquoted, 0, '', 0, 0, '');
    client.send(1, 11, 5, ...STOCK, 0, '106', 1, 0, '');
    const errors = (await client.settle()).filter(([id]) => id === '4');
    const codes = errors.map((fields) => fields.slice(2, 4).join(' '));
    assert.deepEqual(codes, ['1 200', '2 200', '9 300', '3 322', '4 354', '5 414']);
  });

  it('is delayed where the account has no more, once the client accepts that', async () => {
    await gateway.server.close();
    await start({ feed: 'delayed' });
    const client = await login(7);
    client.send(1, 11, 3, ...STOCK, 0, '', 0, 0, '');
    assert.equal((await client.take(4))[3], '10168');
    client.send(59, 1, 3);
    client.send(1, 11, 3, ...STOCK, 0, '', 0, 0, '');
    assert.equal((await client.take(4))[3], '10167');
    assert.deepEqual(await client.take(58), ['58', '1', '3', '3']);
    assert.equal((await client.take(1))[3], '66');
  });

  it('is announced as frozen while the market is closed, to who asks for that', async () => {
    const client = await login(7);
    const announced = async (id: number, wanted: number): Promise<string | undefined> => {
      client.send(59, 1, wanted);
      client.send(1, 11, id, ...STOCK, 0, '', 0, 0, '');
      return (await client.take(58))[3];
    };
    assert.equal(await announced(1, 2), '1');
    gateway.venue.stepTo(NOW + 12 * 3_600_000);
    assert.equal(await announced(2, 2), '2');
    assert.equal(await announced(3, 1), '1');
  });
});

describe('lock-step', () => {
  it('pushes the time behind everything that was due by then', async () => {
    const client = await login(7);
    client.send(1, 11, 3, ...STOCK, 0, '', 0, 0, '');
    client.send(61, 1);
    await client.settle();
    const ts = NOW + 60_000;
    gateway.venue.setQuote(SPY.conId, { bid: 449.5 });
    gateway.venue.hold(SPY, 3, 450);
    gateway.venue.stepTo(ts);
    assert.equal((await client.next())[4], '449.5');
    assert.equal((await client.next())[0], '61');
    assert.deepEqual(await client.next(), ['49', '1', String(ts / 1000)]);
  });
});

describe('accounts', () => {
  it('are told whole at first, then what changed', async () => {
    const client = await login(7);
    client.send(6, 2, 1, '');
    const first = await client.settle();
    assert.equal(first.filter(([id]) => id === '7').length, 1);
    assert.deepEqual(first.at(-1), ['54', '1', ACCOUNT]);
    gateway.venue.setValue('NetLiquidation', '99000.00');
    assert.deepEqual(await client.settle(), [
      ['6', '2', 'NetLiquidation', '99000.00', 'USD', ACCOUNT],
      ['8', '1', '09:31'],
    ]);
    gateway.venue.emit({ type: 'account', account: ACCOUNT });
    assert.deepEqual(await client.settle(), []);
    gateway.venue.hold(SPY, 3, 450);
    assert.deepEqual(ids(await client.settle()), ['7']);
    client.send(6, 2, 0, '');
    await client.settle();
    gateway.venue.setValue('NetLiquidation', '98000.00');
    assert.deepEqual(await client.settle(), []);
  });

  it('end every question that libraries ask at connect', async () => {
    const client = await login(7);
    client.send(61, 1);
    client.send(5, 1);
    client.send(99, 0);
    client.send(6, 2, 1, ACCOUNT);
    client.send(76, 1, 11, ACCOUNT, '', 0);
    client.send(7, 3, 12, 0, '', '', '', '', '', '');
    client.send(15, 1, 0);
    const answers = ids(await client.settle());
    for (const end of ['62', '53', '102', '54', '74', '55']) assert(answers.includes(end), end);
  });

  it('give summaries by tag, profit and loss, and positions by request', async () => {
    const client = await login(7);
    client.send(62, 1, 3, 'All', 'NetLiquidation,AccountType');
    assert.deepEqual(ids(await client.settle()), ['63', '63', '64']);
    client.send(92, 4, ACCOUNT, '');
    assert.deepEqual((await client.take(94)).slice(0, 3), ['94', '4', '12.5']);
    client.send(94, 5, ACCOUNT, '', PUT.conId);
    assert.equal((await client.take(95))[2], '10');
    client.send(94, 6, ACCOUNT, '', 1);
    client.send(74, 1, 7, ACCOUNT, '');
    assert.deepEqual(ids(await client.settle()), ['71', '72']);
    gateway.venue.hold(PUT, -1, 210);
    assert.deepEqual(ids(await client.settle()), ['71', '95']);
    client.send(63, 1, 3);
    client.send(93, 4);
    client.send(95, 5);
    client.send(75, 1, 7);
    gateway.venue.setValue('NetLiquidation', '1.00');
    await client.settle();
    gateway.venue.hold(PUT, -1, 210);
    gateway.venue.setValue('NetLiquidation', '2.00');
    assert.deepEqual(await client.settle(), []);
  });

  it('tell a profit that prices have changed within a second, and once', async () => {
    const client = await login(7);
    client.send(92, 4, ACCOUNT, '');
    await client.settle();
    gateway.venue.values['UnrealizedPnL'] = '33.00';
    gateway.mono.advanceBy(999);
    assert.deepEqual(await client.settle(), []);
    gateway.mono.advanceBy(1);
    assert.equal((await client.take(94))[3], '33');
    gateway.mono.advanceBy(5000);
    assert.deepEqual(await client.settle(), []);
  });

  it('refuse a third summary and an account that is not theirs', async () => {
    const client = await login(7);
    for (const id of [1, 2, 3]) client.send(62, 1, id, 'All', 'NetLiquidation');
    assert.deepEqual((await client.take(4)).slice(2, 4), ['3', '322']);
    client.send(76, 1, 9, 'DU999', '', 0);
    assert.deepEqual((await client.take(4)).slice(2, 4), ['9', '321']);
  });
});

describe('faults', () => {
  it('silence reads and writes nothing and keeps the socket, until it ends', async () => {
    const client = await login(7);
    client.send(1, 11, 3, ...STOCK, 0, '', 0, 0, '');
    await client.settle();
    gateway.server.faults.silence(true);
    gateway.venue.setQuote(SPY.conId, { bid: 1 });
    client.send(49, 1);
    // Many turns of the loop in which an answer would have come.
    for (let turn = 0; turn < 20; turn += 1) await setImmediate();
    assert.deepEqual(client.rest(), []);
    assert.equal(client.isClosed, false);
    gateway.server.faults.silence(false);
    gateway.venue.setQuote(SPY.conId, { bid: 2 });
    assert.deepEqual((await client.take(1)).slice(3, 5), ['1', '2']);
    await client.take(49);
  });

  it('refuse resets what comes and leaves what is there', async () => {
    const client = await login(7);
    gateway.server.faults.refuse(true);
    // The reset may come before or after the client knows that it is connected.
    const refused = await RawClient.open(gateway.port).catch(() => null);
    await refused?.whenClosed();
    assert.deepEqual(await client.settle(), []);
    gateway.server.faults.refuse(false);
    await login(8);
  });

  it('disconnectAll closes every session, and broadcast reaches every one', async () => {
    const one = await login(1);
    const two = await login(2, 165);
    gateway.server.faults.broadcast(1100);
    assert.deepEqual((await one.take(4)).slice(0, 4), ['4', '2', '-1', '1100']);
    assert.equal((await two.take(4)).length, 5);
    gateway.server.faults.disconnectAll();
    await one.whenClosed();
    await two.whenClosed();
    assert.deepEqual(gateway.server.sessions(), []);
  });

  it('drop a client that does not read, and serve the others on', async () => {
    await gateway.server.close();
    await start({ outboundBytesMax: 256 * 1024 });
    const slow = await login(1);
    const good = await login(2);
    for (let line = 0; line < 100; line += 1) slow.send(1, 11, line, ...STOCK, 0, '', 0, 0, '');
    await slow.settle();
    slow.socket.pause();
    for (let index = 0; index < 400_000 && gateway.server.sessions().length > 1; index += 1) {
      gateway.venue.setQuote(SPY.conId, { bid: index });
    }
    assert.deepEqual(
      gateway.server.sessions().map(({ clientId }) => clientId),
      [2],
    );
    assert.deepEqual(await good.settle(), []);
  });

  it('drop a client for which more waits than may wait', async () => {
    await gateway.server.close();
    await start({ outboundBytesMax: 64 * 1024 });
    const client = await login(1);
    client.send(1, 11, 3, ...STOCK, 0, '', 0, 0, '');
    await client.settle();
    gateway.venue.emit({ type: 'connection', fault: { kind: 'slow', delayMs: 60_000 } });
    for (let index = 0; index < 4000; index += 1) gateway.venue.setQuote(SPY.conId, { bid: index });
    await client.whenClosed();
    assert.deepEqual(gateway.server.sessions(), []);
  });

  it('a defect of the exchange costs the session that met it, and no other', async () => {
    const bad = await login(1);
    const good = await login(2);
    gateway.venue.marketRule = () => {
      throw new Error('defect');
    };
    bad.send(91, 26);
    await bad.whenClosed();
    assert.deepEqual(await good.settle(), []);
  });

  it('an execution no client could read costs its session, and the exchange goes on', async () => {
    const bad = await login(1);
    const good = await login(2);
    placeOrder(bad, 1);
    await bad.take(3);
    gateway.venue.fill(1, 1, Number.NaN);
    await bad.whenClosed();
    assert.equal(gateway.venue.completedOrders().length, 1);
    assert.deepEqual(await good.settle(), []);
  });

  it('a port in use is a fault with its remedy', async () => {
    await assert.rejects(startGateway({ port: gateway.port }), { code: 'port_in_use' });
  });
});
