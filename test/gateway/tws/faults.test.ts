import { strict as assert } from 'node:assert';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, it } from 'vitest';
import type { ConnectionFault } from '../../../src/gateway/sim/venue.ts';
import { SPY } from './support/fake-venue.ts';
import { startGateway, type TestGateway } from './support/gateway.ts';
import { hello, RawClient } from './support/raw-client.ts';

const STOCK = [SPY.conId, 'SPY', 'STK', '', 0, '', '', 'SMART', '', 'USD', '', ''] as const;

describe('faults of the connection', () => {
  let gateway: TestGateway;
  beforeEach(async () => {
    gateway = await startGateway();
  });
  afterEach(() => gateway.server.close());

  function inject(fault: ConnectionFault): void {
    gateway.venue.emit({ type: 'connection', fault });
  }

  async function watching(clientId = 1): Promise<RawClient> {
    const client = await RawClient.login(gateway.port, clientId);
    client.send(1, 11, 3, ...STOCK, 0, '', 0, 0, '');
    await client.settle();
    return client;
  }

  it('end every connection at once', async () => {
    const clients = [
      await RawClient.login(gateway.port, 1),
      await RawClient.login(gateway.port, 2),
    ];
    inject({ kind: 'disconnect' });
    for (const client of clients) await client.whenClosed();
  });

  it('take a client id away, or all, and give them back', async () => {
    inject({ kind: 'claim', on: true, clientId: 5 });
    await RawClient.login(gateway.port, 6);
    assert.equal(await codeAtLogin(gateway.port, 5), '326');
    inject({ kind: 'claim', on: true, clientId: null });
    assert.equal(await codeAtLogin(gateway.port, 7), '326');
    inject({ kind: 'claim', on: false, clientId: null });
    await RawClient.login(gateway.port, 5);
  });

  it('delay what is written, and lose nothing', async () => {
    const client = await RawClient.login(gateway.port, 1);
    inject({ kind: 'slow', delayMs: 500 });
    client.send(49, 1);
    await waitForTimer(gateway);
    assert.deepEqual(client.rest(), []);
    gateway.mono.advanceBy(500);
    await client.take(49);
  });

  it('lose subscriptions with 1101, and keep them with 1102', async () => {
    const client = await watching();
    inject({ kind: 'system', code: 1102 });
    gateway.venue.setQuote(SPY.conId, { bid: 440 });
    await client.take(1, (fields) => fields[4] === '440');
    inject({ kind: 'system', code: 1101 });
    gateway.venue.setQuote(SPY.conId, { bid: 441 });
    const heard = await client.settle();
    assert.deepEqual(
      heard.map((fields) => fields[3]),
      ['1101'],
    );
    client.send(1, 11, 3, ...STOCK, 0, '', 0, 0, '');
    await client.take(1, (fields) => fields[4] === '441');
  });

  it('reset the port: 1300 is the last that is heard', async () => {
    const client = await RawClient.login(gateway.port, 1);
    inject({ kind: 'system', code: 1300 });
    await client.take(4, (fields) => fields[3] === '1300');
    await client.whenClosed();
  });

  it.each([
    [false, 'stays'],
    [true, 'ends'],
  ])('complain of pacing (disconnect %s: the connection %s)', async (disconnect) => {
    const client = await RawClient.login(gateway.port, 1);
    inject({ kind: 'pacing', disconnect });
    await client.take(4, (fields) => fields[3] === '100');
    if (disconnect) await client.whenClosed();
    else assert.deepEqual(await client.settle(), []);
  });

  it.each([
    [354, 0],
    [10197, 0],
    [10167, 1],
  ])('answer each line with %i, after which %i lines are left', async (code, left) => {
    const client = await watching();
    inject({ kind: 'lines', code });
    const error = await client.take(4);
    assert.deepEqual(error.slice(2, 4), ['3', String(code)]);
    assert.equal(gateway.server.sessions()[0]?.lines, left);
  });

  it('withhold a commission report and send it later', async () => {
    const client = await RawClient.login(gateway.port, 1);
    const { venue } = gateway;
    client.send(3, 9, ...STOCK, ...ORDER);
    await client.take(3);
    const execution = venue.fill(1, 9, 450);
    await client.take(59);
    venue.emit({ type: 'execution', execution, withheld: true });
    const heard = await client.settle();
    assert.deepEqual(
      heard.filter(([id]) => id === '11' || id === '59').map(([id]) => id),
      ['11'],
    );
    venue.emit({ type: 'commission', execution });
    assert.equal((await client.take(59))[2], execution.execId);
  });
});

/** A limit order of 10 as far as the decoder needs it; the rest is unset. */
const ORDER = [
  ...['', '', 'BUY', 10, 'LMT', 450, '', 'DAY', '', '', '', 0, 'ref', 1, 0, 0, 0, 0, 0, 0, 0],
  ...Array<string>(90).fill(''),
];

/** The error that answers a login. */
async function codeAtLogin(port: number, clientId: number): Promise<string | undefined> {
  const client = await RawClient.open(port);
  client.write(hello('v157..178'));
  await client.next();
  client.send(71, 2, clientId, '');
  return (await client.take(4))[3];
}

/** Until the server has read the request and waits with its answer. */
async function waitForTimer({ mono }: TestGateway): Promise<void> {
  for (let turn = 0; turn < 1000 && mono.pending < 1; turn += 1) await setImmediate();
  assert.equal(mono.pending, 1);
}
