import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { Repricer } from '../../../actors/greeks/reprice.ts';
import type { LegQuote } from '../../../src/domain/book-quotes.ts';
import { BOOK, LEG, legOffset } from '../../../src/protocol/book-board.ts';
import { bench, GreeksBench, NONE, NOW, PUT_LINE, put, SETTINGS } from '../support/greeks-bench.ts';

function legOf(made: GreeksBench, index: number, ts = NOW): LegQuote {
  const leg = made.price(ts).legs[index];
  assert(leg !== undefined);
  return leg;
}

describe('IB’s model', () => {
  const SILENT = NOW + 90_001;

  it('that is silent for too long gives no volatility, and the leg says so', () => {
    const made = new GreeksBench();
    made.watch({ greeks: { ...SETTINGS, vol_source: 'ib' } });
    made.spot(450.99, 451.01);
    made.legs(2.4, 1.3);
    made.quote(PUT_LINE, put.conId, { ibIv: 0.17, ibDelta: -0.2 });
    const fresh = legOf(made, 0, NOW + 90_000);
    assert.deepEqual([fresh.quality, fresh.reason, fresh.iv], ['ib', 'none', 0.17]);
    made.actor.receive({ type: 'market.time', ts: SILENT });
    const old = made.read().legs[0];
    assert.deepEqual([old?.quality, old?.reason, old?.check], ['quote', 'old_ib_vol', 'outdated']);
    made.quote(PUT_LINE, put.conId, { ibTs: SILENT });
    assert.equal(legOf(made, 0, SILENT).quality, 'ib');
  });

  it('that is silent is no witness against a quote or a delta', () => {
    const made = bench();
    const { iv } = legOf(made, 0);
    made.quote(PUT_LINE, put.conId, { bid: 5, ask: 5.02, ibIv: iv, ibDelta: 0.9 });
    const told = legOf(made, 0, NOW + 90_000);
    assert.deepEqual([told.reason, told.check], ['outlier', 'disputed']);
    const silent = legOf(made, 0, SILENT);
    assert.deepEqual([silent.quality, silent.reason, silent.check], ['quote', 'none', 'outdated']);
  });

  it('has no age in a journal that did not record it', () => {
    const made = bench();
    made.watch({ greeks: { ...SETTINGS, vol_source: 'ib' } });
    made.quote(PUT_LINE, put.conId, { ibIv: 0.17 });
    made.price();
    const record = made.reader.record.slice();
    record[BOOK.ibMaxAgeMs] = NONE;
    for (const index of [0, 1]) record[legOffset(index) + LEG.ibTs] = NONE;
    assert.equal(new Repricer(0).reprice(record).difference, null);
  });
});
