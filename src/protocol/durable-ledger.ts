/**
 * The ledger of a book as the journal keeps it: fills one by one as long as the broker may still
 * speak of them, and a sum of all before. A boot record thus stays small, however long we trade.
 */

import type { HedgeMemory } from '../domain/assessment-input.ts';
import { filledQuantity, type Ledger, ledgerOf, splitExecId } from '../domain/ledger.ts';
import { settleLedger } from '../domain/ledger-settle.ts';
import { type DurableBook, type DurableState, NO_MEMORY } from './durable.ts';

/**
 * Executions are kept by their ids for so long behind the newest. The broker's reads reach back a
 * week at most, and corrections come within days; ten days leave room for a holiday.
 */
const KEPT_MS = 10 * 86_400_000;

/**
 * And so many of all books, the newest: at up to 350 bytes with its commission, half of the 16 MiB
 * that a boot record may have. Beyond 2 400 executions a day the memory is shorter than ten days.
 */
const EXECUTIONS_MAX = 24_000;

/** References of all books, shared among them: a quarter of those 16 MiB. */
const ORDER_REFS_MAX = 96_000;

/** Commissions whose execution is not known here: early ones, and those of others. */
const STRAY_COMMISSIONS_MAX = 1000;

/** The ledger that a book starts with. */
export function durableLedger({ opening, fills, adjustments, commissions }: DurableBook): Ledger {
  return ledgerOf({ ...(opening && { opening }), fills, adjustments, commissions });
}

/**
 * What the gates of a book remember, as this version understands it. Older ones did not write down
 * what executions had told of an order that was settled by hand: they kept the shares that were
 * untold still, by the executions of then.
 */
export function durableMemory(book: Pick<DurableBook, 'memory' | 'fills'>): HedgeMemory {
  const memory = { ...NO_MEMORY, ...book.memory };
  const settledByHand = memory.settledByHand.map((one) => {
    const { toldBefore }: { readonly toldBefore?: number } = one;
    if (toldBefore !== undefined) return one;
    const ledger = ledgerOf({ fills: book.fills, adjustments: [], commissions: [] });
    return { ...one, toldBefore: filledQuantity(ledger, one.orderRef) };
  });
  return { ...memory, settledByHand };
}

/** The same state with old entries summed. For a start, not for every fact: it books all anew. */
export function settleDurable(state: DurableState): DurableState {
  const all = Object.values(state.books);
  const crowded = crowdedBefore(all);
  const refsMax = Math.floor(ORDER_REFS_MAX / Math.max(1, all.length));
  const books = Object.entries(state.books).map(([key, book]) => {
    const orderRefs = book.orderRefs.slice(-refsMax);
    const trimmed = orderRefs.length === book.orderRefs.length ? book : { ...book, orderRefs };
    return [key, settleBook(trimmed, crowded)] as const;
  });
  return { ...state, books: Object.fromEntries(books) };
}

/** Before this, executions are too many to be kept; all time where they are not. */
function crowdedBefore(books: readonly DurableBook[]): number {
  const times = books.flatMap(({ fills }) => fills.map(({ ts }) => ts));
  if (times.length <= EXECUTIONS_MAX) return Number.NEGATIVE_INFINITY;
  times.sort((one, other) => other - one);
  return times[EXECUTIONS_MAX - 1] ?? Number.NEGATIVE_INFINITY;
}

function settleBook(book: DurableBook, crowded: number): DurableBook {
  const ledger = durableLedger(book);
  const newest = ledger.entries.at(-1);
  if (newest === undefined) return book;
  const openRefs = new Set(book.openIntents.map(({ orderRef }) => orderRef));
  const before = Math.max(newest.ts - KEPT_MS, crowded);
  const { opening, entries, closed } = settleLedger(ledger, before, openRefs);
  if (closed.size === 0 && entries.length === ledger.entries.length) return book;
  const kept = new Set(entries.map(({ key }) => key));
  const commissions = book.commissions.filter(([id]) => !closed.has(splitExecId(id).execBase));
  const strays = commissions.filter(([id]) => !kept.has(splitExecId(id).execBase));
  const dropped = new Set(strays.slice(0, -STRAY_COMMISSIONS_MAX));
  return {
    ...book,
    opening,
    fills: entries.flatMap(({ fill }) => fill ?? []),
    adjustments: entries.flatMap(({ adjustment }) => adjustment ?? []),
    commissions: commissions.filter((one) => !dropped.has(one)),
  };
}
