import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { continuousRate, rateAt } from '../../src/pricing/rate-curve.ts';

const CURVE = [
  { days: 30, rate: 0.05 },
  { days: 90, rate: 0.053 },
  { days: 365, rate: 0.045 },
];

describe('a rate curve', () => {
  it('is what it says at its points, and flat beyond them', () => {
    for (const { days, rate } of CURVE) {
      assert(Math.abs(rateAt(CURVE, days / 365) - rate) < 1e-15);
    }
    assert.equal(rateAt(CURVE, 0), 0.05);
    assert.equal(rateAt(CURVE, 7 / 365), 0.05);
    assert.equal(rateAt(CURVE, 3), 0.045);
    assert.equal(rateAt(0.04, 0.3), 0.04);
    assert.equal(rateAt([{ days: 30, rate: 0.02 }], 1), 0.02);
  });

  it('has one forward rate between two points', () => {
    const years = fc.double({ min: 30.5 / 365, max: 89.5 / 365, noNaN: true });
    const forward = (0.053 * 90 - 0.05 * 30) / 60;
    fc.assert(
      fc.property(years, (time) => {
        const grown = rateAt(CURVE, time) * time - (0.05 * 30) / 365;
        assert(Math.abs(grown / (time - 30 / 365) - forward) < 1e-9);
      }),
    );
  });

  it('takes a yearly rate to the continuous one', () => {
    assert(Math.abs(Math.exp(continuousRate(0.05)) - 1.05) < 1e-15);
    assert.throws(() => continuousRate(-1));
  });

  it('refuses points that are out of order, or none', () => {
    const wrong = [
      { days: 90, rate: 0.05 },
      { days: 30, rate: 0.05 },
    ];
    assert.throws(() => rateAt(wrong, 1), /ascending/);
    assert.throws(() => rateAt([], 1), /point/);
  });
});
