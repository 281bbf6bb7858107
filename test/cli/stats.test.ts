import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, onTestFinished } from 'vitest';
import { dayText, statisticsText, winsText } from '../../src/cli/stats-text.ts';
import { epochOf } from '../../src/domain/calendar.ts';
import { statisticsView } from '../../src/protocol/statistics-view.ts';
import { realMono } from '../../src/runtime/real-clock.ts';
import {
  runningPostgres,
  startEmbeddedPostgres,
  stopEmbeddedPostgres,
} from '../../src/store/embedded-postgres.ts';
import { migrate } from '../../src/store/migrate.ts';
import { NO_STATISTICS } from '../api/fixture.ts';
import { silentLog, testPool } from '../support/postgres.ts';
import { bifrost } from '../support/program.ts';
import { tempDir } from '../support/temp-dir.ts';

describe('bifrost stats', () => {
  it('reads a data directory whose daemon is off, and leaves nothing running', async () => {
    const dir = tempDir('stats-command');
    await makeHistory(dir);
    const file = join(dir, 'stats.html');
    const { code, out, err } = await bifrost(['stats', '--data-dir', dir, '--html', file]);
    assert.equal(code, 0, err);
    assert.equal(runningPostgres(dir), null);
    assert.match(out, /^2026-08-12 to 2026-09-10, days of America\/New_York\n/);
    assert.match(out, /\nBy day\nday +hedges +shares +P&L USD/);
    assert.match(out, /\n2026-09-09 +1 +3 +25.5 +/);
    assert.match(out, /\nBy week, from Monday\nweek .*\n2026-09-07 +2 +7 +25.5 /);

    const page = readFileSync(file, 'utf8');
    assert.ok((page.match(/<svg/g) ?? []).length >= 5, 'it has charts');
    assert.doesNotMatch(page, /<script|<link|src=|href=|@import|url\(/);
    assert.match(page, /P&amp;L by day, USD/);

    const json = await bifrost(['stats', '--data-dir', dir, '--json', '--days', '1']);
    const found = statisticsView.parse(JSON.parse(json.out));
    assert.deepEqual([found.from_day, found.totals.hedges], ['20260910', 1]);
  });

  it('makes no database where there is none: exit 1, and what to do', async () => {
    const dir = tempDir('stats-command');
    const { code, err } = await bifrost(['stats', '--data-dir', dir]);
    assert.equal(code, 1);
    assert.match(err, /there is no database in .*\n {2}→ .*--data-dir/);
    assert.deepEqual(readdirSync(dir), []);
    assert.ok(!existsSync(join(dir, 'postgres')));
  });

  it('takes whole days only: exit 2', async () => {
    const { code, err } = await bifrost(['stats', '--days', '1.5']);
    assert.equal(code, 2);
    assert.match(err, /whole number from 1 to 3660/);
  });
});

describe('the text', () => {
  it('says that there is no history', () => {
    assert.equal(statisticsText(NO_STATISTICS), 'there is no history yet');
  });

  it('shows rates with what they are of', () => {
    const none = { wins: 0, losses: 0, even: 0, unknown: 0, rate: null };
    assert.equal(winsText(none), '-');
    assert.equal(winsText({ ...none, wins: 1, even: 1, rate: 0.5 }), '50.0 % (1 of 2)');
    assert.equal(
      winsText({ ...none, losses: 3, unknown: 2, rate: 0 }),
      '0.0 % (0 of 3; 2 unknown)',
    );
    assert.deepEqual([dayText('20260901'), dayText('202609')], ['2026-09-01', '2026-09']);
  });
});

/** Two fills of the earlier engine and a day's P&L, in a database that is stopped again. */
async function makeHistory(dataDir: string): Promise<void> {
  const options = { dataDir, mono: realMono(), log: silentLog };
  const { url } = await startEmbeddedPostgres(options);
  onTestFinished(async () => {
    await stopEmbeddedPostgres({ ...options, deadlineMs: 5000 });
  });
  await migrate(url, silentLog);
  const pool = testPool(url);
  const [wednesday, thursday] = ['20260909', '20260910'].map((day) => epochOf(day, '10:00') / 1000);
  await pool.query(
    `insert into operations (ts, type, side, quantity)
     values ($1, 'fill', 'BUY', 3), ($2, 'fill', 'SELL', 4)`,
    [wednesday, thursday],
  );
  const parts = `delta, gamma, theta, vega, vanna_volga, rho, dividend, financing, commission,
    slippage, option_spread, exercise, unexplained, implied_gamma`;
  await pool.query(
    `insert into attribution_days
       (symbol, account, day, ts, trading_ts, journal_id, sequence, total, ${parts})
     values ('NVDA', 'DU1', '20260909', $1, $1, 'a', 1, 25.5,
       25.5, ${parts
         .split(',')
         .slice(1)
         .map(() => 0)
         .join(', ')})`,
    [epochOf('20260909', '16:00') / 1000],
  );
  await pool.end();
  await stopEmbeddedPostgres({ ...options, deadlineMs: 5000 });
}
