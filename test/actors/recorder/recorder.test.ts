import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { createQuoteTap, listenTo } from '../../../src/protocol/quote-tap.ts';
import { openDataset } from '../../../src/store/dataset.ts';
import { NO_PRICE } from '../../../src/store/quote-columns.ts';
import { SPY, SPY_PUT } from '../../gateway/ib/support/samples.ts';
import { rowsIn, startRecorder } from './support.ts';

const T0 = Date.parse('2026-08-03T13:30:00Z');
const LOOK = 200;

function watching(...args: Parameters<typeof startRecorder>) {
  const rig = startRecorder(...args);
  rig.actor.receive({ type: 'watch', contracts: [SPY, SPY_PUT] });
  return rig;
}

describe('the recorder', () => {
  it('writes what the tap brings, with the contracts that it is about', async () => {
    const { dir, clock, actor, put } = watching();
    put(SPY, T0, 450);
    put(SPY_PUT, T0 + 5, 7.5);
    clock.advanceBy(LOOK);
    put(SPY, T0 + 300, 450.01);
    await actor.stop?.();
    assert.deepEqual(
      (await rowsIn(dir)).map(({ ts, conId, bid }) => [ts - T0, conId, bid]),
      [
        [0, SPY.conId, 4_500_000],
        [5, SPY_PUT.conId, 75_000],
        [300, SPY.conId, 4_500_100],
      ],
    );
    const contracts = openDataset(dir).instruments.map(({ contract }) => contract.conId);
    assert.deepEqual(contracts.toSorted(), [SPY.conId, SPY_PUT.conId].toSorted());
    assert.equal(openDataset(dir).instruments[0]?.previousClose, 99);
  });

  it('leaves what comes behind its end to the next one', async () => {
    const tap = createQuoteTap(16);
    const { dir, actor, put } = watching({ tap });
    put(SPY, T0, 450);
    await actor.stop?.();
    put(SPY, T0 + 1, 451);
    const next = watching({ tap, recording: { dir } });
    await next.actor.stop?.();
    assert.equal((await rowsIn(dir)).length, 2);
  });

  it('is passed nothing when nobody listens any more', async () => {
    const tap = createQuoteTap(16);
    const { dir, actor, put, last } = watching({ tap });
    listenTo(tap, false);
    for (let at = 0; at < 100; at += 1) put(SPY, T0 + at, 450 + at);
    await actor.stop?.();
    assert.equal(last()?.skipped.overrun, 0);
    assert.deepEqual(await rowsIn(dir), []);
  });

  it('tells each second how many rows, files and bytes there are, and how late it is', () => {
    const { clock, put, last, reports } = watching();
    for (let at = 0; at < 10; at += 1) put(SPY, T0 + at, 450 + at);
    clock.advanceBy(1000);
    const { state, rows, waiting, bytes, lastTs, lagMs, files } = last() ?? assert.fail();
    assert.deepEqual([state, rows, waiting, lastTs], ['recording', 10, 2, T0 + 9]);
    assert.ok(bytes > 100 && files === 0);
    assert.equal(lagMs, LOOK);
    clock.advanceBy(5000);
    assert.ok(reports.messages.length >= 6 && reports.messages.length <= 8);
  });

  it('has all on disk within half a minute, whatever comes then', () => {
    const { clock, put, last } = watching();
    put(SPY, T0, 450);
    clock.advanceBy(31_000);
    assert.equal(last()?.waiting, 0);
  });

  it('counts what came faster than it was taken, and names the gap', async () => {
    const { dir, clock, actor, put, last } = watching();
    put(SPY, T0, 450);
    clock.advanceBy(LOOK);
    for (let at = 1; at <= 20; at += 1) put(SPY, T0 + at, 450 + at);
    clock.advanceBy(LOOK);
    put(SPY, T0 + 100, 500);
    await actor.stop?.();
    assert.equal(last()?.skipped.overrun, 4);
    assert.equal((await rowsIn(dir)).length, 18);
    const [gap] = openDataset(dir).gaps;
    assert.deepEqual(gap, { from: T0 + 16, to: T0 + 100, reason: 'overrun', rows: 4 });
  });

  it('closes its file after the time that is set, for those who read meanwhile', async () => {
    const { dir, clock, put, last } = watching({ fileMs: 600_000 });
    put(SPY, T0, 450);
    clock.advanceBy(590_000);
    assert.equal(last()?.files, 0);
    clock.advanceBy(40_000);
    assert.equal(last()?.files, 1);
    assert.equal((await rowsIn(dir)).length, 1);
    // Nothing new: no file without a row.
    clock.advanceBy(1_300_000);
    put(SPY, T0 + 1, 451);
    clock.advanceBy(640_000);
    assert.equal(last()?.files, 2);
  });

  it('shows all lines as without a quote while the connection is away, and names the gap', async () => {
    for (const intervalMs of [0, 1000]) {
      const { dir, clock, actor, put } = watching({ recording: { intervalMs } });
      put(SPY, T0 + 100, 450);
      put(SPY_PUT, T0 + 200, 7);
      actor.receive({ type: 'lost' });
      // The broker is not there at the first attempts either.
      clock.advanceBy(5000);
      actor.receive({ type: 'lost' });
      clock.advanceBy(5000);
      // The same prices as before: that they are there again is news.
      put(SPY, T0 + 11_000, 450);
      put(SPY_PUT, T0 + 11_000, 7);
      await actor.stop?.();
      const rows = (await rowsIn(dir)).map(({ ts, conId, bid }) => [ts - T0, conId, bid]);
      assert.deepEqual(rows, [
        [intervalMs === 0 ? 100 : 200, SPY.conId, 4_500_000],
        [200, SPY_PUT.conId, 70_000],
        [201, SPY.conId, NO_PRICE],
        [201, SPY_PUT.conId, NO_PRICE],
        [11_000, SPY.conId, 4_500_000],
        [11_000, SPY_PUT.conId, 70_000],
      ]);
      const { gaps } = openDataset(dir);
      assert.deepEqual(gaps, [{ from: T0 + 201, to: T0 + 11_000, reason: 'link', rows: null }]);
    }
  });

  it('waits for the name of a contract whose quote is here already', async () => {
    const { dir, clock, actor, put, last } = startRecorder();
    put(SPY, T0, 450);
    put(SPY_PUT, T0, 7);
    put(SPY, T0 + 1, 451);
    clock.advanceBy(LOOK);
    actor.receive({ type: 'watch', contracts: [SPY] });
    await actor.stop?.();
    assert.equal((await rowsIn(dir)).length, 2);
    assert.equal(last()?.skipped.unwatched, 1);
  });

  it('records no quote without a time, none that nobody watches, and counts them', async () => {
    const { dir, clock, actor, put, last } = watching();
    put(SPY, Number.NaN, 450);
    put({ ...SPY, conId: 5 }, T0, 450);
    put(SPY, T0, 450, { dataType: 3 });
    clock.advanceBy(LOOK);
    actor.receive({ type: 'watch', contracts: [SPY] });
    await actor.stop?.();
    const { skipped, delayed } = last() ?? assert.fail();
    assert.deepEqual([skipped.undated, skipped.unwatched, delayed], [1, 1, 1]);
    assert.equal((await rowsIn(dir)).length, 1);
  });

  it('shows a leg that is gone as without a quote', async () => {
    const { dir, clock, actor, put } = watching();
    put(SPY_PUT, T0, 7.5);
    clock.advanceBy(LOOK);
    actor.receive({ type: 'watch', contracts: [SPY] });
    await actor.stop?.();
    assert.deepEqual(
      (await rowsIn(dir)).map(({ bid }) => bid),
      [75_000, -1],
    );
  });
});

