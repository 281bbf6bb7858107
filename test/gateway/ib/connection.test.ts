import { strict as assert } from 'node:assert';
import { Socket } from 'node:net';
import { OrderAction, OrderType, SecType } from '@stoqey/ib';
import { afterEach, describe, it, vi } from 'vitest';
import {
  type CodedMessage,
  type Connection,
  openConnection,
  type ReadyLink,
} from '../../../src/gateway/ib/connection.ts';
import type { IbEvents } from '../../../src/gateway/ib/ib-events.ts';
import { createLibraryClient } from '../../../src/gateway/ib/library-client.ts';
import { VirtualClock } from '../../../src/runtime/virtual-clock.ts';
import { Inbox } from './support/inbox.ts';
import { CLIENT, errorFrame, type Script, ScriptedTws } from './support/scripted-tws.ts';

type Event =
  | { readonly type: 'ready'; readonly link: ReadyLink }
  | { readonly type: 'failed'; readonly code: number; readonly reason: string }
  | { readonly type: 'lost'; readonly reason: string }
  | { readonly type: 'message'; readonly message: CodedMessage }
  | { readonly type: 'time'; readonly ts: number }
  | { readonly type: 'defect'; readonly where: string }
  | { readonly type: 'chunkEnd' }
  | { readonly type: 'position'; readonly quantity: unknown };

const servers: ScriptedTws[] = [];
const connections: Connection[] = [];

afterEach(async () => {
  for (const connection of connections.splice(0)) connection.destroy();
  for (const server of servers.splice(0)) await server.stop();
});

async function serve(script: Script = {}): Promise<ScriptedTws> {
  const tws = await ScriptedTws.start(script);
  servers.push(tws);
  return tws;
}

function connect(port: number, listeners: Partial<IbEvents> = {}) {
  const clock = new VirtualClock(0);
  const inbox = new Inbox<Event>();
  const connection = openConnection(
    {
      target: { host: '127.0.0.1', port, clientId: 7, connectTimeoutMs: 15_000 },
      clock,
      heartbeatMs: 5000,
      rates: { messagesPerSecond: 25, reservedForOrders: 5 },
      createClient: createLibraryClient,
    },
    {
      ready: (link) => inbox.take({ type: 'ready', link }),
      failed: (code, reason) => inbox.take({ type: 'failed', code, reason }),
      lost: (reason) => inbox.take({ type: 'lost', reason }),
      message: (message) => inbox.take({ type: 'message', message }),
      time: (ts) => inbox.take({ type: 'time', ts }),
      defect: (_error, where) => inbox.take({ type: 'defect', where }),
      chunkEnd: () => inbox.take({ type: 'chunkEnd' }),
    },
    {
      position: (_account, _contract, quantity) => inbox.take({ type: 'position', quantity }),
      ...listeners,
    },
  );
  connections.push(connection);
  return { connection, clock, inbox };
}

async function connected(script: Script = {}, listeners: Partial<IbEvents> = {}) {
  const tws = await serve(script);
  const link = connect(tws.port, listeners);
  await link.inbox.get('ready');
  return { tws, ...link };
}

const POSITION_HEAD = '61|3|DU1|756733|SPY|STK||0|||ARCA|USD|SPY|SPY'.split('|');

const position = (quantity: number) => [...POSITION_HEAD, quantity, 451];

const STOCK = { conId: 756733, symbol: 'SPY', secType: SecType.STK, exchange: 'SMART' };
const ORDER = {
  orderType: OrderType.LMT,
  action: OrderAction.BUY,
  totalQuantity: 1,
  lmtPrice: 450,
  transmit: true,
};

