/**
 * Does the ledger explain the account? Account shares are ours plus foreign; foreign shares are
 * never traded and not part of net delta. What the ledger and the executions of others do not
 * explain stops hedging, because a hedge of a wrong position is a bet.
 */

/** Foreign shares: those of the account that are not ours. Signed. */
export function foreignShares(owned: number, accountShares: number): number {
  return accountShares - owned;
}

export interface PositionReview {
  /** By the ledger, signed. */
  readonly owned: number;
  /** By the broker, signed; null until the first position report. */
  readonly accountShares: number | null;
  /** Foreign shares when they were last explained; null when they never were. */
  readonly knownForeign: number | null;
  /**
   * No order of ours is in flight, and 5 s have passed since the last execution or position
   * report. Reports overtake each other, so nothing is compared before.
   */
  readonly settled: boolean;
  /** The book has option legs. */
  readonly hasLegs: boolean;
  /** The ledger has at least one entry for this book, or its emptiness was confirmed (adopt). */
  readonly ledgerKnown: boolean;
  /** Signed shares of executions without our reference since `knownForeign` was explained. */
  readonly foreignExecutions: number;
  /** Signed shares that option events (assignment, exercise) of others brought since then. */
  readonly optionEvents: number;
  /** An execution that carries our reference, but which the journal does not know. */
  readonly unknownOwnExecId: string | null;
  /** Signed rest of an order of ours that was unresolved across midnight; 0 without one. */
  readonly unresolvedRest: number;
  /** The account was read again since this difference was first seen. */
  readonly reread: boolean;
}

export type PositionOutcome =
  /** Nothing can be said yet. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'explained'; readonly foreign: number }
  /** Others traded, and their executions or option events say so: recorded, hedging goes on. */
  | { readonly kind: 'foreign_change'; readonly from: number; readonly to: number }
  /** Not explained: read the account again before judging. */
  | { readonly kind: 'reread'; readonly from: number; readonly to: number }
  | { readonly kind: 'position_break'; readonly reason: string }
  | { readonly kind: 'ownership_unconfirmed'; readonly reason: string };

/** Judges the account's position against the ledger. */
export function reviewPosition(review: PositionReview): PositionOutcome {
  throw new Error(`not built: ${review.owned}`);
}
