/**
 * The order path over nights, expiries and in other accounts: each named scenario with an exchange
 * and a daemon of its own, over real sockets, from the first start to the truth check.
 * BIFROST_TEST_LONG=1 plays all of them, else a sample.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';

import { epochOf } from '../../src/domain/calendar.ts';
import type { StatusView } from '../../src/protocol/views.ts';
import { type TestDaemon, testHome } from '../support/daemon.ts';
import type { ExchangeAdmin } from '../support/exchange.ts';
import { DEPLOYMENT, quickSettings } from './support/settings.ts';
import { assertTruth } from './support/truth.ts';
import {
  WORLD_SAMPLE,
  WORLD_SCENARIOS,
  type WorldScenario,
  type WorldStage,
} from './support/world-scenarios.ts';

const LONG = process.env['BIFROST_TEST_LONG'] === '1';
const LIVE_ACCOUNT = 'U1234567';
const home = testHome('worlds');

interface Living {
  readonly daemon: TestDaemon;
  readonly exchange: ExchangeAdmin;
  readonly isLockStep: boolean;
}

function writeWorld(name: string, scenario: WorldScenario): string {
  const { start, options, shares = 0, mode } = scenario;
  const held = shares === 0 ? [] : [{ symbol: 'NVDA', quantity: shares }];
  const positions = options.map(({ quantity, ...option }) => ({
    option: { symbol: 'NVDA', ...option },
    quantity,
  }));
  const dtes = [...new Set(options.map(({ dte }) => dte))];
  return home.write(`${name}/scenario.yaml`, {
    seed: 7,
    start,
    lock_step: mode === undefined,
    accounts: [
      {
        id: mode === 'live' ? LIVE_ACCOUNT : 'DU0000001',
        cash: 1_000_000,
        positions: [...held, ...positions],
      },
    ],
    underlyings: [
      {
        symbol: 'NVDA',
        price: 180,
        // The scenario moves the price, and hardly anything else does.
        model: { volatility: 0.02, size: 2000 },
        surface: { atm_vol: 0.35 },
        chain: { dtes, strikes: { from: 130, to: 230, step: 2.5 } },
        ...scenario.underlying,
      },
    ],
    ...scenario.scenario,
  });
}

async function begin(name: string, scenario: WorldScenario): Promise<Living> {
  const { mode } = scenario;
  const world = writeWorld(name, scenario);
  const dataDir = join(home.dir, name, 'data');
  const laid = (settings: object): string =>
    home.write(`${name}/config.yaml`, overlay(settings, scenario.settings ?? {}));
  if (mode === undefined) {
    const broker = { trading_clock: 'lockstep' };
    const config = laid(quickSettings({ broker, scenario: world }));
    const daemon = await home.daemon({ dataDir, config }).ready();
    return { daemon, exchange: daemon.exchange(), isLockStep: true };
  }
  const gateway = await home.gateway({
    scenario: world,
    dataDir: join(home.dir, name, 'gateway'),
  });
  const broker = { retry_interval_s: 1, connect_timeout_s: 5, heartbeat_s: 1 };
  const paper = quickSettings({ mode: 'paper', port: gateway.port, broker });
  const live = mode === 'live' ? { mode, live_account: LIVE_ACCOUNT } : {};
  const config = laid({ ...paper, ...live });
  const daemon = await home.daemon({ dataDir, config }).ready();
  return { daemon, exchange: gateway.exchange, isLockStep: false };
}

/** Objects are laid over each other key by key; whatever else takes the place of what was there. */
function overlay(under: object, over: object): object {
  const result: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const before = result[key];
    result[key] = isObject(before) && isObject(value) ? overlay(before, value) : value;
  }
  return result;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const isHedged = ({ status_lamp: lamp, books: [book] }: StatusView): boolean =>
  lamp === 'green' &&
  book !== undefined &&
  // Who owns which shares is known, too.
  book.foreign_shares !== null &&
  ['NO_TRADE', 'MONITOR'].includes(book.trading_state) &&
  ['EXEC_IDLE', 'FILLED'].includes(book.hedge_state) &&
  Math.abs(book.net_delta ?? Number.NaN) < book.band.threshold;

/** What is stepped over before prices are asked for is never seen. */
async function priced(living: Living): Promise<void> {
  const { daemon } = living;
  await daemon.untilStatus('it operates', (now) => now.daemon_self_check === 'ok');
  await daemon.until('its legs are priced', async () => {
    const { status, books } = living.isLockStep ? await second(living) : await daemon.status();
    const legs = books[0]?.legs ?? [];
    const known = legs.length > 0 && legs.every(({ delta }) => delta !== null);
    return known && (status?.spot ?? null) !== null ? true : null;
  });
}

async function second(living: Living): Promise<StatusView> {
  return step(living, Math.floor(await living.exchange.time()) + 1);
}

/** A night in one step would keep the gateway's thread longer than one that works may be silent. */
const STEP_S_MAX = 1800;

async function step({ daemon, exchange }: Living, to: number): Promise<StatusView> {
  const from = await exchange.time();
  for (let at = from + STEP_S_MAX; at < to; at += STEP_S_MAX) await exchange.step(at);
  await exchange.step(to);
  return daemon.untilStatus('the step is through', ({ quiescent, trading_ts: at }) => {
    return quiescent && at !== null && at >= to * 1000;
  });
}

function stageOf(living: Living): WorldStage {
  const { daemon, exchange, isLockStep } = living;
  const ledger = () => exchange.ledger();
  return {
    exchange,
    status: (what, fits) => daemon.untilStatus(what, fits, 40_000),
    stepTo: (day, time) => step(living, epochOf(day, time) / 1000),
    move: async (percent) => {
      await exchange.move('NVDA', percent);
      if (isLockStep) await second(living);
    },
    hedged: () =>
      daemon.until(
        'it is hedged and calm',
        async () => {
          const status = isLockStep ? await second(living) : await daemon.status();
          return isHedged(status) ? status : null;
        },
        40_000,
      ),
    orders: async () =>
      (await ledger()).orders.filter(({ order_ref: ref }) => ref.startsWith(`${DEPLOYMENT}:`))
        .length,
    control: (command, body = {}) => daemon.post(`/control/${command}`, body),
    operation: async (what) => {
      await daemon.until(`an operation ${what}`, async () => {
        const rows = await daemon.operations();
        return rows.some(({ state_reason: reason }) => what.test(reason ?? '')) ? true : null;
      });
    },
    optionOf: async (right) => {
      const { positions } = await ledger();
      const found = positions.filter(({ contract_key: key }) => key.endsWith(`|${right}`));
      assert.equal(found.length, 1, JSON.stringify(positions));
      return found[0]?.con_id ?? 0;
    },
  };
}

const chosen = Object.entries(WORLD_SCENARIOS).filter(
  ([name]) => LONG || WORLD_SAMPLE.includes(name),
);

describe('a world of its own', () => {
  it.each(chosen)('%s', { timeout: 180_000 }, async (title, scenario) => {
    const living = await begin(title.replaceAll(' ', '-'), scenario);
    const stage = stageOf(living);
    await priced(living);
    await scenario.play(stage);
    const empty = (await living.daemon.status()).books[0]?.legs.length === 0;
    if (!empty) await stage.hedged();
    const { daemon, exchange } = living;
    await assertTruth({
      exchange,
      databaseUrl: readFileSync(join(daemon.dataDir, 'database-url'), 'utf8').trim(),
      deployment: DEPLOYMENT,
      adopted: scenario.adopted ?? 0,
    });
    const { code } = await daemon.stop();
    assert.equal(code, 0, daemon.err().slice(-4000));
  });
});
