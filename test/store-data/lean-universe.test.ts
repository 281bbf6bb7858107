import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { toSides } from '../../src/cli/universe-sides.ts';
import { realMono } from '../../src/runtime/real-clock.ts';
import { type Dataset, openDataset } from '../../src/store/dataset.ts';
import { summarize } from '../../src/store/dataset-summary.ts';
import { importLean } from '../../src/store/lean.ts';
import type { LeanImport } from '../../src/store/lean-options.ts';
import { writeLeanZip } from '../support/lean-folder.ts';
import { tempDir } from '../support/temp-dir.ts';

const HEADER = '#expiry,strike,right,open,high,low,close,volume,open_interest,implied_volatility';
/** LEAN's row of the stock: prices of some minute of the morning. */
const STOCK = ',,,1,1,1,1,5,,,';

/** Closes of 100 and 102, and of 51 after a split of two for one. */
function writeFolder(universes: Readonly<Record<string, readonly string[]>>): string {
  const root = tempDir('lean-universe');
  writeLeanZip(root, 'equity/usa/daily/abc.zip', {
    'abc.csv': [
      '20150601 00:00,1,1,1,1000000,390000',
      '20150602 00:00,1,1,1,1020000,390000',
      '20150603 00:00,1,1,1,510000,390000',
      '20150604 00:00,1,1,1,510000,390000',
    ].join('\n'),
  });
  mkdirSync(join(root, 'equity/usa/factor_files'), { recursive: true });
  const factors = '20100101,1,0.5,1\n20150602,1,0.5,102\n20501231,1,1,0\n';
  writeFileSync(join(root, 'equity/usa/factor_files/abc.csv'), factors);
  const dir = join(root, 'option/usa/universes/abc');
  mkdirSync(dir, { recursive: true });
  for (const [day, rows] of Object.entries(universes)) {
    writeFileSync(join(dir, `${day}.csv`), [HEADER, STOCK, ...rows, ''].join('\n'));
  }
  return root;
}

async function imported(root: string, changes: Partial<LeanImport> = {}): Promise<Dataset> {
  const to = join(root, 'set');
  await importLean(
    {
      ...{ from: root, to, symbol: 'ABC', resolution: 'daily', days: null, contracts: [] },
      ...{ hours: 'regular', replace: true, mono: realMono() },
      universeSides: { percent: 4, least: 0.1 },
      ...changes,
    },
    () => undefined,
  );
  return openDataset(to);
}

/** The options' rows as `day strike+right bid ask size last`. */
async function rowsOf(dataset: Dataset): Promise<readonly string[]> {
  const names = new Map(
    dataset.instruments.flatMap(({ contract }) =>
      contract.secType === 'OPT' ? [[contract.conId, contract] as const] : [],
    ),
  );
  const rows: string[] = [];
  for await (const { ts, conId, bid, ask, askSize, last } of dataset.tape().events()) {
    const contract = names.get(conId);
    if (contract === undefined) continue;
    const day = new Date(ts).toISOString().slice(0, 10).replaceAll('-', '');
    const { strike, right } = contract;
    rows.push(`${day} ${strike}${right} ${bid} ${ask} ${askSize} ${last ?? '-'}`);
  }
  return rows.sort();
}

