/** The page in a real browser, against the running system: what it shows and what it can do. */

import assert from 'node:assert/strict';
import type { Browser, Locator } from 'playwright-core';
import { beforeAll, describe, it } from 'vitest';

import { buildPage, openTab, startBrowser, type Tab } from '../support/browser.ts';
import { type TestDaemon, testHome } from '../support/daemon.ts';

const home = testHome('monitor');
let daemon: TestDaemon;
let browser: Browser;
/** Signed in by the link that the daemon printed. */
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
  tab = await openTab(browser, loginLink(daemon));
  // The stream is live before the first answers are read.
  await tab.page.getByTestId('stream').getByText('Live').waitFor();
  await tab.page.getByTestId('lamp').getByText('Healthy').waitFor();
  await tab.page.locator('tr[data-type=fill]').first().waitFor();
});

function loginLink(from: TestDaemon): string {
  const found = /http:\S+#code=\S+/.exec(from.out());
  assert.ok(found, from.out());
  return found[0];
}

describe('the page', () => {
  it('says that all is well, that the money is not real, and what the book does', async () => {
    const { page } = tab;
    const book = page.getByTestId('book-NVDA');
    assert.match(await textOf(page.getByTestId('lamp')), /Healthy/);
    assert.match(await textOf(page.getByTestId('mode')), /SIMULATED.*no real money.*New York/);
    assert.match(await textOf(book.getByTestId('spot')), /^\d{2,4}\.\d{3}$/);
    assert.match(await textOf(book.getByTestId('why')), /net delta|hedge|sell|buy/i);
    const gauge = book.getByRole('img', { name: /Net delta [+−\d.]+ shares; band ±10/ });
    assert.equal(await gauge.count(), 1);
    assert.match(await textOf(book), /Gamma\s*[+−]\d.*shares per \$/);
    assert.match(await page.title(), /^Healthy · SIMULATED/);
  });

  it('shows the band, the volatility paid and had, and where the P&L came from', async () => {
    const book = tab.page.getByTestId('book-NVDA');
    assert.match(
      await textOf(book.getByTestId('policy')),
      /^Fixed band · band ±10 · hedge ±25 · ▲ target 0 shares$/,
    );
    assert.match(await textOf(book), /Implied volatility\s*\d+\.\d/);
    // Read at one moment: the parts of the table add up to its total.
    const texts = await book
      .getByTestId('attribution')
      .locator('td.number')
      .evaluateAll((cells) => cells.map((cell) => cell.textContent));
    const amounts = texts.map((text) => Number(text.replace('−', '-').replaceAll(',', '')));
    const total = amounts.pop() ?? Number.NaN;
    const sum = amounts.reduce((one, other) => one + other, 0);
    assert.ok(Math.abs(sum - total) < 0.005 * (amounts.length + 2), `${sum} is not ${total}`);
    assert.ok(amounts.length >= 4);
  });

  it('tells how much of each limit of the day is used', async () => {
    const limits = await textOf(tab.page.getByTestId('limits'));
    assert.match(limits, /Loss limit of the day [\d,]+\.\d\d of 5,000 USD/);
    assert.match(limits, /Hedges of the day \d+ of [\d,]+ hedges/);
  });

  it('shows price, unrealised P&L and moneyness of shares and options', async () => {
    const { page } = tab;
    await page.getByRole('link', { name: 'Accounts' }).click();
    const rows = page.getByRole('group', { name: /^Positions DU/ }).locator('tbody tr');
    // The account tells of shares some time after their fill.
    await rows.filter({ hasText: 'shares' }).waitFor();
    const texts = await rows.allInnerTexts();
    const options = texts.filter((text) => /call|put/.test(text));
    assert.equal(options.length, 2);
    for (const text of options) {
      assert.match(
        text,
        /\+10\s+\d+\.\d\d a contract\s+\d+\.\d\d\s+[+−\d].*\s+[+−]\d\.\d\d (in|out of) the/,
      );
    }
    const shares = texts.find((text) => text.includes('shares'));
    assert.match(
      shares ?? '',
      /NVDA\s+shares\s+−\d+\s+\d+\.\d\d a share\s+\d+\.\d{3}\s+[+−]?[\d,]+\.\d\d/,
    );
    await page.getByRole('link', { name: 'Overview' }).click();
  });

  it('shows operations as they happen, newest first', async () => {
    const { page } = tab;
    const fills = page.locator('tr[data-type=fill]');
    await fills.first().waitFor();
    const before = await fills.count();
    assert.ok(before > 0);
    await daemon.exchange().move('NVDA', 1.5);
    await fills.nth(before).waitFor();
    const types = await page.locator('tr.operation').evaluateAll((rows) => {
      return rows.map((row) => row.getAttribute('data-type'));
    });
    // A slow fill is repriced, and comes in parts; the next order may have begun above it.
    const steps = ['fill', 'order_sent', 'hedge_intent'];
    const told = types.slice(types.indexOf('fill')).filter((type) => steps.includes(type ?? ''));
    const once = told.filter((type, at) => type !== told[at - 1]);
    assert.deepEqual(once.slice(0, 3), steps);
  });

  it('follows the state machines', async () => {
    const { page } = tab;
    const machines = page.getByRole('group', { name: 'State machines' });
    assert.match(await textOf(machines), /daemon\s+running/);
    const trading = machines.locator('tr[data-machine="trading:NVDA"] code');
    await daemon.until('the page shows the state that the daemon tells', async () => {
      const shown = await textOf(trading);
      const { books } = await daemon.status();
      assert.equal(books.length, 1);
      return books[0]?.trading_state === shown ? true : null;
    });
  });

  it('speaks Chinese when asked, and the browser remembers', async () => {
    const { page } = tab;
    await page.getByRole('button', { name: '中文' }).click();
    await page.getByTestId('lamp').getByText('正常', { exact: true }).waitFor();
    await page.reload();
    await page.getByTestId('lamp').getByText('正常', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByTestId('lamp').getByText('Healthy').waitFor();
  });

  it.each(['light', 'dark'] as const)('fits 390 pixels, %s', async (colorScheme) => {
    const viewport = { width: 390, height: 844 };
    const { page, complaints, close } = await openTab(browser, daemon.url(), {
      viewport,
      colorScheme,
    });
    await page.getByTestId('book-NVDA').waitFor();
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), viewport.width);
    assert.deepEqual(complaints, []);
    await close();
  });
});

