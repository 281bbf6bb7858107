import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { newYorkDate } from '../../src/domain/calendar.ts';
import type { StockContract } from '../../src/domain/contract.ts';
import { Fault } from '../../src/fault.ts';
import { openDataset } from '../../src/store/dataset.ts';
import { summarize } from '../../src/store/dataset-summary.ts';
import { processStartTime } from '../../src/store/process-identity.ts';
import { QUOTE_COLUMNS, type QuoteRow } from '../../src/store/quote-columns.ts';
import { openRecording, type Recording } from '../../src/store/recording.ts';
import { tempDir } from '../support/temp-dir.ts';

const T0 = Date.parse('2026-08-03T13:30:00Z');
const DAY_MS = 86_400_000;
const ACME: StockContract = {
  secType: 'STK',
  conId: 10,
  symbol: 'ACME',
  exchange: 'SMART',
  primaryExchange: 'NYSE',
  currency: 'USD',
};

type Options = Partial<Parameters<typeof openRecording>[0]>;

function record(dir: string, options: Options = {}): Recording {
  const all = { dir, intervalMs: 0, source: 'test', fileBytes: 1e9, daysKept: null, groupRows: 8 };
  const recording = openRecording({ ...all, ...options });
  recording.addInstrument({ contract: ACME, previousClose: 99.5 });
  return recording;
}

function row(ts: number, bid = 1_000_000): QuoteRow {
  return { ts, conId: 10, bid, ask: bid + 100, bidSize: 3, askSize: 4, last: bid + 50 };
}

/** Every row of the data set as its readers see it, in their order. */
async function rowsIn(dir: string): Promise<QuoteRow[]> {
  const dataset = openDataset(dir);
  const rows: QuoteRow[] = [];
  for (const { day } of dataset.days) {
    for await (const columns of dataset.columns(day)) {
      for (let at = 0; at < columns.ts.length; at += 1) {
        const cells = QUOTE_COLUMNS.map((name) => [name, columns[name][at] ?? 0] as const);
        rows.push(Object.fromEntries(cells) as unknown as QuoteRow);
      }
    }
  }
  return rows;
}

function filesIn(dir: string): readonly string[] {
  return readdirSync(join(dir, 'quotes')).sort();
}

const isDiskFault = (thrown: unknown): boolean =>
  thrown instanceof Fault && thrown.code === 'data_dir_unusable';

