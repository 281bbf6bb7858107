/**
 * The profit of a day: what a position is worth now, less what it was worth at the close of the
 * session before, less what was paid into it since. One number of each position carries that, its
 * basis: worth at the close plus payments since then, so that no trade has to be remembered.
 */

import { newYorkDate } from '../../domain/calendar.ts';
import type { Contract } from '../../domain/contract.ts';
import type { Market } from './market.ts';

/** USD, by the contract's multiplier; signed as the position is. */
export interface DailyBasis {
  /** What the day that last closed is measured from: until midnight it is still today. */
  readonly before: number;
  /** What the day after that close is measured from. */
  readonly closed: number;
}

/** What the positions were worth at a close. */
export interface CloseRecord {
  readonly kind: 'close';
  /** The day that closed, New York, YYYYMMDD. */
  readonly day: string;
  readonly worths: readonly {
    readonly account: string;
    readonly conId: number;
    readonly worth: number;
  }[];
}

/** Of a position that was flat at both closes. */
export const NO_BASIS: DailyBasis = { before: 0, closed: 0 };

/** The basis after USD went into the position (negative: came out of it). */
export function paidIn(basis: DailyBasis | undefined, paid: number): DailyBasis | undefined {
  return basis && { before: basis.before + paid, closed: basis.closed + paid };
}

/** Null for a position of before there were bases. */
export function dailyPnlOf(
  state: { readonly now: number; readonly closedDay: string },
  basis: DailyBasis | undefined,
  worth: number,
): number | null {
  if (basis === undefined) return null;
  return worth - (newYorkDate(state.now) > state.closedDay ? basis.closed : basis.before);
}

/** The basis of what is held when the exchange opens: it was held at the close before, too. */
export function openingBasis(
  market: Market,
  contract: Contract,
  held: { readonly quantity: number; readonly avgCost: number },
  now: number,
): DailyBasis {
  const quote = market.quote(contract.conId, now);
  const multiplier = contract.secType === 'OPT' ? contract.multiplier : 1;
  const close = quote !== null && quote.close > 0 ? quote.close : held.avgCost / multiplier;
  const worth = held.quantity * close * multiplier;
  return { before: worth, closed: worth };
}
