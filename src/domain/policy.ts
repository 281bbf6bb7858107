/**
 * Hedging policies: how far net delta may drift, when to trade, and where to. A policy is a pure
 * function of the book and the market; the gates decide whether its wish comes true.
 */

import type { BookSettings } from './settings.ts';

/** Edges in shares of net delta; every policy gives all of them. */
export interface HedgeBand {
  /** D0 from `low` to `high`, both included: nothing to do. */
  readonly low: number;
  readonly high: number;
  /** D2 at or beyond these; between them and the band it drifts (D1). */
  readonly triggerLow: number;
  readonly triggerHigh: number;
  /** A hedge brings net delta to the nearest point from `targetLow` to `targetHigh`. */
  readonly targetLow: number;
  readonly targetHigh: number;
}

/** What a policy may look at. */
export interface PolicyInput {
  /** NaN while unknown. */
  readonly spot: number;
  /** Of the book, shares per dollar; NaN while unknown. */
  readonly gamma: number;
}

/** The band of the book's policy. */
export function hedgeBand(settings: BookSettings, input: PolicyInput): HedgeBand {
  switch (settings.hedging.policy) {
    case 'fixed_band':
      return fixedBand(settings, input);
  }
}

/** Signed shares that bring `netDelta` to the nearest point of the band's target. */
export function sharesToTarget(netDelta: number, band: HedgeBand): number {
  const wanted = Math.min(Math.max(netDelta, band.targetLow), band.targetHigh);
  return Math.round(wanted - netDelta) + 0;
}

/** The thresholds of the configuration, symmetric around 0, whatever the market does. */
function fixedBand(settings: BookSettings, _input: PolicyInput): HedgeBand {
  const { epsilon_band: epsilon, threshold_hedge_shares: threshold } = settings.gates.state.delta;
  const reach = settings.hedging.trade_to === 'edge' ? epsilon : 0;
  return {
    low: -epsilon,
    high: epsilon,
    triggerLow: -threshold,
    triggerHigh: threshold,
    targetLow: 0 - reach,
    targetHigh: reach,
  };
}
