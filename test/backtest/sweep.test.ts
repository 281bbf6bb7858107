import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { stringify } from 'yaml';
import { compareResults } from '../../src/backtest/compare.ts';
import { reportSweep } from '../../src/backtest/frontier.ts';
import { cellsOf } from '../../src/backtest/grid.ts';
import { withOverrides } from '../../src/backtest/overrides.ts';
import { runSweep, type SweepOptions } from '../../src/backtest/sweep.ts';
import { realMono } from '../../src/runtime/real-clock.ts';
import { createDataset, openDataset } from '../../src/store/dataset.ts';
import { emptyColumns, mergeColumns } from '../../src/store/quote-columns.ts';
import { makeTempDir, tempDir } from '../support/temp-dir.ts';
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
  const dataset = createDataset(dataDir, { resolution: 'minute', source: 'made up' });
  const parts = [];
  for await (const { ts, conId, bid, ask, bidSize, askSize } of SOURCE.tape.events()) {
    const columns = emptyColumns(1);
    columns.ts[0] = ts;
    columns.conId[0] = conId;
    columns.bid[0] = Math.round(bid * 1e4);
    columns.ask[0] = Math.round(ask * 1e4);
    columns.bidSize[0] = bidSize;
    columns.askSize[0] = askSize;
    parts.push(columns);
  }
  dataset.writeDay(DAY, mergeColumns(parts));
  dataset.finish(SOURCE.tape.instruments);
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

function optionsOf(outDir: string, changes: Partial<SweepOptions> = {}): SweepOptions {
  const configFile = join(outDir, 'config.yaml');
  const book = { mode: 'simulated', broker: { deployment: 'bt' }, books: [{ symbol: 'ABC' }] };
  writeFileSync(configFile, stringify({ ...book, gates: { strategy: { open_delay_s: 0 } } }));
  const spec = { search: 'grid', samples: 1, seeds: [1], parameters: { [KEY]: [15, 25, 60] } };
  const request = requestOf();
  return {
    cells: cellsOf({ ...spec, search: 'grid' }),
    task: { dataDir, from: null, to: null, configFile, request, version: 'test' },
    dataHash: openDataset(dataDir).hash,
    outDir,
    threads: 0,
    mono: realMono(),
    onProgress: () => undefined,
    isStopped: () => false,
    ...changes,
  };
}

describe('a sweep', () => {
  it('comes out the same in this thread, in two others, and cut in halves', async () => {
    const whole = await runSweep(optionsOf(tempDir('sweep')));
    const threaded = await runSweep(optionsOf(tempDir('sweep'), { threads: 2 }));
    const halves = tempDir('sweep');
    let asked = 0;
    const first = await runSweep(
      optionsOf(halves, {
        isStopped: () => {
          asked += 1;
          return asked > 2;
        },
      }),
    );
    assert.equal(first.interrupted, true);
    // As a power cut leaves it.
    appendFileSync(join(halves, 'cells.jsonl'), '{"job":"hal');
    writeFileSync(
      join(halves, 'cells.jsonl'),
      `${readFileSync(join(halves, 'cells.jsonl'), 'utf8')}\n`,
    );
    const second = await runSweep(optionsOf(halves));
    assert.equal(second.resumed, first.results.length);
    assert(first.results.length > 0 && first.results.length < 3);
    assert.deepEqual(
      [threaded.hash, second.hash, second.interrupted],
      [whole.hash, whole.hash, false],
    );
    assert.equal(new Set(whole.results.map(({ output_hash: hash }) => hash)).size, 3);
  });

  it('tells what each value does, and which cells nobody beats', async () => {
    const { results } = await runSweep(optionsOf(tempDir('sweep')));
    const { cells, sensitivity, blocks } = reportSweep(results);
    const [only] = sensitivity;
    assert.deepEqual(
      only?.values.map(({ value }) => value),
      ['15', '25', '60'],
    );
    const hedges = results.map(({ totals }) => totals.hedges);
    assert((hedges[0] ?? 0) > (hedges[2] ?? 0), `${hedges}`);
    assert(cells.some(({ efficient }) => efficient));
    for (const cell of cells) {
      const beaten = cells.some((one) => one.error < cell.error && one.cost < cell.cost);
      assert(!(beaten && cell.efficient));
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
});

describe('comparing two runs', () => {
  it('names the settings that differ and the first other decision', async () => {
    const loaded = await configOf({});
    const one = await runOn(SOURCE, loaded);
    const other = await runOn(SOURCE, withOverrides(loaded, { [KEY]: 60 }));
    const comparison = compareResults(one, other);
    assert.deepEqual(comparison.settings, [{ key: KEY, one: '25', other: '60' }]);
    assert.equal(comparison.same_data, true);
    assert.equal(comparison.same_decisions, false);
    assert((comparison.first_difference?.ts ?? 0) >= SOURCE.start);
    assert((comparison.first_difference?.ts ?? 0) <= SOURCE.start + 61 * MINUTE);
    assert.equal(compareResults(one, one).first_difference, null);
  });
});
