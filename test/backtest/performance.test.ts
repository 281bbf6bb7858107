import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { RunAccount } from '../../src/backtest/account.ts';
import { backtest } from '../../src/backtest/backtest.ts';
import { Performance } from '../../src/backtest/performance.ts';
import { Drawdown } from '../../src/backtest/series.ts';
import { NO_ATTRIBUTION } from '../../src/domain/attribution.ts';
import { nextTradingDay, tradingSession } from '../../src/domain/calendar.ts';
import { createRandom } from '../../src/runtime/random.ts';
import { configOf, modelSource, requestOf } from './support/world.ts';

const MINUTE = 60_000;
const DAY = '20230803';

function worth(equity: number): RunAccount {
  const nothing = { holdings: new Map(), markOf: () => 0, attribution: NO_ATTRIBUTION };
  return { ...nothing, equity, spot: 100 } as unknown as RunAccount;
}

function openOf(day: string): number {
  return tradingSession(day)?.open ?? Number.NaN;
}

/** Of so many sessions from `DAY` on, a look each minute. */
function play(days: number, gain: (day: number, minute: number) => number): Performance {
  const performance = new Performance();
  let [equity, day] = [1000, DAY];
  for (let index = 0; index < days; index += 1) {
    for (let minute = 0; minute <= 390; minute += 1) {
      const isFirst = index === 0 && minute === 0;
      equity += isFirst ? 0 : gain(index, minute);
      const ts = openOf(day) + minute * MINUTE;
      performance.add({ ts, account: worth(equity), interval: null });
    }
    day = nextTradingDay(day);
  }
  return performance;
}

describe('the ratios of a run', () => {
  it('are a year of minutes: mean over deviation of equal gains, by the root of a year', () => {
    // Half of the minutes earn 3, half lose 1: a mean of 1 and a deviation of 2.
    const {
      sharpe,
      sortino,
      hit_rate: hits,
      from,
    } = play(1, (_, at) => (at % 2 ? 3 : -1)).ratios();
    const year = Math.sqrt(252 * 390);
    assert.equal(from, 'minutes');
    assert.ok(Math.abs((sharpe ?? 0) / (year / 2) - 1) < 0.005, `${sharpe}`);
    assert.ok(Math.abs((sortino ?? 0) / (year * Math.SQRT2) - 1) < 0.005, `${sortino}`);
    assert.equal(hits, 0.5);
  });

  it('know of what was lost overnight', () => {
    const random = createRandom('nights');
    const noise = Array.from({ length: 2000 }, () => random.normal());
    const at = (day: number, minute: number) => noise[day * 391 + minute] ?? 0;
    // What the sessions earn goes in the nights, all of it and more.
    const run = play(5, (day, minute) => (minute === 0 ? -120 : at(day, minute) + 0.2));
    const { sharpe, from } = run.ratios();
    assert.equal(from, 'minutes');
    assert.ok(run.pnl < 0);
    assert.ok(sharpe !== null && sharpe < 0, `${sharpe}`);
    const days = run.days.map(({ pnl }) => pnl);
    const mean = days.reduce((sum, one) => sum + one, 0) / 5;
    const squares = 5 * (390 + 0.2 ** 2 * 390) + 4 * 120 ** 2;
    const expected = (mean * 252) / Math.sqrt((squares / 5) * 252);
    assert.ok(Math.abs(sharpe / expected - 1) < 0.1, `${sharpe} ${expected}`);
  });

  it('are of whole minutes, however often it is looked at in one', () => {
    const [plain, often] = [new Performance(), new Performance()];
    let equity = 0;
    const start = openOf(DAY);
    const add = (to: Performance, ts: number) =>
      to.add({ ts, account: worth(equity), interval: null });
    for (let second = 0; second <= 60 * 100; second += 20) {
      const ts = start + second * 1000;
      equity += second % 120 === 60 ? 4 : second % 120 === 0 ? -2 : 0;
      add(often, ts);
      if (second % 60 === 0) add(plain, ts);
    }
    assert.deepEqual(often.ratios(), plain.ratios());
    assert.equal(plain.ratios().samples, 100);
  });

  it('of twenty days are of days, with the worst of them', () => {
    const run = play(20, (day, minute) => (minute === 390 ? (day === 7 ? -50 : day - 9) : 0));
    const { from, samples, var95, cvar95, hit_rate: hits, sharpe } = run.ratios();
    assert.deepEqual([from, samples, cvar95, hits], ['days', 20, 50, 0.5]);
    assert.ok(var95 !== null && Math.abs(var95 / 50 - 1) < 0.02);
    const gains = run.days.map(({ pnl }) => pnl);
    const mean = gains.reduce((sum, gain) => sum + gain, 0) / 20;
    const variance = gains.reduce((sum, gain) => sum + (gain - mean) ** 2, 0) / 19;
    assert.ok(Math.abs((sharpe ?? 0) - (mean / Math.sqrt(variance)) * Math.sqrt(252)) < 1e-9);
  });
});

describe('the progress of a run', () => {
  it('is of its sessions, and a weekend takes none of it', async () => {
    // A Friday and a Monday.
    const days = ['20230804', '20230807'];
    const strikes = [100];
    const source = modelSource({ days, strikes, spot: () => 100, expiry: '20230901' });
    const shares: (readonly [share: number, ts: number])[] = [];
    await backtest({
      ...{ request: requestOf(), loaded: await configOf({}), source, version: 'test' },
      onProgress: (share, ts) => shares.push([share, ts]),
      isStopped: () => false,
    });
    assert.ok(shares.length >= 2);
    for (const [share, ts] of shares.slice(0, -1)) {
      const [friday, monday] = days.map(openOf) as [number, number];
      const within = (open: number) => Math.min(390, Math.max(0, (ts - open) / MINUTE)) / 390;
      const expected = ts < monday ? within(friday) / 2 : 0.5 + within(monday) / 2;
      assert.ok(Math.abs(share - expected) < 1e-9, `${share} ${expected}`);
    }
    assert.equal(shares.at(-1)?.[0], 1);
  });
});

describe('a drawdown', () => {
  it('is as deep as the fall and as long as until its peak is reached again', () => {
    const drawdown = new Drawdown();
    const curve = [0, 5, 2, 4, 5, 6, 1, 3];
    for (const [at, value] of curve.entries()) drawdown.add(at * MINUTE, value);
    assert.equal(drawdown.depth, 5);
    // From the second look to the fifth; what began at 6 has lasted for two.
    assert.equal(drawdown.lengthMs, 3 * MINUTE);
  });

  it('of what never falls is none', () => {
    const drawdown = new Drawdown();
    for (const at of [0, 1, 2, 3]) drawdown.add(at * MINUTE, 7);
    assert.deepEqual([drawdown.depth, drawdown.lengthMs], [0, 0]);
  });
});
