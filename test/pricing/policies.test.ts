import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { priceEuropean } from '../../src/pricing/black-scholes.ts';
import { breakEvenHalfWidth, gammaScaled } from '../../src/pricing/policies/gamma-scaled.ts';
import { leland, lelandNumber, lelandVol } from '../../src/pricing/policies/leland.ts';
import { isMoveDue, isTimeDue, moveLimit } from '../../src/pricing/policies/move-based.ts';
import { whalleyWilmott } from '../../src/pricing/policies/whalley-wilmott.ts';
import { zakamouline } from '../../src/pricing/policies/zakamouline.ts';

const market = { spot: 100, strike: 100, years: 0.5, rate: 0.05, dividendYield: 0, sigma: 0.2 };
const held = { delta: 0.6, gamma: 0.05, quantity: 1 };
const written = { delta: 0.6, gamma: -0.05, quantity: -1 };

function assertNear(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= 1e-12, `${actual} is not ${expected}`);
}

// The expected numbers were computed apart from this program, with SciPy, from the formulas.
describe('a hedging policy', () => {
  it('of Whalley and Wilmott has the half width of their formula, and trades to the edge', () => {
    const band = whalleyWilmott(held, market, { cost: 0.01, riskAversion: 0.1 });
    assertNear(band.high - 0.6, 0.33193876096577185);
    assertNear(0.6 - band.low, 0.33193876096577185);
    assert.deepEqual([band.targetLow, band.targetHigh], [band.low, band.high]);
    // The cube root of cost, and the power of two thirds of gamma.
    const dear = whalleyWilmott(held, market, { cost: 0.08, riskAversion: 0.1 });
    assertNear(dear.high - 0.6, 2 * 0.33193876096577185);
    const bent = whalleyWilmott({ ...held, gamma: 0.4 }, market, { cost: 0.01, riskAversion: 0.1 });
    assertNear(bent.high - 0.6, 4 * 0.33193876096577185);
    assertNear(whalleyWilmott(held, market, { cost: 0, riskAversion: 1 }).high, 0.6);
  });

  it('of Zakamouline has his half width around his delta, and trades to the edge', () => {
    const aversion = { cost: 0.001, riskAversion: 0.1 };
    for (const [position, k, center] of [
      [written, 4.76, 0.6011366272754489],
      [held, 4.76, 0.6012906155807894],
      [held, 5.76, 0.6015837131846815],
    ] as const) {
      const band = zakamouline(position, market, aversion, k);
      assert.equal(band.kind, 'band');
      assertNear((band.low + band.high) / 2, center);
      assertNear((band.high - band.low) / 2, 0.13856100725051546);
      assert.deepEqual([band.targetLow, band.targetHigh], [band.low, band.high]);
    }
    const dear = zakamouline(held, market, { cost: 0.2, riskAversion: 1 });
    assert.deepEqual(dear, { kind: 'refused', reason: 'no_adjusted_delta' });
  });

  it('of Leland raises the volatility of written options and lowers that of held ones', () => {
    assertNear(lelandNumber(0.2, 0.001, 1 / 52), 0.05753627391751592);
    const short = lelandVol(0.2, 0.001, 1 / 52, -1);
    const long = lelandVol(0.2, 0.001, 1 / 52, 1);
    assert(short.kind === 'adjusted' && long.kind === 'adjusted');
    assertNear(short.sigma, 0.20567316537822974);
    assertNear(long.sigma, 0.19416114194992615);
    const hopeless = lelandVol(0.2, 0.05, 1 / 2520, 1);
    assert.deepEqual(hopeless, { kind: 'refused', reason: 'cost_exceeds_gamma' });
  });

  it('scaled by gamma is as wide as delta moves in a number of deviations', () => {
    const band = gammaScaled(written, market, 2, 1 / 252);
    assertNear(band.high - 0.6, 0.12598815766974242);
    assert.deepEqual([band.targetLow, band.targetHigh], [0.6, 0.6]);
    // Half gamma times the square of the move is what the trade costs.
    const width = breakEvenHalfWidth(0.05, 1.5);
    assertNear(0.5 * 0.05 * (width / 0.05) ** 2, 1.5);
  });

  it('of Leland stands for the delta at his volatility, and trades to it', () => {
    // Hull (11th ed.), example 19.1: delta of the call 0.522, here at the volatilities of Leland.
    const terms = {
      spot: 49,
      strike: 50,
      years: 20 / 52,
      rate: 0.05,
      dividendYield: 0,
      sigma: 0.2,
    };
    const weekly = 1 / 52;
    const number = lelandNumber(0.2, 0.001, weekly);
    const deltaAt = (sigma: number) => {
      const priced = priceEuropean({ ...terms, right: 'C', sigma });
      assert(priced.kind === 'priced');
      return priced.delta;
    };
    assertNear(Number(deltaAt(0.2).toFixed(3)), 0.522);
    for (const [gamma, factor] of [
      [0.066, 1 - number],
      [-0.066, 1 + number],
    ] as const) {
      const quantity = Math.sign(gamma) * 100;
      const band = leland({ delta: 52.2, gamma, quantity }, terms, 0.001, weekly);
      assert(band.kind === 'band');
      const center = 52.2 + quantity * (deltaAt(0.2 * Math.sqrt(factor)) - deltaAt(0.2));
      assertNear(band.low, center);
      assert.deepEqual(
        [band.high, band.targetLow, band.targetHigh],
        [band.low, band.low, band.low],
      );
    }
    const dear = leland({ delta: 0, gamma: 1, quantity: 1 }, terms, 0.1, weekly);
    assert.deepEqual(dear, { kind: 'refused', reason: 'cost_exceeds_gamma' });
    const dead = { ...terms, spot: 50, rate: 0, sigma: 0 };
    assert.equal(leland({ delta: 0, gamma: -1, quantity: 1 }, dead, 0, weekly).kind, 'refused');
  });

  it('by time or by move is due when its interval or its distance has passed', () => {
    assert.deepEqual([isTimeDue(0, 59_999, 60_000), isTimeDue(0, 60_000, 60_000)], [false, true]);
    const rule = { multiple: 1, intervalYears: 1 / 252 };
    const limit = moveLimit(100, 0.2, rule);
    assertNear(limit, 20 / Math.sqrt(252));
    assert.ok(!isMoveDue(100, 100 + limit * 0.999, 0.2, rule));
    assert.ok(isMoveDue(100, 100 - limit * 1.001, 0.2, rule));
  });
});
