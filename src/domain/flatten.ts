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

/** Plans the closing of `owned`; nothing is closed while the account's shares are not known. */
export function planFlatten(owned: number, accountShares: number | null): FlattenPlan {
  if (owned === 0 || accountShares === null) return { quantity: 0, needsAdopt: 0 };
  const sameSide = Math.sign(accountShares) === Math.sign(owned);
  // Through 0 the account shrinks until it holds as much on the other side.
  const room = sameSide ? Math.floor(2 * Math.abs(accountShares)) : 0;
  const quantity = -Math.sign(owned) * Math.min(Math.abs(owned), room) + 0;
  return { quantity, needsAdopt: owned + quantity };
}
