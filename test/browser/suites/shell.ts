/** The shell in a real browser: every page, by every way there is to it, in both languages. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { describe, it } from 'vitest';

import { addressOf, PAGE_NAMES } from '../../../src/api/web/state/address.ts';
import { en } from '../../../src/api/web/text/en.ts';
import { zh } from '../../../src/api/web/text/zh.ts';
import { violationsOf } from '../../support/accessible.ts';
import { openTab } from '../../support/browser.ts';
import { ROOT } from '../../support/program.ts';
import { desk } from '../desk.ts';

const FIRST_LOAD_BYTES_MAX = 120_000;
/** Axe looks at ten pages: seconds when it is alone, and a minute where everything runs at once. */
const WALK_MS = 150_000;

/** Opens a page by its link, and waits until its own script has drawn it. */
async function open(page: Page, name: string): Promise<void> {
  await page
    .getByRole('navigation', { name: /^(Pages|页面)$/ })
    .getByText(name)
    .click();
  const main = page.getByRole('main', { name, exact: true });
  await main.waitFor();
  await main.getByText(/^(Loading the page|正在加载页面)$/).waitFor({ state: 'detached' });
}

describe('the first load', () => {
  it('is small: what the first screen asks for before it stands', () => {
    const folder = join(ROOT, 'dist/web');
    const html = readFileSync(join(folder, 'index.html'), 'utf8');
    const named = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path);
    assert.ok(named.length >= 2, html);
    const sizes = named.map((path) => gzipSync(readFileSync(join(folder, path ?? ''))).length);
    const total = sizes.reduce((sum, size) => sum + size, gzipSync(html).length);
    assert.ok(total < FIRST_LOAD_BYTES_MAX, `${total} bytes`);
  });
});

describe.each([
  ['English', en, 'light', { width: 1280, height: 900 }],
  ['中文', zh, 'dark', { width: 390, height: 844 }],
] as const)('in %s', (_, words, colorScheme, viewport) => {
  it(
    `every page opens, fits ${viewport.width} pixels and is open to all`,
    async () => {
      const language = words === zh ? 'zh-CN' : 'en-US';
      const options = { viewport, colorScheme, locale: language };
      const { page, complaints, close } = await openTab(desk.browser, desk.daemon.url(), options);
      await page.getByTestId('lamp').getByText(words.lamp.green, { exact: true }).waitFor();
      const parity = await page.getByTestId('parity').innerText();
      assert.deepEqual(parity.split(/\s*\n\s*/), [words.parity.label, words.parity.never]);
      const why = await page.getByTestId('why').first().innerText();
      assert.match(why, words === zh ? /[净对出入].*\d/ : /delta|shares/i);
      const wrong: string[] = [];
      for (const name of PAGE_NAMES) {
        await open(page, words.pages.names[name]);
        assert.equal(new URL(page.url()).hash, addressOf(name));
        assert.match(await page.title(), /SIMULATED|模拟/);
        const width = await page.evaluate('document.documentElement.scrollWidth');
        if (width !== viewport.width) wrong.push(`${name} is ${width} wide`);
        wrong.push(...(await violationsOf(page)).map((text) => `${name}: ${text}`));
      }
      assert.deepEqual(wrong, []);
      assert.deepEqual(complaints, []);
      await close();
    },
    WALK_MS,
  );
});

describe('the way to a page', () => {
  it('is its address, also before anything else was opened, and back leads back', async () => {
    const { page, close } = await openTab(desk.browser, `${desk.daemon.url()}/#/explain/NVDA`);
    await page.getByRole('heading', { name: /NVDA: why it does not hedge more/ }).waitFor();
    await open(page, 'Operations');
    await page.goBack();
    await page.getByRole('heading', { name: /NVDA: why it does not hedge more/ }).waitFor();
    await close();
  });

  it('leads to charts also where the browser names a language that is none', async () => {
    const { page, complaints, close } = await openTab(desk.browser, 'about:blank');
    // As Chromium does where the system's is C.
    const property = `'language', { get: () => 'en-US@posix', configurable: true }`;
    await page.addInitScript(`Object.defineProperty(Navigator.prototype, ${property})`);
    await page.goto(`${desk.daemon.url()}/#/book/NVDA`);
    await page.locator('canvas').first().waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  it('can be gone by keyboard alone, and ends at the top of what was opened', async () => {
    const { page } = desk.tab;
    await page.getByRole('link', { name: 'Book', exact: true }).focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('main', { name: 'Explain' }).waitFor();
    await page.locator('main:focus').waitFor();
    await open(page, 'Overview');
  });

  it('is short for who skips what stands on every page, and stays on the page', async () => {
    const { page } = desk.tab;
    await open(page, 'Accounts');
    await page.getByRole('button', { name: 'Skip to the content' }).press('Enter');
    await page.locator('main:focus').waitFor();
    await page.getByRole('main', { name: 'Accounts' }).waitFor();
    await open(page, 'Overview');
  });

  it('goes on when the daemon is gone: every page was fetched before', async () => {
    const { page, close } = await openTab(desk.browser, desk.daemon.url());
    // The scripts of the other pages come by themselves, after the first screen.
    await page.waitForResponse((response) => response.url().includes('logs-page'));
    await page.route('**/*', (route) => route.abort());
    await open(page, 'Logs');
    assert.equal(await page.getByText('could not be loaded').count(), 0);
    await close();
  });

  it('says so where a page cannot be fetched', async () => {
    const { page, close } = await openTab(desk.browser, 'about:blank');
    await page.route('**/assets/logs-page*', (route) => route.abort());
    await page.goto(`${desk.daemon.url()}/#/logs`);
    await page.getByText('This part of the page could not be loaded.').waitFor();
    await page.unroute('**/assets/logs-page*');
    await page.getByRole('button', { name: 'Load the page again' }).click();
    await page.getByRole('main', { name: 'Logs' }).waitFor();
    await page.getByText('could not be loaded').waitFor({ state: 'detached' });
    await close();
  });
});

describe('light and dark', () => {
  it('can be chosen by hand, and the browser remembers', async () => {
    const { page } = desk.tab;
    const scheme = () => page.evaluate('getComputedStyle(document.documentElement).colorScheme');
    assert.equal(await scheme(), 'light dark');
    await page.getByRole('button', { name: 'Light or dark: Auto' }).click();
    await page.getByRole('button', { name: 'Light or dark: Light' }).click();
    await page.getByRole('button', { name: 'Light or dark: Dark' }).waitFor();
    assert.equal(await scheme(), 'dark');
    await page.reload();
    await page.getByRole('button', { name: 'Light or dark: Dark' }).click();
    assert.equal(await scheme(), 'light dark');
  });

  it('complained of nothing', () => {
    assert.deepEqual(desk.tab.complaints, []);
  });
});
