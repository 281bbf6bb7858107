import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { afterEach, describe, it } from 'vitest';
import { Fault } from '../../../src/fault.ts';
import { type AdminServer, startAdmin } from '../../../src/gateway/sim/admin.ts';
import { createLogger } from '../../../src/log.ts';
import { ACCOUNT, limit, openWorld, SECOND } from './support/world.ts';

const log = createLogger({ level: 'silent', pretty: false });
const open: AdminServer[] = [];

afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function openAdmin(scenario: Record<string, unknown> = {}) {
  const world = await openWorld({ scenario });
  const done: string[] = [];
  const { exchange } = world;
  exchange.listen((event) => {
    if (event.type === 'connection') done.push(JSON.stringify(event.fault));
  });
  const server = await startAdmin({ exchange, port: 0, log });
  open.push(server);
  return { ...world, server, done };
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

function ask(
  server: AdminServer,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const method = body === undefined ? 'GET' : 'POST';
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return send(server, { method, path, headers }, body === undefined ? '' : text);
}

function send(
  server: AdminServer,
  options: { method: string; path: string; headers?: Record<string, string> },
  text: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port: server.port, agent: false, ...options },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
          resolve({ status: response.statusCode ?? 0, body });
        });
      },
    );
    request.on('error', reject);
    request.end(text);
  });
}

