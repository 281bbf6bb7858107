import assert from 'node:assert/strict';
import { parquetReadObjects } from 'hyparquet';
import { describe, it } from 'vitest';
import type { CellResult } from '../../src/backtest/sweep-job.ts';
import { keepInDatabase, keepInTable } from '../../src/backtest/sweep-keep.ts';
import { createRandom } from '../../src/runtime/random.ts';

function resultOf(index: number, days: number): CellResult {
  const played = Array.from({ length: days }, (_, day) => ({ day: String(day), pnl: 0 }));
  const nothing = { overrides: {}, totals: {}, ratios: {}, attribution: {}, block_reasons: {} };
  return { ...nothing, index, job: `${index} ${days}`, seed: 1, days: played } as never;
}

describe('the table that a sweep keeps', () => {
  it('is whole while results come, in the order of the cells, and is seldom written', async () => {
    const files: Uint8Array[] = [];
    const keeper = keepInTable((file) => files.push(file));
    const random = createRandom('order');
    const cells = Array.from({ length: 200 }, (_, at) => resultOf(at % 100, at < 100 ? 1 : 3));
    const shuffled = cells.map((cell) => ({ cell, at: random.next() })).sort((a, b) => a.at - b.at);
    const rowsOf = (file: Uint8Array) => parquetReadObjects({ file: file.slice().buffer });
    let behind = 0;
    for (const [done, { cell }] of shuffled.entries()) {
      keeper.add(cell);
      if (done % 20 !== 19) continue;
      const rows = await rowsOf(files.at(-1) ?? new Uint8Array());
      behind = Math.max(behind, 1 - rows.length / (done + 1));
    }
    assert.ok(behind <= 0.1, `${behind}`);
    await keeper.close();
    assert.ok(files.length < 50, `${files.length}`);
    const rows = await rowsOf(files.at(-1) ?? new Uint8Array());
    assert.deepEqual(
      rows.map((row) => [row['days'], row['set']]),
      cells.map(({ days, index }) => [days.length, index]),
    );
  });
});

describe('the database that a sweep keeps results in', () => {
  it('is asked for what is there, and given only what is not', async () => {
    const added: string[] = [];
    const there = resultOf(3, 1);
    let isClosed = false;
    const keeper = keepInDatabase({
      results: (jobs) => Promise.resolve(new Map(jobs.includes('3 1') ? [['3 1', there]] : [])),
      add: (job) => added.push(job),
      close: () => {
        isClosed = true;
        return Promise.resolve();
      },
    });
    assert.deepEqual([...(await keeper.find(['2 1', '3 1'])).values()], [there]);
    for (const result of [resultOf(2, 1), there]) keeper.add(result);
    await keeper.close();
    assert.deepEqual([added, isClosed], [['2 1'], true]);
  });
});
