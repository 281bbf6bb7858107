/**
 * One look at a book: what state it is in, which gates stand between it and an order, and the
 * target if none does. Called for every evaluation, so it computes numbers and a signature;
 * `explain` adds the words. The machine hears of an assessment only when its signature changed:
 * equal signatures mean equal decisions.
 */

import type { AssessmentInput } from './assessment-input.ts';
import type { LatchedCause, SafeCause } from './causes.ts';
import type { GateGroup, GateId } from './gates.ts';
import type { OrderSide } from './order.ts';
import type { HedgeBand } from './policy.ts';
import type { StateSpace } from './state-space.ts';

/**
 * The state of `trading` that the book's numbers ask for. `EMPTY`: no legs. `UNPRICED`: net delta
 * is not known; without a cause this only means that the first prices are awaited.
 */
export type Verdict =
  | 'EMPTY'
  | 'UNPRICED'
  | 'NO_TRADE'
  | 'MONITOR'
  | 'PAUSE_COST'
  | 'PAUSE_LIQ'
  | 'NEED_HEDGE';

/** Of the whole option position: shares, shares per USD, USD per year, USD per 1.00 of vol. */
export interface BookGreeks {
  readonly delta: number;
  readonly gamma: number;
  readonly theta: number;
  readonly vega: number;
}

/** What the hedge machine is to reach. */
export interface HedgeTarget {
  /** Owned shares when it is reached. */
  readonly targetShares: number;
  /** Signed shares to trade, after all clips. */
  readonly quantity: number;
  /** Clipped: the rest follows as a remainder, without cooldown. */
  readonly clipped: boolean;
  /** D3. */
  readonly forced: boolean;
  /** Goes out at mid, not marketable: the spread is extreme. */
  readonly atMid: boolean;
  readonly spot: number;
}

export interface Assessment {
  /** Trading time of the evaluation. */
  readonly at: number;
  readonly space: StateSpace;
  readonly verdict: Verdict;
  /** NaN when a leg's delta is not known. */
  readonly netDelta: number;
  readonly greeks: BookGreeks;
  readonly band: HedgeBand;
  /** Mid of the underlying; its last price where there is no two-sided quote; NaN without any. */
  readonly spot: number;
  /** Of mid, in percent; NaN without a two-sided quote. */
  readonly spreadPct: number;
  /** Self-clearing causes that hold now and latched ones that keep the book in SAFE. */
  readonly causes: readonly SafeCause[];
  /** Latched causes whose condition is true now: to be latched by whoever holds the latches. */
  readonly trips: readonly LatchedCause[];
  /** Quotes are there, fresh and with greeks: SYNC may go on. True outside trading hours. */
  readonly dataReady: boolean;
  readonly marketClosed: boolean;
  /** The underlying is quiet: ask for a snapshot now. */
  readonly needProbe: boolean;
  /** Earnings are within the configured days, whatever the mode. */
  readonly earningsNear: boolean;
  /** Signed shares that would bring net delta back, before clips; 0 when nothing is wanted. */
  readonly need: number;
  /** Closed gates, in order, for the trade that is (or would be) needed. */
  readonly blocked: readonly GateId[];
  /** Present when, and only when, every gate is open and a hedge is needed. */
  readonly target: HedgeTarget | null;
  /** Why a working hedge is no longer wanted: its need is gone, or the session ends. */
  readonly unwanted: 'need_gone' | 'close_cut' | null;
  /** Earliest trading time at which unchanged inputs would give another result; or Infinity. */
  readonly validUntil: number;
  /** Changes when, and only when, something changes that can matter to a machine or a reader. */
  readonly signature: string;
}

/** One gate as `explain` shows it. */
export interface GateResult {
  readonly group: GateGroup;
  readonly gate: GateId;
  readonly pass: boolean;
  readonly value: string | number | boolean | null;
  readonly limit: string | number | boolean | null;
  readonly unit: string;
  /** Trading time at which time alone opens it; null where only a change can, or it is open. */
  readonly opensAt: number | null;
}

export interface WouldBeOrder {
  readonly side: OrderSide;
  /** Positive, after clips. */
  readonly quantity: number;
  readonly limitPrice: number | null;
  readonly targetShares: number;
}

export interface Explanation {
  readonly assessment: Assessment;
  /** One sentence with numbers and units. */
  readonly why: string;
  readonly gates: readonly GateResult[];
  /** The order that would go out if every gate were open. */
  readonly wouldBeOrder: WouldBeOrder | null;
}

/** Looks at the book once. Equal inputs give equal results; nothing is kept between calls. */
export function assess(input: AssessmentInput): Assessment {
  throw new Error(`not built: assess ${input.now}`);
}

/** The same look, with every gate, the would-be order and the reason in words. */
export function explain(input: AssessmentInput): Explanation {
  throw new Error(`not built: explain ${input.now}`);
}
