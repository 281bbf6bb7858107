/** What the pages of a book, its gates and its orders say and do, in a real browser. */

import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { beforeAll, describe, it } from 'vitest';

import { violationsOf } from '../../support/accessible.ts';
import { desk } from '../desk.ts';

async function goTo(page: Page, hash: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
}

/** What it says, on one line. */
async function textOf(locator: Locator): Promise<string> {
  return (await locator.innerText()).replaceAll(/\s+/g, ' ').trim();
}

describe('the page of a book', () => {
  beforeAll(() => goTo(desk.tab.page, '#/book/NVDA'));

  it('shows each leg with price, volatility, greeks, P&L and moneyness', async () => {
    const legs = desk.tab.page
      .getByRole('group', { name: 'NVDA: Option legs' })
      .locator('tbody tr');
    await legs.first().waitFor();
    assert.equal(await legs.count(), 2);
    for (const leg of await legs.allInnerTexts()) {
      assert.match(leg, /\d+ (call|put)\s+\d{4}-\d\d-\d\d · \d+ d\s+\+10\s+\d+\.\d\d\s+\d+\.\d\d/);
      assert.match(leg, /quote\s+[+−\d][\d,.]*\s+[+−]\d+\.\d\d (in|out of) the money/);
      assert.match(leg, /[+−]0\.\d{4}\s+\+0\.\d{4}\s+−0\.\d{4}\s+\+0\.\d{4}/);
    }
  });

  it('draws its course, and says in words what is drawn', async () => {
    const { page } = desk.tab;
    const spot = page.getByRole('img', { name: /^Spot and fills: from \d+\.\d\d to \d+\.\d\d/ });
    await spot.waitFor();
    assert.match((await spot.getAttribute('aria-label')) ?? '', /; \d+ fills$/);
    await page.getByRole('img', { name: /^Net delta and its band: from/ }).waitFor();
    await page.getByRole('img', { name: /^Own shares: from/ }).waitFor();
    // Something is drawn: a canvas that is blank has one colour alone.
    const colours = await spot.locator('canvas').evaluate((canvas) => {
      const { width, height } = canvas as { width: number; height: number } & typeof canvas;
      const drawn = canvas as unknown as {
        getContext(kind: '2d'): {
          getImageData(...box: number[]): { data: Uint8ClampedArray };
        };
      };
      const { data } = drawn.getContext('2d').getImageData(0, 0, width, height);
      return new Set(new Uint32Array(data.buffer)).size;
    });
    assert.ok(colours > 10, `${colours} colours`);
    await page.getByText('15 min').click();
    await spot.waitFor();
    assert.ok(await page.getByRole('radio', { name: '15 min' }).isChecked());
  });

  it('draws the volatility by strike', async () => {
    const { page } = desk.tab;
    const smile = page.getByRole('img', { name: /^Volatility by strike: .*\d\d\.\d %/ });
    await smile.waitFor();
    assert.equal(await smile.locator('canvas').count(), 1);
  });

  it('shows what it would gain or lose, and computes it for another day', async () => {
    const { page } = desk.tab;
    const map = page.getByRole('group', { name: 'What if: P&L, USD' });
    await map.waitFor();
    const cells = map.locator('tbody td');
    assert.equal(await cells.count(), 55);
    // Spot and volatility as they are, at once: nothing is gained.
    assert.equal(await textOf(map.locator('td.here')), '0');
    const answer = page.waitForResponse((response) => response.url().includes('days=5'));
    await page.getByLabel('When').selectOption('in 5 days');
    assert.ok((await answer).ok());
    // Time costs a book that is long options.
    await map.locator('td.here').getByText('−').waitFor();
    await page.getByLabel('Show').selectOption('Net gamma');
    await page.getByRole('group', { name: 'What if: Net gamma, shares per $' }).waitFor();
  });
});

describe('the options of the account', () => {
  beforeAll(() => goTo(desk.tab.page, '#/book/NVDA'));

  it('are listed, left out of the book, and taken in again', async () => {
    const { page } = desk.tab;
    await desk.daemon.post('/control/suspend');
    await page.getByRole('button', { name: 'List them' }).click();
    const rows = page.getByRole('group', { name: 'Options of the account' }).locator('tbody tr');
    await rows.nth(1).waitFor();
    const put = rows.filter({ hasText: / P\b/ });
    assert.match(await textOf(put), /\+10 yes, a leg/);
    await put.getByRole('button', { name: /^Leave out/ }).click();
    const dialog = page.getByRole('dialog', { name: /^Leave out/ });
    await dialog.getByText('its delta remains in the account').waitFor();
    await dialog.getByRole('button', { name: 'Leave out', exact: true }).click();
    await put.getByText('no, left out by hand').waitFor();
    await desk.daemon.untilStatus(
      'one leg is left',
      ({ books: [book] }) => book?.legs.length === 1,
    );
    await put.getByRole('button', { name: /^Take in/ }).click();
    const other = page.getByRole('dialog', { name: /^Take in/ });
    await other.getByRole('button', { name: 'Take in', exact: true }).click();
    await put.getByText('yes, a leg').waitFor();
    await desk.daemon.untilStatus('both are legs', ({ books: [book] }) => book?.legs.length === 2);
    await desk.daemon.post('/control/resume');
    await page.getByTestId('lamp').getByText('Healthy').waitFor();
  });
});

