import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { tradingSession } from '../../src/domain/calendar.ts';
import { type CsvImport, importCsv } from '../../src/store/csv-import.ts';
import { openDataset } from '../../src/store/dataset.ts';
import { tempDir } from '../support/temp-dir.ts';

const OPEN = tradingSession('20230803')?.open ?? 0;

async function imported(text: string, changes: Partial<CsvImport> = {}) {
  const dir = tempDir('csv');
  const file = join(dir, 'quotes.csv');
  writeFileSync(file, text);
  const to = join(dir, 'set');
  const base = { file, to, symbol: 'ABC', columns: {}, resolution: 'minute' } as const;
  await importCsv({ ...base, hours: 'regular', replace: false, ...changes }, () => undefined);
  const dataset = openDataset(to);
  const rows = [];
  for await (const row of dataset.tape().events()) rows.push(row);
  return { dataset, rows };
}

describe('importing a CSV', () => {
  it('takes the stock, options and sides without a quote, by mapped columns', async () => {
    const text = [
      'when,exp,k,cp,b,a,bs,as',
      '2023-08-03 09:31,,,,99.99,100.01,3,4',
      `${OPEN + 60_000},20230901,100,call,2.5,,7,`,
      `${new Date(OPEN + 120_000).toISOString()},,,,100,100.02,5,6`,
      '',
    ].join('\n');
    const columns = {
      ...{ time: 'when', expiry: 'exp', strike: 'k', right: 'cp', bid: 'b', ask: 'a' },
      ...{ bid_size: 'bs', ask_size: 'as' },
    };
    const { dataset, rows } = await imported(text, { columns });
    assert.deepEqual(
      rows
        .map(({ ts, bid, ask, bidSize, askSize }) => [ts - OPEN, bid, ask, bidSize, askSize])
        .sort(),
      [
        [120_000, 100, 100.02, 5, 6],
        [60_000, 2.5, Number.NaN, 7, 0],
        [60_000, 99.99, 100.01, 3, 4],
      ],
    );
    const option = dataset.instruments.find(({ contract }) => contract.secType === 'OPT');
    assert.deepEqual(
      option?.contract.secType === 'OPT' && [option.contract.strike, option.contract.right],
      [100, 'C'],
    );
  });

  it('leaves out what is outside the session, unless asked for', async () => {
    const text = 'time,bid,ask\n2023-08-03 08:00,1,2\n2023-08-03 10:00,1,2\n';
    assert.equal((await imported(text)).rows.length, 1);
    assert.equal((await imported(text, { hours: 'all' })).rows.length, 2);
  });

  it('names the line that cannot be read, and leaves no data set', async () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      ['time,bid\n', /no column "ask" for ask/],
      ['time,bid,ask\nyesterday,1,2\n', /line 2: no time: "yesterday"/],
      // Before the calendar of the exchange, behind anything that is history, and no day at all.
      ['time,bid,ask\n0,1,2\n', /line 2: no time: "0"/],
      ['time,bid,ask\n9000-01-02 10:00,1,2\n', /line 2: no time: "9000/],
      ['time,bid,ask\n2023-02-30 10:00,1,2\n', /line 2: no time: "2023-02-30/],
      ['time,bid,ask\n2023-08-03 10:00,x,2\n', /line 2: no number: "x"/],
      [
        'time,bid,ask\n2023-08-03 10:01,1,2\n2023-08-03 10:00,1,2\n',
        /line 3: it goes back in time/,
      ],
      ['time,bid,ask,right\n2023-08-03 10:00,1,2,call\n', /line 2: an option needs strike/],
      ['time,bid,ask\n', /no row is of a trading session/],
    ];
    for (const [text, message] of cases) {
      await assert.rejects(imported(text), { code: 'data_unreadable', message });
    }
  });
});
