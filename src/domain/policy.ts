/**
 * Hedging policies: how far net delta may drift, when to trade, and where to. A policy is a pure
 * function of the book and the market; the gates decide whether its wish comes true. Those that
 * need a model of prices stand in `pricing/policies/`; the book is given the one it uses.
 */

import type { BookGreeks } from './book-greeks.ts';
import type { BookQuotes } from './book-quotes.ts';
import type { HeldLeg } from './legs.ts';
import type { BookSettings, HedgingSettings } from './settings.ts';

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
  /** Trading time at which time alone gives another band; without it none does. */
  readonly validUntil?: number;
  /** The policy could not be computed, for want of a number: these are the thresholds. */
  readonly fallback?: true;
}

/** What a policy may look at. */
export interface PolicyInput {
  /** Trading time, epoch ms. */
  readonly now: number;
  /** NaN while unknown. */
  readonly spot: number;
  /** Of the options, shares; NaN while unknown. */
  readonly greeks: BookGreeks;
  readonly legs: readonly HeldLeg[];
  readonly quotes: BookQuotes | null;
  /** Trading time of the last hedge that reached its target, and the spot then, USD. */
  readonly lastHedge: { readonly ts: number; readonly price: number } | null;
}

export type BandPolicy = (settings: BookSettings, input: PolicyInput) => HedgeBand;

/** Signed shares that bring `netDelta` to the nearest point of the band's target. */
export function sharesToTarget(netDelta: number, band: HedgeBand): number {
  const wanted = Math.min(Math.max(netDelta, band.targetLow), band.targetHigh);
  return Math.round(wanted - netDelta) + 0;
}

/** The thresholds of the configuration, symmetric around 0, whatever the market does. */
export function fixedBand({ gates, hedging }: BookSettings): HedgeBand {
  const { epsilon_band: epsilon, threshold_hedge_shares: threshold } = gates.state.delta;
  const reach = tradesToEdge(hedging, 'center') ? epsilon : 0;
  return {
    low: -epsilon,
    high: epsilon,
    triggerLow: -threshold,
    triggerHigh: threshold,
    targetLow: 0 - reach,
    targetHigh: reach,
  };
}

/** The thresholds moved by so many shares: for a policy that hedges another delta. */
export function shiftBand(band: HedgeBand, shares: number): HedgeBand {
  return {
    ...band,
    low: band.low + shares,
    high: band.high + shares,
    triggerLow: band.triggerLow + shares,
    triggerHigh: band.triggerHigh + shares,
    targetLow: band.targetLow + shares,
    targetHigh: band.targetHigh + shares,
  };
}

/** Whether a hedge stops at the band's edge; `own` is where the policy itself would trade to. */
export function tradesToEdge({ trade_to }: HedgingSettings, own: 'center' | 'edge'): boolean {
  return (trade_to === 'policy' ? own : trade_to) === 'edge';
}
