/** What the operator relies on to hold the engine: suspend, resume, stop, and a shared account. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, it } from 'vitest';

import type { StatusView } from '../../src/protocol/views.ts';
import { type TestDaemon, testHome } from '../support/daemon.ts';
import { type Answer, bifrost } from '../support/program.ts';
import { DEPLOYMENT, quickSettings } from './support/settings.ts';
import { assertTruth } from './support/truth.ts';

const home = testHome('controls');
const dataDir = join(home.dir, 'data');
let config: string;
let daemon: TestDaemon;

beforeAll(async () => {
  config = home.write('config.yaml', quickSettings());
  daemon = await home.daemon({ dataDir, config }).ready();
});

const cli = (...command: string[]): Promise<Answer> => bifrost([...command, '--data-dir', dataDir]);

function netDelta({ books: [book] }: StatusView): number {
  return Math.abs(book?.net_delta ?? Number.NaN);
}

const untilHedged = (running = daemon) =>
  running.untilStatus('it is hedged', (now) => now.status_lamp === 'green' && netDelta(now) < 25);

async function ourOrders(running = daemon): Promise<number> {
  const { orders } = await running.exchange().ledger();
  return orders.filter((order) => order.order_ref.startsWith(`${DEPLOYMENT}:`)).length;
}

describe('a control command', () => {
  it('without the token, or with another one, is refused and changes nothing', async () => {
    for (const token of [null, 'x'.repeat(43)]) {
      for (const command of ['stop', 'suspend', 'resume', 'retry_ib']) {
        const { status, body } = await daemon.post(`/control/${command}`, {}, token);
        assert.equal(status, 401, JSON.stringify(body));
      }
      const event = await daemon.post('/machines/daemon/events', { type: 'SUSPEND' }, token);
      assert.equal(event.status, 401);
    }
    assert.equal((await daemon.status()).trading_suspended, false);
  });
});

describe('R-C2: suspension', () => {
  it('sends no order though net delta drifts, and shows what it would do', async () => {
    await untilHedged();
    const { code, err } = await cli('suspend');
    assert.equal(code, 0, err);
    const before = await ourOrders();
    await daemon.exchange().move('NVDA', 2);
    const status = await daemon.untilStatus('net delta has drifted', (now) => netDelta(now) > 50);
    assert.equal(status.trading_suspended, true);
    assert.equal(status.status_lamp, 'yellow');
    assert.ok(status.block_reasons.includes('suspended'));
    // The order that would go out has been weighed several times by then.
    const ts = status.daemon_heartbeat.last_ts ?? 0;
    await daemon.untilStatus('a heartbeat later', (now) => {
      return (now.daemon_heartbeat.last_ts ?? 0) > ts;
    });
    assert.equal(await ourOrders(), before);
  });

  it('survives a restart', async () => {
    const before = await ourOrders();
    assert.equal((await daemon.stop()).code, 0);
    daemon = await home.daemon({ dataDir, config }).ready();
    const status = await daemon.untilStatus('it operates again', (now) => netDelta(now) > 50);
    assert.equal(status.trading_suspended, true);
    assert.equal(status.status?.daemon_state, 'running_suspended');
    assert.equal(await ourOrders(), before);
  });

  it('ends with resume: the drift is hedged', async () => {
    const before = await ourOrders();
    const { code, err } = await cli('resume');
    assert.equal(code, 0, err);
    await untilHedged();
    assert.ok((await ourOrders()) > before);
    // Who held the whole, and who let it go, stands among the operations.
    const controls = await daemon.until('both are in the history', async () => {
      const rows = (await daemon.operations()).filter(({ type }) => type === 'control');
      return rows.some(({ state_reason: why }) => why.startsWith('resume by ')) ? rows : null;
    });
    assert.ok(controls.some(({ state_reason: why }) => why.startsWith('suspend by cli')));
  });

  it('of one book is that book alone, and a book that is not there is told', async () => {
    assert.equal((await cli('suspend', 'NVDA')).code, 0);
    const { books, trading_suspended: all } = await daemon.status();
    assert.deepEqual([books[0]?.suspended, all], [true, false]);
    const { code, err } = await cli('suspend', 'TSLA');
    assert.equal(code, 1);
    assert.match(err, /^bifrost: .*TSLA.*\n/);
    assert.equal((await cli('resume', 'NVDA')).code, 0);
  });
});

describe('RE-1: a manual trade in the account', () => {
  it('is seen as foreign, is never traded against, and the book hedges its own', async () => {
    await untilHedged();
    const before = await daemon.status();
    const owned = before.status?.stock_position ?? 0;
    const orders = await ourOrders();
    const side = owned < 0 ? 'SELL' : 'BUY';
    await daemon.exchange().trade('NVDA', side, 500);
    const foreign = side === 'SELL' ? -500 : 500;
    const status = await daemon.untilStatus(
      'the shares are foreign',
      (now) => now.books[0]?.foreign_shares === foreign,
    );
    assert.ok(netDelta(status) < 50, 'foreign shares are no part of net delta');
    const hedged = (await ourOrders()) - orders;
    assert.ok(hedged <= 1, `${hedged} orders followed the manual trade`);

    await daemon.exchange().move('NVDA', -1.5);
    await daemon.until('the book hedges its own delta', async () =>
      (await ourOrders()) > orders + hedged ? true : null,
    );
    await untilHedged();
    const exchange = daemon.exchange();
    const databaseUrl = readFileSync(join(dataDir, 'database-url'), 'utf8').trim();
    const ledger = await assertTruth({ exchange, databaseUrl, deployment: DEPLOYMENT });
    const manual = ledger.orders.filter((order) => order.order_ref === '');
    assert.deepEqual(
      manual.map(({ side, quantity, client_id }) => [side, quantity, client_id]),
      [[side, 500, 0]],
    );
    const types = (await daemon.operations()).map((operation) => operation.type);
    assert.ok(types.includes('foreign_change'));
  });
});

describe('R-C1b: a stop', () => {
  it('by POST /control/stop ends the daemon with 0', async () => {
    const { status } = await daemon.post('/control/stop');
    assert.equal(status, 202);
    assert.deepEqual(await daemon.ended, { code: 0, signal: null });
    assert.equal(existsSync(join(dataDir, 'daemon.json')), false);
  });

  it('by the command returns when the daemon is gone, and it ended with 0', async () => {
    daemon = await home.daemon({ dataDir, config }).ready();
    const { code, err, ms } = await cli('stop');
    assert.equal(code, 0, err);
    assert.ok(ms < 8000, `the command took ${ms} ms`);
    assert.deepEqual(await daemon.ended, { code: 0, signal: null });
  });
});
