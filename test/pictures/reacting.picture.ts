/** Takes the README's moving picture: the price falls and is hedged, the link breaks and heals. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'vitest';

import { desk, openDesk } from '../browser/desk.ts';
import { mono, ROOT } from '../support/program.ts';
import { type Frame, readPng, writeMovingPng } from './png.ts';

/** Above the fold. */
const SIZE = { width: 1280, height: 620 };
const EVERY_MS = 400;
/** Longer, so that the beginning is seen as one. */
const LAST_MS = 2500;
const BYTES_MAX = 1_000_000;

openDesk('pictures');

it('a page that reacts', async () => {
  const { page } = desk.tab;
  const exchange = desk.daemon.exchange();
  await page.setViewportSize(SIZE);
  const frames: Frame[] = [];
  const take = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left -= 1) {
      const from = mono.now();
      const picture = readPng(await page.screenshot({ clip: { x: 0, y: 0, ...SIZE } }));
      frames.push({ picture, ms: EVERY_MS });
      const rest = Math.max(0, EVERY_MS - (mono.now() - from));
      await new Promise<void>((resolve) => mono.setTimer(rest, resolve));
    }
  };
  const lamp = page.getByTestId('lamp');
  await take(3);
  await exchange.move('NVDA', -2);
  await take(8);
  await exchange.fault('refuse_connect', { for_s: 3 });
  await exchange.fault('disconnect');
  await take(8);
  await lamp.getByText('Healthy').waitFor();
  await take(4);
  const last = frames.pop();
  assert.ok(last !== undefined);
  frames.push({ ...last, ms: LAST_MS });
  const file = writeMovingPng(frames);
  assert.ok(file.length < BYTES_MAX, `${file.length} bytes`);
  writeFileSync(join(ROOT, 'docs/images/reacting.png'), file);
});
