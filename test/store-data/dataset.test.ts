import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import type { OptionContract, StockContract } from '../../src/domain/contract.ts';
import type { TapeInstrument, TapeQuote } from '../../src/domain/tape.ts';
import { Fault } from '../../src/fault.ts';
import { createDataset, type Dataset, openDataset } from '../../src/store/dataset.ts';
import { summarize } from '../../src/store/dataset-summary.ts';
import { emptyColumns, mergeColumns, type QuoteColumns } from '../../src/store/quote-columns.ts';
import { tempDir } from '../support/temp-dir.ts';

const HEADER = { resolution: 'minute', source: 'test' } as const;
const T0 = Date.parse('2023-08-03T13:30:00Z');
const MINUTE = 60_000;

const stock: StockContract = {
  secType: 'STK',
  conId: 10,
  symbol: 'ACME',
  exchange: 'SMART',
  primaryExchange: 'NYSE',
  currency: 'USD',
};
const option: OptionContract = {
  secType: 'OPT',
  conId: 20,
  symbol: 'ACME',
  underlyingConId: 10,
  expiry: '20230901',
  strike: 102.5,
  right: 'C',
  multiplier: 100,
  exchange: 'SMART',
  currency: 'USD',
  tradingClass: 'ACME',
  localSymbol: 'ACME  230901C00102500',
};
const instruments: readonly TapeInstrument[] = [
  { contract: stock, previousClose: 99.5 },
  { contract: option, previousClose: Number.NaN },
];

type Row = readonly [
  ts: number,
  conId: number,
  bid: number,
  ask: number,
  bidSize: number,
  askSize: number,
  last?: number,
];

function columns(rows: readonly Row[]): QuoteColumns {
  const made = emptyColumns(rows.length);
  for (const [row, [ts, conId, bid, ask, bidSize, askSize, last]] of rows.entries()) {
    made.ts[row] = ts;
    made.conId[row] = conId;
    made.bid[row] = bid;
    made.ask[row] = ask;
    made.bidSize[row] = bidSize;
    made.askSize[row] = askSize;
    if (last !== undefined) made.last[row] = last;
  }
  return made;
}

const DAY_ONE: readonly Row[] = [
  [T0, 10, 1_000_000, 1_000_100, 100, 200, 1_000_050],
  [T0, 20, 12_345, -1, 7, 0],
  [T0 + MINUTE, 10, 1_000_300, 1_000_200, 1, 2],
];
const DAY_TWO: readonly Row[] = [[T0 + 86_400_000, 20, -1, 13_000, 0, 3]];

function write(dir: string): Dataset {
  const writer = createDataset(dir, HEADER);
  writer.writeDay('20230803', columns(DAY_ONE));
  writer.writeDay('20230804', columns(DAY_TWO));
  writer.finish(instruments);
  return openDataset(dir);
}

async function play(dataset: Dataset, from?: number): Promise<TapeQuote[]> {
  const quotes: TapeQuote[] = [];
  for await (const quote of dataset.tape().events(from)) quotes.push(quote);
  return quotes;
}

async function assertUnreadable(action: () => unknown, message: RegExp): Promise<void> {
  await assert.rejects(
    async () => action(),
    (error) =>
      error instanceof Fault &&
      error.code === 'data_unreadable' &&
      message.test(error.message) &&
      error.remedy !== undefined,
  );
}

