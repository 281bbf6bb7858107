/**
 * Where the P&L came from, of a session in lock-step over the real protocol: what the daemon says
 * adds up to what the exchange's own ledger says the account has made, and to what is written down.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { describe, it } from 'vitest';
import { shadowsView } from '../../src/protocol/shadow-view.ts';
import type { StatusView } from '../../src/protocol/views.ts';
import { type TestDaemon, testHome } from '../support/daemon.ts';
import { bifrost, ROOT } from '../support/program.ts';
import { quickSettings } from './support/settings.ts';

const MINUTES = 20;
const CENT = 0.01;
const home = testHome('attribution');

function writeWorld(): string {
  const demo = readFileSync(join(ROOT, 'config/scenarios/demo.yaml'), 'utf8');
  const stepped = demo.replace(/^speed: 1$/m, 'lock_step: true').replace(/^skip_closed.*$/m, '');
  assert.notEqual(stepped, demo);
  home.write('scenario.yaml', stepped);
  const broker = { trading_clock: 'lockstep' };
  const hedge = { max_delta_limit: 500, threshold_hedge_shares: 300 };
  const shadows = [
    { name: 'same', latency_ms: 0 },
    { name: 'seldom', overrides: { gates: { state: { delta: hedge } } } },
  ];
  const settings = { scenario: 'scenario.yaml', broker, shadows, parity: { at: '00:00' } };
  return home.write('config.yaml', quickSettings(settings));
}

async function stepMinutes(daemon: TestDaemon, minutes: number): Promise<StatusView> {
  const exchange = daemon.exchange();
  let to = await exchange.time();
  let status: StatusView | null = null;
  for (let minute = 0; minute < minutes; minute += 1) {
    to += 60;
    await exchange.step(to);
    status = await daemon.untilStatus('the minute is through', (now) => {
      return now.quiescent && now.trading_ts !== null && now.trading_ts >= to * 1000;
    });
  }
  assert(status !== null);
  return status;
}

/** Of the whole account at the mids that the daemon shows, USD. */
async function worthOf(daemon: TestDaemon, status: StatusView): Promise<number> {
  const { cash, positions } = await daemon.exchange().ledger();
  const book = status.books[0];
  assert(book !== undefined && book.spot !== null);
  let worth = Object.values(cash).reduce((sum, one) => sum + one, 0);
  for (const { contract_key: key, sec_type: type, position } of positions) {
    if (type === 'STK') {
      worth += position * book.spot;
      continue;
    }
    const leg = book.legs.find(({ expiry, strike, right }) => {
      return key === `NVDA|OPT|${expiry}|${strike}|${right}`;
    });
    assert(leg !== undefined && leg.bid !== null && leg.ask !== null, key);
    worth += position * leg.multiplier * ((leg.bid + leg.ask) / 2);
  }
  return worth;
}

function attributed(status: StatusView) {
  const [book] = status.books;
  assert(book?.attribution, `${book?.attribution_reason}`);
  const { attribution, daily_pnl: pnl, stock_position: shares } = book;
  assert(pnl !== null && Math.abs(attribution.total - pnl) < 1e-6);
  const { delta, gamma, theta, vega, vanna_volga, rho, dividend, financing } = attribution;
  const { costs, exercise, unexplained, total } = attribution;
  const parts = [delta, gamma, theta, vega, vanna_volga, rho, dividend, financing];
  const sum = [...parts, costs, exercise, unexplained].reduce((one, other) => one + other, 0);
  assert.ok(Math.abs(sum - total) < 1e-6, `${sum} is not ${total}`);
  return { ...attribution, shares };
}

async function rows(daemon: TestDaemon, sql: string): Promise<readonly Record<string, unknown>[]> {
  const connectionString = readFileSync(join(daemon.dataDir, 'database-url'), 'utf8').trim();
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** To a cent for each share that the account stands for. */
function assertSame(made: number, total: number, shares: number): void {
  const limit = CENT * Math.max(1, Math.abs(shares));
  assert.ok(Math.abs(made - total) <= limit, `the exchange says ${made}, the parts ${total}`);
}

describe('the attribution of a session', () => {
  it('adds up to the P&L that the exchange knows, with hedges and a trade by hand', {
    timeout: 120_000,
  }, async () => {
    const config = writeWorld();
    const dataDir = join(home.dir, 'data');
    const daemon = await home.daemon({ dataDir, config }).ready();
    await daemon.untilStatus('it operates', (now) => now.daemon_self_check === 'ok');
    const begin = await stepMinutes(daemon, 1);
    const [worth, first] = [await worthOf(daemon, begin), attributed(begin)];
    await stepMinutes(daemon, MINUTES / 2);
    const leg = begin.books[0]?.legs[0];
    assert(leg !== undefined);
    await daemon.exchange().trade(leg.con_id, 'BUY', 1);
    await stepMinutes(daemon, MINUTES / 2);
    // A read of the account tells that the contract was traded, and not exercised.
    const end = await daemon.untilStatus('the trade is explained', ({ books, quiescent }) => {
      return quiescent && books[0]?.attribution != null;
    });
    const last = attributed(end);
    const made = (await worthOf(daemon, end)) - worth;
    assertSame(made, last.total - first.total, last.shares);
    const plausible = last.shares !== 0 && last.costs < 0 && last.gamma > 0 && last.theta < 0;
    assert.ok(plausible, JSON.stringify({ last, why: end.books[0]?.why }));
    assert.ok(last.option_spread < first.option_spread, 'the option was bought above its mid');

    const history = await daemon.until('the history is written', async () => {
      const [day] = await rows(daemon, 'select * from attribution_days');
      const ended = Number(day?.['trading_ts']) * 1000 >= last.interval.from_ts;
      return ended ? day : null;
    });
    assert.ok(Math.abs(Number(history?.['total']) + last.interval.total - last.total) < 1e-6);
    const [sums] = await rows(
      daemon,
      "select sum(total) total from attributions where scope = 'interval'",
    );
    assert.ok(Math.abs(Number(sums?.['total']) - Number(history?.['total'])) < 1e-6);
    const hedges = await rows(daemon, "select * from attributions where scope = 'hedge'");
    assert.ok(hedges.length > 0 && hedges.every(({ order_ref: ref }) => String(ref) !== ''));
    const replay = await daemon.untilStatus(
      'the journal was replayed',
      (now) => now.parity != null,
    );
    assert.equal(replay.parity?.state, 'identical', replay.parity?.reason);
    await daemon.until('the shadows have seen it all', async () => {
      const sql = 'select min(evaluations) as least from shadow_days';
      const [seen] = await rows(daemon, sql);
      return Number(seen?.['least']) >= MINUTES ? seen : null;
    });
    const { rows: board } = shadowsView.parse(await daemon.read('/shadows'));
    const [seldom, live, same] = ['seldom', 'live', 'same'].map((name) => {
      return board.find(({ shadow }) => shadow === name);
    });
    assert(seldom !== undefined && live !== undefined && same !== undefined);
    assert.ok(seldom.hedges < live.hedges && seldom.hedge_error > live.hedge_error);
    assert.ok(same.shares > 0, 'it has traded on its own exchange');
    const { code } = await daemon.stop();
    assert.equal(code, 0, daemon.err());
    const replayed = await bifrost(['replay', dataDir, '--verify']);
    assert.equal(replayed.code, 0, replayed.err);
  });
});
