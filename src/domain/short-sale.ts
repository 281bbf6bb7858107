/**
 * A hedge that sells more shares than the account is long sells them short, and for that they must
 * be borrowed. The broker says how easily; where it is hard the venue may hold the order until
 * shares are found. The order goes out all the same: the operator is told before it does.
 */

import type { Assessment } from './assessment.ts';
import type { BookQuotes } from './book-quotes.ts';

/** IB's tick 46: above it at least a thousand shares can be borrowed. */
const EASY = 2.5;
/** Above it shares may be there if they can be located; up to it none are. */
const LOCATABLE = 1.5;

export interface ShortSaleInput {
  readonly assessment: Assessment;
  readonly quotes: BookQuotes | null;
  /** Of the account, ours and foreign; null while they are not known. */
  readonly accountShares: number | null;
  readonly owned: number;
  /** An order of ours is being worked. */
  readonly working: boolean;
}

/** Shares that would be sold short, and what stands against it. */
export type ShortSaleTrouble =
  | { readonly kind: 'none' | 'locate'; readonly shares: number }
  /** So many can be borrowed. */
  | { readonly kind: 'few'; readonly shares: number; readonly available: number };

/** Why the short sale that is wanted may not be possible; null where none is, or it is easy. */
export function shortSaleTrouble(input: ShortSaleInput): ShortSaleTrouble | null {
  const { quotes } = input;
  const shares = sharesToBorrow(input);
  if (quotes === null || shares === 0) return null;
  const { shortable, shortableShares } = quotes;
  if (shortable <= LOCATABLE) return { kind: 'none', shares };
  if (shortableShares < shares) return { kind: 'few', shares, available: shortableShares };
  // How many there are says more than the class they are in; without it the class has to do.
  const locate = shortable <= EASY && Number.isNaN(shortableShares);
  return locate ? { kind: 'locate', shares } : null;
}

/** The same in words. */
export function shortSaleText(trouble: ShortSaleTrouble): string {
  const { shares } = trouble;
  const wanted = `${shares} ${shares === 1 ? 'share' : 'shares'} would be sold short`;
  switch (trouble.kind) {
    case 'none':
      return `${wanted}, none can be borrowed`;
    case 'few':
      return `${wanted}, ${trouble.available} can be borrowed`;
    case 'locate':
      return `${wanted}, they must be located first`;
  }
}

function sharesToBorrow({ assessment, accountShares, owned, working }: ShortSaleInput): number {
  const { need, space } = assessment;
  const wanted = space.D === 'D2' || space.D === 'D3' || working;
  if (!wanted || !(need < 0)) return 0;
  return Math.max(0, Math.round(-need) - Math.max(0, accountShares ?? owned));
}
