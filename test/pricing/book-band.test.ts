import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { assess } from '../../src/domain/assessment.ts';
import { fixedBand } from '../../src/domain/policy.ts';
import type { HedgingSettings } from '../../src/domain/settings.ts';
import { bookBand } from '../../src/pricing/policies/book-band.ts';
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

const POLICIES = ['fixed_band', 'whalley_wilmott', 'zakamouline', 'gamma_scaled', 'time'] as const;

function look(hedging: Partial<HedgingSettings>, patch: BookPatch = {}) {
  const input = bookInput({ ...patch, settings: { hedging } });
  return assess({ ...input, bandOf: bookBand });
}

describe('the band of a book', () => {
  it('is drawn by each policy that can be named, and each draws another', () => {
    const widths = POLICIES.map((policy) => {
      const { band } = look({ policy });
      // Zakamouline's lies around another delta than that of Black and Scholes.
      const around = policy === 'zakamouline' ? band.low : 0;
      assert.ok(band.low <= around && band.high >= around, `${policy}: ${band.low}`);
      assert.ok(band.targetLow >= band.low && band.targetHigh <= band.high);
      return band.high - band.low;
    });
    assert.equal(widths[0], 20);
    assert.equal(new Set(widths.slice(0, 4)).size, 4);
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

  it('falls back to the thresholds where a number of the market is missing', () => {
    const settings = bookSettings();
    for (const policy of ['whalley_wilmott', 'zakamouline', 'gamma_scaled'] as const) {
      const unknown = { quotes: { legs: [legQuote({ iv: Number.NaN })] } };
      assert.deepEqual(look({ policy }, unknown).band, fixedBand(settings));
      assert.deepEqual(look({ policy }, { quotes: { legs: [] } }).band, fixedBand(settings));
    }
  });
});
