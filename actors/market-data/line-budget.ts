/**
 * Who has a market-data line, where the account has fewer than are wanted: first the underlyings
 * and legs of all books, then strikes for smiles, in their order, as long as there are lines left
 * and places on their book's board.
 */

import type { OptionContract } from '../../src/domain/contract.ts';
import type { MarketLines } from '../../src/gateway/ib/market-lines.ts';
import type { BookStrikes, WatchedBook } from '../../src/protocol/market.ts';
import { strikesMax, type WantedStrike } from './smile-watch.ts';

export interface SmileShare {
  readonly contracts: readonly OptionContract[];
  /** How many more were wanted. */
  readonly dropped: number;
}

/** The strikes that have a line, by the slot of their book. */
export function shareLines(
  books: readonly WatchedBook[],
  wanted: readonly WantedStrike[],
  lines: number,
): ReadonlyMap<number, SmileShare> {
  const taken = new Set(
    books.flatMap(({ underlying, legs }) => [underlying, ...legs].map(({ conId }) => conId)),
  );
  const places = new Map(books.map((book) => [book.slot, strikesMax(book)]));
  const shares = new Map<number, { contracts: OptionContract[]; dropped: number }>();
  for (const { slot, contract } of wanted) {
    const share = shares.get(slot) ?? { contracts: [], dropped: 0 };
    shares.set(slot, share);
    // Another book's line carries it as well.
    const hasLine = taken.has(contract.conId) || taken.size < lines;
    if (hasLine && share.contracts.length < (places.get(slot) ?? 0)) {
      taken.add(contract.conId);
      share.contracts.push(contract);
    } else {
      share.dropped += 1;
    }
  }
  return shares;
}

/** The same with their places on the board; one that it had no room for is dropped as well. */
export function placeStrikes(
  slots: readonly number[],
  shares: ReadonlyMap<number, SmileShare>,
  lines: MarketLines,
): readonly BookStrikes[] {
  return slots.map((slot) => {
    const { contracts = [], dropped = 0 } = shares.get(slot) ?? {};
    const strikes = contracts.flatMap((contract) => {
      const line = lines.placeOf(contract.conId);
      return line === undefined ? [] : [{ contract, line }];
    });
    return { slot, strikes, dropped: dropped + contracts.length - strikes.length };
  });
}