describe('becoming ready', () => {
  it('lets no message wait for the acknowledgement of the one before', async () => {
    const spy = vi.spyOn(Socket.prototype, 'setNoDelay');
    const { tws } = await connected();
    const calls = spy.mock.contexts.map((socket, call) => [socket, spy.mock.calls[call]] as const);
    spy.mockRestore();
    const own = calls.filter(([socket]) => (socket as Socket).remotePort === tws.port);
    assert.deepEqual(
      own.map(([, given]) => given),
      [[true]],
    );
  });

  it('is ready when both the next valid id and the accounts have come', async () => {
    const { inbox, connection } = await connected({ accounts: 'DU1,DU2', nextValidId: 29 });
    const { link } = await inbox.get('ready');
    assert.deepEqual(link, { serverVersion: 178, accounts: ['DU1', 'DU2'], nextValidId: 29 });
    assert.equal(connection.ready, true);
  });

  it.each([
    ['the next valid id', [[9, 1, 29]]],
    ['the accounts', [[15, 1, 'DU1']]],
  ])('is not ready with %s alone, and fails at its time-out', async (_, login) => {
    const tws = await serve({ login });
    const { clock, inbox, connection } = connect(tws.port);
    await inbox.get('chunkEnd');
    await tws.message(CLIENT.startApi);
    assert.equal(connection.ready, false);
    clock.advanceBy(15_000);
    const { code, reason } = await inbox.get('failed');
    assert.equal(code, 502);
    assert.match(reason, /did not become ready within 15000 ms/);
  });

  it('names the client id when it is in use', async () => {
    const login = [errorFrame(-1, 326, 'Unable to connect as the client id is already in use')];
    const tws = await serve({ login, closeAfterLogin: true });
    const { code, reason } = await connect(tws.port).inbox.get('failed');
    assert.equal(code, 326);
    assert.equal(reason, `client id 7 is in use at 127.0.0.1:${tws.port}`);
  });

  it('fails in one line where nobody listens', async () => {
    const tws = await serve();
    const { port } = tws;
    await tws.stop();
    const { code, reason } = await connect(port).inbox.get('failed');
    assert.equal(code, 502);
    assert.match(reason, /^cannot connect to 127\.0\.0\.1:\d+: .*ECONNREFUSED/);
    assert.doesNotMatch(reason, /\n/);
  });

  it('fails when the socket closes first, with the reason that was given', async () => {
    const login = [errorFrame(-1, 1300, 'TWS socket port has been reset')];
    const tws = await serve({ login, closeAfterLogin: true });
    const { code, reason } = await connect(tws.port).inbox.get('failed');
    assert.equal(code, 507);
    assert.match(
      reason,
      /closed the connection before it was ready: TWS socket port has been reset/,
    );
  });

  it.each([
    [201, 506],
    [156, 503],
    [20, 506],
    ['HTTP/1.1', 503],
  ])('refuses a server of version %s with code %i', async (version, expected) => {
    const tws = await serve({ version });
    const { code } = await connect(tws.port).inbox.get('failed');
    assert.equal(code, expected);
  });

  it('fails at its time-out when the peer says nothing', async () => {
    const tws = await serve({ mute: true });
    const { clock, inbox } = connect(tws.port);
    clock.advanceBy(15_000);
    assert.equal((await inbox.get('failed')).code, 502);
  });
});

describe('sending', () => {
  it('takes nothing before it is ready, and never sends it later', async () => {
    const tws = await serve({ login: [[15, 1, 'DU1']] });
    const { connection, inbox } = connect(tws.port);
    await tws.message(CLIENT.startApi);
    assert.equal(
      connection.send('order', (api) => api.placeOrder(1, STOCK, ORDER)),
      false,
    );
    tws.send([9, 1, 1]);
    await inbox.get('ready');
    await tws.message(CLIENT.reqCurrentTime);
    assert.equal(tws.of(CLIENT.placeOrder).length, 0);
  });

  it('forgets with the socket what had not been sent, also for the next session', async () => {
    const { tws, connection, clock, inbox } = await connected();
    for (let id = 1; id <= 30; id += 1) {
      connection.send('order', (api) => api.placeOrder(id, STOCK, ORDER));
    }
    await tws.message(CLIENT.placeOrder, 24);
    tws.drop();
    await inbox.get('lost');
    assert.equal(
      connection.send('order', (api) => api.placeOrder(31, STOCK, ORDER)),
      false,
    );

    const second = connect(tws.port);
    await second.inbox.get('ready');
    clock.advanceBy(10_000);
    second.clock.advanceBy(10_000);
    await tws.message(CLIENT.reqCurrentTime, 3);
    assert.equal(tws.of(CLIENT.placeOrder).length, 24);
  });

  it('sends an order ahead of the requests that wait', async () => {
    const { tws, connection } = await connected();
    for (let ticket = 1; ticket <= 40; ticket += 1) {
      connection.send('request', (api) => api.reqMktData(ticket, STOCK, '', false, false));
    }
    connection.send('order', (api) => api.placeOrder(1, STOCK, ORDER));
    await tws.message(CLIENT.placeOrder);
    assert.ok(tws.of(CLIENT.reqMktData).length < 20);
  });
});

