/** RE-7: whatever the gateway does, the daemon stays up, says what it waits for, and recovers. */

import assert from 'node:assert/strict';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, it } from 'vitest';

import type { StatusView } from '../../src/protocol/views.ts';
import { type TestDaemon, testHome } from '../support/daemon.ts';
import { freePort } from '../support/free-port.ts';
import { bifrost } from '../support/program.ts';
import { quickSettings } from './support/settings.ts';

const home = testHome('broker');
const sockets = new Set<Socket>();
const servers: Server[] = [];
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** Something that listens where a gateway should, and is none. */
async function pretend(onConnection: (socket: Socket) => void, port = 0): Promise<number> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  return address.port;
}

let count = 0;
async function daemonAt(port: number, broker: object = {}): Promise<TestDaemon> {
  count += 1;
  const store = { sink: 'none' };
  const quick = { retry_interval_s: 3600, connect_timeout_s: 1, heartbeat_s: 1, ...broker };
  const settings = quickSettings({ mode: 'paper', port, store, broker: quick });
  const config = home.write(`config-${count}.yaml`, settings);
  return home.daemon({ dataDir: join(home.dir, `data-${count}`), config }).ready();
}

/** Up and yellow; it says since when, why, and when it tries again. */
function untilWaiting(daemon: TestDaemon, why: RegExp): Promise<StatusView> {
  return daemon.untilStatus(`it waits for IB: ${why}`, (now) => {
    const { next_retry_ts: next, ib_connected: connected } = now.daemon_heartbeat;
    const waits = now.daemon_block_reasons[0] === 'waiting_ib' && next !== null;
    return waits && !connected && why.test(now.daemon_block_reasons.join(' '));
  });
}

function assertYellow(status: StatusView): void {
  assert.equal(status.status_lamp, 'yellow', JSON.stringify(status.block_reasons));
  assert.equal(status.daemon_lamp, 'yellow');
  assert.equal(status.daemon_heartbeat.daemon_alive, true);
  assert.equal(status.daemon_heartbeat.ib_client_id, null);
  const { seconds_until_retry: seconds } = status.daemon_heartbeat;
  assert.ok(seconds !== null && seconds >= 0 && seconds <= 3600);
}

const untilHedged = (daemon: TestDaemon) =>
  daemon.untilStatus('it hedges again', ({ status_lamp: lamp, books: [book] }) => {
    const delta = book?.net_delta ?? Number.NaN;
    return lamp === 'green' && book !== undefined && Math.abs(delta) < book.band.threshold;
  });

async function assertStops(daemon: TestDaemon): Promise<void> {
  const { code, ms } = await daemon.stop('SIGTERM');
  assert.equal(code, 0, daemon.err());
  assert.ok(ms < 5000, `the stop took ${ms} ms`);
}

const retryIb = (daemon: TestDaemon) => bifrost(['retry-ib', '--data-dir', daemon.dataDir]);

describe('a gateway', () => {
  it('that is not there is waited for; retry-ib connects once it is', async () => {
    const port = await freePort();
    const daemon = await daemonAt(port);
    assertYellow(await untilWaiting(daemon, /ECONNREFUSED/));

    await home.gateway({ port, dataDir: join(home.dir, 'late') });
    const { code, err } = await retryIb(daemon);
    assert.equal(code, 0, err);
    const status = await untilHedged(daemon);
    assert.equal(status.daemon_heartbeat.ib_client_id, 1);
    assert.equal(status.daemon_heartbeat.next_retry_ts, null);

    await assertStops(daemon);
  });

  it('R-A1: that is killed is waited for; then the book goes on where the exchange stands', async () => {
    const dataDir = join(home.dir, 'killed');
    const gateway = await home.gateway({ dataDir });
    const daemon = await daemonAt(gateway.port, { retry_interval_s: 1 });
    const before = await untilHedged(daemon);
    await gateway.stop('SIGKILL');
    const waiting = await untilWaiting(daemon, /closed the connection|ECONNREFUSED/);
    assertYellow(waiting);
    assert.equal(waiting.status?.stock_position, before.status?.stock_position);
    const silent = await daemon.untilStatus('its quotes have aged', ({ block_reasons: why }) => {
      return why.includes('data_stale') || why.includes('greeks_bad');
    });
    assert.equal(silent.status_lamp, 'yellow', silent.block_reasons.join());

    const again = await home.gateway({ dataDir, port: gateway.port });
    const { books } = await untilHedged(daemon);
    const { positions } = await again.exchange.ledger();
    const held = positions.find((position) => position.sec_type === 'STK')?.position ?? 0;
    assert.equal(books[0]?.stock_position, held);
    await assertStops(daemon);
  });

  it('that is silent is given up in time, and the stop does not wait for it', async () => {
    const daemon = await daemonAt(await pretend(() => undefined));
    assertYellow(await untilWaiting(daemon, /did not become ready within 1000 ms/));
    await assertStops(daemon);
  });

  it('that is silent is left while it is still tried', async () => {
    const daemon = await daemonAt(await pretend(() => undefined), { connect_timeout_s: 120 });
    await daemon.untilStatus('it connects', (now) => now.daemon_block_reasons[0] === 'connecting');
    await assertStops(daemon);
  });

  it.each([
    ['an older version', (socket: Socket) => socket.write(hello('100')), /version 100/],
    ['no TWS protocol', (socket: Socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'), /./],
    ['nothing and hangs up', (socket: Socket) => socket.end(), /closed the connection/],
  ])('that speaks %s is told in a line', async (_, answer, why) => {
    const port = await pretend((socket) => {
      socket.once('data', () => answer(socket));
    });
    const daemon = await daemonAt(port);
    const status = await untilWaiting(daemon, why);
    assertYellow(status);
    for (const reason of status.daemon_block_reasons) assert.ok(!reason.includes('\n'), reason);
    await assertStops(daemon);
  });

  it('326: whose client id is taken is retried with the same id until it is free', async () => {
    const gateway = await home.gateway({ dataDir: join(home.dir, 'shared') });
    const first = await daemonAt(gateway.port);
    await untilHedged(first);
    const second = await daemonAt(gateway.port, { market_data_client_id: 3 });
    assertYellow(await untilWaiting(second, /client id 1 is in use/));
    await assertStops(first);
    await retryIb(second);
    const { daemon_heartbeat: heartbeat } = await second.untilStatus(
      'it is connected',
      (now) => now.daemon_heartbeat.ib_connected,
    );
    assert.equal(heartbeat.ib_client_id, 1);
    await assertStops(second);
  });
});

describe('a command', () => {
  it.each([['status'], ['operations'], ['explain', 'NVDA'], ['suspend'], ['stop'], ['retry-ib']])(
    '%s ends with 7 where no daemon runs',
    async (...command) => {
      const { code, err } = await bifrost([...command, '--data-dir', join(home.dir, 'nobody')]);
      assert.equal(code, 7);
      assert.match(err, /^bifrost: no daemon runs on .*\n {2}→ .*\n$/);
    },
  );
});

/** What a gateway of this version says first: a frame of two fields. */
function hello(version: string): Buffer {
  const text = Buffer.from([version, '20260914 10:00:00 EST', ''].join('\0'));
  const frame = Buffer.alloc(4 + text.length);
  frame.writeUInt32BE(text.length, 0);
  text.copy(frame, 4);
  return frame;
}
