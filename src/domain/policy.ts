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
  readonly spot: number;
  /** Of the book, shares per dollar. */
  readonly gamma: number;
  /** Annualised implied volatility, gamma-weighted over the legs; NaN when unknown. */
  readonly volatility: number;
  /** To the nearest expiry, in years of 365 days. */
  readonly yearsLeft: number;
}

/** The band of the book's policy. */
export function hedgeBand(settings: BookSettings, input: PolicyInput): HedgeBand {
  throw new Error(`not built: ${settings.hedging.policy} ${input.spot}`);
}