describe('the import of universes', () => {
  it('puts the sides that were assumed around the close, outward to whole cents', async () => {
    const root = writeFolder({
      20150601: ['20150718,100,C,4,5,3,4.5,120,7,0', '20150718,90,P,0.05,0.05,0.05,0.04,0,7,0'],
    });
    const dataset = await imported(root);
    assert.deepEqual(await rowsOf(dataset), [
      '20150601 100C 4.41 4.59 120 4.5',
      '20150601 90P NaN 0.09 1 -',
    ]);
    assert.equal(
      dataset.source,
      'lean ABC daily; 1 days of universes, their sides assumed 4 % apart, at least 0.1 USD',
    );
    const [option] = dataset.instruments.flatMap(({ contract }) =>
      contract.secType === 'OPT' ? [contract] : [],
    );
    // Dated as of the Saturday, it trades until the Friday.
    assert.equal(option?.expiry, '20150717');
  });

  it('leaves out what is not a price of that day', async () => {
    const root = writeFolder({
      20150601: [
        '20150718,100,C,4,5,3,4.5,120,7,0',
        '20150718,105,C,2,2,2,2,0,7,0',
        '20150718,110,C,0,0,0,0,0,7,0',
        // At 100 the right to sell at 120 is worth 20; what was traded at 19.5 was so earlier.
        '20150718,120,P,19,19.5,19,19.5,3,7,0',
      ],
      20150602: [
        '20150718,100,C,4,5,3,4.5,0,7,0',
        '20150718,105,C,2,3,2,3,0,7,0',
        '20150718,110,C,1,1,1,1,4,7,0',
      ],
    });
    assert.deepEqual(await rowsOf(await imported(root)), [
      '20150601 100C 4.41 4.59 120 4.5',
      '20150601 105C 1.95 2.05 1 -',
      '20150602 105C 2.94 3.06 1 -',
      '20150602 110C 0.95 1.05 4 1',
    ]);
  });

  it('leaves out strikes of before a split, on all days after it', async () => {
    const root = writeFolder({
      20150602: ['20150718,100,C,4,5,3,4.5,120,7,0', '20150718,50,C,0,0,0,0,0,,0'],
      20150603: ['20150718,100,C,4,5,3,4.6,0,7,0', '20150718,50,C,2,2,2,2.5,60,7,0'],
      20150604: ['20150718,100,C,4,5,3,4.7,0,7,0', '20150718,50,C,2,2,2,2.4,0,7,0'],
    });
    const told = ['20150602 100C 4.41 4.59 120 4.5', '20150603 50C 2.45 2.55 60 2.5'];
    assert.deepEqual(await rowsOf(await imported(root)), [...told, '20150604 50C 2.35 2.45 1 -']);
    // The days before are read to know it, and not told.
    assert.deepEqual(await rowsOf(await imported(root, { days: ['20150604'] })), [
      '20150604 50C 2.35 2.45 1 -',
    ]);
  });

  it('takes quotes where a day has them, and no universe unless it is asked for', async () => {
    const root = writeFolder({
      20150601: ['20150718,100,C,4,5,3,4.5,120,7,0'],
      20150602: ['20150718,100,C,4,5,3,5.5,120,7,0'],
    });
    writeLeanZip(root, 'option/usa/daily/abc_2015_quote_american.zip', {
      'abc_quote_american_call_1000000_20150718.csv': '20150602 00:00,1,1,1,54000,5,1,1,1,56000,6',
    });
    const quoted = '20150602 100C 5.4 5.6 6 -';
    const taken = await rowsOf(await imported(root));
    assert.deepEqual(taken, ['20150601 100C 4.41 4.59 120 4.5', quoted]);
    const plain = { ...{ from: root, to: join(root, 'quotes'), symbol: 'ABC', contracts: [] } };
    await importLean(
      {
        ...{ ...plain, resolution: 'daily', days: null, hours: 'regular', replace: true },
        mono: realMono(),
      },
      () => undefined,
    );
    assert.deepEqual(await rowsOf(openDataset(plain.to)), [quoted]);
  });

  it('reads the days of a range, and knows actions of no other', async () => {
    const row = '20150718,100,C,4,5,3,4.5,120,7,0';
    const root = writeFolder({ 20150601: [row], 20150602: [row], 20150603: [row] });
    const until = async (range: readonly [string | null, string | null]) => {
      const { days, actions } = await imported(root, { range });
      return [days.map(({ day }) => day), actions.splits.length];
    };
    assert.deepEqual(await until([null, '20150602']), [['20150601', '20150602'], 0]);
    assert.deepEqual(await until(['20150602', null]), [['20150602', '20150603'], 1]);
    await assert.rejects(until(['20160101', null]), /no daily quotes .* on the days asked for/);
  });

  it('covers of a contract the days between its first and its last', async () => {
    const row = (price: number) => `20150718,100,C,4,5,3,${price},120,7,0`;
    const late = '20150718,50,C,2,2,2,2.5,60,7,0';
    const root = writeFolder({
      20150601: [row(4.5), '20150602,100,C,1,1,1,1,9,7,0'],
      20150602: [],
      20150603: [row(4.6), late],
      20150604: [row(4.7)],
    });
    writeLeanZip(root, 'option/usa/daily/abc_2015_quote_american.zip', {
      'abc_quote_american_call_2000000_20150718.csv': '20150602 00:00,1,1,1,1,1,1,1,1,2,1',
    });
    const { series } = await summarize(await imported(root));
    assert.deepEqual(
      series.map(({ expiry, rows, coverage, quoted_coverage: quoted }) => [
        ...[expiry, rows, coverage, quoted],
      ]),
      [
        [null, 4, 1, 1],
        // One that is not quoted on its last day, and is gone after it.
        ['20150602', 1, 1 / 2, 1],
        // Three, one, and one of four, where three could have had twelve.
        ['20150717', 5, 5 / 12, 5 / 6],
      ],
    );
  });

  it('names file and line of what is no row', async () => {
    const root = writeFolder({ 20150601: ['20150718,100,X,4,5,3,4.5,120,7,0'] });
    await assert.rejects(imported(root), /20150601\.csv, line 3: no row of a universe/);
  });

  it('assumes no sides of which nothing lies between', () => {
    assert.deepEqual(toSides('3,0.05'), { percent: 3, least: 0.05 });
    for (const text of ['3', '3,0', '-1,0.05', '100,1', '3,0.05,1', 'a,b']) {
      assert.throws(() => toSides(text), /PERCENT,USD/, text);
    }
  });
});