describe('listening', () => {
  it('routes both of the library’s channels by code', async () => {
    const { tws, inbox } = await connected();
    tws.send(errorFrame(-1, 2104, 'OK:usfarm'), errorFrame(5, 201, 'Order rejected'));
    const seen = [await inbox.get('message'), await inbox.get('message', 2)];
    assert.deepEqual(
      seen.map(({ message }) => [message.id, message.code, message.message]),
      [
        [-1, 2104, 'OK:usfarm'],
        [5, 201, 'Order rejected'],
      ],
    );
  });

  it('survives a listener that throws, and handles the rest of the packet', async () => {
    const quantities: unknown[] = [];
    const { tws, inbox } = await connected(
      {},
      {
        position: (_account, _contract, quantity) => {
          quantities.push(quantity);
          if (quantity === 1) throw new Error('ours');
        },
      },
    );
    tws.send(position(1), position(2), [49, 1, 1_691_069_500]);
    await inbox.find((event) => event.type === 'time' && event.ts === 1_691_069_500_000);
    assert.deepEqual(quantities, [1, 2]);
    assert.equal((await inbox.get('defect')).where, 'position');
  });

  it('takes a reject whose details are not JSON for a reject', async () => {
    const { tws, inbox } = await connected();
    tws.send(errorFrame(5, 201, 'Order rejected', '{not json'), position(2));
    const { message } = await inbox.get('message');
    assert.deepEqual(message, { id: 5, code: 201, message: 'Order rejected' });
    await inbox.get('position');
    assert.equal(inbox.all('defect').length, 0);
  });

  it.each([
    ['code', [4, 2, 5, 'x', 'broken', '']],
    ['id', [4, 2, 'x', 201, 'broken', '']],
  ])(
    'takes an error whose %s is no number for a defect, and not for an answer',
    async (_, frame) => {
      const { tws, inbox } = await connected();
      tws.send(frame, position(2));
      assert.equal((await inbox.get('defect')).where, 'error');
      await inbox.get('position');
      assert.equal(inbox.all('message').length, 0);
    },
  );

  it('hears nothing any more after it was given up', async () => {
    const { tws, inbox, connection } = await connected();
    await tws.message(CLIENT.reqCurrentTime);
    connection.destroy();
    const before = inbox.messages.length;
    tws.send(position(3));
    const second = connect(tws.port);
    await second.inbox.get('ready');
    assert.equal(inbox.messages.length, before);
    assert.equal(connection.ready, false);
  });

  it('reads frames that come byte by byte', async () => {
    const { tws, inbox } = await connected();
    tws.sendInBytes(position(-112), position(5));
    assert.equal((await inbox.get('position')).quantity, -112);
    assert.equal((await inbox.get('position', 2)).quantity, 5);
  });

  it('ends a chunk once, after all messages of one socket read', async () => {
    const { tws, inbox } = await connected({ time: () => null });
    inbox.clear();
    tws.send(position(1), position(2), position(3));
    await inbox.get('chunkEnd');
    assert.deepEqual(
      inbox.messages.map(({ type }) => type),
      ['position', 'position', 'position', 'chunkEnd'],
    );
  });
});

describe('a flood', () => {
  it('leaves all else of the thread its turn after each read', async () => {
    const count = 40_000;
    let heard = 0;
    const byTurn = new Map<number, number>();
    const { tws } = await connected(
      {},
      {
        position: () => {
          const turn = performance.nodeTiming.uvMetricsInfo.loopCount;
          byTurn.set(turn, (byTurn.get(turn) ?? 0) + 1);
          heard += 1;
        },
      },
    );
    tws.send(...Array.from({ length: count }, (_, at) => position(at)));
    while (heard < count) await new Promise((resolve) => setImmediate(resolve));
    // A read is 64 KiB, some thousand of these; what the stream holds already comes with it.
    const most = Math.max(...byTurn.values());
    assert(most <= 4000, `${most} of ${count} messages in one turn`);
  });
});

describe('the heartbeat', () => {
  it('gives up a socket that stays open and silent', async () => {
    const { tws, clock, inbox } = await connected();
    await inbox.get('time');
    tws.silent = true;
    clock.advanceBy(5000);
    clock.advanceBy(5000);
    assert.equal(inbox.all('lost').length, 0);
    clock.advanceBy(5000);
    assert.match((await inbox.get('lost')).reason, /has been silent for 10000 ms/);
  });

  it('keeps a connection on which anything comes', async () => {
    const { tws, clock, inbox } = await connected({ time: () => null });
    for (let beat = 1; beat <= 6; beat += 1) {
      tws.send(position(beat));
      await inbox.get('position', beat);
      clock.advanceBy(5000);
    }
    assert.equal(inbox.all('lost').length, 0);
  });

  it('says once that the connection was lost, and why', async () => {
    const { tws, inbox } = await connected();
    tws.send(errorFrame(-1, 100, 'Max rate of messages per second has been exceeded'));
    await inbox.get('message');
    tws.drop();
    const { reason } = await inbox.get('lost');
    assert.match(reason, /closed the connection: Max rate of messages .* \(100\)$/);
    assert.equal(inbox.all('lost').length, 1);
  });
});

describe('the broker’s time', () => {
  it('is asked for until its second flips, then at the heartbeat', async () => {
    let seconds = 1_691_069_400;
    const { tws, clock, inbox } = await connected({ time: () => seconds });
    await inbox.get('time');
    clock.advanceBy(100);
    await inbox.get('time', 2);
    seconds += 1;
    clock.advanceBy(100);
    await inbox.find((event) => event.type === 'time' && event.ts === 1_691_069_401_000);
    clock.advanceBy(4000);
    assert.equal(inbox.all('time').length, 3);
    clock.advanceBy(1000);
    await tws.message(CLIENT.reqCurrentTime, 4);
  });

  it('is not asked for without end when it stands still', async () => {
    const { tws, clock, inbox } = await connected();
    for (let probe = 1; probe <= 12; probe += 1) {
      await inbox.get('time', probe);
      clock.advanceBy(100);
    }
    clock.advanceBy(3000);
    assert.equal(tws.of(CLIENT.reqCurrentTime).length, 12);
  });

  it('is taken where nobody asked for it', async () => {
    const { tws, inbox } = await connected({ time: () => null });
    tws.send([49, 1, 1_691_070_000]);
    assert.equal((await inbox.get('time')).ts, 1_691_070_000_000);
  });
});
