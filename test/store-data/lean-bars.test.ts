import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { tradingSession } from '../../src/domain/calendar.ts';
import { realMono } from '../../src/runtime/real-clock.ts';
import { openDataset } from '../../src/store/dataset.ts';
import { importLean } from '../../src/store/lean.ts';
import { writeLeanZip } from '../support/lean-folder.ts';
import { tempDir } from '../support/temp-dir.ts';

function writeFolder(root: string): void {
  writeLeanZip(root, 'equity/usa/daily/abc.zip', {
    'abc.csv': [
      '20150601 00:00,1000000,1000000,1000000,1000000,390000',
      '20150602 00:00,1000000,1000000,1000000,1010000,390000',
      '20150603 00:00,1000000,1000000,1000000,990000,390000',
    ].join('\n'),
  });
  writeLeanZip(root, 'option/usa/daily/abc_2015_quote_american.zip', {
    'abc_quote_american_call_1000000_20150717.csv': [
      '20150602 00:00,1,1,1,20000,5,1,1,1,21000,6',
      '20150603 00:00,,,,,,1,1,1,15000,7',
    ].join('\n'),
  });
  mkdirSync(join(root, 'equity/usa/factor_files'), { recursive: true });
  writeFileSync(
    join(root, 'equity/usa/factor_files/abc.csv'),
    '20100101,0.98,0.5,1\n20150602,0.98,0.5,100\n20501231,0.9849,1,0\n',
  );
}

async function imported() {
  const root = tempDir('lean-daily');
  writeFolder(root);
  const to = join(root, 'set');
  const wanted = { days: null, contracts: [], hours: 'regular', replace: false } as const;
  await importLean(
    { from: root, to, symbol: 'abc', resolution: 'daily', mono: realMono(), ...wanted },
    () => undefined,
  );
  return openDataset(to);
}

describe('the import of daily bars', () => {
  it('dates options and their stock a minute before the close, of days with options', async () => {
    const dataset = await imported();
    assert.deepEqual(
      dataset.days.map(({ day, rows }) => [day, rows]),
      [
        ['20150602', 2],
        ['20150603', 2],
      ],
    );
    const rows = [];
    for await (const row of dataset.tape().events()) rows.push(row);
    const [close, next] = ['20150602', '20150603'].map((day) => tradingSession(day)?.close ?? 0);
    assert.deepEqual(
      rows.map(({ ts }) => ts),
      [close, close, next, next].map((ts) => (ts ?? 0) - 60_000),
    );
    const stock = dataset.instruments.find(({ contract }) => contract.secType === 'STK');
    assert.equal(stock?.previousClose, 100);
    const ofStock = rows.filter(({ conId }) => conId === stock?.contract.conId);
    assert.deepEqual(
      ofStock.map(({ bid, ask, bidSize, last }) => [bid, ask, bidSize, last]),
      [
        [100.995, 101.005, 1000, 101],
        [98.995, 99.005, 1000, 99],
      ],
    );
    const ofOption = rows.filter(({ conId }) => conId !== stock?.contract.conId);
    assert.deepEqual(
      ofOption.map(({ bid, ask, askSize }) => [bid, ask, askSize]),
      [
        [2, 2.1, 6],
        [Number.NaN, 1.5, 7],
      ],
    );
  });

  it('tells the dividends and splits that the factor file has between its days', async () => {
    const { actions } = await imported();
    assert.deepEqual(actions.splits, [{ date: '20150603', ratio: 2 }]);
    // 100 × (1 − 0.98 / 0.9849).
    assert.deepEqual(actions.dividends, [{ ex_date: '20150603', amount: 0.4975 }]);
  });
});
