/** Accounts, statistics, backtests, system and logs in a real browser. */

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';

import type { BacktestView } from '../../../src/protocol/backtest-view.ts';
import type { ShadowRowView } from '../../../src/protocol/shadow-view.ts';
import { violationsOf } from '../../support/accessible.ts';
import { desk } from '../desk.ts';

async function open(name: string): Promise<void> {
  await desk.tab.page.getByRole('navigation', { name: 'Pages' }).getByText(name).click();
  await desk.tab.page.getByRole('main', { name, exact: true }).waitFor();
}

/** As a run of the command line would leave it. */
function keep(id: string, pnl: number, band: number): void {
  const dir = join(desk.daemon.dataDir, 'backtests');
  mkdirSync(dir, { recursive: true });
  const run: BacktestView = {
    ...{ id, kept_at: 1_700_000_000, symbol: 'SPY', days: ['20230803'], interrupted: false },
    ...{ config_hash: 'abc', data_hash: 'def', seed: 1, version: '0.1.0' },
    totals: {
      ...{ pnl, hedges: 6, orders: 7, rejects: 0, quotes: 1000, commissions: 6, slippage: 2 },
      ...{ option_spread: 3, turnover: 1e5, max_drawdown: 40, sharpe: null },
    },
    ...{ attribution: { gamma: 66 }, block_reasons: { in_band: 9 }, time_in_state: { IDLE: 5 } },
    ...{ gates: { state: { delta: { epsilon_band: band } } }, hedging: {} },
    equity: [
      [1_691_069_400_000, 0],
      [1_691_092_800_000, pnl],
    ],
  };
  writeFileSync(join(dir, `${id}.json`), JSON.stringify(run));
  writeFileSync(join(dir, `${id}.html`), '<!doctype html><title>Report</title><p>A report</p>');
}

describe('the accounts', () => {
  it('are summed up, and read again when asked', async () => {
    const { page } = desk.tab;
    await open('Accounts');
    const all = page.getByRole('region', { name: 'All accounts' });
    assert.match(await all.innerText(), /Option contracts, net\s+\+20/);
    assert.match(await all.innerText(), /Unrealised P&L of all positions\s+[+−]?[\d,.]+\s+USD/);
    await page.getByRole('button', { name: 'Read it again' }).click();
    await page.getByTestId('command').getByText(/done/).waitFor();
    assert.deepEqual(await violationsOf(page), []);
  });
});

describe('the statistics', () => {
  it('sum up the history of the chosen days', async () => {
    const { page } = desk.tab;
    await open('Statistics');
    await page.getByTestId('totals').waitFor();
    assert.match(
      await page.getByTestId('totals').innerText(),
      /P&L\s+[+−]?[\d,.]+\s+USD\s+Hedges\s+\d/,
    );
    const states = page.getByRole('group', { name: 'Time in states' });
    assert.match(await states.innerText(), /hedge:NVDA\s+FILLED/);
    await page.getByText('90 days').click();
    await page.getByText(/days of New York/).waitFor();
    assert.deepEqual(await violationsOf(page), []);
  });
});

describe('the shadows', () => {
  it('are a table with the book itself among them, marked', async () => {
    const { page } = desk.tab;
    await open('Overview');
    const rows = [row('live', 12.3), row('wide', 20.6)];
    const body = { from_day: '20260914', until_day: '20260914', rows };
    await page.route('**/shadows?*', (route) => route.fulfill({ json: body }));
    await open('Statistics');
    const table = page.getByTestId('shadows').locator('tbody tr');
    await table.first().waitFor();
    const [first = '', second = ''] = await table.allInnerTexts();
    assert.match(
      first,
      /^NVDA as it trades\s+MONITOR\s+12\.3\s+30\.0\s+4\s+100\s+5\.25\s+\+10\.00/,
    );
    assert.match(second, /^NVDA wide\s+MONITOR\s+20\.6/);
    assert.equal(await page.locator('[data-testid=shadows] tr.live').count(), 1);
    assert.deepEqual(await violationsOf(page), []);
    await page.unroute('**/shadows?*');
  });
});

