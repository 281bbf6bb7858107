import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, it, onTestFinished } from 'vitest';
import { createActor } from '../../../actors/gateway.ts';
import { Fault } from '../../../src/fault.ts';
import { type GatewayHost, startGatewayHost } from '../../../src/gateway/host.ts';
import { createLogger } from '../../../src/log.ts';
import type { ActorContext } from '../../../src/runtime/actor.ts';
import { createRandom } from '../../../src/runtime/random.ts';
import { realWall } from '../../../src/runtime/real-clock.ts';
import { VirtualClock } from '../../../src/runtime/virtual-clock.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { RawClient } from '../tws/support/raw-client.ts';
import { SECOND, scenarioOf } from './support/world.ts';

const log = createLogger({ level: 'silent', pretty: false });

interface HostChanges {
  readonly dataDir?: string;
  readonly port?: number;
  readonly adminPort?: number;
}

async function openHost(changes: HostChanges = {}, scenario: Record<string, unknown> = {}) {
  const mono = new VirtualClock(0);
  const host = await startGatewayHost({
    scenario: scenarioOf(scenario),
    dataDir: changes.dataDir ?? tempDir('gateway'),
    host: '127.0.0.1',
    port: changes.port ?? 0,
    adminPort: changes.adminPort ?? 0,
    mono,
    log,
  });
  onTestFinished(() => host.close());
  return { host, mono };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

function timeOf(host: GatewayHost): Promise<unknown> {
  return fetch(`http://127.0.0.1:${host.adminPort}/time`).then((response) => response.json());
}

describe('a gateway host', () => {
  it('gives delayed market data where the scenario has no rights to more', async () => {
    const { host } = await openHost({}, { market_data: 'delayed' });
    const client = await RawClient.login(host.port, 1);
    client.send(1, 11, 3, 77, ...Array<string>(11).fill(''), 0, '', 0, 0, '');
    assert.equal((await client.take(4))[3], '10168');
    client.send(59, 1, 3);
    client.send(1, 11, 3, 77, ...Array<string>(11).fill(''), 0, '', 0, 0, '');
    assert.equal((await client.take(1))[3], '66');
    await client.close();
  });

  it('listens on both ports, lets time flow, and leaves nothing when it is closed', async () => {
    const { host, mono } = await openHost();
    const start = host.exchange.now();
    mono.advanceBy(2 * SECOND);
    assert.equal(host.exchange.now(), start + 2 * SECOND);
    assert.equal(((await timeOf(host)) as { ts: number }).ts, start / 1000 + 2);
    assert.ok(await listens(host.port));
    await host.close();
    assert.ok(!(await listens(host.port)));
    assert.ok(!(await listens(host.adminPort)));
    assert.equal(mono.pending, 0);
  });

  it('is the same exchange after a restart, and another one elsewhere', async () => {
    const dataDir = tempDir('gateway');
    const first = await openHost({ dataDir });
    const { exchangeId } = first.host.exchange;
    await first.host.close();
    const second = await openHost({ dataDir });
    assert.equal(second.host.exchange.exchangeId, exchangeId);
    const third = await openHost();
    assert.notEqual(third.host.exchange.exchangeId, exchangeId);
  });

  it('gives the same ledger twice, byte for byte, where the scenario names the exchange', async () => {
    const ledgers: string[] = [];
    for (const _ of ['first', 'second']) {
      const { host, mono } = await openHost({}, { exchange_id: '1f2e3d4c5b' });
      const traded = host.exchange.trade({ what: { conId: 77 }, side: 'BUY', quantity: 10 });
      mono.advanceBy(SECOND);
      const ledger = host.exchange.ledger();
      assert.equal(ledger.executions[0]?.exec_id, '1f2e3d4c.00000001.01.01');
      assert.equal(ledger.executions[0]?.perm_id, traded.permId);
      ledgers.push(JSON.stringify(ledger));
      await host.close();
    }
    assert.equal(ledgers[0], ledgers[1]);
  });

  it('drops its clients when it skips a night, so that they find the new time', async () => {
    const scenario = { start: '2026-09-14 16:04:50', skip_closed: true };
    const { host, mono } = await openHost({}, scenario);
    const socket = connect(host.port, '127.0.0.1');
    await once(socket, 'connect');
    const closed = once(socket, 'close');
    // The server has taken the connection when it answers the next one.
    await listens(host.port);
    mono.advanceBy(11 * SECOND);
    await closed;
  });

  it('starts nothing when one of its ports is taken, and names it', async () => {
    const { host } = await openHost();
    for (const changes of [{ port: host.port }, { adminPort: host.port }]) {
      await assert.rejects(
        openHost(changes),
        (error) =>
          error instanceof Fault &&
          error.code === 'port_in_use' &&
          error.message.includes(`:${host.port} `),
      );
    }
  });
});

describe('the gateway actor', () => {
  it('answers where it listens and which exchange it is, and stops', async () => {
    const context: ActorContext = {
      id: 'gateway',
      mono: new VirtualClock(0),
      wall: realWall(),
      random: createRandom(1),
      log,
      ref: () => assert.fail('it knows nobody'),
      watch: () => assert.fail('it watches nobody'),
    };
    const actor = await createActor(context, {
      scenario: scenarioOf(),
      dataDir: tempDir('gateway'),
      host: '127.0.0.1',
      port: 0,
      adminPort: 0,
      cap: 178,
    });
    const ports = actor.receive({ type: 'ports' }) as { port: number; exchangeId: string };
    assert.ok(await listens(ports.port));
    assert.match(ports.exchangeId, /^[0-9a-f-]{36}$/);
    await actor.stop?.();
    assert.ok(!(await listens(ports.port)));
  });
});