describe('a recording', () => {
  it('gives back what was recorded, row by row and in order', async () => {
    const anyRow = fc.record({
      pause: fc.constantFrom(0, 1, 250, 60_000, 7_200_000),
      bid: fc.integer({ min: -1, max: 2 ** 31 - 200 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyRow, { maxLength: 30 }),
        fc.constantFrom(2000, 1e9),
        async (steps, fileBytes) => {
          const dir = join(tempDir('recording'), 'set');
          const recording = record(dir, { fileBytes });
          let ts = T0;
          const rows = steps.map(({ pause, bid }) => {
            ts += pause;
            return row(ts, bid);
          });
          for (const one of rows) recording.add(one);
          recording.close();
          assert.deepEqual(await rowsIn(dir), rows);
          const days = [...new Set(rows.map((one) => newYorkDate(one.ts)))];
          assert.deepEqual(
            openDataset(dir).days.map(({ day }) => day),
            days,
          );
        },
      ),
      { numRuns: 8 },
    );
  });

  it('is read while it is written, up to the last file that is closed', async () => {
    const dir = join(tempDir('recording'), 'set');
    const recording = record(dir);
    for (let minute = 0; minute < 20; minute += 1) recording.add(row(T0 + minute * 60_000));
    recording.flush();
    assert.deepEqual(await rowsIn(dir), []);
    recording.add(row(T0 + DAY_MS));
    assert.equal((await rowsIn(dir)).length, 20);
    assert.deepEqual(filesIn(dir), ['20260803-0001.parquet']);
    recording.close();
    assert.equal((await rowsIn(dir)).length, 21);
  });

  it('closes a file that is large, and begins another of the same day', async () => {
    const dir = join(tempDir('recording'), 'set');
    const recording = record(dir, { fileBytes: 1 });
    for (let second = 0; second < 20; second += 1) recording.add(row(T0 + second * 1000));
    recording.close();
    assert.deepEqual(
      filesIn(dir),
      [1, 2, 3].map((n) => `20260803-000${n}.parquet`),
    );
    assert.deepEqual(openDataset(dir).days, [{ day: '20260803', rows: 20 }]);
    assert.equal((await rowsIn(dir)).length, 20);
  });

  it('drops days that are too old, files and all', async () => {
    const dir = join(tempDir('recording'), 'set');
    const recording = record(dir, { daysKept: 2 });
    for (let day = 0; day < 5; day += 1) recording.add(row(T0 + day * DAY_MS));
    recording.close();
    const days = ['20260805', '20260806', '20260807'];
    assert.deepEqual(
      openDataset(dir).days.map(({ day }) => day),
      days,
    );
    assert.deepEqual(
      filesIn(dir),
      days.map((day) => `${day}-0001.parquet`),
    );
  });

  it('goes on where it stopped, and names the time between', async () => {
    const dir = join(tempDir('recording'), 'set');
    const first = record(dir);
    first.add(row(T0));
    first.close();
    const second = record(dir);
    assert.equal(second.recovered, null);
    second.add(row(T0 + 5000));
    second.close();
    assert.deepEqual(
      (await rowsIn(dir)).map(({ ts }) => ts),
      [T0, T0 + 5000],
    );
    assert.deepEqual(openDataset(dir).gaps, [
      { from: T0, to: T0 + 5000, reason: 'stopped', rows: null },
    ]);
  });

  it('refuses a directory that another process records to, and an imported data set', () => {
    const dir = join(tempDir('recording'), 'set');
    mkdirSync(dir);
    writeFileSync(
      join(dir, 'recorder.json'),
      JSON.stringify({ pid: 1, start_time: processStartTime(1) }),
    );
    assert.throws(() => record(dir), /the process 1 records to/);
    writeFileSync(join(dir, 'recorder.json'), JSON.stringify({ pid: 1, start_time: 0 }));
    record(dir).close();
    const text = readFileSync(join(dir, 'manifest.json'), 'utf8');
    writeFileSync(join(dir, 'manifest.json'), text.replace('"recorded"', '"minute"'));
    assert.throws(() => record(dir), /holds an imported data set/);
  });
});

describe('a recording whose writer was killed', () => {
  /** What the disk holds at this moment, as a crash would leave it. */
  function killed(dir: string): string {
    const copy = join(tempDir('recording'), 'set');
    cpSync(dir, copy, { recursive: true });
    return copy;
  }

  it('loses what was in its open row group at most, wherever it is killed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 24 }),
        fc.constantFrom(1, 3000, 1e9),
        async (count, fileBytes) => {
          const dir = join(tempDir('recording'), 'set');
          const recording = record(dir, { fileBytes });
          const rows = Array.from({ length: count }, (_, at) => row(T0 + at * 12_000_000, at + 1));
          for (const one of rows) recording.add(one);
          const { waiting } = recording.tally;
          assert.ok(waiting < 8);
          const left = killed(dir);
          const next = record(left, { fileBytes });
          next.close();
          assert.deepEqual(await rowsIn(left), rows.slice(0, count - waiting));
        },
      ),
      { numRuns: 6 },
    );
  });

  it('says so: what is kept, and from when to when something may be lost', async () => {
    const dir = join(tempDir('recording'), 'set');
    const recording = record(dir);
    for (let second = 0; second < 11; second += 1) recording.add(row(T0 + second * 1000));
    const left = killed(dir);
    const next = record(left);
    assert.match(next.recovered ?? '', /20260803-0001.parquet: 8 rows of it are kept/);
    next.add(row(T0 + 60_000));
    next.close();
    const [gap] = (await summarize(openDataset(left))).gaps;
    assert.deepEqual(gap, { from: T0 + 7000, to: T0 + 60_000, reason: 'crashed', rows: null });
    assert.deepEqual(filesIn(left), ['20260803-0001.parquet', '20260803-0002.parquet']);
  });

  it('says so, too, when nothing of it was on disk yet', async () => {
    const dir = join(tempDir('recording'), 'set');
    record(dir).add(row(T0));
    const next = record(dir);
    assert.match(next.recovered ?? '', /not on disk yet is lost/);
    next.add(row(T0 + 60_000));
    next.close();
    assert.deepEqual(openDataset(dir).gaps, [
      { from: null, to: T0 + 60_000, reason: 'crashed', rows: null },
    ]);
  });

  it('keeps a file that was closed and not yet named in the manifest', async () => {
    const dir = join(tempDir('recording'), 'set');
    const recording = record(dir);
    const before = readFileSync(join(dir, 'manifest.json'));
    recording.add(row(T0));
    recording.close();
    writeFileSync(join(dir, 'manifest.json'), before);
    record(dir).close();
    assert.equal((await rowsIn(dir)).length, 1);
  });

  it('does not take a file for whole that was damaged, and goes on behind it', async () => {
    const dir = join(tempDir('recording'), 'set');
    const recording = record(dir);
    for (let second = 0; second < 9; second += 1) recording.add(row(T0 + second * 1000));
    const left = killed(dir);
    const open = join(left, 'quotes', '20260803-0001.parquet.open');
    assert.ok(existsSync(open));
    writeFileSync(open, 'PAR1 and nothing more');
    const next = record(left);
    assert.match(next.recovered ?? '', /0 rows of it are kept/);
    next.add(row(T0 + 60_000));
    next.close();
    assert.deepEqual(
      (await rowsIn(left)).map(({ ts }) => ts),
      [T0 + 60_000],
    );
  });

  it('takes no harm from half a row group behind the last whole one', async () => {
    const dir = join(tempDir('recording'), 'set');
    const recording = record(dir);
    for (let second = 0; second < 8; second += 1) recording.add(row(T0 + second * 1000));
    const left = killed(dir);
    appendFileSync(join(left, 'quotes', '20260803-0001.parquet.open'), 'half a row group');
    record(left).close();
    assert.equal((await rowsIn(left)).length, 8);
  });
});

