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
  /** Foreign shares when they were last explained in this session; null when they never were. */
  readonly knownForeign: number | null;
  /** The same by the session before; null when it explained none. */
  readonly lastForeign: number | null;
  /** That was on this trading day: the broker tells every execution since. */
  readonly lastForeignToday: boolean;
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
  /**
   * Signed shares that nothing explained at an earlier look, after which the account was read
   * again; null where there was none, or the account is not as that read told it.
   */
  readonly doubted: number | null;
}

export type PositionOutcome =
  /** Nothing can be said yet. */
  | { readonly kind: 'waiting' }
  | {
      readonly kind: 'explained';
      readonly foreign: number;
      /** Others' trades were told that the account does not show, in two looks: they may follow. */
      readonly awaited?: true;
    }
  /** Others traded, and their executions or option events say so: recorded, hedging goes on. */
  | {
      readonly kind: 'foreign_change';
      readonly from: number;
      readonly to: number;
      /** What else there is to say of it. */
      readonly because?: string;
    }
  /** Not explained: the account is read again before it is judged. */
  | { readonly kind: 'reread'; readonly unexplained: number }
  | { readonly kind: 'position_break'; readonly reason: string }
  | { readonly kind: 'ownership_unconfirmed'; readonly reason: string };

/** Judges the account's position against the ledger. */
export function reviewPosition(review: PositionReview): PositionOutcome {
  const { owned, accountShares, knownForeign } = review;
  if (review.unknownOwnExecId !== null) {
    const reason = `execution ${review.unknownOwnExecId} carries our reference, but is not ours`;
    return { kind: 'position_break', reason };
  }
  if (accountShares === null || !review.settled) return { kind: 'waiting' };

  const foreign = foreignShares(owned, accountShares);
  if (!review.ledgerKnown && review.hasLegs && !same(accountShares, 0)) {
    const reason = `the account holds ${accountShares} shares; how many are ours is not recorded`;
    return { kind: 'ownership_unconfirmed', reason };
  }
  if (knownForeign !== null) return reviewChange(review, knownForeign, foreign);
  if (review.lastForeign !== null) return reviewAbsence(review, review.lastForeign, foreign);

  // A first look takes what is there for foreign, unless it may be what an order of ours traded.
  const unexplained = unexplainedShares(review, 0, foreign);
  if (fitsUnresolved(review, unexplained)) return unconfirmed(unexplained);
  return closedByHand(owned, accountShares)
    ? { kind: 'position_break', reason: closedReason(owned, accountShares) }
    : { kind: 'explained', foreign };
}

/**
 * What changed while nobody listened. On the day itself every execution is told, and the account is
 * judged as if somebody had. Of an earlier day the broker tells no executions: what came in the
 * direction of ours, or while none were ours, is others'; what went against ours may have closed
 * them, and only a person knows.
 */
function reviewAbsence(review: PositionReview, from: number, to: number): PositionOutcome {
  const change = reviewChange(review, from, to);
  if (change.kind !== 'position_break' || review.lastForeignToday) return change;

  const { owned, accountShares } = review;
  if (accountShares !== null && closedSince(owned, accountShares, from)) {
    return { kind: 'position_break', reason: closedReason(owned, accountShares) };
  }
  const unexplained = unexplainedShares(review, from, to);
  if (owned !== 0 && Math.sign(unexplained) === -Math.sign(owned)) {
    const when = 'came on a day of which the broker tells no executions any more';
    const reason = `${unexplained} shares ${when}: they may have closed ours`;
    return { kind: 'ownership_unconfirmed', reason };
  }
  return { kind: 'foreign_change', from, to, because: ', on a day whose executions are not told' };
}

function reviewChange(review: PositionReview, from: number, to: number): PositionOutcome {
  const unexplained = unexplainedShares(review, from, to);
  if (same(from, to)) {
    if (same(unexplained, 0)) return { kind: 'explained', foreign: to };
    return same(review.doubted ?? Number.NaN, unexplained)
      ? { kind: 'explained', foreign: to, awaited: true }
      : { kind: 'reread', unexplained };
  }
  if (!same(unexplained, 0)) return reviewUnexplained(review, unexplained);

  const { owned, accountShares } = review;
  if (accountShares !== null && closedSince(owned, accountShares, from)) {
    return { kind: 'position_break', reason: closedReason(owned, accountShares) };
  }
  return { kind: 'foreign_change', from, to };
}

/** A trade may have come between the lists of one read: another one has to show the very same. */
function reviewUnexplained(review: PositionReview, unexplained: number): PositionOutcome {
  if (review.doubted === null || !same(review.doubted, unexplained)) {
    return { kind: 'reread', unexplained };
  }
  if (fitsUnresolved(review, unexplained)) return unconfirmed(unexplained);
  const reason = `${unexplained} shares of the account are explained by no execution`;
  return { kind: 'position_break', reason };
}

function unexplainedShares(review: PositionReview, from: number, to: number): number {
  return to - from - review.foreignExecutions - review.optionEvents;
}

/** The order may have been filled in part: all of its rest, or less of it in the same direction. */
function fitsUnresolved({ unresolvedRest }: PositionReview, unexplained: number): boolean {
  if (unresolvedRest === 0 || same(unexplained, 0)) return false;
  const within = Math.abs(unexplained) <= Math.abs(unresolvedRest) + SHARES_EPSILON;
  return within && Math.sign(unexplained) === Math.sign(unresolvedRest);
}

function unconfirmed(unexplained: number): PositionOutcome {
  const reason = `${unexplained} shares fit an order of ours whose fate is not known`;
  return { kind: 'ownership_unconfirmed', reason };
}

/**
 * Somebody may have closed ours by hand since foreign shares were explained as `from`, and then the
 * next hedge would double that trade. Foreign shares that were always there may outweigh ours: they
 * alone, or a trade in the direction of ours, close nothing.
 */
export function closedSince(owned: number, accountShares: number, from: number): boolean {
  const change = foreignShares(owned, accountShares) - from;
  const against = !same(change, 0) && Math.sign(change) === -Math.sign(owned);
  return against && closedByHand(owned, accountShares);
}

function closedByHand(owned: number, accountShares: number): boolean {
  if (owned === 0) return false;
  const less = Math.abs(accountShares) < Math.abs(owned) - SHARES_EPSILON;
  return less || Math.sign(accountShares) === -Math.sign(owned);
}

function closedReason(owned: number, accountShares: number): string {
  return `${owned} shares are ours, but the account holds ${accountShares}`;
}

/** Fractional shares of others make sums inexact. */
const SHARES_EPSILON = 1e-6;

function same(one: number, other: number): boolean {
  return Math.abs(one - other) < SHARES_EPSILON;
}
