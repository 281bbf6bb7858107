/**
 * The splits of a run, and the evening before each: they are announced ten days ahead (SEC Rule
 * 10b-17), so whoever holds what the engine will not hedge afterwards can still trade it.
 */

import { tradingSession } from '../domain/calendar.ts';
import { effectiveAt } from '../gateway/sim/dividends.ts';
import type { CorporateActions } from '../store/dataset-manifest.ts';

export interface RunSplit {
  /** When it takes effect, epoch ms. */
  readonly at: number;
  /** Its day, `YYYYMMDD`. */
  readonly date: string;
  /** New shares for each old one. */
  readonly ratio: number;
  /** The last minutes of the run's day before it. */
  readonly eve: { readonly from: number; readonly until: number };
}

/** Enough for a market order in an option that is quoted now and then, and for the hedge after. */
const EVE_MS = 30 * 60_000;

/** In their order; `days` are those of the run. */
export function runSplits(
  splits: CorporateActions['splits'],
  days: readonly string[],
): readonly RunSplit[] {
  return splits
    .map(({ date, ratio }) => {
      const eve = tradingSession(days.findLast((day) => day < date) ?? '');
      const until = eve?.close ?? Number.NEGATIVE_INFINITY;
      return { at: effectiveAt(date), date, ratio, eve: { from: until - EVE_MS, until } };
    })
    .sort((a, b) => a.at - b.at);
}

/** The split whose eve `ts` is in. */
export function splitTonight(splits: readonly RunSplit[], ts: number): RunSplit | null {
  return splits.find(({ eve }) => ts >= eve.from && ts < eve.until) ?? null;
}