describe('a recorder whose disk takes nothing', () => {
  it('says why, lives, tries again, and says that it records', async () => {
    const { dir, clock, actor, put, last } = watching();
    const quotes = join(dir, 'quotes');
    rmSync(quotes, { recursive: true });
    writeFileSync(quotes, 'in the way');
    for (let at = 0; at < 12; at += 1) put(SPY, T0 + at, 450 + at);
    clock.advanceBy(LOOK);
    assert.equal(last()?.state, 'failed');
    assert.match(last()?.reason ?? '', /cannot record to/);
    clock.advanceBy(60_000);
    assert.deepEqual([last()?.state, last()?.skipped.unwritable], ['failed', 4]);
    rmSync(quotes);
    mkdirSync(quotes);
    clock.advanceBy(6000);
    assert.equal(last()?.state, 'recording');
    put(SPY, T0 + 100, 470);
    await actor.stop?.();
    assert.equal((await rowsIn(dir)).length, 9);
  });

  it('begins when the directory can be made, and loses what the ring held no room for', async () => {
    const parent = join(startRecorder().dir, 'in-the-way');
    writeFileSync(parent, '');
    const { dir, clock, actor, put, last } = watching({ recording: { dir: join(parent, 'set') } });
    assert.equal(last()?.state, 'failed');
    put(SPY, T0, 450);
    clock.advanceBy(1000);
    rmSync(parent);
    clock.advanceBy(6000);
    assert.equal(last()?.state, 'recording');
    await actor.stop?.();
    assert.equal((await rowsIn(dir)).length, 1);
  });
});
