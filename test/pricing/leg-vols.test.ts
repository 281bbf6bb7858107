import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { epochOf } from '../../src/domain/calendar.ts';
import {
  type Carry,
  emptyLegGreeks,
  LegModel,
  type LegTerms,
} from '../../src/pricing/leg-model.ts';
import { legVols, type QuotedLeg } from '../../src/pricing/leg-vols.ts';

const NOW = epochOf('20230803', '10:00');
const CARRY: Carry = { exercise: 'american', rate: 0.05, dividendYield: 0.02, dividends: [] };
const PAID = { exTs: epochOf('20230818', '00:00'), amount: 1.5 };
const SPOT = 100;

/** Quoted `half` about its own value. */
function leg(right: 'C' | 'P', strike: number, carry = CARRY, half = 0.02): QuotedLeg {
  const terms: LegTerms = { right, strike, expiry: '20230901' };
  const greeks = emptyLegGreeks();
  assert.equal(new LegModel(terms).fill(carry, NOW, SPOT, 0.25, greeks), null);
  const quote = { bid: greeks.price - half, ask: greeks.price + half };
  return { terms, carry, sigma: 0.25, multiplier: 100, quote };
}

describe('the quotes of legs', () => {
  it('imply a volatility at bid, mid and ask, by the engine of the leg', () => {
    const [vols] = legVols([leg('P', 103)], NOW, SPOT);
    const { bid, mid, ask } = vols ?? assert.fail();
    assert.ok(bid !== null && mid !== null && ask !== null);
    assert.ok(bid < mid && mid < ask && Math.abs(mid - 0.25) < 1e-6);
  });

  it('imply none where a side is missing or below the intrinsic value', () => {
    const one = { ...leg('P', 103), quote: { bid: Number.NaN, ask: 5 } };
    const deep = { ...leg('P', 103), quote: { bid: 2.9, ask: 3.4 } };
    const [missing, below] = legVols([one, deep], NOW, SPOT);
    assert.deepEqual([missing?.bid, missing?.mid, below?.bid], [null, null, null]);
    assert.ok((missing?.ask ?? 0) > 0 && (below?.ask ?? 0) > 0);
  });

  it('of a pair agree on the forward that both are priced with, early exercise and all', () => {
    for (const carry of [
      CARRY,
      { ...CARRY, exercise: 'european' as const },
      { ...CARRY, dividends: [PAID] },
    ]) {
      for (const strike of [90, 100, 112]) {
        const [call] = legVols([leg('C', strike, carry), leg('P', strike, carry)], NOW, SPOT);
        const { forward, parity } = call ?? assert.fail();
        assert.ok(forward !== null && parity !== null);
        const [low, high] = parity;
        assert.ok(low < forward && forward < high, `${low} ${forward} ${high}`);
        assert.ok(Math.abs(0.5 * (low + high) - forward) < 0.01);
      }
    }
  });

  it('of a pair contradict a carry that is not the market’s', () => {
    const quoted = [leg('C', 100), leg('P', 100)];
    const costly = { ...CARRY, dividendYield: 0.1 };
    const wrong = quoted.map((one) => ({ ...one, carry: costly }));
    const { forward, parity } = legVols(wrong, NOW, SPOT)[0] ?? assert.fail();
    assert.ok(parity !== null && forward !== null && forward < parity[0]);
  });

  it('have no forward by parity without a partner of the same strike and multiplier', () => {
    const small = { ...leg('P', 100), multiplier: 10 };
    for (const other of [leg('P', 105), leg('C', 100), small]) {
      assert.equal(legVols([leg('C', 100), other], NOW, SPOT)[0]?.parity, null);
    }
  });
});
