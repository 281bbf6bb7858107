/**
 * The daemon in lock-step over the real protocol, and the backtest of the same data set: they must
 * decide the same at every step, send the same orders and own the same shares in the end.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

import { backtestRun } from '../../../src/backtest/backtest.ts';
import { type Course, journalCourse } from '../../../src/backtest/course.ts';
import type { RunRequest } from '../../../src/backtest/setup.ts';
import { openSource } from '../../../src/backtest/source.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { realMono } from '../../../src/runtime/real-clock.ts';
import type { TestHome } from '../../support/daemon.ts';
import { DAY, driveDays, EXPIRY, importDays, type Recording, writeWalk } from './recorded.ts';

const SYMBOL = 'ACME';
const MINUTES = 60;
/** In the life of the options: what both price them with. */
const DIVIDEND = { ex_date: '20230815', amount: 0.6 };

export interface Parity {
  readonly operations: number;
  readonly moments: number;
  readonly shares: number;
}

/** Trades an hour of a day that it makes, both ways, and throws at the first difference. */
export async function assertParity(home: TestHome): Promise<Parity> {
  const lean = join(home.dir, 'lean');
  writeWalk(lean, SYMBOL, [100, 100]);
  const recording: Recording = {
    ...{ symbol: SYMBOL, days: [DAY], expiry: EXPIRY, lean, minutes: MINUTES },
    legs: [
      { strike: 100, right: 'P', avgCost: 2.5 },
      { strike: 100, right: 'C', avgCost: 1.5 },
    ],
    dividends: [DIVIDEND],
    strategy: { structure: { atm_band_pct: 5, membership: 'auto' } },
  };
  const config = await importDays(home, recording);
  const live = await liveCourse(home, recording, config);
  assert.equal(live.course.difference, null);

  const tape = await tapeCourse(home, config);
  const first = live.course.orders[0]?.ts ?? 0;
  const last = Math.max(...live.course.rests.map(({ ts }) => ts));
  // At the last moment the daemon was stopped as well.
  const until = last - 1;
  assert.ok(live.course.orders.length >= 10, `${live.course.orders.length} operations`);
  const [ours, theirs] = [within(tape.course, first, until), within(live.course, first, until)];
  assert.deepEqual(ours.orders, theirs.orders);
  assert.deepEqual(ours.rests, theirs.rests);
  assert.ok(ours.rests.length > 30, `${ours.rests.length} moments`);
  const bought = within(tape.course, 0, last)
    .orders.filter(({ type }) => type === 'fill')
    .reduce((sum, { side, quantity }) => sum + (quantity ?? 0) * (side === 'BUY' ? 1 : -1), 0);
  assert.equal(bought, live.shares);
  const { length: operations } = ours.orders;
  return { operations, moments: ours.rests.length, shares: live.shares };
}

async function liveCourse(home: TestHome, recording: Recording, config: string) {
  const dataDir = join(home.dir, 'live');
  const daemon = await home.daemon({ dataDir, config }).ready();
  await driveDays(daemon, recording);
  const ledger = await daemon.exchange().ledger();
  const { code } = await daemon.stop();
  assert.equal(code, 0, daemon.err());
  const shares = ledger.positions.find(({ sec_type }) => sec_type === 'STK')?.position ?? 0;
  return { course: journalCourse(join(dataDir, 'journal')), shares };
}

async function tapeCourse(home: TestHome, config: string) {
  const scenario = join(home.dir, `scenario-${SYMBOL}.yaml`);
  const loaded = loadConfig({ file: config, env: {}, cwd: home.dir });
  const { recorded, accounts, seed } = parse(readFileSync(scenario, 'utf8'));
  const source = await openSource({
    ...{ dir: recorded.dir, symbol: SYMBOL, from: null, to: null, dates: null },
    ...{ resolution: 'minute', mono: realMono() },
  });
  const positions = accounts[0].positions.map(
    ({
      option,
      quantity,
      avg_cost: avgCost,
    }: {
      option: object;
      quantity: number;
      avg_cost: number;
    }) => ({
      ...option,
      quantity,
      avgCost,
    }),
  );
  const request: RunRequest = {
    ...{ symbol: SYMBOL, seed, cash: accounts[0].cash, rule: null, positions },
    actions: { dividends: [DIVIDEND], splits: [] },
    execution: { latency_ms: [0, 0], partial: false, queue: false, plan: 'fixed' },
    windowed: true,
  };
  const options = { request, loaded, source, version: 'test' };
  return backtestRun({ ...options, onProgress: () => undefined, isStopped: () => false });
}

/** Of the minutes that both have seen; the first quotes come a step after their subscription. */
function within({ rests, orders }: Course, from: number, until: number): Course {
  const inside = ({ ts }: { readonly ts: number }): boolean => ts >= from && ts <= until;
  return { rests: rests.filter(inside), orders: orders.filter(inside) };
}
