import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { epochOf } from '../../src/domain/calendar.ts';
import { contractKey } from '../../src/domain/contract.ts';
import type { TapeQuote } from '../../src/domain/tape.ts';
import { Fault } from '../../src/fault.ts';
import { realMono } from '../../src/runtime/real-clock.ts';
import { type Dataset, openDataset } from '../../src/store/dataset.ts';
import { importLean } from '../../src/store/lean.ts';
import type { ImportedDay, LeanImport } from '../../src/store/lean-options.ts';
import { leanRow, writeAcme, writeLeanZip } from '../support/lean-folder.ts';
import { tempDir } from '../support/temp-dir.ts';

const REAL = join(import.meta.dirname, '../../../shared/market-data/lean');
const NONE = Number.NaN;

async function run(change: Partial<LeanImport> & Pick<LeanImport, 'from'>): Promise<Dataset> {
  const to = change.to ?? tempDir('lean-set');
  const options: LeanImport = {
    to,
    symbol: 'ACME',
    resolution: 'minute',
    days: null,
    contracts: [],
    hours: 'regular',
    replace: false,
    mono: realMono(),
    ...change,
  };
  await importLean(options, () => undefined);
  return openDataset(to);
}

async function quotesOf(dataset: Dataset): Promise<Record<string, Omit<TapeQuote, 'conId'>[]>> {
  const keys = new Map(
    dataset.instruments.map(({ contract }) => [contract.conId, contractKey(contract)]),
  );
  const quotes: Record<string, Omit<TapeQuote, 'conId'>[]> = {};
  for await (const { conId, ...quote } of dataset.tape().events()) {
    const key = keys.get(conId);
    assert.ok(key !== undefined);
    quotes[key] ??= [];
    quotes[key].push(quote);
  }
  return quotes;
}

function acme(days: readonly string[] = ['20230803'], expiry = '20230901'): string {
  const from = tempDir('lean');
  writeAcme(from, days, expiry);
  return from;
}

async function fault(action: Promise<unknown>): Promise<Fault> {
  try {
    await action;
  } catch (error) {
    assert.ok(error instanceof Fault, String(error));
    return error;
  }
  return assert.fail('it succeeded');
}