describe('the inspector', () => {
  it('lists the machines and draws one, lit where it is', async () => {
    const { page } = tab;
    await page.getByRole('link', { name: 'Machines' }).click();
    await page.getByRole('link', { name: /^trading:NVDA/ }).click();
    const chart = page.getByRole('img', { name: /Statechart of trading:NVDA/ });
    await chart.waitFor();
    assert.equal(await chart.locator('[data-state]').count(), 11);
    const state = await textOf(page.getByTestId('machine-state'));
    await chart.locator(`.active[data-state="${state}"]`).waitFor();
    await page.getByRole('row', { name: /ASSESSED\s+hasCause.*SAFE/ }).waitFor();
  });

  it('moves as the machine moves, and shows a past step with its guards', async () => {
    const { page } = tab;
    await page.getByRole('link', { name: /^hedge:NVDA/ }).click();
    const chart = page.getByTestId('chart');
    const steps = page.getByRole('group', { name: 'What it did' }).locator('tbody tr');
    await steps.first().waitFor();
    await daemon.exchange().move('NVDA', 1.5);
    // The hedge that follows ends in a fill: the arrow that led there glows.
    await chart.locator('.arrow-taken[data-arrow$=">FILLED"]').waitFor();
    await page.getByRole('searchbox').fill('order.executed');
    await steps.first().getByRole('button').click();
    await page.getByText('As it was at').waitFor();
    assert.match(await textOf(page.locator('.step')), /completes\s.*\s+yes\s+FILLED/);
    await page.getByRole('button', { name: 'Back to now' }).click();
    await page.getByText('in this state for').waitFor();
  });

  it('sends an event that the machine takes, a dangerous one after a second press', async () => {
    const { page } = tab;
    await page.getByRole('link', { name: /^daemon/ }).click();
    await page.getByRole('button', { name: 'Send SUSPEND' }).click();
    await page.getByRole('button', { name: 'Really send SUSPEND?' }).click();
    await page.getByTestId('chart').locator('.active[data-state="admission.suspended"]').waitFor();
    await page.getByRole('button', { name: 'Send RESUME' }).click();
    await page.getByTestId('chart').locator('.active[data-state="admission.active"]').waitFor();
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByTestId('lamp').getByText('Healthy').waitFor();
  });

  it('saves the chart as a picture that stands alone', async () => {
    const { page } = tab;
    await page.getByRole('link', { name: 'Machines' }).click();
    await page.getByRole('link', { name: /^hedge:NVDA/ }).click();
    await page.getByTestId('chart').waitFor();
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'SVG' }).click();
    const saved = await (await saving).createReadStream();
    const picture = (await saved.toArray()).join('');
    assert.match(picture, /^<svg[^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    assert.match(picture, /RECOVER<\/text>/);
    assert.match(picture, /fill="rgb/);
    await page.getByRole('link', { name: 'Overview' }).click();
  });
});

describe('its controls', () => {
  it('are locked for who is not signed in, and say how to sign in', async () => {
    const { page, close } = await openTab(browser, daemon.url());
    await page.getByTestId('sign-in').getByText('#code=…').waitFor();
    assert.ok(await page.getByRole('button', { name: 'Stop…' }).isDisabled());
    assert.ok(await page.getByRole('button', { name: 'Suspend all' }).isDisabled());
    await close();
  });

  it('are opened by the code of the link, which leaves the address', async () => {
    assert.doesNotMatch(tab.page.url(), /code=/);
    assert.ok(await tab.page.getByRole('button', { name: 'Stop…' }).isEnabled());
    assert.equal(await tab.page.getByTestId('sign-in').count(), 0);
  });

  it('suspend and resume everything, and say what came of it', async () => {
    const { page } = tab;
    await page.getByRole('button', { name: 'Suspend all' }).click();
    await page.getByTestId('lamp').getByText('Degraded').waitFor();
    assert.match(await textOf(page.getByTestId('lamp')), /Suspended by the operator/);
    // The stream may tell of it before the answer to the command is there.
    await page.getByTestId('command').getByText('Suspend all books: done').waitFor();
    assert.ok(await page.getByRole('button', { name: 'Resume NVDA' }).isDisabled());
    assert.equal((await daemon.status()).trading_suspended, true);
    await page.getByRole('button', { name: 'Resume all' }).click();
    await page.getByTestId('lamp').getByText('Healthy').waitFor();
    assert.equal((await daemon.status()).trading_suspended, false);
  });

  it('suspend and resume one book', async () => {
    const { page } = tab;
    await page.getByRole('button', { name: 'Suspend NVDA' }).click();
    await page.getByTestId('lamp').getByText('NVDA: Suspended').waitFor();
    assert.equal((await daemon.status()).books[0]?.suspended, true);
    await page.getByRole('button', { name: 'Resume NVDA' }).click();
    await page.getByTestId('lamp').getByText('Healthy').waitFor();
  });

  it('show what flattening would do, and flatten when told to', async () => {
    const { page } = tab;
    await page.getByRole('button', { name: 'Flatten NVDA' }).click();
    const dialog = page.getByRole('dialog', { name: 'Flatten NVDA' });
    assert.match(await textOf(dialog.getByTestId('preview')), /^It would: NVDA: (BUY|SELL) \d+/);
    await dialog.getByRole('button', { name: 'Leave it' }).click();
    await dialog.waitFor({ state: 'hidden' });
    assert.equal(await page.getByTestId('command').getByText('Flatten').count(), 0);

    await page.getByRole('button', { name: 'Flatten NVDA' }).click();
    await dialog.getByRole('button', { name: 'Flatten', exact: true }).click();
    await page.getByTestId('command').getByText('Flatten NVDA: done').waitFor();
    await daemon.untilStatus('it is flat and suspended', ({ books }) => {
      const [book] = books;
      return book?.stock_position === 0 && book.suspended;
    });
    await page.getByRole('button', { name: 'Resume all' }).click();
    await page.getByTestId('lamp').getByText('Healthy').waitFor();
  });

  it('ask before they stop the daemon, and take no for an answer', async () => {
    const { page } = tab;
    await page.getByRole('button', { name: 'Stop…' }).focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Stop the daemon?' });
    assert.match(await textOf(dialog), /will not close anything.*NVDA: net delta [+−\d.]+ shares/s);
    const safe = dialog.getByRole('button', { name: 'Keep it running' });
    assert.ok(await safe.evaluate((button) => button.matches(':focus')));
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    assert.equal((await daemon.status()).status?.daemon_state, 'running');
  });
});

describe('when the daemon is gone', () => {
  it('complained of nothing before', () => {
    assert.deepEqual(tab.complaints, []);
  });

  it('says so, shows no lamp, and comes back by itself', async () => {
    const { page } = tab;
    const port = new URL(daemon.url()).port;
    await daemon.stop('SIGKILL');
    await page.getByTestId('lost').getByText('Connection to the daemon lost').waitFor();
    assert.match(await textOf(page.getByTestId('lamp')), /No contact/);
    assert.match((await page.locator('main').getAttribute('class')) ?? '', /outdated/);
    assert.match(await page.title(), /^No contact/);

    daemon = home.daemon({ env: { BIFROST_API_PORT: port } });
    await daemon.ready();
    await page.getByTestId('stream').getByText('Live').waitFor();
    await page.getByTestId('lamp').getByText('Healthy').waitFor();
    assert.equal(await page.getByTestId('lost').count(), 0);
    // The new daemon knows no session of the old one.
    await page.getByTestId('sign-in').waitFor();
  });

  it('was stopped by its own button, and says that too', async () => {
    const { page, close } = await openTab(browser, loginLink(daemon));
    // A stop with an order on its way may end with status 1, by design, where the broker is slow.
    await daemon.post('/control/suspend');
    await daemon.untilStatus('no order is alive', ({ books: [book] }) => {
      return book?.suspended === true && ['EXEC_IDLE', 'FILLED'].includes(book.hedge_state);
    });
    await page.getByRole('button', { name: 'Stop…' }).click();
    await page.getByRole('button', { name: 'Stop the daemon' }).click();
    await page.getByTestId('lost').getByText('The daemon has stopped, as asked.').waitFor();
    const { code } = await daemon.ended;
    assert.equal(code, 0, daemon.err());
    await close();
  });
});

/** What it says, on one line. */
async function textOf(locator: Locator): Promise<string> {
  return (await locator.innerText()).replaceAll(/\s+/g, ' ').trim();
}
