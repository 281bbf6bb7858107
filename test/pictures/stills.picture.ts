/** Takes the still pictures of the pages: the overview, a book, and a machine with its film. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'vitest';

import { desk, openDesk } from '../browser/desk.ts';
import { mono, ROOT } from '../support/program.ts';

const WIDTH = 1280;
/** A course and an attribution have something to show by then. */
const LIVELY_MS = 45_000;

openDesk('stills');

async function take(name: string, hash: string, until: string, height: number): Promise<void> {
  const { page } = desk.tab;
  await page.setViewportSize({ width: WIDTH, height });
  await page.goto(`${desk.daemon.url()}/${hash}`);
  await page.locator(`${until} >> visible=true`).first().waitFor();
  await pause(3000);
  const picture = await page.screenshot();
  writeFileSync(join(ROOT, `docs/images/${name}.png`), picture);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => mono.setTimer(ms, resolve));
}

it('pages with a minute of trading on them', async () => {
  const exchange = desk.daemon.exchange();
  for (const by of [-0.6, 0.8, -0.5]) {
    await exchange.move('NVDA', by);
    await pause(LIVELY_MS / 3);
  }
  await take('monitor', '#/', 'h2', 985);
  await take('book', '#/book/NVDA', 'canvas', 1774);
  await take('inspector', '#/machines/hedge%3ANVDA', '[data-testid=chart]', 1060);
});
