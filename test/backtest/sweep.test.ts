import assert from 'node:assert/strict';
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { comparableResult, compareRuns } from '../../src/backtest/compare.ts';
import { reportSweep } from '../../src/backtest/frontier.ts';
import { keepRun } from '../../src/backtest/kept.ts';
import { withOverrides, withoutSecrets } from '../../src/backtest/overrides.ts';
import { runSweep, type SweepOptions, type SweepOutcome } from '../../src/backtest/sweep.ts';
import { cellTable } from '../../src/backtest/sweep-table.ts';
import { createThreadRunner } from '../../src/backtest/sweep-threads.ts';
import { readRun } from '../../src/cli/run-argument.ts';
import { realMono } from '../../src/runtime/real-clock.ts';
import { openDataset } from '../../src/store/dataset.ts';
import { parquetTable } from '../../src/store/parquet-table.ts';
import { faultOf } from '../support/fault.ts';
import { makeTempDir, tempDir } from '../support/temp-dir.ts';
import { gridOf, writeSource } from './support/sweep.ts';
import { configOf, MINUTE, modelSource, requestOf, runOn } from './support/world.ts';

const DAY = '20230803';
const KEY = 'gates.state.delta.threshold_hedge_shares';
/** The last hour of the day is enough. */
const MINUTES = Array.from({ length: 61 }, (_, index) => 330 + index);
const SOURCE = modelSource({
  ...{ days: [DAY], minutes: MINUTES, strikes: [100], expiry: '20230901' },
  spot: (_day, minute) => 100 + 0.6 * Math.sin(minute / 4),
});

