/** The commands that move shares or decide about them, as an operator types them. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, it } from 'vitest';

import { withClient } from '../../src/store/pool.ts';
import { type TestDaemon, testHome } from '../support/daemon.ts';
import { type Answer, bifrost } from '../support/program.ts';
import { DEPLOYMENT, quickSettings } from './support/settings.ts';
import { assertTruth } from './support/truth.ts';

const home = testHome('commands');
const dataDir = join(home.dir, 'data');
let daemon: TestDaemon;

beforeAll(async () => {
  const config = home.write('config.yaml', quickSettings());
  daemon = await home.daemon({ dataDir, config }).ready();
  await hedged();
});

const cli = (...command: string[]): Promise<Answer> => bifrost([...command, '--data-dir', dataDir]);

function hedged() {
  return daemon.untilStatus('it is hedged and calm', ({ status_lamp: lamp, books: [book] }) => {
    if (lamp !== 'green' || book === undefined) return false;
    const isCalm = ['EXEC_IDLE', 'FILLED'].includes(book.hedge_state);
    return isCalm && Math.abs(book.net_delta ?? Number.NaN) < book.band.threshold;
  });
}

async function ok(...command: string[]): Promise<string> {
  const { code, out, err } = await cli(...command);
  assert.equal(code, 0, err);
  return out;
}

const owned = async () => (await daemon.status()).status?.stock_position ?? 0;
const databaseUrl = () => readFileSync(join(dataDir, 'database-url'), 'utf8').trim();

describe('flatten', () => {
  it('without a terminal and without --yes shows what it would do, and does nothing', async () => {
    await daemon.exchange().move('NVDA', 3);
    await daemon.untilStatus('shares are ours', (now) => (now.status?.stock_position ?? 0) !== 0);
    await hedged();
    const before = await owned();
    const { code, err } = await cli('flatten');
    assert.equal(code, 6);
    assert.match(err, /NVDA: (BUY|SELL) \d+ shares at \d+/);
    assert.match(err, /--yes/);
    assert.equal(await owned(), before);
    assert.equal((await daemon.status()).trading_suspended, false);
  });

  it('previews quantity, side, price and cost with --dry-run', async () => {
    const preview = JSON.parse(await ok('flatten', 'NVDA', '--dry-run', '--json'));
    assert.equal(preview.quantity, Math.abs(await owned()));
    assert.ok(['BUY', 'SELL'].includes(preview.side));
    assert.ok(preview.limit_price > 0 && preview.cost_usd >= 0);
    assert.equal(preview.blocked, null);
  });

  it('with --yes closes what is ours, and the book stays suspended', async () => {
    await ok('flatten', '--yes');
    await daemon.untilStatus('nothing is ours', (now) => now.status?.stock_position === 0);
    const status = await daemon.untilStatus('it has ended', (now) => {
      return now.status?.daemon_state === 'running_suspended';
    });
    assert.equal(status.trading_suspended, true);
    const exchange = daemon.exchange();
    await assertTruth({ exchange, databaseUrl: databaseUrl(), deployment: DEPLOYMENT });
  });
});

describe('the other commands', () => {
  it('cancel-all suspends', async () => {
    assert.match(await ok('cancel-all'), /NVDA: no order of ours is known/);
  });

  it('hedge-now says which gate holds it', async () => {
    const { code, err } = await cli('hedge-now', 'NVDA', '--yes');
    assert.equal(code, 1);
    assert.match(err, /suspended/);
  });

  it('hedge-now hedges when it may', async () => {
    await daemon.exchange().move('NVDA', -2);
    await daemon.untilStatus('net delta has drifted', ({ books: [book] }) => {
      return Math.abs(book?.net_delta ?? 0) > 30;
    });
    await ok('resume');
    // The engine may be quicker than the operator: then there is nothing left to do.
    const { err } = await cli('hedge-now', 'NVDA', '--yes');
    assert.match(err, /^$|order_in_flight|in_band/);
    await hedged();
  });

  it('legs lists them, and excludes one', async () => {
    const listed = JSON.parse(await ok('legs', 'NVDA', '--json'));
    const [leg] = listed.legs;
    assert.equal(listed.legs.length, 2);
    await ok('legs', 'NVDA', 'exclude', String(leg.con_id));
    const after = JSON.parse(await ok('legs', 'NVDA', '--json'));
    assert.equal(after.legs.length, 1);
    await ok('legs', 'NVDA', 'confirm', String(leg.con_id));
  });

  it('adopt takes shares of the account, also negative ones', async () => {
    await hedged();
    const before = await owned();
    const side = before < 0 ? 'SELL' : 'BUY';
    const shares = side === 'SELL' ? -7 : 7;
    await ok('suspend');
    await daemon.exchange().trade('NVDA', side, 7);
    await daemon.untilStatus('they are foreign', ({ books: [book] }) => {
      return book?.foreign_shares === shares;
    });
    await ok('adopt', 'NVDA', String(shares), '--yes');
    assert.equal(await owned(), before + shares);
  });

  it('refresh-accounts reads the accounts', async () => {
    await ok('refresh-accounts');
  });

  it('R-M6: meanwhile the prices of every option that is held reach the database', async () => {
    const { books } = await daemon.status();
    const legs = books.flatMap((book) => book.legs);
    assert.ok(legs.length > 1);
    await withClient(databaseUrl(), 'test', async (client) => {
      const rows = await daemon.until('each leg has a price', async () => {
        const found = await client.query<{ strike: number; right: string; mid: number }>(
          `select strike::float8 as strike, option_right as right, mid from instrument_prices
            where sec_type = 'OPT' and bid > 0 and ask > bid and mid > bid and mid < ask`,
        );
        return found.rows.length >= legs.length ? found.rows : null;
      });
      for (const { strike, right } of legs) {
        assert.ok(rows.some((row) => row.strike === strike && row.right === right));
      }
    });
  });

  it('each left a row with its origin and its result', async () => {
    await withClient(databaseUrl(), 'test', async (client) => {
      const commands = await daemon.until('the rows are there', async () => {
        const { rows } = await client.query<{ command: string; origin: string; ok: boolean }>(
          'select command, origin, ok from control_audit',
        );
        return rows.some(({ command }) => command === 'refresh_accounts') ? rows : null;
      });
      const said = new Set(commands.map(({ command, ok: done }) => `${command} ${done}`));
      for (const row of [
        ...['flatten true', 'cancel_all true', 'hedge_now false', 'legs true', 'adopt true'],
        ...['refresh_accounts true', 'suspend true', 'resume true'],
      ]) {
        assert.ok(said.has(row), `${row} is not among ${[...said].join(', ')}`);
      }
      assert.ok(commands.every(({ origin }) => origin !== ''));
    });
  });
});
