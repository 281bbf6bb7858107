/**
 * Which option positions of the account belong to a book. A position joins by the filter of the
 * configuration (or by the operator's word) and then stays until the broker's position is gone: a
 * leg that dropped out by itself would make the hedge jump.
 */

import type { OptionContract } from './contract.ts';
import type { StructureSettings } from './settings.ts';

/** A member of the book. */
export interface HeldLeg {
  readonly contract: OptionContract;
  /** Contracts, signed. */
  readonly quantity: number;
  /** Trading times. */
  readonly joinedAt: number;
  /** Of its quantity. */
  readonly changedAt: number;
}

/** What the broker says the account holds. */
export interface OptionHolding {
  readonly contract: OptionContract;
  /** Contracts, signed. */
  readonly quantity: number;
}

export interface LegContext {
  /** Trading time, epoch ms. */
  readonly now: number;
  readonly structure: StructureSettings;
  /** The book's underlying. */
  readonly symbol: string;
  /** 0 while not known: then options match by symbol. */
  readonly underlyingConId: number;
  /** NaN while not known: nothing joins by its strike then. */
  readonly spot: number;
  /** Contract ids the operator has confirmed, or excluded, by hand. */
  readonly confirmed: ReadonlySet<number>;
  readonly excluded: ReadonlySet<number>;
}

/** Why an option position of the underlying is not a member. */
export type OutsiderReason =
  | 'excluded'
  | 'dte_below_min'
  | 'dte_above_max'
  | 'outside_atm_band'
  | 'spot_unknown'
  | 'awaits_confirmation'
  | 'terms_changed'
  | 'expired'
  | 'book_full';

export interface Outsider {
  readonly holding: OptionHolding;
  readonly reason: OutsiderReason;
}

export interface LeftLeg {
  readonly leg: HeldLeg;
  readonly reason: 'position_gone' | 'excluded' | 'outside_window';
}

export interface LegChange {
  readonly leg: HeldLeg;
  /** Contracts before, signed. */
  readonly from: number;
}

export interface LegReview {
  /** The members now; those who stay keep their order, those who join come last. */
  readonly legs: readonly HeldLeg[];
  readonly joined: readonly HeldLeg[];
  readonly left: readonly LeftLeg[];
  readonly changed: readonly LegChange[];
  /** Would join, but the operator must confirm. Also listed as outsiders. */
  readonly proposed: readonly OptionHolding[];
  readonly outsiders: readonly Outsider[];
  /** Members whose contract is no longer what joined: a corporate action. */
  readonly altered: readonly HeldLeg[];
}

/** Compares the members with the broker's positions. Pure: the caller stores what changed. */
export function reviewLegs(
  current: readonly HeldLeg[],
  holdings: readonly OptionHolding[],
  context: LegContext,
): LegReview {
  throw new Error(`not built: ${current.length} ${holdings.length} ${context.symbol}`);
}
