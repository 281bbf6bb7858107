/**
 * Files that an operator or a power cut spoiled: configurations, scenarios, quotes in LEAN's zips,
 * CSV and Parquet, and the journal. Reading them ends well or in a fault that says which file.
 */

import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import type { StockContract } from '../../src/domain/contract.ts';
import { recover } from '../../src/engine/recover.ts';
import type { FaultCode } from '../../src/fault.ts';
import { loadScenario } from '../../src/gateway/sim/scenario.ts';
import { importCsv } from '../../src/store/csv-import.ts';
import { createDataset, openDataset } from '../../src/store/dataset.ts';
import { readLeanFile } from '../../src/store/lean-worker.ts';
import { emptyColumns } from '../../src/store/quote-columns.ts';
import { writeAcme } from '../support/lean-folder.ts';
import { quietVoyage, writeSession } from '../support/session.ts';
import { tempDir } from '../support/temp-dir.ts';
import { damaged, damages, endsIn, runs } from './support/damage.ts';

const DAY = '20230803';

/** Spoils a file in ever other ways, and reads it each time; how often which end was met. */
async function spoil(
  file: string,
  codes: readonly FaultCode[],
  count: number,
  read: () => unknown,
): Promise<ReadonlyMap<string, number>> {
  const whole = readFileSync(file);
  const ends = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(damages, async (damage) => {
      writeFileSync(file, damaged(whole, damage));
      const end = await endsIn(codes, read);
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }),
    runs(count),
  );
  return ends;
}

describe('a spoiled configuration', () => {
  const names = globSync(['config/*.yaml', 'config/scenarios/*.yaml']);

  it('loads, or is refused as a whole', async () => {
    assert.ok(names.length > 10);
    for (const name of names) {
      const dir = tempDir('fuzz-config');
      const file = join(dir, 'spoiled.yaml');
      writeFileSync(file, readFileSync(name));
      const isScenario = name.includes('scenarios');
      const ends = await spoil(file, ['config_invalid'], 12, () =>
        isScenario ? loadScenario(file) : loadConfig({ file, env: {}, cwd: process.cwd() }),
      );
      assert.ok((ends.get('config_invalid') ?? 0) > 0, `${name}: ${JSON.stringify([...ends])}`);
    }
  });

  it('that is any text is refused', async () => {
    const file = join(tempDir('fuzz-config'), 'any.yaml');
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 400 }), async (text) => {
        writeFileSync(file, text);
        const load = () => loadConfig({ file, env: {}, cwd: process.cwd() });
        assert.equal(await endsIn(['config_invalid'], load), 'config_invalid');
      }),
      runs(60),
    );
  });
});

describe('spoiled quotes', () => {
  it.each([
    ['equity', `equity/usa/minute/acme/${DAY}_quote.zip`],
    ['option', `option/usa/minute/acme/${DAY}_quote_american.zip`],
  ] as const)('of LEAN, %s, are read or refused', async (kind, path) => {
    const dir = tempDir('fuzz-lean');
    writeAcme(dir, [DAY], '20230901');
    const file = join(dir, path);
    const task = { path: file, kind, day: DAY, resolution: 'minute', hours: 'regular' } as const;
    const ends = await spoil(file, ['data_unreadable'], 150, () => readLeanFile(task));
    assert.ok((ends.get('data_unreadable') ?? 0) > 0);
  });

  it('of a CSV are read or refused', async () => {
    const dir = tempDir('fuzz-csv');
    const file = join(dir, 'quotes.csv');
    const row = (minute: number, rest: string): string => `2023-08-03 09:${minute},${rest}`;
    const rows = [
      'time,expiry,strike,right,bid,ask,bid_size,ask_size,last',
      row(31, ',,,99.99,100.01,3,4,100'),
      row(32, '20230901,100,C,2.5,2.6,7,8,'),
      row(33, '20230901,100,P,2.4,2.5,7,8,2.45'),
    ];
    writeFileSync(file, `${rows.join('\n')}\n`);
    const options = { file, symbol: 'ABC', columns: {}, resolution: 'minute' } as const;
    const to = join(dir, 'set');
    const ends = await spoil(file, ['data_unreadable'], 100, () =>
      importCsv({ ...options, to, hours: 'regular', replace: true }, () => undefined),
    );
    assert.ok((ends.get('well') ?? 0) > 0 && (ends.get('data_unreadable') ?? 0) > 0);
  });

  it.each(['quotes/20230803.parquet', 'manifest.json'])(
    'of a data set, in %s, are read or refused',
    async (name) => {
      const dir = join(tempDir('fuzz-set'), 'set');
      writeDataset(dir);
      const ends = await spoil(join(dir, name), ['data_unreadable'], 100, async () => {
        const dataset = openDataset(dir);
        for (const { day } of dataset.days) {
          for await (const { ts } of dataset.columns(day)) assert.ok(ts.length > 0);
        }
      });
      assert.ok((ends.get('data_unreadable') ?? 0) > 0, JSON.stringify([...ends]));
    },
  );
});

describe('a spoiled journal', () => {
  it.each(['journal-000001.bin', 'boot.json'])('in %s is recovered, or named', async (name) => {
    const dir = tempDir('fuzz-journal');
    writeSession({ dir, world: quietVoyage() });
    const [file = ''] = globSync(join(dir, name));
    if (file === '') return;
    const { lastSeq } = recover(dir);
    assert.ok(lastSeq > 0);
    const ends = await spoil(file, ['journal_corrupt'], 100, () => {
      // What was lost may be less, but nothing may be made up.
      assert.ok(recover(dir).lastSeq <= lastSeq);
    });
    assert.ok((ends.get('well') ?? 0) > 0, JSON.stringify([...ends]));
  });
});

function writeDataset(dir: string): void {
  const header = { resolution: 'minute', source: 'test' } as const;
  const dataset = createDataset(dir, header, { replace: false });
  const rows = 200;
  const columns = emptyColumns(rows);
  const open = Date.parse('2023-08-03T13:30:00Z');
  for (let row = 0; row < rows; row += 1) {
    columns.ts[row] = open + row * 60_000;
    columns.conId[row] = 10;
    columns.bid[row] = 1_000_000 + row;
    columns.ask[row] = 1_000_100 + row;
    columns.bidSize[row] = 1;
    columns.askSize[row] = 2;
  }
  dataset.writeDay(DAY, columns);
  const named = { conId: 10, symbol: 'ACME', exchange: 'SMART', primaryExchange: 'NYSE' };
  const contract: StockContract = { secType: 'STK', ...named, currency: 'USD' };
  dataset.finish([{ contract, previousClose: 99.5 }]);
}
