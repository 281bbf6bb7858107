/** What the shadows of the books did, as their thread tells it and the journal keeps it. */

import type { Attribution } from '../domain/attribution.ts';

/** Of one day of one session: a shadow, or the book itself, whose name is `live`. */
export interface ShadowRow {
  readonly symbol: string;
  readonly account: string;
  readonly name: string;
  /** Trading day, `YYYYMMDD`. */
  readonly day: string;
  /** The number of the session's first record: with each start of the engine they begin anew. */
  readonly session: number;
  /** Trading time of the first and last evaluation, epoch ms. */
  readonly since: number;
  readonly until: number;
  readonly evaluations: number;
  /** Net delta at the evaluations, shares: its mean, the mean of its square, its largest size. */
  readonly errorMean: number;
  readonly errorSquare: number;
  readonly errorMost: number;
  readonly hedges: number;
  readonly orders: number;
  /** Traded. */
  readonly shares: number;
  /** Owned at last; and net delta then, null where it was not known. */
  readonly owned: number;
  readonly netDelta: number | null;
  readonly tradingState: string;
  /** USD of the intervals that have ended. */
  readonly split: Attribution;
}

/** The name of the book itself among its shadows. */
export const LIVE = 'live';

/** From the shadows' thread to the kernel. */
export type ShadowReport = { readonly type: 'shadows'; readonly rows: readonly ShadowRow[] };
