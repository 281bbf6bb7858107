/**
 * Everything an assessment may look at. All of it is data that the kernel already holds when an
 * input is taken (and the pure function of the hedging policy), so that the same record gives the
 * same verdict again in a replay.
 */

import type { BookQuotes } from './book-quotes.ts';
import type { LatchedCause } from './causes.ts';
import type { PriceIncrement } from './contract.ts';
import type { LossAllowance } from './day-limits.ts';
import type { HeldLeg } from './legs.ts';
import type { LossBase } from './loss-base.ts';
import type { BookShift } from './option-events.ts';
import type { OrderSide } from './order.ts';
import type { OrderTestView } from './order-test.ts';
import type { BandPolicy } from './policy.ts';
import type { BookSettings } from './settings.ts';
import type { OptionPosition } from './state-space.ts';

/** A leg of which contracts went today. */
export interface GoneLeg {
  /** Trading day, `YYYYMMDD`. */
  readonly day: string;
  readonly conId: number;
  readonly multiplier: number;
  /** USD per share; null when it was not known. */
  readonly previousClose: number | null;
  /** Signed contracts that came or went by exercise, assignment or expiry. */
  readonly events: number;
}

/** What the hedges so far leave behind. Counts belong to `day`; on another day they are 0. */
export interface HedgeMemory {
  /** Trading day of the counts, `YYYYMMDD`. */
  readonly day: string;
  /** Intents with at least one fill. */
  readonly dailyHedgeCount: number;
  /** What fills were worse than the mid at their decision, USD; commissions apart. */
  readonly dailyHedgeCost: number;
  /** The last hedge that reached its target. */
  readonly lastHedge: { readonly ts: number; readonly price: number } | null;
  /** The last intent left a remainder (clipped, partial, cancelled): cost gates do not hold it. */
  readonly remainder: boolean;
  /** Last leg change, adjustment or resume: clears cooldown and min_price_move. */
  readonly clearedAt: number | null;
  readonly rejectStreak: number;
  /** Foreign shares when they were last explained; null before they were. */
  readonly knownForeign: number | null;
  /**
   * The trading day on which they were, and the executions of others on that day that are in them:
   * the broker tells these again to the next session. Shares are signed.
   */
  readonly foreignSeen: {
    readonly day: string;
    /** All up to this trading time are in them too: too many to be told one by one. */
    readonly until?: number;
    readonly executions: readonly {
      readonly execBase: string;
      readonly revision: number;
      readonly shares: number;
    }[];
  };
  /** Shares that an operator's word booked in the place of executions that never came. */
  readonly settledByHand: readonly {
    readonly orderRef: string;
    /** Signed, as they were booked; executions that were told since take their place. */
    readonly shares: number;
    /** Shares of the order that executions had told by then. */
    readonly toldBefore: number;
    /** At which they were booked, USD. */
    readonly price: number;
  }[];
  /** Bases of executions under our name, unknown to the journal, that an operator has accepted. */
  readonly acceptedExecutions: readonly string[];
  /** Legs that left today, or lost contracts without a trade: the day's P&L is theirs too. */
  readonly goneLegs: readonly GoneLeg[];
  /** Contracts that came or went without a trade: how, is not known yet or not for sure. */
  readonly optionShifts: readonly BookShift[];
  /** Trading day on which the terms of a leg changed last, `YYYYMMDD`: its P&L is not known. */
  readonly termsChangedOn: string;
  /** When legs last joined, left or changed; null before they did. */
  readonly legsChangedAt: number | null;
  /** The change of legs after which an operator adopted shares into the empty book: they stay. */
  readonly sharesKeptAt: number | null;
  /** From when losses count while the day's P&L is not known; null where it always was. */
  readonly lossBase: LossBase | null;
  /** What an operator allowed to be lost beyond the limit. */
  readonly lossAllowance: LossAllowance | null;
  /** Trading times of this book's orders and modifications of the last minute, ascending. */
  readonly orderTimes: readonly number[];
}

export interface ExecutionView {
  /** From the hedge machine's state: see `executionClass`. */
  readonly class: 'E0' | 'E1' | 'E2' | 'E4';
  /** An order of ours may be live, or its outcome is not known. */
  readonly orderInFlight: boolean;
  /** The open intent, while one is worked: what its order was to do, and from where. */
  readonly intent: {
    readonly side: OrderSide;
    readonly ownedAtStart: number;
    /** Shares that its order may still trade. */
    readonly rest: number;
  } | null;
}

export interface DegradedReason {
  readonly reason: string;
  readonly blocksHedge: boolean;
  readonly blocksFlatten: boolean;
}

/** How the engine around the book is. */
export interface EngineView {
  readonly stopping: boolean;
  readonly standby: boolean;
  readonly synced: boolean;
  /** Since the last sync it was judged whose shares the account holds. */
  readonly compared: boolean;
  readonly brokerDown: boolean;
  /** Globally, or this book. */
  readonly suspended: boolean;
  readonly degraded: readonly DegradedReason[];
  /** True where no lease is configured. */
  readonly leaseHeld: boolean;
  readonly orderTest: OrderTestView;
  readonly calendarMismatch: boolean;
}

/** Snapshot probes of the underlying; trading times. */
export interface ProbeView {
  /** The latest probe. */
  readonly askedAt: number | null;
  readonly answeredAt: number | null;
  /** A probe failed, or the underlying's farm went down; kept until one is answered. */
  readonly failedAt: number | null;
}

/** All books of the account together. */
export interface AccountRiskView {
  /** USD; null when not known. */
  readonly dailyPnl: number | null;
  /** USD traded today, and what working orders of other books may still trade. */
  readonly dailyNotional: number;
  /** Trading times of orders of the last minute, ascending. */
  readonly orderTimes: readonly number[];
}

export interface AssessmentInput {
  /** Trading time, epoch ms. */
  readonly now: number;
  readonly settings: BookSettings;
  /** Null until the book's first record. */
  readonly quotes: BookQuotes | null;
  /** Since when quotes are awaited (subscribed, or subscribed again); null: not subscribed. */
  readonly watchedSince: number | null;
  readonly legs: readonly HeldLeg[];
  /** Last change of any leg's quantity, a leg that left included. */
  readonly legsChangedAt: number | null;
  /** Contracts came or went, and it is not told yet whether they were traded or delivered. */
  readonly legsUnexplained: boolean;
  /** Since when an option order of the account is open in this symbol. */
  readonly optionOrderSince: number | null;
  /** Shares that are ours, signed. */
  readonly owned: number;
  readonly memory: HedgeMemory;
  readonly execution: ExecutionView;
  readonly engine: EngineView;
  readonly latched: readonly LatchedCause[];
  readonly probe: ProbeView;
  /** That limits look at, USD; null while it cannot be known. */
  readonly dailyPnl: number | null;
  /** It is not that of the whole day, and counts from then; trading time. */
  readonly pnlSince?: number | null;
  /** Of today's executions, USD. */
  readonly dailyCommissions: number;
  readonly account: AccountRiskView;
  /** The broker refused an order because of a halt: until then no other is tried. */
  readonly haltedUntil: number | null;
  /** Draws the band; of the policy that the settings name. */
  readonly bandOf: BandPolicy;
  /** The underlying's market rule; empty until its terms are known. */
  readonly priceIncrements: readonly PriceIncrement[];
  /** O of the assessment before: it is kept while greeks are invalid. */
  readonly previousO: OptionPosition | null;
}
