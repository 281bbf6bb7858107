/**
 * A worker thread that sends more than the kernel can take, and one actor of a shared thread that
 * dies of a message while its neighbour lives.
 */

import assert from 'node:assert/strict';
import { describe, it } from 'vitest';

import type { TestDaemon } from '../support/daemon.ts';
import { testHome } from '../support/daemon.ts';
import { actorsOf, endsWell, hedges, QUICK_BROKER, startCalm, untilCalm } from './support/lab.ts';
import type { Sabotaged } from './support/sabotage.ts';
import { quickSettings } from './support/settings.ts';

const home = testHome('workers-flood');
const config = home.write('config.yaml', quickSettings({ broker: QUICK_BROKER }));
const AT_ONCE = 20_000;

/** Floods the kernel until it took `total` messages; it answers all the while. */
async function floodKernel(
  daemon: Sabotaged,
  to: string,
  message: object,
  total: number,
): Promise<number> {
  let [taken, refusals] = [0, 0];
  while (taken < total) {
    const deed = { type: 'flood', to, count: AT_ONCE, message } as const;
    const { sent, refused } = await daemon.sabotage('market', deed);
    taken += sent;
    refusals += refused;
    assert.equal((await daemon.status()).daemon_heartbeat.daemon_alive, true);
  }
  return refusals;
}

async function restarts(daemon: TestDaemon): Promise<readonly number[]> {
  const actors = [
    ...(await actorsOf(daemon, 'market')),
    ...(await actorsOf(daemon, 'persistence')),
    ...(await actorsOf(daemon, 'gateway')),
  ];
  return actors.map((actor) => actor.restarts);
}

async function poison(daemon: Sabotaged, actor: 'greeks' | 'market-data'): Promise<void> {
  const message = { type: 'watch', books: 5, lines: 5 };
  await daemon.sabotage('kernel', { type: 'flood', to: actor, count: 1, message });
  await daemon.until(`${actor} died of it, and lives`, async () => {
    const found = (await daemon.actors()).find(({ id }) => id === actor);
    return found?.restarts === 1 && found.state === 'running' ? true : null;
  });
}

describe('a daemon', () => {
  it('that one of its threads floods takes what it can, refuses the rest, and hedges', {
    timeout: 120_000,
  }, async () => {
    const daemon = await startCalm(home, 'flooded', { config });
    const priced = { type: 'book.priced', slot: 0, tradingTs: 0 };
    const refused = await floodKernel(daemon, 'kernel:greeks', priced, 50_000);
    assert.ok(refused > 0, 'its mailbox has a bound');
    await hedges(daemon, 2);
    const probed = { type: 'market.probed', symbol: 'NONE', answered: false };
    await floodKernel(daemon, 'kernel:market', probed, 20_000);
    await hedges(daemon, -2);
    // From one worker to another, past the kernel.
    const quotes = { type: 'quotes', slot: 63, tradingTs: 0 };
    const deed = { type: 'flood', to: 'greeks', count: AT_ONCE, message: quotes } as const;
    await daemon.sabotage('persistence', deed);
    await hedges(daemon, 2);
    assert.deepEqual(await restarts(daemon), [0, 0, 0, 0]);
    await endsWell(daemon);
  });

  it('of which one actor dies of a message loses that actor alone, for a moment', {
    timeout: 120_000,
  }, async () => {
    const daemon = await startCalm(home, 'poisoned', { config });
    await poison(daemon, 'greeks');
    await untilCalm(daemon);
    await hedges(daemon, 2);
    assert.deepEqual(await restarts(daemon), [1, 0, 0, 0]);
    await poison(daemon, 'market-data');
    await untilCalm(daemon);
    await hedges(daemon, -2);
    assert.deepEqual(await restarts(daemon), [1, 1, 0, 0]);
    await endsWell(daemon);
  });
});
