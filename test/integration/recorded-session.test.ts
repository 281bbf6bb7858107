/**
 * A session at ten times real time, with a fault of the gateway every few minutes and a `kill -9`
 * in the middle: its record is whole, and decides and prices the same again. BIFROST_TEST_LONG=1
 * makes it an hour of the exchange's time, else a few minutes.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { type TestDaemon, testHome } from '../support/daemon.ts';
import { bifrost, ROOT } from '../support/program.ts';
import { quickSettings } from './support/settings.ts';

const LONG = process.env['BIFROST_TEST_LONG'] === '1';
const SPEED = 10;
/** Of the exchange's time, of each of the two lives. */
const LIFE_MS = (LONG ? 30 : 1) * 60_000;
const FAULT_EVERY_S = LONG ? 120 : 15;

/** In turn; each passes by itself. */
const FAULTS = [
  { type: 'disconnect' },
  { type: 'stale_quotes', symbol: 'NVDA', for_s: 15 },
  { type: 'duplicate_execution', count: 2 },
  { type: 'partial_fills', max_size: 20, for_s: 30 },
  { type: 'code_1100' },
  { type: 'code_1101' },
  { type: 'crossed_quotes', symbol: 'NVDA', for_s: 5 },
  { type: 'reorder_status', count: 3, delay_ms: 500 },
  { type: 'half_open', for_s: 20 },
  { type: 'reject', count: 1 },
  { type: 'nan_greeks', symbol: 'NVDA', for_s: 10 },
  { type: 'slow_ack', count: 2, delay_ms: 2000 },
  { type: 'duplicate_status', count: 3 },
] as const;

const home = testHome('recorded-session');

/** The demo's world, faster, and with faults on its timeline. */
function writeWorld(): string {
  const demo = readFileSync(join(ROOT, 'config/scenarios/demo.yaml'), 'utf8');
  const count = Math.floor((2 * LIFE_MS) / 1000 / FAULT_EVERY_S);
  const faults = Array.from({ length: count }, (_, index) => {
    const fault = FAULTS[index % FAULTS.length];
    return `  - ${JSON.stringify({ after_s: 30 + index * FAULT_EVERY_S, ...fault })}`;
  });
  const fast = demo.replace(/^speed: 1$/m, `speed: ${SPEED}`);
  assert.notEqual(fast, demo);
  home.write('scenario.yaml', `${fast}\nfaults:\n${faults.join('\n')}\n`);
  const settings = quickSettings({ scenario: 'scenario.yaml', broker: { clock_rate: SPEED } });
  return home.write('config.yaml', settings);
}

async function live(daemon: TestDaemon): Promise<void> {
  const { trading_ts: begin } = await daemon.untilStatus(
    'the exchange has told its time',
    ({ trading_ts: ts }) => ts !== null,
  );
  await daemon.until(
    'its life has passed',
    async () => ((await daemon.status()).trading_ts ?? 0) - (begin ?? 0) >= LIFE_MS || null,
    (LIFE_MS / SPEED) * 3 + 60_000,
  );
}

describe('a session with faults and a kill', () => {
  it('is recorded whole, and decides and prices the same again', {
    timeout: LONG ? 1_800_000 : 180_000,
  }, async () => {
    const config = writeWorld();
    const dataDir = join(home.dir, 'data');
    const first = await home.daemon({ dataDir, config }).ready();
    await live(first);
    await first.stop('SIGKILL');
    const second = await home.daemon({ dataDir, config }).ready();
    await live(second);
    const fills = await second.until('two hedges are filled, whatever the faults', async () => {
      const rows = await second.operations('type=fill&limit=1000');
      return rows.length >= 2 ? rows : null;
    });
    const { code } = await second.stop();
    assert.equal(code, 0, second.err());

    const checked = await bifrost(['journal', 'verify', dataDir, '--json']);
    assert.equal(checked.code, 0, checked.err);
    const report = JSON.parse(checked.out) as { sessions: number; taped: number };
    assert.equal(report.sessions, 2);
    assert.ok(report.taped > 10);
    const again = await bifrost(['replay', dataDir, '--verify', '--recompute', '--json']);
    assert.equal(again.code, 0, again.err);
    const replayed = JSON.parse(again.out) as { missing: number; repriced: number };
    assert.equal(replayed.missing, 0);
    assert.ok(replayed.repriced > 100);
    if (LONG)
      process.stdout.write(`${JSON.stringify({ fills: fills.length, ...report, ...replayed })}\n`);
  });
});
