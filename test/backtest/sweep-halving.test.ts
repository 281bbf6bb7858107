import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { withOverrides } from '../../src/backtest/overrides.ts';
import type { PeriodRow } from '../../src/backtest/periods.ts';
import { runSweep, type SweepOutcome } from '../../src/backtest/sweep.ts';
import type { CellResult } from '../../src/backtest/sweep-job.ts';
import { jobOf, type SweepTask } from '../../src/backtest/sweep-task.ts';
import type { CellRunner } from '../../src/backtest/sweep-threads.ts';
import { createRandom } from '../../src/runtime/random.ts';
import { tempDir } from '../support/temp-dir.ts';
import { gridOf } from './support/sweep.ts';
import { configOf, requestOf } from './support/world.ts';

const KEY = 'gates.state.delta.threshold_hedge_shares';
const DAYS = Array.from({ length: 9 }, (_, at) => `202308${String(at + 1).padStart(2, '0')}`);
const SPEC = gridOf(
  { [KEY]: { from: 10, to: 100 } },
  {
    ...{ search: 'halving', samples: 27, objective: 'pnl' },
  },
);

/** A market in which 40 shares are best, more or less, each day. */
function resultOf(task: SweepTask): CellResult {
  const { cell, days } = task;
  const value = Number(cell.overrides[KEY]);
  const periods = days.map((day, at): PeriodRow => {
    const luck = 10 * Math.sin(value * (at + 1));
    const nothing = { ts: at, cost: 0, evaluations: 1, error_sum: 0, error_square: 0 };
    return { ...nothing, day, pnl: luck - Math.abs(value - 40) };
  });
  const job = jobOf(task, 'data', withOverrides(task.config, cell.overrides).hash);
  const named = { job, index: cell.index, seed: cell.seed, overrides: cell.overrides };
  const output = `${job} ${days.length}`;
  return { ...named, output_hash: output, periods, totals: {}, block_reasons: {} } as never;
}

/** Workers that finish in an order of their own. */
function runnerOf(seed: string, begun: string[]): CellRunner {
  return {
    close: () => Promise.resolve(),
    async run(tasks, onResult, isStopped) {
      const random = createRandom(seed);
      const order = tasks.map((task) => ({ task, at: random.next() }));
      for (const { task } of order.sort((a, b) => a.at - b.at)) {
        if (isStopped()) return;
        const result = resultOf(task);
        begun.push(result.job);
        onResult(result);
      }
    },
  };
}

async function search(
  outDir: string,
  seed: string,
  begun: string[] = [],
  isStopped: () => boolean = () => false,
): Promise<SweepOutcome & { readonly shares: readonly number[] }> {
  const { config, hash } = await configOf({});
  const shares: number[] = [];
  const outcome = await runSweep({
    ...{ spec: SPEC, runner: runnerOf(seed, begun), outDir, dataHash: 'data' },
    task: {
      ...{ dataDir: '', days: DAYS, config: { config, hash }, version: 'test' },
      request: requestOf(),
    },
    onProgress: (share) => shares.push(share),
    isStopped,
  });
  return { ...outcome, shares };
}

describe('a search by halving', () => {
  it('tries all sets on few days and the best on all, in whatever order they are done', async () => {
    const begun: string[] = [];
    const one = await search(tempDir('halving'), 'one', begun);
    assert.deepEqual(
      one.rungs.map(({ days, sets, kept }) => [days, sets, kept.length]),
      [
        [1, 27, 9],
        [3, 9, 3],
      ],
    );
    assert.equal(one.results.length, 3);
    assert.equal(begun.length, 27 + 9 + 3);
    for (const { overrides, periods } of one.results) {
      assert.equal(periods.length, 9);
      assert.ok(Math.abs(Number(overrides[KEY]) - 40) < 20, `${overrides[KEY]}`);
    }
    // 27 sets of a day, 9 of three and 3 of nine: each rung is a third of the work.
    assert.ok(Math.abs((one.shares[26] ?? 0) - 1 / 3) < 1e-9);
    assert.equal(one.shares.at(-1), 1);
    for (const seed of ['two', 'three']) {
      const other = await search(tempDir('halving'), seed);
      assert.deepEqual([other.hash, other.rungs], [one.hash, one.rungs]);
    }
  });

  it('goes on in the middle of a rung and comes to the same end', async () => {
    const whole = await search(tempDir('halving'), 'one');
    const dir = tempDir('halving');
    const begun: string[] = [];
    const cut = await search(dir, 'two', begun, () => begun.length === 31);
    assert.deepEqual([cut.interrupted, cut.results.length, cut.rungs.length], [true, 0, 1]);
    const rest: string[] = [];
    const again = await search(dir, 'three', rest);
    assert.deepEqual([again.hash, again.interrupted], [whole.hash, false]);
    assert.equal(rest.length, 39 - 31);
    assert.equal(new Set([...begun, ...rest]).size, 39);
  });
});
