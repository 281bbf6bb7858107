/** What the attribution of a book keeps between turns. */

import type { DayAttribution, LegShift, MomentLeg } from '../../src/domain/day-attribution.ts';
import type { Ledger } from '../../src/domain/ledger.ts';
import type { HeldLeg } from '../../src/domain/legs.ts';
import type { DurableBook } from '../../src/protocol/durable.ts';

export type Mark = Pick<MomentLeg, 'mark' | 'sigma'>;

export interface AttributionState {
  /** The day in progress; null before the first moment of it was known. */
  kept: DayAttribution | null;
  /** Shares of the day whose decision is known, and their worth at its mid. */
  decided: { readonly day: string; readonly shares: number; readonly worth: number };
  /** Mids at which open and recovered intents were decided, by order. */
  readonly decisions: Map<string, number>;
  /** The ledger and legs that were looked at last; null before the first look. */
  ledger: Ledger | null;
  legs: readonly HeldLeg[];
  /** What legs were worth last that have gone since the open interval began. */
  readonly gone: Map<number, Mark>;
  /** Contracts that came or went since then, as it was noticed. */
  shifts: readonly LegShift[];
  /** The order that filled last and has not ended. */
  hedge: string | null;
  /** Filled since the open interval began. */
  touched: boolean;
  /** Of the quotes with which it began. */
  version: number;
}

/** Goes on with the day that the journal tells. */
export function startAttribution(known: DurableBook): AttributionState {
  const kept = known.attribution ?? null;
  const { decidedShares: shares = 0, decidedWorth: worth = 0 } = kept?.anchor ?? {};
  return {
    kept,
    decided: { day: kept?.day ?? '', shares, worth },
    decisions: new Map(known.openIntents.map(({ orderRef, spot }) => [orderRef, spot])),
    ledger: null,
    legs: known.legs,
    gone: new Map(),
    shifts: [],
    hedge: null,
    touched: false,
    version: 0,
  };
}
