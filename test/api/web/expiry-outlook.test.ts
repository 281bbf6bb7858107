import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { expiryOutlook } from '../../../src/api/web/state/expiry-outlook.ts';
import type { LegView } from '../../../src/protocol/leg-view.ts';

const NOW = Date.UTC(2026, 8, 18, 19, 0);

function leg(right: 'C' | 'P', strike: number, quantity: number, expiry = '20260918'): LegView {
  const terms = { right, strike, quantity, expiry, multiplier: 100, con_id: strike };
  return terms as unknown as LegView;
}

function outlook(legs: readonly LegView[], spot: number | null, owned = 0) {
  return expiryOutlook({ legs, spot, stock_position: owned, trading_ts: NOW });
}

describe('the next expiry', () => {
  it('is none without legs, without a price, and more than a week ahead', () => {
    assert.equal(outlook([], 180), null);
    assert.equal(outlook([leg('C', 170, 1)], null), null);
    assert.equal(outlook([leg('C', 170, 1, '20260926')], 180), null);
    assert.equal(outlook([leg('C', 170, 1, '20260925')], 180)?.days, 7);
  });

  it('brings the shares of what ends in the money, bought or written', () => {
    const legs = [leg('C', 170, 10), leg('P', 170, 10), leg('C', 175, -5), leg('P', 190, -2)];
    const found = outlook(legs, 180, -900);
    assert.deepEqual(
      found?.legs.map(({ ends, shares }) => [ends, shares]),
      [
        ['exercised', 1000],
        ['worthless', -1000],
        ['assigned', -500],
        ['assigned', 200],
      ],
    );
    assert.deepEqual([found?.least, found?.most], [-200, -200]);
  });

  it('is a range where the price is near a strike: of a straddle one side comes, not both', () => {
    const found = outlook([leg('C', 180, 10), leg('P', 180, 10)], 180.5, -40);
    assert.deepEqual(
      found?.legs.map(({ ends }) => ends),
      ['either', 'either'],
    );
    assert.deepEqual([found?.least, found?.most], [-1040, 960]);
    assert.equal(outlook([leg('C', 180, 10)], 181)?.legs[0]?.ends, 'exercised');
  });

  it('leaves later legs out', () => {
    const found = outlook([leg('C', 170, 1), leg('C', 170, 1, '20261016')], 180);
    assert.deepEqual([found?.expiry, found?.legs.length, found?.most], ['20260918', 1, 100]);
  });
});