describe('the shares of the account', () => {
  beforeAll(() => goTo(desk.tab.page, '#/book/NVDA'));

  it('are adopted by a number, once the page has said what that would do', async () => {
    const { page } = desk.tab;
    await desk.daemon.post('/control/suspend');
    await desk.daemon.untilStatus('no order is alive', ({ books: [book] }) => {
      return book?.suspended === true && ['EXEC_IDLE', 'FILLED'].includes(book.hedge_state);
    });
    const { books: before } = await desk.daemon.status();
    const owned = before[0]?.stock_position ?? Number.NaN;
    // On the side of ours: against them it would look as if ours had been closed by hand.
    const shares = owned > 0 ? 7 : -7;
    await desk.daemon.exchange().trade('NVDA', owned > 0 ? 'BUY' : 'SELL', 7);
    await desk.daemon.untilStatus('they are seen', ({ books: [book] }) => {
      return book?.foreign_shares === shares;
    });
    await page.getByRole('button', { name: 'Adopt shares NVDA' }).click();
    const dialog = page.getByRole('dialog', { name: 'Adopt shares NVDA' });
    const adopt = dialog.getByRole('button', { name: 'Adopt shares', exact: true });
    assert.ok(await adopt.isDisabled());
    await dialog.getByLabel('Shares').fill(`${2 * shares}`);
    await dialog.getByText(/shares cannot be adopted: .7 of the account are not ours/).waitFor();
    assert.ok(await adopt.isDisabled());
    await dialog.getByLabel('Shares').fill(`${shares}`);
    await dialog.getByText(/would adopt .7 shares; then .\d+ are ours/).waitFor();
    assert.deepEqual(await violationsOf(page, 'dialog[open]'), []);
    await adopt.click();
    await page.getByTestId('command').getByText('Adopt shares of NVDA: done').waitFor();
    await desk.daemon.untilStatus('they are ours', ({ books: [book] }) => {
      return book?.foreign_shares === 0 && book.stock_position === owned + shares;
    });
    await desk.daemon.post('/control/resume');
    await page.getByTestId('lamp').getByText('Healthy').waitFor();
  });
});

describe('the page of a book, as a whole', () => {
  beforeAll(() => goTo(desk.tab.page, '#/book/NVDA'));

  it('is open to all with its charts drawn', async () => {
    assert.deepEqual(await violationsOf(desk.tab.page), []);
  });

  it('of no book leads to those that there are', async () => {
    const { page } = desk.tab;
    await goTo(page, '#/book/NONE');
    await page.getByText('There is no book NONE.').waitFor();
    await page.getByRole('navigation', { name: 'Books' }).getByText('NVDA').click();
    await page.getByTestId('book-NVDA').waitFor();
  });
});

describe('the page of the gates', () => {
  beforeAll(() => goTo(desk.tab.page, '#/explain'));

  it('shows every gate with value and limit, since when, and when it opens', async () => {
    const { page } = desk.tab;
    const gates = page.getByRole('group', { name: 'NVDA: Gates' });
    await gates.waitFor();
    assert.ok((await gates.locator('tbody tr:not(.group)').count()) > 40);
    const cooldown = gates.locator('[data-gate=cooldown]');
    assert.match(
      await textOf(cooldown),
      /(open|closed) [\d.]+ s ≥ 10 s (since|\d\d:\d\d:\d\d for)/,
    );
    const holiday = gates.locator('[data-gate=holiday]');
    assert.match(await textOf(holiday), /✓ open .* since the start –$/);
  });

  it('follows a gate that closes, and says what would go if all were open', async () => {
    const { page } = desk.tab;
    const gate = page.locator('[data-gate=suspended]');
    assert.match(await textOf(gate), /✓ open/);
    await desk.daemon.post('/control/suspend');
    await gate.getByText('✕ closed').waitFor();
    assert.match(await textOf(gate), /closed yes no \d\d:\d\d:\d\d for [\d.]+ s by a change/);
    await page.getByLabel('Only closed gates').check();
    await page.locator('[data-gate=holiday]').waitFor({ state: 'detached' });
    // Beyond the threshold there is an order that waits for the gate.
    await desk.daemon.exchange().move('NVDA', 3);
    await page
      .getByTestId('why')
      .getByText(/suspend/i)
      .waitFor();
    const order = page.getByTestId('would-be');
    await order.getByText(/(Buy|Sell) \d+ shares at \d+\.\d\d USD, to [+−]\d+ shares/).waitFor();
    await desk.daemon.post('/control/resume');
    await gate.waitFor({ state: 'detached' });
    await page.getByLabel('Only closed gates').uncheck();
  });
});

