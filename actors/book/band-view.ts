/** The band that holds now and the volatility of market and legs, as people read them. */

import { legQuote } from '../../src/domain/book-greeks.ts';
import type { HedgeBand } from '../../src/domain/policy.ts';
import type { BandView, VolatilityView } from '../../src/protocol/band-view.ts';
import type { BookState } from './state.ts';

const NO_BAND: HedgeBand = {
  low: 0,
  high: 0,
  triggerLow: Number.NaN,
  triggerHigh: Number.NaN,
  targetLow: 0,
  targetHigh: 0,
};

/** As the last assessment drew it; zeros before there was one. */
export function viewBand({ assessment, settings }: BookState, band = assessment?.band): BandView {
  const { low, high, triggerLow, triggerHigh, targetLow, targetHigh } = band ?? NO_BAND;
  return {
    policy: settings.hedging.policy,
    fallback: band?.fallback ?? false,
    low,
    high,
    trigger_low: Number.isFinite(triggerLow) ? triggerLow : null,
    trigger_high: Number.isFinite(triggerHigh) ? triggerHigh : null,
    target_low: targetLow,
    target_high: targetHigh,
    threshold: settings.gates.state.delta.threshold_hedge_shares,
  };
}

/** What the underlying does against what its options cost. */
export function viewVolatility({ hasQuotes, legs, quotes, settings }: BookState): VolatilityView {
  const { vol_estimator: estimator, vol_window_min: windowMin } = settings.gates.state.market;
  let weight = 0;
  let sum = 0;
  for (const [index, { contract, quantity }] of legs.entries()) {
    const quote = legQuote(quotes, contract.conId, index);
    const part = Math.abs(quantity * contract.multiplier * (quote?.gamma ?? Number.NaN));
    weight += part;
    sum += part * (quote?.iv ?? Number.NaN);
  }
  const realised = hasQuotes ? quotes.realizedVol : Number.NaN;
  const implied = sum / weight;
  const known = (value: number): number | null => (Number.isFinite(value) ? value : null);
  return {
    realised: known(realised),
    implied: known(implied),
    ratio: known(realised / implied),
    estimator,
    window_min: windowMin,
  };
}
