/**
 * Each worker thread of a running daemon is killed, hung, flooded and starved of memory while
 * orders are under way. The kernel and the API go on, the supervisor says what it saw, hedging
 * does what the reasons of `degraded` promise, and no order or fill is lost or doubled.
 */

import assert from 'node:assert/strict';
import { describe, it } from 'vitest';

import { testHome } from '../support/daemon.ts';
import {
  endsWell,
  hedgeStaysIn,
  hedges,
  lostWith,
  MARKET_GONE,
  ourExecutions,
  QUICK_BROKER,
  release,
  startCalm,
  starve,
  strike,
  truth,
  untilCalm,
  untilDegraded,
  untilHedged,
  untilSettled,
} from './support/lab.ts';
import { quickSettings } from './support/settings.ts';

const home = testHome('workers');
const config = home.write('config.yaml', quickSettings({ broker: QUICK_BROKER }));

describe('a daemon whose market-data thread', () => {
  it('is killed, throws, hangs and runs out of memory', { timeout: 180_000 }, async () => {
    const start = () => startCalm(home, 'market', { config });
    let daemon = await start();

    // Killed while nothing is under way: it does not hedge blindly, and goes on by itself.
    await strike(daemon, {
      thread: 'market',
      deed: { type: 'terminate' },
      error: /thread market exited/,
    });
    const before = await ourExecutions(daemon);
    await daemon.exchange().move('NVDA', 2);
    const { books } = await untilDegraded(daemon, MARKET_GONE);
    assert.ok(books[0]?.block_reasons.includes('degraded'));
    assert.equal(await ourExecutions(daemon), before);
    await release(daemon, 'market');
    await daemon.untilStatus('it runs', (now) => now.status?.daemon_state === 'running');
    // The move that it missed.
    await untilHedged(daemon, before);

    // Throws while an acknowledgement is awaited: the order is followed to its end without quotes.
    await hedgeStaysIn(daemon, 'WAIT_ACK', 2);
    const { orders } = await daemon.exchange().ledger();
    await strike(daemon, {
      thread: 'market',
      deed: { type: 'throw' },
      error: /^internal: sabotage: thrown$/,
    });
    await untilDegraded(daemon, MARKET_GONE);
    await untilSettled(daemon);
    const after = (await daemon.exchange().ledger()).orders;
    assert.equal(after.length, orders.length, 'no other order left');
    await release(daemon, 'market');
    await untilCalm(daemon);
    await truth(daemon);

    // Hangs while an order is filled in part, and is flooded: nobody else waits for it.
    await hedgeStaysIn(daemon, 'PARTIAL', -2);
    await strike(daemon, {
      thread: 'market',
      deed: { type: 'burn' },
      error: /no sign of life/,
      unnoticed: async () => {
        const message = { type: 'probe', symbol: 'NONE' };
        const deed = { type: 'flood', to: 'market-data', count: 20_000, message } as const;
        const { sent, refused } = await daemon.sabotage('kernel', deed);
        assert.ok(sent > 0 && sent <= 10_000 && refused >= 10_000, `${sent}, ${refused}`);
        assert.equal((await daemon.status()).daemon_heartbeat.daemon_alive, true);
      },
    });
    await untilDegraded(daemon, MARKET_GONE);
    const lost = lostWith(daemon, 'market-data');
    assert.ok(lost >= 9000 && lost <= 10_000, `${lost} messages are said to be lost`);
    await daemon.exchange().fault('partial_fills', { on: false });
    await release(daemon, 'market');
    await untilCalm(daemon);
    await truth(daemon);

    // Runs out of memory while the daemon reads what the broker knows.
    await daemon.exchange().fault('slow_consumer', { delay_ms: 300 });
    await daemon.exchange().fault('code_1101');
    await daemon.untilStatus('it syncs', (now) => now.status?.daemon_state === 'connected');
    daemon = await starve(daemon, 'market', start);
    await daemon.exchange().fault('slow_consumer', { on: false });
    await untilCalm(daemon);
    await hedges(daemon, 2);
    await endsWell(daemon);
  });
});
