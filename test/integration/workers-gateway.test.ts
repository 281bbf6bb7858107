/**
 * The simulated gateway runs in a thread of the daemon. When that thread dies or hangs, the broker
 * is away as IB would be; it comes back where it was, with the orders and positions it had.
 */

import assert from 'node:assert/strict';
import { describe, it } from 'vitest';

import type { StatusView } from '../../src/protocol/views.ts';
import { testHome } from '../support/daemon.ts';
import {
  actorsOf,
  endsWell,
  hedgeStaysIn,
  hedges,
  QUICK_BROKER,
  release,
  startCalm,
  strike,
  truth,
  untilCalm,
} from './support/lab.ts';
import type { Sabotaged } from './support/sabotage.ts';
import { quickSettings } from './support/settings.ts';

const home = testHome('workers-gateway');
const config = home.write('config.yaml', quickSettings({ broker: QUICK_BROKER }));

const untilWaiting = (daemon: Sabotaged): Promise<StatusView> =>
  daemon.untilStatus('it waits for the broker, yellow', (now) => {
    return now.daemon_block_reasons[0] === 'waiting_ib' && now.status_lamp === 'yellow';
  });

describe('a daemon whose simulated gateway', () => {
  it('is killed and hangs: it waits for the broker, and goes on where it was', {
    timeout: 180_000,
  }, async () => {
    const daemon = await startCalm(home, 'data', { config });

    // Between an order's way out and its acknowledgement.
    await hedgeStaysIn(daemon, 'WAIT_ACK', 2);
    const before = await daemon.exchange().ledger();
    await strike(daemon, {
      thread: 'gateway',
      deed: { type: 'exit', code: 3 },
      error: /thread gateway exited with code 3/,
    });
    await untilWaiting(daemon);
    await release(daemon, 'gateway');
    await untilCalm(daemon);
    const after = await truth(daemon);
    const refs = new Set(after.orders.map((order) => order.order_ref));
    assert.ok(before.orders.every((order) => refs.has(order.order_ref)));

    // Half of an order is filled, and the broker says nothing more.
    await hedgeStaysIn(daemon, 'PARTIAL', -2);
    await strike(daemon, {
      thread: 'gateway',
      deed: { type: 'burn' },
      error: /no sign of life/,
      unnoticed: () => daemon.status(),
    });
    await untilWaiting(daemon);
    await release(daemon, 'gateway');
    await untilCalm(daemon);
    await hedges(daemon, 2);
    await endsWell(daemon);
  });

  it('dies at every start: it is given up, and the daemon waits, and stops as it should', {
    timeout: 120_000,
  }, async () => {
    const daemon = await startCalm(home, 'doomed', { config });
    // With an order out there is nobody left who could say that it is dead.
    await daemon.post('/control/suspend');
    await daemon.untilStatus('no order is out', ({ books: [book] }) =>
      ['EXEC_IDLE', 'FILLED'].includes(book?.hedge_state ?? ''),
    );
    await daemon.sabotage('gateway', { type: 'starts', fate: 'dies' });
    await daemon.sabotage('gateway', { type: 'throw' });
    await daemon.until('its supervisor gives up', async () => {
      const [gateway] = await actorsOf(daemon, 'gateway');
      return gateway?.state === 'failed' ? true : null;
    });
    await untilWaiting(daemon);
    const { code, ms } = await daemon.stop();
    assert.equal(code, 0, daemon.err().slice(-4000));
    assert.ok(ms < 5000, `the stop took ${ms} ms`);
  });
});
