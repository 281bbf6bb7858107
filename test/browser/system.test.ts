/** Accounts, statistics, backtests, system and logs in a real browser. */

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { beforeAll, describe, it } from 'vitest';

import type { BacktestView } from '../../src/protocol/backtest-view.ts';
import { violationsOf } from '../support/accessible.ts';
import { buildPage, openTab, startBrowser, type Tab } from '../support/browser.ts';
import { type TestDaemon, testHome } from '../support/daemon.ts';

const home = testHome('system');
let daemon: TestDaemon;
let browser: Browser;
let tab: Tab;

beforeAll(async () => {
  await buildPage();
  daemon = home.daemon();
  browser = await startBrowser();
  await daemon.ready();
  await daemon.untilStatus('it is green', (status) => status.status_lamp === 'green');
  await daemon.until('a fill', async () => {
    const fills = await daemon.operations('type=fill');
    return fills.length > 0 ? true : null;
  });
  const link = /http:\S+#code=\S+/.exec(daemon.out());
  assert.ok(link, daemon.out());
  tab = await openTab(browser, link[0]);
  await tab.page.getByTestId('lamp').getByText('Healthy').waitFor();
});

async function open(name: string): Promise<void> {
  await tab.page.getByRole('navigation', { name: 'Pages' }).getByText(name).click();
  await tab.page.getByRole('main', { name, exact: true }).waitFor();
}

/** As a run of the command line would leave it. */
function keep(id: string, pnl: number, band: number): void {
  const dir = join(daemon.dataDir, 'backtests');
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
    const { page } = tab;
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
    const { page } = tab;
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

describe('the backtests', () => {
  it('are told how to be made where there are none', async () => {
    await open('Backtests');
    await tab.page.getByText('npx bifrost backtest').waitFor();
  });

  it('are listed, compared, and their reports opened', async () => {
    const { page } = tab;
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
    const { page } = tab;
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
    const { page } = tab;
    await open('Logs');
    const rows = page.locator('.log-lines tbody tr');
    await rows.filter({ hasText: 'api listens' }).waitFor();
    await page.getByLabel('Search in text and detail').fill('api command');
    await daemon.post('/control/suspend', {});
    await rows.filter({ hasText: '/control/suspend' }).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await daemon.post('/control/resume', {});
    await page.getByText(/1 new lines wait/).waitFor();
    assert.equal(await rows.filter({ hasText: '/control/resume' }).count(), 0);
    await page.getByRole('button', { name: 'Follow again' }).click();
    await rows.filter({ hasText: '/control/resume' }).waitFor();
    assert.deepEqual(await violationsOf(page), []);
  });
});

it('fits 390 pixels in Chinese and the dark, and complains of nothing', async () => {
  const viewport = { width: 390, height: 844 };
  const options = { viewport, locale: 'zh-CN', colorScheme: 'dark' as const };
  const { page, complaints, close } = await openTab(browser, daemon.url(), options);
  for (const name of ['accounts', 'statistics', 'backtests', 'system', 'logs']) {
    await page.goto(`${daemon.url()}/#/${name}`);
    await page.locator(`main.page-${name} h2`).first().waitFor();
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390, name);
  }
  assert.deepEqual([...complaints, ...tab.complaints], []);
  await close();
});
