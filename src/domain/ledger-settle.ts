/**
 * Closes the books on what is old: entries before a time become one opening sum. All sums, the
 * digest included, stay what they were, because the opening is what stood after the last of them.
 */

import type { Ledger } from './ledger.ts';

/** What of a ledger is kept one by one, and the opening that stands for the rest. */
export interface Settled {
  readonly opening: Ledger['opening'];
  readonly entries: Ledger['entries'];
  /** Executions that are in the opening now, and were not before. */
  readonly closed: ReadonlySet<string>;
}

/**
 * Sums what is older than `before` (epoch ms). Executions of `openRefs` are kept however old they
 * are, with all behind them: what is said of those orders is not known to be over.
 */
export function settleLedger(
  { entries, opening }: Ledger,
  before: number,
  openRefs: ReadonlySet<string>,
): Settled {
  let cut = entries.findIndex(
    ({ ts, fill }) => ts >= before || (fill !== null && openRefs.has(fill.orderRef)),
  );
  if (cut < 0) cut = entries.length;
  const first = Math.min(before, entries[cut]?.ts ?? before);
  // Entries of one time stay together: the time alone tells what is in the opening.
  while (cut > 0 && (entries[cut - 1]?.ts ?? first) >= first) cut -= 1;
  const last = entries[cut - 1];
  if (last === undefined) return { opening, entries, closed: new Set() };
  const closed = new Set(
    entries.slice(0, cut).flatMap(({ fill }) => (fill === null ? [] : [fill.execBase])),
  );
  const executions = opening.executions + closed.size;
  return {
    opening: { sums: last.after, before: first, executions },
    entries: entries.slice(cut),
    closed,
  };
}
