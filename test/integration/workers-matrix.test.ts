/**
 * Every way a thread can end, in every thread, at every moment of an order's life; `test:long`
 * runs it. Nothing is held back here: a thread is gone only as long as its restart takes.
 */

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { describe, it } from 'vitest';

import { type TestDaemon, testHome } from '../support/daemon.ts';
import {
  endsWell,
  hedgeStaysIn,
  hedges,
  QUICK_BROKER,
  type Strike,
  startCalm,
  starve,
  strike,
  truth,
  untilCalm,
} from './support/lab.ts';
import { quickSettings } from './support/settings.ts';

const home = testHome('workers-matrix');
const config = home.write('config.yaml', quickSettings({ broker: QUICK_BROKER }));

const THREADS = ['market', 'persistence', 'gateway'] as const;
const DEEDS: readonly Pick<Strike, 'deed' | 'error'>[] = [
  { deed: { type: 'terminate' }, error: /exited with code/ },
  { deed: { type: 'exit', code: 7 }, error: /exited with code 7/ },
  { deed: { type: 'throw' }, error: /sabotage: thrown/ },
  { deed: { type: 'reject' }, error: /sabotage: rejected/ },
  { deed: { type: 'burn' }, error: /no sign of life/ },
  { deed: { type: 'exhaust' }, error: /memory/ },
];

/** Brings a calm daemon to it. */
const MOMENTS: Readonly<Record<string, (daemon: TestDaemon) => Promise<unknown>>> = {
  'nothing is under way': async () => undefined,
  'an acknowledgement is awaited': (daemon) => hedgeStaysIn(daemon, 'WAIT_ACK', 2),
  'an order is filled in part': (daemon) => hedgeStaysIn(daemon, 'PARTIAL', -2),
  'the broker is read': async (daemon) => {
    const exchange = daemon.exchange();
    await exchange.fault('slow_consumer', { delay_ms: 300 });
    await exchange.fault('code_1101');
    await daemon.untilStatus('it syncs', (now) => now.status?.daemon_state === 'connected');
  },
};

const CASES = THREADS.flatMap((thread) =>
  DEEDS.map(({ deed, error }) => ({ thread, deed, error, name: deed.type })),
);

describe.runIf(process.env['BIFROST_TEST_LONG'] === '1')('at every moment of an order', () => {
  it.each(CASES)('$thread: $name', { timeout: 240_000 }, async ({ thread, deed, error, name }) => {
    const start = () => startCalm(home, `${thread}-${name}`, { config });
    let daemon = await start();
    for (const [moment, come] of Object.entries(MOMENTS)) {
      await come(daemon);
      if (name === 'exhaust') daemon = await starve(daemon, thread, start);
      else await strike(daemon, { thread, deed, error, unheld: true });
      await endFaults(daemon);
      await untilCalm(daemon);
      const { orders } = await truth(daemon);
      const alive = orders.filter(({ status }) => status === 'Submitted');
      assert.ok(alive.length <= 1, `after ${moment}: ${JSON.stringify(alive)}`);
    }
    await hedges(daemon, 2);
    await endsWell(daemon);
    rmSync(daemon.dataDir, { recursive: true });
  });
});

/** A gateway that was struck itself has forgotten them, and takes a moment to answer. */
async function endFaults(daemon: TestDaemon): Promise<void> {
  const exchange = daemon.exchange();
  for (const fault of ['partial_fills', 'slow_consumer']) {
    await daemon.until('the exchange answers', () =>
      exchange.fault(fault, { on: false }).then(
        () => true,
        () => null,
      ),
    );
  }
}
