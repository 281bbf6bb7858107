import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { assess } from '../../src/domain/assessment.ts';
import { fixedBand } from '../../src/domain/policy.ts';
import { HEDGING_POLICIES, type HedgingSettings } from '../../src/domain/settings.ts';
import { bookBand } from '../../src/pricing/policies/book-band.ts';
import { leland } from '../../src/pricing/policies/leland.ts';
import { whalleyWilmott } from '../../src/pricing/policies/whalley-wilmott.ts';
import { yearsToExpiry } from '../../src/pricing/time-to-expiry.ts';
import {
  type BookPatch,
  bookInput,
  bookSettings,
  legQuote,
  MINUTE,
  NO_MEMORY,
  NOW,
} from '../support/book.ts';

function look(hedging: Partial<HedgingSettings>, patch: BookPatch = {}) {
  const input = bookInput({ ...patch, settings: { hedging } });
  return assess({ ...input, bandOf: bookBand });
}

describe('the band of a book', () => {
  it('is drawn by each policy that can be named, and each draws another', () => {
    const memory = { ...NO_MEMORY, lastHedge: { ts: NOW - MINUTE, price: 450 } };
    const bands = HEDGING_POLICIES.map((policy) => {
      const { band } = look({ policy, cost_bps: 0.1 }, { memory });
      assert.ok(band.low < band.high, `${policy}: ${band.low}`);
      assert.ok(band.targetLow >= band.low && band.targetHigh <= band.high);
      assert.equal(band.fallback, undefined, policy);
      return JSON.stringify([band, band.triggerLow, band.validUntil]);
    });
    assert.equal(new Set(bands).size, HEDGING_POLICIES.length);
    assert.equal(look({ policy: 'fixed_band' }).band.high, 10);
  });

  it('of Whalley and Wilmott is theirs for the whole book, around no net delta', () => {
    const { band } = look({ policy: 'whalley_wilmott', risk_aversion: 0.001 });
    const years = yearsToExpiry('20230901', NOW);
    const market = { spot: 450, years, rate: 0.05, sigma: 0.15 };
    const aversion = { cost: 0.0001, riskAversion: 0.001 };
    const { high } = whalleyWilmott({ delta: 0, gamma: 1 }, market, aversion);
    assert.ok(Math.abs(band.high - high) < 1e-9);
    assert.ok(Math.abs(band.low + high) < 1e-9);
    assert.deepEqual([band.targetLow, band.targetHigh], [band.low, band.high]);
    const centred = look({ policy: 'whalley_wilmott', risk_aversion: 0.001, trade_to: 'center' });
    assert.ok(Math.abs(centred.band.targetLow) < 1e-9);
  });

  it('grows with cost and shrinks with aversion', () => {
    for (const policy of ['whalley_wilmott', 'zakamouline'] as const) {
      const width = (patch: Partial<HedgingSettings>) => {
        const { band } = look({ policy, risk_aversion: 0.01, ...patch });
        return band.high - band.low;
      };
      assert.ok(width({ cost_bps: 10 }) > width({ cost_bps: 1 }), policy);
      assert.ok(width({ risk_aversion: 0.1 }) < width({}), policy);
    }
  });

  it('scaled by gamma is as wide as delta moves in the interval', () => {
    const { band } = look({ policy: 'gamma_scaled', gamma_multiple: 2, gamma_interval_min: 60 });
    const half = 2 * 450 * 0.15 * Math.sqrt(60 / (365 * 24 * 60));
    assert.ok(Math.abs(band.high - half) < 1e-9);
    assert.ok(Math.abs(band.targetHigh) < 1e-9);
  });

  it('by time has no trigger until the interval is over, and says when that is', () => {
    const memory = { ...NO_MEMORY, lastHedge: { ts: NOW - 10 * MINUTE, price: 400 } };
    const hedging = { policy: 'time', time_interval_min: 30 } as const;
    const waiting = look(hedging, { memory });
    assert.equal(waiting.verdict, 'MONITOR');
    assert.equal(waiting.band.validUntil, NOW + 20 * MINUTE);
    assert.ok(waiting.validUntil <= NOW + 20 * MINUTE);
    assert.equal(look(hedging, { memory, optionDelta: 600 }).space.D, 'D3');
    const due = { ...memory, lastHedge: { ts: NOW - 30 * MINUTE, price: 400 } };
    assert.equal(look(hedging, { memory: due, optionDelta: 11 }).space.D, 'D2');
    assert.equal(look(hedging).verdict, 'NEED_HEDGE');
  });

  it('by move has no trigger until the spot has moved so far since the last hedge', () => {
    const hedging = { policy: 'move', move_multiple: 2, move_interval_min: 60 } as const;
    const limit = 2 * 448 * 0.15 * Math.sqrt(60 / (365 * 24 * 60));
    const from = (price: number) => ({
      memory: { ...NO_MEMORY, lastHedge: { ts: NOW - MINUTE, price } },
    });
    assert.ok(limit > 1.4 && limit < 1.5);
    assert.equal(look(hedging, from(449)).verdict, 'MONITOR');
    assert.equal(look(hedging, { ...from(449), optionDelta: 600 }).space.D, 'D3');
    assert.equal(look(hedging, from(448)).verdict, 'NEED_HEDGE');
    assert.equal(look(hedging, { ...from(448), optionDelta: 5 }).verdict, 'NO_TRADE');
    // Nothing to move away from yet.
    assert.equal(look(hedging).verdict, 'NEED_HEDGE');
  });

  it('of Leland is that of the thresholds around the delta at his volatility', () => {
    const hedging = { policy: 'leland', cost_bps: 0.5, leland_interval_min: 60 } as const;
    const { band } = look(hedging);
    const years = yearsToExpiry('20230901', NOW);
    const terms = { spot: 450, strike: 450, years, rate: 0.05, dividendYield: 0, sigma: 0.15 };
    const own = leland({ delta: 0, gamma: 1, quantity: 10_000 }, terms, 0.00005, 60 / (365 * 1440));
    assert(own.kind === 'band');
    assert.notEqual(own.low, 0);
    assert.ok(Math.abs(band.low - (-own.low - 10)) < 1e-9);
    assert.ok(Math.abs(band.high - (-own.low + 10)) < 1e-9);
    assert.ok(Math.abs(band.triggerHigh - (-own.low + 25)) < 1e-9);
    assert.ok(Math.abs(band.targetHigh + own.low) < 1e-9);
    // So costly that held gamma earns less than hedging it: the thresholds themselves.
    const dear = look({ ...hedging, cost_bps: 100 }).band;
    assert.deepEqual(dear, { ...fixedBand(bookSettings()), fallback: true });
  });

  it('falls back to the thresholds where a number of the market is missing', () => {
    const settings = bookSettings();
    const models = HEDGING_POLICIES.filter((one) => one !== 'fixed_band' && one !== 'time');
    const thresholds = { ...fixedBand(settings), fallback: true };
    for (const policy of models) {
      const unknown = { quotes: { legs: [legQuote({ iv: Number.NaN })] } };
      assert.deepEqual(look({ policy }, unknown).band, thresholds);
      assert.deepEqual(look({ policy }, { quotes: { legs: [] } }).band, thresholds);
    }
  });
});
