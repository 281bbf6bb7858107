/** The inspector in a real browser: past moments, differences, messages, coverage, the tour. */

import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { describe, it } from 'vitest';

import { violationsOf } from '../support/accessible.ts';
import { openTab } from '../support/browser.ts';
import { desk, openDesk } from './desk.ts';

openDesk('inspector');

/** Each button, what the venue does then, and the steps that one can watch. */
const TOUR = [
  {
    button: 'Price jumps by 3 %',
    says: 'the price of every underlying jumps by 3 %',
    opens: 'trading:NVDA',
    steps: [
      ['TARGET_EMITTED', 'HEDGING'],
      ['DONE', 'MONITOR'],
    ],
  },
  {
    button: 'Next order is rejected',
    says: 'the venue rejects the next order',
    opens: 'hedge:NVDA',
    steps: [
      ['order.unclear', 'RECOVER'],
      ['timer.elapsed', 'EXEC_IDLE'],
    ],
  },
  {
    button: 'Quotes stand still for 20 s',
    says: 'quotes stand still for 20 s of the venue',
    opens: 'trading:NVDA',
    steps: [['ASSESSED', 'SAFE']],
  },
  {
    button: 'Connection drops',
    says: 'the venue drops every connection',
    opens: 'daemon',
    steps: [
      ['link.lost', 'waiting_ib'],
      ['sync.done', 'operating'],
    ],
  },
] as const;

interface Move {
  readonly ts: number;
  readonly event: string;
  readonly to: string;
}

/** What the machine did lately. */
async function movesOf(id: string): Promise<readonly Move[]> {
  const path = `/machines/${encodeURIComponent(id)}/transitions?limit=50`;
  return (await desk.daemon.read(path)) as readonly Move[];
}

async function openMachine(page: Page, id: string): Promise<void> {
  await page.goto(`${desk.daemon.url()}/#/machines/${encodeURIComponent(id)}`);
  await page.getByTestId('chart').waitFor();
}

describe('a moment that is past', () => {
  it('is shown by the slider with the state, gates and context that were replayed', async () => {
    const { page } = desk.tab;
    await openMachine(page, 'hedge:NVDA');
    await page.getByRole('button', { name: 'Compare others with this' }).click();
    const scrubber = page.getByTestId('scrubber');
    await scrubber.focus();
    await page.keyboard.press('Home');
    await page.getByText('As it was at').waitFor();
    const replayed = page.getByTestId('replayed');
    await replayed.getByText(/Replayed from the journal: record \d/).waitFor();
    assert.match(await replayed.innerText(), /\d+ of \d+ closed/);
    assert.match(await replayed.innerText(), /Net delta\s+[+−]?\d/);
    // In the turn of the first step the order was made; it is done by now.
    assert.match(
      await page.getByTestId('differences').innerText(),
      /intent\.orderRef\s+–\s+"[^"]+"/,
    );
    const first = await scrubber.getAttribute('aria-valuetext');
    await page.getByRole('button', { name: 'One step forward' }).click();
    assert.notEqual(await scrubber.getAttribute('aria-valuetext'), first);
    await page.getByRole('button', { name: 'Back to now' }).click();
    await replayed.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'End the comparison' }).click();
    await page.waitForURL((url) => !url.hash.includes('ts='));
  });

  it('stands in the address, which leads back to it, and to the other machines then', async () => {
    const { page } = desk.tab;
    await openMachine(page, 'hedge:NVDA');
    const scrubber = page.getByTestId('scrubber');
    await scrubber.focus();
    await page.keyboard.press('Home');
    await page.waitForURL((url) => /\?ts=[\d.]+&seq=\d+$/.test(url.hash));
    const address = page.url();
    const told = await scrubber.getAttribute('aria-valuetext');
    await page.goto('about:blank');
    await page.goto(address);
    await page.getByTestId('replayed').waitFor();
    assert.equal(await scrubber.getAttribute('aria-valuetext'), told);
    await page.getByRole('link', { name: /^trading:NVDA/ }).click();
    await page.getByRole('heading', { name: /trading:NVDA/ }).waitFor();
    await page.getByText('As it was at').waitFor();
    await page.getByTestId('replayed').waitFor();
    await page.getByRole('button', { name: 'Back to now' }).click();
    await page.waitForURL((url) => !url.hash.includes('ts='));
  });

  it('is said to be out of reach where the journal does not reach', async () => {
    const { page } = desk.tab;
    await page.getByLabel('Go to a time').fill('2001-01-01T10:00:00');
    await page
      .getByRole('alert')
      .getByText(/the journal reaches back to record 1 of/)
      .waitFor();
    await page.getByRole('button', { name: 'Back to now' }).click();
  });

  it('has steps alone where it is of an actor', async () => {
    const { page } = desk.tab;
    await openMachine(page, 'actor:greeks');
    await page.getByText('Lives of actors are not in the journal').waitFor();
    assert.equal(await page.getByLabel('Go to a time').count(), 0);
  });
});