const PARTS = {
  ...{ delta: 1, gamma: 20, theta: -11, vega: 0, vanna_volga: 0, rho: 0, dividend: 0 },
  ...{ financing: 0, commission: 0, slippage: 0, option_spread: 0, exercise: 0 },
  ...{ unexplained: 0, total: 10 },
} as const;

/** What the route of the shadows would tell of one. */
function row(shadow: string, hedge_error: number): ShadowRowView {
  return {
    ...{ symbol: 'NVDA', account: 'DU0000001', shadow, days: 1, until_ts: 1_700_000_000 },
    ...{ evaluations: 9, hedge_error, error_mean: 0, error_most: 30, hedges: 4, orders: 4 },
    ...{ shares: 100, owned: -3, net_delta: 1, trading_state: 'MONITOR', cost: 5.25 },
    attribution: PARTS,
  };
}

describe('the backtests', () => {
  it('are told how to be made where there are none', async () => {
    await open('Backtests');
    await desk.tab.page.getByText('npx bifrost backtest').waitFor();
  });

  it('are listed, compared, and their reports opened', async () => {
    const { page } = desk.tab;
    keep('20231114T220000-SPY', 576.62, 10);
    keep('20231114T230000-SPY', -12.5, 15);
    const rows = page.locator('tr[data-run]');
    await rows.nth(1).waitFor();
    assert.match(await rows.first().innerText(), /SPY[\s\S]*−12\.50\s+11\.00\s+40\.00\s+6/);
    await rows.nth(0).getByRole('checkbox').check();
    await rows.nth(1).getByRole('checkbox').check();
    const settings = page.getByRole('group', { name: 'Settings that differ' });
    assert.match(await settings.innerText(), /gates\.state\.delta\.epsilon_band\s+15\s+10/);
    assert.deepEqual(await violationsOf(page), []);
    const report = page.context().waitForEvent('page');
    await rows
      .first()
      .getByRole('link', { name: /Open the report/ })
      .click();
    const opened = await report;
    await opened.getByText('A report').waitFor();
    await opened.close();
  });
});

describe('the system', () => {
  it('tells program, latencies, actors, and each configured value with its source', async () => {
    const { page } = desk.tab;
    await open('System');
    const config = page.getByRole('group', { name: 'Configuration' });
    await config.waitFor();
    assert.match(await config.innerText(), /mode\s+simulated\s+\S*demo\.yaml:\d+/);
    await page.getByLabel('only what is set').uncheck();
    await page.getByLabel('Filter by key, value or source').fill('api.port');
    assert.match(await config.innerText(), /api\.port\s+0\s+BIFROST_API_PORT/);
    const latencies = page.getByRole('group', { name: 'Latencies' });
    assert.match(await latencies.innerText(), /turn[\s\S]*\d/);
    await page.getByRole('group', { name: 'Actors' }).getByText('market-data').waitFor();
    assert.match(await page.getByRole('region', { name: 'Program' }).innerText(), /Node\s+24\./);
    assert.deepEqual(await violationsOf(page), []);
  });
});

describe('the log', () => {
  it('is followed, searched and paused', async () => {
    const { page } = desk.tab;
    await open('Logs');
    const rows = page.locator('.log-lines tbody tr');
    await rows.filter({ hasText: 'api listens' }).waitFor();
    await page.getByLabel('Search in text and detail').fill('api command');
    await rows.filter({ hasText: 'api listens' }).waitFor({ state: 'detached' });
    // Others may have commanded before.
    const suspends = rows.filter({ hasText: '/control/suspend' });
    const resumes = rows.filter({ hasText: '/control/resume' });
    const [suspended, resumed] = [await suspends.count(), await resumes.count()];
    await desk.daemon.post('/control/suspend', {});
    await suspends.nth(suspended).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await desk.daemon.post('/control/resume', {});
    await page.getByText(/1 new lines wait/).waitFor();
    assert.equal(await resumes.count(), resumed);
    await page.getByRole('button', { name: 'Follow again' }).click();
    await resumes.nth(resumed).waitFor();
    assert.deepEqual(await violationsOf(page), []);
  });
});

it('they complain of nothing', () => {
  // An order that nobody sent is looked for on purpose, and a preview is refused: a browser tells
  // of each such answer.
  const complaints = desk.tab.complaints.filter((one) => !/404|409/.test(one));
  assert.deepEqual(complaints, []);
});
