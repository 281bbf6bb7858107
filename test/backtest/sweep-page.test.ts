import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { scaleOf } from '../../src/backtest/chart.ts';
import { reportSweep } from '../../src/backtest/frontier.ts';
import type { PeriodRow } from '../../src/backtest/periods.ts';
import type { SweepOutcome } from '../../src/backtest/sweep.ts';
import type { CellResult } from '../../src/backtest/sweep-job.ts';
import { sweepPage } from '../../src/backtest/sweep-page.ts';
import { epochOf } from '../../src/domain/calendar.ts';
import { gridOf } from './support/sweep.ts';

const DAYS = ['20230802', '20230803'];

/** A cell whose numbers follow from its two parameters. */
function cellOf(index: number, a: number, b: string): CellResult {
  const periods = DAYS.flatMap((day) =>
    Array.from({ length: 6 }, (_, at): PeriodRow => {
      const ts = epochOf(day, '10:00') + at * 1_800_000;
      const error = { evaluations: 10, error_sum: at, error_square: 10 * a + at };
      return { ts, day, pnl: at - a, cost: 10 / a, ...error };
    }),
  );
  const totals = { hedges: 10 / a, commissions: 0, slippage: 0 };
  const overrides = { 'gates.state.a<b>': a, b };
  return { index, seed: 1, overrides, totals, periods, block_reasons: { cooldown: a } } as never;
}

const RESULTS = [1, 2, 4].flatMap((a, at) =>
  ['x', 'y'].map((b, other) => cellOf(2 * at + other, a, b)),
);

function pageOf(changes: Partial<SweepOutcome> = {}): string {
  const outcome = { results: RESULTS, rungs: [], resumed: 0, interrupted: false, hash: 'abc' };
  return sweepPage({
    ...{ symbol: 'ABC', days: DAYS, dataHash: 'd', configHash: 'c', version: 'v' },
    spec: gridOf({ 'gates.state.a<b>': [1, 2, 4], b: ['x', 'y'] }),
    outcome: { ...outcome, ...changes },
    report: reportSweep(RESULTS, { objective: 'pnl', windows: null, rungs: [] }),
  });
}

describe('the page of a sweep', () => {
  const page = pageOf();

  it('needs nothing else and runs nothing', () => {
    assert.doesNotMatch(page, /https?:|src=|<script|@import|url\((?!#)/);
  });

  it('shows frontier, parameters, gates, walk-forward and luck', () => {
    const parts = ['Frontier', 'What each parameter moves', 'Two parameters together'];
    for (const part of [...parts, 'Closed gates', 'Walk-forward', 'Skill or luck']) {
      assert.ok(page.includes(`<h2>${part}</h2>`), part);
    }
    // A point for each set, and a cross for each that is not beaten.
    assert.equal(page.match(/<circle /g)?.length, 6);
    assert.equal(page.match(/stroke-width:1.5/g)?.length, 12);
    assert.equal(page.match(/<td class="heat"/g)?.length, 3 * 6 + 6);
  });

  it('says that it was interrupted, and what a search by halving did before', () => {
    assert.doesNotMatch(page, /Interrupted/);
    const rungs = [{ days: 1, sets: 18, kept: [1] }];
    const other = pageOf({ interrupted: true, rungs });
    assert.match(other, /Interrupted/);
    assert.match(other, /18 sets on 1 days/);
  });

  it('takes no markup from the names of parameters', () => {
    assert.ok(page.includes('a&lt;b&gt;'));
    assert.ok(!page.includes('a<b>'));
  });
});

describe('an axis', () => {
  it('has a handful of round ticks around all values', () => {
    const number = fc.double({ min: -1e7, max: 1e7, noNaN: true });
    fc.assert(
      fc.property(number, number, (one, other) => {
        const [least, most] = [Math.min(one, other), Math.max(one, other)];
        const { low, high, ticks, digits } = scaleOf(least, most);
        const slack = 1e-9 * (1 + Math.abs(least) + Math.abs(most));
        assert.ok(low <= least + slack && high >= most - slack, `${low} ${high}`);
        assert.ok(ticks.length >= 2 && ticks.length <= 8, `${ticks}`);
        assert.equal(new Set(ticks.map((tick) => tick.toFixed(digits))).size, ticks.length);
      }),
    );
  });
});