let dataDir = '';
beforeAll(async () => {
  dataDir = makeTempDir('sweep-set');
  await writeSource(dataDir, SOURCE);
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

const SPEC = gridOf({ [KEY]: [15, 25, 60] });

/** In `threads` others, or with 0 in this one. */
async function sweep(
  outDir: string,
  threads = 0,
  changes: Partial<SweepOptions> = {},
): Promise<SweepOutcome> {
  const { config, hash } = await configOf({ gates: { strategy: { open_delay_s: 0 } } });
  const runner = createThreadRunner(threads, realMono());
  const { days } = SOURCE;
  try {
    return await runSweep({
      ...{ spec: SPEC, runner, outDir, dataHash: openDataset(dataDir).hash },
      task: { dataDir, days, config: { config, hash }, request: requestOf(), version: 'test' },
      onProgress: () => undefined,
      isStopped: () => false,
      ...changes,
    });
  } finally {
    await runner.close();
  }
}

describe('a sweep', () => {
  it('comes out the same in this thread, in two others, and cut in halves', async () => {
    const whole = await sweep(tempDir('sweep'));
    const threaded = await sweep(tempDir('sweep'), 2);
    const halves = tempDir('sweep');
    let asked = 0;
    const isStopped = (): boolean => {
      asked += 1;
      return asked > 2;
    };
    const first = await sweep(halves, 0, { isStopped });
    assert.equal(first.interrupted, true);
    // As a power cut leaves it.
    appendFileSync(join(halves, 'cells.jsonl'), '{"job":"hal');
    const shares: number[] = [];
    const second = await sweep(halves, 0, { onProgress: (share) => shares.push(share) });
    assert.equal(second.resumed, first.results.length);
    assert(first.results.length > 0 && first.results.length < 3);
    // Progress is of what was left to do: its estimate rests on the pace of this process.
    assert.deepEqual([shares.length, shares.at(-1)], [3 - second.resumed, 1]);
    assert.deepEqual(
      [threaded.hash, second.hash, second.interrupted],
      [whole.hash, whole.hash, false],
    );
    assert.equal(new Set(whole.results.map(({ output_hash: hash }) => hash)).size, 3);
    assert.equal((await sweep(halves)).resumed, 3);
  });

  it('refuses a file of results that somebody else wrote', async () => {
    const dir = tempDir('sweep');
    appendFileSync(join(dir, 'cells.jsonl'), '{"name":"hello"}\n');
    await assert.rejects(sweep(dir), { code: 'data_unreadable', message: /line 1/ });
  });

  it('has periods that add up to the totals of each cell', async () => {
    const { results } = await sweep(tempDir('sweep'));
    for (const { periods, totals, hedge_error: error } of results) {
      const sum = (read: (row: (typeof periods)[number]) => number): number =>
        periods.reduce((all, row) => all + read(row), 0);
      assert.equal(periods.length, 3);
      assert(Math.abs(sum(({ pnl }) => pnl) - totals.pnl) < 0.02);
      assert(Math.abs(sum(({ cost }) => cost) - totals.commissions - totals.slippage) < 0.02);
      const times = sum(({ evaluations }) => evaluations);
      assert(Math.abs(sum((row) => row.error_sum) / times - (error?.mean ?? 0)) < 1e-9);
    }
  });

  it('tells what each value does, and which cells nobody beats', async () => {
    const { results } = await sweep(tempDir('sweep'));
    const options = { objective: 'pnl', windows: null, rungs: [] } as const;
    const { points, sensitivity, blocks } = reportSweep(results, options);
    const [only] = sensitivity;
    assert.deepEqual(
      only?.values.map(({ value }) => value),
      ['15', '25', '60'],
    );
    const hedges = results.map(({ totals }) => totals.hedges);
    assert((hedges[0] ?? 0) > (hedges[2] ?? 0), `${hedges}`);
    assert(points.some(({ efficient }) => efficient));
    for (const point of points) {
      const beaten = points.some((one) => one.error < point.error && one.cost < point.cost);
      assert(!(beaten && point.efficient));
    }
    assert.equal(blocks['below_threshold']?.length, 3);
  });

  it('refuses a key that is not there and a value that does not fit', async () => {
    const loaded = await configOf({});
    const wrong = { 'gates.state.delta.treshold': 1 };
    assert.throws(() => withOverrides(loaded, wrong), { message: /no key gates\.state/ });
    assert.throws(() => withOverrides(loaded, { [KEY]: -1 }), { code: 'config_invalid' });
    // Above the limit at which a hedge is forced.
    assert.throws(() => withOverrides(loaded, { [KEY]: 501 }), { code: 'config_invalid' });
    assert.notEqual(withOverrides(loaded, { [KEY]: 30 }).hash, loaded.hash);
  });

  it("sets a key where the book has its own value of it, which would hide the parameter's", async () => {
    const overrides = { gates: { state: { delta: { threshold_hedge_shares: 40 } } } };
    const loaded = await configOf({ books: [{ symbol: 'ABC', overrides }] });
    const { config } = withOverrides(loaded, { [KEY]: 30 });
    assert.equal(config.books[0]?.overrides.gates?.state?.delta?.threshold_hedge_shares, 30);
  });

  it('gives no secret to another thread, host or database', async () => {
    const url = 'postgres://user:very-secret@host/db';
    const loaded = await configOf({
      store: { database_url: url },
      api: { token: 'very-secret-0123456789' },
    });
    const bare = withoutSecrets(loaded);
    assert(!JSON.stringify(bare).includes('very-secret'));
    assert.equal(withOverrides(bare, {}).hash, withOverrides(loaded, {}).hash);
  });
});

describe('the table of a sweep', () => {
  it('has a row for each cell, and is read back as it was written', async () => {
    const { results } = await sweep(tempDir('sweep'));
    const odd = results.map((one, index) =>
      index === 0 ? { ...one, hedge_error: null, overrides: { [KEY]: 15, 'a.b': true } } : one,
    );
    const file = parquetTable(cellTable(odd)).slice().buffer;
    const rows = await parquetReadObjects({ file });
    assert.deepEqual(
      rows.map((row) => [row['set'], row[KEY], row['a.b'], row['pnl'], row['output_hash']]),
      odd.map(({ index, overrides, totals, output_hash: output }) => {
        return [index, overrides[KEY], index === 0 ? 'true' : null, totals.pnl, output];
      }),
    );
    const variances = results.map(({ hedge_error: error }) => error?.variance);
    assert.deepEqual(
      rows.map((row) => row['hedge_error_variance']),
      [null, ...variances.slice(1)],
    );
    assert.equal(rows[1]?.['attribution_gamma'], results[1]?.attribution['gamma']);
  });
});

describe('comparing two runs', () => {
  it('names the settings that differ and the first other decision', async () => {
    const loaded = await configOf({});
    const one = await runOn(SOURCE, loaded);
    const other = await runOn(SOURCE, withOverrides(loaded, { [KEY]: 60 }));
    const comparison = compareRuns(comparableResult(one), comparableResult(other));
    assert.deepEqual(comparison.settings, [{ key: KEY, one: '25', other: '60' }]);
    assert.equal(comparison.same_data, true);
    assert.equal(comparison.same_decisions, false);
    assert((comparison.first_difference?.ts ?? 0) >= SOURCE.start);
    assert((comparison.first_difference?.ts ?? 0) <= SOURCE.start + 61 * MINUTE);
    const [same, again] = [comparableResult(one), comparableResult(one)];
    assert.equal(compareRuns(same, again).first_difference, null);
  });

  it('are two sets of a sweep, a set and a whole run, or runs that were kept', async () => {
    const dir = tempDir('sweep');
    const outcome = await sweep(dir);
    const [first, last] = [readRun(`${dir}:0`, dir), readRun(`${dir}:2`, dir)];
    const sets = compareRuns(first, last);
    assert.deepEqual(sets.settings, [{ key: KEY, one: '15', other: '60' }]);
    assert.deepEqual(
      [sets.same_data, sets.same_decisions, sets.first_difference],
      [null, false, null],
    );
    const loaded = await configOf({ gates: { strategy: { open_delay_s: 0 } } });
    const whole = await runOn(SOURCE, withOverrides(loaded, { [KEY]: 60 }));
    const id = keepRun(dir, whole, 0);
    const kept = readRun(id, dir);
    assert.deepEqual(compareRuns(kept, comparableResult(whole)).settings, []);
    const [pnl] = compareRuns(kept, last).totals;
    const other = outcome.results[2]?.totals.pnl;
    assert.deepEqual(pnl, { name: 'pnl', one: whole.totals.pnl, other });
    assert.deepEqual(compareRuns(first, kept).settings, [{ key: KEY, one: '15', other: '60' }]);
    await faultOf('not_found', () => readRun(`${dir}:7`, dir));
    await faultOf('not_found', () => readRun('20200101T000000-ABC', dir));
    await faultOf('data_unreadable', () => readRun(`${dir}/no.json`, dir));
    await faultOf('usage', () => readRun(dir, dir));
  });
});
