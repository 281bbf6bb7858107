import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, it } from 'vitest';
import { createKeptRuns, keepRun, keptResult } from '../../src/backtest/kept.ts';
import type { BacktestResult } from '../../src/backtest/result.ts';
import { backtestsView, backtestView } from '../../src/protocol/backtest-view.ts';
import { faultOf } from '../support/fault.ts';
import { tempDir } from '../support/temp-dir.ts';
import { configOf, modelSource, runOn } from './support/world.ts';

const AT = Date.UTC(2023, 7, 4, 12);
let played: Promise<BacktestResult> | undefined;
let result: BacktestResult;

/** Played by whoever comes first: nobody changes it. */
async function play(): Promise<BacktestResult> {
  const spec = {
    days: ['20230803'],
    spot: (_: number, minute: number) => 100 + minute / 1000,
    strikes: [100],
    expiry: '20230901',
  };
  return runOn(modelSource(spec), await configOf({}));
}

beforeEach(async () => {
  played ??= play();
  result = await played;
});

describe('a run that is kept', () => {
  it('is listed and read as it came out, with fewer points, and has its report', () => {
    const dir = tempDir('kept');
    const id = keepRun(dir, result, AT);
    const runs = createKeptRuns(dir);
    const list = backtestsView.parse(runs.list());
    assert.deepEqual([list.runs.map((run) => run.id), list.unreadable], [[id], []]);
    const run = backtestView.parse(runs.run(id));
    assert.equal(run.totals.pnl, result.totals.pnl);
    assert.deepEqual(run.attribution, result.attribution);
    assert.ok(run.equity.length <= 600);
    assert.deepEqual(run.equity.at(-1), result.equity.at(-1));
    assert.match(runs.report(id), /^<!doctype html>/);
    assert.match(runs.report(id), /Implied and realised volatility.+<td>21 to 35<\/td>/s);
    assert.deepEqual(keptResult(dir, id), JSON.parse(JSON.stringify(result)));
  });

  it('never takes the name of another of its second, and comes before what is older', () => {
    const dir = tempDir('kept');
    const ids = [
      keepRun(dir, result, AT),
      keepRun(dir, result, AT),
      keepRun(dir, result, AT + 1e6),
    ];
    assert.equal(new Set(ids).size, 3);
    assert.equal(createKeptRuns(dir).list().runs[0]?.id, ids[2]);
  });

  it('makes the oldest go beyond their number', () => {
    const dir = tempDir('kept');
    const first = keepRun(dir, result, AT);
    const source = join(dir, 'backtests');
    for (let n = 1; n < 200; n += 1) {
      const name = new Date(AT + n * 1000).toISOString().replace(/[-:]/g, '').slice(0, 15);
      writeFileSync(join(source, `${name}-ABC.json`), '{}');
    }
    keepRun(dir, result, AT + 1e9);
    assert.equal(readdirSync(source).filter((name) => name.endsWith('.json')).length, 200);
    assert.ok(!existsSync(join(source, `${first}.json`)));
    assert.ok(!existsSync(join(source, `${first}.html`)));
  });
});

describe('the folder of kept runs', () => {
  it('is empty where nothing was kept', () => {
    assert.deepEqual(createKeptRuns(tempDir('kept')).list(), { runs: [], unreadable: [] });
  });

  it('names what is no run, and shows the others', async () => {
    const dir = tempDir('kept');
    const id = keepRun(dir, result, AT);
    writeFileSync(join(dir, 'backtests', 'mine.json'), '{ "a": 1 }');
    writeFileSync(join(dir, 'backtests', 'torn.json'), '{ "a"');
    const runs = createKeptRuns(dir);
    assert.deepEqual(runs.list().unreadable, ['torn.json', 'mine.json']);
    assert.equal(runs.list().runs[0]?.id, id);
    await faultOf('data_unreadable', () => runs.run('mine'));
    await faultOf('not_found', () => runs.run('../../etc/passwd'));
    await faultOf('not_found', () => runs.report('mine'));
  });
});