it('tells the numbers that a guard judged by', async () => {
  const { page } = desk.tab;
  await openMachine(page, 'trading:NVDA');
  const steps = page.getByRole('group', { name: 'What it did' }).locator('tbody tr');
  await steps.filter({ hasText: 'ASSESSED' }).first().getByRole('button').click();
  await page.locator('.step').getByText('The event told').waitFor();
  assert.match(await page.locator('.step').innerText(), /"verdict":"[A-Z_]+"/);
  // Of a state that every book has been in: what was asked there last.
  await page.getByTestId('chart').locator('[data-state="MONITOR"]').click();
  const choice = page.getByRole('combobox', { name: 'State' });
  assert.equal(await choice.inputValue(), 'MONITOR');
  const ways = await page.locator('.ways').innerText();
  assert.match(ways, /(yes|no), [\d:]+\s*synced=true .*verdict=[A-Z_]+/);
  // Without a mouse: the same, of another state, and back to where it is.
  await choice.selectOption('BOOT');
  await page.locator('.state.chosen[data-state="BOOT"]').waitFor();
  assert.notEqual(await page.locator('.ways').innerText(), ways);
  await choice.selectOption('');
  await page.locator('.state.chosen').waitFor({ state: 'detached' });
});

it('shows which ways were ever gone, live and in tests', async () => {
  const { page } = desk.tab;
  await openMachine(page, 'hedge:NVDA');
  await page.getByLabel('Coverage').check();
  const coverage = page.getByTestId('coverage');
  await coverage.getByText(/\d+ of \d+ ways were gone live, \d+ in tests/).waitFor();
  const hottest = coverage.locator('tbody tr').first();
  assert.match(await hottest.innerText(), /→[\s\S]*\d\s+✓/);
  await coverage.locator('tbody tr', { hasText: 'never' }).first().waitFor();
  assert.ok((await page.locator('.state.heat-4').count()) > 0);
  assert.ok((await page.locator('.arrow.heat-0').count()) > 0);
});

describe('where no machine is chosen', () => {
  it('messages between actors are drawn as they pass, and told as a table', async () => {
    const { page } = desk.tab;
    await page.goto(`${desk.daemon.url()}/#/machines`);
    const diagram = page.getByTestId('sequence');
    await diagram.waitFor();
    await diagram.getByText('quotes').first().waitFor();
    await page.getByText('As a table').click();
    const table = page.getByRole('group', { name: 'Messages between actors' }).locator('tbody tr');
    assert.match(
      await table.filter({ hasText: 'quotes' }).first().innerText(),
      /market-data\s+greeks/,
    );
    await page.getByLabel('Filter by actor or type').fill('book.priced');
    await diagram.getByText('quotes').first().waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Pause' }).click();
  });

  it.each(TOUR)('the tour: $button', async ({ button, says, opens, steps }) => {
    const { page } = desk.tab;
    const { daemon } = desk;
    await page.goto(`${daemon.url()}/#/machines`);
    const newest = Math.max(0, ...(await movesOf(opens)).map(({ ts }) => ts));
    await page.getByRole('button', { name: button }).click();
    await page.getByTestId('tour-says').getByText(says).waitFor();
    // The next order comes when there is something to hedge.
    if (button === 'Next order is rejected') await daemon.exchange().move('NVDA', 1.5);
    await page.getByRole('link', { name: `Open ${opens}` }).click();
    const rows = page.getByRole('group', { name: 'What it did' }).locator('tbody tr');
    for (const [event, state] of steps) {
      await daemon.until(`${event} to ${state}`, async () => {
        const moves = await movesOf(opens);
        const isIt = (one: Move) =>
          one.ts > newest && one.event === event && one.to.includes(state);
        return moves.some(isIt) ? true : null;
      });
      await rows.filter({ hasText: event }).first().waitFor();
    }
  });

  it('the tour ends well: the daemon comes back by itself', async () => {
    await desk.daemon.untilStatus('it is green', ({ status_lamp: lamp }) => lamp === 'green');
    const { faults } = await desk.daemon.exchange().ledger();
    const types = new Set(faults.map(({ type }) => type));
    for (const type of ['gap', 'reject', 'stale_quotes', 'disconnect']) assert.ok(types.has(type));
  });
});

it.each([
  ['light', { width: 1280, height: 900 }],
  ['dark', { width: 390, height: 844 }],
] as const)('is open to all, %s', async (colorScheme, viewport) => {
  const options = { colorScheme, viewport, reducedMotion: 'reduce' as const };
  const { page, complaints, close } = await openTab(desk.browser, desk.daemon.url(), options);
  await openMachine(page, 'daemon');
  assert.deepEqual(await violationsOf(page), []);
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), viewport.width);
  await page.goto(`${desk.daemon.url()}/#/machines`);
  await page.getByTestId('sequence').waitFor();
  assert.deepEqual(await violationsOf(page), []);
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), viewport.width);
  assert.deepEqual(
    [...complaints, ...desk.tab.complaints.filter((one) => !/409|404/.test(one))],
    [],
  );
  await close();
});
