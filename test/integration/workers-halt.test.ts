/**
 * What a worker's death becomes when it is not the only misfortune: the process is killed while a
 * thread is down, memory is out for all of it, or a thread dies again and again until the root
 * gives up. The next start finds every order and fill.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';

import { testHome } from '../support/daemon.ts';
import {
  endsWell,
  hedgeStaysIn,
  MARKET_GONE,
  QUICK_BROKER,
  startCalm,
  strike,
  truth,
  untilCalm,
  untilDegraded,
} from './support/lab.ts';
import { DEPLOYMENT, quickSettings } from './support/settings.ts';
import { assertTruth } from './support/truth.ts';

const home = testHome('workers-halt');
const config = home.write('config.yaml', quickSettings({ broker: QUICK_BROKER }));

describe('a daemon', () => {
  it('is killed while a thread is down, and dies of memory: its start is the recovery', {
    timeout: 180_000,
  }, async () => {
    let daemon = await startCalm(home, 'data', { config });
    await hedgeStaysIn(daemon, 'PARTIAL', 2);
    await strike(daemon, { thread: 'market', deed: { type: 'terminate' }, error: /exited/ });
    await untilDegraded(daemon, MARKET_GONE);
    await daemon.stop('SIGKILL');

    daemon = await startCalm(home, 'data', { config, kernelHeapMb: 160 });
    await truth(daemon);
    await hedgeStaysIn(daemon, 'WAIT_ACK', -2);
    await daemon.sabotage('kernel', { type: 'exhaust' });
    const { signal } = await daemon.ended;
    assert.equal(signal, 'SIGABRT');
    assert.match(daemon.err(), /heap out of memory/);

    daemon = await startCalm(home, 'data', { config });
    await endsWell(daemon);
  });
});

describe('a worker thread', () => {
  it('that dies at every start halts the engine: what is alive is cancelled, exit status 1', {
    timeout: 180_000,
  }, async () => {
    const gateway = await home.gateway();
    const broker = QUICK_BROKER;
    const settings = quickSettings({ mode: 'paper', port: gateway.port, broker });
    const paper = home.write('paper.yaml', settings);
    const daemon = await startCalm(home, 'halted', { config: paper });
    await gateway.exchange.fault('partial_fills', { max_size: 1 });
    await gateway.exchange.move('NVDA', 2);
    await daemon.untilStatus('an order is filled in part', ({ books: [book] }) => {
      return book?.hedge_state === 'PARTIAL';
    });

    await daemon.sabotage('persistence', { type: 'starts', fate: 'dies' });
    await daemon.sabotage('persistence', { type: 'terminate' });
    assert.deepEqual(await daemon.ended, { code: 1, signal: null });
    assert.match(daemon.err(), /more than 5 restarts in 60000 ms/);
    assert.match(daemon.err(), /the engine broke: trading halts/);
    const { orders } = await daemon.until('its order is cancelled', async () => {
      const ledger = await gateway.exchange.ledger();
      const alive = ledger.orders.filter(({ status }) => /Submitted|Pending/.test(status));
      return alive.length === 0 ? ledger : null;
    });
    assert.equal(orders.at(-1)?.status, 'Cancelled');

    await gateway.exchange.fault('partial_fills', { on: false });
    const again = await home.daemon({ dataDir: daemon.dataDir, config: paper }).ready();
    await untilCalm(again);
    const databaseUrl = readFileSync(join(daemon.dataDir, 'database-url'), 'utf8').trim();
    await assertTruth({ exchange: gateway.exchange, databaseUrl, deployment: DEPLOYMENT });
    assert.equal((await again.stop()).code, 0);
  });
});