describe('the LEAN import', () => {
  it('makes a data set of an underlying and its options', async () => {
    const quotes = await quotesOf(await run({ from: acme() }));
    const at = (time: string): number => epochOf('20230803', time);
    assert.deepEqual(quotes, {
      'ACME|STK|||': [
        { ts: at('09:30'), bid: 99.9, ask: 99.92, bidSize: 300, askSize: 400 },
        { ts: at('09:31'), bid: 100, ask: 100.02, bidSize: 100, askSize: 200 },
        { ts: at('09:32'), bid: 100.05, ask: 100.06, bidSize: 500, askSize: 600 },
      ],
      'ACME|OPT|20230901|100|P': [
        { ts: at('09:31'), bid: 1.25, ask: 1.3, bidSize: 10, askSize: 20 },
        { ts: at('09:33'), bid: NONE, ask: 1.29, bidSize: 0, askSize: 5 },
      ],
      'ACME|OPT|20230901|102.5|C': [
        { ts: at('09:31'), bid: 1.1, ask: 1.15, bidSize: 7, askSize: 8 },
      ],
    });
  });

  it('describes the contracts, a Saturday expiry by its last trading day', async () => {
    const dataset = await run({ from: acme(['20140605'], '20140621') });
    const contracts = dataset.instruments.map(({ contract }) => contract);
    const put = contracts.find((one) => one.secType === 'OPT' && one.right === 'P');
    const stock = contracts.find(({ secType }) => secType === 'STK');
    assert.ok(put?.secType === 'OPT' && stock !== undefined);
    assert.equal(put.expiry, '20140620');
    assert.equal(put.localSymbol, 'ACME  140621P00100000');
    assert.equal(put.underlyingConId, stock.conId);
    assert.equal(put.multiplier, 100);
  });

  it('gives the same ids and the same hash each time, in this thread or in others', async () => {
    const from = acme(['20230803', '20230804']);
    const first = await run({ from });
    const second = await run({ from, threads: 2 });
    assert.deepEqual(second.instruments, first.instruments);
    assert.equal(second.hash, first.hash);
  });

  it('takes every day there is, or those asked for, in order', async () => {
    const from = acme(['20230804', '20230802', '20230803']);
    const told: ImportedDay[] = [];
    const to = tempDir('lean-set');
    await importLean(
      {
        from,
        to,
        symbol: 'acme',
        resolution: 'minute',
        days: null,
        contracts: [],
        hours: 'regular',
        replace: false,
        mono: realMono(),
      },
      (day) => told.push(day),
    );
    assert.deepEqual(
      told.map(({ day, contracts, rows, done, days }) => [day, contracts, rows, done, days]),
      [
        ['20230802', 2, 6, 1, 3],
        ['20230803', 2, 6, 2, 3],
        ['20230804', 2, 6, 3, 3],
      ],
    );
    const some = await run({ from, days: ['20230803'] });
    assert.deepEqual(
      some.days.map(({ day }) => day),
      ['20230803'],
    );
  });

  it('takes only the contracts asked for', async () => {
    const from = acme(['20140605'], '20140621');
    const keys = async (...contracts: LeanImport['contracts']): Promise<readonly string[]> => {
      const dataset = await run({ from, contracts });
      return dataset.instruments.map(({ contract }) => contractKey(contract).slice(9));
    };
    const put = '20140620|100|P';
    const call = '20140620|102.5|C';
    const any = { expiry: null, strike: null, right: null };
    assert.deepEqual(await keys({ ...any, right: 'P' }), [put, '||']);
    assert.deepEqual(await keys({ ...any, strike: 102.5 }), [call, '||']);
    assert.deepEqual(await keys({ ...any, expiry: '20140621' }), [put, call, '||']);
    assert.deepEqual(await keys({ ...any, expiry: '20140620', right: 'C' }), [call, '||']);
    const none = await fault(keys({ ...any, strike: 1 }));
    assert.equal(none.code, 'data_unreadable');
    assert.match(none.message, /none of the contracts/);
  });

  it('takes bars of a second, and a folder without options', async () => {
    const from = tempDir('lean');
    writeLeanZip(from, 'equity/usa/second/acme/20230803_quote.zip', {
      '20230803_acme_second_quote.csv': leanRow(34_200_000, 1_000_000, 1, 1_000_100, 2),
    });
    const dataset = await run({ from, resolution: 'second' });
    assert.equal(dataset.resolution, 'second');
    const quotes = await quotesOf(dataset);
    assert.equal(quotes['ACME|STK|||']?.[0]?.ts, epochOf('20230803', '09:30:01'));
  });

  it('finds the close of the day before in the daily bars', async () => {
    const from = acme();
    writeLeanZip(from, 'equity/usa/daily/acme.zip', {
      'acme.csv': [
        '20230801 00:00,990000,990000,990000,990000,1',
        '20230802 00:00,990000,1000000,980000,994500,1',
      ].join('\n'),
    });
    const stock = (await run({ from })).instruments.at(-1);
    assert.equal(stock?.contract.secType, 'STK');
    assert.equal(stock?.previousClose, 99.45);
  });

  it('names the file that is missing or damaged, and leaves no data set', async () => {
    const from = acme();
    const to = join(tempDir('lean-set'), 'set');
    const missing = await fault(run({ from, to, days: ['20230804'] }));
    assert.equal(missing.code, 'data_unreadable');
    assert.match(missing.message, /acme\/20230804_quote\.zip: ENOENT/);
    const path = 'option/usa/minute/acme/20230803_quote_american.zip';
    writeFileSync(join(from, path), 'not a zip at all, but long enough to look');
    const broken = await fault(run({ from, to }));
    assert.match(broken.message, /20230803_quote_american\.zip: it is no zip archive/);
    const name = '20230803_acme_minute_quote_american_put_1000000_20230901.csv';
    writeLeanZip(from, path, { [name]: 'hello' });
    const syntax = await fault(run({ from, to }));
    assert.match(syntax.message, /put_1000000_20230901\.csv, line 1: not 11 whole numbers/);
    const far = await fault(run({ from, to, threads: 2 }));
    assert.deepEqual([far.code, far.message], [syntax.code, syntax.message]);
    assert.equal(existsSync(to), false);
  });

  it('says which folder it looked in, and refuses days without trading', async () => {
    const nowhere = await fault(run({ from: tempDir('lean') }));
    assert.equal(nowhere.code, 'data_unreadable');
    assert.match(nowhere.message, /equity\/usa\/minute\/acme/);
    const from = acme();
    assert.match((await fault(run({ from, days: ['20230805'] }))).message, /closed on 20230805/);
    assert.match((await fault(run({ from, days: ['20230230'] }))).message, /no date/);
  });
});