describe('a data set', () => {
  it('gives back as a tape what was written', async () => {
    const dataset = write(tempDir('dataset'));
    const none = Number.NaN;
    assert.deepEqual(await play(dataset), [
      { ts: T0, conId: 10, bid: 100, ask: 100.01, bidSize: 100, askSize: 200, last: 100.005 },
      { ts: T0, conId: 20, bid: 1.2345, ask: none, bidSize: 7, askSize: 0 },
      { ts: T0 + MINUTE, conId: 10, bid: 100.03, ask: 100.02, bidSize: 1, askSize: 2 },
      { ts: T0 + 86_400_000, conId: 20, bid: none, ask: 1.3, bidSize: 0, askSize: 3 },
    ]);
    assert.deepEqual(
      dataset.days.map(({ day, rows }) => [day, rows]),
      [
        ['20230803', 3],
        ['20230804', 1],
      ],
    );
  });

  it('keeps its instruments, sorted by their keys, with a close that may be unknown', () => {
    const dataset = write(tempDir('dataset'));
    assert.deepEqual(dataset.instruments, [instruments[1], instruments[0]]);
    assert.deepEqual(dataset.tape().instruments, dataset.instruments);
  });

  it('plays from a moment on, and afresh each time', async () => {
    const dataset = write(tempDir('dataset'));
    assert.equal((await play(dataset, T0)).length, 4);
    assert.equal((await play(dataset, T0 + 1)).length, 2);
    assert.equal((await play(dataset, T0 + 86_400_001)).length, 0);
    assert.equal((await play(dataset)).length, 4);
  });

  it('has the same hash for the same content, and another for another', () => {
    const first = write(tempDir('dataset'));
    assert.equal(write(tempDir('dataset')).hash, first.hash);
    const dir = tempDir('dataset');
    const writer = createDataset(dir, HEADER);
    writer.writeDay('20230803', columns(DAY_ONE.slice(1)));
    writer.finish(instruments);
    assert.notEqual(openDataset(dir).hash, first.hash);
  });

  it('is read in portions when it is large', async () => {
    const dir = tempDir('dataset');
    const rows = 150_000;
    const many = emptyColumns(rows);
    for (let row = 0; row < rows; row += 1) {
      many.ts[row] = T0 + row;
      many.conId[row] = 10;
      many.bid[row] = 1_000_000 + (row % 977);
      many.ask[row] = 1_000_100 + (row % 977);
    }
    const writer = createDataset(dir, HEADER);
    writer.writeDay('20230803', many);
    writer.finish(instruments);
    let read = 0;
    let portions = 0;
    for await (const part of openDataset(dir).columns('20230803')) {
      assert.ok(part.ts.length <= 65_536);
      for (const [row, ts] of part.ts.entries()) {
        assert.equal(ts, T0 + read + row);
        assert.equal(part.bid[row], 1_000_000 + ((read + row) % 977));
      }
      read += part.ts.length;
      portions += 1;
    }
    assert.equal(read, rows);
    assert.equal(portions, 3);
  });

  it('is not there until it is finished', async () => {
    const dir = tempDir('dataset');
    const writer = createDataset(dir, HEADER);
    writer.writeDay('20230803', columns(DAY_ONE));
    await assertUnreadable(() => openDataset(dir), /holds no data set/);
    writer.finish(instruments);
    assert.equal(openDataset(dir).days.length, 1);
  });

  it('is not replaced unless that is asked for', () => {
    const dir = tempDir('dataset');
    write(dir);
    assert.throws(
      () => createDataset(dir, HEADER),
      (error) => error instanceof Fault && error.code === 'conflict',
    );
    const writer = createDataset(dir, HEADER, { replace: true });
    writer.writeDay('20230807', columns([]));
    writer.finish(instruments);
    assert.equal(existsSync(join(dir, 'quotes/20230803.parquet')), false);
  });

  it('names the file that is missing, cut or changed', async () => {
    const dir = tempDir('dataset');
    const dataset = write(dir);
    const file = join(dir, 'quotes/20230803.parquet');
    const bytes = readFileSync(file);
    const middle = Math.floor(bytes.length / 2);
    truncateSync(file, middle);
    await assertUnreadable(() => play(dataset), /quotes\/20230803\.parquet/);
    const changed = Buffer.from(bytes);
    changed[middle] = (changed[middle] ?? 0) ^ 1;
    writeFileSync(file, changed);
    await assertUnreadable(() => play(dataset), /20230803\.parquet.*not what was written/);
    rmSync(file);
    await assertUnreadable(() => play(dataset), /20230803\.parquet.*ENOENT/);
  });

  it('names a manifest that is none', async () => {
    const dir = tempDir('dataset');
    write(dir);
    const file = join(dir, 'manifest.json');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.slice(0, 100));
    await assertUnreadable(() => openDataset(dir), /manifest\.json .*not JSON/);
    writeFileSync(file, text.replace('"version": 1', '"version": 2'));
    await assertUnreadable(() => openDataset(dir), /manifest\.json .*version/);
    writeFileSync(file, text.replace('quotes/20230803', '../20230803'));
    await assertUnreadable(() => openDataset(dir), /manifest\.json .*days\.0\.file/);
    await assertUnreadable(() => openDataset('/dev/null'), /no data set/);
  });

  it('tells what it covers and how good its quotes are', async () => {
    const summary = await summarize(write(tempDir('dataset')));
    assert.equal(summary.rows, 4);
    assert.deepEqual(summary.days, ['20230803', '20230804']);
    assert.deepEqual(summary.series, [
      {
        symbol: 'ACME',
        expiry: null,
        instruments: 1,
        rows: 2,
        one_sided: 0,
        crossed: 1,
        longest_gap_ms: MINUTE,
        // Two days of 390 minutes; a row at the open itself is of a bar before it.
        coverage: 1 / 780,
        quoted_coverage: 1 / 390,
        clock_anomalies: 0,
        outside_session: 0,
        first_ts: T0,
        last_ts: T0 + MINUTE,
      },
      {
        symbol: 'ACME',
        expiry: '20230901',
        instruments: 1,
        rows: 2,
        one_sided: 2,
        crossed: 0,
        longest_gap_ms: 0,
        coverage: 0,
        quoted_coverage: 0,
        clock_anomalies: 0,
        outside_session: 0,
        first_ts: T0,
        last_ts: T0 + 86_400_000,
      },
    ]);
  });
});

describe('columns of quotes', () => {
  it('are merged in the order of time, then of contract id', () => {
    const merged = mergeColumns([
      columns([
        [T0, 20, 1, 2, 3, 4],
        [T0 + 2, 20, 5, 6, 7, 8],
      ]),
      columns([
        [T0, 10, 9, 10, 11, 12],
        [T0 + 1, 10, 13, 14, 15, 16],
      ]),
    ]);
    assert.deepEqual([...merged.ts], [T0, T0, T0 + 1, T0 + 2]);
    assert.deepEqual([...merged.conId], [10, 20, 10, 20]);
    assert.deepEqual([...merged.askSize], [12, 4, 16, 8]);
  });
});
