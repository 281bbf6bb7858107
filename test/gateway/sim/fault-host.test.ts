import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'vitest';
import { type GatewayHost, startGatewayHost } from '../../../src/gateway/host.ts';
import { faultSchema } from '../../../src/gateway/sim/fault-schema.ts';
import { createLogger } from '../../../src/log.ts';
import { VirtualClock } from '../../../src/runtime/virtual-clock.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { RawClient } from '../tws/support/raw-client.ts';
import { SECOND, scenarioOf } from './support/world.ts';

const log = createLogger({ level: 'silent', pretty: false });
const STOCK = [77, 'ABC', 'STK', '', 0, '', '', 'SMART', '', 'USD', '', ''] as const;
const open: GatewayHost[] = [];

afterEach(async () => {
  for (const host of open.splice(0)) await host.close();
});

async function openHost(changes: Record<string, unknown>) {
  const clock = new VirtualClock(0);
  const host = await startGatewayHost({
    scenario: scenarioOf(changes),
    dataDir: tempDir('fault-host'),
    host: '127.0.0.1',
    port: 0,
    adminPort: 0,
    mono: clock,
    log,
  });
  open.push(host);
  return { host, clock };
}

describe("a gateway with a scenario's faults", () => {
  it('does to connections what the timeline says, at its time', async () => {
    const { host, clock } = await openHost({
      faults: [
        { after_s: 2, type: 'code_2103' },
        { after_s: 4, type: 'daily_restart', down_s: 3 },
      ],
    });
    const client = await RawClient.login(host.port, 1);
    clock.advanceBy(3 * SECOND);
    await client.take(4, (fields) => fields[3] === '2103');
    clock.advanceBy(2 * SECOND);
    await client.whenClosed();
    await expectReset(host.port);
    clock.advanceBy(3 * SECOND);
    const again = await RawClient.login(host.port, 1);
    assert.deepEqual(await again.settle(), []);
    const types = host.exchange.ledger().faults.map(({ type }) => type);
    assert.deepEqual(types, ['code_2103', 'daily_restart', 'refuse_connect', 'refuse_connect']);
  });

  it('says no word of a silent order, and tells of it when asked', async () => {
    const { host } = await openHost({});
    const client = await RawClient.login(host.port, 1);
    host.exchange.inject(faultSchema.parse({ type: 'no_ack' }));
    client.send(3, 1, ...STOCK, '', '', 'BUY', 10, 'LMT', 99, ...TAIL);
    assert.deepEqual(await client.settle(), []);
    client.send(5, 1);
    assert.equal((await client.take(5))[1], '1');
    await client.take(53);
  });

  it('lets clients look alone while its API is read-only', async () => {
    const { host } = await openHost({});
    const client = await RawClient.login(host.port, 1);
    const inject = (on: boolean) =>
      host.exchange.inject(faultSchema.parse({ type: 'read_only', on }));
    const readOnly = (fields: readonly string[]) =>
      fields[3] === '321' && /Read-Only/.test(fields[4] ?? '');
    inject(true);
    client.send(3, 1, ...STOCK, '', '', 'BUY', 10, 'LMT', 99, ...TAIL);
    assert.equal((await client.take(4, readOnly))[2], '1');
    client.send(5, 1);
    assert.equal((await client.take(4, readOnly))[2], '-1');
    client.send(99, 1);
    assert.equal((await client.take(4, readOnly))[2], '-1');
    client.send(16, 1);
    await client.take(53);
    assert.deepEqual(host.exchange.ledger().orders, []);
    inject(false);
    client.send(3, 1, ...STOCK, '', '', 'BUY', 10, 'LMT', 99, ...TAIL);
    assert.equal((await client.take(5))[1], '1');
  });

  it('bounds the pace and the lines as the scenario says', async () => {
    const { host } = await openHost({ limits: { messages_per_s: 5, lines: 1 } });
    const client = await RawClient.login(host.port, 1);
    for (const line of [1, 2]) client.send(1, 11, line, ...STOCK, 0, '', 0, 0, '');
    assert.deepEqual((await client.take(4)).slice(2, 4), ['2', '101']);
    for (let count = 0; count < 8; count += 1) client.send(49, 1);
    await client.take(4, (fields) => fields[3] === '100');
    await client.whenClosed();
  });
});

/** The reset comes while the connection is made or right after. */
async function expectReset(port: number): Promise<void> {
  try {
    const client = await RawClient.open(port);
    await client.whenClosed();
  } catch (error) {
    assert.ok(error instanceof Error && 'code' in error && error.code === 'ECONNRESET');
  }
}

/** A plain order from its auxiliary price on. */
const TAIL = [
  ...['', 'DAY', '', '', '', 0, 'ref', 1, 0, 0, 0, 0, 0, 0, 0],
  ...Array<string>(90).fill(''),
];
