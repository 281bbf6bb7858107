/**
 * The persistence thread of a running daemon is killed, hung and flooded. Hedging goes on, as its
 * reason of `degraded` promises, and what waits in the journal meanwhile arrives in the database,
 * each row once.
 */

import assert from 'node:assert/strict';
import { describe, it } from 'vitest';

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
  untilDegraded,
  untilHedged,
} from './support/lab.ts';
import { quickSettings } from './support/settings.ts';

const home = testHome('workers-persistence');
const config = home.write('config.yaml', quickSettings({ broker: QUICK_BROKER }));
const GONE = ['persistence_restarting'];
const WAKE = { type: 'journal.advanced' };

describe('a daemon whose persistence thread', () => {
  it('is killed, rejects, hangs and is flooded', { timeout: 180_000 }, async () => {
    const daemon = await startCalm(home, 'data', { config });

    await strike(daemon, {
      thread: 'persistence',
      deed: { type: 'terminate' },
      error: /thread persistence exited/,
    });
    await untilDegraded(daemon, GONE);
    await hedges(daemon, 2);
    await hedges(daemon, -2);
    await release(daemon, 'persistence');
    await untilCalm(daemon);
    await truth(daemon);

    // Between an order's journal record and its acknowledgement.
    await hedgeStaysIn(daemon, 'WAIT_ACK', 2);
    const { executions } = await daemon.exchange().ledger();
    await strike(daemon, {
      thread: 'persistence',
      deed: { type: 'reject' },
      error: /^internal: sabotage: rejected$/,
    });
    await untilDegraded(daemon, GONE);
    await untilHedged(daemon, executions.length);
    await release(daemon, 'persistence');
    await untilCalm(daemon);
    await truth(daemon);

    // While it hangs it is flooded: its mailbox fills, and the kernel answers all the same.
    await hedgeStaysIn(daemon, 'PARTIAL', -2);
    await strike(daemon, {
      thread: 'persistence',
      deed: { type: 'burn' },
      error: /no sign of life/,
      unnoticed: async () => {
        const deed = { type: 'flood', to: 'persistence', count: 20_000, message: WAKE } as const;
        const { sent, refused } = await daemon.sabotage('kernel', deed);
        assert.ok(sent <= 10_000 && refused >= 10_000, `${sent}, ${refused}`);
        assert.equal((await daemon.status()).daemon_heartbeat.daemon_alive, true);
      },
    });
    await untilDegraded(daemon, GONE);
    const [dead] = await actorsOf(daemon, 'persistence');
    assert.ok((dead?.dead_letters ?? 0) >= 9000, `${dead?.dead_letters} dead letters`);
    await daemon.exchange().fault('partial_fills', { on: false });
    await release(daemon, 'persistence');
    await untilCalm(daemon);
    await truth(daemon);

    // Alive, it takes a flood from another thread for what it is: one wish to look.
    const deed = { type: 'flood', to: 'persistence', count: 200_000, message: WAKE } as const;
    const { sent } = await daemon.sabotage('market', deed);
    assert.ok(sent > 0);
    await hedges(daemon, 2);
    const [flooded] = await actorsOf(daemon, 'persistence');
    assert.equal(flooded?.restarts, 3);
    assert.ok((flooded?.mailbox_high ?? Number.NaN) <= 10_000);
    await endsWell(daemon);
  });
});
