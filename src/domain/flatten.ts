/**
 * How the shares that are ours go back to 0: only ours, never through 0, and never so that the
 * account ends up holding more shares than before. What that rule keeps back is not ours to trade
 * as the account stands: the operator has to say what became of it (`adopt`).
 */

/** Signed shares. */
export interface FlattenPlan {
  /** To trade now, all of it. */
  readonly quantity: number;
  /** Owned by the ledger, but closing it would open a position in the account. */
  readonly needsAdopt: number;
}

/** What is known of the account; signed shares. */
export interface FlattenAccount {
  /** As the broker told it last; null before it did. */
  readonly told: number | null;
  /**
   * As it must be by our ledger: positions follow fills by seconds, so what is told may be of
   * before one of ours. Null where what others hold was never explained.
   */
  readonly booked: number | null;
  /** Ours may have been closed by somebody else: an order through 0 would mirror what they did. */
  readonly inDoubt: boolean;
}

/** Plans the closing of `owned`; nothing is closed while the account's shares are not known. */
export function planFlatten(owned: number, account: FlattenAccount): FlattenPlan {
  const { told, booked, inDoubt } = account;
  if (owned === 0 || told === null) return { quantity: 0, needsAdopt: 0 };
  // Through 0 the account shrinks until it holds as much on the other side.
  const roomIn = (shares: number): number =>
    Math.sign(shares) === Math.sign(owned) ? Math.floor((inDoubt ? 1 : 2) * Math.abs(shares)) : 0;
  const room = Math.min(roomIn(told), roomIn(booked ?? told));
  const quantity = -Math.sign(owned) * Math.min(Math.abs(owned), room) + 0;
  return { quantity, needsAdopt: owned + quantity };
}
