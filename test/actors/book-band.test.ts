import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { HEDGING_POLICIES } from '../../src/domain/settings.ts';
import { fill, healing, sent, verifyReplays, watching } from './support/hedged-book.ts';

verifyReplays();

describe('the band of a book', () => {
  it('is drawn by the policy of its settings, and status and explain show the same', () => {
    const shown = HEDGING_POLICIES.map((policy) => {
      const w = watching({ settings: { hedging: { policy, cost_bps: 0.1 } } });
      w.evaluate({ delta: 5 });
      const { band } = w.book.view;
      assert.deepEqual([band.policy, band.fallback], [policy, false]);
      assert.deepEqual(w.explain().band, band);
      assert.ok(band.low < band.high && band.target_low <= band.target_high);
      return JSON.stringify({ ...band, policy: '' });
    });
    // Without a hedge to wait after, time and move are as ready as each other.
    assert.equal(new Set(shown).size, HEDGING_POLICIES.length - 1);
  });

  it('decides: a policy by move waits until the spot has moved', () => {
    const hedging = { policy: 'move', move_multiple: 2 } as const;
    const gates = { intent: { hedge: { cooldown_seconds: 0, min_price_move_pct: 0 } } };
    const w = sent({ settings: { hedging, gates } });
    fill(w, 112);
    healing(w, 2, 200);
    const { band } = w.book.view;
    assert.deepEqual([band.trigger_low, band.trigger_high], [null, null]);
    assert.equal(w.states, 'MONITOR FILLED');
    w.evaluate({ delta: 200, bid: 451.99, ask: 452.01 });
    assert.equal(w.states, 'HEDGING WAIT_ACK');
  });

  it('falls back to the thresholds, and says so, where the legs have no volatility', () => {
    const w = watching({ settings: { hedging: { policy: 'leland', cost_bps: 1000 } } });
    const { band } = w.book.view;
    assert.deepEqual([band.fallback, band.low, band.trigger_high], [true, -10, 25]);
  });

  it('stands beside the volatility of market and legs', () => {
    const w = watching();
    const { volatility } = w.book.view;
    assert.deepEqual(volatility, {
      realised: 0.1,
      implied: 0.15,
      ratio: 0.1 / 0.15,
      estimator: 'realised',
      window_min: 5,
    });
  });
});