describe('the admin port', () => {
  it('shows the ledger as the exchange knows it', async () => {
    const { exchange, server } = await openAdmin();
    exchange.place(limit(101, { quantity: 10 }));
    exchange.place(limit(99, { orderId: 2 }));
    const { status, body } = await ask(server, '/ledger');
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(body), [
      'orders',
      'executions',
      'positions',
      'option_events',
      'cash',
      'faults',
    ]);
    const [filled, resting] = body['orders'] as Record<string, unknown>[];
    assert.equal(filled?.['status'], 'Filled');
    assert.equal(resting?.['status'], 'Submitted');
    assert.deepEqual(body['executions'], [
      {
        exec_id: 'e0d50000.00000001.01.01',
        order_ref: 'ref-1',
        perm_id: filled?.['perm_id'],
        client_id: 1,
        order_id: 1,
        account: ACCOUNT,
        con_id: 77,
        symbol: 'ABC',
        sec_type: 'STK',
        side: 'BUY',
        quantity: 10,
        price: 100.01,
        commission: 1,
        ts: exchange.now() / 1000,
      },
    ]);
    assert.deepEqual(body['positions'], [
      {
        account: ACCOUNT,
        contract_key: 'ABC|STK|||',
        con_id: 77,
        symbol: 'ABC',
        sec_type: 'STK',
        position: 10,
        avg_cost: 100.11,
      },
    ]);
    assert.deepEqual(body['cash'], { [ACCOUNT]: 98_998.9 });
  });

  it('trades by hand: client 0 and no order ref', async () => {
    const { server } = await openAdmin();
    const { status, body } = await ask(server, '/orders', {
      symbol: 'ABC',
      side: 'SELL',
      quantity: 7,
    });
    assert.equal(status, 200);
    assert.equal(body['status'], 'Filled');
    const ledger = (await ask(server, '/ledger')).body;
    const [order] = ledger['orders'] as Record<string, unknown>[];
    assert.deepEqual([order?.['client_id'], order?.['order_ref'], order?.['filled']], [0, '', 7]);
  });

  it('trades any contract by its id', async () => {
    const { server } = await openAdmin();
    const trade = { con_id: 77, side: 'BUY', quantity: 3 };
    assert.equal((await ask(server, '/orders', trade)).body['filled'], 3);
    assert.equal((await ask(server, '/orders', { ...trade, con_id: 78 })).status, 404);
  });

  it('moves and shows prices', async () => {
    const { server } = await openAdmin();
    await ask(server, '/market', { symbol: 'ABC', price: 50.005 });
    const { body } = await ask(server, '/market', { symbol: 'ABC', move_pct: 10 });
    assert.equal(body['price'], 55.005);
    const lines = (await ask(server, '/market')).body['lines'] as Record<string, unknown>[];
    assert.deepEqual([lines[0]?.['bid'], lines[0]?.['ask']], [55, 55.01]);
  });

  it('tells and steps the time, in unix seconds or milliseconds', async () => {
    const { server, exchange } = await openAdmin({ lock_step: true });
    const start = exchange.now() / 1000;
    assert.equal((await ask(server, '/step', { to: start + 60 })).body['ts'], start + 60);
    await ask(server, '/step', { to: (start + 61) * 1000 });
    const { body } = await ask(server, '/time');
    assert.equal(body['ts'], start + 61);
    assert.equal(body['new_york'], '20260914 10:01:01');
    assert.equal((await ask(server, '/step', { to: start })).status, 400);
    assert.equal((await ask(server, '/step', { to: start + 61.5 })).status, 400);
  });

  it('refuses to step a time that flows', async () => {
    const { server } = await openAdmin();
    assert.equal((await ask(server, '/step', { to: 1_789_394_460 })).status, 409);
  });

  it('injects each fault, notes it in the ledger, and ends it in time', async () => {
    const { server, done, clock } = await openAdmin();
    for (const type of ['disconnect', 'code_1100', 'code_1101', 'code_1102', 'code_2103']) {
      assert.equal((await ask(server, '/faults', { type })).status, 200);
    }
    await ask(server, '/faults', { type: 'half_open', for_s: 3 });
    await ask(server, '/faults', { type: 'refuse_connect' });
    await ask(server, '/faults', { type: 'refuse_connect', on: false });
    clock.advanceBy(3 * SECOND);
    assert.deepEqual(
      done.map((text) => JSON.parse(text) as unknown),
      [
        { kind: 'disconnect' },
        ...[1100, 1101, 1102, 2103].map((code) => ({ kind: 'system', code })),
        { kind: 'silence', on: true },
        { kind: 'refuse', on: true },
        { kind: 'refuse', on: false },
        { kind: 'silence', on: false },
      ],
    );
    const noted = (await ask(server, '/faults')).body['faults'] as Record<string, unknown>[];
    assert.equal(noted.length, 9);
    assert.deepEqual(noted.at(-1)?.['on'], false);
    assert.equal(typeof noted[0]?.['ts'], 'number');
  });

  it.each([
    ['/orders', { symbol: 'ABC', side: 'BUY', quantity: 0 }, 400],
    ['/orders', { symbol: 'ABC', side: 'BUY', quantity: 1, tif: 'GTC' }, 400],
    ['/orders', { symbol: 'XYZ', side: 'BUY', quantity: 1 }, 404],
    ['/orders', { symbol: 'ABC', side: 'BUY', quantity: 1, account: 'DU7' }, 400],
    ['/market', { symbol: 'ABC' }, 400],
    ['/market', { symbol: 'ABC', price: 1, move_pct: 1 }, 400],
    ['/market', { symbol: 'ABC', move_pct: -100 }, 400],
    ['/market', '{"symbol":', 400],
    ['/market', 'null', 400],
    ['/market', '', 400],
    ['/step', { to: 'noon' }, 400],
    ['/faults', { type: 'earthquake' }, 400],
    ['/faults', { type: 'disconnect', for_s: 1 }, 400],
    ['/ledger', {}, 405],
    ['/nothing', {}, 404],
    ['/__proto__', {}, 404],
  ])('%s answers %j with %i and changes nothing', async (path, body, status) => {
    const { server, done } = await openAdmin();
    const before = JSON.stringify((await ask(server, '/ledger')).body);
    const answer = await ask(server, path, body);
    assert.equal(answer.status, status);
    const { message } = answer.body['error'] as { message: string };
    assert.ok(message.length > 0 && !message.includes('\n'));
    assert.equal(JSON.stringify((await ask(server, '/ledger')).body), before);
    assert.deepEqual(done, []);
  });

  it('refuses methods it has not, with those it has', async () => {
    const { server } = await openAdmin();
    assert.equal((await send(server, { method: 'DELETE', path: '/time' }, '')).status, 405);
    assert.equal((await send(server, { method: 'GET', path: '/step' }, '')).status, 405);
  });

  it('refuses a body above 64 kB', async () => {
    const { server } = await openAdmin();
    const body = JSON.stringify({ symbol: 'A'.repeat(64 * 1024) });
    assert.equal((await ask(server, '/market', body)).status, 413);
  });

  it('answers no page, by its origin or by a name that was rebound', async () => {
    const { server } = await openAdmin();
    const page = await ask(server, '/ledger', undefined, { origin: 'http://evil.example' });
    assert.equal(page.status, 403);
    const rebound = await ask(server, '/ledger', undefined, { host: 'evil.example' });
    assert.equal(rebound.status, 403);
  });

  it('says which port is taken', async () => {
    const { server, exchange } = await openAdmin();
    await assert.rejects(
      startAdmin({ exchange, port: server.port, log }),
      (error) =>
        error instanceof Fault &&
        error.code === 'port_in_use' &&
        error.message.includes(String(server.port)) &&
        error.remedy !== undefined,
    );
  });
});