describe('the page of the operations', () => {
  beforeAll(() => goTo(desk.tab.page, '#/operations'));

  it('filters by type, and its address keeps the filter', async () => {
    const { page } = desk.tab;
    await page.locator('tr[data-type=hedge_intent]').first().waitFor();
    await page.getByLabel('Type').selectOption('Fill');
    await page.locator('tr[data-type=hedge_intent]').first().waitFor({ state: 'detached' });
    assert.ok((await page.locator('tr[data-type=fill]').count()) > 0);
    assert.match(page.url(), /#\/operations\?type=fill$/);
    await page.reload();
    await page.locator('tr[data-type=fill]').first().waitFor();
    assert.equal(await page.locator('tr[data-type=order_sent]').count(), 0);
    await page.getByRole('button', { name: 'Clear the filter' }).click();
    await page.locator('tr[data-type=order_sent]').first().waitFor();
  });

  it('searches in what is loaded, and says how much that is', async () => {
    const { page } = desk.tab;
    await page.getByRole('searchbox', { name: 'Search' }).fill('nvda d2');
    await page.locator('tr[data-type=fill]').first().waitFor({ state: 'detached' });
    assert.ok((await page.locator('tr[data-type=hedge_intent]').count()) > 0);
    await page.getByText(/^\d+ of \d+ rows loaded$/).waitFor();
    await page.getByRole('searchbox', { name: 'Search' }).fill('no such thing');
    await page.getByText('No operation fits.').waitFor();
    await page.getByRole('button', { name: 'Clear the filter' }).click();
  });

  it('loads older rows', async () => {
    const { page } = desk.tab;
    await page.getByText(/^\d+ of \d+ rows loaded$/).waitFor();
    // The first page is full only after many hedges: the API is asked for a small one instead.
    await page.route('**/operations?*limit=100*', (route) => {
      const url = route.request().url().replace('limit=100', 'limit=2');
      return route.continue({ url });
    });
    await page.getByLabel('Since').selectOption('a day ago');
    const older = page.getByRole('button', { name: 'Load older rows' });
    await older.waitFor();
    const answer = page.waitForResponse((response) => response.url().includes('cursor='));
    await older.click();
    assert.ok((await answer).ok());
    await page.unroute('**/operations?*limit=100*');
    await page.getByRole('button', { name: 'Clear the filter' }).click();
  });
});

describe('the page of an order', () => {
  beforeAll(() => goTo(desk.tab.page, '#/operations'));

  it('leads from a fill to the whole story of its order', async () => {
    const { page } = desk.tab;
    await page.locator('tr[data-type=fill]').last().getByRole('link', { name: 'Fill' }).click();
    const story = page.getByTestId('story');
    await story.waitFor();
    const says = /^(Buy|Sell) \d+ NVDA at a limit of [\d.]+ USD\. It ended filled, \d+ of \d+/;
    assert.match(await textOf(story), says);
    const kinds = await page.locator('[data-step]').evaluateAll((rows) => {
      return rows.map((row) => row.getAttribute('data-step'));
    });
    assert.equal(kinds[0], 'decided');
    assert.equal(kinds.at(-1), 'ended');
    for (const kind of ['machine', 'operation', 'report', 'fill']) {
      assert.ok(kinds.includes(kind), kind);
    }
    assert.match(await textOf(page.getByTestId('costs')), /Commission 1\.00 USD Slippage −?\d/);
    await page.getByText('Written down in the very turn of the decision.').waitFor();
    assert.deepEqual(await violationsOf(page), []);
    await page.getByRole('link', { name: '← All operations' }).click();
    await page.locator('tr[data-type=fill]').first().waitFor();
  });

  it('says so of an order that nobody sent', async () => {
    const { page } = desk.tab;
    await goTo(page, '#/operations/demo:none:1');
    await page.getByText('no order demo:none:1 is in the history').waitFor();
    // A browser writes each refused request to its console.
    assert.ok(
      desk.tab.complaints.every((text) => /404|409/.test(text)),
      desk.tab.complaints.join('\n'),
    );
  });
});