describe('a recording whose disk takes nothing', () => {
  /** Whatever is opened in the folder from now on fails; root is refused by no mode. */
  function breakDisk(dir: string): () => void {
    const quotes = join(dir, 'quotes');
    rmSync(quotes, { recursive: true, force: true });
    writeFileSync(quotes, 'a file in the place of the folder');
    return () => {
      rmSync(quotes);
      mkdirSync(quotes);
    };
  }

  it('keeps rows while there is room, counts those it loses, and goes on when it can', async () => {
    const dir = join(tempDir('recording'), 'set');
    const recording = record(dir);
    const mend = breakDisk(dir);
    for (let second = 0; second < 7; second += 1) recording.add(row(T0 + second * 1000));
    assert.throws(() => recording.add(row(T0 + 7000)), isDiskFault);
    for (let second = 8; second < 20; second += 1) recording.add(row(T0 + second * 1000));
    assert.throws(() => recording.flush(), isDiskFault);
    assert.deepEqual([recording.tally.waiting, recording.tally.lost], [8, 12]);
    mend();
    recording.flush();
    recording.add(row(T0 + 30_000));
    recording.close();
    assert.equal((await rowsIn(dir)).length, 9);
    assert.deepEqual(openDataset(dir).gaps, [
      { from: T0 + 7000, to: T0 + 30_000, reason: 'unwritable', rows: 12 },
    ]);
  });

  it('mixes no two days when the first cannot be closed', async () => {
    const dir = join(tempDir('recording'), 'set');
    const recording = record(dir);
    recording.add(row(T0));
    const mend = breakDisk(dir);
    assert.throws(() => recording.add(row(T0 + DAY_MS)), isDiskFault);
    recording.add(row(T0 + DAY_MS + 1));
    mend();
    recording.flush();
    recording.add(row(T0 + DAY_MS + 2));
    recording.close();
    const days = openDataset(dir).days;
    assert.deepEqual(days, [
      { day: '20260803', rows: 1 },
      { day: '20260804', rows: 1 },
    ]);
  });

  it('cannot begin where nothing can be made', () => {
    const parent = tempDir('recording');
    writeFileSync(join(parent, 'set'), 'a file');
    chmodSync(join(parent, 'set'), 0o600);
    assert.throws(() => record(join(parent, 'set')), isDiskFault);
  });
});