describe.skipIf(!existsSync(REAL))('the LEAN import of real quotes', () => {
  it('reads SPY of 2023-08-03 as the files say', async () => {
    const dataset = await run({
      from: REAL,
      symbol: 'SPY',
      days: ['20230803'],
      contracts: [
        { expiry: '20230901', strike: 430, right: 'P' },
        { expiry: '20230901', strike: 470, right: 'C' },
      ],
    });
    const quotes = await quotesOf(dataset);
    const spot = quotes['SPY|STK|||'] ?? [];
    const put = quotes['SPY|OPT|20230901|430|P'] ?? [];
    const call = quotes['SPY|OPT|20230901|470|C'] ?? [];
    assert.deepEqual([spot.length, put.length, call.length], [391, 390, 390]);
    const open = epochOf('20230803', '09:30');
    // 34140000 and 34200000 of 20230803_spy_minute_quote.csv.
    assert.deepEqual(spot.slice(0, 2), [
      { ts: open, bid: 448.04, ask: 448.05, bidSize: 1000, askSize: 13_900 },
      { ts: open + 60_000, bid: 448.3, ask: 448.31, bidSize: 900, askSize: 700 },
    ]);
    // 34200000 of …_put_4300000_20230901.csv.
    assert.deepEqual(put[0], {
      ts: open + 60_000,
      bid: 2.25,
      ask: 2.27,
      bidSize: 547,
      askSize: 421,
    });
    assert.equal(spot.at(-1)?.ts, epochOf('20230803', '16:00'));
    for (const { bid, ask } of [...spot, ...put, ...call]) assert.ok(bid > 0 && ask >= bid);
  });

  it('reads the whole chain of TWX on two days, one side missing in many rows', async () => {
    const dataset = await run({ from: REAL, symbol: 'TWX' });
    assert.equal(dataset.instruments.length, 185);
    assert.deepEqual(
      dataset.days.map(({ day }) => day),
      ['20140605', '20140606'],
    );
    const expiries = new Set(
      dataset.instruments.flatMap(({ contract }) =>
        contract.secType === 'OPT' ? [contract.expiry] : [],
      ),
    );
    assert.deepEqual([...expiries].sort(), [
      '20140620',
      '20140718',
      '20141017',
      '20150116',
      '20160115',
    ]);
    let rows = 0;
    let oneSided = 0;
    for await (const { bid, ask } of dataset.tape().events()) {
      rows += 1;
      if (Number.isNaN(bid) || Number.isNaN(ask)) oneSided += 1;
    }
    assert.equal(rows, 57_556);
    assert.ok(oneSided > 0.38 * rows && oneSided < 0.6 * rows);
  });
});
